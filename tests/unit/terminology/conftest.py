"""A terminology server on this machine, and a client with a cache of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.terminology.server import TerminologyServer
from fhir_handout.terminology.site_settings import TerminologySettings
from servers.scripted import scripted_server
from servers.terminology import HEART, LOOP, RXNORM, SNOMED, TxServer

Connect = Callable[..., TerminologyServer]
MAPPED = {"heart-failure": HEART, "diuretic-loop": LOOP}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def tx() -> Iterator[TxServer]:
    with scripted_server() as http:
        known = {HEART: [(SNOMED, "999000111000001")], LOOP: [(RXNORM, "999001")]}
        yield TxServer(http, known)


@pytest.fixture
def connect(tx: TxServer, tmp_path: Path) -> Iterator[Connect]:
    """A client for one run; all of a test share a cache on disk."""
    made: list[TerminologyServer] = []

    def make(canonical: Any = None, token: str | None = None, **more: Any) -> TerminologyServer:
        site = TerminologySettings(more.pop("server", tx.http.base_url), canonical or MAPPED, token)
        rest = RestSettings(
            cache_dir=tmp_path / "cache", state_dir=tmp_path / "state", token="the-EHRs"
        )
        made.append(TerminologyServer(site, rest, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()
