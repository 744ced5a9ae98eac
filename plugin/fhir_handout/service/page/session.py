"""The session a page belongs to: who opened it, for whom, with which tokens, and the work so far.

In: what a launch brought, or a request with its cookie. Out: `begin`, the redirect to a new page
with its cookie; `opened`, the session of a request; `keep`, with what changed. A request whose
cookie or session is not there is `Unauthorized` lost-session. Everything is sealed by the store;
the cookie holds a secret of that session alone, and only its own path gets it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from fhir_handout.errors import Conflict
from fhir_handout.service.asked import service_of
from fhir_handout.service.page.work import Work
from fhir_handout.service.problems import Unauthorized
from fhir_handout.service.running import Ready, Service
from fhir_handout.store.sessions import Session, changed_elsewhere

COOKIE = "__Secure-handout"
_TRIES = 20  # of as many requests at once each is kept: in every round one is
_SIGNER = re.compile(r"(Practitioner|PractitionerRole)/[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the EHR's authorization server gave, and for which FHIR base.

    `expires_at` is in seconds since 1970.
    """

    access_token: str = field(repr=False)
    expires_at: float = 0.0
    refresh_token: str | None = field(default=None, repr=False)
    scope: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What a session holds; ids are bare, `user` is a reference as fhirUser has it.

    `revision` counts what forms changed: a form of an older one is refused. `reads` counts how
    often the chart had to be read anew: what any process read before is then forgotten. `resumed`
    where the work was taken over from a page whose launch no longer counted; `put_by` is the
    revision whose work was last put by for another page to take over.
    """

    tokens: Tokens | None
    patient: str | None
    encounter: str | None
    user: str | None
    user_name: str | None
    csrf: str = field(repr=False)
    work: Work = field(default_factory=Work)
    resumed: bool = False
    revision: int = 1
    reads: int = 0
    put_by: int = 0

    def to_json(self) -> dict[str, Any]:
        """For the store."""
        return {**asdict(self), "work": self.work.to_json()}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Open:
        """From the store."""
        tokens = Tokens(**raw["tokens"]) if raw["tokens"] else None
        return cls(**{**raw, "tokens": tokens, "work": Work.from_json(raw["work"])})

    @property
    def token(self) -> str | None:
        """The access token; None for an EHR that asks for none."""
        return self.tokens.access_token if self.tokens else None

    @property
    def signer(self) -> str | None:
        """The user as somebody who can sign a document; None for anybody else."""
        return self.user if _SIGNER.fullmatch(self.user or "") else None


@dataclass(frozen=True, slots=True)
class Page:
    """A session with all that a request to its page needs."""

    service: Service
    ready: Ready
    session: Session
    open: Open

    @property
    def id(self) -> str:
        """The session's id."""
        return self.session.id

    def keep(self, now: Open) -> Page:
        """The page with new data; `Conflict` session-changed where another request was first."""
        session = self.service.store.sessions.keep(self.session, now.to_json())
        return replace(self, session=session, open=now)


def begin(service: Service, ready: Ready, launched: Open) -> Response:
    """A new session, and the way to its page; `launched` is `opening` of what a launch brought."""
    expires = service.seconds() + service.settings.table.session_minutes * 60
    session, secret = service.store.sessions.begin_session(
        ready.tenant.name, launched.to_json(), expires
    )
    path = f"{urlsplit(service.settings.public_url).path}/app/{session.id}"
    response = RedirectResponse(f"{path}/", 303)
    # Written by hand: Starlette knows Partitioned only where Python's http.cookies does (3.14).
    response.headers["Set-Cookie"] = (
        f"{COOKIE}={secret}; Path={path}; HttpOnly; Secure; SameSite=None; Partitioned"
    )
    return response


def opening(
    tokens: Tokens | None,
    patient: str | None = None,
    encounter: str | None = None,
    user: str | None = None,
    user_name: str | None = None,
    work: Work | None = None,
) -> Open:
    """What a new session holds; `work` is taken over from one that ended before it was done."""
    return Open(
        tokens,
        patient,
        encounter,
        user,
        user_name,
        secrets.token_urlsafe(24),
        work or Work(),
        work is not None,
    )


def opened(request: Request, session_id: str) -> Page:
    """The page of the path, for the browser that has its cookie."""
    service = service_of(request)
    secret = request.cookies.get(COOKIE, "")
    session = service.store.sessions.session(session_id, secret, service.seconds())
    if session is None:
        raise Unauthorized(
            "this page's session has ended, or was begun in another browser; open it again",
            "lost-session",
        )
    page = Page(service, service.tenant(session.tenant), session, Open.from_json(session.data))
    request.state.page = page  # a failure's page leads back here
    return page


def kept(request: Request, page: Page, change: Callable[[Open], Open]) -> Page:
    """The page with what `change` makes of its session as it is by now.

    Other requests may be changing it too: one with a form, one with new tokens.
    """
    for _ in range(_TRIES):
        now = change(page.open)
        with suppress(Conflict):
            return page.keep(now)
        page = opened(request, page.id)
    return page.keep(change(page.open))


def with_form(request: Request, page: Page, **changes: Any) -> Page:
    """The page with what its form changes of its session: forms made before are old then.

    `Conflict` session-changed where another form was first.
    """

    def change(found: Open) -> Open:
        if found.revision != page.open.revision:
            raise changed_elsewhere()
        return replace(found, revision=found.revision + 1, **changes)

    return kept(request, page, change)


Opened = Annotated[Page, Depends(opened)]
