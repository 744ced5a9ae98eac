"""The way out: from a launch to the EHR's authorization server.

In: `iss` and `launch` of the EHR, or the name of an EHR to open the app on its own. Out: a redirect
to that EHR's authorization server, with a launch kept and tied to the browser.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict

from starlette.responses import RedirectResponse, Response

from fhir_handout.errors import NotAllowed, NotFound, UsageError
from fhir_handout.service.launch import cookie, scopes
from fhir_handout.service.launch.apps import App, Apps
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import launch
from fhir_handout.store.sealing import fingerprint

_LONGEST = 4096


def from_ehr(service: Service, apps: Apps, said: dict[str, list[str]]) -> Response:
    """Begin what the EHR asks for; it names itself by `iss`, which must be one that is set up."""
    issuer, handle = _one(said, "iss"), _one(said, "launch")
    ready = service.of_issuer(issuer)
    if ready is None:
        raise NotFound(
            "unknown-ehr", "the EHR that opened this app is not set up here; tell who runs the app"
        )
    return _begun(service, apps, apps.at(ready.tenant), ready, issuer, handle)


def on_its_own(service: Service, apps: Apps, ready: Ready) -> Response:
    """Begin without the EHR having opened the app."""
    app = apps.at(ready.tenant)
    if not app.table.standalone:
        raise NotAllowed("not-standalone", "open this app from inside the EHR")
    return _begun(service, apps, app, ready, ready.tenant.base_url, None)


def _begun(
    service: Service, apps: Apps, app: App, ready: Ready, issuer: str, handle: str | None
) -> Response:
    configuration, client_id = app.configurations.of(issuer), app.client.client_id
    wanted = scopes.asked(app.table.scopes)
    url, started = launch.start(configuration, client_id, apps.redirect_uri, wanted, handle)
    secret = secrets.token_urlsafe(32)
    seconds, now = service.settings.table.launch_minutes * 60, service.seconds()
    kept = {"started": asdict(started), "browser": fingerprint(secret)}
    service.store.sessions.begin_launch(started.state, ready.tenant.name, kept, now + seconds)
    response = RedirectResponse(url, 303)
    tied = cookie.set_cookie(apps.redirect_uri, started.state, secret, seconds)
    response.headers.append("Set-Cookie", tied)
    return response


def _one(said: dict[str, list[str]], name: str) -> str:
    """A parameter that must be there once."""
    values = said.get(name, [])
    if len(values) != 1 or not values[0] or len(values[0]) > _LONGEST:
        raise UsageError(
            "launch-without-iss" if name == "iss" else "launch-without-launch",
            f"the EHR opened this app without a proper `{name}`; open it from the EHR again",
        )
    return values[0]
