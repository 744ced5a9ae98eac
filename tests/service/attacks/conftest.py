"""A service as it runs, two EHRs that use it, and a stranger that must never be asked anything."""

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from jwt import PyJWS

from fhir_handout.service.page.session import begin, opening
from fhir_handout.service.running import Service
from functional.records import condition, patient, result, statement
from servers.scripted import ScriptedServer, scripted_server
from service.attacks.ehr import CLIENT, USER, ScriptedEhr
from service.calling import OTHER_TOKEN as RECORDS_ONLY
from service.calling import TOKEN as CLINIC
from service.running import free_port, served, service
from service.visiting import Visitor
from unit.smart.tokens import ALG, jwk, key_set, private_key

ISSUER, OTHER_ISSUER = "https://ehr.example.org", "https://lakeside.example.org"
HOOK = "muscle-cramps-patient-view"
SETTINGS = """
[service]
public_url = "{address}"
max_body_bytes = 200000
max_entries = 500
body_seconds = 2
{more}
[[service.clients]]
name = "clinic"
token_sha256 = "{clinic}"
tenants = ["riverside"]
[[service.clients]]
name = "records-only"
token_sha256 = "{records_only}"
[tenants.riverside]
base_url = "{riverside}"
resource_link = "https://ehr.example/open?resource={{reference}}"
frame_ancestors = ["https://ehr.example"]
site = {{name = "Riverside Clinic", country = "US"}}
ehr = {{takes_drafts = true}}
smart = {{client_id = "{client}"}}
[tenants.riverside.cds_hooks]
issuers = [{{iss = "{issuer}", jwks = "riverside.json"}}]
cors_origins = ["https://ehr.example"]
[tenants.lakeside]
base_url = "{lakeside}"
smart = {{client_id = "{client}"}}
[tenants.lakeside.cds_hooks]
issuers = [{{iss = "{other_issuer}", jwks = "lakeside.json"}}]
"""


@dataclass
class World:
    """Where the service is, what it knows, and around it who it talks to."""

    address: str
    running: Service
    riverside: ScriptedEhr
    lakeside: ScriptedEhr
    stranger: ScriptedServer
    folder: Path

    # --- REST ---

    def rest(self, what: str, token: str = CLINIC, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(
            f"{self.address}/api/v1/{what}", json=body, headers=headers, timeout=60
        )

    # --- CDS Hooks ---

    def hook_url(self, tenant: str = "riverside") -> str:
        return f"{self.address}/ehr/{tenant}/cds-services/{HOOK}"

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Those of a token that is in order, for `signed`."""
        now = time.time()
        jti = hashlib.sha256(str(time.perf_counter_ns()).encode()).hexdigest()
        usual = {"iss": ISSUER, "aud": self.hook_url(), "iat": now - 5, "exp": now + 240}
        return {**usual, "jti": jti, **changed}

    def call(self, token: str | None, body: Any = None, tenant: str = "riverside"):
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        said = hook_body() if body is None else body
        return requests.post(self.hook_url(tenant), json=said, headers=headers, timeout=60)

    # --- pages ---

    def open(
        self, whose: str | None = "p1", tenant: str = "riverside", **launched: Any
    ) -> "Session":
        """A page as a launch begins it, without the launch."""
        launched.setdefault("user", USER)
        answer = begin(self.running, self.running.tenants[tenant], opening(None, whose, **launched))
        return Session(self, answer.headers["location"], answer.headers["set-cookie"], whose)

    def launch(self, visitor: Visitor, follow: bool = True, **changed: str) -> requests.Response:
        """An EHR's launch, as a browser goes it."""
        url = f"{self.address}/launch?iss={self.riverside.base}&launch=x1"
        out = visitor.get(url, follow=False)
        assert out.status_code == 303, out.text
        back = self.riverside.authorize(out.headers["Location"], **changed)
        return visitor.get(back, follow=follow)


class Session:
    """A page and its cookie."""

    def __init__(self, world: World, path: str, set_cookie: str, whose: str | None) -> None:
        self.world, self.path, self.patient_was = world, path, whose
        self.cookie = set_cookie.partition(";")[0]
        self.url = f"{world.address}{path}"

    def get(self, where: str = "", **headers: str) -> requests.Response:
        said = {"Cookie": self.cookie, **headers}
        return requests.get(self.url + where, headers=said, timeout=60, allow_redirects=False)

    def post(self, where: str, fields: dict[str, str], **headers: Any) -> requests.Response:
        said = {
            "Cookie": self.cookie,
            "Origin": self.world.address,
            "Sec-Fetch-Site": "same-origin",
            **headers,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return requests.post(
            self.url + where, data=fields, headers=said, timeout=60, allow_redirects=False
        )

    def form(self, **fields: str) -> dict[str, str]:
        """The fields of its form as it now is, with these."""
        page = self.get().text
        assert 'name="csrf"' in page, page[:1000]
        revision = value_of(page, "revision") or "1"  # the search for a patient has none
        return {"csrf": value_of(page, "csrf"), "revision": revision, **fields}


def value_of(page: str, name: str) -> str:
    """The value of a hidden field."""
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def hook_body(**changed: Any) -> dict[str, Any]:
    """A call with all that is needed, of somebody with nothing to tell."""
    context = {"userId": USER, "patientId": "p1"}
    usual = {
        "hook": "patient-view",
        "hookInstance": "11111111-1111-4111-8111-111111111111",
        "context": context,
    }
    return {**usual, **changed}


def chart() -> list[dict[str, Any]]:
    """A patient with a few findings."""
    return [
        patient("p1"),
        condition("N18.6"),
        condition("R25.2"),
        statement("4603"),
        result("2823-3", 6.2, "mmol/L", "2026-11-21T10:00:00Z"),
        {"resourceType": "Practitioner", "id": "dr-1"},
    ]


@contextmanager
def servers() -> Iterator[tuple[ScriptedEhr, ScriptedEhr, ScriptedServer]]:
    """Two EHRs and a stranger."""
    with scripted_server() as one, scripted_server() as other, scripted_server() as stranger:
        riverside, lakeside = (ScriptedEhr(each, time.time(), chart()) for each in (one, other))
        yield riverside, lakeside, stranger


def settings_for(folder: Path, address: str, riverside: str, lakeside: str, more: str = "") -> str:
    """The settings of a service of these EHRs, with their keys in `folder`."""
    (folder / "riverside.json").write_text(json.dumps(key_set(jwk("P-384"), jwk("rsa"))), "utf-8")
    (folder / "lakeside.json").write_text(json.dumps(key_set(jwk("P-384", 1))), "utf-8")
    return SETTINGS.format(
        address=address,
        clinic=hashlib.sha256(CLINIC.encode()).hexdigest(),
        records_only=hashlib.sha256(RECORDS_ONLY.encode()).hexdigest(),
        riverside=riverside,
        lakeside=lakeside,
        client=CLIENT,
        issuer=ISSUER,
        other_issuer=OTHER_ISSUER,
        more=more,
    )


@contextmanager
def world_in(folder: Path, more: str = "") -> Iterator[World]:
    """All of it."""
    port = free_port()
    with servers() as (riverside, lakeside, stranger):
        address = f"http://127.0.0.1:{port}"
        text = settings_for(folder, address, riverside.base, lakeside.base, more)
        running = service(folder, text, now=None)
        with served(running, port) as at:
            yield World(at, running, riverside, lakeside, stranger, folder)


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """The world as it was; in the end nobody has asked the stranger anything."""
    for each in (shared_world.riverside, shared_world.lakeside):
        each.resources, each.written, each.patient = chart(), [], "p1"
        each.token, each.claims, each.id_token, each.now = {}, {}, "", time.time()
        each.server.forget()
        each.__post_init__()
    yield shared_world
    assert shared_world.stranger.received == []


@pytest.fixture
def fresh_world(tmp_path: Path) -> Iterator[World]:
    """A world that nobody has asked anything before, and that remembers nothing."""
    with world_in(tmp_path) as found:
        yield found


def token(world: World, kind: str = "P-384", which: int = 0, **changed: Any) -> str:
    """A token in order, but for what is changed; its claims may be anything at all."""
    header = {"kid": f"{kind}-{which}", **(changed.pop("header", None) or {})}
    header = {name: value for name, value in header.items() if value is not None}
    said = {name: value for name, value in world.claims(**changed).items() if value is not ...}
    key = private_key(kind, which)
    return PyJWS().encode(json.dumps(said).encode(), key, ALG[kind], header)


def host_of(url: str) -> str:
    return urlsplit(url).netloc


def sent_raw(world: World, data: bytes | Iterator[bytes], seconds: float = 10) -> bytes:
    """What comes back for these bytes; sending ends where nobody takes them any more."""
    host, _, port = host_of(world.address).partition(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as wire:
        with suppress(OSError):
            for piece in [data] if isinstance(data, bytes) else data:
                wire.sendall(piece)
        return _taken(wire)


def _taken(wire: socket.socket) -> bytes:
    found = b""
    with suppress(OSError):
        while piece := wire.recv(65536):
            found += piece
    return found


def status_of(answer: bytes) -> int:
    """The status of a raw answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
