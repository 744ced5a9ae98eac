"""A record that came with a call: read as a folder of the same would be, and nothing more."""

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.ehr.given import GivenEhr
from fhir_handout.errors import InvalidFhir, NotAllowed, NotFound
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Identifier, Part
from fhir_handout.read import read_record
from unit.builders import bundle, condition, patient, statement

REQUEST = ReadRequest("p1", None, Identifier("urn:series", "1"))
NEXT = [{"relation": "next", "url": "http://example.org/fhir/Condition?page=2"}]
FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception"}],
}
DAMAGED = {"resourceType": "Bundle", "type": "searchset", "entry": [5, {"resource": patient()}]}

SENT: dict[str, Any] = {
    "a Bundle": bundle(patient(), condition(), statement()),
    "one resource": patient(),
    "a Bundle whose next page is missing": {**bundle(patient()), "link": NEXT},
    "a failed search": bundle(patient(), FAILED),
    "a failed read": FAILED,
    "damaged entries": DAMAGED,
    "entries that are no list": {**bundle(), "entry": {}},
    "a misspelt type": {"resourceType": "condition"},
    "no type": {"id": "p1"},
    "a type that is no word": {"resourceType": 5},
    "a number": 5,
    "words": "Patient",
    "nothing": None,
}


def read(sent: Any) -> Any:
    return GivenEhr(sent).read(REQUEST)


def as_folder(sent: Any, folder: Path) -> Any:
    (folder / "sent.json").write_text(json.dumps(sent))
    return FolderEhr(folder).read(REQUEST)


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_what_was_sent_is_read_as_a_file_of_it_would_be(sent, tmp_path):
    given, filed = read(sent), as_folder(sent, tmp_path)
    assert [e.resource for e in given.entries] == [e.resource for e in filed.entries]
    assert [(g.why, g.hides) for g in given.gaps] == [(g.why, g.hides) for g in filed.gaps]


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_in_a_list_each_item_is_looked_at_on_its_own(sent):
    alone, listed = read(sent), read([condition(), sent, statement()])
    inner = [e.resource for e in listed.entries[1:-1]]
    assert inner == [e.resource for e in alone.entries]
    assert [(g.why, g.hides) for g in listed.gaps] == [(g.why, g.hides) for g in alone.gaps]
    assert all("item 1" in gap.what for gap in listed.gaps)


def test_gaps_reach_the_record_and_hide_what_they_may():
    record = read_record(read([patient(), {**bundle(condition()), "link": NEXT}]), "p1")
    assert [gap.hides for gap in record.gaps] == [frozenset({Part.CONDITIONS})]
    assert len(record.conditions) == 1


def test_another_patient_is_not_the_one_asked_for():
    with pytest.raises(NotFound) as error:
        read_record(read([patient(id="p2")]), "p1")
    assert error.value.code == "no-such-patient"


def test_a_patient_that_may_be_in_what_is_damaged_is_not_said_to_be_missing():
    with pytest.raises(InvalidFhir) as error:
        read_record(read([5]), "p1")
    assert error.value.code == "patient-unreadable"


def test_deep_nesting_is_a_gap():
    nested: Any = patient()
    for _ in range(50):
        nested = bundle(nested)
    assert [gap.hides for gap in read(nested).gaps] == [frozenset(Part)]


def test_there_is_nothing_more_to_read_and_nothing_to_write_to():
    given = GivenEhr(patient(), "the Bundle posted")
    assert given.name == "the Bundle posted"
    with pytest.raises(NotFound, match="no EHR to read documents from"):
        given.read_document("d1")
    with pytest.raises(NotAllowed, match="no EHR to write to"):
        given.write(bundle())
