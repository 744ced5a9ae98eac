"""What later in the record ends what was before it, and what does not."""

from datetime import date
from typing import Any

import pytest

from fhir_handout.dates import Span
from fhir_handout.ended import Ending, ending
from fhir_handout.pack_model import Answer, RiskFactor, ValueSetUse
from fhir_handout.patient_record import Part
from unit.builders import days_ago, in_days, verification
from unit.handouts import TODAY
from unit.showing import day, entry, reading, shown, sign

PLAIN = ValueSetUse("it", lasts=90)
LASTING = ValueSetUse("it", lasts="always")


def factor(**rules: Any) -> RiskFactor:
    return RiskFactor("it", "It", (Part.CONDITIONS,), **{"ended_by": ("birth",), **rules})


def latest(use: ValueSetUse, *found: Any, **rules: Any) -> date | None:
    return ending(use, factor(**rules), shown(*found), TODAY).latest


def birth(recorded: str | None, **elements: Any) -> Any:
    return sign("birth", entry(recorded, **elements))


# --- which events count ---------------------------------------------------------------------------


def test_the_latest_event_ends_what_was_before_it() -> None:
    found = latest(PLAIN, birth("2026-03-01"), birth("2026-05-01"), birth("2026-04-01"))
    assert found == date(2026, 5, 1)


def test_nothing_ends_without_an_event() -> None:
    assert latest(PLAIN) is None
    assert latest(PLAIN, sign("other", entry("2026-03-01"))) is None
    assert latest(PLAIN, birth("2026-03-01"), ended_by=()) is None


@pytest.mark.parametrize(
    "elements",
    [
        {"verificationStatus": verification("refuted")},
        {"verificationStatus": verification("entered-in-error")},
        {"verificationStatus": verification("provisional")},
        {"verificationStatus": verification("unconfirmed")},
        {"modifierExtension": [{"url": "https://ehr.example.org/of-a-relative"}]},
        {"category": [{"coding": [{"code": "health-concern"}]}]},
    ],
)
def test_only_a_sure_event_ends_anything(elements: dict[str, Any]) -> None:
    assert latest(PLAIN, birth("2026-03-01", **elements)) is None


def test_an_event_without_a_date_ends_nothing() -> None:
    assert latest(PLAIN, birth(None)) is None


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [(days_ago(0), TODAY), (in_days(1), None), (days_ago(1), date.fromisoformat(days_ago(1)))],
)
def test_an_event_still_to_come_ends_nothing_yet(recorded: str, expected: date | None) -> None:
    assert latest(PLAIN, birth(recorded)) == expected


@pytest.mark.parametrize(
    ("recorded", "ends"), [(days_ago(84), True), (days_ago(83), False), (days_ago(85), True)]
)
def test_some_things_end_only_so_many_days_after_the_event(recorded: str, ends: bool) -> None:
    use = ValueSetUse("it", lasts=378, ended_by=("delivery",), ended_after=84)
    found = latest(use, sign("delivery", entry(recorded)))
    assert (found is not None) is ends


def test_an_event_of_a_month_has_surely_happened_when_the_month_is_over() -> None:
    assert latest(PLAIN, birth("2026-10")) == date(2026, 10, 1)
    assert latest(PLAIN, birth("2026-11")) is None


def test_the_events_of_a_use_stand_in_place_of_its_factors() -> None:
    use = ValueSetUse("it", lasts=90, ended_by=("delivery",))
    found = [birth("2026-05-01"), sign("delivery", entry("2026-03-01"))]
    assert latest(use, *found) == date(2026, 3, 1)


def test_nothing_ends_beside_what_keeps_it_going() -> None:
    failed = sign("failed", entry("2020-01-01"))
    assert latest(PLAIN, birth("2026-03-01"), failed, not_ended_with=("failed",)) is None
    refuted = sign("failed", entry("2020-01-01", verificationStatus=verification("refuted")))
    assert latest(PLAIN, birth("2026-03-01"), refuted, not_ended_with=("failed",))


# --- answers --------------------------------------------------------------------------------------

NOT_SO = (Answer("asked", "no", ends=True), Answer("asked", "yes", lasts=90))


def test_the_answer_that_it_is_not_so_ends_it() -> None:
    said_no = reading("asked", ("no",), "2026-05-01")
    assert latest(PLAIN, said_no, answers=NOT_SO) == date(2026, 5, 1)
    assert latest(PLAIN, said_no, birth("2026-06-01"), answers=NOT_SO) == date(2026, 6, 1)
    assert latest(PLAIN, said_no, ended_by=(), answers=NOT_SO) == date(2026, 5, 1)


def test_another_answer_ends_nothing() -> None:
    for answer in (("yes",), (), day("2026-05-01")):
        assert latest(PLAIN, reading("asked", answer, "2026-05-01"), answers=NOT_SO) is None
    assert latest(PLAIN, reading("asked", ("no",)), answers=NOT_SO) is None


# --- what lasts ends together ---------------------------------------------------------------------


def lasting(*found: Any, **rules: Any) -> Ending:
    uses = (LASTING, ValueSetUse("more", lasts="always"), ValueSetUse("brief", lasts=90))
    return ending(LASTING, factor(value_sets=uses, **rules), shown(*found), TODAY)


def test_what_lasts_ends_by_the_first_date_of_the_event_not_by_a_later_record_of_it() -> None:
    transplant = birth("2026-05-01", onsetDateTime="2020-03-01")
    assert lasting(transplant).latest == date(2020, 3, 1)
    assert latest(PLAIN, transplant) == date(2026, 5, 1)


def test_what_lasts_ends_only_with_all_that_shows_it() -> None:
    found = lasting(
        sign("it", entry("2019-01-01")), sign("more", entry("2021-06-01")), birth("2020-03-01")
    )
    assert found.together == Span(date(2019, 1, 1), date(2021, 6, 1))
    assert not found.ends(day("2019-01-01"))
    later = lasting(
        sign("it", entry("2019-01-01")), sign("more", entry("2021-06-01")), birth("2022-03-01")
    )
    assert later.ends(day("2019-01-01"))
    assert later.ends(None)


def test_one_that_has_no_date_keeps_all_of_it_going() -> None:
    found = lasting(sign("it", entry("2019-01-01")), sign("more", entry()), birth("2020-03-01"))
    assert found.together is None
    assert not found.ends(day("2019-01-01"))


def test_what_is_brief_or_ruled_out_keeps_nothing_going() -> None:
    brief = sign("brief", entry("2021-06-01"))
    refuted = sign("more", entry("2021-06-01", verificationStatus=verification("refuted")))
    found = lasting(sign("it", entry("2019-01-01")), brief, refuted, birth("2020-03-01"))
    assert found.ends(day("2019-01-01"))


# --- whether it has ended -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (day("2026-02-28"), True),
        (day("2026-03-01"), False),
        (day("2026-03-02"), False),
        (Span(date(2026, 2, 1), date(2026, 3, 1)), False),
        (None, False),
    ],
)
def test_what_is_surely_before_the_event_has_ended(when: Span | None, expected: bool) -> None:
    assert Ending(date(2026, 3, 1), None, False).ends(when) is expected


def test_nothing_has_ended_where_no_event_was() -> None:
    assert not Ending(None, None, False).ends(day("2020-01-01"))
    assert not Ending(None, day("2020-01-01"), True).ends(day("2020-01-01"))
