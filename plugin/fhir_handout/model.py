"""The vocabulary: what is read of a patient, what a content pack says, what comes of both.

Everything here is frozen and knows no file, clock or network. The words are FHIR's where FHIR has
one; docs/GLOSSARY.md explains the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone
from enum import StrEnum
from typing import Any, Literal

from fhir_handout.dates import Span

Resource = Mapping[str, Any]
"""A FHIR resource as parsed JSON."""

# --- what is read -------------------------------------------------------------------------------


class Part(StrEnum):
    """The parts of a record that can be read, or fail to be, on their own."""

    PATIENT = "patient"
    CONDITIONS = "conditions"
    MEDICINES = "medicines"
    ENCOUNTER = "encounter"
    DOCUMENTS = "documents"


CLINICAL_PARTS = frozenset({Part.CONDITIONS, Part.MEDICINES})
"""The parts that risk factors show in."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something asked for and not had: what it was, why, and which parts it may hide."""

    what: str
    why: str
    hides: frozenset[Part]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource as an EHR gave it; `full_url` is its Bundle identity, `origin` where it lay."""

    resource: Resource
    full_url: str | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """What an EHR answered to one read, not yet understood."""

    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Identifier:
    """FHIR's Identifier: a value that is unique in its system."""

    system: str
    value: str

    def __str__(self) -> str:
        """As a FHIR token search writes it."""
        return f"{self.system}|{self.value}"


@dataclass(frozen=True, slots=True)
class Coding:
    """FHIR's Coding: a code in a system, and how somebody displayed it."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """FHIR's CodeableConcept: every coding of one thing, and its text."""

    codings: tuple[Coding, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A Condition as far as it bears on risk; statuses are codes or None where absent."""

    reference: str
    concept: Concept
    clinical_status: str | None
    verification_status: str | None
    onset: Span | None
    recorded: Span | None
    abated: bool
    abatement: Span | None
    resource: Resource


@dataclass(frozen=True, slots=True)
class Medicine:
    """A MedicationStatement or MedicationRequest, with what it is made of."""

    reference: str
    concept: Concept
    ingredients: tuple[Concept, ...]
    status: str
    intent: str | None
    start: Span | None
    end: Span | None
    as_needed: bool
    resource: Resource
    medication: Resource | None = None


@dataclass(frozen=True, slots=True)
class Encounter:
    """The visit a handout is given at: its period as written, and who provides it."""

    reference: str
    start: str | None
    end: str | None
    service_provider: str | None


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What was read of one patient."""

    reference: str
    name: str
    born: Span | None
    sex: str | None
    managing_organization: str | None
    conditions: tuple[Condition, ...]
    medicines: tuple[Medicine, ...]
    encounter: Encounter | None
    documents: tuple[Resource, ...]
    gaps: tuple[Gap, ...]


# --- what a content pack says -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ValueSetUse:
    """A value set that shows a risk factor; `lasts` is a number of days, or how it ends.

    With `ended_by`, what shows one of those value sets ends it, `ended_after` days later.
    """

    value_set: str
    qualifier: str | None = None
    lasts: Literal["until_resolved", "always"] | int = "until_resolved"
    ended_by: tuple[str, ...] = ()
    ended_after: int = 0


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
    shows_in: Part
    value_sets: tuple[ValueSetUse, ...] = ()
    bands: tuple[Band, ...] = ()
    ended_by: tuple[str, ...] = ()
    not_ended_with: tuple[str, ...] = ()
    votes: tuple[Vote, ...] = ()
    when_unknown: Mapping[str, str] = field(default_factory=dict)
    confidential_under: int | None = None
    plausible_ages: tuple[int, int] | None = None
    implausible_sexes: frozenset[str] = frozenset()

    @property
    def named_value_sets(self) -> tuple[str, ...]:
        """Every value set that this factor looks at."""
        ends = (name for use in self.value_sets for name in use.ended_by)
        shown = (use.value_set for use in self.value_sets)
        return (*shown, *ends, *self.ended_by, *self.not_ended_with)


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
    """One thing the handout can say; its words are in the catalogue under its id."""

    id: str
    kind: str
    section: str
    when: Predicate
    topic: str | None
    tags: tuple[Mapping[str, str], ...]
    citations: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentPack:
    """A handout's whole content; `digest` covers every file of it."""

    id: str
    version: str
    digest: str
    sections: tuple[str, ...]
    topics: Mapping[str, Topic]
    risk_factors: Mapping[str, RiskFactor]
    statements: tuple[Statement, ...]


# --- what comes of it ---------------------------------------------------------------------------


class Status(StrEnum):
    """How sure a finding is. Unknown is never absent."""

    PRESENT = "present"
    POSSIBLE = "possible"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class RecognisedBy(StrEnum):
    """What in the record showed it: a code, a medicine's ingredient, a brand, text, or a date."""

    CODE = "code"
    INGREDIENT = "ingredient"
    BRAND = "brand"
    TEXT = "text"
    BIRTH_DATE = "birth_date"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a finding holds: the resource, the coding that showed it, and how."""

    reference: str
    coding: Coding
    recognised_by: RecognisedBy


class Withheld(StrEnum):
    """Why a finding is kept from the patient's text though it votes."""

    CONFIDENTIAL = "confidential"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True)
class Finding:
    """A risk factor for this patient, one for each qualifier."""

    risk_factor: str
    qualifier: str | None
    status: Status
    evidence: tuple[Evidence, ...] = ()
    withheld: Withheld | None = None

    @property
    def votes(self) -> bool:
        """Whether it asks for caution: everything but absence does."""
        return self.status is not Status.ABSENT


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of one patient on one day, with what was not read and what was not relevant."""

    patient: str
    today: date
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    not_relevant: tuple[Evidence, ...]
    age: tuple[int, int] | None
    sex: str | None

    def of(self, risk_factor: str) -> tuple[Finding, ...]:
        """The findings of one risk factor."""
        return tuple(f for f in self.findings if f.risk_factor == risk_factor)


@dataclass(frozen=True, slots=True)
class Level:
    """What a topic came to, and the risk factors that asked for it."""

    topic: str
    level: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A statement chosen for this patient, with the risk factors that say why."""

    statement: str
    kind: str
    section: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Omission:
    """A statement left out, with the risk factors that say why."""

    statement: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handout:
    """What this patient is told, by statement id; no words yet."""

    pack: ContentPack
    findings: Findings
    levels: Mapping[str, Level]
    advice: tuple[Advice, ...]
    omissions: tuple[Omission, ...]


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A line of site furniture: what it says, and the address it leads to, if any."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What a site prints of itself, where set.

    `country` (ISO 3166 alpha-2) decides the emergency number unless `emergency_number` is set.
    """

    name: str = ""
    phone: str = ""
    country: str = ""
    emergency_number: str = ""
    appointment: SiteLink | None = None
    find_doctor: SiteLink | None = None
    find_location: SiteLink | None = None
    related_services: tuple[SiteLink, ...] = ()
    related_handouts: tuple[SiteLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One worded statement on the sheet."""

    statement: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A worded section of the sheet."""

    id: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A handout in one language: all its words, ready for any layout."""

    pack: str
    version: str
    language: str
    direction: Literal["ltr", "rtl"]
    title: str
    patient_name: str
    date: str
    sections: tuple[Section, ...]
    words: Mapping[str, str]
    site: Site


@dataclass(frozen=True, slots=True)
class Rendering:
    """A sheet in one format: bytes of a media type."""

    format: str
    media_type: str
    language: str
    title: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Moment:
    """The day a handout is made for and the instant written into the record."""

    today: date
    instant: datetime

    @classmethod
    def on(cls, day: date) -> Moment:
        """Noon UTC of `day`: it reads as that day in nearly every time zone."""
        return cls(day, datetime.combine(day, time(12), timezone.utc))
