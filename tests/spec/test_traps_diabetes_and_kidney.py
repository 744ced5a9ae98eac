"""Traps in diabetes and kidney disease: what is not it, what is no longer, what is another kind.

Each trap is known by its number. Every row is a record and all that may be found in it.
"""

import pytest

from spec.builders import (
    YOUNG_WOMAN,
    Fhir,
    condition,
    days_ago,
    found,
    handout_of,
    patient,
    reasons,
    snomed,
    text,
    weeks_ago,
    years_ago,
)
from spec.cases import table

BABY = patient(born="2026-11-01")
TYPE_1 = {"diabetes.type_1": "present"}
TYPE_2 = {"diabetes.type_2": "present"}
SOME_KIND = {"diabetes.unspecified": "present"}
GESTATIONAL = condition("O24.419", recorded=weeks_ago(30))


@table(
    "code, expected",
    [
        ("diabetes insipidus", "15771004", {}),
        ("impaired glucose tolerance", "9414007", {}),
        ("prediabetes, as it was called", "15777000", {}),
        ("diabetes mellitus", "73211009", SOME_KIND),
        ("type 1", "46635009", TYPE_1),
        ("type 2", "44054006", TYPE_2),
    ],
)
def test_t05_what_published_lists_take_for_diabetes_is_not_all_diabetes(
    code: str, expected: Fhir
) -> None:
    assert found(handout_of(condition(snomed(code)))) == expected


@table(
    "code, expected",
    [
        ("type 2", "E11.9", TYPE_2),
        ("type 2 with high sugar", "E11.65", TYPE_2),
        ("type 2 in remission", "E11.A", {"diabetes.remission": "present"}),
        ("type 1", "E10.9", TYPE_1),
        ("before type 1 shows", "E10.A0", {}),
        ("before type 1 shows, stage 2", "E10.A2", {}),
    ],
)
def test_t06_not_every_code_under_a_type_is_diabetes_now(code: str, expected: Fhir) -> None:
    """A code is looked up whole: `E11.A` begins as type 2 does and means its remission."""
    handout = handout_of(condition(code))

    assert found(handout) == expected
    assert ("why-diabetes" in reasons(handout)) == (expected in (TYPE_1, TYPE_2))


@table(
    "what",
    [
        ("fasting sugar raised", "R73.01"),
        ("tolerance impaired", "R73.02"),
        ("prediabetes", "R73.03"),
        ("prediabetes in SNOMED CT", snomed("714628002", "Prediabetes")),
        ("in words", text("Prediabetes (impaired fasting glucose)")),
    ],
)
def test_t07_prediabetes_is_not_diabetes(what: str | Fhir) -> None:
    assert found(handout_of(condition(what, recorded=days_ago(9)))) == {}
    assert found(handout_of(condition(what), condition("E11.9"))) == TYPE_2


WOLFRAM = "Diabetes mellitus AND insipidus with optic atrophy AND deafness"


@table(
    "what, expected",
    [
        ("both kinds, coded", snomed("70694009", WOLFRAM), SOME_KIND),
        ("both kinds, in words", text(WOLFRAM), {"diabetes.unspecified": "possible"}),
        ("insipidus, coded", snomed("15771004", "Diabetes insipidus"), {}),
        ("insipidus, in ICD", "E23.2", {}),
    ],
)
def test_t08_insipidus_takes_nothing_from_mellitus(what: str | Fhir, expected: Fhir) -> None:
    assert found(handout_of(condition(what))) == expected


@table(
    "record, expected",
    [
        (
            "while pregnant",
            [condition("O24.419", recorded=weeks_ago(10))],
            {"diabetes.gestational": "present", "pregnancy": "present"},
        ),
        (
            "12 weeks after the birth",
            [GESTATIONAL, condition("Z37.0", recorded=days_ago(83))],
            {"diabetes.gestational": "present", "postpartum": "present"},
        ),
        (
            "later than that, and still active",
            [GESTATIONAL, condition("Z37.0", recorded=days_ago(85))],
            {"postpartum": "present"},
        ),
        ("years ago, and still active", [condition("O24.419", recorded=years_ago(4))], {}),
        (
            "in the weeks after the birth",
            [condition("O24.430", recorded=weeks_ago(3))],
            {"diabetes.gestational": "present", "postpartum": "present"},
        ),
        ("a history of it", [condition("Z86.32", recorded=weeks_ago(3))], {}),
        ("insulin for years", [condition("Z79.4", recorded=weeks_ago(3))], {}),
    ],
)
def test_t09_gestational_diabetes_ends_12_weeks_after_the_birth(
    record: list[Fhir], expected: Fhir
) -> None:
    for order in (record, record[::-1]):
        assert found(handout_of(YOUNG_WOMAN, *order)) == expected


@pytest.mark.parametrize("code", ["P70.0", "P70.1"])
@pytest.mark.parametrize("whose", [BABY, YOUNG_WOMAN], ids=["the baby's", "filed with the mother"])
def test_t09_a_babys_code_tells_of_its_mothers_diabetes_and_not_of_its_own(
    code: str, whose: Fhir
) -> None:
    assert found(handout_of(whose, condition(code, recorded=days_ago(9)))) == {}


@table(
    "what",
    [
        ("coded", "N25.1"),
        ("in SNOMED CT", snomed("111395007", "Nephrogenic diabetes insipidus")),
        ("in words", text("Nephrogenic diabetes insipidus")),
    ],
)
def test_t10_insipidus_of_the_kidney_is_neither_of_the_two(what: str | Fhir) -> None:
    assert found(handout_of(condition(what))) == {}


def test_t10_its_neighbours_are_found() -> None:
    """So that nothing above is missed for want of kidney disease or diabetes in the pack."""
    assert found(handout_of(condition("N18.9"), condition("E11.9"))) == {
        "chronic_kidney_disease.unspecified": "present",
        **TYPE_2,
    }


@table(
    "what",
    [
        ("a stone", "N20.0"),
        ("a stone in SNOMED CT", snomed("95570007", "Kidney stone")),
        ("one kidney", "Z90.5"),
        ("a kidney given away", "Z52.4"),
        ("stones in the past", "Z87.442"),
        ("a stone in words", text("Kidney stone")),
        ("a test in words", text("Kidney function test")),
        ("a donor in words", text("Kidney donor")),
        ("a relative's failure in words", text("Father had kidney failure")),
    ],
)
def test_t11_the_word_kidney_is_not_kidney_failure(what: str | Fhir) -> None:
    assert found(handout_of(condition(what, recorded=days_ago(9)))) == {}


@table(
    "what, expected",
    [
        ("failure, coded", "N19", "present"),
        ("failure, in words", text("Kidney failure"), "possible"),
    ],
)
def test_t11_kidney_failure_is(what: str | Fhir, expected: str) -> None:
    assert found(handout_of(condition(what))) == {"kidney_failure.unspecified": expected}


@table(
    "elements, expected",
    [
        ("of last week", {"onset": days_ago(7)}, "present"),
        ("of 90 days ago", {"onset": days_ago(90)}, "present"),
        ("of 91 days ago", {"onset": days_ago(91)}, None),
        ("recorded 90 days ago", {"recorded": days_ago(90)}, "present"),
        ("of 4 years ago", {"onset": years_ago(4)}, None),
        ("of no date", {}, "possible"),
    ],
)
def test_t12_an_acute_injury_that_is_still_active_years_later_is_history(
    elements: Fhir, expected: str | None
) -> None:
    wanted = {"kidney_failure.acute": expected} if expected else {}

    assert found(handout_of(condition("N17.9", **elements))) == wanted


TRANSPLANT = {"kidney_transplant": "present"}
OF_2015, OF_2020, OF_2024 = "2015-03-02", "2020-06-27", "2024-01-15"


@table(
    "record, expected",
    [
        ("a transplant", [condition("Z94.0")], TRANSPLANT),
        ("a history of one", [condition(snomed("161665007"))], TRANSPLANT),
        ("end stage with a transplant, one code", [condition(snomed("236436003"))], TRANSPLANT),
        (
            "end stage before it",
            [condition("N18.6", recorded=OF_2015), condition("Z94.0", recorded=OF_2020)],
            TRANSPLANT,
        ),
        (
            "end stage after it",
            [condition("N18.6", recorded=OF_2024), condition("Z94.0", recorded=OF_2020)],
            {"kidney_failure.end_stage": "present", **TRANSPLANT},
        ),
        (
            "it failed",
            [condition("T86.12", recorded=OF_2024)],
            {"kidney_failure.unspecified": "present", **TRANSPLANT},
        ),
        (
            "kidney disease beside it",
            [condition("N18.30", recorded=OF_2024), condition("Z94.0", recorded=OF_2020)],
            {"chronic_kidney_disease.stage_3": "present", **TRANSPLANT},
        ),
    ],
)
def test_t13_a_transplant_is_neither_kidney_failure_nor_its_absence(
    record: list[Fhir], expected: Fhir
) -> None:
    for order in (record, record[::-1]):
        assert found(handout_of(*order)) == expected


DIALYSIS = "kidney_failure.dialysis"
OLD_DIALYSIS = condition("Z99.2", recorded=years_ago(2))


@table(
    "record, expected",
    [
        ("lately", [condition("Z99.2", recorded=days_ago(20))], {DIALYSIS: "present"}),
        ("long ago and alone", [OLD_DIALYSIS], {DIALYSIS: "possible"}),
        ("at no stated time", [condition("Z99.2")], {DIALYSIS: "present"}),
        (
            "long ago, for end stage disease",
            [OLD_DIALYSIS, condition("N18.6", recorded=years_ago(2))],
            {DIALYSIS: "present", "kidney_failure.end_stage": "present"},
        ),
        (
            "long ago, for end stage disease that was refuted",
            [OLD_DIALYSIS, condition("N18.6", verification="refuted")],
            {DIALYSIS: "possible"},
        ),
        (
            "for an injury of years ago",
            [OLD_DIALYSIS, condition("N17.9", recorded=years_ago(2))],
            {DIALYSIS: "possible"},
        ),
        ("a catheter that broke", [condition("T82.41XA", recorded=days_ago(20))], {}),
    ],
)
def test_t14_dialysis_long_ago_may_have_been_for_an_injury(
    record: list[Fhir], expected: Fhir
) -> None:
    """It is never taken for absent, and told as a fact only when it is recent or chronic."""
    handout = handout_of(*record)

    assert found(handout) == expected
    assert ("why-dialysis" in reasons(handout)) == (expected.get(DIALYSIS) == "present")


@pytest.mark.parametrize("code", ["N18.3", "N18.30", "N18.31", "N18.32"])
def test_t15_stage_3_has_an_old_code_and_three_new_ones(code: str) -> None:
    assert found(handout_of(condition(code))) == {"chronic_kidney_disease.stage_3": "present"}


@table(
    "code, expected",
    [
        ("stage 4", "N18.4", "chronic_kidney_disease.stage_4"),
        ("stage 5", "N18.5", "kidney_failure.end_stage"),
    ],
)
def test_t15_no_other_stage_is_stage_3(code: str, expected: str) -> None:
    assert found(handout_of(condition(code))) == {expected: "present"}
