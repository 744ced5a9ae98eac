"""FHIR dates as spans of days, ages, and the order of instants."""

from datetime import date

import pytest

from fhir_handout import dates
from fhir_handout.dates import Span


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-02-28", date(2026, 2, 28), date(2026, 2, 28)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("0001", date(1, 1, 1), date(1, 12, 31)),
        ("9999-12-31", date(9999, 12, 31), date(9999, 12, 31)),
        (" 2026-11-23\n", date(2026, 11, 23), date(2026, 11, 23)),
        ("2026-11-23T00:00:00Z", date(2026, 11, 23), date(2026, 11, 23)),
        ("2026-11-23T23:59:60.123456789-11:00", date(2026, 11, 23), date(2026, 11, 23)),
        ("2026-11-23T08:30", date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_a_date_is_every_day_that_it_may_mean(text: str, first: date, last: date) -> None:
    assert dates.parse(text) == Span(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "soon",
        "26",
        "2026-2",
        "2026-02-3",
        "2026-00",
        "2026-00-15",
        "2026-05-00",
        "2026-13",
        "2026-02-29",
        "2026-02-30",
        "2026-04-31",
        "0000",
        "0000-01-01",
        "12026-01-01",
        "2026/02/03",
        "20260203",
        "2026-02-03 10:00",
        "2026-02-03T",
        "2026-02-03T24:00:00Z",
        "2026-02-03T10:60:00Z",
        "2026-02-03T10:00:61Z",
        "2026-02-03T10:00:00Zulu",
        "2026T10:00",
        "-2026",
        "٢٠٢٦",
        "2026-11-23\x00",
    ],
)
def test_what_is_no_fhir_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="FHIR date|out of range|must be in"):
        dates.parse(text)


@pytest.mark.parametrize(
    ("span", "days", "expected"),
    [
        (Span(date(2026, 1, 1), date(2026, 1, 31)), 30, Span(date(2026, 1, 31), date(2026, 3, 2))),
        (
            Span(date(2026, 1, 1), date(2026, 1, 1)),
            -1,
            Span(date(2025, 12, 31), date(2025, 12, 31)),
        ),
        (Span(date(9999, 12, 1), date(9999, 12, 31)), 300, Span(date.max, date.max)),
        (Span(date(1, 1, 1), date(1, 12, 31)), -300, Span(date.min, date(1, 3, 6))),
    ],
    ids=["later", "earlier", "not beyond the last day there is", "nor before the first"],
)
def test_a_span_can_be_moved(span: Span, days: int, expected: Span) -> None:
    assert span.shifted(days) == expected


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        ("1980-03-14", date(2026, 3, 13), (45, 45)),
        ("1980-03-14", date(2026, 3, 14), (46, 46)),
        ("2008-02-29", date(2026, 2, 28), (17, 17)),
        ("2008-02-29", date(2026, 3, 1), (18, 18)),
        ("1980", date(2026, 6, 1), (45, 46)),
        ("1980-06", date(2026, 6, 15), (45, 46)),
        ("1980-06", date(2026, 6, 30), (46, 46)),
        ("2027-01-01", date(2026, 6, 1), (-1, -1)),
    ],
)
def test_an_age_is_the_least_and_the_greatest_it_may_be(
    born: str, today: date, expected: tuple[int, int]
) -> None:
    assert dates.age_on(today, dates.parse(born)) == expected


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00.5Z"),
        ("2026-01-01T11:00:00+02:00", "2026-01-01T10:00:00Z"),
        ("2026-01-01T23:00:00-05:00", "2026-01-02T05:00:00Z"),
    ],
)
def test_instants_are_ordered_by_time_and_not_by_their_letters(earlier: str, later: str) -> None:
    first, second = dates.instant(earlier), dates.instant(later)
    assert first
    assert second
    assert first < second


@pytest.mark.parametrize("text", ["", "yesterday", "2026", "2026-01-01", "2026-01-01T10:00:00"])
def test_what_names_no_moment_is_no_instant(text: str) -> None:
    assert dates.instant(text) is None


@pytest.mark.parametrize("text", ["2026", "2026-02", "2026-02-28"])
def test_a_span_is_written_with_no_more_than_was_known(text: str) -> None:
    assert dates.parse(text).text == text
