"""Step 2c: what shows one risk factor, each piece of evidence with how sure it is today.

In: a risk factor's rules, and what the record shows. Out: `Showing`s: by the value sets of
conditions, medicines and reasons for a visit; by answers; by measured results; by what dates it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import isinf

from fhir_handout.current import (
    after_it_was_over,
    condition_status,
    dated_status,
    latest_date,
    medicine_status,
)
from fhir_handout.dates import Span
from fhir_handout.ended import Ending, ending
from fhir_handout.model import Evidence, RecognisedBy, Status
from fhir_handout.observed import Amount, Reading
from fhir_handout.pack_model import ContentPack, MeasuredUse, RiskFactor, ValueSetUse
from fhir_handout.patient_record import Condition, Encounter, Part
from fhir_handout.recognise import Sign
from fhir_handout.shown import Shown
from fhir_handout.term import Stretch, evidence_of, holding, stretches

_DAYS = ValueSetUse("", lasts=1)
"""As what an answer or a due date is ended: on its own, as all that counts for some days."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One piece of evidence for a qualifier of a risk factor, and how sure it is.

    `may_have_ended`: the record has what ends it, and can't tell which of the two came first.
    """

    qualifier: str | None
    status: Status
    evidence: Evidence
    may_have_ended: bool = False


def showings(
    factor: RiskFactor, content: ContentPack, shown: Shown, today: date
) -> Iterator[Showing]:
    """Everything in the record that shows `factor` on the day `today`."""
    dating = _dating(factor, content, shown)
    at_visits = Part.ENCOUNTER in factor.shows_in
    for use in factor.value_sets:
        signs = shown.signs_of(use.value_set)
        if not at_visits:  # a visit may lie long back; only a complaint is asked of it
            signs = [sign for sign in signs if not isinstance(sign.entry, Encounter)]
        if signs:
            yield from _judge(use, factor, dating, content, shown, today).showings(signs)
    if factor.answers:
        yield from _answered(factor, shown, dating, today)
    for measured in factor.measured:
        yield from _measured(measured, content, shown, today)
    if dating:
        yield from _dated(factor, shown, dating, today)


def _dating(factor: RiskFactor, content: ContentPack, shown: Shown) -> tuple[Stretch, ...]:
    """What dates the factor, if it has a term."""
    return stretches(factor.term, content, shown) if factor.term else ()


def _judge(
    use: ValueSetUse,
    factor: RiskFactor,
    dating: tuple[Stretch, ...],
    content: ContentPack,
    shown: Shown,
    today: date,
) -> _Judge:
    """Who judges by this use; of what counts afterwards, with the judge of what came before."""
    before = content.risk_factors[use.afterwards] if use.afterwards else None
    earlier = [u for u in before.value_sets if u.value_set == use.value_set] if before else []
    judge_before = None
    if before and earlier:
        dating_before = _dating(before, content, shown)
        judge_before = _judge(earlier[0], before, dating_before, content, shown, today)
    return _Judge(
        use,
        ending(use, factor, shown, today),
        any(shown.standing(name) for name in use.sure_with),
        dating,
        (content.medicines_fade_after, content.supplies_fade_after),
        today,
        judge_before,
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """How sure the entries of one value set are, by the rules of its use."""

    use: ValueSetUse
    ends: Ending
    is_backed: bool
    dating: tuple[Stretch, ...]
    medicines_fade_after: tuple[int | None, int | None]
    today: date
    before: _Judge | None = None

    def showings(self, signs: list[Sign]) -> Iterator[Showing]:
        for sign in signs:
            status = self.status(sign)
            if status is not None:
                in_doubt = self._may_have_ended(sign)
                is_sure = sign.match.certain and not in_doubt
                sure = status if is_sure else Status.POSSIBLE
                yield Showing(self.use.qualifier, sure, sign.evidence, in_doubt)

    def _may_have_ended(self, sign: Sign) -> bool:
        entry = sign.entry
        return isinstance(entry, Condition) and self.ends.may_have_ended(latest_date(entry))

    def status(self, sign: Sign) -> Status | None:
        entry = sign.entry
        if isinstance(entry, Encounter):
            return Status.PRESENT
        if not isinstance(entry, Condition):
            return medicine_status(entry, self.today, *self.medicines_fade_after)
        if self.before is not None:
            is_over = self.before.status(sign) is None
            return after_it_was_over(entry, self.use, self.today) if is_over else None
        if self.ends.ends(latest_date(entry)):
            return None
        return self._of_condition(entry)

    def _of_condition(self, entry: Condition) -> Status | None:
        stretch = self._stretch(latest_date(entry))
        if stretch is None:
            return condition_status(entry, self.use, self.today, self.is_backed)
        if stretch.last < self.today:
            return None
        return dated_status(entry, self.today)

    def _stretch(self, when: Span | None) -> Stretch | None:
        """The stretch an entry belongs to; of no date, only to one that is not over."""
        open_ones = tuple(found for found in self.dating if found.last >= self.today)
        return holding(self.dating, when) if when else holding(open_ones, when)


def _answered(
    factor: RiskFactor, shown: Shown, dating: tuple[Stretch, ...], today: date
) -> Iterator[Showing]:
    """What answers say: what ended the factor later ends one as it ends a diagnosis.

    The newest that says the opposite has replaced older ones already.
    """
    ends = ending(_DAYS, factor, shown, today)
    for answer in factor.answers:
        if answer.ends:
            continue
        for reading in shown.answering(answer):
            stretch = holding(dating, reading.when) if reading.when else None
            is_past = stretch is not None and stretch.last < today
            is_over = is_past or ends.ends(reading.when)
            status = None if is_over else _within(reading.when, answer.lasts, today)
            if status is not None:
                evidence = evidence_of(reading, RecognisedBy.ANSWER)
                in_doubt = ends.may_have_ended(reading.when)
                yield Showing(answer.qualifier, status, evidence, in_doubt)


def _measured(
    use: MeasuredUse, content: ContentPack, shown: Shown, today: date
) -> Iterator[Showing]:
    readings = shown.readings_of(content.measurements[use.measurement].value_set)
    agree = all(_is_inside(use, reading) for reading in readings)
    for reading in readings:
        when = _within(reading.when, use.lasts, today)
        if when is not None and _may_be_inside(use, reading):
            status = when if agree else Status.POSSIBLE
            yield Showing(use.qualifier, status, evidence_of(reading, RecognisedBy.RESULT))


def _is_inside(use: MeasuredUse, reading: Reading) -> bool:
    """Whether all that the result can be is; without an upper bound, however much it may be."""
    value = reading.value
    if not isinstance(value, Amount) or value.low < use.at_least:
        return False
    return value.high < use.below or isinf(use.below)


def _may_be_inside(use: MeasuredUse, reading: Reading) -> bool:
    value = reading.value
    return isinstance(value, Amount) and value.low < use.below and value.high >= use.at_least


def _dated(
    factor: RiskFactor, shown: Shown, dating: tuple[Stretch, ...], today: date
) -> Iterator[Showing]:
    """A due date or a count of weeks by itself: it may have ended since without a word."""
    ends = ending(_DAYS, factor, shown, today)
    for stretch in dating:
        evidence = stretch.evidence
        begun = Span(stretch.first, stretch.first)
        when = (stretch.reading.when if stretch.reading else None) or begun
        if evidence and stretch.first <= today <= stretch.last and not ends.ends(when):
            yield Showing(None, Status.POSSIBLE, evidence, ends.may_have_ended(when))


def _within(when: Span | None, days: int, today: date) -> Status | None:
    """Whether a result still counts: of no date, of a day to come, or of the last of its days."""
    if when is None or when.first > today:
        return Status.POSSIBLE
    if when.shifted(days).last < today:
        return None
    return Status.PRESENT if when.shifted(days).first >= today else Status.POSSIBLE
