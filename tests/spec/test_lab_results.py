"""Laboratory results: what of them counts, from which amount on, and what they never say.

Thresholds, units, comparators, age and disagreement, and what can't be read. A result makes the
sheet more careful and names no disease.
"""

from time import monotonic

import pytest

from spec import decision_table
from spec.builders import (
    EGFR,
    LOINC,
    POTASSIUM,
    SODIUM,
    UNIT_OF,
    Fhir,
    coded,
    days_ago,
    found,
    handout_of,
    in_days,
    lab,
    levels,
    observation,
    quantity,
    reasons,
    said,
    text,
)
from spec.cases import table

BELOW_30, TO_59 = "low_egfr.below_30", "low_egfr.30_to_59"
POTASSIUM_5, POTASSIUM_6 = "high_potassium_result.5_5_to_5_9", "high_potassium_result.6_0_or_more"
SODIUM_130, SODIUM_125 = "low_sodium_result.130_to_134", "low_sodium_result.125_to_129"
SODIUM_LOW = "low_sodium_result.below_125"
ASKS_FOR = {
    None: "",
    BELOW_30: "F2 S2 R1 X1",  # as stages 4 and 5
    TO_59: "F1 S2 R1",  # as stages 1 to 3
    POTASSIUM_5: "S2",
    POTASSIUM_6: "S2",
    SODIUM_130: "F1",
    SODIUM_125: "F2",
    SODIUM_LOW: "F2",
}
THRESHOLDS = [
    (EGFR, 29, BELOW_30),
    (EGFR, 29.99, BELOW_30),
    (EGFR, 30, TO_59),
    (EGFR, 59.99, TO_59),
    (EGFR, 60, None),
    (POTASSIUM, 5.49, None),
    (POTASSIUM, 5.5, POTASSIUM_5),
    (POTASSIUM, 5.99, POTASSIUM_5),
    (POTASSIUM, 6, POTASSIUM_6),
    (SODIUM, 135, None),
    (SODIUM, 134.9, SODIUM_130),
    (SODIUM, 130, SODIUM_130),
    (SODIUM, 129.9, SODIUM_125),
    (SODIUM, 125, SODIUM_125),
    (SODIUM, 124.9, SODIUM_LOW),
]


@pytest.mark.parametrize(("loinc", "value", "expected"), THRESHOLDS)
def test_each_threshold_on_both_sides(loinc: str, value: float, expected: str | None) -> None:
    handout = handout_of(lab(loinc, value))

    assert found(handout) == ({expected: "present"} if expected else {})
    assert levels(handout) == decision_table.levels(ASKS_FOR[expected])


@pytest.mark.parametrize(("loinc", "value"), [(EGFR, 8), (EGFR, 45), (POTASSIUM, 7), (SODIUM, 119)])
def test_a_result_alone_never_names_a_disease(loinc: str, value: float) -> None:
    """It moves topics, and with them what the base sheet says of them; nothing says why."""
    base, handout = handout_of(), handout_of(lab(loinc, value))
    because_of_it = {a.statement for a in handout.advice if a.section == "for-you"}

    assert reasons(handout) == set()
    assert because_of_it <= {a.statement for a in base.advice if a.section == "for-you"}
    assert not [name for name in said(handout) - said(base) if "kidney" in name or "why" in name]
    assert set(found(handout)) & {"kidney_failure", "chronic_kidney_disease"} == set()


@table(
    "loinc, value, unit, expected",
    [
        ("potassium in mEq", POTASSIUM, 5.5, "meq/L", POTASSIUM_5),
        ("potassium in mEq, below", POTASSIUM, 5.4, "mEq/L", None),
        ("potassium in mg", POTASSIUM, 21.6, "mg/dL", POTASSIUM_5),
        ("potassium in mg, below", POTASSIUM, 21.4, "mg/dL", None),
        ("sodium in mEq", SODIUM, 129, "mEq/L", SODIUM_125),
        ("sodium in mg", SODIUM, 297, "mg/dL", SODIUM_125),
        ("sodium in mg, above", SODIUM, 312, "mg/dL", None),
        ("filtration, written out", EGFR, 29, "mL/min/1.73m2", BELOW_30),
        ("filtration, with spaces", EGFR, 29, "mL / min / 1.73 m2", BELOW_30),
        ("filtration by the second", EGFR, 0.4, "mL/s/{1.73_m2}", BELOW_30),
    ],
)
def test_units_are_converted(loinc: str, value: float, unit: str, expected: str | None) -> None:
    found_there = found(handout_of(lab(loinc, value, unit=unit)))

    assert found_there == ({expected: "present"} if expected else {})


@table(
    "loinc, value, comparator, expected",
    [
        ("over 60", EGFR, 60, ">", {}),
        ("60 or over", EGFR, 60, ">=", {}),
        ("over 90", EGFR, 90, ">", {}),
        ("under 30", EGFR, 30, "<", {BELOW_30: "present"}),
        ("30 or under", EGFR, 30, "<=", {BELOW_30: "possible", TO_59: "possible"}),
        ("under 60", EGFR, 60, "<", {BELOW_30: "possible", TO_59: "possible"}),
        ("over 30", EGFR, 30, ">", {TO_59: "possible"}),
        ("under 15", EGFR, 15, "<", {BELOW_30: "present"}),
        ("potassium over 6", POTASSIUM, 6, ">", {POTASSIUM_6: "present"}),
        ("potassium over 8", POTASSIUM, 8, ">", {POTASSIUM_6: "present"}),
        ("potassium under 3", POTASSIUM, 3, "<", {}),
        ("sodium under 120", SODIUM, 120, "<", {SODIUM_LOW: "present"}),
    ],
)
def test_a_comparator_is_a_range(loinc: str, value: float, comparator: str, expected: Fhir) -> None:
    """In valueQuantity and in a valueString alike."""
    words = f"{comparator}{value} {UNIT_OF[loinc]}"

    assert found(handout_of(lab(loinc, value, comparator=comparator))) == expected
    assert found(handout_of(observation(loinc, days_ago(30), valueString=words))) == expected
    assert found(handout_of(observation(loinc, days_ago(30), valueString=f" {words} "))) == expected


@table(
    "record, expected",
    [
        ("the newer is well", [lab(EGFR, 25, days_ago(90)), lab(EGFR, 70, days_ago(9))], {}),
        (
            "the newer is not",
            [lab(EGFR, 70, days_ago(90)), lab(EGFR, 25, days_ago(9))],
            {BELOW_30: "present"},
        ),
        (
            "the newer is preliminary",
            [lab(EGFR, 25, days_ago(90)), lab(EGFR, 70, days_ago(9), status="preliminary")],
            {BELOW_30: "present"},
        ),
        (
            "the newer was entered in error",
            [lab(EGFR, 25, days_ago(90)), lab(EGFR, 70, days_ago(9), status="entered-in-error")],
            {BELOW_30: "present"},
        ),
        (
            "the newer was corrected",
            [lab(EGFR, 25, days_ago(90)), lab(EGFR, 70, days_ago(9), status="corrected")],
            {},
        ),
        (
            "the newer by the hour",
            [
                lab(EGFR, 25, f"{days_ago(9)}T08:00:00Z"),
                lab(EGFR, 70, f"{days_ago(9)}T09:00:00Z"),
            ],
            {},
        ),
        (
            "the newer by the hour, in a place where it was still the day before",
            [
                lab(EGFR, 70, "2026-11-02T01:00:00+09:00"),
                lab(EGFR, 25, "2026-11-01T23:00:00-05:00"),
            ],
            {BELOW_30: "present"},
        ),
        (
            "the newest has no hour",
            [
                lab(EGFR, 70, "2026-11-02T01:00:00+09:00"),
                lab(EGFR, 45, "2026-11-01T23:00:00-05:00"),
                lab(EGFR, 25, "2026-11-03"),
            ],
            {BELOW_30: "present"},
        ),
        (
            "two of one moment disagree",
            [lab(EGFR, 25, f"{days_ago(9)}T08:00:00Z"), lab(EGFR, 70, f"{days_ago(9)}T08:00:00Z")],
            {BELOW_30: "possible"},
        ),
        (
            "two of one day disagree",
            [lab(EGFR, 25, days_ago(9)), lab(EGFR, 70, days_ago(9))],
            {BELOW_30: "possible"},
        ),
        (
            "by two formulas, the newer counts",
            [
                lab(EGFR, 25, days_ago(90)),
                observation("33914-3", days_ago(9), valueQuantity=quantity(70, "mL/min/1.73m2")),
            ],
            {},
        ),
        (
            "a newer result of something else",
            [lab(EGFR, 25, days_ago(90)), lab(SODIUM, 140, days_ago(9))],
            {BELOW_30: "present"},
        ),
        ("only a preliminary one", [lab(EGFR, 25, status="preliminary")], {}),
        ("only one in error", [lab(EGFR, 25, status="entered-in-error")], {}),
        ("cancelled", [lab(EGFR, 25, status="cancelled")], {}),
    ],
)
def test_the_newest_final_result_counts(record: list[Fhir], expected: Fhir) -> None:
    for order in (record, record[::-1]):
        handout = handout_of(*order)
        assert found(handout) == expected
        assert handout.findings.gaps == ()


@table(
    "when, expected",
    [
        ("365 days ago", days_ago(365), {BELOW_30: "present"}),
        ("366 days ago", days_ago(366), {}),
        ("365 days ago, at an hour", f"{days_ago(365)}T01:00:00Z", {BELOW_30: "present"}),
        ("some day in the month 12 months ago", "2025-11", {BELOW_30: "possible"}),
        ("some day last year", "2025", {BELOW_30: "possible"}),
        ("a year before that", "2024", {}),
        ("at no stated time", None, {BELOW_30: "possible"}),
        ("tomorrow", in_days(1), {BELOW_30: "possible"}),
    ],
)
def test_a_result_counts_for_12_months_to_the_day(when: str | None, expected: Fhir) -> None:
    assert found(handout_of(lab(EGFR, 25, when))) == expected


def test_a_result_without_a_date_replaces_none_and_is_replaced_by_none() -> None:
    for order in ([lab(EGFR, 25, None), lab(EGFR, 70)], [lab(EGFR, 70), lab(EGFR, 25, None)]):
        assert found(handout_of(*order)) == {BELOW_30: "possible"}


def test_when_it_was_issued_stands_for_when_it_was_taken() -> None:
    issued = observation(
        EGFR, issued=f"{days_ago(366)}T00:00:00Z", valueQuantity=quantity(25, UNIT_OF[EGFR])
    )

    assert found(handout_of(issued)) == {}


def component(loinc: str, **value: object) -> Fhir:
    return {"code": coded((LOINC, loinc)), **value}


def test_the_results_of_a_panel_are_read_from_its_components() -> None:
    panel = observation(
        "24323-8",
        days_ago(9),
        component=[
            component(SODIUM, valueQuantity=quantity(128, "mmol/L")),
            component(POTASSIUM, valueQuantity=quantity(5.6, "mmol/L")),
            component("2160-0", valueQuantity=quantity(1, "mg/dL")),
        ],
    )

    assert found(handout_of(panel)) == {SODIUM_125: "present", POTASSIUM_5: "present"}


@table(
    "entry",
    [
        ("no unit", lab(POTASSIUM, 4, unit="")),
        ("a unit not known", lab(POTASSIUM, 4, unit="g/L")),
        ("a value that can't be", lab(POTASSIUM, 40)),
        ("a filtration that can't be", lab(EGFR, 900)),
        ("a comparator that is none", lab(POTASSIUM, 4, comparator="~")),
        (
            "a code with a stray space",
            {**lab(POTASSIUM, 5.7), "code": coded((f" {LOINC}", f"{POTASSIUM} "))},
        ),
        ("words", observation(POTASSIUM, days_ago(9), valueString="haemolysed")),
        ("a code where an amount belongs", observation(EGFR, valueCodeableConcept=text("low"))),
        ("neither a value nor why", observation(EGFR, days_ago(9))),
        ("no status", {**lab(EGFR, 90), "status": "done"}),
        ("a date that is none", lab(EGFR, 90, "last spring")),
        (
            "an extension that changes its meaning",
            {**lab(EGFR, 90), "modifierExtension": [{"url": "x"}]},
        ),
        (
            "a component that can't be read",
            observation("24323-8", component=[component(SODIUM, valueString="see note")]),
        ),
    ],
)
def test_a_result_that_cannot_be_read_is_a_gap(entry: Fhir) -> None:
    handout = handout_of(entry)

    assert len(handout.findings.gaps) == 1
    assert set(found(handout).values()) == {"unknown"}
    assert {"low_egfr", "low_sodium_result", "high_potassium_result"} <= set(found(handout))
    assert levels(handout) == decision_table.levels(decision_table.UNREAD)
    assert reasons(handout) == set()


def test_a_reason_why_there_is_no_value_is_no_result_and_no_gap() -> None:
    absent = observation(EGFR, days_ago(9), dataAbsentReason=text("not performed"))

    assert found(handout_of(absent)) == {}
    assert handout_of(absent).findings.gaps == ()
    assert found(handout_of(absent, lab(EGFR, 25, days_ago(90)))) == {BELOW_30: "present"}


def test_a_gap_in_results_does_not_hide_the_ones_that_were_read() -> None:
    handout = handout_of(lab(EGFR, 25), lab(POTASSIUM, 4, unit="g/L"))

    assert found(handout)[BELOW_30] == "present"
    assert found(handout)["high_potassium_result"] == "unknown"
    assert levels(handout)["fluids"] == "F2"


def test_a_value_of_nothing_but_space_is_soon_read() -> None:
    gap = " " * 20_000
    began = monotonic()
    handouts = [handout_of(observation(EGFR, valueString=f"{v}{gap}x")) for v in ("", "1 x")]
    assert [len(handout.findings.gaps) for handout in handouts] == [1, 1]
    assert monotonic() - began < 2
