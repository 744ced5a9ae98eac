"""Traps in pregnancy: what is not one, what ended one, and whose it can't be.

Each trap is known by its number. Every row is a record and all that may be found in it.
"""

import pytest

from fhir_handout.model import Withheld
from spec.builders import (
    LOINC,
    SNOMED,
    YOUNG_WOMAN,
    Fhir,
    coded,
    condition,
    days_ago,
    found,
    handout_of,
    in_days,
    levels,
    observation,
    patient,
    pregnant,
    reasons,
    snomed,
    statuses,
    text,
    weeks_ago,
    years_ago,
)
from spec.cases import table

PREGNANT, AFTER = {"pregnancy": "present"}, {"postpartum": "present"}
STATUS, INTENTION, DUE_DATE = "82810-3", "86645-9", "11778-8"


@table(
    "what, expected",
    [
        ("not pregnant", snomed("60001007", "Not pregnant"), {}),
        ("not pregnant, without words", snomed("60001007"), {}),
        ("not yet confirmed", snomed("152231000119106"), {}),
        ("in words", text("Not pregnant"), {}),
        ("a test that was negative", text("Pregnancy test negative"), {}),
        ("after birth", snomed("86569001"), AFTER),
        ("a birth", "O80", AFTER),
        ("pregnant", snomed("77386006", "Pregnant"), PREGNANT),
        ("pregnant, in words", text("Pregnant"), {"pregnancy": "possible"}),
    ],
)
def test_t16_lists_of_pregnancy_codes_hold_its_negation(what: str | Fhir, expected: Fhir) -> None:
    handout = handout_of(YOUNG_WOMAN, condition(what, recorded=weeks_ago(3)))

    assert found(handout) == expected


def test_t16_pregnancy_not_yet_confirmed_is_no_fact() -> None:
    unconfirmed = snomed("152231000119106", "Pregnancy not yet confirmed")

    handout = handout_of(YOUNG_WOMAN, condition(unconfirmed, recorded=weeks_ago(3)))

    assert "present" not in statuses(handout, "pregnancy").values()


@table(
    "code, expected",
    [("an incidental pregnancy", "Z33.1", PREGNANT), ("a termination", "Z33.2", AFTER)],
)
def test_t17_a_termination_stands_beside_pregnancy_in_the_code_book(
    code: str, expected: Fhir
) -> None:
    assert found(handout_of(YOUNG_WOMAN, condition(code, recorded=weeks_ago(3)))) == expected


def test_t17_a_termination_ends_the_pregnancy_and_is_told_to_nobody() -> None:
    handout = handout_of(
        YOUNG_WOMAN, pregnant(recorded=weeks_ago(10)), condition("Z33.2", recorded=weeks_ago(2))
    )

    assert found(handout) == AFTER
    assert [f.withheld for f in handout.findings.of("postpartum")] == [Withheld.CONFIDENTIAL]
    assert reasons(handout) == set()


def due(day: str, when: str) -> Fhir:
    return observation(DUE_DATE, when, valueDateTime=day)


OVER = {"postpartum": "possible"}
"""Over without a word of how: the year after it asks for caution."""


@table(
    "record, expected",
    [
        ("42 weeks from its beginning", [pregnant(onset=weeks_ago(42))], PREGNANT),
        ("and a day", [pregnant(onset=days_ago(295))], OVER),
        ("42 weeks from its recording", [pregnant(recorded=weeks_ago(42))], PREGNANT),
        ("active for years", [pregnant(recorded=years_ago(4))], {}),
        (
            "due 2 weeks ago",
            [pregnant(recorded=weeks_ago(30)), due(days_ago(14), weeks_ago(30))],
            PREGNANT,
        ),
        (
            "due longer ago, though 42 weeks aren't over",
            [pregnant(recorded=weeks_ago(30)), due(days_ago(15), weeks_ago(30))],
            OVER,
        ),
        (
            "20 weeks, 23 weeks ago",
            [condition("Z3A.20", recorded=weeks_ago(23))],
            OVER,
        ),
        ("20 weeks, 21 weeks ago", [condition("Z3A.20", recorded=weeks_ago(21))], PREGNANT),
        (
            "ended by a birth",
            [pregnant(recorded=weeks_ago(30)), condition("Z37.0", recorded=weeks_ago(2))],
            AFTER,
        ),
        (
            "ended by an answer",
            [
                pregnant(recorded=weeks_ago(30)),
                observation(STATUS, weeks_ago(2), valueCodeableConcept=snomed("60001007")),
            ],
            OVER,
        ),
        (
            "with an answer from before it",
            [
                pregnant(recorded=weeks_ago(30)),
                observation(STATUS, weeks_ago(50), valueCodeableConcept=snomed("60001007")),
            ],
            PREGNANT,
        ),
    ],
)
def test_t18_a_pregnancy_left_active_ends_all_the_same(record: list[Fhir], expected: Fhir) -> None:
    for order in (record, record[::-1]):
        assert found(handout_of(YOUNG_WOMAN, *order)) == expected


PREGNANT_SNOMED, NOT_SNOMED = (SNOMED, "77386006"), (SNOMED, "60001007")
PREGNANT_LOINC, NOT_LOINC = (LOINC, "LA15173-0"), (LOINC, "LA26683-5")


def answer(coding: tuple[str, str], when: str, status: str = "final") -> Fhir:
    return observation(STATUS, when, status, valueCodeableConcept=coded(coding))


@table(
    "answers, expected",
    [
        ("yes, in SNOMED CT", [answer(PREGNANT_SNOMED, weeks_ago(3))], PREGNANT),
        ("yes, in LOINC", [answer(PREGNANT_LOINC, weeks_ago(3))], PREGNANT),
        ("no, in SNOMED CT", [answer(NOT_SNOMED, weeks_ago(3))], {}),
        ("no, in LOINC", [answer(NOT_LOINC, weeks_ago(3))], {}),
        (
            "no, then yes",
            [answer(NOT_LOINC, weeks_ago(9)), answer(PREGNANT_SNOMED, weeks_ago(3))],
            PREGNANT,
        ),
        (
            "yes, then no",
            [answer(PREGNANT_SNOMED, weeks_ago(9)), answer(NOT_LOINC, weeks_ago(3))],
            {},
        ),
        (
            "yes, then a preliminary no",
            [
                answer(PREGNANT_LOINC, weeks_ago(9)),
                answer(NOT_LOINC, weeks_ago(3), "preliminary"),
            ],
            PREGNANT,
        ),
        (
            "no, then a yes in error",
            [
                answer(NOT_SNOMED, weeks_ago(9)),
                answer(PREGNANT_SNOMED, weeks_ago(3), "entered-in-error"),
            ],
            {},
        ),
        ("a yes that was cancelled", [answer(PREGNANT_LOINC, weeks_ago(3), "cancelled")], {}),
        ("a yes of years ago", [answer(PREGNANT_LOINC, years_ago(3))], {}),
    ],
)
def test_t19_the_newest_final_answer_counts_in_either_vocabulary(
    answers: list[Fhir], expected: Fhir
) -> None:
    for order in (answers, answers[::-1]):
        assert found(handout_of(YOUNG_WOMAN, *order)) == expected


@table(
    "entry",
    [
        ("an intention", observation(INTENTION, weeks_ago(3), valueCodeableConcept=text("Wants"))),
        (
            "an intention, coded as pregnant would be",
            observation(INTENTION, weeks_ago(3), valueCodeableConcept=snomed("77386006")),
        ),
        ("fertility", condition("Z31.9", recorded=weeks_ago(3))),
        ("a wish", condition(text("Trying for pregnancy"), recorded=weeks_ago(3))),
        ("contraception", condition("Z30.09", recorded=weeks_ago(3))),
        ("a negative test", condition("Z32.02", recorded=weeks_ago(3))),
        ("a test without its result", condition("Z32.00", recorded=weeks_ago(3))),
    ],
)
def test_t20_a_wish_to_prevent_or_have_one_is_no_pregnancy(entry: Fhir) -> None:
    assert found(handout_of(YOUNG_WOMAN, entry)) == {}


def test_t20_a_positive_test_is_one() -> None:
    positive = condition("Z32.01", recorded=weeks_ago(3))

    assert found(handout_of(YOUNG_WOMAN, positive)) == PREGNANT


IMPLAUSIBLE = [
    ("a man", patient("1990-01-01", "male")),
    ("an infant", patient("2026-05-01")),
    ("a woman of 70", patient("1956-01-01")),
]
PLAUSIBLE = [
    ("a woman of 31", patient("1995-02-02")),
    ("somebody of 31 whose sex is not recorded", patient("1995-02-02", None)),
    ("somebody of 31 recorded as other", patient("1995-02-02", "other")),
]


@table(
    "who, implausible", [(*row, True) for row in IMPLAUSIBLE] + [(*row, False) for row in PLAUSIBLE]
)
@table(
    "entry",
    [
        ("a diagnosis", pregnant(recorded=weeks_ago(10))),
        ("an answer", answer(PREGNANT_SNOMED, weeks_ago(3))),
    ],
)
def test_t21_a_pregnancy_that_cannot_be_is_for_review_and_neither_told_nor_dropped(
    who: Fhir, implausible: bool, entry: Fhir
) -> None:
    handout = handout_of(who, entry)
    (finding,) = handout.findings.of("pregnancy")

    assert finding.status == ("possible" if implausible else "present")
    assert finding.withheld is (Withheld.IMPLAUSIBLE if implausible else None)
    assert ("why-pregnancy" in reasons(handout)) == (not implausible)
    assert levels(handout)["exercise"] == "X1"  # it votes all the same


def test_t21_a_due_date_that_cannot_be_is_not_told_either() -> None:
    handout = handout_of(patient("1990-01-01", "male"), due(in_days(60), weeks_ago(2)))

    assert [f.withheld for f in handout.findings.of("pregnancy")] == [Withheld.IMPLAUSIBLE]


@pytest.mark.parametrize("code", ["O26.91", "O10.011", "O88.212", "O22.30", "O99.341"])
def test_t22_complications_while_pregnant_are_pregnancy(code: str) -> None:
    assert (
        found(handout_of(YOUNG_WOMAN, condition(code, recorded=weeks_ago(3))))["pregnancy"]
        == "present"
    )


@pytest.mark.parametrize(
    "code", ["Z39.2", "O86.4", "O87.0", "O90.89", "O91.02", "O10.03", "O88.23", "O99.345"]
)
def test_t22_complications_after_birth_are_not(code: str) -> None:
    shown = found(handout_of(YOUNG_WOMAN, condition(code, recorded=weeks_ago(3))))

    assert "pregnancy" not in shown
    assert shown["postpartum"] == "present"


@pytest.mark.parametrize("code", ["O10", "O99.3", "O24"])
def test_t22_a_header_over_both_tells_neither(code: str) -> None:
    shown = found(handout_of(YOUNG_WOMAN, condition(code, recorded=weeks_ago(3))))

    assert {"pregnancy", "postpartum"}.isdisjoint(shown)
