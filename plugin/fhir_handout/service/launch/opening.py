"""From a launch that has ended to its page; later from old tokens to new ones, or to none.

In: what a launch came to. Out: the redirect to a new page, with the work that was kept from one
whose permission had ended; a page's session with fresh tokens; and its tokens given back.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from fhir_handout.errors import HandoutError
from fhir_handout.service.launch import refreshing
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.launch.end import Launched
from fhir_handout.service.logs import logger
from fhir_handout.service.page.kept_work import take_work
from fhir_handout.service.page.session import Open, Tokens, begin, opening
from fhir_handout.service.page.shared import Fresh, GiveBack
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import tokens as smart
from fhir_handout.smart.revoking import revoke


def page_of(service: Service, launched: Launched) -> Response:
    """The way to the page of a launch."""
    said, ready = launched.tokens, launched.ready
    work = take_work(service, ready.tenant.name, launched.user, said.patient, said.encounter)
    whose = (said.patient, said.encounter, launched.user, launched.user_name)
    opened = opening(_kept(said, launched.base), *whose, work=work)
    return begin(service, ready, opened)


def renewing(apps: Apps) -> Fresh:
    """How pages get tokens that are good for a while."""

    def fresh(service: Service, ready: Ready, open_: Open) -> Open:
        if open_.tokens is None:
            return open_
        old, base = _of(open_, open_.tokens), _base(ready, open_.tokens)
        new = refreshing.fresh(apps.at(ready.tenant), base, old, service.seconds())
        return open_ if new is old else replace(open_, tokens=_kept(new, base))

    return fresh


def giving_back(apps: Apps) -> GiveBack:
    """How pages give their tokens back. Where that fails, they expire by themselves."""

    def give_back(service: Service, ready: Ready, open_: Open) -> None:
        tokens = open_.tokens
        if tokens is None:
            return
        app, now = apps.at(ready.tenant), service.seconds()
        try:
            configuration = app.configurations.of(_base(ready, tokens))
            access, refresh = tokens.access_token, tokens.refresh_token
            revoke(app.client, configuration, access, refresh, app.limits, now)
        except HandoutError as error:
            logger().warning("tokens not given back", tenant=ready.tenant.name, code=error.code)

    return give_back


def _base(ready: Ready, tokens: Tokens) -> str:
    """The FHIR server that the tokens came from, as their launch named it."""
    return tokens.base or ready.tenant.base_url


def _kept(tokens: smart.Tokens, base: str) -> Tokens:
    return Tokens(
        tokens.access_token, tokens.expires_at, tokens.refresh_token, " ".join(tokens.scopes), base
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
