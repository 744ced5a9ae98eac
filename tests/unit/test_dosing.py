"""When and how a medicine is taken: its period, its supply, its doses, its form and its way."""

from datetime import date, timedelta
from typing import Any

import pytest

from fhir_handout.dates import Span
from fhir_handout.dosing import dosing
from fhir_handout.elements import Damaged
from unit.builders import coded, medication, request, statement


def taken_during(entry: dict[str, Any]) -> tuple[Span | None, Span | None]:
    found = dosing(entry, None)
    return found.start, found.end


def supplied_until(entry: dict[str, Any]) -> Span | None:
    return dosing(entry, None).supplied_until


def is_as_needed(entry: dict[str, Any]) -> bool:
    return dosing(entry, None).as_needed


def is_once(entry: dict[str, Any]) -> bool:
    return dosing(entry, None).once


def is_inpatient(entry: dict[str, Any]) -> bool:
    return dosing(entry, None).inpatient


def how_taken(entry: dict[str, Any], medication: dict[str, Any] | None) -> tuple[str, ...]:
    return dosing(entry, medication).how_taken


def day(text: str) -> Span:
    return Span(date.fromisoformat(text), date.fromisoformat(text))


def dosed(*dosages: dict[str, Any]) -> dict[str, Any]:
    return request(dosageInstruction=list(dosages))


def bounded(end: str | None) -> dict[str, Any]:
    period = {"start": "2026-01-01", **({"end": end} if end else {})}
    return {"timing": {"repeat": {"boundsPeriod": period}}}


# --- from when to when ----------------------------------------------------------------------------


def test_a_statement_is_taken_during_its_period() -> None:
    entry = statement(effectivePeriod={"start": "2026-01-01", "end": "2026-02-01"})
    assert taken_during(entry) == (day("2026-01-01"), day("2026-02-01"))
    assert taken_during(statement(effectiveDateTime="2026-01-01")) == (day("2026-01-01"), None)
    assert taken_during(statement()) == (None, None)


def test_the_start_of_a_period_comes_before_a_single_date() -> None:
    both = statement(effectivePeriod={"start": "2026-01-01"}, effectiveDateTime="2026-03-01")
    assert taken_during(both)[0] == day("2026-01-01")


@pytest.mark.parametrize(
    ("dosages", "end"),
    [
        ([bounded("2026-03-01")], day("2026-03-01")),
        ([bounded("2026-03-01"), bounded("2026-05-01"), bounded("2026-04-01")], day("2026-05-01")),
        ([bounded("2026-03-01"), bounded(None)], None),
        ([bounded("2026-03-01"), {"text": "one"}], None),
        ([{"timing": {"event": ["2026-03-01", "2026-03-05", "2026-03-02"]}}], day("2026-03-05")),
        ([{"timing": {"event": ["2026-03-01"]}}, bounded("2026-02-01")], day("2026-03-01")),
        (
            [{"timing": {"event": ["2026-03-09"], **bounded("2026-03-01")["timing"]}}],
            day("2026-03-01"),
        ),
        ([{"timing": {"code": {"text": "daily"}}}], None),
        ([], None),
    ],
)
def test_a_request_ends_with_the_last_of_its_doses_where_all_say(
    dosages: list[dict[str, Any]], end: Span | None
) -> None:
    entry = dosed(*dosages) if dosages else request()
    assert taken_during(entry)[1] == end


def test_a_request_starts_with_the_first_of_its_doses_where_all_say() -> None:
    later = {"timing": {"repeat": {"boundsPeriod": {"start": "2026-02-01"}}}}
    assert taken_during(dosed(later, bounded(None)))[0] == day("2026-01-01")
    assert taken_during(dosed(later, {"text": "one"}))[0] is None


def test_a_request_ends_with_its_dispensing_where_its_doses_do_not_say() -> None:
    validity = {"dispenseRequest": {"validityPeriod": {"start": "2026-01-01", "end": "2026-06-01"}}}
    assert taken_during(request(**validity))[1] == day("2026-06-01")
    assert taken_during({**dosed(bounded("2026-03-01")), **validity})[1] == day("2026-03-01")
    assert taken_during({**dosed(bounded(None)), **validity})[1] == day("2026-06-01")


def test_the_end_that_the_entry_gives_comes_first() -> None:
    entry = {**dosed(bounded("2026-03-01")), "effectivePeriod": {"end": "2026-02-01"}}
    assert taken_during(entry)[1] == day("2026-02-01")


def test_a_dose_at_what_is_no_date_is_damage() -> None:
    for event in ("soon", 5, None, ""):
        with pytest.raises(Damaged):
            taken_during(dosed({"timing": {"event": [event]}}))


# --- supply ---------------------------------------------------------------------------------------


def supplied(value: Any = 30, written: Any = "2026-01-01", repeats: Any = ..., **unit: Any) -> Any:
    dispense: dict[str, Any] = {"expectedSupplyDuration": {"value": value, **unit}}
    if repeats is not ...:
        dispense["numberOfRepeatsAllowed"] = repeats
    return supplied_until(request(authoredOn=written, dispenseRequest=dispense))


def after(days: int) -> Span:
    return day((date(2026, 1, 1) + timedelta(days=days)).isoformat())


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"value": 30}, 30),
        ({"value": 30, "code": "d"}, 30),
        ({"value": 30, "unit": "days"}, 30),
        ({"value": 30, "unit": "day"}, 30),
        ({"value": 30, "unit": "Days"}, 30),
        ({"value": 2, "code": "wk"}, 14),
        ({"value": 2, "unit": "weeks"}, 14),
        ({"value": 1, "unit": "week"}, 7),
        ({"value": 3, "code": "mo"}, 93),
        ({"value": 1, "code": "a"}, 366),
        ({"value": 2, "code": "wk", "unit": "days"}, 14),
        ({"value": 1.5, "code": "wk"}, 10),
        ({"repeats": 0}, 30),
        ({"repeats": 1}, 60),
        ({"repeats": 3}, 120),
        ({"repeats": -1}, 30),
    ],
)
def test_a_supply_lasts_from_the_day_it_was_written_with_all_its_repeats(
    told: dict[str, Any], days: int
) -> None:
    assert supplied(**told) == after(days)


@pytest.mark.parametrize(
    "told",
    [
        {"value": 30, "code": "min"},
        {"value": 0},
        {"value": "30"},
        {"value": True},
        {"repeats": "two"},
        {"repeats": True},
        {"written": ...},
    ],
)
def test_a_supply_that_cannot_be_counted_tells_nothing(told: dict[str, Any]) -> None:
    assert supplied(**told) is None


def test_a_request_without_a_supply_tells_nothing() -> None:
    assert supplied_until(request(authoredOn="2026-01-01")) is None
    only_repeats = {"numberOfRepeatsAllowed": 3}
    assert supplied_until(request(authoredOn="2026-01-01", dispenseRequest=only_repeats)) is None


# --- when needed, once, in hospital ---------------------------------------------------------------

WHEN_NEEDED, FOR_CRAMPS = {"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "cramps"}}
DAILY = {"asNeededBoolean": False}
ONE_DOSE = {"timing": {"repeat": {"count": 1}}}


@pytest.mark.parametrize(
    ("dosages", "expected"),
    [
        ([WHEN_NEEDED], True),
        ([FOR_CRAMPS], True),
        ([WHEN_NEEDED, FOR_CRAMPS], True),
        ([WHEN_NEEDED, DAILY], False),
        ([DAILY, WHEN_NEEDED], False),
        ([{"text": "one"}], False),
    ],
)
def test_a_medicine_is_only_for_when_needed_if_every_dose_is(
    dosages: list[dict[str, Any]], expected: bool
) -> None:
    assert is_as_needed(dosed(*dosages)) is expected
    assert is_as_needed(statement(dosage=dosages)) is expected


@pytest.mark.parametrize(
    ("dosages", "expected"),
    [
        ([ONE_DOSE], True),
        ([ONE_DOSE, ONE_DOSE], True),
        ([ONE_DOSE, {"text": "one"}], False),
        ([{"timing": {"repeat": {"count": 2}}}], False),
        ([{"timing": {"code": {"text": "daily"}}}], False),
    ],
)
def test_a_medicine_is_given_once_if_every_dose_is_single(
    dosages: list[dict[str, Any]], expected: bool
) -> None:
    assert is_once(dosed(*dosages)) is expected


def test_an_entry_without_doses_is_neither() -> None:
    assert not is_as_needed(request())
    assert not is_once(request())


@pytest.mark.parametrize("code", ["inpatient", "Inpatient", " inpatient "])
def test_what_is_given_in_hospital_says_so(code: str) -> None:
    assert is_inpatient(request(category=[coded("community"), coded(code)]))
    assert is_inpatient(statement(category=coded(code)))


@pytest.mark.parametrize("code", ["outpatient", "community", "discharge"])
def test_other_categories_are_not_hospital(code: str) -> None:
    assert not is_inpatient(request(category=[coded(code)]))
    assert not is_inpatient(statement(category=coded(code)))
    assert not is_inpatient(request())


# --- form and way ---------------------------------------------------------------------------------


def by(*routes: dict[str, Any] | None) -> dict[str, Any]:
    return dosed(*({"route": route} if route else {"text": "one"} for route in routes))


MOUTH, SKIN = {"text": "by mouth"}, coded("6064005", display="Topical route")


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        ([MOUTH], ("by mouth",)),
        ([MOUTH, MOUTH], ("by mouth",)),
        ([SKIN], ("", "Topical route")),
        ([SKIN, MOUTH], ()),
        ([MOUTH, SKIN], ()),
        ([MOUTH, None], ()),
        ([None], ()),
        ([], ()),
    ],
)
def test_the_way_counts_where_every_dose_is_taken_so(routes: Any, words: tuple[str, ...]) -> None:
    assert how_taken(by(*routes) if routes else request(), None) == words


def test_the_form_of_the_medication_comes_before_the_way() -> None:
    cream = medication("m1", form={"text": "cream", **coded("c", display="Cream")})
    assert how_taken(by(MOUTH), cream) == ("cream", "Cream")
    assert how_taken(by(MOUTH), medication("m1")) == ("by mouth",)
