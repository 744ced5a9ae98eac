"""A scripted server, a record on it, and a client for it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.ehr.rest_settings import RestSettings
from servers.scripted import ScriptedServer, scripted_server
from unit.ehr.record_server import RecordServer

Settings = Callable[..., RestSettings]
Ehr = Callable[..., RestEhr]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the client would have waited before trying again; it does not really wait."""
    waited: list[float] = []
    really = time.sleep

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        really(0)

    monkeypatch.setattr("urllib3.util.retry.time", _Clock(sleep))
    return waited


class _Clock:
    """The time module as urllib3 uses it, with a sleep of ours."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep, self.time = sleep, time.time


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with folders of the test's own, and no patience."""

    def make(**changed: Any) -> RestSettings:
        ours: dict[str, Any] = {
            "cache_dir": tmp_path / "cache",
            "state_dir": tmp_path / "state",
            "connect_timeout": 1.0,
            "read_timeout": 1.0,
            "lock_timeout": 1.0,
        }
        return RestSettings(**{**ours, **changed})

    return make


@pytest.fixture
def client(server: ScriptedServer, settings: Settings) -> Iterator[Callable[..., FhirClient]]:
    """A client of the scripted server, with settings as given."""
    made: list[FhirClient] = []

    def make(**changed: Any) -> FhirClient:
        made.append(FhirClient(BaseUrl.parse(server.base_url), settings(**changed)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def ehr(server: ScriptedServer, settings: Settings) -> Iterator[Ehr]:
    """The scripted server as an EHR, with settings as given."""
    made: list[RestEhr] = []

    def make(**changed: Any) -> RestEhr:
        made.append(RestEhr(server.base_url, settings(**changed)))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(params=[True, False], ids=["batch", "one by one"])
def record(request: pytest.FixtureRequest, server: ScriptedServer) -> RecordServer:
    """A server with a record, read in a batch and then one by one."""
    return RecordServer(server, request.param)
