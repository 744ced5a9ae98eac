"""The addresses that EHRs and browsers know: /launch, /callback, and the keys we sign with.

In: a launch of the EHR, or of nobody with the name of an EHR. Out: redirects, and in the end an
open page.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from fhir_handout.service.asked import Of, Running
from fhir_handout.service.launch import cookie
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.launch.begin import from_ehr, on_its_own
from fhir_handout.service.launch.end import ended
from fhir_handout.service.launch.opening import page_of

router = APIRouter(include_in_schema=False)


def apps_of(request: Request) -> Apps:
    """The app as the EHRs know it."""
    return cast(Apps, request.app.state.apps)


Registered = Annotated[Apps, Depends(apps_of)]


@router.get("/launch")
def launch(request: Request, service: Running, apps: Registered) -> Response:
    """Opened by an EHR."""
    said = request.query_params
    return from_ehr(service, apps, {name: said.getlist(name) for name in ("iss", "launch")})


@router.get("/ehr/{tenant}/open")
def alone(ready: Of, service: Running, apps: Registered) -> Response:
    """Opened by somebody, outside of the EHR."""
    return on_its_own(service, apps, ready)


@router.get(cookie.PATH)
def callback(request: Request, service: Running, apps: Registered) -> Response:
    """Sent back by the EHR's authorization server."""
    said = dict(request.query_params)
    launched = ended(service, apps, said, request.cookies)
    response = page_of(service, launched)
    over = cookie.set_cookie(apps.redirect_uri, said["state"], "", 0)
    response.headers.append("Set-Cookie", over)
    return response


@router.get("/.well-known/jwks.json")
def keys(apps: Registered) -> dict[str, list[dict[str, str]]]:
    """The public keys of what we sign; none where we sign nothing."""
    return apps.keys.current().public() if apps.keys else {"keys": []}
