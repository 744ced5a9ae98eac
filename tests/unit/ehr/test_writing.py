"""Writing in one transaction: sent once, and every answer understood for what it says."""

from typing import Any

import pytest

from fhir_handout.ehr.capability import Capability
from fhir_handout.ehr.capability_cache import CapabilityCache
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import (
    Conflict,
    HandoutError,
    LostAnswer,
    NotAllowed,
    Refused,
    Unreachable,
)
from servers.scripted import Reply, ScriptedServer
from unit.ehr.conftest import Ehr, Settings
from unit.ehr.fhir import (
    CUT_SHORT,
    EMPTY,
    HALF_AN_ANSWER,
    HTML,
    LIES_ABOUT_LENGTH,
    MARK,
    NO_ANSWER,
    NOT_AN_OBJECT,
    SECRET,
    capability,
    create,
    document,
    outcome,
    provenance,
    searchset,
    superseding,
    transaction,
    transaction_response,
    update,
)

WRITTEN = ("DocumentReference/new", "Provenance/p")


@pytest.fixture
def server(server: ScriptedServer) -> ScriptedServer:
    """A server that takes transactions and creates only once."""
    server.on("GET", "metadata", Reply(200, capability()))
    server.on("POST", "", Reply(200, transaction_response(*(f"{w}/_history/1" for w in WRITTEN))))
    return server


def posts(server: ScriptedServer) -> list[Any]:
    return [received for received in server.received if received.method != "GET"]


def retraction() -> dict[str, Any]:
    entries = [
        update(document("d1", status="entered-in-error")),
        create(provenance(target="DocumentReference/d1"), f"_tag={MARK}"),
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


# --- done ---


def test_a_transaction_is_sent_once_and_as_it_is(server: ScriptedServer, ehr: Ehr) -> None:
    sent = transaction(superseding("old"))
    response = transaction_response(*WRITTEN, "DocumentReference/old/_history/4")
    server.on("POST", "", Reply(200, response))
    assert ehr(takes_drafts=True).write(sent) == (*WRITTEN, "DocumentReference/old")
    (received,) = posts(server)
    assert received.body == sent
    assert received.headers["Prefer"] == "return=minimal"
    assert received.headers["Content-Type"] == "application/fhir+json"


def test_an_update_need_not_say_where_it_went(server: ScriptedServer, ehr: Ehr) -> None:
    response = transaction_response(*WRITTEN)
    response["entry"].append({"response": {"status": "200 OK"}})
    server.on("POST", "", Reply(200, response))
    assert ehr().write(transaction(superseding("old"))) == (*WRITTEN, "DocumentReference/old")


def test_a_first_write_takes_one_request_after_the_capabilities(
    server: ScriptedServer, ehr: Ehr
) -> None:
    writer = ehr()
    writer.write(transaction())
    assert writer.requests_sent == 2
    writer.write(transaction())
    assert writer.requests_sent == 3


@pytest.mark.parametrize(
    "location",
    [
        "DocumentReference/new",
        "DocumentReference/new/_history/1",
        "http://ehr.example/fhir/DocumentReference/new/_history/1",
        "https://other.example:8443/a/b/DocumentReference/new",
        "/fhir/DocumentReference/new?_format=json",
    ],
)
def test_a_location_may_be_relative_or_absolute(
    server: ScriptedServer, ehr: Ehr, location: str
) -> None:
    server.on("POST", "", Reply(201, transaction_response(location, WRITTEN[1])))
    assert ehr().write(transaction()) == WRITTEN


@pytest.mark.parametrize("location", [None, "", "urn:uuid:1", "Binary/new", "DocumentReference", 7])
def test_without_a_location_the_resource_says_which_it_is(
    server: ScriptedServer, ehr: Ehr, location: Any
) -> None:
    response = transaction_response("x", WRITTEN[1], status="200 OK")
    response["entry"][0] = {
        "resource": document("new"),
        "response": {"status": "200 OK", "location": location},
    }
    server.on("POST", "", Reply(200, response))
    assert ehr().write(transaction()) == WRITTEN


def existing(*found: dict[str, Any]) -> dict[str, Any]:
    """A conditional create that matched, and a server that does not say what."""
    response = transaction_response("x", WRITTEN[1], status="200 OK")
    response["entry"][0] = {"response": {"status": "200 OK"}}
    return response


def test_what_was_there_already_is_looked_up(server: ScriptedServer, ehr: Ehr) -> None:
    server.on("POST", "", Reply(200, existing()))
    foreign = document("x", identifier=[{"system": "urn:other", "value": "abc"}])
    server.on("GET", "DocumentReference", Reply(200, searchset(foreign, document("new"))))
    assert ehr().write(transaction()) == WRITTEN
    assert server.received[-1].query == {"identifier": MARK}


@pytest.mark.parametrize(
    "found",
    [Reply(200, searchset()), Reply(500), NO_ANSWER, HTML],
    ids=["nothing", "500", "no answer", "HTML"],
)
def test_what_cannot_be_looked_up_is_a_lost_answer(
    server: ScriptedServer, ehr: Ehr, found: Reply
) -> None:
    server.on("POST", "", Reply(200, existing()))
    server.on("GET", "DocumentReference", found)
    with pytest.raises(LostAnswer):
        ehr(retries=0).write(transaction())


def test_what_was_there_already_twice_is_a_conflict(server: ScriptedServer, ehr: Ehr) -> None:
    server.on("POST", "", Reply(200, existing()))
    server.on("GET", "DocumentReference", Reply(200, searchset(document("a"), document("b"))))
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "written-twice"


def test_a_retraction_is_a_transaction_too(server: ScriptedServer, ehr: Ehr) -> None:
    server.on("POST", "", Reply(200, transaction_response("DocumentReference/d1", "Provenance/p")))
    written = ehr(takes_drafts=False).write(retraction())  # a draft may always be withdrawn
    assert written == ("DocumentReference/d1", "Provenance/p")


def test_a_server_without_provenance_gets_the_document_alone(
    server: ScriptedServer, ehr: Ehr
) -> None:
    server.on("GET", "metadata", Reply(200, capability(types=("Patient", "DocumentReference"))))
    server.on("POST", "", Reply(200, transaction_response(WRITTEN[0])))
    assert ehr().write(transaction()) == (WRITTEN[0],)
    assert len(posts(server)[0].body["entry"]) == 1


# --- lost ---


@pytest.mark.parametrize(
    "answer",
    [
        NO_ANSWER,
        HALF_AN_ANSWER,
        LIES_ABOUT_LENGTH,
        Reply(200, transaction_response(*WRITTEN), delay=0.15),
        HTML,
        EMPTY,
        CUT_SHORT,
        NOT_AN_OBJECT,
        Reply(202),
        Reply(303, headers={"Location": "/fhir/job/1"}),
        Reply(303, headers={"Location": "http://other.example/job/1"}),
        Reply(500),
        Reply(500, outcome()),
        Reply(502, b"<html>"),
        Reply(504),
        Reply(200, b"x" * 30_000),
        Reply(200, transaction_response(WRITTEN[0])),
        Reply(200, transaction_response(*WRITTEN, status="500 Internal")),
        Reply(200, transaction_response(*WRITTEN, status="")),
    ],
)
def test_a_write_whose_answer_says_nothing_certain_is_a_lost_answer(
    server: ScriptedServer, ehr: Ehr, answer: Reply
) -> None:
    server.on("POST", "", answer)
    with pytest.raises(LostAnswer) as lost:
        ehr(read_timeout=0.1, max_answer_bytes=20_000).write(transaction())
    assert lost.value.code == "lost-answer"
    assert SECRET not in lost.value.message
    assert len(posts(server)) == 1


def test_a_write_that_never_left_is_not_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CapabilityCache, "get", lambda _: Capability())
    with RestEhr("http://127.0.0.1:1/fhir", settings()) as gone:
        with pytest.raises(Unreachable) as unreachable:
            gone.write(transaction())
        assert gone.requests_sent == 1
    assert not isinstance(unreachable.value, LostAnswer)
    assert unreachable.value.code == "unreachable"


# --- refused ---


@pytest.mark.parametrize("status", [409, 412])
@pytest.mark.parametrize("inside", [False, True], ids=["the whole", "one entry"])
def test_somebody_else_was_first(
    server: ScriptedServer, ehr: Ehr, status: int, inside: bool
) -> None:
    whole = transaction_response(*WRITTEN)
    whole["entry"][1]["response"]["status"] = f"{status} Conflict"
    server.on("POST", "", Reply(200, whole) if inside else Reply(status, outcome("conflict")))
    with pytest.raises(Conflict) as conflict:
        ehr().write(transaction())
    assert conflict.value.code == "changed-meanwhile"
    assert len(posts(server)) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("9999", 30.0), (None, 0.0), ("x", 0.0)])
def test_a_busy_server_did_nothing_and_says_when_to_come_back(
    server: ScriptedServer, ehr: Ehr, status: int, header: str | None, wait: float
) -> None:
    server.on("POST", "", Reply(status, headers={"Retry-After": header} if header else {}))
    with pytest.raises(Refused) as busy:
        ehr().write(transaction())
    assert (busy.value.code, busy.value.status) == ("busy", status)
    assert busy.value.retry_after == wait
    assert len(posts(server)) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (307, "redirected"),
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (413, "too-large"),
        (422, "rejected"),
    ],
)
def test_a_refusal_says_why_and_is_not_tried_another_way(
    server: ScriptedServer, ehr: Ehr, status: int, code: str
) -> None:
    server.on("POST", "", Reply(status, outcome(), {"Location": "/fhir/"}))
    with pytest.raises(Refused) as refused:
        ehr().write(transaction())
    assert (refused.value.code, refused.value.status) == (code, status)
    assert refused.value.retry_after is None
    assert SECRET not in refused.value.message
    assert len(posts(server)) == 1


def test_an_entry_refused_inside_a_success_is_a_refusal(server: ScriptedServer, ehr: Ehr) -> None:
    response = transaction_response(*WRITTEN)
    response["entry"][1] = {"response": {"status": "422 No", "outcome": outcome("invariant")}}
    server.on("POST", "", Reply(200, response))
    with pytest.raises(Refused) as refused:
        ehr().write(transaction())
    assert refused.value.code == "rejected"
    assert "error/invariant" in refused.value.message


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_server_that_lists_no_create_is_read_only(
    server: ScriptedServer, ehr: Ehr, status: int
) -> None:
    no_create = capability(without={"DocumentReference": ("create", "update")})
    server.on("GET", "metadata", Reply(200, no_create))
    server.on("POST", "", Reply(status))
    server.on("POST", "DocumentReference", Reply(status))
    server.on("GET", "DocumentReference", Reply(200, searchset()))
    with pytest.raises(Refused) as refused:
        ehr().write(transaction())
    assert refused.value.code == "read-only"


@pytest.mark.parametrize("system", [(), ("batch",)])
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
@pytest.mark.parametrize("write", [transaction(), retraction()], ids=["attach", "retract"])
def test_a_read_only_server_is_sent_nothing(
    server: ScriptedServer, ehr: Ehr, system: tuple[str, ...], listed: bool, write: dict[str, Any]
) -> None:
    types = ("Patient", "DocumentReference") if listed else ("Patient",)
    without = {"DocumentReference": ("create", "update")}
    server.on("GET", "metadata", Reply(200, capability(system, types, without=without)))
    with pytest.raises(Refused) as refused:
        ehr().write(write)
    assert refused.value.code == "read-only"
    assert posts(server) == []


# --- drafts ---


def test_a_site_that_takes_no_drafts_is_sent_none(server: ScriptedServer, ehr: Ehr) -> None:
    with pytest.raises(NotAllowed) as refused:
        ehr(takes_drafts=False).write(transaction())
    assert refused.value.code == "drafts-not-taken"
    assert "name who signs" in refused.value.message
    assert posts(server) == []


def test_a_site_that_takes_no_drafts_is_sent_final_documents_unchanged(
    server: ScriptedServer, ehr: Ehr
) -> None:
    server.on("POST", "", Reply(200, transaction_response(*WRITTEN, "DocumentReference/old")))
    # The draft it replaces, from before the setting, is no obstacle.
    sent = transaction(superseding("old"), docStatus="final")
    ehr(takes_drafts=False).write(sent)
    assert posts(server)[0].body == sent


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("place", ["expression", "location"])
@pytest.mark.parametrize(
    ("doc_status", "code"), [("preliminary", "drafts-not-taken"), ("final", "rejected")]
)
def test_a_server_that_finds_fault_with_a_draft_is_understood(
    server: ScriptedServer, ehr: Ehr, status: int, place: str, doc_status: str, code: str
) -> None:
    why = outcome("value", **{place: ["Bundle.entry[0].resource.docStatus"]})
    server.on("POST", "", Reply(status, why))
    with pytest.raises(Refused) as refused:
        ehr().write(transaction(docStatus=doc_status))
    assert (refused.value.code, refused.value.status) == (code, status)


@pytest.mark.parametrize(
    "error",
    [Reply(401), Reply(422, outcome()), Reply(409, outcome()), Reply(500, outcome()), NO_ANSWER],
)
def test_no_message_holds_anything_of_the_patients(
    server: ScriptedServer, ehr: Ehr, error: Reply
) -> None:
    server.on("POST", "", error)
    with pytest.raises(HandoutError) as failed:
        ehr(token="ey.token").write(transaction(description=SECRET))
    for unsaid in (SECRET, "ey.token", "Patient/p1", "\n"):
        assert unsaid not in failed.value.message
    assert server.base_url in failed.value.message
