"""What the entries of a Bundle are, and what of them is a gap."""

import pytest

from fhir_handout.bundles import entries_of, newest
from fhir_handout.patient_record import Entry, Gap, Part

CONDITION = {"resourceType": "Condition", "id": "c1"}
EVERY_PART = frozenset(Part)


def read(resource: dict) -> tuple[list[Entry], list[Gap]]:
    found = list(entries_of(resource, "file.json"))
    return (
        [item for item in found if isinstance(item, Entry)],
        [item for item in found if isinstance(item, Gap)],
    )


def bundle(*entries: object, **elements: object) -> dict:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **elements}


def outcome(severity: str, code: str = "processing") -> dict:
    issue = [{"severity": severity, "code": code}]
    return {"resourceType": "OperationOutcome", "issue": issue}


def test_a_single_resource_is_its_own_entry():
    entries, gaps = read(CONDITION)
    assert ([e.resource for e in entries], gaps) == ([CONDITION], [])


def test_bundles_inside_bundles_are_read():
    entries, gaps = read(bundle({"resource": bundle({"resource": CONDITION})}))
    assert ([e.resource for e in entries], gaps) == ([CONDITION], [])


def test_bundles_nested_without_end_are_a_gap():
    nested = bundle({"resource": CONDITION})
    for _ in range(9):
        nested = bundle({"resource": nested})
    entries, gaps = read(nested)
    assert entries == []
    assert [gap.hides for gap in gaps] == [EVERY_PART]


@pytest.mark.parametrize(
    "entry",
    [None, 5, "x", {}, {"resource": None}, {"resource": []}, {"resource": {"id": "c1"}}],
)
def test_an_entry_that_holds_no_resource_could_hide_anything(entry):
    entries, gaps = read(bundle(entry, {"resource": CONDITION}))
    assert [e.resource for e in entries] == [CONDITION]
    assert [gap.hides for gap in gaps] == [EVERY_PART]


@pytest.mark.parametrize("damage", [{"entry": {}}, {"entry": "x"}, {"link": {}}, {"link": [5]}])
def test_a_damaged_bundle_could_hide_anything(damage):
    _, gaps = read({**bundle(), **damage})
    assert [gap.hides for gap in gaps] == [EVERY_PART]


def test_what_a_transaction_deletes_is_not_read_and_hides_nothing():
    deleted = {"resource": CONDITION, "request": {"method": "DELETE", "url": "Condition/c1"}}
    assert read(bundle(deleted)) == ([], [])


@pytest.mark.parametrize(
    ("response", "gaps"),
    [({"status": "204 No Content"}, 0), ({"status": "304"}, 0), ({"status": "404"}, 1), (None, 1)],
)
def test_a_request_that_failed_is_a_gap(response, gaps):
    assert len(read(bundle({"response": response}))[1]) == gaps


@pytest.mark.parametrize(
    ("found", "gaps"),
    [
        (outcome("information"), 0),
        (outcome("warning"), 0),
        (outcome("warning", "incomplete"), 1),
        (outcome("error"), 1),
        (outcome("fatal"), 1),
        ({"resourceType": "OperationOutcome"}, 1),
    ],
)
def test_a_search_that_reports_an_error_or_is_incomplete_is_a_gap(found, gaps):
    assert len(read(bundle({"resource": found, "search": {"mode": "outcome"}}))[1]) == gaps


@pytest.mark.parametrize(
    ("url", "hides"),
    [
        ("http://example.org/fhir/Condition?patient=p1&page=2", {Part.CONDITIONS}),
        ("http://example.org/fhir/MedicationRequest?page=2", {Part.MEDICINES}),
        ("http://example.org/fhir?_getpages=x", EVERY_PART),
        ("http://example.org/fhir/Patient?_revinclude=Condition:subject", EVERY_PART),
        ("http://[", EVERY_PART),
    ],
)
def test_a_next_page_that_was_not_read_hides_what_it_may_hold(url, hides):
    _, gaps = read(bundle(link=[{"relation": "self"}, {"relation": "next", "url": url}]))
    assert [gap.hides for gap in gaps] == [frozenset(hides)]


@pytest.mark.parametrize("name", ["condition", "CONDITION", " Condition "])
def test_a_misspelt_type_is_a_gap_of_the_part_it_means(name):
    entries, gaps = read(bundle({"resource": {**CONDITION, "resourceType": name}}))
    assert entries == []
    assert [gap.hides for gap in gaps] == [frozenset({Part.CONDITIONS})]


def version(stamp: str | None, **elements: object) -> Entry:
    meta = {"meta": {"lastUpdated": stamp}} if stamp else {}
    return Entry({**CONDITION, **meta, **elements}, None, "")


def test_of_several_versions_the_newest_counts_whatever_the_time_zone():
    old = version("2026-11-01T23:00:00Z", code=1)
    new = version("2026-11-01T20:00:00-05:00", code=2)
    assert newest([old, new]) == [new]
    assert newest([new, old]) == [new]


def test_versions_that_can_not_be_ordered_are_all_kept_and_copies_once():
    dated, undated = version("2026-11-01T00:00:00Z", code=1), version(None, code=2)
    assert newest([dated, undated, undated]) == [dated, undated]


def test_the_same_id_on_two_servers_is_two_resources():
    here, there = (Entry({**CONDITION, "n": n}, f"http://{n}/Condition/c1", "") for n in "ab")
    assert len(newest([here, there])) == 2
