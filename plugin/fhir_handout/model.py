"""The vocabulary of what comes of a record: findings, the handout, the sheet, its renderings.

Everything here is frozen and knows no file, clock or network. `patient_record` has the words for
what was read, `pack_model` those for what a pack says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone
from enum import StrEnum
from typing import Literal

from fhir_handout.pack_model import ContentPack, Figure
from fhir_handout.patient_record import UNDATED, Coding, Dated, Gap

Direction = Literal["ltr", "rtl"]
"""Which way a script runs."""


class Status(StrEnum):
    """How sure a finding is. Unknown is never absent."""

    PRESENT = "present"
    POSSIBLE = "possible"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class RecognisedBy(StrEnum):
    """What in the record showed it: a code, a medicine's name, words, a value, or a date.

    SERVER is a code that no table of ours has, and a terminology server placed in a value set.
    CLINICIAN is no part of the record: somebody stated it, and the reference says who.
    """

    CODE = "code"
    INGREDIENT = "ingredient"
    BRAND = "brand"
    TEXT = "text"
    ANSWER = "answer"
    RESULT = "result"
    DUE_DATE = "due_date"
    BIRTH_DATE = "birth_date"
    SERVER = "server"
    CLINICIAN = "clinician"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a finding holds: the resource, the element and coding that showed it, when, and how.

    `value` is a result as the record writes it; it is for the clinician, and never on the sheet.
    Where it does not make the finding certain, `is_sure` is false.
    """

    reference: str
    coding: Coding
    recognised_by: RecognisedBy
    element: str = ""
    dated: Dated = UNDATED
    value: str = ""
    is_sure: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A code and a display that name different things: both count, neither is certain."""

    reference: str
    coding: Coding
    by_code: tuple[str, ...]
    by_display: tuple[str, ...]


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

    @property
    def is_shown(self) -> bool:
        """Whether the record shows it, for sure or perhaps."""
        return self.status in (Status.PRESENT, Status.POSSIBLE)


class Change(StrEnum):
    """What a clinician does to a finding.

    ADDED: it is there, though the record lacks it. TAKEN_OUT: what the record shows is wrong.
    ANSWERED: what a gap could hide is not there, or nothing more of it than is shown or added.
    """

    ADDED = "added"
    TAKEN_OUT = "taken_out"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody who lowers caution looked at: how sure it was, and why.

    `evidence` and `gaps` are names that `corrections.seen_of` gives; whatever the record has beside
    them, nobody spoke of.
    """

    status: Status | None = None
    evidence: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()


NOTHING_SEEN = Seen()
"""What takes out or answers nothing."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a clinician says of one finding, why, and who: a reference.

    `seen` is what was taken out or answered; an addition needs none.
    """

    risk_factor: str
    qualifier: str | None
    change: Change
    reason: str
    by: str
    seen: Seen = NOTHING_SEEN


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that was made, with what stood there before.

    `withheld` is why nothing of it may stand in what is attached, though it counts.
    """

    correction: Correction
    was: Finding
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of one patient on one day, with what was not read and what was not relevant.

    `corrections` are those that a clinician made; the findings are as they left them.
    """

    patient: str
    today: date
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    not_relevant: tuple[Evidence, ...]
    age: tuple[int, int] | None
    sex: str | None
    conflicts: tuple[Conflict, ...] = ()
    corrections: tuple[Corrected, ...] = ()

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
class RaisedAlert:
    """Something for the clinician alone, with the risk factors that raised it."""

    alert: str
    urgent: bool
    text: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handout:
    """What this patient is told, by statement id; no words yet.

    `address` is whom it speaks to when that is not the patient, else empty.
    """

    pack: ContentPack
    findings: Findings
    levels: Mapping[str, Level]
    advice: tuple[Advice, ...]
    omissions: tuple[Omission, ...]
    alerts: tuple[RaisedAlert, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class SiteLink:
    """A line of site furniture: what it says, and the address it leads to, if any."""

    text: str
    url: str = ""


class Layout(StrEnum):
    """How a sheet is laid out: BILINGUAL has the source language beside the patient's."""

    STANDARD = "standard"
    LARGE = "large"
    EASY = "easy"
    BILINGUAL = "bilingual"


class Paper(StrEnum):
    """The paper it is printed on: ISO 216 A4, or US Letter."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Look:
    """How a sheet looks, whatever it says."""

    layout: Layout = Layout.STANDARD
    paper: Paper = Paper.A4


@dataclass(frozen=True, slots=True)
class Site:
    """What a site prints of itself, where set.

    `country` (ISO 3166 alpha-2) decides the emergency number unless `emergency_number` is set. The
    address of `link` stands on paper as a QR code too; `paper` is that of its country unless it is
    set. With `diary` the sheet ends with one to fill
    in, where the pack has the words of one.
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
    link: SiteLink | None = None
    paper: Paper | None = None
    diary: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One worded statement on the sheet."""

    statement: str
    kind: str
    text: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands on the top of a sheet in a language of its own."""

    language: str
    direction: Direction
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A worded section of the sheet."""

    id: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A handout in one language: all its words, ready for any layout.

    `hash` is the SHA-256 of the content it was made from: the rules and that language's words.
    `beside` is the same handout in the source language, where the layout has both. `note` is what
    the care team wrote to the patient, in lines, as it was typed; in no language but its own.
    """

    pack: str
    version: str
    hash: str
    language: str
    direction: Direction
    title: str
    patient_name: str
    date: str
    sections: tuple[Section, ...]
    words: Mapping[str, str]
    site: Site
    emergency_section: str
    figures: tuple[Figure, ...] = ()
    notices: tuple[Notice, ...] = ()
    beside: Sheet | None = None
    note: str = ""

    @property
    def printed_hash(self) -> str:
        """As much of the hash as is printed: enough to tell two contents apart."""
        return self.hash[:12]


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
