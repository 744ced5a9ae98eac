"""What dates a pregnancy and what ends it: due dates, weeks, births, losses and answers.

Each row is a record of a woman of 31 and how sure her pregnancy is.
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
    quantity,
    reasons,
    said,
    status,
    statuses,
    text,
    weeks_ago,
)
from spec.cases import table

STATUS, DUE, WEEKS, DAYS = "82810-3", "11778-8", "49051-6", "49052-4"
YES = [(SNOMED, "77386006"), (LOINC, "LA15173-0")]
NO = [(SNOMED, "60001007"), (LOINC, "LA26683-5")]


def due(day: str, when: str | None = weeks_ago(20)) -> Fhir:
    return observation(DUE, when, valueDateTime=day)


def measured(value: float, unit: str, when: str, loinc: str = WEEKS) -> Fhir:
    return observation(loinc, when, valueQuantity=quantity(value, unit))


def answer(coding: tuple[str, str], when: str, **more: str) -> Fhir:
    return observation(STATUS, when, valueCodeableConcept=coded(coding), **more)


def sure(*record: Fhir) -> str | None:
    """How sure the pregnancy is, whatever the order of the record."""
    (one, other) = (handout_of(YOUNG_WOMAN, *order) for order in (record, record[::-1]))
    assert statuses(one, "pregnancy") == statuses(other, "pregnancy")
    return found(one).get("pregnancy")


@table(
    "day, alone, beside",
    [
        ("in 3 months", in_days(90), "possible", "present"),
        ("today", days_ago(0), "possible", "present"),
        ("two weeks ago", days_ago(14), "possible", "present"),
        ("longer ago", days_ago(15), None, None),
    ],
)
def test_a_due_date_lasts_two_weeks_and_does_not_alone_make_a_fact(
    day: str, alone: str | None, beside: str | None
) -> None:
    assert sure(due(day)) == alone
    assert sure(due(day), pregnant(recorded=weeks_ago(25))) == beside


def test_a_due_date_of_an_earlier_pregnancy_does_not_end_this_one() -> None:
    assert sure(due(days_ago(400), days_ago(500)), pregnant(recorded=weeks_ago(10))) == "present"


def test_the_newest_due_date_counts() -> None:
    early, late = due(days_ago(20), weeks_ago(30)), due(days_ago(10), weeks_ago(20))

    assert sure(early, late, pregnant(recorded=weeks_ago(25))) == "present"


@table(
    "weeks, recorded, expected",
    [
        ("20 weeks, 21 weeks ago", "Z3A.20", weeks_ago(21), "present"),
        ("20 weeks, 22 weeks ago", "Z3A.20", weeks_ago(22), "present"),
        ("20 weeks, longer ago", "Z3A.20", days_ago(7 * 22 + 1), None),
        ("40 weeks, 2 weeks ago", "Z3A.40", weeks_ago(2), "present"),
        ("40 weeks, longer ago", "Z3A.40", days_ago(15), None),
        ("less than 8, 41 weeks ago", "Z3A.01", weeks_ago(41), "present"),
    ],
)
def test_a_code_that_counts_weeks_dates_the_pregnancy(
    weeks: str, recorded: str, expected: str | None
) -> None:
    assert sure(condition(weeks, recorded=recorded)) == expected


@table(
    "value, unit, when, loinc, expected",
    [
        ("20 weeks, 22 weeks ago", 20, "wk", weeks_ago(22), WEEKS, "possible"),
        ("20 weeks, longer ago", 20, "wk", days_ago(7 * 22 + 1), WEEKS, None),
        ("140 days, 22 weeks ago", 140, "d", weeks_ago(22), DAYS, "possible"),
        ("140 days, longer ago", 140, "d", days_ago(7 * 23 + 1), DAYS, None),
        ("20 weeks in words", 20, "weeks", weeks_ago(22), WEEKS, "possible"),
    ],
)
def test_weeks_that_were_measured_date_it_too(
    value: float, unit: str, when: str, loinc: str, expected: str | None
) -> None:
    assert sure(measured(value, unit, when, loinc)) == expected
    beside = sure(measured(value, unit, when, loinc), pregnant(recorded=weeks_ago(24)))
    assert beside == ("present" if expected else None)


@table(
    "elements, expected",
    [
        ("begun 42 weeks ago", {"onset": weeks_ago(42)}, "present"),
        ("begun a day earlier", {"onset": days_ago(295)}, None),
        ("recorded 42 weeks ago", {"recorded": weeks_ago(42)}, "present"),
        ("recorded a day earlier", {"recorded": days_ago(295)}, None),
        ("begun this year, which may be too long ago", {"onset": "2026"}, "possible"),
        ("begun last year", {"onset": "2025"}, None),
        ("at no stated time", {}, "possible"),
    ],
)
def test_without_a_date_of_its_end_it_lasts_42_weeks(elements: Fhir, expected: str | None) -> None:
    assert sure(pregnant(**elements)) == expected


@pytest.mark.parametrize(
    "code", ["O80", "Z37.0", "Z39.2", "O86.4"], ids=["birth", "outcome", "check", "fever"]
)
@pytest.mark.parametrize("when", [weeks_ago(2), days_ago(0)], ids=["2 weeks ago", "today"])
def test_a_birth_ends_it(code: str, when: str) -> None:
    handout = handout_of(
        YOUNG_WOMAN, pregnant(recorded=weeks_ago(30)), condition(code, recorded=when)
    )

    assert found(handout) == {"postpartum": "present"}


@pytest.mark.parametrize("code", ["O03.9", "O02.1", "Z33.2", "O00.90"])
def test_a_loss_ends_it_and_is_named_to_nobody(code: str) -> None:
    record = [pregnant(recorded=weeks_ago(9)), condition(code, recorded=weeks_ago(1))]
    handout = handout_of(YOUNG_WOMAN, *record)

    assert found(handout) == {"postpartum": "present"}
    assert [f.withheld for f in handout.findings.of("postpartum")] == [Withheld.CONFIDENTIAL]
    assert reasons(handout) == set()


def test_weeks_may_be_told_in_days() -> None:
    for weeks in (1, 20, 39, 40, 41, 45):
        for ago in range(45):
            by_week = sure(measured(weeks, "wk", weeks_ago(ago)))
            assert sure(measured(7 * weeks, "d", weeks_ago(ago), DAYS)) == by_week


@table(
    "ending",
    [
        ("refuted", condition("Z37.0", verification="refuted", recorded=weeks_ago(2))),
        ("of before", condition("Z37.0", recorded=weeks_ago(60))),
        ("still to come", condition("Z37.0", onset=in_days(9), recorded=in_days(9))),
    ],
)
def test_what_did_not_surely_end_it_did_not(ending: Fhir) -> None:
    assert sure(pregnant(recorded=weeks_ago(30)), ending) == "present"


@table(
    "ending",
    [
        ("a suspicion", condition("O03.9", verification="provisional", recorded=weeks_ago(2))),
        ("one of two", condition("O02.1", verification="differential", recorded=weeks_ago(2))),
        ("in a word", condition(text("Miscarriage"), recorded=weeks_ago(2))),
        ("in words", condition(text("Missed abortion"), recorded=weeks_ago(2))),
        ("late", condition(text("Intrauterine fetal demise"), recorded=weeks_ago(2))),
        ("at birth", condition(text("Stillbirth"), recorded=weeks_ago(2))),
        ("another word", condition(text("Blighted ovum"), recorded=weeks_ago(2))),
        ("as a plan or the past", condition(text("Elective abortion"), recorded=weeks_ago(2))),
        ("not any more", condition(text("No longer pregnant"), recorded=weeks_ago(2))),
        ("not", condition(text("Not pregnant"), recorded=weeks_ago(2))),
    ],
)
def test_what_may_have_ended_it_leaves_it_possible_and_untold(ending: Fhir) -> None:
    """It votes; but "you are pregnant" and a baby's movements may be read by who lost it."""
    handout = handout_of(YOUNG_WOMAN, pregnant(recorded=weeks_ago(20)), ending)
    (pregnancy,) = handout.findings.of("pregnancy")
    assert (pregnancy.status, pregnancy.withheld) == ("possible", Withheld.CONFIDENTIAL)
    assert reasons(handout) == set()
    assert "pregnancy-warning-signs" not in {advice.statement for advice in handout.advice}


@table(
    "before",
    [
        ("of before", text("History of miscarriage")),
        ("several", text("Recurrent miscarriage")),
        ("a threat", text("Threatened miscarriage")),
    ],
)
def test_an_earlier_loss_or_a_threat_of_one_leaves_it_as_it_is(before: Fhir) -> None:
    later = condition(before, recorded=weeks_ago(2))
    assert sure(pregnant(recorded=weeks_ago(20)), later) == "present"


@pytest.mark.parametrize("yes", YES, ids=["SNOMED CT", "LOINC"])
@pytest.mark.parametrize("no", NO, ids=["SNOMED CT", "LOINC"])
def test_of_two_answers_the_newer_counts_in_either_vocabulary(
    yes: tuple[str, str], no: tuple[str, str]
) -> None:
    assert sure(answer(yes, weeks_ago(3))) == "present"
    assert sure(answer(no, weeks_ago(3))) is None
    assert sure(answer(no, weeks_ago(9)), answer(yes, weeks_ago(3))) == "present"
    assert sure(answer(yes, weeks_ago(9)), answer(no, weeks_ago(3))) is None
    assert sure(pregnant(recorded=weeks_ago(9)), answer(no, weeks_ago(3))) is None
    assert sure(pregnant(recorded=weeks_ago(3)), answer(no, weeks_ago(9))) == "present"


def test_an_answer_lasts_42_weeks() -> None:
    assert sure(answer(YES[0], weeks_ago(42))) == "present"
    assert sure(answer(YES[0], days_ago(295))) is None
    assert sure(answer(YES[0], weeks_ago(30)), due(days_ago(15))) is None


@table(
    "who",
    [
        ("a man", patient("1990-01-01", "male")),
        ("a boy", patient("2018-01-01", "male")),
        ("a girl of 9", patient("2017-01-01")),
        ("a woman of 70", patient("1956-01-01")),
    ],
)
@table(
    "entry",
    [
        ("a diagnosis", pregnant(recorded=weeks_ago(9))),
        ("an answer", answer(YES[1], weeks_ago(3))),
        ("a due date", due(in_days(90))),
        ("weeks", measured(20, "wk", weeks_ago(3))),
    ],
)
def test_one_that_cannot_be_is_possible_withheld_and_votes(who: Fhir, entry: Fhir) -> None:
    handout = handout_of(who, entry)
    (finding,) = handout.findings.of("pregnancy")

    assert (finding.status, finding.withheld) == ("possible", Withheld.IMPLAUSIBLE)
    assert (levels(handout)["muscle_relaxant"], levels(handout)["exercise"]) == ("R1", "X1")
    assert reasons(handout) == set()


@table(
    "record, expected",
    [
        ("42 weeks over", [pregnant(recorded=days_ago(295))], True),
        ("a year and 42 weeks over", [pregnant(recorded=days_ago(659))], True),
        ("longer ago", [pregnant(recorded=days_ago(660))], False),
        ("resolved", [pregnant(clinical="resolved", recorded=weeks_ago(30))], True),
        ("due 15 days ago", [pregnant(recorded=weeks_ago(30)), due(days_ago(15))], True),
        ("40 weeks, a month ago", [condition("Z3A.40", recorded=weeks_ago(4))], True),
        (
            "no longer, by an answer",
            [pregnant(recorded=weeks_ago(30)), answer(NO[0], weeks_ago(2))],
            True,
        ),
        ("not over", [pregnant(recorded=weeks_ago(30))], False),
        ("never so", [pregnant(verification="refuted", recorded=days_ago(295))], False),
        ("never heard of", [answer(NO[0], weeks_ago(2))], False),
    ],
)
def test_the_year_after_one_that_is_over_without_a_word_is_cautious(
    record: list[Fhir], expected: bool
) -> None:
    handout = handout_of(YOUNG_WOMAN, *record)

    assert found(handout).get("postpartum") == ("possible" if expected else None)
    assert "present" not in found(handout).values() or not expected
    assert levels(handout)["muscle_relaxant"] == ("R1" if found(handout) else "R0")


@table(
    "afterwards",
    [
        ("a loss", condition("O03.9", recorded=weeks_ago(3))),
        ("a birth", condition("Z39.2", recorded=weeks_ago(3))),
    ],
)
def test_a_birth_or_a_loss_ends_what_an_answer_said_before_it(afterwards: Fhir) -> None:
    handout = handout_of(YOUNG_WOMAN, answer(YES[0], weeks_ago(9)), afterwards)

    assert found(handout) == {"postpartum": "present"}
    assert reasons(handout) == set()
    assert sure(answer(YES[0], weeks_ago(2)), afterwards) == "present"  # of the next one
    assert sure(answer(YES[0], weeks_ago(9)), condition("O03.9")) == "present"  # of no known day


# --- a loss that may have come after it -----------------------------------------------------------


@table(
    "loss",
    [
        ("of no date", condition("O03.9")),
        ("of the same day", condition("O03.9", recorded=weeks_ago(3))),
        ("of the same month", condition("O03.9", recorded=weeks_ago(3)[:7])),
    ],
)
def test_a_pregnancy_that_may_have_been_lost_is_not_told_and_still_votes(loss: Fhir) -> None:
    handout = handout_of(YOUNG_WOMAN, condition("Z34.90", recorded=weeks_ago(3)), loss)
    (found,) = handout.findings.of("pregnancy")
    assert (found.status, found.withheld) == ("possible", "confidential")
    assert not {"why-pregnancy", "pregnancy-belly", "pregnancy-warning-signs"} & said(handout)
    assert "leg-swollen-emergency" in said(handout)
    assert levels(handout)["exercise"] == "X1"


def test_a_pregnancy_after_a_loss_is_told() -> None:
    earlier = condition("O03.9", recorded=weeks_ago(30))
    handout = handout_of(YOUNG_WOMAN, condition("Z34.90", recorded=weeks_ago(3)), earlier)
    assert status(handout, "pregnancy") == "present"
    assert "why-pregnancy" in said(handout)


def test_a_verification_status_in_words_makes_nothing_certain() -> None:
    refuted = {**condition("N18.6"), "verificationStatus": text("Refuted")}
    assert status(handout_of(refuted), "kidney_failure") == "possible"
