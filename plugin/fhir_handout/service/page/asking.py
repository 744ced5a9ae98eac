"""The EHR of a page: asked with the session's token, which is renewed where it is about to expire.

In: a request and its page. Out: an `Ehr` to use in a `with`. Where the EHR does not take the token
any more, the work is kept for the next launch of the same user for the same patient.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from fastapi import Request

from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import HandoutError, Unreachable
from fhir_handout.service.page.kept_work import is_worth_keeping, keep_work
from fhir_handout.service.page.session import Open, Page, kept, opened
from fhir_handout.service.page.shared import pages_of
from fhir_handout.store import leases

_SOON = 60
_OVER = ("unauthorized", "grant-refused", "no-refresh-token", "context-changed")
_PAUSE = 0.1


@contextmanager
def ehr_of(request: Request, page: Page) -> Iterator[RestEhr]:
    """The EHR; closed after use."""
    try:
        page = renewed(request, page)
        with page.ready.ehr(page.open.token) as ehr:
            yield ehr
    except HandoutError as error:
        if error.code in _OVER:
            with suppress(HandoutError):  # such as a session that ended meanwhile
                request.state.work_kept = _put_by(request, opened(request, page.id))
        raise


def _put_by(request: Request, page: Page) -> bool:
    """Whether the next launch finds the work of this page."""
    if page.open.put_by == page.open.revision:
        return True
    if not is_worth_keeping(page.open):
        return False
    if not keep_work(page.service, page.ready.tenant.name, page.open):
        return False
    kept(request, page, lambda now: replace(now, put_by=page.open.revision))
    return True


def renewed(request: Request, page: Page) -> Page:
    """The page with a token that will do for this request.

    One at a time, in all processes: a refresh token is good for one use, and a page asks for its
    sheet beside itself.
    """
    service = page.service
    for _ in range(int(leases.SECONDS / _PAUSE)):
        if not _is_ending(page.open, service.seconds()):
            return page
        with service.store.leases.held(page.id, service.seconds()) as is_ours:
            if is_ours:
                page = opened(request, page.id)  # another may have done it just before
                return _renewed(request, page)
        time.sleep(_PAUSE)
        page = opened(request, page.id)
    raise Unreachable(
        "unreachable", "the EHR's authorization server has not renewed the permission in time"
    )


def _renewed(request: Request, page: Page) -> Page:
    """With new tokens, which are never lost: the old refresh token may be good for nothing now."""
    if not _is_ending(page.open, page.service.seconds()):
        return page
    fresh = pages_of(request).fresh(page.service, page.ready, page.open)
    if fresh is page.open:
        return page
    return kept(request, page, lambda now: replace(now, tokens=fresh.tokens))


def _is_ending(launched: Open, now: int) -> bool:
    return launched.tokens is not None and launched.tokens.expires_at - _SOON < now
