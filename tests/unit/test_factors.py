"""What shows a risk factor, and how sure: conditions, medicines, answers, amounts, due dates."""

from typing import Any

import pytest

from fhir_handout.codes import Match
from fhir_handout.factors import Showing, showings
from fhir_handout.model import RecognisedBy
from fhir_handout.pack_model import (
    Answer,
    ContentPack,
    MeasuredUse,
    Measurement,
    RiskFactor,
    Term,
    ValueSetUse,
)
from fhir_handout.patient_record import Coding, Concept, Encounter, Part
from fhir_handout.recognise import Sign
from unit.builders import clinical, days_ago, in_days, medicine, request, verification
from unit.handouts import TODAY
from unit.showing import amount, day, entry, reading, shown, sign

BEFORE = RiskFactor("before", "Before", (Part.CONDITIONS,), (ValueSetUse("one", lasts=294),))
PACK = ContentPack(
    "pack",
    "1",
    "",
    (),
    {},
    {"before": BEFORE},
    (),
    {
        "urine": Measurement("urine", "urine-codes", {"l": 1}, (0, 100)),
        "age": Measurement("age", "measured", {"wk": 1}, (0, 45)),
    },
    medicines_fade_after=100,
    supplies_fade_after=90,
)
PRESENT, POSSIBLE = "present", "possible"


def factor(
    *uses: ValueSetUse, parts: tuple[Part, ...] = (Part.CONDITIONS,), **rules: Any
) -> RiskFactor:
    return RiskFactor("it", "It", parts, value_sets=uses, **rules)


def told(rules: RiskFactor, *found: Any) -> list[tuple[str | None, str]]:
    """The qualifier and the status of each piece of evidence."""
    return [(s.qualifier, s.status.value) for s in all_of(rules, *found)]


def all_of(rules: RiskFactor, *found: Any) -> list[Showing]:
    return list(showings(rules, PACK, shown(*found), TODAY))


# --- by value set ---------------------------------------------------------------------------------

TWO = factor(ValueSetUse("one", "first"), ValueSetUse("two", "second", lasts="always"))


def test_each_value_set_shows_its_own_qualifier() -> None:
    found = [sign("one", entry("2026-01-01")), sign("two", entry("2026-02-01"))]
    assert told(TWO, *found) == [("first", PRESENT), ("second", PRESENT)]
    assert told(TWO, sign("three", entry("2026-01-01"))) == []


def test_each_entry_is_evidence_of_its_own() -> None:
    found = [sign("one", entry("2026-01-01")), sign("one", entry("2026-02-01"))]
    references = [showing.evidence.reference for showing in all_of(TWO, *found)]
    assert references == ["Condition/c-2026-01-01", "Condition/c-2026-02-01"]


def test_what_was_recognised_by_name_is_no_more_than_possible() -> None:
    assert told(TWO, sign("one", entry("2026-01-01"), certain=False)) == [("first", POSSIBLE)]


def test_what_is_over_shows_nothing_and_what_does_not_go_away_stays_possible() -> None:
    resolved = entry("2026-01-01", clinicalStatus=clinical("resolved"))
    assert told(TWO, sign("one", resolved), sign("two", resolved)) == [("second", POSSIBLE)]


def test_an_old_one_is_backed_by_what_else_the_record_shows() -> None:
    rules = factor(ValueSetUse("one", lasts="always", fades_after=90, sure_with=("two", "three")))
    old = sign("one", entry(days_ago(91)))
    assert told(rules, old) == [(None, POSSIBLE)]
    assert told(rules, old, sign("three", entry("2020-01-01"))) == [(None, PRESENT)]
    refuted = entry("2020-01-01", verificationStatus=verification("refuted"))
    assert told(rules, old, sign("three", refuted)) == [(None, POSSIBLE)]
    assert told(rules, sign("one", entry(days_ago(90)))) == [(None, PRESENT)]


def test_what_came_later_ends_it() -> None:
    rules = factor(ValueSetUse("one", lasts=300), ended_by=("birth",))
    before, birth = sign("one", entry(days_ago(100))), sign("birth", entry(days_ago(50)))
    assert told(rules, before) == [(None, PRESENT)]
    assert told(rules, before, birth) == []
    assert told(rules, sign("one", entry(days_ago(20))), birth) == [(None, PRESENT)]


def test_what_counts_afterwards_counts_when_it_is_over() -> None:
    rules = factor(ValueSetUse("one", lasts=659, afterwards="before"))
    assert told(rules, sign("one", entry(days_ago(100)))) == []
    assert told(rules, sign("one", entry(days_ago(295)))) == [(None, POSSIBLE)]
    assert told(rules, sign("one", entry(days_ago(294)))) == []
    assert told(rules, sign("one", entry(days_ago(660)))) == []
    resolved = entry(days_ago(100), clinicalStatus=clinical("resolved"))
    assert told(rules, sign("one", resolved)) == [(None, POSSIBLE)]
    refuted = entry(days_ago(300), verificationStatus=verification("refuted"))
    assert told(rules, sign("one", refuted)) == []
    abated = {"clinicalStatus": ..., "abatementDateTime": days_ago(50)}
    assert told(rules, sign("one", entry(days_ago(100), **abated))) == [(None, POSSIBLE)]


# --- visits and medicines -------------------------------------------------------------------------


def visit_for(value_set: str) -> Sign:
    match = Match(value_set, Coding("urn:test", value_set), RecognisedBy.CODE, True)
    return Sign(match, Encounter("Encounter/e1", None, None, None, (Concept(()),)))


def test_the_reason_for_a_visit_counts_only_where_it_is_asked_for() -> None:
    asked = factor(ValueSetUse("one"), parts=(Part.CONDITIONS, Part.ENCOUNTER))
    assert told(asked, visit_for("one")) == [(None, PRESENT)]
    assert told(factor(ValueSetUse("one")), visit_for("one")) == []
    both = (visit_for("one"), sign("one", entry("2026-01-01")))
    assert told(factor(ValueSetUse("one")), *both) == [(None, PRESENT)]


def test_a_medicine_counts_by_whether_it_is_taken() -> None:
    rules = factor(ValueSetUse("one"), parts=(Part.MEDICINES,))
    taken, stopped = medicine(request()), medicine(request(status="stopped"))
    assert told(rules, sign("one", taken)) == [(None, PRESENT)]
    assert told(rules, sign("one", stopped)) == []
    old = medicine(request(authoredOn=days_ago(101)))
    recent = medicine(request(authoredOn=days_ago(100)))
    assert told(rules, sign("one", old)) == [(None, POSSIBLE)]
    assert told(rules, sign("one", recent)) == [(None, PRESENT)]


IN_HOSPITAL = {"category": [{"coding": [{"code": "inpatient"}]}]}
ONE_DOSE = {"dosageInstruction": [{"timing": {"repeat": {"count": 1}}}]}


def supply(days: int) -> dict[str, Any]:
    return {"dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}}}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (IN_HOSPITAL, POSSIBLE),
        (ONE_DOSE, POSSIBLE),
        ({**IN_HOSPITAL, **ONE_DOSE}, POSSIBLE),
        ({**IN_HOSPITAL, "authoredOn": days_ago(1)}, POSSIBLE),
        ({**ONE_DOSE, "authoredOn": days_ago(1)}, POSSIBLE),
        ({**IN_HOSPITAL, **ONE_DOSE, "authoredOn": days_ago(0)}, POSSIBLE),
        ({**IN_HOSPITAL, **ONE_DOSE, "authoredOn": days_ago(1)}, None),
        ({**supply(5), "authoredOn": days_ago(95)}, PRESENT),
        ({**supply(5), "authoredOn": days_ago(96)}, POSSIBLE),
        ({"authoredOn": days_ago(101), "effectivePeriod": {"start": days_ago(200)}}, POSSIBLE),
        ({"authoredOn": days_ago(101), "effectivePeriod": {"end": in_days(9)}}, PRESENT),
    ],
)
def test_a_dose_in_hospital_or_a_supply_used_up_is_less_sure(
    elements: dict[str, Any], expected: str | None
) -> None:
    rules = factor(ValueSetUse("one"), parts=(Part.MEDICINES,))
    found = told(rules, sign("one", medicine(request(**elements))))
    assert found == ([(None, expected)] if expected else [])


def test_what_counts_for_ever_counts_however_it_ended() -> None:
    rules = factor(ValueSetUse("one", lasts="ever"))
    resolved = clinical("resolved")
    assert told(rules, sign("one", entry("1990", clinicalStatus=resolved))) == [(None, PRESENT)]
    unsure = {"verificationStatus": verification("provisional"), "clinicalStatus": resolved}
    assert told(rules, sign("one", entry("1990", **unsure))) == [(None, POSSIBLE)]


# --- answers --------------------------------------------------------------------------------------

ASKED = factor(
    answers=(Answer("asked", "yes", "said", lasts=90), Answer("asked", "no", ends=True)),
    parts=(Part.OBSERVATIONS,),
)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (days_ago(0), [("said", PRESENT)]),
        (days_ago(90), [("said", PRESENT)]),
        (days_ago(91), []),
        (None, [("said", POSSIBLE)]),
        (in_days(1), [("said", POSSIBLE)]),
        (days_ago(100)[:7], [("said", POSSIBLE)]),
    ],
)
def test_an_answer_counts_for_so_many_days(when: str | None, expected: Any) -> None:
    assert told(ASKED, reading("asked", ("yes",), when)) == expected


def test_an_answer_is_evidence_with_its_date() -> None:
    (found,) = all_of(ASKED, reading("asked", ("yes",), days_ago(3)))
    assert found.evidence.recognised_by is RecognisedBy.ANSWER
    assert found.evidence.element == "value"
    assert found.evidence.dated.text == days_ago(3)
    assert found.evidence.coding.code == "asked"


def test_the_other_answer_shows_nothing() -> None:
    assert told(ASKED, reading("asked", ("no",), days_ago(3))) == []
    assert told(ASKED, reading("asked", (), days_ago(3))) == []
    assert told(ASKED, reading("another", ("yes",), days_ago(3))) == []


# --- amounts --------------------------------------------------------------------------------------

LITTLE = factor(
    measured=(
        MeasuredUse("urine", lasts=365, below=30, qualifier="least"),
        MeasuredUse("urine", lasts=365, at_least=30, below=60, qualifier="less"),
    ),
    parts=(Part.OBSERVATIONS,),
)
UP_TO, FROM = float("-inf"), float("inf")


def result(low: float, high: float | None = None, when: str | None = days_ago(9)) -> Any:
    return reading("urine-codes", amount(low, high), when)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (result(29.9), [("least", PRESENT)]),
        (result(30), [("less", PRESENT)]),
        (result(59.9), [("less", PRESENT)]),
        (result(60), []),
        (result(UP_TO, 20), [("least", PRESENT)]),
        (result(UP_TO, 30), [("least", POSSIBLE), ("less", POSSIBLE)]),
        (result(UP_TO, 60), [("least", POSSIBLE), ("less", POSSIBLE)]),
        (result(30, FROM), [("less", POSSIBLE)]),
        (result(60, FROM), []),
        (result(29, FROM), [("least", POSSIBLE), ("less", POSSIBLE)]),
        (result(20, when=None), [("least", POSSIBLE)]),
        (result(20, when=days_ago(365)), [("least", PRESENT)]),
        (result(20, when=days_ago(366)), []),
        (result(20, when=in_days(2)), [("least", POSSIBLE)]),
    ],
)
def test_a_result_shows_the_range_it_lies_in(found: Any, expected: Any) -> None:
    assert told(LITTLE, found) == expected


def test_results_that_disagree_are_each_no_more_than_possible() -> None:
    assert told(LITTLE, result(20), result(70)) == [("least", POSSIBLE)]
    assert told(LITTLE, result(20), result(50)) == [("least", POSSIBLE), ("less", POSSIBLE)]
    assert told(LITTLE, result(20), result(25)) == [("least", PRESENT), ("least", PRESENT)]


def test_a_result_is_evidence_with_its_value() -> None:
    (found,) = all_of(LITTLE, result(20))
    assert found.evidence.recognised_by is RecognisedBy.RESULT
    assert found.evidence.reference == f"Observation/urine-codes-{days_ago(9)}"
    assert found.evidence.value == "20 u"


def test_what_is_no_amount_shows_nothing() -> None:
    assert told(LITTLE, reading("urine-codes", ("yes",), days_ago(9))) == []


# --- what has a term ------------------------------------------------------------------------------

PREGNANCY = factor(
    ValueSetUse("pregnant", lasts=294),
    term=Term("due", "weeks", "age", grace=14, whole=294),
    answers=(Answer("asked", "yes", lasts=294), Answer("asked", "no", ends=True)),
    ended_by=("birth",),
    parts=(Part.CONDITIONS, Part.OBSERVATIONS),
)


def due(days: int, when: str | None = days_ago(30)) -> Any:
    text = in_days(days)
    return reading("due", day(text), when)


def pregnant(recorded: str | None, **elements: Any) -> Any:
    return sign("pregnant", entry(recorded, **elements))


def test_a_due_date_to_come_is_possible_by_itself_and_makes_the_entry_sure() -> None:
    assert told(PREGNANCY, due(100)) == [(None, POSSIBLE)]
    assert told(PREGNANCY, due(100), pregnant(days_ago(40))) == [(None, PRESENT), (None, POSSIBLE)]


@pytest.mark.parametrize(
    ("days", "goes_on"), [(-14, True), (-15, False), (280, True), (281, False)]
)
def test_a_due_date_counts_until_two_weeks_after_it(days: int, goes_on: bool) -> None:
    assert bool(told(PREGNANCY, due(days))) is goes_on


def test_an_entry_of_a_term_that_is_over_is_over() -> None:
    assert told(PREGNANCY, pregnant(days_ago(40))) == [(None, PRESENT)]
    assert told(PREGNANCY, due(-20), pregnant(days_ago(40))) == []
    assert told(PREGNANCY, due(-20), pregnant(days_ago(2))) == [(None, PRESENT)]


def test_a_term_lengthens_what_would_be_over_by_its_own_date() -> None:
    # Dated by the last menses, long before it was recorded, and due in a week.
    assert told(PREGNANCY, due(7), pregnant(days_ago(270)))[0] == (None, PRESENT)
    assert told(PREGNANCY, due(-10), pregnant(days_ago(290)))[0] == (None, PRESENT)


def test_an_entry_without_a_date_belongs_only_to_a_term_that_goes_on() -> None:
    assert told(PREGNANCY, due(-20), pregnant(None)) == [(None, POSSIBLE)]
    assert told(PREGNANCY, due(100), pregnant(None))[0] == (None, PRESENT)


def test_an_entry_ruled_out_shows_nothing_whatever_the_term() -> None:
    refuted = pregnant(days_ago(40), verificationStatus=verification("refuted"))
    assert told(PREGNANCY, due(100), refuted) == [(None, POSSIBLE)]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, PRESENT),
        ({"clinicalStatus": ...}, POSSIBLE),
        ({"verificationStatus": verification("provisional")}, POSSIBLE),
        ({"onsetDateTime": in_days(3)}, POSSIBLE),
        ({"abatementDateTime": days_ago(1)}, POSSIBLE),
        ({"abatementDateTime": in_days(9)}, PRESENT),
        ({"clinicalStatus": clinical("resolved")}, None),
        ({"clinicalStatus": ..., "abatementDateTime": days_ago(1)}, None),
    ],
)
def test_an_entry_of_a_term_is_as_sure_as_it_says(
    elements: dict[str, Any], expected: str | None
) -> None:
    found = told(PREGNANCY, due(100), pregnant(days_ago(40), **elements))
    assert found == ([(None, expected)] if expected else []) + [(None, POSSIBLE)]


def test_an_answer_of_a_term_that_is_over_is_over() -> None:
    yes = reading("asked", ("yes",), days_ago(40))
    assert told(PREGNANCY, yes) == [(None, PRESENT)]
    assert told(PREGNANCY, due(-20), yes) == []
    assert told(PREGNANCY, due(-20), reading("asked", ("yes",))) == [(None, POSSIBLE)]
    assert told(PREGNANCY, due(-14), yes) == [(None, PRESENT), (None, POSSIBLE)]
    assert told(PREGNANCY, due(-20), reading("asked", ("yes",), days_ago(2))) == [(None, PRESENT)]


def test_the_answer_that_ends_it_may_be_listed_first() -> None:
    first = (Answer("asked", "no", ends=True), Answer("asked", "yes", lasts=90))
    assert told(factor(answers=first), reading("asked", ("yes",), days_ago(3))) == [(None, PRESENT)]


def test_a_term_goes_on_until_its_last_day() -> None:
    assert told(PREGNANCY, due(-14), pregnant(days_ago(40)))[0] == (None, PRESENT)
    assert told(PREGNANCY, due(-14), pregnant(None))[0] == (None, PRESENT)


def test_a_birth_after_the_due_date_was_told_ends_it() -> None:
    assert told(PREGNANCY, due(10), sign("birth", entry(days_ago(2)))) == []
    assert told(PREGNANCY, due(10), sign("birth", entry(days_ago(200)))) == [(None, POSSIBLE)]
    assert told(PREGNANCY, due(10), reading("asked", ("no",), days_ago(2))) == []


def test_a_due_date_told_on_no_day_is_as_old_as_its_term() -> None:
    assert told(PREGNANCY, due(10, None), sign("birth", entry(days_ago(2)))) == []
    assert told(PREGNANCY, due(10, None), sign("birth", entry(days_ago(300)))) == [(None, POSSIBLE)]


def test_coded_weeks_date_the_entry_and_show_nothing_by_themselves() -> None:
    assert told(PREGNANCY, sign("weeks", entry(days_ago(7)), number=20)) == []
    dated = sign("weeks", entry(days_ago(200)), number=20)
    assert told(PREGNANCY, dated, pregnant(days_ago(200))) == []


def test_a_span_of_days_is_told_whole() -> None:
    (found,) = all_of(PREGNANCY, due(100))
    assert found.evidence.value == in_days(100)
