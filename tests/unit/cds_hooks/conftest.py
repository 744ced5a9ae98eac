"""A tenant without a server, and one whose FHIR server says what a test tells it to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fhir_handout.cds_hooks.policy import CdsTenant
from servers.scripted import ScriptedServer, scripted_server
from unit.cds_hooks.calls import example, tenant
from unit.ehr.record_server import RecordServer


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def alone(tmp_path: Path) -> CdsTenant:
    return tenant(tmp_path)


@pytest.fixture
def of_policy(tmp_path: Path) -> Callable[..., CdsTenant]:
    return lambda **policy: tenant(tmp_path, **policy)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture(params=[True, False], ids=["batch", "one by one"])
def chart(request: pytest.FixtureRequest, server: ScriptedServer) -> RecordServer:
    """A server that has what the example with a complaint has."""
    record = RecordServer(server, request.param)
    prefetch = example("patient-view/complaint")["prefetch"]
    record.says("Patient/hook-example", prefetch["patient"])
    empty = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    record.says("Condition", prefetch["conditions"])
    record.says("MedicationRequest", prefetch["medicationRequests"])
    record.says("MedicationStatement", empty)
    record.says("Observation", empty)
    record.says("DocumentReference", empty)
    return record


@pytest.fixture
def served(chart: RecordServer, tmp_path: Path) -> CdsTenant:
    return tenant(tmp_path, chart.scripted.base_url)
