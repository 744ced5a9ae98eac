"""What a Condition says of itself: its code, its statuses, and when it began and ended."""

from datetime import date, timedelta
from typing import Any

import pytest

from fhir_handout.conditions import condition as read_condition
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged
from fhir_handout.patient_record import Condition, Dated
from unit.builders import clinical, coded, condition, verification

BORN = Span(date(1980, 3, 14), date(1980, 3, 14))
BORN_THAT_YEAR = Span(date(1980, 1, 1), date(1980, 12, 31))


def read(born: Span | None = BORN, /, **elements: Any) -> Condition:
    return read_condition("Condition/c", condition(**elements), born)


def day(text: str) -> Span:
    return Span(date.fromisoformat(text), date.fromisoformat(text))


# --- what it is -----------------------------------------------------------------------------------


def test_a_condition_is_known_by_its_reference_code_and_resource() -> None:
    found = read(category=[coded("problem-list-item"), coded(" Health-Concern ")])
    assert found.reference == "Condition/c"
    assert found.concept.codings[0].code == "N18.6"
    assert found.resource == condition(
        category=[coded("problem-list-item"), coded(" Health-Concern ")]
    )
    assert found.categories == {"problem-list-item", "health-concern"}


@pytest.mark.parametrize("code", [..., {"text": "?"}, coded(" ")])
def test_a_condition_that_could_be_anything_is_damaged(code: Any) -> None:
    with pytest.raises(Damaged, match="^it has neither a code .* nor readable text$"):
        read(code=code)


def test_its_statuses_are_codes() -> None:
    found = read(clinicalStatus=clinical("Resolved"), verificationStatus=verification("refuted"))
    assert (found.clinical_status, found.verification_status) == ("resolved", "refuted")
    bare = read(clinicalStatus=..., verificationStatus=...)
    assert (bare.clinical_status, bare.verification_status) == (None, None)


# --- when it began --------------------------------------------------------------------------------


def age(value: Any, code: Any = "a") -> dict[str, Any]:
    return {"value": value, **({} if code is ... else {"code": code})}


def days_after_birth(first: float, last: float, born: Span = BORN) -> Span:
    return Span(born.first + timedelta(days=int(first)), born.last + timedelta(days=int(last)))


@pytest.mark.parametrize(
    ("elements", "onset"),
    [
        ({}, None),
        ({"onsetDateTime": "2020-05-01"}, day("2020-05-01")),
        ({"onsetDateTime": "2020"}, Span(date(2020, 1, 1), date(2020, 12, 31))),
        ({"onsetPeriod": {"start": "2020-05-01", "end": "2020-06-01"}}, day("2020-05-01")),
        ({"onsetPeriod": {"end": "2020-06-01"}}, None),
        ({"onsetString": "long ago"}, None),
        ({"onsetAge": age(40)}, days_after_birth(40 * 365.25, 41 * 365.25)),
        ({"onsetAge": age(40, ...)}, days_after_birth(40 * 365.25, 41 * 365.25)),
        ({"onsetAge": age(6, "mo")}, days_after_birth(6 * 30.44, 7 * 30.44)),
        ({"onsetAge": age(6, "wk")}, days_after_birth(42, 49)),
        ({"onsetAge": age(6, "d")}, days_after_birth(6, 7)),
        ({"onsetAge": age(6, "h")}, None),
        (
            {"onsetRange": {"low": age(40), "high": age(45)}},
            days_after_birth(40 * 365.25, 46 * 365.25),
        ),
        ({"onsetRange": {"low": age(40)}}, days_after_birth(40 * 365.25, 41 * 365.25)),
        ({"onsetRange": {"high": age(45)}}, days_after_birth(45 * 365.25, 46 * 365.25)),
    ],
)
def test_an_onset_in_any_of_its_shapes(elements: dict[str, Any], onset: Span | None) -> None:
    assert read(**elements).onset == onset


def test_an_age_counts_from_every_day_of_birth_there_may_be() -> None:
    found = read(BORN_THAT_YEAR, onsetAge=age(40)).onset
    assert found == days_after_birth(40 * 365.25, 41 * 365.25, BORN_THAT_YEAR)


def test_an_age_tells_no_day_where_the_birth_is_not_known() -> None:
    assert read(None, onsetAge=age(40)).onset is None
    assert read(None, onsetRange={"low": age(40)}).onset is None


def test_a_range_the_wrong_way_round_is_still_a_range() -> None:
    found = read(onsetRange={"low": age(45), "high": age(40)}).onset
    assert found is not None
    assert found.first <= found.last


def test_a_date_comes_before_an_age() -> None:
    assert read(onsetDateTime="2020-05-01", onsetAge=age(40)).onset == day("2020-05-01")
    assert read(onsetPeriod={"start": "2020-05-01"}, onsetRange={"low": age(40)}).onset == day(
        "2020-05-01"
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (..., "an age is empty"),
        (None, "an age is empty"),
        ("40", "an age has no value"),
        (True, "an age has no value"),
    ],
)
def test_an_age_without_a_number_is_damage(value: Any, why: str) -> None:
    told = {"code": "a"} if value is ... else age(value)
    with pytest.raises(Damaged, match=f"^{why}$"):
        read(onsetAge=told)
    with pytest.raises(Damaged, match=f"^{why}$"):
        read(abatementRange={"low": told})


def test_ages_of_which_one_has_no_unit_of_ours_tell_no_day() -> None:
    assert read(onsetRange={"low": age(40), "high": age(4, "h")}).onset is None
    assert read(onsetRange={"low": age(4, "h"), "high": age(40)}).onset is None


@pytest.mark.parametrize("words", [None, "", 5, {}])
def test_words_that_are_none_are_damage(words: Any) -> None:
    for name in ("onsetString", "abatementString"):
        with pytest.raises(Damaged, match=name):
            read(**{name: words})


# --- when it ended --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "abatement"),
    [
        ({"abatementDateTime": "2020-05-01"}, day("2020-05-01")),
        ({"abatementPeriod": {"start": "2020-05-01", "end": "2020-06-01"}}, day("2020-06-01")),
        ({"abatementPeriod": {"start": "2020-05-01"}}, day("2020-05-01")),
        ({"abatementAge": age(40)}, days_after_birth(40 * 365.25, 41 * 365.25)),
        ({"abatementString": "long ago"}, None),
        ({"abatementRange": {"low": age(40)}}, days_after_birth(40 * 365.25, 41 * 365.25)),
    ],
)
def test_an_abatement_in_any_of_its_shapes(
    elements: dict[str, Any], abatement: Span | None
) -> None:
    found = read(**elements)
    assert found.abated
    assert found.abatement == abatement


def test_a_condition_that_says_nothing_of_its_end_has_none() -> None:
    found = read(onsetDateTime="2020-05-01")
    assert not found.abated
    assert found.abatement is None


# --- as it is written -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "dated"),
    [
        ({}, Dated()),
        ({"recordedDate": "2021"}, Dated("recordedDate", "2021")),
        ({"onsetDateTime": "2020-05", "recordedDate": "2021"}, Dated("onsetDateTime", "2020-05")),
        ({"onsetPeriod": {"start": "2020"}, "recordedDate": "2021"}, Dated("onsetPeriod", "2020")),
    ],
)
def test_its_date_is_kept_as_it_is_written(elements: dict[str, Any], dated: Dated) -> None:
    found = read(**elements)
    assert found.dated == dated
    assert (found.recorded is not None) is ("recordedDate" in elements)
