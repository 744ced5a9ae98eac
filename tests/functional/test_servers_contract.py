"""The same promises against two real, different FHIR servers: HAPI FHIR JPA and sekmet."""

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from fhir_handout import workflow
from fhir_handout.document import Signature
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack
from functional.conftest import Run
from functional.records import bundle, condition, patient, result, statement

FRESH = {"Cache-Control": "no-cache", "Accept": "application/fhir+json"}
FUROSEMIDE = "4603"


class Server:
    """A FHIR server, and one synthetic patient of the test's own on it."""

    def __init__(self, base: str, name: str) -> None:
        self.base, self.name = base, name
        self.patient = f"p-{uuid.uuid4().hex[:12]}"

    def put(self, *resources: dict[str, Any]) -> None:
        entries = [
            {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
            for r in resources
        ]
        body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = requests.post(self.base, json=body, headers=FRESH, timeout=60)
        assert answer.ok, answer.text

    def all(self, query: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.base}/{query}", headers=FRESH, timeout=60)
        assert answer.ok, answer.text
        return [entry["resource"] for entry in answer.json().get("entry", ())]

    def documents(self) -> list[dict[str, Any]]:
        return self.all(f"DocumentReference?patient={self.patient}&_count=100")

    def current(self) -> dict[str, Any]:
        (found,) = [d for d in self.documents() if d["status"] == "current"]
        return found

    def provenances(self) -> list[dict[str, Any]]:
        return [
            provenance
            for document in self.documents()
            for provenance in self.all(f"Provenance?target=DocumentReference/{document['id']}")
        ]

    def condition(self, code: str, **elements: Any) -> dict[str, Any]:
        return condition(code, self.patient, **elements)


@pytest.fixture(params=["hapi", "sekmet"])
def server(request: pytest.FixtureRequest) -> Server:
    base = request.getfixturevalue(f"{request.param}_base_url")
    server = Server(base.rstrip("/"), request.param)
    server.put(
        patient(server.patient),
        server.condition("N18.6"),
        statement(FUROSEMIDE, server.patient),
    )
    return server


def said(run: Run, server: Server, *args: object) -> str:
    done = run("attach", server.patient, "--ehr", server.base, *args)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0]


def test_attach_creates_one_document_with_its_provenance(run: Run, server):
    line = said(run, server, "--date", "2026-11-23")
    document = server.current()
    reference = f"DocumentReference/{document['id']}"
    assert line == f"{reference} created"
    assert document["docStatus"] == "preliminary"
    assert [c["attachment"]["contentType"] for c in document["content"]] == [
        "application/pdf",
        "text/html; charset=utf-8",
        "text/plain; charset=utf-8",
    ]
    (provenance,) = server.provenances()
    assert provenance["target"][0]["reference"].startswith(reference)
    used = {e["what"]["reference"] for e in provenance["entity"]}
    assert f"Condition/c-n18-6-{server.patient}" in used


def explained(run: Run, server: Server) -> dict[str, Any]:
    done = run("explain", server.patient, "--ehr", server.base, "--date", "2026-11-23", "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_newest_results_on_the_server_count_and_others_are_not_asked_for(run: Run, server):
    who = server.patient
    server.put(
        result("33914-3", 71, "mL/min/{1.73_m2}", "2026-02-01", who),
        result("33914-3", 28, "mL/min/{1.73_m2}", "2026-10-01T08:30:00Z", who),
        result("2823-3", 5.6, "mmol/L", "2026-10-01T08:30:00Z", who),
        result("2951-2", 128, "mmol/L", "2024-10-01", who),  # too old to count
        result("2093-3", 180, "mg/dL", "2026-10-01", who),  # cholesterol
    )
    told = explained(run, server)
    found = {f["risk_factor"]: f for f in told["findings"] if f["status"] == "present"}
    assert found["low_egfr"]["qualifiers"] == ["below_30"]
    assert found["low_egfr"]["evidence"][0]["value"] == "28 mL/min/{1.73_m2}"
    assert found["high_potassium_result"]["qualifiers"] == ["5_5_to_5_9"]
    assert "low_sodium_result" not in found
    assert told["gaps"] == []


def test_a_pregnancy_is_known_by_its_due_date_and_status_on_the_server(run: Run, server):
    who = server.patient
    about = {"gender": "female", "birthDate": "1995-02-02"}
    due = {
        "resourceType": "Observation",
        "id": f"due-{who}",
        "status": "final",
        "subject": {"reference": f"Patient/{who}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "11778-8"}]},
        "effectiveDateTime": "2026-07-01",
        "valueDateTime": "2027-01-15",
    }
    pregnant = {
        "system": "http://snomed.info/sct",
        "code": "77386006",
    }
    status = {
        **due,
        "id": f"status-{who}",
        "code": {"coding": [{"system": "http://loinc.org", "code": "82810-3"}]},
        "valueCodeableConcept": {"coding": [pregnant]},
    }
    del status["valueDateTime"]
    server.put(patient(who, **about), due, status)
    (found,) = [f for f in explained(run, server)["findings"] if f["risk_factor"] == "pregnancy"]
    assert found["status"] == "present"
    assert {e["recognised_by"] for e in found["evidence"]} == {"answer", "due_date"}


def test_attaching_again_on_another_day_writes_nothing(run: Run, server):
    first = said(run, server, "--date", "2026-11-23")
    before = server.documents()
    assert said(run, server, "--date", "2026-11-30") == first.replace("created", "already there")
    assert server.documents() == before
    assert len(server.provenances()) == 1


def test_preview_and_explain_write_nothing(run: Run, server):
    assert run("preview", server.patient, "--ehr", server.base).returncode == 0
    found = json.loads(run("explain", server.patient, "--ehr", server.base, "--json").stdout)
    assert found["gaps"] == []
    assert {f["risk_factor"] for f in found["findings"] if f["status"] == "present"} == {
        "diuretic",
        "kidney_failure",
    }
    assert server.documents() == []


def test_a_changed_record_replaces_and_changing_back_makes_a_new_document(run: Run, server):
    first = said(run, server).split()[0]
    gone = server.condition("N18.6", verificationStatus={"coding": [{"code": "refuted"}]})
    server.put(gone)
    second = said(run, server)
    assert second.endswith(f" replaced {first}")
    server.put(server.condition("N18.6"))
    third = said(run, server)
    assert third.endswith(f" replaced {second.split()[0]}")
    statuses = {f"DocumentReference/{d['id']}": d["status"] for d in server.documents()}
    assert statuses == {
        first: "superseded",
        second.split()[0]: "superseded",
        third.split()[0]: "current",
    }
    replaced = server.current()["relatesTo"][0]
    assert replaced["code"] == "replaces"
    assert replaced["target"]["reference"].startswith(second.split()[0])


def test_attach_after_retract_makes_a_new_document_at_once(run: Run, server):
    first = said(run, server).split()[0]
    assert run("retract", first, "--ehr", server.base).stdout == f"{first} retracted\n"
    again = run("retract", first, "--ehr", server.base)
    assert again.stdout == f"{first} was already retracted\n"
    second = said(run, server)
    assert second.endswith(" created")
    assert second.split()[0] != first
    assert sorted(d["status"] for d in server.documents()) == ["current", "entered-in-error"]


def attach_at_once(server: Server, how_many: int) -> list[str]:
    command = [sys.executable, "-m", "fhir_handout", "attach", server.patient, "--ehr", server.base]

    def attach(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    with ThreadPoolExecutor(how_many) as pool:
        done = list(pool.map(attach, range(how_many)))
    assert [d.stderr for d in done] == [""] * how_many
    return [" ".join(d.stdout.split()[1:]) for d in done]


def test_six_processes_at_once_leave_one_document_and_one_provenance(server):
    lines = attach_at_once(server, 6)
    assert len(server.documents()) == 1
    assert len(server.provenances()) == 1
    assert set(lines) <= {"created", "already there"}


def test_six_processes_replacing_at_once_leave_one_successor(run: Run, server):
    first = said(run, server).split()[0]
    server.put(server.condition("E11.9"))
    lines = attach_at_once(server, 6)
    assert sorted(d["status"] for d in server.documents()) == ["current", "superseded"]
    assert len(server.provenances()) == 2
    assert set(lines) <= {f"replaced {first}", "already there"}


def in_process(server: Server, tmp_path: Path, **settings: Any) -> RestEhr:
    limits = RestSettings(cache_dir=tmp_path / "cache", state_dir=tmp_path / "state", **settings)
    return RestEhr(server.base, limits)


def attach_in_process(ehr: RestEhr, server: Server) -> workflow.Outcome:
    request = workflow.Request(
        server.patient, None, Moment.on(date(2026, 11, 23)), load_pack(), Site()
    )
    return workflow.attach(ehr, request, ("html", "text"), Signature("preliminary"))


def test_an_attach_takes_two_requests_once_the_capability_statement_is_known(server, tmp_path):
    with in_process(server, tmp_path) as first:
        attach_in_process(first, server)
        assert first.requests_sent == 3
    server.put(server.condition("E11.9"))
    with in_process(server, tmp_path) as second:
        assert attach_in_process(second, server).done is workflow.Done.REPLACED
        assert second.requests_sent == 2
    with in_process(server, tmp_path) as third:
        assert attach_in_process(third, server).done is workflow.Done.ALREADY_THERE
        assert third.requests_sent == 1


def test_every_page_of_a_long_record_is_read(server, tmp_path):
    server.put(
        *(server.condition("J06.9", condition_id=f"x{n}-{server.patient}") for n in range(25))
    )
    server.put(server.condition("O09.90", condition_id=f"zz-{server.patient}"))
    with in_process(server, tmp_path, page_size=5) as ehr:
        outcome = attach_in_process(ehr, server)
    assert outcome.prepared is not None
    found = outcome.prepared.handout.findings
    assert found.gaps == ()
    assert len(found.not_relevant) == 25


def test_a_referenced_medication_is_read_with_its_request(server, tmp_path):
    medication_id = f"med-{server.patient}"
    server.put(
        {
            "resourceType": "Medication",
            "id": medication_id,
            "code": {"text": "house mixture"},
            "ingredient": [
                {
                    "itemCodeableConcept": {
                        "coding": [
                            {
                                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                                "code": "9997",
                            }
                        ]
                    }
                }
            ],
        }
    )
    server.put(
        {
            "resourceType": "MedicationRequest",
            "id": f"mr-{server.patient}",
            "status": "active",
            "intent": "order",
            "subject": {"reference": f"Patient/{server.patient}"},
            "medicationReference": {"reference": f"Medication/{medication_id}"},
        }
    )
    with in_process(server, tmp_path) as ehr:
        outcome = attach_in_process(ehr, server)
    assert outcome.prepared is not None
    qualifiers = {f.qualifier for f in outcome.prepared.handout.findings.of("diuretic")}
    assert qualifiers == {"loop", "potassium_sparing"}


class Lossy(BaseHTTPRequestHandler):
    """Passes everything on to a real server, and drops the first answer to a transaction."""

    target = ""
    dropped: list[bool]

    def do_GET(self) -> None:
        self._pass_on("GET", None)

    def do_POST(self) -> None:
        self._pass_on("POST", self.rfile.read(int(self.headers["Content-Length"])))

    def _pass_on(self, method: str, body: bytes | None) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        answer = requests.request(
            method, self.target + self.path, data=body, headers=headers, timeout=60
        )
        if body and json.loads(body).get("type") == "transaction" and not self.dropped:
            self.dropped.append(True)
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def lossy(server: Server) -> Iterator[str]:
    handler = type("Handler", (Lossy,), {"target": server.base, "dropped": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()


def test_a_lost_answer_is_settled_by_reading_and_nothing_is_sent_twice(run: Run, server, lossy):
    done = run("attach", server.patient, "--ehr", lossy)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"DocumentReference/{server.current()['id']} created\n"
    assert len(server.documents()) == 1
    assert len(server.provenances()) == 1


def test_no_such_patient_on_a_server(run: Run, server):
    done = run("attach", "nobody-here", "--ehr", server.base)
    assert done.returncode == 3
    assert done.stderr.startswith("fhir-handout: no-such-patient: ")


def test_hapi_refuses_a_signer_that_is_not_there_and_nothing_is_written(run: Run, hapi_base_url):
    server = Server(hapi_base_url.rstrip("/"), "hapi")
    server.put(patient(server.patient))
    done = run(
        *("attach", server.patient, "--ehr", server.base),
        *("--final", "--signed-by", "Practitioner/not-there"),
    )
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1
    assert server.documents() == []


def test_what_is_written_is_valid_for_hapis_own_validator(run: Run, hapi_base_url):
    server = Server(hapi_base_url.rstrip("/"), "hapi")
    server.put(patient(server.patient), server.condition("N18.6"))
    said(run, server)
    for resource in (server.current(), *server.provenances()):
        bare = {name: value for name, value in resource.items() if name != "meta"}
        answer = requests.post(
            f"{server.base}/{resource['resourceType']}/$validate",
            json=bare,
            headers=FRESH,
            timeout=120,
        )
        issues = answer.json()["issue"]
        assert [i for i in issues if i["severity"] in ("error", "fatal")] == []


def test_a_record_that_is_only_a_bundle_file_gives_the_same_advice(run: Run, server, tmp_path):
    folder = tmp_path / "same"
    folder.mkdir()
    record = bundle(
        patient(server.patient), server.condition("N18.6"), statement(FUROSEMIDE, server.patient)
    )
    (folder / "record.json").write_text(json.dumps(record))
    by_file, by_server = (
        json.loads(run("explain", server.patient, "--ehr", ehr, "--json").stdout)
        for ehr in (folder, server.base)
    )
    assert by_file["advice"] == by_server["advice"]
    assert by_file["topics"] == by_server["topics"]
