"""What every answer tells a browser: not to keep it, frame it, guess at it, or say where it was.

Of every route that the app has, found by asking the app; of refusals, faults, preflights and of
what is no route.
"""

import re
from typing import Any

import pytest
import requests
from fastapi import APIRouter
from starlette.testclient import TestClient

from fhir_handout.service.app import PAGE, create_app, health, hooks, launches, rest
from fhir_handout.service.bodies import Bodies
from service.attacks.conftest import CLINIC, Session, World, token
from service.running import service
from service.visiting import Visitor

METHODS = ("GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "TRACE")
OURS = "https://ehr.example"


def paths_of(*routers: APIRouter) -> set[str]:
    """Every path, as it is written in the program."""
    return {getattr(route, "path", "") for router in routers for route in router.routes}


def test_these_are_all_routes_that_there_are():
    """One that is added is one to think about: is it in the tests of its kind?"""
    described = {"/openapi.json", "/nothing", "/"}
    found = paths_of(health.router, rest, hooks, launches, *PAGE)
    assert found == set(PATHS) - described


FILLED = {"{tenant}": "riverside", "{service_id}": "x", "{version}": "0", "{name}": "page.css"}
PATHS = [
    "/app/{session_id}/",
    "/app/{session_id}/sheet",
    "/app/{session_id}/sheet.pdf",
    "/app/{session_id}/sheet.txt",
    "/app/{session_id}/attached",
    "/app/{session_id}/work",
    "/app/{session_id}/attach",
    "/app/{session_id}/patient",
    "/app/{session_id}/close",
    "/launch",
    "/callback",
    "/ehr/{tenant}/open",
    "/ehr/{tenant}/cds-services",
    "/ehr/{tenant}/cds-services/{service_id}",
    "/ehr/{tenant}/cds-services/{service_id}/feedback",
    "/api/v1/preview",
    "/api/v1/explain",
    "/api/v1/attach",
    "/api/v1/retract",
    "/api/v1/handouts",
    "/api/v1/languages",
    "/static/{version}/{name}",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/nothing",
    "/",
]


def filled(path: str, page: Session) -> str:
    for name, value in {**FILLED, "{session_id}": page.path.split("/")[2]}.items():
        path = path.replace(name, value)
    return path


def is_guarded(headers: Any) -> list[str]:
    """What is missing of what every answer has."""
    policy = headers.get("Content-Security-Policy", "")
    must = {
        "no store": headers.get("Cache-Control") == "no-store",
        "nosniff": headers.get("X-Content-Type-Options") == "nosniff",
        "ancestors": "frame-ancestors" in policy,
        "frames": policy.partition("frame-ancestors")[2].partition(";")[0].split()
        in (["'none'"], ["'self'", OURS], ["'self'"]),
        "base": "base-uri 'none'" in policy,
        "forms": "form-action 'none'" in policy or "form-action 'self'" in policy,
        "referrer": headers.get("Referrer-Policy") in ("no-referrer", "same-origin"),
        "transport": "max-age=" in headers.get("Strict-Transport-Security", ""),
        "one type": headers.get("Content-Type", "x").count(",") == 0,
        "nothing inline": "script-src 'unsafe" not in policy and "unsafe-eval" not in policy,
    }
    return [name for name, kept in must.items() if not kept]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded(world: World, path: str, method: str):
    page = world.open()
    headers = {"Cookie": page.cookie, "Authorization": f"Bearer {CLINIC}"}
    url = f"{world.address}{filled(path, page)}"
    for more in ({}, {"Origin": OURS, "Access-Control-Request-Method": "POST"}):
        answer = requests.request(
            method, url, headers={**headers, **more}, timeout=20, allow_redirects=False
        )
        assert answer.status_code < 500
        assert is_guarded(answer.headers) == []
        assert "X-Request-Id" in answer.headers


def test_only_our_own_files_may_be_kept(world: World):
    page = world.open().get().text
    found = set(re.findall(r'(?:href|src)="(?:\.\./)*(static/[^"]+)"', page))
    assert found
    for each in found:
        answer = requests.get(f"{world.address}/{each}", timeout=20)
        assert "immutable" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_answers_with_a_patient_in_them_are_kept_by_nobody(world: World):
    """In order, not refusals: of a page, REST, a hook, the way back of a launch."""
    page, visitor = world.open(), Visitor()
    record = {
        "resourceType": "Bundle",
        "entry": [{"resource": r} for r in world.riverside.resources],
    }
    answers = [page.get(where) for where in ("", "sheet", "sheet.pdf", "sheet.txt")]
    answers += [world.rest("preview", record=record, format=f) for f in ("html", "pdf", "json")]
    answers += [world.rest("explain", record=record), world.call(token(world))]
    answers += [world.launch(visitor, follow=False), world.launch(visitor)]
    for answer in answers:
        assert answer.status_code in (200, 303, 412)
        assert is_guarded(answer.headers) == []


def test_a_sheet_in_a_page_runs_nothing_and_asks_nobody(world: World):
    policy = world.open().get("sheet").headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/app/x/", "/launch", "/health/live", "/api/v1/handouts"])
def test_a_fault_is_guarded_and_says_nothing(tmp_path, monkeypatch, path: str):
    async def broken(self: Any, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            raise ValueError("Quillon Testperson")
        await self._app(scope, receive, send)

    monkeypatch.setattr(Bodies, "__call__", broken)
    with TestClient(create_app(service(tmp_path)), raise_server_exceptions=False) as client:
        answer = client.get(path)
    assert answer.status_code == 500
    assert is_guarded(answer.headers) == []
    assert "Quillon" not in answer.text
    assert "ValueError" not in answer.text
