"""Pages for tests: a service in front of an EHR, sessions begun as a launch will begin them.

In: an EHR's base URL, patients. Out: the app, in process or served, and the way to a page of it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from fhir_handout.service.page.session import COOKIE, Open, begin, opening
from fhir_handout.service.running import Service
from fhir_handout.service.wire import served_with
from service.running import NOW, free_port, service, wait_until_live

TENANT = "riverside"
PUBLIC = "https://handout.example"
SETTINGS = """
[service]
public_url = "{public_url}"
[tenants.riverside]
base_url = "{base_url}"
label = "Riverside EHR"
{tenant}
[tenants.riverside.site]
name = "Riverside Clinic"
phone = "555-0100"
country = "US"
"""
LINKS = 'resource_link = "https://ehr.example/open?resource={reference}"\n'
SIGNER = "Practitioner/pr1"


def page_service(
    folder: Path,
    base_url: str,
    public_url: str = PUBLIC,
    tenant: str = LINKS,
    more: str = "",
) -> Service:
    """A service of one EHR, whose clock stands at `NOW`."""
    said = SETTINGS.replace("{public_url}", public_url).replace("{base_url}", base_url)
    return service(folder, said.replace("{tenant}", tenant) + more, NOW)


def cookie_of(response: Response) -> tuple[str, str]:
    """The path of a page that was begun, and its cookie."""
    set_cookie = response.headers["set-cookie"]
    return response.headers["location"], set_cookie.partition(";")[0]


class Client:
    """A browser of one page, in process: its cookie goes with every request."""

    def __init__(self, app: FastAPI, launched: Open) -> None:
        self.app = app
        self.http = TestClient(app, PUBLIC, follow_redirects=False)
        running: Service = app.state.service
        self.path, self.cookie = cookie_of(begin(running, running.tenants[TENANT], launched))
        self.id = self.path.strip("/").rpartition("/")[2]

    def get(self, where: str = "", **headers: str) -> Any:
        return self.http.get(self.path + where, headers={"Cookie": self.cookie, **headers})

    def post(self, where: str, fields: dict[str, str], **headers: str) -> Any:
        """A form as the page's own browser sends it."""
        given = {"Cookie": self.cookie, "Origin": PUBLIC, **headers}
        given.setdefault("Sec-Fetch-Site", "same-origin")
        return self.http.post(self.path + where, data=fields, headers=given)

    @property
    def open(self) -> Open:
        """What the session holds now."""
        secret = self.cookie.removeprefix(f"{COOKIE}=")
        running: Service = self.app.state.service
        session = running.store.sessions.session(self.id, secret, running.seconds())
        assert session is not None
        return Open.from_json(session.data)

    def form(self, **fields: str) -> dict[str, str]:
        """The fields of the page's form as it is now, with these."""
        now = self.open
        return {"csrf": now.csrf, "revision": str(now.revision), **fields}


def opened_page(running: Service, patient: str | None = "p1", **launched: Any) -> Client:
    """A page of this patient, opened by a practitioner."""
    launched.setdefault("user", SIGNER)
    return Client(create_app(running), opening(None, patient, **launched))


@contextmanager
def served_page(folder: Path, base_url: str, **settings: Any) -> Iterator["Served"]:
    """A real server, and how to begin pages of it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    running = page_service(folder, base_url, address, **settings)
    served = Served(create_app(running), address)
    config = uvicorn.Config(served.app, **served_with("127.0.0.1", port, 5))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_until_live(address)
        yield served
    finally:
        server.should_exit = True
        thread.join(20)


class Served:
    """A server with a way in, in place of a launch: `entrance` begins a page as a callback does."""

    def __init__(self, app: FastAPI, address: str) -> None:
        self.app, self.address = app, address
        self._waiting: dict[str, Open] = {}
        app.add_api_route("/callback/{name}", self._begin, include_in_schema=False)

    def entrance(self, patient: str | None, **launched: Any) -> str:
        """The address that begins a page and leads to it, once."""
        launched.setdefault("user", SIGNER)
        name = f"e{len(self._waiting)}"
        self._waiting[name] = opening(None, patient, **launched)
        return f"{self.address}/callback/{name}"

    def _begin(self, name: str, request: Request) -> Response:
        running: Service = request.app.state.service
        return begin(running, running.tenants[TENANT], self._waiting[name])
