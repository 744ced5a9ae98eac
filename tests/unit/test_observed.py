"""What an Observation says: its amount in one unit, its date or answer, and which one stands."""

from datetime import UTC, date, datetime
from math import inf
from typing import Any

import pytest

from fhir_handout.codes import CodeIndex
from fhir_handout.dates import Span
from fhir_handout.observed import Amount, Reading, newest, readings
from fhir_handout.pack_model import Measurement, Wanted
from fhir_handout.patient_record import Gap, Part
from unit.builders import coded, days_ago, in_days, read, reference
from unit.handouts import TODAY

LOINC = "http://loinc.org"
URINE, WEIGHT, STATUS, DUE, COUNT = "1-1", "2-2", "3-3", "4-4", "5-5"
YES, NO = "LA-1", "LA-2"
LITRES = Measurement("urine", "urine", {"l": 1, "dl": 0.1, "ml/min": 2}, (1, 250))


def value_set(name: str, code: str) -> dict[str, Any]:
    include = [{"system": LOINC, "concept": [{"code": code}]}]
    return {"id": name, "compose": {"include": include}}


CODES = CodeIndex.of(
    value_set(*pair)
    for pair in [
        ("urine", URINE),
        ("status", STATUS),
        ("due", DUE),
        ("count", COUNT),
        ("yes", YES),
        ("no", NO),
    ]
)
TIMES = Measurement("count", "count", {"": 1}, (0, 100))
WANTED = Wanted({"urine": LITRES, "count": TIMES}, frozenset({"due"}), frozenset({"status"}))
AMOUNT = {"valueQuantity": {"value": 20, "unit": "l"}}


def observation(code: str = URINE, /, **elements: Any) -> dict[str, Any]:
    whole = {
        "resourceType": "Observation",
        "id": f"o-{code}",
        "status": "final",
        "subject": reference("Patient/p1"),
        "code": coded(code, LOINC),
        **elements,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def told(*resources: dict[str, Any]) -> tuple[list[Reading], list[Gap]]:
    gaps: list[Gap] = []
    found = list(readings(read(*resources).observations, CODES, WANTED, gaps))
    return found, gaps


def the_one(**elements: Any) -> Reading:
    found, gaps = told(observation(**elements))
    assert not gaps
    (reading,) = found
    return reading


def why(resource: dict[str, Any]) -> str:
    """Why a result is a gap."""
    found, gaps = told(resource)
    assert not found
    (gap,) = gaps
    assert gap.hides == {Part.OBSERVATIONS}
    assert gap.what.startswith("Observation/o-")
    return gap.why


# --- amounts --------------------------------------------------------------------------------------


def quantity(value: Any, unit: str = "l", **more: Any) -> dict[str, Any]:
    return {"valueQuantity": {"value": value, "unit": unit, **more}}


@pytest.mark.parametrize(
    ("told_as", "low", "high"),
    [
        (quantity(20), 20, 20),
        (quantity(20.5), 20.5, 20.5),
        (quantity(200, "dl"), 20, 20),
        (quantity(200, " D L "), 20, 20),
        (quantity(200, "decilitres", code="dl"), 20, 20),
        (quantity(20, comparator="<="), -inf, 20),
        (quantity(20, comparator=">="), 20, inf),
        (quantity(200, "dl", comparator="<="), -inf, 20),
        (quantity(1), 1, 1),
        (quantity(250), 250, 250),
        (quantity(1, comparator="<="), -inf, 1),
        (quantity(250, comparator=">="), 250, inf),
        ({"valueString": "20 l"}, 20, 20),
        ({"valueString": "20,5 L"}, 20.5, 20.5),
        ({"valueString": " <= 20 l "}, -inf, 20),
        ({"valueString": "≥20l"}, 20, inf),
        ({"valueString": "≤20 l"}, -inf, 20),
    ],
)
def test_an_amount_is_read_in_its_measurements_own_unit(
    told_as: dict[str, Any], low: float, high: float
) -> None:
    amount = the_one(**told_as).value
    assert isinstance(amount, Amount)
    assert (amount.low, amount.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    "told_as", [quantity(20, comparator="<"), {"valueString": "<20 l"}, {"valueString": "< 20 l"}]
)
def test_less_than_an_amount_does_not_reach_it(told_as: dict[str, Any]) -> None:
    amount = the_one(**told_as).value
    assert isinstance(amount, Amount)
    assert amount.low == -inf
    assert 19.999 < amount.high < 20


def test_more_than_an_amount_does_not_start_at_it() -> None:
    amount = the_one(**quantity(20, comparator=">")).value
    assert isinstance(amount, Amount)
    assert 20 < amount.low < 20.001
    assert amount.high == inf


@pytest.mark.parametrize(
    ("told_as", "written"),
    [
        (quantity(20), "20 l"),
        (quantity(20.0, "litres", code="l"), "20 litres"),
        (quantity(20, comparator="<"), "<20 l"),
        ({"valueString": ">= 20,5 l"}, ">=20.5 l"),
    ],
)
def test_an_amount_is_kept_as_it_was_written(told_as: dict[str, Any], written: str) -> None:
    amount = the_one(**told_as).value
    assert isinstance(amount, Amount)
    assert amount.text == written
    assert amount.unit in ("l", "litres")


@pytest.mark.parametrize(
    "told_as",
    [
        quantity(20, "kg"),
        quantity(20, "l", code="kg"),
        quantity(20, "l/min"),
        {"valueQuantity": {"value": 20}},
        {"valueInteger": 20},
        {"valueString": "20"},
    ],
)
def test_an_amount_in_no_known_unit_is_a_gap(told_as: dict[str, Any]) -> None:
    resource = observation(**told_as)
    assert why(resource) == UNKNOWN_UNIT


@pytest.mark.parametrize(
    "told_as",
    [
        quantity(0.9),
        quantity(250.1),
        quantity(9, "dl"),
        quantity(-20),
        quantity(0),
        quantity(1, comparator="<"),
        quantity(250, comparator=">"),
        quantity(251, comparator=">="),
        quantity(0.5, comparator="<="),
    ],
)
def test_an_amount_that_cannot_be_right_is_a_gap(told_as: dict[str, Any]) -> None:
    assert why(observation(**told_as)) == "its value can't be right"


@pytest.mark.parametrize("value", [True, "20", None, [20]])
def test_a_quantity_without_a_number_is_a_gap(value: Any) -> None:
    assert why(observation(**quantity(value))) == "valueQuantity.value is missing or no number"


def test_an_empty_unit_is_damage() -> None:
    assert why(observation(**quantity(20, ""))) == "unit is empty"


def test_a_comparator_that_is_none_is_a_gap() -> None:
    wrong = observation(**quantity(20, comparator="about"))
    assert why(wrong) == "its comparator is none of FHIR's"


@pytest.mark.parametrize(
    "value", [{"valueInteger": 7}, {"valueString": "7"}, {"valueQuantity": {"value": 7}}]
)
def test_a_count_has_no_unit(value: dict[str, Any]) -> None:
    found, gaps = told(observation(COUNT, **value))
    assert [reading.value for reading in found] == [Amount(7, 7, "", "7")]
    assert not gaps


def test_a_count_with_a_unit_is_a_gap() -> None:
    assert why(observation(COUNT, **quantity(7, "kg"))) == UNKNOWN_UNIT


UNKNOWN_UNIT = "its unit is missing or can't be converted"


# --- other values ---------------------------------------------------------------------------------


def test_a_coded_value_is_given_by_the_value_sets_it_is_in() -> None:
    found, gaps = told(observation(STATUS, valueCodeableConcept=coded(YES, LOINC)))
    assert [reading.value for reading in found] == [("yes",)]
    assert not gaps


def test_an_answer_of_no_interest_is_passed_over() -> None:
    value = coded("other", LOINC)
    assert told(observation(STATUS, valueCodeableConcept=value)) == ([], [])


@pytest.mark.parametrize(
    "value", [{"valueCodeableConcept": {"text": "yes"}}, {"valueString": "I think so"}]
)
def test_an_answer_in_words_may_mean_any_and_is_a_gap(value: Any) -> None:
    found, gaps = told(observation(STATUS, **value))
    assert not found
    assert [gap.why for gap in gaps] == ["its answer has no code"]


@pytest.mark.parametrize(
    "value", [{"valueDateTime": "2027-02-01"}, {"valuePeriod": {"start": "2027-02-01"}}]
)
def test_a_due_date_is_its_day(value: dict[str, Any]) -> None:
    ((reading,), gaps) = told(observation(DUE, **value))
    assert reading.value == Span(date(2027, 2, 1), date(2027, 2, 1))
    assert not gaps


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (URINE, {"valueDateTime": "2027-02-01"}),
        (URINE, {"valueCodeableConcept": coded(YES, LOINC)}),
        (URINE, {"valueString": "plenty"}),
        (DUE, AMOUNT),
        (DUE, {"valueCodeableConcept": coded(YES, LOINC)}),
        (STATUS, AMOUNT),
        (STATUS, {"valueDateTime": "2027-02-01"}),
    ],
)
def test_a_value_of_another_kind_than_its_code_asks_for_is_a_gap(
    code: str, value: dict[str, Any]
) -> None:
    assert why(observation(code, **value)) == "its value is of another kind than its code asks for"


def test_a_result_that_says_why_it_has_no_value_is_passed_over() -> None:
    assert told(observation(dataAbsentReason=coded("not-performed", LOCAL_REASON))) == ([], [])
    assert told(observation(hasMember=[reference("Observation/o2")])) == ([], [])


LOCAL_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def test_a_result_without_a_value_and_a_reason_is_a_gap() -> None:
    expected = "it has neither a value that can be read nor the reason why"
    assert why(observation()) == expected
    assert why(observation(valueBoolean=True)) == expected


# --- which are read -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_results_that_stand_are_read(status: str) -> None:
    assert the_one(status=status, **AMOUNT)


@pytest.mark.parametrize(
    "status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown"]
)
def test_results_that_do_not_stand_are_passed_over(status: str) -> None:
    assert told(observation(status=status, **AMOUNT)) == ([], [])


@pytest.mark.parametrize("status", ["done", "FINAL", ...])
def test_a_result_without_a_status_of_fhirs_is_a_gap(status: Any) -> None:
    assert why(observation(status=status, **AMOUNT)) == "status is missing or none of FHIR's"


def test_a_result_changed_by_an_extension_is_a_gap() -> None:
    extension = [{"url": "https://ehr.example.org/of-a-relative", "valueBoolean": True}]
    expected = "an extension changes its meaning in a way not known here"
    assert why(observation(modifierExtension=extension, **AMOUNT)) == expected


def test_a_code_nobody_asked_for_is_passed_over_whatever_it_says() -> None:
    assert told(observation(WEIGHT, status="done", valueQuantity={"value": "much"})) == ([], [])
    assert told(observation(YES, **AMOUNT)) == ([], [])


def component(code: str, **value: Any) -> dict[str, Any]:
    return {"code": coded(code, LOINC), **value}


def test_a_panel_is_read_by_its_components() -> None:
    parts = [
        component(WEIGHT, valueQuantity={"value": 70, "unit": "kg"}),
        component(URINE, **quantity(20)),
        component(STATUS, valueCodeableConcept=coded(NO, LOINC)),
    ]
    found, gaps = told(observation(WEIGHT, component=parts))
    assert not gaps
    assert [(r.match.value_set, r.reference) for r in found] == [
        ("urine", f"Observation/o-{WEIGHT}"),
        ("status", f"Observation/o-{WEIGHT}"),
    ]
    assert found[1].value == ("no",)


def test_a_result_with_components_is_read_with_them() -> None:
    found, gaps = told(
        observation(component=[component(STATUS, valueCodeableConcept=coded(YES, LOINC))], **AMOUNT)
    )
    assert [reading.match.value_set for reading in found] == ["urine", "status"]
    assert not gaps


def test_a_panel_whose_own_code_is_asked_for_may_have_no_value_of_its_own() -> None:
    parts = [component(STATUS, valueCodeableConcept=coded(YES, LOINC))]
    found, gaps = told(observation(component=parts))
    assert [reading.match.value_set for reading in found] == ["status"]
    assert not gaps


def test_a_component_without_a_code_is_a_gap() -> None:
    parts = [{"valueInteger": 1}]
    assert why(observation(component=parts, **AMOUNT)) == "a component has no code"


@pytest.mark.parametrize(
    "parts", [[{"valueInteger": 1}], [], [None], {"code": coded(URINE, LOINC)}]
)
def test_damaged_components_are_a_gap(parts: Any) -> None:
    found, gaps = told(observation(component=parts, **AMOUNT))
    assert not found
    assert len(gaps) == 1


# --- when -----------------------------------------------------------------------------------------


def day(text: str) -> Span:
    return Span(date.fromisoformat(text), date.fromisoformat(text))


@pytest.mark.parametrize(
    ("elements", "when"),
    [
        ({}, None),
        ({"effectiveDateTime": "2026-03-01"}, day("2026-03-01")),
        ({"effectiveDateTime": "2026-03"}, Span(date(2026, 3, 1), date(2026, 3, 31))),
        ({"effectiveInstant": "2026-03-01T10:00:00Z"}, day("2026-03-01")),
        ({"issued": "2026-03-01T10:00:00Z"}, day("2026-03-01")),
        ({"effectivePeriod": {"start": "2026-03-01", "end": "2026-03-04"}}, day("2026-03-04")),
        ({"effectivePeriod": {"start": "2026-03-01"}}, day("2026-03-01")),
        (
            {"effectiveDateTime": "2026-03-01", "issued": "2026-03-09T10:00:00Z"},
            day("2026-03-01"),
        ),
        (
            {"effectivePeriod": {"end": "2026-03-04"}, "issued": "2026-03-09T10:00:00Z"},
            day("2026-03-04"),
        ),
    ],
)
def test_a_result_holds_from_when_it_was_taken_or_else_issued(
    elements: dict[str, Any], when: Span | None
) -> None:
    found = the_one(**elements, **AMOUNT)
    assert found.when == when
    assert found.dated.element == next(iter(elements), "")


def test_only_a_moment_with_its_zone_can_be_compared_within_a_day() -> None:
    at_ten = the_one(effectiveDateTime="2026-03-01T10:00:00Z", **AMOUNT)
    assert at_ten.instant == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert the_one(effectiveDateTime="2026-03-01", **AMOUNT).instant is None
    period = {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00Z"}
    assert the_one(effectivePeriod=period, **AMOUNT).instant is None


def test_a_date_that_is_none_is_a_gap() -> None:
    assert "not a FHIR date" in why(observation(effectiveDateTime="last week", **AMOUNT))


# --- which result stands --------------------------------------------------------------------------


def standing(*dated: dict[str, Any]) -> list[str]:
    """Which of several results stand, by their numbers."""
    resources = [
        observation(**{"id": f"o-{number}", **AMOUNT, **elements})
        for number, elements in enumerate(dated)
    ]
    found, gaps = told(*resources)
    assert not gaps
    kept = newest(found, TODAY, gaps)
    assert not gaps
    return [reading.reference.removeprefix("Observation/o-") for reading in kept]


def on(text: str) -> dict[str, Any]:
    return {"effectiveDateTime": text}


@pytest.mark.parametrize(
    ("dated", "kept"),
    [
        ([on(days_ago(9)), on(days_ago(2))], ["1"]),
        ([on(days_ago(2)), on(days_ago(9))], ["0"]),
        ([on(days_ago(2)), on(days_ago(2))], ["0", "1"]),
        ([on(days_ago(0)), on(days_ago(2))], ["0"]),
        ([on(days_ago(2)), {}], ["0", "1"]),
        ([on(days_ago(9)), {}, on(days_ago(2))], ["1", "2"]),
        ([on(days_ago(2)), on(in_days(1))], ["0", "1"]),
        ([on(days_ago(9)), on(in_days(1)), on(days_ago(2))], ["1", "2"]),
        ([on("2026-10"), on("2026-10-20")], ["0", "1"]),
        ([on("2026-10"), on("2026-11-01")], ["1"]),
        ([on("2026-10-20"), on("2026-10")], ["0", "1"]),
        ([on("2026-11-02T08:00:00Z"), on("2026-11-02T09:00:00Z")], ["1"]),
        ([on("2026-11-02T09:00:00Z"), on("2026-11-02T09:00:00Z")], ["0", "1"]),
        ([on("2026-11-02T08:00:00Z"), on("2026-11-02")], ["0", "1"]),
        ([on("2026-11-02T01:00:00+09:00"), on("2026-11-01T20:00:00Z")], ["1"]),
        ([on("2026-11-01T20:00:00Z"), on("2026-11-02T01:00:00+09:00")], ["0"]),
        ([on("2026-11-02T08:00:00Z"), on("2026-11-03")], ["1"]),
        ([on("2026-11-02"), on("2026-11-03T08:00:00Z")], ["1"]),
    ],
)
def test_a_result_is_replaced_only_by_one_that_is_surely_later(
    dated: list[dict[str, Any]], kept: list[str]
) -> None:
    assert standing(*dated) == kept


def test_an_invalid_newest_result_is_a_gap_and_the_one_before_it_stands() -> None:
    older = observation(**{"id": "o-old", **AMOUNT, **on(days_ago(9))})
    newer = observation(
        **{"id": "o-new", **AMOUNT, **on(days_ago(2))}, subject=reference("Patient/p1")
    )
    newer["note"] = [{"text": 5}]
    found, gaps = told(older, newer)
    assert not gaps
    kept = newest(found, TODAY, gaps)
    assert [reading.reference for reading in kept] == ["Observation/o-old"]
    assert [gap.what for gap in gaps] == ["Observation/o-new"]
    assert gaps[0].hides == {Part.OBSERVATIONS}
    assert gaps[0].why.startswith("not valid FHIR R4 at note")


def test_results_without_ids_are_judged_each_by_itself() -> None:
    wrong = observation(**{"id": ..., **AMOUNT, **on(days_ago(2))}, note=[{"text": 5}])
    right = observation(**{"id": ..., **AMOUNT, **on(days_ago(2))})
    for order in ([wrong, right], [right, wrong]):
        found, gaps = told(*order)
        assert [reading.resource for reading in newest(found, TODAY, gaps)] == [right]
        assert [gap.what for gap in gaps] == ["Observation"]


def test_an_id_that_is_none_is_not_repeated() -> None:
    found, gaps = told(observation(**{"id": "Quillon Testperson", **AMOUNT}))
    assert not newest(found, TODAY, gaps)
    assert [gap.what for gap in gaps] == ["Observation"]


def test_an_invalid_result_that_a_later_one_replaced_is_no_gap() -> None:
    older = observation(**{"id": "o-old", **AMOUNT, **on(days_ago(9))}, note=[{"text": 5}])
    newer = observation(**{"id": "o-new", **AMOUNT, **on(days_ago(2))})
    found, gaps = told(older, newer)
    assert [reading.reference for reading in newest(found, TODAY, gaps)] == ["Observation/o-new"]
    assert not gaps


def test_nothing_stands_where_nothing_was_found() -> None:
    assert newest([], TODAY, []) == []
