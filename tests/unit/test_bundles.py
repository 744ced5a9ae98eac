"""The entries of whatever an EHR exports, what of it is damaged, and the newest version of each."""

from typing import Any

import pytest

from fhir_handout.bundles import entries_of, newest
from fhir_handout.patient_record import Entry, Gap, Part
from unit.builders import bundle, condition, medication, patient, statement

EVERYTHING = frozenset(Part)
PLACE = "record.json"


def parts(resource: dict[str, Any]) -> tuple[list[Entry], list[Gap]]:
    found = list(entries_of(resource, PLACE))
    return [e for e in found if isinstance(e, Entry)], [g for g in found if isinstance(g, Gap)]


def names(entries: list[Entry]) -> list[str]:
    return [entry.resource["id"] for entry in entries]


def with_entry(item: Any) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [item, {"resource": patient()}],
    }


def test_a_single_resource_is_one_entry() -> None:
    assert parts(patient()) == ([Entry(patient(), None, PLACE)], [])


@pytest.mark.parametrize(
    "kind", ["collection", "searchset", "document", "transaction", "batch", "history", "message"]
)
def test_a_bundle_of_any_type_has_its_entries(kind: str) -> None:
    entries, gaps = parts(bundle(patient(), condition(), type=kind))
    assert names(entries) == ["p1", "c-N18.6"]
    assert [entry.origin for entry in entries] == [f"{PLACE} entry 0", f"{PLACE} entry 1"]
    assert gaps == []


def test_an_empty_bundle_has_none() -> None:
    assert parts({"resourceType": "Bundle", "type": "searchset", "total": 0}) == ([], [])


def test_a_bundle_in_a_bundle_is_opened() -> None:
    entries, gaps = parts(bundle(bundle(patient(), bundle(condition())), statement()))
    assert names(entries) == ["p1", "c-N18.6", "s-4603"]
    assert entries[1].origin == f"{PLACE} entry 0 entry 1 entry 0"
    assert gaps == []


def test_bundles_in_bundles_without_end_are_a_gap() -> None:
    nested = bundle(patient())
    for _ in range(100):
        nested = bundle(nested)
    entries, gaps = parts(nested)
    assert entries == []
    assert [(gap.why, gap.hides) for gap in gaps] == [("its Bundle.entry is damaged", EVERYTHING)]


@pytest.mark.parametrize("full_url", ["urn:uuid:1", "https://a.example.org/Patient/p1"])
def test_an_entry_keeps_where_it_lay(full_url: str) -> None:
    entries, _ = parts(with_entry({"resource": condition(), "fullUrl": full_url}))
    assert entries[0].full_url == full_url


@pytest.mark.parametrize("full_url", [5, None, ["urn:uuid:1"]])
def test_an_address_that_is_no_text_is_none(full_url: Any) -> None:
    entries, _ = parts(with_entry({"resource": condition(), "fullUrl": full_url}))
    assert entries[0].full_url is None


@pytest.mark.parametrize("entry", [None, {}, "x", 5, {"resource": patient()}])
def test_entries_that_are_no_list_are_a_gap(entry: Any) -> None:
    entries, gaps = parts({"resourceType": "Bundle", "entry": entry})
    assert (entries, gaps) == ([], [Gap(PLACE, "its Bundle.entry is damaged", EVERYTHING)])


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (None, "it is no Bundle entry"),
        ([], "it is no Bundle entry"),
        ("x", "it is no Bundle entry"),
        ({}, "it holds no FHIR resource"),
        ({"resource": None}, "it holds no FHIR resource"),
        ({"resource": []}, "it holds no FHIR resource"),
        ({"resource": "Patient"}, "it holds no FHIR resource"),
        ({"resource": {}}, "it holds no FHIR resource"),
        ({"resource": {"id": "x"}}, "it holds no FHIR resource"),
        ({"resource": {"resourceType": 5}}, "it holds no FHIR resource"),
        ({"resource": {"resourceType": ""}}, "it holds no FHIR resource"),
        ({"resource": {"resourceType": ["Patient"]}}, "it holds no FHIR resource"),
        ({"request": "DELETE"}, "it holds no FHIR resource"),
        ({"request": {"method": "PUT"}}, "it holds no FHIR resource"),
        ({"request": {"method": ["GET"]}}, "it holds no FHIR resource"),
    ],
)
def test_a_damaged_entry_is_a_gap_and_takes_nothing_with_it(item: Any, why: str) -> None:
    entries, gaps = parts(with_entry(item))
    assert names(entries) == ["p1"]
    assert gaps == [Gap(f"{PLACE} entry 0", why, EVERYTHING)]


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "PATCH"])
def test_a_request_for_something_is_nothing(method: str) -> None:
    assert parts(with_entry({"request": {"method": method}}))[1] == []


@pytest.mark.parametrize("status", ["200 OK", "201", " 204 No Content", "304 Not Modified"])
def test_an_answer_without_a_resource_is_nothing(status: str) -> None:
    assert parts(with_entry({"response": {"status": status}}))[1] == []
    assert parts(with_entry({"resource": None, "response": {"status": status}}))[1] == []


@pytest.mark.parametrize(
    "response", [{"status": "404"}, {"status": "500 Oops"}, {"status": 200}, {}, None, "200"]
)
def test_an_answer_that_is_a_failure_is_a_gap(response: Any) -> None:
    _, gaps = parts(with_entry({"response": response}))
    assert gaps == [Gap(f"{PLACE} entry 0", "the request it answers failed", EVERYTHING)]


def outcome(*issues: Any) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


@pytest.mark.parametrize(
    "remarks",
    [
        [{"severity": "information", "code": "informational"}],
        [{"severity": "warning", "code": "processing"}, {"severity": "information"}],
    ],
)
def test_a_remark_on_a_search_is_no_gap(remarks: list[Any]) -> None:
    assert parts(bundle(outcome(*remarks), patient()))[1] == []
    assert parts(outcome(*remarks)) == ([], [])


@pytest.mark.parametrize(
    "resource",
    [
        outcome({"severity": "error", "code": "processing"}),
        outcome({"severity": "fatal", "code": "exception"}),
        outcome({"severity": "information"}, {"severity": "error"}),
        outcome({"severity": "warning", "code": "incomplete"}),
        outcome({"severity": "warning", "code": "timeout"}),
        outcome({"severity": "information", "code": "throttled"}),
        outcome({"severity": "warning", "code": "too-costly"}),
        outcome({"severity": ["error"]}),
        outcome({"severity": {}}),
        outcome({}),
        outcome("error"),
        {"resourceType": "OperationOutcome"},
        {"resourceType": "OperationOutcome", "issue": {"severity": "error"}},
    ],
)
def test_a_search_that_failed_is_a_gap(resource: dict[str, Any]) -> None:
    why = "the search it came from reported an error"
    assert parts(resource) == ([], [Gap(PLACE, why, EVERYTHING)])
    entries, gaps = parts(bundle(resource, patient()))
    assert names(entries) == ["p1"]
    assert [gap.why for gap in gaps] == [why]


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("condition", {Part.CONDITIONS}),
        ("CONDITION", {Part.CONDITIONS}),
        ("Condition ", {Part.CONDITIONS}),
        ("medicationstatement", {Part.MEDICINES}),
        ("Medicationrequest", {Part.MEDICINES}),
        ("medication", {Part.MEDICINES}),
        ("patient", EVERYTHING),
        ("bundle", EVERYTHING),
        ("operationOutcome", EVERYTHING),
    ],
)
def test_a_misspelt_type_is_a_gap(kind: str, hidden: frozenset[Part]) -> None:
    misspelt = {**condition(), "resourceType": kind}
    assert parts(misspelt) == ([], [Gap(PLACE, "its resourceType is misspelt", frozenset(hidden))])
    assert len(parts(bundle(misspelt))[1]) == 1


def test_a_type_that_is_not_used_here_is_an_entry() -> None:
    assert names(parts({"resourceType": "Observation", "id": "o"})[0]) == ["o"]


def page(*links: Any) -> dict[str, Any]:
    return bundle(patient(), type="searchset", link=list(links))


def following(url: Any) -> dict[str, Any]:
    return {"relation": "next", "url": url}


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("https://a.example.org/fhir/Condition?page=2", {Part.CONDITIONS}),
        ("https://a.example.org/fhir/MedicationRequest?_include=x&page=2", {Part.MEDICINES}),
        ("Condition?page=2", {Part.CONDITIONS}),
        ("https://a.example.org/fhir/Encounter?_revinclude=Condition:encounter", EVERYTHING),
        ("https://a.example.org/fhir/Patient?page=2", EVERYTHING),
        ("https://a.example.org/fhir?_getpages=1", EVERYTHING),
        ("https://a.example.org/fhir/Condition/_search?page=2", EVERYTHING),
        ("http://[broken", EVERYTHING),
        ("", EVERYTHING),
        (None, EVERYTHING),
        (["x"], EVERYTHING),
    ],
)
def test_a_page_that_was_not_read_is_a_gap(url: Any, hidden: frozenset[Part]) -> None:
    entries, gaps = parts(page({"relation": "self", "url": "x"}, following(url)))
    assert names(entries) == ["p1"]
    assert gaps == [Gap(PLACE, "its next page was not read", frozenset(hidden))]


def test_other_links_are_none() -> None:
    links = [{"relation": "self", "url": "Condition"}, {"relation": "previous", "url": "Condition"}]
    assert parts(page(*links))[1] == []


@pytest.mark.parametrize("links", [None, {}, "next", [None], ["next"], [following("x"), 5]])
def test_damaged_links_may_hide_a_page(links: Any) -> None:
    _, gaps = parts(bundle(patient(), link=links))
    assert gaps == [Gap(PLACE, "its Bundle.link is damaged", EVERYTHING)]


# --- versions -----------------------------------------------------------------------------------

A, B = "https://a.example.org/fhir/Medication/m1", "https://b.example.org/fhir/Medication/m1"
UUID, OTHER_UUID = "urn:uuid:1", "urn:uuid:2"


def version(status: str, stamp: Any = None, full_url: str | None = None, **elements: Any) -> Entry:
    meta = {"meta": {"lastUpdated": stamp}} if stamp else {}
    return Entry(medication(status=status, **meta, **elements), full_url)


NINE, TEN, ELEVEN = (f"2026-01-01T{hour}:00:00Z" for hour in ("09", "10", "11"))


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([version("old", NINE), version("new", TEN)], ["new"]),
        ([version("old", NINE), version("new", ELEVEN), version("older", TEN)], ["new"]),
        ([version("old", TEN), version("new", "2026-01-01T10:00:00.5Z")], ["new"]),
        ([version("old", "2026-01-01T11:00:00+02:00"), version("new", TEN)], ["new"]),
        ([version("one", TEN), version("two", TEN)], ["one", "two"]),
        ([version("one", TEN), version("two")], ["one", "two"]),
        ([version("one", NINE), version("two"), version("three", TEN)], ["one", "two", "three"]),
        ([version("one", NINE), version("two", "zzz")], ["one", "two"]),
        ([version("one", NINE), version("two", 2030)], ["one", "two"]),
        ([version("one"), version("two")], ["one", "two"]),
        ([version("same"), version("same")], ["same"]),
        ([version("same", TEN, UUID), version("same", TEN, OTHER_UUID)], ["same"]),
        ([version("old", NINE, UUID), version("new", TEN, OTHER_UUID)], ["new"]),
        ([version("old", NINE, A), version("new", TEN, A)], ["new"]),
        ([version("old", NINE, A), version("new", TEN)], ["new"]),
        ([version("one", NINE, A), version("two", TEN, B)], ["one", "two"]),
        (
            [version("one", NINE, A), version("two", TEN, B), version("three")],
            ["one", "two", "three"],
        ),
        ([version("old", NINE, A), version("new", TEN, A), version("b", NINE, B)], ["new", "b"]),
        ([version("one", id="m1"), version("two", id="m2")], ["one", "two"]),
    ],
)
def test_the_newest_version_is_kept_where_that_can_be_told(
    entries: list[Entry], kept: list[str]
) -> None:
    for order in (entries, entries[::-1]):
        assert sorted(e.resource["status"] for e in newest(order)) == sorted(kept)


def test_a_resource_without_an_id_is_told_by_where_it_lay() -> None:
    unnamed = medication(...)
    assert len(newest([Entry(unnamed, UUID), Entry(unnamed, UUID)])) == 1
    assert len(newest([Entry(unnamed, UUID), Entry(unnamed, OTHER_UUID)])) == 2
    assert len(newest([Entry(unnamed), Entry(unnamed)])) == 2


@pytest.mark.parametrize("full_urls", [(None, A), (A, None), (UUID, A), (A, UUID)])
def test_what_is_kept_lies_where_any_of_its_versions_lay(
    full_urls: tuple[str | None, ...],
) -> None:
    entries = [version(str(number), None, url) for number, url in enumerate(full_urls)]
    assert {entry.full_url for entry in newest(entries)} == {A}


@pytest.mark.parametrize("meta", [None, 5, [], {"lastUpdated": ["x"]}, {}])
def test_a_version_may_have_any_meta(meta: Any) -> None:
    entries = [Entry(medication(meta=meta)), version("new", TEN)]
    assert len(newest(entries)) == 2


def test_two_versions_that_are_nested_without_end_are_kept() -> None:
    def deep() -> dict[str, Any]:
        nested: dict[str, Any] = {}
        for _ in range(50_000):
            nested = {"extension": [nested]}
        return nested

    assert len(newest([Entry(medication(x=deep())), Entry(medication(x=deep()))])) == 2
