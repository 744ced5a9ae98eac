"""REST for a program alone: the service gets its own token from the EHR by Backend Services."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fhir_handout.errors import UsageError
from fhir_handout.service.app import create_app
from fhir_handout.smart.needs import needed_scopes
from fhir_handout.smart.own_keys import add_key
from servers.authorization import SmartEhr, SmartServer
from service.calling import TOKEN, Api
from service.page.charts import Chart
from service.running import service, service_settings

SETTINGS = """
[service]
public_url = "http://127.0.0.1:8080"
clients = [{{name = "clinic", token_sha256 = "{hash}", tenants = ["riverside"]}}]
[tenants.riverside]
base_url = "{base}"
[tenants.riverside.ehr.backend]
url = "{url}"
client_id = "{client_id}"
keys = "keys.json"
scope = "{scope}"
"""


def text(base: str, client_id: str, url: str = "") -> str:
    return SETTINGS.format(
        hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
        base=base,
        url=url or base,
        client_id=client_id,
        scope=" ".join(needed_scopes("system")),
    )


@pytest.fixture
def chart(hapi_base_url: str) -> Chart:
    return Chart(hapi_base_url.rstrip("/")).usual()


@pytest.fixture
def ehr(smart_server: SmartServer, chart: Chart) -> SmartEhr:
    return smart_server.ehr(chart.base)


@pytest.fixture
def client_id(ehr: SmartEhr, tmp_path: Path) -> str:
    return ehr.server.backend({"keys": [add_key(tmp_path / "keys.json", "ES384").public]})


@pytest.fixture
def calling(ehr: SmartEhr, client_id: str, tmp_path: Path) -> Iterator[Api]:
    running = service(tmp_path, text(ehr.base, client_id), now=None)
    with TestClient(create_app(running)) as client:
        yield Api(client, running)


def test_one_token_serves_several_calls(calling: Api, chart: Chart, client_id: str, ehr) -> None:
    body = {"tenant": "riverside", "patient": chart.patient}
    attached = calling.post("attach", **body)
    assert attached.status_code == 200, attached.text
    (document,) = chart.documents
    assert attached.json()["document"] == f"DocumentReference/{document['id']}"
    assert calling.post("preview", format="text", **body).status_code == 200
    assert calling.post("retract", tenant="riverside", document=document["id"]).status_code == 200
    assert chart.documents == []
    assert len(ehr.server.token_requests(client_id)) == 1


def test_a_token_that_was_taken_back_is_fetched_anew(
    calling: Api, chart: Chart, client_id: str, ehr: SmartEhr
) -> None:
    """The call that finds out fails, and says that the EHR said no; the next one is served."""
    body = {"tenant": "riverside", "patient": chart.patient, "format": "text"}
    assert calling.post("preview", **body).status_code == 200
    backend = calling.running.tenants["riverside"].backend
    assert backend is not None
    ehr.server.revoke(backend.token())
    refused = calling.post("preview", **body)
    assert (refused.status_code, refused.json()["code"]) == (502, "unauthorized")
    assert calling.post("preview", **body).status_code == 200
    assert len(ehr.server.token_requests(client_id)) == 2


def test_a_registration_with_another_ehr_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    said = text("https://ehr.example.org/fhir", "app", "https://other.example.org/fhir")
    with pytest.raises(UsageError, match="another EHR's than base_url"):
        service_settings(tmp_path, said)
