"""The way back: from the authorization server's redirect to an open page.

In: the parameters and the cookies that the browser brings. Out: a `Launched`: the tenant, the
tokens, who the user is. Each launch is ended once, by the browser that began it. Errors:

    NotAllowed  launch-lost       no such launch, or not any more: it took too long, or came twice
                launch-elsewhere  another browser began it
    Refused     scopes-too-few    the EHR granted less than the handout needs
    and those of `smart.launch`, `smart.exchange` and `smart.identity`
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.errors import NotAllowed, Refused
from fhir_handout.service.launch import cookie, scopes
from fhir_handout.service.launch.apps import App, Apps
from fhir_handout.service.launch.user import name_of
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import exchange, launch
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.launch import Started
from fhir_handout.smart.tokens import Tokens
from fhir_handout.store.sealing import fingerprint


@dataclass(frozen=True, slots=True)
class Launched:
    """What a launch came to.

    `base` is the FHIR server as the launch named it; `user` is the user's resource, and their name,
    where the EHR says.
    """

    ready: Ready
    base: str
    tokens: Tokens
    user: str | None
    user_name: str | None


def ended(
    service: Service, apps: Apps, said: Mapping[str, str], cookies: Mapping[str, str]
) -> Launched:
    """Redeem the code of a launch of this browser."""
    state = said.get("state", "")
    ready, kept = _taken(service, state)
    if not secrets.compare_digest(
        fingerprint(cookies.get(cookie.name(state), "")), str(kept["browser"])
    ):
        raise NotAllowed(
            "launch-elsewhere",
            "this launch was begun in another browser or window; open the app from the EHR again",
        )
    started = _started(kept["started"])
    app = apps.at(ready.tenant)
    configuration = app.configurations.of(started.base)
    code = launch.code_of(started, configuration, said)
    now = service.seconds()
    tokens = exchange.redeemed(app.client, configuration, started, code, app.limits, now)
    _refuse_too_few(tokens)
    user = _user(app, configuration, started, tokens, now, ready.tenant.issuers)
    name = name_of(ready, tokens.access_token, user)
    return Launched(ready, started.base, tokens, user, name)


def _taken(service: Service, state: str) -> tuple[Ready, Any]:
    found = service.store.sessions.take_launch(state, service.seconds()) if state else None
    if found is None:
        raise NotAllowed(
            "launch-lost",
            "this launch took too long, or was ended before; open the app from the EHR again",
        )
    return service.tenant(found[0]), found[1]


def _started(kept: dict[str, Any]) -> Started:
    return Started(**{**kept, "scopes": tuple(kept["scopes"])})


def _refuse_too_few(tokens: Tokens) -> None:
    lacking = scopes.too_few(tokens.scopes)
    if lacking:
        raise Refused(
            "scopes-too-few",
            f"the EHR did not let this app do all it needs ({' '.join(lacking)}); "
            "ask who runs the EHR to grant it",
        )


def _user(
    app: App,
    configuration: Configuration,
    started: Started,
    tokens: Tokens,
    now: int,
    bases: tuple[str, ...],
) -> str | None:
    """Who signs in, where the EHR was asked and says; nobody else's word is taken for it."""
    if tokens.id_token is None:
        return None
    found = app.identities.identity(
        tokens.id_token, configuration, app.client.client_id, started.nonce, now, bases
    )
    return found.fhir_user
