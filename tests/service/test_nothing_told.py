"""Nothing of a patient and no secret is anywhere but where it belongs.

The service runs as people run it, its log level at debug. Everything is driven, in order and in
every kind of trouble, with a patient of whom every text is marked. Then the marks are looked for in
whatever the service wrote: logs, metrics, addresses, headers, and every file, byte by byte.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from fhir_handout.store.tables import METADATA
from functional.records import condition, patient, result, statement
from servers.scripted import Received, Reply
from service.attacks.conftest import (
    Session,
    World,
    hook_body,
    servers,
    settings_for,
    token,
    value_of,
)
from service.attacks.ehr import ScriptedEhr
from service.process import Process, process
from service.running import free_port
from service.visiting import Visitor
from unit.ehr.fhir import searchset

MARK = "zqmark"
PATIENT, BORN, CODE = f"{MARK}-patient", "1931-07-19", "R25.2"
MARKS = (MARK, BORN, "19310719", "1931-07")
SECRETS = "secret-"
USER = f"Practitioner/{MARK}-user"
# In clear, in the database: bare references of whom and what it was about, and who did it.
BARE = re.compile(rb"(?:Patient|DocumentReference|Practitioner)/zqmark-[a-z0-9-]+")
FAULTY = f"""
import logging, warnings
from fhir_handout.service.rest import router
from fhir_handout.service.page import showing, findings
def broken(*args):
    name = args[0].patient if hasattr(args[0], "patient") else "{MARK} {BORN}"
    logging.getLogger("urllib3").critical("asked of %s", name)
    logging.getLogger("uvicorn.error").error("%s", name)
    warnings.warn(str(name))
    raise ValueError(f"it is {{name}} {MARK}")
router.explanation = broken
"""


def marked_chart() -> list[dict[str, Any]]:
    """Somebody with a reason for a card, marked wherever a text may be."""
    words = {"text": f"{MARK} words", "note": [{"text": f"{MARK} note"}]}
    named = {
        "name": [{"text": f"{MARK} Name", "family": f"{MARK}F", "given": [f"{MARK}G"]}],
        "birthDate": BORN,
        "identifier": [{"system": f"urn:{MARK}", "value": f"{MARK}-mrn"}],
        "telecom": [{"system": "phone", "value": f"{MARK}-phone"}],
        "address": [{"text": f"{MARK} street"}],
    }
    chart = [
        patient(PATIENT, **named),
        condition("N18.6", PATIENT, f"{MARK}-c1", note=words["note"]),
        condition(CODE, PATIENT, f"{MARK}-c2"),
        condition("E11.9", PATIENT, f"{MARK}-c3", recordedDate="not a date"),
        statement("4603", PATIENT),
        result("2823-3", 6.2, "mmol/L", "2026-11-21T10:00:00Z", PATIENT),
        {
            "resourceType": "Encounter",
            "id": f"{MARK}-visit",
            "status": "finished",
            "subject": {"reference": f"Patient/{PATIENT}"},
        },
        {"resourceType": "Practitioner", "id": f"{MARK}-user", "name": [{"text": f"{MARK} Dr"}]},
    ]
    for each in chart[1:6]:
        for name in ("code", "medicationCodeableConcept"):
            if name in each:
                each[name]["text"] = words["text"]
                each[name]["coding"][0]["display"] = f"{MARK} display"
    return chart


@dataclass
class Driven:
    """The service, who it talked to, and every answer that anybody saw."""

    serving: Process
    ehr: ScriptedEhr
    other: ScriptedEhr
    world: World
    visitor: Visitor = field(default_factory=Visitor)
    answers: list[requests.Response] = field(default_factory=list)

    def seen(self, answer: requests.Response, *statuses: int) -> requests.Response:
        self.answers.append(answer)
        assert answer.status_code in statuses, (answer.url, answer.status_code, answer.text[:500])
        return answer


def drive_rest(to: Driven) -> None:
    """In order, refused, faulty, and of an EHR that fails."""
    whose = {"tenant": "riverside", "patient": PATIENT, "encounter": f"{MARK}-visit"}
    record = {"resourceType": "Bundle", "entry": [{"resource": each} for each in marked_chart()]}
    rest, seen = to.world.rest, to.seen
    seen(rest("preview", record=record, patient=PATIENT), 200)
    seen(rest("preview", **whose, format="pdf"), 200)
    seen(rest("explain", **whose), 500)
    for _ in range(2):
        made = seen(rest("attach", **whose, signed_by=USER, status="final"), 200).json()
    document = made["document"].partition("/")[2]
    seen(rest("retract", tenant="riverside", document=document), 200)
    seen(rest("retract", tenant="riverside", document=f"{MARK}-none"), 404)
    seen(rest("preview", tenant="riverside", patient=f"{MARK}-nobody"), 404)
    seen(rest("preview", **{**whose, "encounter": f"{MARK}-none"}), 404)
    seen(rest("preview", tenant=f"{MARK}", patient=PATIENT), 403)
    seen(rest("preview", token=f"{MARK}", **whose), 401)
    seen(rest("preview", **whose, **{f"{MARK}_key": MARK}), 422)
    seen(rest("preview", **whose, language=f"{MARK} {MARK}", date=f"{MARK}"), 422)
    seen(rest("preview", record={"resourceType": MARK}), 422)
    url = f"{to.serving.address}/api/v1/preview/{MARK}?patient={PATIENT}"
    seen(requests.get(url, headers={"Referer": url, "Cookie": f"a={MARK}"}, timeout=20), 404)
    seen(requests.get(f"{to.serving.address}/{MARK}?{MARK}={BORN}", timeout=20), 404)


def drive_hooks(to: Driven) -> None:
    """With cards, without, unsigned, unfetched, feedback."""
    chart, call, seen = marked_chart(), to.world.call, to.seen

    def of(kind: str) -> dict[str, Any]:
        return searchset(*(each for each in chart if each["resourceType"] == kind))

    prefetch = {
        "patient": chart[0],
        "conditions": of("Condition"),
        "medicationStatements": of("MedicationStatement"),
        "medicationRequests": of("MedicationRequest"),
        "observations": of("Observation"),
    }
    context = {"userId": USER, "patientId": PATIENT}
    body = hook_body(context=context, prefetch=prefetch)
    cards = seen(call(token(to.world), body), 200).json()["cards"]
    assert cards
    seen(call(token(to.world), hook_body(context=context)), 412)
    seen(call(f"{MARK}.{MARK}.{MARK}", body), 401)
    seen(call(token(to.world, iss=MARK, sub=MARK, tenant=MARK), body), 401)
    seen(call(token(to.world), hook_body(context={**context, "patientId": f"{MARK} x"})), 400)
    authorization = {
        "access_token": "secret-of-a-hook",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": MARK,
    }
    fetched = {"fhirServer": to.ehr.base, "fhirAuthorization": authorization}
    seen(call(token(to.world), hook_body(context=context, **fetched)), 200)
    elsewhere = {**fetched, "fhirServer": f"http://{MARK}.example/{MARK}"}
    seen(call(token(to.world), hook_body(context=context, **elsewhere)), 412)
    outcome = {
        "card": cards[0]["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-23T10:00:00Z",
        "overrideReason": {
            "userComment": f"{MARK} comment {BORN}",
            "reason": {"system": "urn:x", "code": "r1", "display": f"{MARK} reason"},
        },
    }
    url = f"{to.world.hook_url()}/feedback"
    for said, status in (([outcome], 200), ([{**outcome, "outcome": MARK}], 400)):
        headers = {"Authorization": f"Bearer {token(to.world, aud=url)}"}
        seen(requests.post(url, json={"feedback": said}, headers=headers, timeout=20), status)


def launched(to: Driven, **changed: str) -> Session:
    answer = to.seen(to.world.launch(to.visitor, follow=False, **changed), 303)
    path = answer.headers["Location"]
    return Session(to.world, path, answer.headers["Set-Cookie"], PATIENT)


def drive_page(to: Driven) -> None:
    """From a launch to the attached document, with all that can be typed."""
    page = launched(to)
    to.seen(page.get(), 200)
    for where in ("sheet", "sheet.txt", "sheet.pdf"):
        to.seen(page.get(where, Referer=page.url), 200)
    taken = "taken_out|kidney_failure|end_stage"
    to.seen(page.post("work", page.form(note=f"{MARK} note {BORN}")), 303)
    to.seen(page.post("work", page.form(do=taken, **{f"reason|{taken}": f"{MARK} reason"})), 303)
    to.seen(page.post("work", page.form(do=taken, note=f"{MARK}" * 2000)), 422)
    to.seen(page.post("work", page.form(language=MARK)), 400)
    to.seen(page.post("work", page.form(), Origin=f"https://{MARK}.example"), 403)
    attach(to, page, 303)
    to.seen(page.get("attached"), 200)
    to.seen(page.post("close", page.form()), 200)
    to.seen(page.get(), 401)


def attach(to: Driven, page: Session, *statuses: int) -> requests.Response:
    shown = value_of(page.get().text, "shown_preliminary")
    form = page.form(**{"as": "preliminary", "shown_preliminary": shown})
    return to.seen(page.post("attach", form), *statuses)


def drive_picker(to: Driven) -> None:
    to.ehr.patient = None
    page = launched(to)
    to.ehr.patient = PATIENT
    looked_for = {"name": f"{MARK} Name", "born": BORN, "identifier": f"{MARK}-mrn"}
    to.seen(page.post("patient", page.form(**looked_for)), 200)
    to.seen(page.post("patient", page.form(name=MARK * 100)), 422)
    to.seen(page.post("patient", page.form(patient=f"{MARK} x")), 400)
    to.seen(page.post("patient", page.form(patient=PATIENT)), 303)
    to.seen(page.get(), 200)


def drive_launches(to: Driven) -> None:
    """Such as do not end on a page."""
    for said in ({"error": MARK, "code": ""}, {"iss": f"https://{MARK}.example"}, {"state": MARK}):
        to.seen(to.world.launch(Visitor(), follow=False, **said), 403, 502)
    url = f"{to.serving.address}/launch?iss=https://{MARK}.example&launch={MARK}"
    to.seen(requests.get(url, timeout=20), 404)
    to.ehr.claims = {"sub": MARK, "aud": MARK}
    to.seen(to.world.launch(Visitor(), follow=False), 403, 502)
    to.ehr.claims = {"fhirUser": USER, "sub": MARK, "name": MARK}
    to.ehr.token = {"patient": f"{MARK} no id"}
    to.seen(to.world.launch(Visitor(), follow=False), 502)
    to.ehr.token = {}


def drive_trouble(to: Driven) -> None:
    """An EHR that refuses in the patient's name, that is slow to say so, and that is gone."""
    page = launched(to)
    to.seen(page.post("work", page.form(note=f"{MARK} kept note {BORN}")), 303)
    to.seen(page.get(), 200)
    issue = {
        "severity": "error",
        "code": "processing",
        "diagnostics": f"Patient {MARK} Name born {BORN} was refused",
        "details": {"text": f"{MARK} Name"},
        "expression": [f"Patient.name.where(family = '{MARK}')", MARK, "Patient.name"],
    }
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}

    def refusing(received: Received) -> Reply:
        is_read = received.body["type"] == "batch"
        return to.ehr._bundle(received) if is_read else Reply(422, outcome)

    to.ehr.server.on("POST", "", refusing)
    attach(to, page, 502)
    to.seen(to.world.rest("attach", tenant="riverside", patient=PATIENT), 502)
    form = page.form()
    for reply in (
        Reply(500, outcome),
        Reply(401, outcome),
        Reply(cut_after=10),
        Reply(200, b"<x>"),
    ):
        to.ehr.server.on("POST", "", reply)
        to.ehr.server.on("GET", f"Patient/{PATIENT}", reply)
        to.seen(page.post("work", {**form, "do": "read-again"}), 303)
        to.seen(page.get(), 502, 504)
        to.seen(to.world.rest("preview", tenant="riverside", patient=PATIENT), 502, 504)
    to.ehr.server.on("POST", "token", Reply(400, {"error": MARK, "error_description": MARK}))
    to.seen(to.world.launch(Visitor(), follow=False), 502)
    to.ehr.server.forget()
    to.ehr.__post_init__()


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    folder, port = tmp_path_factory.mktemp("told"), free_port()
    address = f"http://127.0.0.1:{port}"
    with servers() as (riverside, lakeside, stranger):
        riverside.resources, riverside.patient = marked_chart(), PATIENT
        riverside.names = f"{MARK}-written-"
        riverside.claims = {"fhirUser": USER, "sub": MARK, "name": MARK}
        text = settings_for(folder, address, riverside.base, lakeside.base, 'log_level = "debug"')
        with process(folder, text, port, before=FAULTY) as serving:
            world = World(address, None, riverside, lakeside, stranger, folder)  # type: ignore[arg-type]
            to = Driven(serving, riverside, lakeside, world)
            for drive in (drive_rest, drive_hooks, drive_page, drive_picker, drive_launches):
                drive(to)
            drive_trouble(to)
            to.seen(requests.get(f"{address}/metrics", timeout=20), 200)
            yield to


def marks_in(text: str) -> list[str]:
    """Where a mark is, with what stands around it."""
    found = [m for mark in (*MARKS, SECRETS) for m in re.finditer(re.escape(mark), text)]
    return [text[max(0, m.start() - 80) : m.end() + 40] for m in found]


def test_logs_hold_nothing_of_it(driven: Driven):
    logs = driven.serving.logs
    for event in ("fault", "failed", "request"):
        assert f'"event": "{event}"' in logs
    assert marks_in(logs) == []


def test_metrics_hold_nothing_of_it(driven: Driven):
    assert "fhir_handout_deeds" in driven.answers[-1].text
    assert marks_in(driven.answers[-1].text) == []


def test_no_address_and_no_header_of_ours_holds_any_of_it(driven: Driven):
    """Where the browser was sent; the way out to the EHR and back are the EHR's own."""
    ours = [url for url in driven.visitor.went if url.startswith(driven.serving.address)]
    ways = [urlsplit(url) for url in ours]
    told = [way.path for way in ways]
    told += [way.query for way in ways if way.path != "/callback"]
    for answer in driven.answers:
        told += [f"{name}: {value}" for name, value in answer.headers.items()]
    assert marks_in("\n".join(told)) == []


def test_problems_and_refusals_hold_nothing_of_it(driven: Driven):
    problems = [
        answer
        for answer in driven.answers
        if answer.headers.get("Content-Type") == "application/problem+json"
    ]
    assert len(problems) > 15
    assert marks_in("\n".join(answer.text for answer in problems)) == []


def test_the_database_holds_it_in_its_columns_alone(driven: Driven):
    """In clear: references in `audit`, and nothing else in any table."""
    database = driven.serving.folder / "state" / "fhir-handout" / "service.db"
    bare = {("audit", "patient"), ("audit", "document"), ("audit", "actor")}
    used = set()
    with sqlite3.connect(database) as connection:
        for name, table in METADATA.tables.items():
            for row in connection.execute(f"SELECT * FROM {name}"):
                used.add(name)
                for column, value in zip(table.columns.keys(), row, strict=True):
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    if (name, column) in bare:
                        assert re.fullmatch(
                            BARE.pattern.decode() + "|unknown|api:clinic|None", text
                        )
                    else:
                        assert marks_in(text) == [], (name, column)
    assert used == set(METADATA.tables) - {"leases"}  # which are there for moments, by session
    connection.close()


def test_no_file_holds_any_of_it_byte_by_byte(driven: Driven):
    """The database's own file and its log, the cache, the state, temporary files."""
    looked_at: list[Path] = [each for each in driven.serving.folder.rglob("*") if each.is_file()]
    names = {each.name for each in looked_at}
    assert {"service.db", "service.db-wal", "serve.out", "serve.err"} <= names
    for each in looked_at:
        data = BARE.sub(b"", each.read_bytes()) if "service.db" in each.name else each.read_bytes()
        assert marks_in(data.decode("latin-1")) == [], each
        assert marks_in(data.decode("utf-16-le", "replace")) == [], each
    assert MARK.encode() in b"".join(e.read_bytes() for e in looked_at if "service.db" in e.name)


def test_secrets_of_browsers_are_in_no_file(driven: Driven):
    """Session secrets and states, which have no mark of their own."""
    secrets = [value for value in driven.visitor.cookies.values() if len(value) > 20]
    secrets += re.findall(r"state=([\w-]{40,})", "\n".join(driven.visitor.went))
    assert len(secrets) > 2
    everything = b"".join(e.read_bytes() for e in driven.serving.folder.rglob("*") if e.is_file())
    assert not [each for each in secrets if each.encode() in everything]


def test_what_is_looked_for_would_be_found():
    said = json.dumps({"event": "x", "patient": f"{MARK} Name", "born": BORN, "t": "secret-code-1"})
    assert len(marks_in(said)) == 4
