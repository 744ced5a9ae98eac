"""From a launch that has ended to its page, and later from old tokens to new ones.

In: what a launch came to. Out: the redirect to a new page, with the work that was kept from one
whose permission had ended; and a page's session with fresh tokens.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from fhir_handout.service.launch import refreshing
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.launch.end import Launched
from fhir_handout.service.page.session import Open, Tokens, begin, opening
from fhir_handout.service.page.shared import Fresh, Pages
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import tokens as smart


def page_of(service: Service, pages: Pages, launched: Launched) -> Response:
    """The way to the page of a launch."""
    said, ready = launched.tokens, launched.ready
    work = pages.kept.take(ready.tenant.name, launched.user, said.patient, said.encounter)
    opened = opening(_kept(said), said.patient, said.encounter, launched.user, work=work)
    return begin(service, ready, opened)


def renewing(apps: Apps) -> Fresh:
    """How pages get tokens that are good for a while."""

    def fresh(service: Service, ready: Ready, open_: Open) -> Open:
        if open_.tokens is None:
            return open_
        old = _of(open_, open_.tokens)
        new = refreshing.fresh(service, apps, ready, old)
        return open_ if new is old else replace(open_, tokens=_kept(new))

    return fresh


def _kept(tokens: smart.Tokens) -> Tokens:
    return Tokens(
        tokens.access_token, tokens.expires_at, tokens.refresh_token, " ".join(tokens.scopes)
    )


def _of(open_: Open, tokens: Tokens) -> smart.Tokens:
    return smart.Tokens(
        access_token=tokens.access_token,
        expires_at=tokens.expires_at,
        scopes=tuple(tokens.scope.split()),
        refresh_token=tokens.refresh_token,
        patient=open_.patient,
        encounter=open_.encounter,
    )
