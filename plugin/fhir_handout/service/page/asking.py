"""The EHR of a page: asked with the session's token, which is renewed where it is about to expire.

In: a request and its page. Out: an `Ehr` to use in a `with`. Where the EHR does not take the token
any more, the work is kept for the next launch of the same user for the same patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from fastapi import Request

from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import Conflict, HandoutError, Refused
from fhir_handout.service.page.session import Open, Page, opened
from fhir_handout.service.page.shared import Pages, pages_of

_SOON = 60
_TRIES = 3
_EXPIRED = "unauthorized"


@contextmanager
def ehr_of(request: Request, page: Page) -> Iterator[RestEhr]:
    """The EHR; closed after use."""
    pages = pages_of(request)
    try:
        page = renewed(request, page)
        with page.ready.ehr(page.open.token) as ehr:
            yield ehr
    except HandoutError as error:
        if isinstance(error, Refused) and error.code == _EXPIRED:
            pages.kept.keep(page.ready.tenant.name, page.open)
        raise


def renewed(request: Request, page: Page) -> Page:
    """The page with a token that will do for this request.

    One at a time: a refresh token is good for one use, and a page asks for its sheet beside itself.
    """
    pages, now = pages_of(request), page.service.seconds()
    if not _is_ending(page.open, now):
        return page
    with pages.refreshing.of(page.id):
        page = opened(request, page.id)
        return _kept(request, page, pages) if _is_ending(page.open, now) else page


def _kept(request: Request, page: Page, pages: Pages) -> Page:
    """With new tokens, which are never lost: the old refresh token may be good for nothing now.

    A form that changed the session meanwhile keeps its change.
    """
    fresh = pages.fresh(page.service, page.ready, page.open)
    for _ in range(_TRIES):
        with suppress(Conflict):
            return page.keep(replace(page.open, tokens=fresh.tokens))
        page = opened(request, page.id)
    return page.keep(replace(page.open, tokens=fresh.tokens))


def _is_ending(launched: Open, now: int) -> bool:
    return launched.tokens is not None and launched.tokens.expires_at - _SOON < now
