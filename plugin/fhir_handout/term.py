"""How long a pregnancy, or anything else that has a term, can have lasted by what dates it.

In: due dates, completed weeks by code or as an amount, and the day. Out: `Stretch`es, each the days
from the beginning to after the latest end that one of them allows, and the one an entry lies in.
Due dates come before weeks, and the newest of each before older ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import floor

from fhir_handout.current import is_ruled_out, latest_date
from fhir_handout.dates import Span, plus
from fhir_handout.model import Evidence, RecognisedBy
from fhir_handout.observed import Amount, Reading
from fhir_handout.pack_model import ContentPack, Term
from fhir_handout.shown import Shown

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the first day it can have begun to the last on which it can go on."""

    first: date
    last: date
    reading: Reading | None = None

    def holds(self, when: Span | None) -> bool:
        """Whether something of this date can belong to it; what has no date can."""
        return when is None or (self.first <= when.last and when.first <= self.last)

    @property
    def evidence(self) -> Evidence | None:
        """The result that tells it, if it was one."""
        if self.reading is None:
            return None
        return evidence_of(self.reading, RecognisedBy.DUE_DATE)


def evidence_of(reading: Reading, by: RecognisedBy) -> Evidence:
    """A result as evidence."""
    return Evidence(
        reading.reference, reading.match.coding, by, "value", reading.dated, written(reading)
    )


def written(reading: Reading) -> str:
    """A result's value for a reader."""
    if isinstance(reading.value, Amount):
        return reading.value.text
    if isinstance(reading.value, Span):
        days = dict.fromkeys((reading.value.first.isoformat(), reading.value.last.isoformat()))
        return " to ".join(days)
    return ""


def stretches(term: Term, content: ContentPack, shown: Shown) -> tuple[Stretch, ...]:
    """What the record's dates allow, the surest first."""
    due = _by_due_date(term, shown)
    return (*due, *_by_measured_weeks(term, content, shown), *_by_coded_weeks(term, shown))


def holding(found: tuple[Stretch, ...], when: Span | None) -> Stretch | None:
    """The surest stretch that something of this date can belong to."""
    return next((stretch for stretch in found if stretch.holds(when)), None)


def _by_due_date(term: Term, shown: Shown) -> Iterator[Stretch]:
    for reading in shown.readings_of(term.due_dates):
        if isinstance(reading.value, Span):
            begun = plus(reading.value.first, term.grace - term.whole)
            yield Stretch(begun, plus(reading.value.last, term.grace), reading)


def _by_measured_weeks(term: Term, content: ContentPack, shown: Shown) -> Iterator[Stretch]:
    value_set = content.measurements[term.measured].value_set
    for reading in shown.readings_of(value_set):
        if isinstance(reading.value, Amount) and reading.when:
            yield _of_weeks(term, reading.value.low, reading.when, reading)


def _by_coded_weeks(term: Term, shown: Shown) -> Iterator[Stretch]:
    """By the codes that count weeks, the latest recorded first."""
    found = [
        _of_weeks(term, sign.match.number, when)
        for sign, entry in shown.conditions_of(term.weeks)
        if sign.match.number is not None
        and not is_ruled_out(entry)
        and (when := latest_date(entry)) is not None
    ]
    yield from sorted(found, key=lambda stretch: stretch.last, reverse=True)


def _of_weeks(term: Term, weeks: float, when: Span, reading: Reading | None = None) -> Stretch:
    whole = floor(weeks) if weeks > 0 else 0
    begun = plus(when.first, -_WEEK * (whole + 1))
    return Stretch(begun, plus(when.last, term.whole - _WEEK * whole), reading)
