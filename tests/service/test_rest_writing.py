"""REST attaches and retracts as the command line does, and every write is in the audit trail."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from functional.records import bundle, condition, patient
from servers.scripted import Reply, ScriptedServer, scripted_server
from service.calling import Api, api, code_of
from service.running import NOW

FRESH = {"Cache-Control": "no-cache", "Accept": "application/fhir+json"}
SIGNED = {"status": "final", "signed_by": "Practitioner/dr-1"}


class Chart:
    """REST over a real FHIR server, and one synthetic patient of the test's own on it."""

    def __init__(self, rest: Api, base: str) -> None:
        self.rest, self.base = rest, base
        self.patient = f"p-{uuid.uuid4().hex[:12]}"
        self.put(patient(self.patient), condition("N18.6", self.patient))
        self.put({"resourceType": "Practitioner", "id": "dr-1", "name": [{"family": "Example"}]})

    def put(self, *resources: dict[str, Any]) -> None:
        for resource in resources:
            url = f"{self.base}/{resource['resourceType']}/{resource['id']}"
            assert requests.put(url, json=resource, headers=FRESH, timeout=60).ok

    def documents(self) -> list[dict[str, Any]]:
        url = f"{self.base}/DocumentReference?patient={self.patient}&_count=100"
        found = requests.get(url, headers=FRESH, timeout=60).json()
        return [entry["resource"] for entry in found.get("entry", ())]

    def attach(self, **more: Any):
        return self.rest.post("attach", tenant="riverside", patient=self.patient, **more)

    def trail(self, subject: str = "") -> list[tuple[str, str, str, str | None]]:
        found = self.rest.running.store.trail.audited(subject or f"Patient/{self.patient}")
        assert all(at == int(NOW.timestamp()) for _, at in found)
        return [(d.actor, d.action, d.outcome, d.document) for d, _ in found]


@pytest.fixture
def chart(tmp_path: Path, sekmet_base_url: str) -> Iterator[Chart]:
    base = sekmet_base_url.rstrip("/")
    with api(tmp_path, base) as rest:
        yield Chart(rest, base)


def test_a_handout_is_attached_once_and_replaced_when_the_record_changes(chart: Chart):
    first = chart.attach().json()
    assert (first["done"], first["replaced"], first["left_out"]) == ("created", [], None)
    (document,) = chart.documents()
    assert first["document"] == f"DocumentReference/{document['id']}"
    assert document["docStatus"] == "preliminary"
    kinds = [
        content["attachment"]["contentType"].partition(";")[0] for content in document["content"]
    ]
    assert kinds == ["application/pdf", "text/html", "text/plain"]
    again = chart.attach().json()
    assert (again["done"], again["document"]) == ("already there", first["document"])
    chart.put(condition("O09.90", chart.patient), condition("E11.9", chart.patient))
    changed = chart.attach(formats=["text", "html"]).json()
    assert (changed["done"], changed["replaced"]) == ("replaced", [first["document"]])
    assert chart.trail() == [
        ("api:clinic", "attach", outcome, document)
        for outcome, document in [
            ("begun", None),
            ("created", first["document"]),
            ("begun", None),
            ("already there", first["document"]),
            ("begun", None),
            ("replaced", changed["document"]),
        ]
    ]
    metrics = chart.rest.client.get("/metrics").text
    deed = 'fhir_handout_deeds_total{deed="attach",outcome="created",tenant="riverside"} 1.0'
    assert deed in metrics
    assert chart.patient not in metrics


def test_a_dry_run_writes_nothing_anywhere(chart: Chart):
    told = chart.attach(dry_run=True).json()
    assert (told["done"], told["document"], told["dry_run"]) == ("created", None, True)
    assert chart.documents() == []
    assert chart.trail() == []


def test_a_final_document_has_a_signer(chart: Chart):
    assert code_of(chart.attach(status="final")) == (403, "final-unsigned")
    assert code_of(chart.attach(signed_by="Practitioner/dr-1")) == (400, "signed-draft")
    told = chart.attach(**SIGNED, organization="Organization/none").json()
    assert told["done"] == "created" or told["code"]
    (document,) = chart.documents()
    assert document["docStatus"] == "final"
    assert document["authenticator"] == {"reference": "Practitioner/dr-1"}


def test_no_refusal_speaks_of_a_command_line(chart: Chart):
    for answer in (
        chart.attach(status="final"),
        chart.attach(signed_by="Practitioner/dr-1"),
        chart.attach(language="es", layout="standard"),
        chart.attach(language="es", **SIGNED),
        chart.attach(encounter="e1"),
        chart.rest.post("attach", tenant="riverside", patient="nobody"),
        chart.rest.post("retract", tenant="riverside", document="nothing"),
    ):
        assert answer.status_code in (400, 403, 404)
        assert "--" not in answer.json()["detail"]


def test_a_document_is_retracted_once(chart: Chart):
    name = chart.attach().json()["document"]
    for done in ("retracted", "already there"):
        answer = chart.rest.post("retract", tenant="riverside", document=name)
        assert answer.json() == {"done": done, "document": name}
    (document,) = chart.documents()
    assert document["status"] == "entered-in-error"
    found, whose = chart.rest.running.store.trail.written(), f"Patient/{chart.patient}"
    assert [(d.action, d.outcome, d.document, d.patient) for d, _ in found][2:] == [
        ("retract", "begun", name, None),
        ("retract", "retracted", name, whose),
        ("retract", "begun", name, None),
        ("retract", "already there", name, whose),
    ]


def test_what_is_not_ours_is_not_retracted(chart: Chart):
    foreign = {
        "resourceType": "DocumentReference",
        "id": f"d-{uuid.uuid4().hex[:8]}",
        "status": "current",
        "subject": {"reference": f"Patient/{chart.patient}"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "eA=="}}],
    }
    chart.put(foreign)
    answer = chart.rest.post("retract", tenant="riverside", document=foreign["id"])
    assert code_of(answer) == (403, "not-ours")


def test_eight_at_once_make_one_document(chart: Chart):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chart.attach(formats=["text"]), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["document"] for answer in answers}) == 1
    assert len(chart.documents()) == 1
    assert len(chart.trail()) == 16


# --- an EHR that fails ---


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[tuple[Api, ScriptedServer]]:
    with scripted_server() as server, api(tmp_path, server.base_url) as rest:
        yield rest, server


BUSY = Reply(429, headers={"Retry-After": "1"})


@pytest.mark.parametrize(
    ("what", "reply", "failure"),
    [
        ("preview", Reply(401), (502, "unauthorized")),
        ("preview", Reply(200, b"<html>"), (502, "not-json")),
        ("preview", Reply(200, {"resourceType": "Patient"}), (502, None)),
        ("explain", Reply(403), (502, None)),
        ("attach", Reply(401), (502, "unauthorized")),
        ("attach", BUSY, (503, "too-many-requests")),
        ("retract", Reply(403), (502, None)),
        ("retract", Reply(500), (502, None)),
        ("retract", BUSY, (503, "too-many-requests")),
    ],
)
def test_a_failing_ehr_is_a_gateway_that_failed(failing, what: str, reply: Reply, failure):
    rest, server = failing
    for method, path in (("GET", "metadata"), ("POST", ""), ("GET", "DocumentReference/d1")):
        server.on(method, path, reply)
    whose = {"document": "d1"} if what == "retract" else {"patient": "Quillon-7"}
    answer = rest.post(what, tenant="riverside", **whose)
    status, code = code_of(answer)
    assert (status, code) == (failure[0], failure[1] or code)
    if status == 503:
        assert int(answer.headers["retry-after"]) >= 1
    if what in ("attach", "retract"):
        trail = rest.running.store.trail.written()
        assert [(d.action, d.outcome) for d, _ in trail] == [(what, "begun"), (what, code)]


def test_nothing_is_written_that_the_trail_can_not_hold(chart: Chart, tmp_path: Path):
    chart.rest.running.store.close()
    database = tmp_path / "state" / "fhir-handout" / "service.db"
    for file in database.parent.glob("service.db*"):
        file.unlink()
    database.mkdir()
    assert code_of(chart.attach()) == (503, "database-unusable")
    assert chart.documents() == []


def test_a_record_that_is_sent_is_never_attached(chart: Chart):
    answer = chart.attach(record=bundle(patient(chart.patient)))
    assert code_of(answer) == (422, "invalid-request")
