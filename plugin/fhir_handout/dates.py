"""FHIR dates of any precision, as the span of days they may mean.

In: the strings of FHIR `date`, `dateTime` and `instant` (year, month, day or a moment with its
zone). Out: a `Span` of calendar days. A moment counts as the day written in it: nobody's zone is
assumed; only `instant` compares moments. Source: FHIR R4, datatypes, section "Primitive Types".
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_TIME = r"T(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"
_PATTERN = re.compile(rf"(\d{{4}})(?:-(\d\d)(?:-(\d\d)(?:{_TIME})?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day that a date of limited precision, or a period, may mean."""

    first: date
    last: date

    @property
    def text(self) -> str:
        """As FHIR writes a date that may mean these days: no more of it than they share."""
        if self.first == self.last:
            return self.first.isoformat()
        is_month = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return self.first.isoformat()[: 7 if is_month else 4]

    def shifted(self, days: float) -> Span:
        """The same span, `days` later, whole ones."""
        return Span(plus(self.first, days), plus(self.last, days))


def parse(text: str) -> Span:
    """The span of a FHIR date; `ValueError` if it is none."""
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        whole_day = date.fromisoformat(text)  # most dates are
        return Span(whole_day, whole_day)
    found = _PATTERN.fullmatch(text.strip())
    if not found:
        raise ValueError("not a FHIR date")
    year, month, day = map(int, found.groups("1"))
    if not found[2]:
        return Span(date(year, 1, 1), date(year, 12, 31))
    if not found[3]:
        return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    return Span(date(year, month, day), date(year, month, day))


def instant(text: str) -> datetime | None:
    """A FHIR instant, to be compared with others; None if it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def age_on(today: date, born: Span) -> tuple[int, int]:
    """The least and the greatest age in whole years of somebody born within `born`."""
    return _years(born.last, today), _years(born.first, today)


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def plus(day: date, days: float) -> date:
    """`day` moved by `days`, whole ones, or the first or last day there is."""
    try:
        return day + timedelta(days=int(days))
    except OverflowError:
        return date.max if days > 0 else date.min


def calendar_day(value: object) -> date:
    """The day that a text such as 2026-11-23 names; `ValueError` if it names none."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return date.fromisoformat(value)
    raise ValueError("not a calendar day")


def is_calendar_day(value: object) -> bool:
    """Whether `calendar_day` can be had of it."""
    try:
        calendar_day(value)
    except ValueError:
        return False
    return True
