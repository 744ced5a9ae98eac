"""What later in the record shows that something is over.

In: the signs and readings of a record, and what a risk factor's rules say ends it. Out: whether an
entry has ended. Only what surely ended it counts, and only what is not still to come; what may
have ended it, in words or not confirmed, is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fhir_handout.current import first_date, is_unsure, latest_date
from fhir_handout.dates import Span
from fhir_handout.pack_model import RiskFactor, ValueSetUse
from fhir_handout.shown import Shown


@dataclass(frozen=True, slots=True)
class Ending:
    """When the latest event was that ends what began before it; None where there is none.

    `events` are those that may have ended something: the dates they have, None for one of no date.
    """

    latest: date | None
    together: Span | None
    is_together: bool
    events: tuple[Span | None, ...] = ()

    def ends(self, when: Span | None) -> bool:
        """Whether what is of this date has ended; what has no date has not."""
        known = self.together if self.is_together else when
        return bool(self.latest and known and known.last < self.latest)

    def may_have_ended(self, when: Span | None) -> bool:
        """Whether it can't be told that what is of this date came after every such event."""
        return any(
            event is None or when is None or event.last >= when.first for event in self.events
        )


NEVER = Ending(None, None, False)


def ending(use: ValueSetUse, factor: RiskFactor, shown: Shown, today: date) -> Ending:
    """What ends the entries that this use of a value set finds.

    What lasts a number of days ends on its own. What lasts longer ends only together with all else
    that shows the factor, and not by an old event that was recorded again.
    """
    ended_by = use.ended_by or factor.ended_by
    if not ended_by and not any(answer.ends for answer in factor.answers):
        return NEVER
    if any(shown.standing(name) for name in factor.not_ended_with):
        return NEVER
    is_together = isinstance(use.lasts, str)
    when = first_date if is_together else latest_date
    sure = [
        when(entry)
        for name in ended_by
        for entry in shown.standing(name, surely=True)  # words may tell of a plan or the past
        if not is_unsure(entry)
    ]
    latest = _latest([*sure, *_answered(factor, shown)], use.ended_after, today)
    if not is_together:
        maybe = [when(entry) for name in ended_by for entry in shown.standing(name)]
        told = [e for e in maybe if e is None or e.first <= today] if not use.ended_after else ()
        return Ending(latest, None, False, tuple(told))
    lasting = [other.value_set for other in factor.value_sets if isinstance(other.lasts, str)]
    known = [latest_date(entry) for name in lasting for entry in shown.standing(name)]
    undated = None in known
    return Ending(latest, None if undated else _widest(known), True)


def _answered(factor: RiskFactor, shown: Shown) -> Iterable[Span | None]:
    """When an answer said that it is not so."""
    for answer in factor.answers:
        if answer.ends:
            yield from (reading.when for reading in shown.answering(answer))


def _latest(events: Iterable[Span | None], after: int, today: date) -> date | None:
    over = (event.first for event in events if event and event.shifted(after).last <= today)
    return max(over, default=None)


def _widest(known: Iterable[Span | None]) -> Span | None:
    spans = [span for span in known if span]
    return Span(min(s.first for s in spans), max(s.last for s in spans)) if spans else None
