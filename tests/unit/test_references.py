"""What a Reference points at, and whether a subject is our patient: yes, no, or not to be told."""

from typing import Any

import pytest

from fhir_handout.elements import Damaged
from fhir_handout.patient_record import Entry
from fhir_handout.references import References, named_by
from unit.builders import MRN, condition, medication, patient, reference

A, B = "https://a.example.org/fhir", "https://b.example.org/fhir"
UUID, OTHER_UUID = "urn:uuid:0b1c", "urn:uuid:ffff"

IN_A_FILE = Entry(patient())
ON_SERVER_A = Entry(patient(), f"{A}/Patient/p1")
IN_A_BUNDLE = Entry(patient(), UUID)
WITHOUT_ID = Entry(patient(...), UUID)
WITHOUT_ID_ON_A = Entry(patient(...), f"{A}/Patient/p1")
NEIGHBOUR = Entry(patient("p2", identifier=[{"system": MRN, "value": "M-2"}]), OTHER_UUID)


@pytest.mark.parametrize(
    ("ours", "target", "expected"),
    [
        (IN_A_FILE, "Patient/p1", True),
        (IN_A_FILE, "Patient/p1/_history/3", True),
        (IN_A_FILE, "Patient/p2", False),
        (IN_A_FILE, "Patient/p3", False),
        (IN_A_FILE, "Group/p1", False),
        (ON_SERVER_A, f"{A}/Patient/p1", True),
        (ON_SERVER_A, f"{A}/Patient/p1/_history/7", True),
        (ON_SERVER_A, "Patient/p1", True),
        (ON_SERVER_A, f"{A}/Patient/p3", False),
        (ON_SERVER_A, f"{B}/Patient/p3", False),
        (ON_SERVER_A, f"{B}/Patient/p1", None),
        (IN_A_FILE, f"{B}/Patient/p1", True),
        (IN_A_BUNDLE, UUID, True),
        (IN_A_BUNDLE, OTHER_UUID, False),
        (IN_A_BUNDLE, "urn:uuid:nowhere", None),
        (IN_A_BUNDLE, "Patient/p1", True),
        (WITHOUT_ID, UUID, True),
        (WITHOUT_ID, "Patient/p3", None),
        (WITHOUT_ID_ON_A, "Patient/p1", True),
        (WITHOUT_ID_ON_A, "Patient/p3", False),
        (WITHOUT_ID_ON_A, f"{B}/Patient/p1", None),
        (IN_A_FILE, "#contained", None),
    ],
)
def test_a_subject_is_our_patient_another_or_not_to_be_told(
    ours: Entry, target: str, expected: bool | None
) -> None:
    references = References([NEIGHBOUR, ours])
    assert references.is_patient(reference(target), ours) is expected


@pytest.mark.parametrize(
    "target",
    [
        "",
        "p1",
        " Patient/p1",
        "Patient/p1 ",
        "Patient/p1/",
        "/Patient/p1",
        "Patient/",
        "patient/p1",
        "Patient/p3?x=y",
        "Patient?_id=p1",
        "Patient?name=Quillon",
        "https://a.example.org/fhir/Patient/p1/",
        "https://a.example.org/fhir/Patient?identifier=x|y",
        "ftp://a.example.org/Patient/p3",
        5,
        None,
        ["Patient/p3"],
        {"reference": "Patient/p3"},
        True,
    ],
)
def test_a_subject_that_is_badly_written_is_nobody_elses(target: Any) -> None:
    references = References([IN_A_FILE, NEIGHBOUR])
    assert references.is_patient({"reference": target}, IN_A_FILE) is None


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (f"{MRN}|M-1", True),
        (f"{MRN}%7CM-1", True),
        ("https%3A%2F%2Fehr.example.org%2Fmrn%7CM-1", True),
        (f"{MRN}|M-3", False),
        ("https://other.example.org|M-1", None),
        (f"{MRN}|M-3&active=true", None),
        ("M-1", None),
        ("|M-1", None),
        (f"{MRN}|", None),
        ("", None),
    ],
)
def test_a_conditional_reference_is_told_by_its_identifier(
    token: str, expected: bool | None
) -> None:
    target = f"Patient?identifier={token}"
    assert References([IN_A_FILE]).is_patient(reference(target), IN_A_FILE) is expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"system": MRN, "value": "M-1"}, True),
        ({"system": MRN, "value": "M-3"}, False),
        ({"system": "https://other.example.org", "value": "M-1"}, None),
        ({"system": MRN}, None),
        ({"value": "M-1"}, None),
        ({"system": MRN, "value": 1}, None),
        ({"system": ["x"], "value": "M-1"}, None),
        ({}, None),
        ("M-1", None),
        (None, None),
    ],
)
def test_a_logical_subject_is_told_by_its_identifier(
    identifier: Any, expected: bool | None
) -> None:
    references = References([IN_A_FILE])
    assert references.is_patient({"identifier": identifier}, IN_A_FILE) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([{"system": MRN, "value": "M-0"}, {"system": MRN, "value": "M-1"}], True),
        ([{"system": MRN}], None),
        ([{"system": MRN, "value": 1}], None),
        ([5, None, "M-1"], None),
        ({"system": MRN, "value": "M-1"}, None),
        (5, None),
        (None, None),
    ],
)
def test_the_identifiers_of_a_patient_may_be_anything(known: Any, expected: bool | None) -> None:
    ours = Entry(patient(identifier=known))
    wanted = {"identifier": {"system": MRN, "value": "M-1"}}
    assert References([ours]).is_patient(wanted, ours) is expected


@pytest.mark.parametrize(
    ("target", "value", "expected"),
    [
        ("urn:uuid:nowhere", "M-1", True),
        ("urn:uuid:nowhere", "M-3", False),
        ("Patient/p1", "M-3", True),
        ("Patient/p3", "M-1", False),
    ],
)
def test_an_identifier_counts_where_the_reference_tells_nothing(
    target: str, value: str, expected: bool
) -> None:
    subject = {"reference": target, "identifier": {"system": MRN, "value": value}}
    assert References([IN_A_FILE]).is_patient(subject, IN_A_FILE) is expected


FUROSEMIDE = medication("m1")


@pytest.mark.parametrize(
    ("full_url", "target", "is_found"),
    [
        (None, "Medication/m1", True),
        (None, "Medication/m2", False),
        (None, f"{A}/Medication/m1", True),
        (f"{A}/Medication/m1", f"{A}/Medication/m1", True),
        (f"{A}/Medication/m1", f"{A}/Medication/m1/_history/2", True),
        (f"{A}/Medication/m1", "Medication/m1", True),
        (f"{A}/Medication/m1", f"{B}/Medication/m1", False),
        (UUID, UUID, True),
        (UUID, OTHER_UUID, False),
        (None, "#m1", False),
        (None, "#", False),
        (None, "", False),
        (None, 5, False),
        (None, None, False),
        (None, ["Medication/m1"], False),
    ],
)
def test_a_reference_leads_to_an_entry_or_nowhere(
    full_url: str | None, target: Any, is_found: bool
) -> None:
    references = References([Entry(FUROSEMIDE, full_url)])
    found = references.resolve({"reference": target}, condition())
    assert found == (FUROSEMIDE if is_found else None)


def test_a_resource_without_an_id_is_found_where_it_lay() -> None:
    unnamed = medication(...)
    references = References([Entry(unnamed, f"{A}/Medication/m1")])
    assert references.resolve(reference("Medication/m1"), condition()) is unnamed


def test_a_name_that_two_resources_have_leads_to_neither() -> None:
    here, there = Entry(medication("m1"), f"{A}/Medication/m1"), Entry(medication("m1"), f"{B}/x/y")
    references = References([here, there])
    assert references.resolve(reference("Medication/m1"), condition()) is None
    assert references.resolve(reference(f"{A}/Medication/m1"), condition()) is here.resource


def test_where_an_older_version_lay_its_newest_is_found() -> None:
    newest, older = Entry(medication("m1")), Entry(medication("m1", status="active"), UUID)
    references = References([newest], [older, newest, Entry(medication("m2"), OTHER_UUID)])
    assert references.resolve(reference(UUID), condition()) is newest.resource
    assert references.resolve(reference(OTHER_UUID), condition()) is None


def test_an_entry_of_its_own_is_not_replaced_by_another_that_lay_there() -> None:
    first, second = Entry(medication("m1"), UUID), Entry(medication("m2"))
    references = References([first, second], [Entry(medication("m2"), UUID)])
    assert references.resolve(reference(UUID), condition()) is first.resource


@pytest.mark.parametrize(
    ("contained", "is_found"),
    [
        ([FUROSEMIDE], True),
        ([medication("m2"), FUROSEMIDE], True),
        ([5, None, {"id": "m1"}], False),
        ([], False),
        (None, False),
    ],
)
def test_a_contained_resource_is_found_in_its_container(contained: Any, is_found: bool) -> None:
    found = References([]).resolve(reference("#m1"), condition(contained=contained))
    assert found == (FUROSEMIDE if is_found else None)


@pytest.mark.parametrize("contained", ["m1", {"id": "m1"}, 5, True])
def test_contained_resources_are_a_list_or_damaged(contained: Any) -> None:
    with pytest.raises(Damaged, match="^contained is of the wrong type$"):
        References([]).resolve(reference("#m1"), condition(contained=contained))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"reference": "Patient/p1"}, "Patient/p1"),
        ({"reference": f"{A}/Patient/p1"}, "Patient/p1"),
        ({"reference": f"{A}/Patient/p1/_history/2"}, "Patient/p1"),
        ({"reference": UUID}, None),
        ({"reference": "#p1"}, None),
        ({"reference": 5}, None),
        ({}, None),
        (None, None),
        ("Patient/p1", None),
        ([], None),
    ],
)
def test_what_a_reference_names(said: Any, expected: str | None) -> None:
    assert named_by(said) == expected
