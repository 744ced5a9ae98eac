"""The vocabulary of a content pack: what risk factors, topics and statements are.

Everything here is frozen and comes out of a pack's tables; nothing of a patient is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Any, Literal

from fhir_handout.patient_record import Part


@dataclass(frozen=True, slots=True)
class ValueSetUse:
    """A value set that shows a risk factor; `lasts` is a number of days, or how it ends.

    `ever`: it counts however long ago and however ended. With `fades_after` days it is no more
    than possible, unless the record shows one of `sure_with` too. With `ended_by`, what shows one
    of those value sets ends it, `ended_after` days later. With `afterwards` it counts, as possible,
    once it no longer shows that other risk factor. What is in a `broad` value set can be in any
    other of the same factor.
    """

    value_set: str
    qualifier: str | None = None
    lasts: Literal["until_resolved", "always", "ever"] | int = "until_resolved"
    ended_by: tuple[str, ...] = ()
    ended_after: int = 0
    fades_after: int | None = None
    sure_with: tuple[str, ...] = ()
    afterwards: str | None = None
    broad: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An Observation whose code is in `value_set` and whose value is in `answer`.

    It counts for `lasts` days; one with `ends` shows that the factor is over.
    """

    value_set: str
    answer: str
    qualifier: str | None = None
    lasts: int = 0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """A laboratory result: its codes, what one of each unit is in the first, what can be right."""

    id: str
    value_set: str
    units: Mapping[str, float]
    plausible: tuple[float, float]


@dataclass(frozen=True, slots=True)
class MeasuredUse:
    """The results that show a risk factor: from `at_least` to under `below`, `lasts` days."""

    measurement: str
    lasts: int
    qualifier: str | None = None
    at_least: float = float("-inf")
    below: float = float("inf")


@dataclass(frozen=True, slots=True)
class Term:
    """What a factor's end can be counted from, in days: due dates, and completed weeks.

    `due_dates` are Observations whose value is the date; `weeks` are codes that count the completed
    weeks, `measured` is the Measurement of them. It is over `grace` days after the due date, and
    `whole` days after its beginning.
    """

    due_dates: str
    weeks: str
    measured: str
    grace: int
    whole: int


@dataclass(frozen=True, slots=True)
class Vote:
    """The levels a finding asks for: of these qualifiers, or of any when there are none.

    With `alongside`, only where all those risk factors are present or possible too.
    """

    qualifiers: frozenset[str]
    levels: Mapping[str, str]
    alongside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Band:
    """An age band that is a finding: from `at_least` to under `under`, in whole years."""

    qualifier: str
    at_least: int
    under: int


@dataclass(frozen=True, slots=True)
class RiskFactor:
    """What a risk factor is: where it shows, for how long, and what it votes."""

    id: str
    label: str
    shows_in: tuple[Part, ...]
    value_sets: tuple[ValueSetUse, ...] = ()
    answers: tuple[Answer, ...] = ()
    measured: tuple[MeasuredUse, ...] = ()
    term: Term | None = None
    bands: tuple[Band, ...] = ()
    ended_by: tuple[str, ...] = ()
    not_ended_with: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    when_unknown: Mapping[str, str] = field(default_factory=dict)
    confidential_under: int | None = None
    plausible_ages: tuple[int, int] | None = None
    implausible_sexes: frozenset[str] = frozenset()

    @property
    def qualifiers(self) -> tuple[str | None, ...]:
        """Every qualifier its findings can have, in the pack's order; None for none."""
        by_kind: tuple[Iterable[str | None], ...] = (
            (use.qualifier for use in self.value_sets),
            (answer.qualifier for answer in self.answers if not answer.ends),
            (use.qualifier for use in self.measured),
            (band.qualifier for band in self.bands),
        )
        return tuple(dict.fromkeys(chain.from_iterable(by_kind)))

    @property
    def coded_value_sets(self) -> tuple[str, ...]:
        """The value sets of conditions, medicines and reasons that this factor looks at."""
        ends = (name for use in self.value_sets for name in use.ended_by)
        with_it = (name for use in self.value_sets for name in use.sure_with)
        shown = (use.value_set for use in self.value_sets)
        weeks = (self.term.weeks,) if self.term else ()
        return (*shown, *ends, *with_it, *weeks, *self.ended_by, *self.not_ended_with)

    @property
    def compatible(self) -> Mapping[str, frozenset[str]]:
        """For each of its coded value sets those that one thing can be in as well."""
        narrow = {u.value_set for u in self.value_sets if u.qualifier and not u.broad}
        own = frozenset(self.coded_value_sets)
        return {name: own - narrow | {name} if name in narrow else own for name in own}

    @property
    def due_date_value_sets(self) -> tuple[str, ...]:
        """The value sets of Observations that tell a due date."""
        return (self.term.due_dates,) if self.term else ()

    @property
    def answered_value_sets(self) -> tuple[str, ...]:
        """The value sets of Observations whose coded value counts, and of those values."""
        return tuple(n for answer in self.answers for n in (answer.value_set, answer.answer))


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject findings can disagree on; `levels` run from permissive to restrictive."""

    id: str
    label: str
    levels: tuple[str, ...]
    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named condition on a patient's findings and levels; its arguments, and its parts."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Predicate, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the handout can say; its words are in the catalogue under its id.

    `gives_way_to` are statements, one of which says it instead where it is not said any more.
    `sign` is the pictogram that stands by its first sentence, empty for none.
    """

    id: str
    kind: str
    section: str
    when: Predicate
    topic: str | None
    tags: tuple[Mapping[str, str], ...]
    citations: tuple[str, ...]
    rows: tuple[str, ...]
    gives_way_to: tuple[str, ...] = ()
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """What the clinician is to know and the patient's sheet does not say; `text` is for them."""

    id: str
    text: str
    when: Predicate
    urgent: bool
    citations: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """What a clinician is offered in the EHR, and the risk factors that are a reason for it.

    `summaries` are by reason: `complaint`, `new_medicine`; the reasons not to follow a card are by
    id. No patient reads any of it.
    """

    title: str
    description: str
    source: str
    source_url: str
    topic: tuple[str, str]
    complaints: tuple[str, ...]
    new_medicines: tuple[str, ...]
    summaries: Mapping[str, str]
    override_reasons: Mapping[str, str]
    alert_override_reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Address:
    """Whom the sheet speaks to, when it is not the patient; its words have the context `id`."""

    id: str
    when: Predicate


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a fact comes from, and how far it was seen: in the source, a mirror, or not."""

    id: str
    title: str
    url: str
    seen: str


class ReviewStatus(StrEnum):
    """How far the words of a statement have been reviewed in one language."""

    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Review:
    """Who reviewed the words of a statement, in what role, and when."""

    status: ReviewStatus
    by: str
    role: str
    on: date


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing on the page, by its name, and the section that it stands in.

    `caption`, `description` and `labels` are messages: what stands over it, what it shows for
    whoever can't see it, and the words in it. With `shown_with` it is there only beside that
    statement, so that no drawing shows what the words advise against.
    """

    name: str
    section: str
    caption: str
    description: str
    shown_with: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Value sets of Observation codes, by what their value has to be: an amount, a date, a code.

    `shown_by` has for amounts the ranges, from the first to under the second, that show something.
    """

    amounts: Mapping[str, Measurement] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    shown_by: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @property
    def value_sets(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self.amounts) | self.dates | self.answers


@dataclass(frozen=True, slots=True)
class ContentPack:
    """A handout's whole content; `digest` covers every file of it.

    `wanted` are the Observations that its rules look at. A section in `section_limits` has the
    first so many of the statements that apply, and no more. The top of every sheet points to
    `emergency_section`. `hashes` are what a site approves, by language; `reviews` those that still
    hold, by language and statement. The messages in `back_translated` have, in every translation, a
    translation back beside them.
    """

    id: str
    version: str
    digest: str
    sections: tuple[str, ...]
    topics: Mapping[str, Topic]
    risk_factors: Mapping[str, RiskFactor]
    statements: tuple[Statement, ...]
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    medicines_fade_after: int | None = None
    supplies_fade_after: int | None = None
    alerts: tuple[Alert, ...] = ()
    addresses: tuple[Address, ...] = ()
    citations: Mapping[str, Citation] = field(default_factory=dict)
    section_limits: Mapping[str, int] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[str, Mapping[str, Review]] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    emergency_section: str = ""
    back_translated: frozenset[str] = frozenset()
    cards: Cards | None = None
    wanted: Wanted = field(init=False, repr=False)

    def __post_init__(self) -> None:
        factors = self.risk_factors.values()
        wanted = Wanted(
            {m.value_set: m for m in self.measurements.values()},
            frozenset(name for factor in factors for name in factor.due_date_value_sets),
            frozenset(answer.value_set for factor in factors for answer in factor.answers),
            {
                m.value_set: tuple(
                    (use.at_least, use.below)
                    for factor in factors
                    for use in factor.measured
                    if use.measurement == m.id
                )
                for m in self.measurements.values()
                if any(use.measurement == m.id for factor in factors for use in factor.measured)
            },
        )
        object.__setattr__(self, "wanted", wanted)

    @property
    def observed_days(self) -> int:
        """For how many days an Observation can bear on anything."""
        factors = self.risk_factors.values()
        measured = (use.lasts for factor in factors for use in factor.measured)
        answered = (answer.lasts for factor in factors for answer in factor.answers)
        dated = (factor.term.whole for factor in factors if factor.term)
        return max((*measured, *answered, *dated), default=0)
