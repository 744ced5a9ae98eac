"""The vocabulary of step 1: what an EHR answered, and what was read of one patient.

Everything here is frozen and knows no file, clock or network. The words are FHIR's where FHIR has
one; docs/GLOSSARY.md explains the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from fhir_handout.dates import Span

Resource = Mapping[str, Any]
"""A FHIR resource as parsed JSON."""


class Part(StrEnum):
    """The parts of a record that can be read, or fail to be, on their own."""

    PATIENT = "patient"
    CONDITIONS = "conditions"
    MEDICINES = "medicines"
    OBSERVATIONS = "observations"
    ENCOUNTER = "encounter"
    DOCUMENTS = "documents"


CLINICAL_PARTS = frozenset({Part.CONDITIONS, Part.MEDICINES, Part.OBSERVATIONS})
"""The parts that risk factors show in."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something asked for and not had: what it was, why, and which parts it may hide.

    `about` is what stood there and could not be used; it tells an answer about it from one about
    another, and is shown nowhere.
    """

    what: str
    why: str
    hides: frozenset[Part]
    about: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource as an EHR gave it; `full_url` is its Bundle identity, `origin` where it lay.

    `type` is empty where the resource names none; `name` is `Type/id`, None where it has no id.
    """

    resource: Resource
    full_url: str | None = None
    origin: str = ""
    type: str = field(init=False, compare=False, repr=False)
    name: str | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kind, own = self.resource.get("resourceType"), self.resource.get("id")
        kind = kind if isinstance(kind, str) else ""
        object.__setattr__(self, "type", kind)
        is_named = isinstance(own, str) and own
        object.__setattr__(self, "name", f"{kind}/{own}" if is_named else None)


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


class Coding(NamedTuple):
    """FHIR's Coding: a code in a system, and how somebody displayed it."""

    system: str
    code: str
    display: str = ""


class Concept(NamedTuple):
    """FHIR's CodeableConcept: every coding of one thing, and its text."""

    codings: tuple[Coding, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A date as the record writes it, and the element it stands in; both empty where none is."""

    element: str = ""
    text: str = ""


UNDATED = Dated()


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
    categories: frozenset[str] = frozenset()
    dated: Dated = UNDATED


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
    written: Span | None = None
    supplied_until: Span | None = None
    inpatient: bool = False
    once: bool = False
    how_taken: tuple[str, ...] = ()
    dated: Dated = UNDATED


@dataclass(frozen=True, slots=True)
class Observation:
    """An Observation; what it says is read where its code turns out to matter."""

    reference: str
    resource: Resource


@dataclass(frozen=True, slots=True)
class Encounter:
    """The visit a handout is given at: its period as written, who provides it, and the reasons."""

    reference: str
    start: str | None
    end: str | None
    service_provider: str | None
    reasons: tuple[Concept, ...] = ()
    resource: Resource = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What was read of one patient; `languages` are those the patient speaks, the preferred first.

    They are BCP 47 tags, or where the record has none its words.
    """

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
    observations: tuple[Observation, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a terminology server said of codes that are in none of our tables.

    By normal system and code: the ids of the value sets it is in, and in a few words without
    anything of the patient's why it could not be checked against all that were asked for.
    """

    value_sets: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    unchecked: Mapping[tuple[str, str], str] = field(default_factory=dict)


NOBODY_ASKED = LookedUp()
"""What is known of unlisted codes where the site names no terminology server."""
