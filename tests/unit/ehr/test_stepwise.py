"""Writing step by step, to servers that can't promise to create only once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.steps import pointing
from fhir_handout.errors import Conflict, HandoutError, LostAnswer, Refused, Unreachable, UsageError
from servers.scripted import Received, Reply, ScriptedServer
from unit.ehr.conftest import Ehr
from unit.ehr.fhir import (
    EMPTY,
    FULL_URL,
    HALF_AN_ANSWER,
    HTML,
    MARK,
    NO_ANSWER,
    SECRET,
    SYSTEM,
    capability,
    create,
    document,
    outcome,
    provenance,
    searchset,
    superseding,
    transaction,
    update,
)

ELSEWHERE = Reply(307, headers={"Location": "http://other.example/"})
WRITTEN = ("DocumentReference/d1", "Provenance/p1")


class Chart:
    """A server with memory: what is created is found. A test may spoil its answers."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.documents: list[dict[str, Any]] = []
        self.provenances: list[dict[str, Any]] = []
        self.shows = True  # whether a search finds what is there
        self.answers: dict[str, Reply] = {}
        self.loses: set[str] = set()  # what is not even stored
        self.says(capability(("batch",), conditional_create=()))
        server.on("GET", "DocumentReference", self._search_documents)
        server.on("GET", "Provenance", self._search_provenances)
        server.on("POST", "DocumentReference", self._create)
        server.on("POST", "Provenance", self._create)
        server.on("PUT", "DocumentReference/old", Reply(200))

    def says(self, statement: dict[str, Any]) -> None:
        self.server.on("GET", "metadata", Reply(200, statement))

    def sent(self) -> list[str]:
        """What was asked of it, without the capabilities."""
        return [f"{r.method} {r.path}" for r in self.server.received if r.path != "metadata"]

    def _search_documents(self, _: Received) -> Reply:
        return Reply(200, searchset(*(self.documents if self.shows else ())))

    def _search_provenances(self, _: Received) -> Reply:
        return Reply(200, searchset(*(self.provenances if self.shows else ())))

    def _create(self, received: Received) -> Reply:
        kept = self.documents if received.path == "DocumentReference" else self.provenances
        name = f"{received.path[0].lower()}{len(kept) + 1}"
        if received.path not in self.loses:
            kept.append({**received.body, "id": name})
            self.server.on("GET", f"{received.path}/{name}", Reply(200, kept[-1]))
        location = {"Location": f"{received.path}/{name}"}
        return self.answers.get(received.path) or Reply(201, b"", location)


@pytest.fixture
def chart(server: ScriptedServer) -> Chart:
    return Chart(server)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger"


def state(ledger: Path) -> str | None:
    """What the ledger says of the one document, None if nothing."""
    found = [json.loads(path.read_text()) for path in ledger.glob("*.json")]
    return str(found[0]["state"]) if found else None


# --- in order ---


def test_the_steps_come_in_order_and_each_once(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    assert ehr().write(transaction(superseding("old"))) == (*WRITTEN, "DocumentReference/old")
    assert chart.sent() == [
        "GET DocumentReference",
        "POST DocumentReference",
        "GET DocumentReference",
        "GET Provenance",
        "POST Provenance",
        "PUT DocumentReference/old",
    ]
    assert state(ledger) == "done"


def test_provenance_points_at_the_document_as_it_is_called_now(chart: Chart, ehr: Ehr) -> None:
    ehr().write(transaction())
    assert chart.provenances[0]["target"] == [{"reference": "DocumentReference/d1"}]
    assert chart.documents[0]["docStatus"] == "preliminary"


def test_an_update_names_the_version_it_knows(chart: Chart, ehr: Ehr) -> None:
    ehr().write(transaction(superseding("old", "3")))
    put = chart.server.received[-1]
    assert put.headers["If-Match"] == 'W/"3"'
    assert put.body["status"] == "superseded"


@pytest.mark.parametrize("promised", [True, False])
def test_a_condition_is_sent_only_where_it_is_understood(
    chart: Chart, ehr: Ehr, promised: bool
) -> None:
    kinds = ("DocumentReference", "Provenance") if promised else ()
    chart.says(capability(("batch",), conditional_create=kinds))
    ehr().write(transaction())
    sent = [r.headers.get("If-None-Exist") for r in chart.server.received if r.method == "POST"]
    expected = [f"identifier={MARK}", f"_tag={MARK}"] if promised else [None, None]
    assert sent == expected


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_turns_out_to_take_no_transaction_is_written_to_in_steps(
    chart: Chart, ehr: Ehr, status: int
) -> None:
    chart.says(capability())
    chart.server.on("POST", "", Reply(status))
    assert ehr().write(transaction()) == WRITTEN
    assert chart.server.count("POST", "") == 1


def test_a_transaction_without_conditional_create_is_not_trusted(chart: Chart, ehr: Ehr) -> None:
    chart.says(capability(conditional_create=("Provenance",)))
    assert ehr().write(transaction()) == WRITTEN
    assert chart.server.count("POST", "") == 0


@pytest.mark.parametrize(
    "answer",
    [
        Reply(201, b"", {"Location": "DocumentReference/d1"}),
        Reply(201, b"", {"Location": "http://ehr.example/fhir/DocumentReference/d1/_history/1"}),
        Reply(201, document("d1")),
        Reply(200, b"", {"Location": "/fhir/DocumentReference/d1", "ETag": 'W/"1"'}),
        Reply(201),
        HTML,
    ],
    ids=["relative", "absolute", "body", "200", "nothing at all", "HTML"],
)
def test_any_way_of_naming_what_was_created_will_do(chart: Chart, ehr: Ehr, answer: Reply) -> None:
    chart.answers["DocumentReference"] = answer
    assert ehr().write(transaction()) == WRITTEN
    assert len(chart.documents) == 1


# --- once ---


def test_writing_again_writes_nothing(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    first = ehr().write(transaction())
    assert ehr().write(transaction()) == first
    assert (len(chart.documents), len(chart.provenances)) == (1, 1)
    assert state(ledger) == "done"


def test_a_document_of_another_machine_is_found_and_not_made_again(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.documents.append(document("elsewhere"))
    assert ehr().write(transaction())[0] == "DocumentReference/elsewhere"
    assert chart.server.count("POST", "DocumentReference") == 0


def test_a_search_that_ignores_its_parameters_fools_nobody(chart: Chart, ehr: Ehr) -> None:
    strangers = [
        document("x", identifier=[{"system": SYSTEM, "value": "other"}]),
        document("y", identifier=[{"system": "urn:other", "value": "abc"}]),
        document("z", identifier="abc"),
    ]
    chart.documents.extend(strangers)
    other = {**provenance("q"), "meta": {"tag": [{"system": SYSTEM, "code": "other"}]}}
    chart.provenances.append(other)
    assert ehr().write(transaction()) == ("DocumentReference/d4", "Provenance/p2")


def test_writers_at_the_same_time_make_one_document(chart: Chart, ehr: Ehr) -> None:
    writers = [ehr(lock_timeout=10.0) for _ in range(6)]
    written: list[tuple[str, ...]] = []
    threads = [
        threading.Thread(target=lambda w=w: written.append(w.write(transaction()))) for w in writers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written == [WRITTEN] * 6
    assert (len(chart.documents), len(chart.provenances)) == (1, 1)


def test_a_writer_that_must_wait_too_long_says_so(chart: Chart, ehr: Ehr) -> None:
    slow, quick = ehr(), ehr(lock_timeout=0.01)
    refused: list[str] = []

    def meanwhile(received: Received) -> Reply:
        with pytest.raises(Conflict) as conflict:
            quick.write(transaction())
        refused.append(conflict.value.code)
        return chart._create(received)

    chart.server.on("POST", "DocumentReference", meanwhile)
    assert slow.write(transaction()) == WRITTEN
    assert refused == ["being-written"]


# --- lost ---


LOST = [NO_ANSWER, HALF_AN_ANSWER, Reply(500), Reply(500, outcome()), Reply(502), Reply(504)]


@pytest.mark.parametrize("answer", LOST)
def test_a_lost_answer_is_settled_by_looking(
    chart: Chart, ehr: Ehr, ledger: Path, answer: Reply
) -> None:
    chart.answers["DocumentReference"] = answer
    assert ehr().write(transaction()) == WRITTEN
    assert len(chart.documents) == 1
    assert state(ledger) == "done"


@pytest.mark.parametrize("answer", [*LOST, Reply(201), EMPTY])
def test_what_is_lost_and_not_found_stays_unknown_until_a_person_looks(
    chart: Chart, ehr: Ehr, ledger: Path, answer: Reply
) -> None:
    chart.answers["DocumentReference"] = answer
    chart.loses.add("DocumentReference")
    with pytest.raises(LostAnswer):
        ehr().write(transaction())
    assert state(ledger) == "intended"

    for _ in range(2):  # neither the next run nor the one after sends it again
        with pytest.raises(Conflict) as conflict:
            ehr().write(transaction())
        assert conflict.value.code == "outcome-unknown"
        (file,) = ledger.glob("*.json")
        assert str(file) in conflict.value.message
    assert chart.server.count("POST", "DocumentReference") == 1

    file.unlink()  # a person has looked, and it is not there
    chart.answers.clear()
    chart.loses.clear()
    assert ehr().write(transaction()) == WRITTEN


def test_what_was_lost_and_shows_up_later_is_taken_up(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    chart.answers["DocumentReference"] = NO_ANSWER
    chart.shows = False
    with pytest.raises(LostAnswer):
        ehr().write(transaction())
    chart.shows = True
    assert ehr().write(transaction()) == WRITTEN
    assert chart.server.count("POST", "DocumentReference") == 1
    assert state(ledger) == "done"


def test_a_search_that_fails_after_a_lost_answer_leaves_it_lost(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.answers["DocumentReference"] = NO_ANSWER
    chart.server.on("GET", "DocumentReference", Reply(200, searchset()), Reply(500))
    with pytest.raises(LostAnswer):
        ehr().write(transaction())
    assert state(ledger) == "intended"


def test_a_search_that_lags_behind_does_not_lead_to_a_second_document(
    chart: Chart, ehr: Ehr
) -> None:
    chart.shows = False
    assert ehr().write(transaction()) == WRITTEN
    assert ehr().write(transaction())[0] == WRITTEN[0]
    assert len(chart.documents) == 1


@pytest.fixture(params=[404, 410])
def deleted(request: pytest.FixtureRequest, chart: Chart, ehr: Ehr) -> Chart:
    """A chart in which somebody has deleted what was written."""
    ehr().write(transaction())
    chart.documents.clear()
    chart.server.on("GET", "DocumentReference/d1", Reply(request.param))
    return chart


def test_a_document_that_was_deleted_is_made_anew(deleted: Chart, ehr: Ehr) -> None:
    ehr().write(transaction())
    assert deleted.server.count("POST", "DocumentReference") == 2


def test_a_document_that_was_deleted_is_made_anew_once_at_most(deleted: Chart, ehr: Ehr) -> None:
    deleted.loses.add("DocumentReference")
    deleted.answers["DocumentReference"] = NO_ANSWER
    with pytest.raises(LostAnswer):
        ehr().write(transaction())
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "outcome-unknown"
    assert deleted.server.count("POST", "DocumentReference") == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"state": "x", "reference": null}'])
def test_a_damaged_ledger_means_that_something_was_begun(
    chart: Chart, ehr: Ehr, ledger: Path, damage: bytes
) -> None:
    ehr().write(transaction())
    (file,) = ledger.glob("*.json")
    file.write_bytes(damage)
    chart.documents.clear()
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "outcome-unknown"


def test_a_run_killed_while_sending_leaves_its_intent(
    chart: Chart, ehr: Ehr, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fhir_handout.ehr.create_once.send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ehr().write(transaction())
    assert state(ledger) == "intended"


def test_a_run_stopped_before_sending_leaves_nothing(
    chart: Chart, ehr: Ehr, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fhir_handout.ehr.create_once.look_up", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ehr().write(transaction())
    assert state(ledger) is None


def test_an_intent_outlives_a_search_that_fails(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    chart.answers["DocumentReference"] = NO_ANSWER
    chart.loses.add("DocumentReference")
    with pytest.raises(LostAnswer):
        ehr().write(transaction())
    chart.server.on("GET", "DocumentReference", Reply(401))
    with pytest.raises(Refused):
        ehr().write(transaction())
    assert state(ledger) == "intended"


@pytest.mark.parametrize("status", [401, 500])
def test_what_was_created_and_cannot_be_seen_is_not_made_anew(
    chart: Chart, ehr: Ehr, status: int
) -> None:
    ehr().write(transaction())
    chart.shows = False
    chart.server.on("GET", "DocumentReference/d1", Reply(status))
    with pytest.raises(Refused) as refused:
        ehr().write(transaction())
    assert refused.value.status == status
    assert chart.server.count("POST", "DocumentReference") == 1


# --- twice ---


def test_two_of_the_same_are_for_a_person_to_settle(chart: Chart, ehr: Ehr) -> None:
    chart.documents.extend([document("a"), document("b")])
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "written-twice"
    assert "DocumentReference/a, DocumentReference/b" in conflict.value.message
    assert "retract" in conflict.value.message


@pytest.mark.parametrize("found", [("d1", "theirs"), ("theirs",)], ids=["both", "only theirs"])
def test_another_writer_at_the_same_moment_is_noticed(
    chart: Chart, ehr: Ehr, ledger: Path, found: tuple[str, ...]
) -> None:
    after = searchset(*(document(name) for name in found))
    chart.server.on("GET", "DocumentReference", Reply(200, searchset()), Reply(200, after))
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "written-twice"
    assert state(ledger) == "created"


def test_two_of_the_same_after_a_lost_answer_are_noticed(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.answers["DocumentReference"] = NO_ANSWER
    after = searchset(document("a"), document("b"))
    chart.server.on("GET", "DocumentReference", Reply(200, searchset()), Reply(200, after))
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "written-twice"
    assert state(ledger) == "intended"


def test_a_retracted_copy_does_not_count(chart: Chart, ehr: Ehr) -> None:
    chart.documents.extend([document("a", status="entered-in-error"), document("b")])
    assert ehr().write(transaction())[0] == "DocumentReference/b"


# --- refused ---


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Reply(400, outcome()), Refused, "rejected"),
        (Reply(401), Refused, "unauthorized"),
        (Reply(403), Refused, "forbidden"),
        (Reply(405), Refused, "not-supported"),
        (Reply(422, outcome("value", "DocumentReference.docStatus")), Refused, "drafts-not-taken"),
        (Reply(429), Refused, "busy"),
        (Reply(503), Refused, "busy"),
        (Reply(409), Conflict, "changed-meanwhile"),
        (Reply(412), Conflict, "changed-meanwhile"),
        (ELSEWHERE, Refused, "redirected-elsewhere"),
    ],
)
def test_a_refused_document_leaves_nothing_behind(
    chart: Chart, ehr: Ehr, ledger: Path, answer: Reply, kind: type[HandoutError], code: str
) -> None:
    chart.loses.add("DocumentReference")
    chart.answers["DocumentReference"] = answer
    with pytest.raises(kind) as refused:
        ehr().write(transaction())
    assert refused.value.code == code
    assert state(ledger) is None
    assert chart.server.count("POST", "Provenance") == 0


@pytest.mark.parametrize("status", [401, 500])
def test_nothing_is_created_where_the_search_fails(
    chart: Chart, ehr: Ehr, ledger: Path, status: int
) -> None:
    chart.server.on("GET", "DocumentReference", Reply(status))
    with pytest.raises(Refused):
        ehr().write(transaction())
    assert chart.server.count("POST") == 0
    assert state(ledger) is None


def test_nothing_is_created_where_the_search_is_incomplete(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.server.on("GET", "DocumentReference", Reply(200, searchset(following="pages")))
    with pytest.raises(HandoutError) as failed:
        ehr().write(transaction())
    assert failed.value.code == "search-incomplete"
    assert chart.server.count("POST") == 0
    assert state(ledger) is None


def test_a_server_that_wants_a_patient_in_each_search_gets_one(chart: Chart, ehr: Ehr) -> None:
    def insists(received: Received) -> Reply:
        if received.query.get("patient") != "p1":
            return Reply(400, outcome("required"))
        assert received.query["identifier"] == MARK
        return chart._search_documents(received)

    chart.server.on("GET", "DocumentReference", insists)
    assert ehr().write(transaction()) == WRITTEN


@pytest.mark.parametrize("status", [401, 429])
def test_a_search_that_naming_the_patient_will_not_help_is_asked_once(
    chart: Chart, ehr: Ehr, status: int
) -> None:
    chart.server.on("GET", "DocumentReference", Reply(status))
    with pytest.raises(Refused):
        ehr(retries=0).write(transaction())
    assert chart.sent() == ["GET DocumentReference"]


def test_a_document_of_nobody_is_searched_by_its_identifier_alone(chart: Chart, ehr: Ehr) -> None:
    chart.server.on("GET", "DocumentReference", Reply(400))
    with pytest.raises(Refused):
        ehr().write(transaction(subject={}))
    assert chart.sent() == ["GET DocumentReference"]


def test_nothing_is_created_where_no_search_is_answered(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.server.on("GET", "DocumentReference", NO_ANSWER)
    with pytest.raises(Unreachable):
        ehr(retries=0).write(transaction())
    assert chart.server.count("POST") == 0
    assert state(ledger) is None


def test_without_a_ledger_nothing_is_created(chart: Chart, ehr: Ehr, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    with pytest.raises(UsageError) as refused:
        ehr().write(transaction())
    assert refused.value.code == "no-ledger"
    assert chart.server.count("POST") == 0


def test_the_ledger_holds_nothing_of_the_patient(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    ehr(token="ey.token").write(transaction(description=SECRET))
    (file,) = ledger.glob("*.json")
    kept = json.loads(file.read_text())
    assert set(kept) == {"server", "document", "state", "reference"}
    assert kept["reference"] == "DocumentReference/d1"
    for unsaid in (SECRET, "Patient/p1", 'p1"', "ey.token", "127.0.0.1", "abc|"):
        assert unsaid not in file.read_text()
    assert file.parent.stat().st_mode & 0o077 == 0


# --- what goes with the document ---


def test_a_run_that_broke_off_after_the_document_goes_on_from_there(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.answers["Provenance"] = NO_ANSWER
    chart.loses.add("Provenance")
    with pytest.raises(LostAnswer):
        ehr().write(transaction(superseding("old")))
    assert state(ledger) == "created"
    chart.answers.clear()
    chart.loses.clear()
    assert ehr().write(transaction(superseding("old")))[:2] == WRITTEN
    assert (len(chart.documents), len(chart.provenances)) == (1, 1)
    assert chart.server.count("PUT") == 1


def test_a_document_that_was_found_is_noted_before_the_rest(
    chart: Chart, ehr: Ehr, ledger: Path
) -> None:
    chart.documents.append(document("elsewhere"))
    chart.answers["Provenance"] = Reply(422)
    with pytest.raises(Refused):
        ehr().write(transaction())
    assert state(ledger) == "created"


def test_a_lost_provenance_is_settled_by_looking(chart: Chart, ehr: Ehr) -> None:
    chart.answers["Provenance"] = NO_ANSWER
    assert ehr().write(transaction()) == WRITTEN
    assert len(chart.provenances) == 1


def test_a_refused_provenance_is_said_to_be(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    chart.answers["Provenance"] = Reply(422, outcome())
    with pytest.raises(Refused) as refused:
        ehr().write(transaction())
    assert "Provenance of DocumentReference/d1" in refused.value.message
    assert state(ledger) == "created"


def test_a_server_that_cannot_search_provenance_gets_it_all_the_same(
    chart: Chart, ehr: Ehr
) -> None:
    chart.server.on("GET", "Provenance", Reply(400, outcome()))
    assert ehr().write(transaction()) == WRITTEN


@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_a_server_that_cannot_supersede_still_has_the_new_document(
    chart: Chart, ehr: Ehr, ledger: Path, status: int
) -> None:
    chart.server.on("PUT", "DocumentReference/old", Reply(status))
    ehr().write(transaction(superseding("old")))
    assert state(ledger) == "done"


@pytest.mark.parametrize("status", [409, 412])
@pytest.mark.parametrize(
    ("now", "settled"), [("superseded", True), ("entered-in-error", True), ("current", False)]
)
def test_a_replaced_document_changed_meanwhile_is_a_conflict_unless_it_is_replaced_already(
    chart: Chart, ehr: Ehr, ledger: Path, status: int, now: str, settled: bool
) -> None:
    chart.server.on("PUT", "DocumentReference/old", Reply(status))
    chart.server.on("GET", "DocumentReference/old", Reply(200, document("old", status=now)))
    with raising(None if settled else Conflict):
        ehr().write(transaction(superseding("old")))
    assert state(ledger) == ("done" if settled else "created")


@contextmanager
def raising(kind: type[HandoutError] | None) -> Iterator[None]:
    if kind is None:
        yield
        return
    with pytest.raises(kind):
        yield


# --- retracting ---


def retraction() -> dict[str, Any]:
    entries = [
        update(document("d1", status="entered-in-error")),
        create(provenance(target="DocumentReference/d1"), f"_tag={MARK}"),
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def test_a_retraction_needs_no_ledger(chart: Chart, ehr: Ehr, ledger: Path) -> None:
    chart.server.on("PUT", "DocumentReference/d1", Reply(200))
    assert ehr().write(retraction()) == ("DocumentReference/d1", "Provenance/p1")
    assert chart.provenances[0]["target"] == [{"reference": "DocumentReference/d1"}]
    assert not ledger.exists()


@pytest.mark.parametrize(
    ("status", "code"), [(405, "not-supported"), (501, "not-supported"), (403, "forbidden")]
)
def test_a_retraction_that_is_refused_is_never_passed_over(
    chart: Chart, ehr: Ehr, status: int, code: str
) -> None:
    chart.server.on("PUT", "DocumentReference/d1", Reply(status))
    with pytest.raises(Refused) as refused:
        ehr().write(retraction())
    assert refused.value.code == code
    assert chart.provenances == []


def test_a_retraction_of_something_changed_meanwhile_is_a_conflict(chart: Chart, ehr: Ehr) -> None:
    chart.server.on("PUT", "DocumentReference/d1", Reply(412))
    chart.server.on("GET", "DocumentReference/d1", Reply(200, document("d1")))
    with pytest.raises(Conflict):
        ehr().write(retraction())


def test_only_whole_references_are_replaced() -> None:
    value = {"a": [{"reference": FULL_URL}], "b": f"see {FULL_URL}", "c": 1, "d": None}
    assert pointing(value, {FULL_URL: "DocumentReference/d1"}) == {
        "a": [{"reference": "DocumentReference/d1"}],
        "b": f"see {FULL_URL}",
        "c": 1,
        "d": None,
    }
