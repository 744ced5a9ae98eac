"""Elements of FHIR JSON: in the type FHIR gives them, absent, or damaged."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from fhir_handout import elements
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged
from fhir_handout.patient_record import Coding, Concept

SECRET = "Quillon Testperson"


@pytest.mark.parametrize(
    ("value", "kind"), [("text", str), ([1], list), ({"a": 1}, dict), (True, bool), (False, bool)]
)
def test_an_element_of_its_type_is_given(value: Any, kind: type) -> None:
    assert elements.element({"here": value}, "here", kind) == value


def test_an_element_that_is_not_there_is_none() -> None:
    assert elements.element({}, "here", str) is None


@pytest.mark.parametrize(
    ("value", "kind", "why"),
    [
        (None, str, "here is null"),
        ("", str, "here is empty"),
        ([], list, "here is empty"),
        ({}, dict, "here is empty"),
        ([], str, "here is empty"),
        (5, str, "here is of the wrong type"),
        (True, str, "here is of the wrong type"),
        (0, bool, "here is of the wrong type"),
        ("true", bool, "here is of the wrong type"),
        ([SECRET], str, "here is of the wrong type"),
        (SECRET, dict, "here is of the wrong type"),
        ({"a": SECRET}, list, "here is of the wrong type"),
    ],
)
def test_any_other_is_damaged_and_its_value_is_not_told(value: Any, kind: type, why: str) -> None:
    with pytest.raises(Damaged) as damaged:
        elements.element({"here": value}, "here", kind)
    assert str(damaged.value) == why


@pytest.mark.parametrize("items", [[SECRET], [{}], [{"a": 1}, None], [[{"a": 1}]], [True]])
def test_a_list_of_objects_holds_nothing_else(items: list[Any]) -> None:
    with pytest.raises(Damaged, match="^here holds an item of the wrong type$"):
        elements.objects({"here": items}, "here")


@pytest.mark.parametrize(
    ("parent", "expected"), [({}, []), ({"here": [{"a": 1}, {"b": 2}]}, [{"a": 1}, {"b": 2}])]
)
def test_a_list_of_objects(parent: dict[str, Any], expected: list[Any]) -> None:
    assert elements.objects(parent, "here") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": "water pill"}, Concept((), "water pill")),
        (
            {"coding": [{"system": "s", "code": "c", "display": "d"}, {"code": "e"}]},
            Concept((Coding("s", "c", "d"), Coding("", "e", ""))),
        ),
        ({"extension": [{"url": "absent"}]}, Concept(())),
    ],
)
def test_a_codeable_concept_keeps_every_coding_and_the_text(value: Any, expected: Concept) -> None:
    assert elements.concept({"code": value}, "code") == expected


def test_a_concept_that_is_not_there_is_none() -> None:
    assert elements.concept({}, "code") is None


@pytest.mark.parametrize(
    "value",
    [
        {"coding": [{"code": 44054006}]},
        {"coding": [{"code": None}]},
        {"coding": {"code": "a"}},
        {"coding": []},
        {"coding": ["a"]},
        {"coding": [{"code": "a", "system": ["s"]}]},
        {"coding": [{"code": "a", "display": {"text": "x"}}]},
        {"text": 5},
        {"text": ""},
        "N18.6",
        [{"text": "x"}],
    ],
)
def test_a_concept_with_anything_damaged_is_damaged(value: Any) -> None:
    with pytest.raises(Damaged):
        elements.concept({"code": value}, "code")


HL7 = "http://terminology.hl7.org/CodeSystem/condition-clinical"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"coding": [{"system": HL7, "code": "active"}]}, "active"),
        ({"coding": [{"code": " Active\n"}]}, "active"),
        ({"coding": [{"display": "Active"}, {"code": "resolved"}]}, "resolved"),
        (
            {
                "coding": [
                    {"system": "http://snomed.info/sct", "code": "55561003"},
                    {"system": HL7, "code": "active"},
                ]
            },
            "active",
        ),
        ({"text": "active"}, None),
        ({"coding": [{"code": "  "}]}, None),
    ],
    ids=["plain", "spaces and capitals", "display only", "HL7's before others", "text", "blank"],
)
def test_the_code_of_a_status(value: Any, expected: str | None) -> None:
    assert elements.code_in({"clinicalStatus": value}, "clinicalStatus") == expected


def test_a_status_that_is_not_there_has_no_code() -> None:
    assert elements.code_in({}, "clinicalStatus") is None


def test_a_moment_is_the_span_of_its_date() -> None:
    february = Span(date(2026, 2, 1), date(2026, 2, 28))
    assert elements.moment({"onsetDateTime": "2026-02"}, "onsetDateTime") == february
    assert elements.moment({}, "onsetDateTime") is None


@pytest.mark.parametrize("value", ["2026-02-30", "0000", "1 March", SECRET, 2026, True, None, ""])
def test_a_moment_that_is_no_date_is_damaged_and_not_told(value: Any) -> None:
    with pytest.raises(Damaged) as damaged:
        elements.moment({"onsetDateTime": value}, "onsetDateTime")
    assert str(damaged.value).startswith("onsetDateTime is ")
    assert not value or str(value) not in str(damaged.value)


DAY = Span(date(2026, 2, 3), date(2026, 2, 3))


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ({}, (None, None)),
        ({"period": {"start": "2026-02-03"}}, (DAY, None)),
        ({"period": {"end": "2026-02-03"}}, (None, DAY)),
        ({"period": {"extension": [{"url": "x"}]}}, (None, None)),
    ],
)
def test_a_period_has_a_start_and_an_end(parent: dict[str, Any], expected: Any) -> None:
    assert elements.period(parent, "period") == expected


@pytest.mark.parametrize("read", [elements.period, elements.reference])
@pytest.mark.parametrize("value", ["2026", [], {}, None, 5])
def test_periods_and_references_are_objects(
    read: Callable[[dict[str, Any], str], Any], value: Any
) -> None:
    with pytest.raises(Damaged):
        read({"here": value}, "here")


def test_a_reference_is_given_as_it_is() -> None:
    assert elements.reference({"here": {"reference": "Patient/p1"}}, "here") == {
        "reference": "Patient/p1"
    }


@pytest.mark.parametrize(
    ("resource", "kind", "name"),
    [
        ({"resourceType": "Patient", "id": "p1"}, "Patient", "Patient/p1"),
        ({"resourceType": "Patient"}, "Patient", None),
        ({"resourceType": "Patient", "id": ""}, "Patient", None),
        ({"resourceType": "Patient", "id": 5}, "Patient", None),
        ({"resourceType": ["Patient"], "id": "p1"}, "", "/p1"),
        ({}, "", None),
    ],
)
def test_a_resource_is_named_by_its_type_and_id(
    resource: dict[str, Any], kind: str, name: str | None
) -> None:
    assert elements.resource_type(resource) == kind
    assert elements.identity(resource) == name
