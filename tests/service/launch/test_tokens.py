"""A page's tokens at a strict server: renewed before they end, once, and given back at the end."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from fhir_handout.store.sessions import Session
from servers.authorization import SmartServer
from service.launch.conftest import METHODS, OpenApp, opened, settings
from service.running import free_port, served, service
from service.visiting import Visitor

ENDING, LASTING = 30, 3600
"""Lives of tokens in seconds: one that is renewed with the next request, and one that is not."""


@dataclass
class Opened:
    """A page, and the browser it is open in."""

    app: OpenApp
    visitor: Visitor
    url: str

    def get(self, address: str = "") -> requests.Response:
        """The page, perhaps from another process of the same service."""
        url = self.url.replace(self.app.address, address) if address else self.url
        return requests.get(url, headers={"Cookie": self.cookie}, timeout=60)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{k}={v}" for k, v in self.visitor.cookies_of(self.url).items())

    def renewed(self) -> list[int]:
        """The status of every renewal that the server was asked for."""
        asked = self.app.ehr.server.token_requests(self.app.client_id)
        return [each["status"] for each in asked if each["token"] == "refresh_token"]

    def read_again(self) -> requests.Response:
        """Have the record read anew, so that the EHR sees the token."""
        return self.visitor.post(f"{self.url}work", {**fields(self.get().text), "do": "read-again"})

    def close(self) -> requests.Response:
        """Press the button that ends it."""
        return self.visitor.post(f"{self.url}close", fields(self.get().text))


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    named = re.findall(r'<input type="hidden" name="(csrf|revision)" value="([^"]*)"', page)
    assert {name for name, _ in named} == {"csrf", "revision"}
    return dict(named)


def launched(app: OpenApp, patient: str, seconds: int, **known: object) -> Opened:
    """A page whose first token lasts so long; those that come later last an hour."""
    app.options(expiresIn=seconds)
    visitor = Visitor()
    answer = app.launched(visitor, patient=patient, **known)
    assert answer.status_code == 200, answer.text[:500]
    app.options(expiresIn=LASTING)
    return Opened(app, visitor, answer.url)


@pytest.fixture(params=METHODS)
def own_app(
    request: pytest.FixtureRequest, smart_server: SmartServer, hapi_base_url: str, tmp_path: Path
) -> Iterator[OpenApp]:
    """An app that no other test counts the requests of."""
    yield from opened(smart_server, hapi_base_url.rstrip("/"), tmp_path, request.param)


def test_a_token_about_to_end_is_renewed_once(own_app: OpenApp, patient: str) -> None:
    page = launched(own_app, patient, LASTING)
    hold(page, expires_at=time.time() + ENDING)
    for _ in range(3):
        assert page.read_again().status_code == 200
    assert page.renewed() == [200]


def test_tokens_rotate_through_a_session(own_app: OpenApp, patient: str) -> None:
    """Each refresh token serves once, so every one of them was kept."""
    page = launched(own_app, patient, ENDING)
    own_app.options(expiresIn=ENDING)
    for _ in range(4):
        assert page.read_again().status_code == 200
    assert len(page.renewed()) >= 3
    assert set(page.renewed()) == {200}


def test_processes_that_share_a_database_renew_once(
    smart_server: SmartServer, hapi_base_url: str, patient: str, tmp_path: Path
) -> None:
    """A refresh token that is used twice ends all that was granted: the page would be over."""
    with contextmanager(opened)(smart_server, hapi_base_url.rstrip("/"), tmp_path) as app:
        said = settings(app.address, app.ehr.base, app.client_id, "none")
        with served(service(tmp_path, said, now=None), free_port()) as second:
            page = launched(app, patient, LASTING)
            hold(page, expires_at=time.time() + ENDING)
            app.options(delay=300)
            with ThreadPoolExecutor(8) as pool:
                asked = [app.address, second] * 4
                found = list(pool.map(lambda address: page.get(address).status_code, asked))
            assert found == [200] * 8
            assert page.renewed() == [200]


def test_a_permission_that_ended_is_told_and_the_work_taken_up_by_the_next_launch(
    public_app: OpenApp, patient: str
) -> None:
    page = launched(public_app, patient, LASTING)
    form = {**fields(page.get().text), "note": "Ring the ward on Monday"}
    assert page.visitor.post(f"{page.url}work", form).status_code == 200
    public_app.ehr.server.revoke(token_of(page))
    over = page.read_again()
    assert "sign-in has expired" in over.text
    again = launched(public_app, patient, LASTING)
    assert "Ring the ward on Monday" in again.get().text
    assert "Ring the ward on Monday" not in launched(public_app, patient, LASTING).get().text


def test_a_token_that_can_not_be_renewed_is_used_until_it_ends(
    public_app: OpenApp, patient: str
) -> None:
    """A server that gives no new one for a moment takes nothing from a token that counts."""
    page = launched(public_app, patient, LASTING)
    hold(page, refresh_token="never-given", expires_at=time.time() + ENDING)
    assert page.read_again().status_code == 200
    hold(page, refresh_token="never-given", expires_at=time.time() - 1)
    assert "sign-in has expired" in page.get().text


def test_closing_gives_the_tokens_back(own_app: OpenApp, patient: str) -> None:
    page = launched(own_app, patient, LASTING)
    token = token_of(page)
    assert reads(own_app, token, patient) == 200
    assert page.close().status_code == 200
    deadline = time.monotonic() + 20
    while reads(own_app, token, patient) == 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert reads(own_app, token, patient) == 401
    assert page.get().status_code == 401


@pytest.mark.parametrize("place", [None, "http://127.0.0.1:9/revoke"])
def test_a_server_that_takes_no_tokens_back_keeps_nobody_from_closing(
    smart_server: SmartServer, hapi_base_url: str, patient: str, tmp_path: Path, place: str | None
) -> None:
    upstream, says = hapi_base_url.rstrip("/"), {"revocation_endpoint": place}
    with contextmanager(opened)(smart_server, upstream, tmp_path, **says) as app:
        page = launched(app, patient, LASTING)
        assert page.close().status_code == 200
        assert page.get().status_code == 401


def hold(page: Opened, **tokens: object) -> None:
    """Have the service hold other tokens for a page."""
    session = session_of(page)
    data = {**session.data, "tokens": {**session.data["tokens"], **tokens}}
    page.app.running.store.sessions.keep(session, data)


def session_of(page: Opened) -> Session:
    """The session of a page."""
    session_id = page.url.rstrip("/").rpartition("/")[2]
    secret = page.visitor.cookies_of(page.url)["__Secure-handout"]
    running = page.app.running
    found = running.store.sessions.session(session_id, secret, running.seconds())
    assert found is not None
    return found


def token_of(page: Opened) -> str:
    """The access token that the service holds for a page."""
    return session_of(page).data["tokens"]["access_token"]


def reads(app: OpenApp, token: str, patient: str) -> int:
    """What the EHR says to somebody with this token."""
    bearer = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{app.ehr.base}/Patient/{patient}", headers=bearer, timeout=60).status_code
