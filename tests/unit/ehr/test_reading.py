"""One patient's record from a server: whole, in part, or not at all. In a batch and one by one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import HandoutError, InvalidFhir, NotFound, Refused, Unreachable
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Gap, Identifier, Part, RawRecord
from servers.scripted import Reply, ScriptedServer, scripted_server
from unit.ehr.conftest import Ehr
from unit.ehr.fhir import (
    CUT_SHORT,
    EMPTY,
    HALF_AN_ANSWER,
    HTML,
    NO_ANSWER,
    NOT_AN_OBJECT,
    SECRET,
    capability,
    condition,
    document,
    medication,
    medicine,
    outcome,
    searchset,
)
from unit.ehr.record_server import RecordServer

SERIES = Identifier("urn:fhir-handout:series", "s1")
SEARCHES = {
    "Condition": Part.CONDITIONS,
    "MedicationStatement": Part.MEDICINES,
    "MedicationRequest": Part.MEDICINES,
    "DocumentReference": Part.DOCUMENTS,
}


def wanted(patient_id: str = "p1", encounter_id: str | None = None) -> ReadRequest:
    return ReadRequest(patient_id, encounter_id, SERIES)


def names(raw: RawRecord) -> set[str]:
    return {f"{e.resource['resourceType']}/{e.resource['id']}" for e in raw.entries}


def hidden(raw: RawRecord) -> set[Part]:
    return {part for gap in raw.gaps for part in gap.hides}


# --- a whole record ---


def test_a_whole_record_has_no_gap(record: RecordServer, ehr: Ehr) -> None:
    raw = ehr().read(wanted(encounter_id="e1"))
    assert names(raw) == {
        "Patient/p1",
        "Condition/c1",
        "MedicationStatement/s1",
        "MedicationRequest/r1",
        "Encounter/e1",
    }
    assert raw.gaps == ()


def test_each_part_is_asked_for_by_patient_and_only_our_documents(
    record: RecordServer, ehr: Ehr
) -> None:
    reader = ehr(page_size=50)
    reader.read(wanted(encounter_id="e1"))
    assert record.asked[1:] == [
        "Patient/p1",
        "Encounter/e1",
        "Condition?patient=p1&_count=50",
        "MedicationStatement?patient=p1&_include=MedicationStatement:medication&_count=50",
        "MedicationRequest?patient=p1&_include=MedicationRequest:medication&_count=50",
        "DocumentReference?patient=p1&identifier=urn:fhir-handout:series%7Cs1&_count=50",
    ]


def test_a_first_read_takes_two_requests_and_the_next_one(server: ScriptedServer, ehr: Ehr) -> None:
    RecordServer(server, batch=True)
    reader = ehr()
    reader.read(wanted(encounter_id="e1"))
    assert reader.requests_sent == 2
    reader.read(wanted(encounter_id="e1"))
    assert reader.requests_sent == 3
    later = ehr()
    later.read(wanted())
    assert later.requests_sent == 1
    assert {received.headers["Cache-Control"] for received in server.received} == {"no-cache"}


def test_entries_keep_the_address_the_server_gave_them(record: RecordServer, ehr: Ehr) -> None:
    raw = ehr().read(wanted())
    addresses = {e.resource["id"]: e.full_url for e in raw.entries}
    assert addresses["c1"] == "http://ehr.example/Condition/c1"
    assert addresses["p1"] == f"{record.scripted.base_url}/Patient/p1"


def test_what_a_medicine_refers_to_is_included(record: RecordServer, ehr: Ehr) -> None:
    statement = medicine("MedicationStatement", "s1", "Medication/m1")
    record.says("MedicationStatement", searchset(statement, medication("m1")))
    raw = ehr().read(wanted())
    assert "Medication/m1" in names(raw)
    assert not [asked for asked in record.asked if asked.startswith("Medication/")]


# --- pages ---


def test_every_page_is_read(record: RecordServer, ehr: Ehr) -> None:
    base = record.scripted.base_url
    record.says("Condition", searchset(condition("c1"), following=f"{base}/pages?at=2"))
    record.says("pages?at=2", searchset(condition("c2"), following="pages?at=3"))
    record.says("pages?at=3", searchset(condition("c3")))
    raw = ehr().read(wanted())
    assert {"Condition/c1", "Condition/c2", "Condition/c3"} <= names(raw)
    assert raw.gaps == ()


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


def test_a_next_page_on_another_server_is_a_gap_and_not_asked_for(
    record: RecordServer, other: ScriptedServer, ehr: Ehr
) -> None:
    record.says("Condition", searchset(condition("c1"), following=f"{other.base_url}/pages"))
    raw = ehr(token="ey.token").read(wanted())
    assert raw.gaps == (
        Gap("Condition search", "its next page is on another server", frozenset({Part.CONDITIONS})),
    )
    assert "Condition/c1" in names(raw)
    assert other.received == []


def test_a_next_page_that_redirects_away_is_a_gap_and_not_asked_for(
    record: RecordServer, other: ScriptedServer, ehr: Ehr
) -> None:
    record.says("Condition", searchset(condition("c1"), following="pages"))
    record.says("pages", Reply(302, headers={"Location": other.base_url}))
    assert hidden(ehr(token="ey.token").read(wanted())) == {Part.CONDITIONS}
    assert other.received == []


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (Reply(410), "the server answered 410"),
        (HTML, "the server answered 200, and what it sent is HTML or XML, not JSON"),
        (EMPTY, "the server answered 200, and what it sent is empty"),
        (NOT_AN_OBJECT, "the server answered 200, and what it sent is JSON, but not a resource"),
        (CUT_SHORT, "the server answered 200, and what it sent is not JSON, or cut short"),
        (NO_ANSWER, "no answer came (answer-broken-off)"),
        (Reply(200, outcome()), "its next page is no Bundle"),
    ],
    ids=["gone", "HTML", "empty", "list", "cut short", "no answer", "outcome"],
)
def test_a_page_that_cannot_be_had_is_a_gap(
    record: RecordServer, ehr: Ehr, second: Reply, why: str
) -> None:
    record.says("Condition", searchset(condition("c1"), following="pages"))
    record.says("pages", second)
    raw = ehr(retries=0).read(wanted())
    assert raw.gaps == (Gap("Condition search", why, frozenset({Part.CONDITIONS})),)
    assert "Condition/c1" in names(raw)


def test_pages_that_go_round_in_a_circle_are_a_gap(record: RecordServer, ehr: Ehr) -> None:
    record.says("Condition", searchset(condition("c1"), following="pages?at=2"))
    record.says("pages?at=2", searchset(condition("c2"), following="pages?at=3"))
    record.says("pages?at=3", searchset(condition("c3"), following="pages?at=2"))
    raw = ehr().read(wanted())
    assert [gap.why for gap in raw.gaps] == ["its pages go round in a circle"]


@pytest.mark.parametrize(("most", "whole"), [(3, True), (2, False), (1, False)])
def test_pages_without_end_are_cut_off_with_a_gap(
    record: RecordServer, ehr: Ehr, most: int, whole: bool
) -> None:
    record.says("Condition", searchset(condition("c1"), following="pages?at=2"))
    record.says("pages?at=2", searchset(condition("c2"), following="pages?at=3"))
    record.says("pages?at=3", searchset(condition("c3")))
    raw = ehr(max_pages=most).read(wanted())
    assert len([name for name in names(raw) if name.startswith("Condition/")]) == most
    assert [gap.why for gap in raw.gaps] == ([] if whole else [f"it has over {most} pages"])


# --- damaged answers ---


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"resource": "x"},
        {"resource": {"id": "x"}},
        {"resource": outcome(), "search": {"mode": "outcome"}},
        {"resource": outcome(severity="fatal")},
    ],
)
def test_a_damaged_entry_hides_its_part_and_takes_nothing_with_it(
    record: RecordServer, ehr: Ehr, entry: Any
) -> None:
    results = searchset(condition("c1"))
    record.says("Condition", {**results, "entry": [entry, *results["entry"]]})
    raw = ehr().read(wanted())
    assert hidden(raw) == {Part.CONDITIONS}
    assert {"Condition/c1", "MedicationRequest/r1"} <= names(raw)
    assert SECRET not in str(raw.gaps)


@pytest.mark.parametrize(
    "damage",
    [
        {"entry": {"resource": "x"}},
        {"link": [{"relation": "next"}]},
        {"link": [{"relation": "next", "url": 5}]},
        {"link": ["next"]},
        {"total": 7},
    ],
)
def test_a_damaged_page_hides_its_part(
    record: RecordServer, ehr: Ehr, damage: dict[str, Any]
) -> None:
    record.says("Condition", {**searchset(condition("c1")), **damage})
    raw = ehr().read(wanted())
    assert hidden(raw) == {Part.CONDITIONS}
    assert "MedicationRequest/r1" in names(raw)


@pytest.mark.parametrize("severity", ["information", "warning"])
def test_a_remark_among_the_results_is_no_gap(
    record: RecordServer, ehr: Ehr, severity: str
) -> None:
    remark = {"resource": outcome(severity=severity), "search": {"mode": "outcome"}}
    results = searchset(condition("c1"), total=1)
    record.says("Condition", {**results, "entry": [*results["entry"], remark]})
    raw = ehr().read(wanted())
    assert raw.gaps == ()
    assert not [e for e in raw.entries if e.resource["resourceType"] == "OperationOutcome"]


@pytest.mark.parametrize("total", ["many", True, None, 0])
def test_a_total_that_says_nothing_is_no_gap(record: RecordServer, ehr: Ehr, total: Any) -> None:
    record.says("Condition", searchset(condition("c1"), total=total))
    assert ehr().read(wanted()).gaps == ()


def test_a_total_counts_matches_and_not_what_comes_with_them(
    record: RecordServer, ehr: Ehr
) -> None:
    statements = [medicine("MedicationStatement", f"s{n}", "Medication/m1") for n in range(2)]
    record.says("MedicationStatement", searchset(*statements, medication("m1"), total=2))
    assert ehr().read(wanted()).gaps == ()
    record.says("MedicationStatement", searchset(*statements, medication("m1"), total=3))
    assert hidden(ehr().read(wanted())) == {Part.MEDICINES}


# --- searches that fail ---


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("status", [400, 403, 422, 500])
def test_a_search_that_fails_is_asked_again_more_simply_and_then_a_gap(
    record: RecordServer, ehr: Ehr, search: str, status: int
) -> None:
    record.refuses(search, status, outcome())
    raw = ehr().read(wanted())
    assert raw.gaps == (
        Gap(f"{search} search", f"the server answered {status}", frozenset({SEARCHES[search]})),
    )
    asked = [url for url in record.asked if url.startswith(search)]
    assert len(asked) == (3 if search.startswith("Medication") else 2)
    assert all("patient=p1" in url for url in asked)
    assert ("identifier=" in asked[-1]) is (search == "DocumentReference")
    assert "_include" not in asked[-1]
    assert "_count" not in asked[-1]


@pytest.mark.parametrize("status", [401, 404, 410])
def test_a_search_is_not_asked_again_where_that_changes_nothing(
    record: RecordServer, ehr: Ehr, status: int
) -> None:
    record.refuses("Condition", status)
    assert hidden(ehr().read(wanted())) == {Part.CONDITIONS}
    assert len([url for url in record.asked if url.startswith("Condition")]) == 1


@pytest.mark.parametrize(
    "answer", [HTML, EMPTY, NOT_AN_OBJECT, Reply(200, outcome())], ids=lambda a: str(a.body)[:9]
)
def test_a_success_that_is_no_search_result_is_a_gap(
    record: RecordServer, ehr: Ehr, answer: Reply
) -> None:
    record.says("Condition", answer)
    assert hidden(ehr().read(wanted())) == {Part.CONDITIONS}


def test_where_include_is_refused_medications_are_fetched_together(
    record: RecordServer, ehr: Ehr
) -> None:
    base = record.scripted.base_url

    def without_include(kind: str, *found: dict[str, Any]) -> None:
        asked = f"{kind}?patient=p1&_include={kind}:medication&_count=200"
        record.refuses(asked, 400)
        record.says(kind, searchset(*found))

    without_include(
        "MedicationStatement",
        medicine("MedicationStatement", "s1", "Medication/m1"),
        medicine("MedicationStatement", "s2", f"{base}/Medication/m2/_history/4"),
        medicine("MedicationStatement", "s3", "#contained"),
        medicine("MedicationStatement", "s4", "http://other.example/Medication/m9"),
        medicine("MedicationStatement", "s5", "Organization/o1"),
        medicine("MedicationStatement", "s6", "Medication/../m1"),
    )
    without_include("MedicationRequest", medicine("MedicationRequest", "r1", "Medication/m1"))
    record.says("Medication/m1", medication("m1"))
    record.says("Medication/m2", medication("m2"))
    raw = ehr().read(wanted())
    assert raw.gaps == ()
    found = Counter(name for name in names(raw) if name.startswith("Medication/"))
    assert found == {"Medication/m1": 1, "Medication/m2": 1}
    assert [url for url in record.asked if url.startswith("Medication/")] == [
        "Medication/m1",
        "Medication/m2",
    ]


def test_one_medication_is_fetched_without_a_batch(server: ScriptedServer, ehr: Ehr) -> None:
    record = RecordServer(server, batch=True)
    request = medicine("MedicationRequest", "r1", "Medication/m1")
    record.says("MedicationRequest", searchset(request))
    record.says("Medication/m1", medication("m1"))
    assert "Medication/m1" in names(ehr().read(wanted()))
    assert (server.count("POST"), server.count("GET", "Medication/m1")) == (1, 1)


def test_a_medication_that_is_something_else_is_left_out(record: RecordServer, ehr: Ehr) -> None:
    request = medicine("MedicationRequest", "r1", "Medication/m1")
    record.says("MedicationRequest", searchset(request))
    record.says("Medication/m1", condition("m1"))
    assert "Condition/m1" not in names(ehr().read(wanted()))


def test_a_medication_that_is_nowhere_is_left_to_the_reader(record: RecordServer, ehr: Ehr) -> None:
    record.says(
        "MedicationRequest", searchset(medicine("MedicationRequest", "r1", "Medication/m1"))
    )
    raw = ehr().read(wanted())
    assert "MedicationRequest/r1" in names(raw)
    assert "Medication/m1" not in names(raw)


def test_medications_that_cannot_be_fetched_take_nothing_with_them(
    server: ScriptedServer, ehr: Ehr
) -> None:
    record = RecordServer(server, batch=True)
    first = record._batch
    refers = [medicine("MedicationRequest", f"r{n}", f"Medication/m{n}") for n in range(2)]
    record.says("MedicationRequest", searchset(*refers))
    server.on("POST", "", first, Reply(503))
    raw = ehr(retries=0).read(wanted())
    assert {"MedicationRequest/r0", "MedicationRequest/r1", "Condition/c1"} <= names(raw)


# --- servers that have only one kind of medicine ---


US_CORE = ("Patient", "Condition", "MedicationRequest", "Encounter", "DocumentReference")


def test_a_server_that_lists_only_medication_requests_has_no_gap(
    record: RecordServer, ehr: Ehr
) -> None:
    system = ("batch",) if record.batch else ("search-system",)
    record.says("metadata", capability(system, types=US_CORE))
    raw = ehr().read(wanted())
    assert raw.gaps == ()
    assert not [url for url in record.asked if url.startswith("MedicationStatement")]


@pytest.mark.parametrize(
    ("status", "body", "gap"),
    [
        (404, b"", False),
        (501, b"", False),
        (400, outcome("not-supported"), False),
        (400, outcome("invalid"), True),
        (403, b"", True),
        (500, b"", True),
    ],
)
def test_a_server_that_says_nothing_and_knows_no_medication_statement_has_no_gap(
    server: ScriptedServer, ehr: Ehr, status: int, body: Any, gap: bool
) -> None:
    for batch in (True, False):
        record = RecordServer(server, batch)
        record.refuses("metadata", 404)
        record.refuses("MedicationStatement", status, body)
        raw = ehr().read(wanted())
        assert hidden(raw) == ({Part.MEDICINES} if gap else set())


def test_a_server_that_lists_medication_statements_must_answer_for_them(
    record: RecordServer, ehr: Ehr
) -> None:
    record.refuses("MedicationStatement", 404)
    assert hidden(ehr().read(wanted())) == {Part.MEDICINES}


def test_a_server_without_any_kind_of_medicine_has_a_gap(record: RecordServer, ehr: Ehr) -> None:
    system = ("batch",) if record.batch else ("search-system",)
    record.says("metadata", capability(system, types=("Patient", "Condition")))
    record.refuses("MedicationRequest", 404)
    assert [gap.what for gap in ehr().read(wanted()).gaps] == ["MedicationRequest search"]


# --- the patient and the encounter ---


@pytest.mark.parametrize("status", [404, 410])
def test_a_patient_who_is_not_there_is_not_found(
    record: RecordServer, ehr: Ehr, status: int
) -> None:
    record.refuses("Patient/p1", status, outcome("not-found"))
    with pytest.raises(NotFound) as missing:
        ehr().read(wanted())
    assert missing.value.code == "no-such-patient"
    assert "Patient/p1" in missing.value.message


@pytest.mark.parametrize("patient_id", ["", ".", "..", "../x", "a/b", "a?b", "a b", "1,2", "a|b"])
def test_what_is_no_id_is_never_sent(server: ScriptedServer, ehr: Ehr, patient_id: str) -> None:
    RecordServer(server, batch=False)
    with pytest.raises(NotFound) as missing:
        ehr().read(wanted(patient_id))
    assert missing.value.code == "no-such-patient"
    assert [received.path for received in server.received] == ["metadata"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (406, "not-supported"),
        (422, "rejected"),
        (429, "too-many-requests"),
        (418, "unexpected-answer"),
        (500, "server-error"),
        (503, "server-error"),
    ],
)
def test_a_patient_who_cannot_be_read_is_refused_with_the_reason(
    record: RecordServer, ehr: Ehr, status: int, code: str
) -> None:
    record.refuses("Patient/p1", status, outcome())
    with pytest.raises(Refused) as refused:
        ehr(retries=1).read(wanted())
    assert (refused.value.code, refused.value.status) == (code, status)
    assert SECRET not in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_patient_who_fails_in_passing_is_asked_for_alone(
    server: ScriptedServer, ehr: Ehr, status: int
) -> None:
    record = RecordServer(server, batch=True)
    record.says("Patient/p1", Reply(status), Reply(200, {"resourceType": "Patient", "id": "p1"}))
    assert "Patient/p1" in names(ehr().read(wanted()))


def test_a_patient_asked_for_alone_is_tried_no_more_often_than_the_settings_say(
    server: ScriptedServer, ehr: Ehr
) -> None:
    record = RecordServer(server, batch=False)
    record.refuses("Patient/p1", 503)
    with pytest.raises(Refused):
        ehr(retries=1).read(wanted())
    assert server.count("GET", "Patient/p1") == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_refuses_everything_is_a_refusal(
    server: ScriptedServer, ehr: Ehr, status: int
) -> None:
    for path in ("metadata", "Patient/p1", *SEARCHES):
        server.on("GET", path, Reply(status))
    server.on("POST", "", Reply(status))
    with pytest.raises(Refused) as refused:
        ehr(token="ey.token").read(wanted())
    assert refused.value.status == status
    assert "ey.token" not in refused.value.message


def test_a_server_that_shows_no_capabilities_can_still_miss_a_patient(
    record: RecordServer, ehr: Ehr
) -> None:
    record.refuses("metadata", 403)
    record.refuses("Patient/p1", 404, outcome("not-found"))
    with pytest.raises(NotFound):
        ehr().read(wanted())


def test_a_base_url_that_is_wrong_is_said_to_be(server: ScriptedServer, ehr: Ehr) -> None:
    with pytest.raises(Refused) as refused:
        ehr().read(wanted())
    assert refused.value.code == "not-a-fhir-server"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(HTML, "not-json"), (EMPTY, "not-json"), (NOT_AN_OBJECT, "not-json"),
     (Reply(200, outcome()), "not-fhir")],
)  # fmt: skip
def test_a_patient_who_is_no_patient_is_invalid(
    record: RecordServer, ehr: Ehr, answer: Reply, code: str
) -> None:
    record.says("Patient/p1", answer)
    with pytest.raises(InvalidFhir) as invalid:
        ehr().read(wanted())
    assert invalid.value.code == code


@pytest.mark.parametrize("status", [404, 410])
def test_an_encounter_that_is_not_there_is_left_out(
    record: RecordServer, ehr: Ehr, status: int
) -> None:
    record.refuses("Encounter/e1", status)
    raw = ehr().read(wanted(encounter_id="e1"))
    assert "Encounter/e1" not in names(raw)
    assert raw.gaps == ()


@pytest.mark.parametrize("answer", [Reply(500), HTML, Reply(200, condition("e1"))])
def test_an_encounter_that_cannot_be_read_is_left_out_with_a_gap(
    record: RecordServer, ehr: Ehr, answer: Reply
) -> None:
    record.says("Encounter/e1", answer)
    raw = ehr().read(wanted(encounter_id="e1"))
    assert "Encounter/e1" not in names(raw)
    assert hidden(raw) == {Part.ENCOUNTER}


@pytest.mark.parametrize("status", [401, 403])
def test_an_encounter_that_may_not_be_read_is_a_refusal(
    record: RecordServer, ehr: Ehr, status: int
) -> None:
    record.refuses("Encounter/e1", status)
    with pytest.raises(Refused) as refused:
        ehr().read(wanted(encounter_id="e1"))
    assert refused.value.status == status


# --- batches ---


@pytest.mark.parametrize(
    "answer",
    [
        Reply(400, outcome()),
        Reply(403),
        Reply(404),
        Reply(405),
        Reply(422),
        Reply(500),
        Reply(501),
        Reply(307, headers={"Location": "/fhir/"}),
        HTML,
        EMPTY,
        CUT_SHORT,
        Reply(200, searchset()),
        Reply(200, {"resourceType": "Bundle", "type": "batch-response"}),
        Reply(200, {"resourceType": "Bundle", "type": "batch-response", "entry": [{}]}),
        Reply(200, {"resourceType": "Bundle", "id": "x" * 30_000}),
    ],
)
def test_where_a_batch_fails_the_record_is_read_one_by_one(
    server: ScriptedServer, ehr: Ehr, answer: Reply
) -> None:
    record = RecordServer(server, batch=True)
    server.on("POST", "", answer)
    raw = ehr(max_answer_bytes=20_000).read(wanted())
    assert raw.gaps == ()
    assert "Condition/c1" in names(raw)
    assert len(record.asked) == 6


def test_a_server_that_takes_no_batch_is_sent_none(server: ScriptedServer, ehr: Ehr) -> None:
    RecordServer(server, batch=False)
    ehr().read(wanted())
    assert server.count("POST") == 0


@pytest.mark.parametrize("entry", [None, {}, {"response": {}}, {"response": {"status": "fine"}}])
def test_an_answer_missing_from_a_batch_is_asked_for_alone(
    server: ScriptedServer, ehr: Ehr, entry: Any
) -> None:
    record = RecordServer(server, batch=True)
    whole = record._batch

    def spoiled(received: Any) -> Reply:
        answer = whole(received)
        answer.body["entry"][0] = entry
        return answer

    server.on("POST", "", spoiled)
    assert "Patient/p1" in names(ehr().read(wanted()))
    assert server.count("GET", "Patient/p1") == 1


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Reply(401), Refused, "unauthorized"),
        (Reply(429), Refused, "too-many-requests"),
        (Reply(502), Refused, "server-error"),
        (Reply(503), Refused, "server-error"),
        (Reply(504), Refused, "server-error"),
        (NO_ANSWER, Unreachable, "answer-broken-off"),
        (HALF_AN_ANSWER, Unreachable, "answer-broken-off"),
    ],
)
def test_a_server_in_trouble_is_not_asked_six_times(
    server: ScriptedServer, ehr: Ehr, answer: Reply, kind: type[HandoutError], code: str
) -> None:
    RecordServer(server, batch=True)
    server.on("POST", "", answer)
    with pytest.raises(kind) as failed:
        ehr(retries=1).read(wanted())
    assert failed.value.code == code
    assert server.count("GET") == 1


def test_a_read_that_breaks_off_one_by_one_is_a_gap_in_that_part(
    server: ScriptedServer, ehr: Ehr
) -> None:
    record = RecordServer(server, batch=False)
    record.says("Condition", NO_ANSWER)
    raw = ehr(retries=0).read(wanted())
    assert hidden(raw) == {Part.CONDITIONS}
    assert "MedicationRequest/r1" in names(raw)


# --- one document ---


def test_a_document_is_read_as_it_is_now(record: RecordServer, ehr: Ehr) -> None:
    record.says("DocumentReference/d1", document("d1"))
    entry = ehr().read_document("d1")
    assert entry.resource == document("d1")
    assert entry.full_url == f"{record.scripted.base_url}/DocumentReference/d1"
    assert record.scripted.received[0].headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("status", [404, 410])
def test_a_document_that_is_not_there_is_not_found(
    record: RecordServer, ehr: Ehr, status: int
) -> None:
    record.refuses("DocumentReference/d1", status)
    for document_id in ("d1", "../d1"):
        with pytest.raises(NotFound) as missing:
            ehr().read_document(document_id)
        assert missing.value.code == "no-such-document"
    assert record.scripted.count("GET") == 1


def test_a_document_that_is_something_else_is_invalid(record: RecordServer, ehr: Ehr) -> None:
    record.says("DocumentReference/d1", condition("d1"))
    with pytest.raises(InvalidFhir):
        ehr().read_document("d1")


def test_a_closed_ehr_holds_no_connections(record: RecordServer, ehr: Ehr) -> None:
    with ehr() as reader:
        reader.read(wanted())
        adapter = reader._client._transport._session.get_adapter("http://")
        assert len(adapter.poolmanager.pools) == 1  # type: ignore[attr-defined]
    assert len(adapter.poolmanager.pools) == 0  # type: ignore[attr-defined]


def test_the_name_of_an_ehr_holds_no_credentials(server: ScriptedServer, ehr: Ehr) -> None:
    with RestEhr(server.base_url.replace("://", "://u:secret@"), ehr()._client.settings) as named:
        assert named.name == server.base_url
