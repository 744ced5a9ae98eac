"""How long a pregnancy can have lasted, by due dates and by completed weeks."""

from datetime import date, timedelta
from typing import Any

import pytest

from fhir_handout.dates import Span
from fhir_handout.model import RecognisedBy
from fhir_handout.pack_model import ContentPack, Measurement, Term
from fhir_handout.term import Stretch, holding, stretches, written
from unit.builders import verification
from unit.showing import amount, day, entry, reading, shown, sign

TERM = Term(due_dates="due", weeks="weeks", measured="age", grace=14, whole=294)
PACK = ContentPack(
    "pack", "1", "", (), {}, {}, (), {"age": Measurement("age", "measured", {"wk": 1}, (0, 45))}
)


def told(*found: Any) -> tuple[Stretch, ...]:
    return stretches(TERM, PACK, shown(*found))


def days(first: str, before: int, last: str, after: int) -> tuple[date, date]:
    return (
        date.fromisoformat(first) - timedelta(days=before),
        date.fromisoformat(last) + timedelta(days=after),
    )


def ends(stretch: Stretch) -> tuple[date, date]:
    return stretch.first, stretch.last


def test_a_due_date_allows_from_forty_weeks_before_it_to_two_weeks_after() -> None:
    due = reading("due", day("2027-02-01"), "2026-11-01")
    (found,) = told(due)
    assert ends(found) == days("2027-02-01", 280, "2027-02-01", 14)
    assert found.reading == due


def test_a_due_month_allows_all_that_any_day_of_it_would() -> None:
    (found,) = told(reading("due", Span(date(2027, 2, 1), date(2027, 2, 28))))
    assert ends(found) == days("2027-02-01", 280, "2027-02-28", 14)


def test_the_first_whole_week_counts_as_one() -> None:
    (found,) = told(reading("measured", amount(1), "2026-11-01"))
    assert ends(found) == days("2026-11-01", 14, "2026-11-01", 287)


@pytest.mark.parametrize("weeks", [10, 10.0, 10.9])
def test_measured_weeks_count_from_when_they_were_measured(weeks: float) -> None:
    (found,) = told(reading("measured", amount(weeks), "2026-11-01"))
    assert ends(found) == days("2026-11-01", 77, "2026-11-01", 224)
    assert found.reading is not None


def test_no_weeks_at_all_are_the_first_week() -> None:
    for weeks in (0, 0.5, float("-inf")):
        (found,) = told(reading("measured", amount(weeks, 5), "2026-11-01"))
        assert ends(found) == days("2026-11-01", 7, "2026-11-01", 294)


def test_measured_weeks_without_a_date_tell_nothing() -> None:
    assert told(reading("measured", amount(10))) == ()
    assert told(reading("measured", ("other",), "2026-11-01")) == ()
    assert told(reading("due", amount(10), "2026-11-01")) == ()


def test_coded_weeks_count_from_when_they_were_recorded() -> None:
    (found,) = told(sign("weeks", entry("2026-11-01"), number=20))
    assert ends(found) == days("2026-11-01", 147, "2026-11-01", 154)
    assert found.reading is None
    (of_a_month,) = told(sign("weeks", entry("2026-11"), number=20))
    assert ends(of_a_month) == days("2026-11-01", 147, "2026-11-30", 154)


def test_coded_weeks_that_cannot_be_counted_tell_nothing() -> None:
    refuted = entry("2026-11-01", verificationStatus=verification("refuted"))
    assert told(sign("weeks", entry("2026-11-01"))) == ()
    assert told(sign("weeks", entry(), number=20)) == ()
    assert told(sign("weeks", refuted, number=20)) == ()
    assert told(sign("other", entry("2026-11-01"), number=20)) == ()


def test_due_dates_come_before_measured_weeks_and_those_before_coded_ones() -> None:
    coded = [
        sign("weeks", entry("2025-01-01"), number=20),
        sign("weeks", entry("2026-11-01"), number=20),
    ]
    measured = reading("measured", amount(10), "2026-11-01")
    due = reading("due", day("2027-02-01"), "2026-11-01")
    found = told(*coded, measured, due)
    assert [stretch.reading for stretch in found] == [due, measured, None, None]
    assert found[2].last > found[3].last


# --- which one an entry belongs to ----------------------------------------------------------------

STRETCH = Stretch(date(2026, 5, 1), date(2026, 12, 1))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, True),
        (day("2026-05-01"), True),
        (day("2026-12-01"), True),
        (day("2026-08-01"), True),
        (day("2026-04-30"), False),
        (day("2026-12-02"), False),
        (Span(date(2026, 1, 1), date(2026, 5, 1)), True),
        (Span(date(2026, 12, 1), date(2026, 12, 31)), True),
        (Span(date(2026, 1, 1), date(2026, 12, 31)), True),
    ],
)
def test_a_stretch_holds_what_can_belong_to_it(when: Span | None, expected: bool) -> None:
    assert STRETCH.holds(when) is expected


def test_an_entry_belongs_to_the_first_stretch_that_holds_it() -> None:
    other = Stretch(date(2026, 1, 1), date(2026, 12, 31))
    assert holding((STRETCH, other), day("2026-08-01")) == STRETCH
    assert holding((STRETCH, other), day("2026-02-01")) == other
    assert holding((STRETCH, other), day("2025-02-01")) is None
    assert holding((), None) is None


# --- as evidence ----------------------------------------------------------------------------------


def test_a_stretch_that_a_result_tells_is_evidence() -> None:
    (found,) = told(reading("due", day("2027-02-01"), "2026-11-01"))
    evidence = found.evidence
    assert evidence is not None
    assert evidence.reference == "Observation/due-2026-11-01"
    assert evidence.recognised_by is RecognisedBy.DUE_DATE
    assert evidence.coding.code == "due"
    assert (evidence.element, evidence.value) == ("value", "2027-02-01")
    assert evidence.dated.text == "2026-11-01"


def test_a_stretch_that_a_code_tells_is_none() -> None:
    (found,) = told(sign("weeks", entry("2026-11-01"), number=20))
    assert found.evidence is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (amount(20), "20 u"),
        (day("2027-02-01"), "2027-02-01"),
        (Span(date(2027, 2, 1), date(2027, 2, 28)), "2027-02-01 to 2027-02-28"),
        (("yes",), ""),
    ],
)
def test_a_value_is_written_for_a_reader(value: Any, expected: str) -> None:
    assert written(reading("any", value)) == expected
