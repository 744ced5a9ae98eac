"""What a form of the page sent, once it is sure that the page's own form sent it.

In: a POST. Out: a `Form`; `NotAllowed` cross-site where another site sent it, wrong-token where it
lacks the session's token; `UsageError` bad-form where it is none of our forms. A form that was made
before another window changed the session is `Conflict` session-changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from fhir_handout.errors import NotAllowed, UsageError
from fhir_handout.service.page.session import Opened, Page
from fhir_handout.store.sessions import changed_elsewhere

MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1000
Form = Mapping[str, str]


async def posted(request: Request, page: Opened) -> Form:
    """The fields, each by its name."""
    refuse_cross_site(request, page.service.settings.public_url)
    form = fields_of(request.headers.get("Content-Type", ""), await request.body())
    if not secrets.compare_digest(form.get("csrf", "").encode(), page.open.csrf.encode()):
        raise NotAllowed("wrong-token", "the form is none of this page's; load the page again")
    return form


def refuse_cross_site(request: Request, public_url: str) -> None:
    """Browsers say where a request comes from; one that says neither has the token to show."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    parts = urlsplit(public_url)
    ours = f"{parts.scheme}://{parts.netloc}"
    if site != "same-origin" or request.headers.get("Origin", ours) != ours:
        raise NotAllowed("cross-site", "another site sent this; open the page and do it there")


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form; of a name that comes twice the last."""
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise UsageError("bad-form", f"a form comes as {MEDIA_TYPE}")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise UsageError("bad-form", "the form can't be read; load the page again") from None
    return dict(pairs)


def refuse_old(form: Form, page: Page) -> None:
    """A form of the page as it is now, or `Conflict`."""
    if form.get("revision") != str(page.open.revision):
        raise changed_elsewhere()


Posted = Annotated[Form, Depends(posted)]
