"""What a clinician has chosen and corrected so far: the part of a session that forms change.

In: JSON as a session keeps it. Out: a frozen `Work` and back again. It knows no request and no EHR;
whether a correction can be made is for the workflow to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fhir_handout.model import Seen, Status


@dataclass(frozen=True, slots=True)
class Noted:
    """One correction as it was entered: of what, how, and why; `change` is a `Change` by value.

    The rest is what the page showed of it then, a `Seen`; all empty for an addition, and for what
    an older version kept, which so takes out and answers nothing any more.
    """

    change: str
    risk_factor: str
    qualifier: str | None
    reason: str
    status: str = ""
    evidence: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    @classmethod
    def of_seen(
        cls, change: str, risk_factor: str, qualifier: str | None, reason: str, seen: Seen
    ) -> Noted:
        """A correction of what the page showed."""
        status = seen.status.value if seen.status else ""
        shown = (tuple(sorted(names)) for names in (seen.evidence, seen.gaps))
        return cls(change, risk_factor, qualifier, reason, status, *shown)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Noted:
        """From the session."""
        lists = {name: tuple(raw.get(name, ())) for name in ("evidence", "gaps")}
        return cls(**{**raw, **lists})

    @property
    def seen(self) -> Seen:
        """What the page showed of it."""
        status = Status(self.status) if self.status else None
        return Seen(status, frozenset(self.evidence), frozenset(self.gaps))

    @property
    def key(self) -> str:
        """What names it in a form."""
        return correction_key(self.change, self.risk_factor, self.qualifier)


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of attaching: for the page that says where it went.

    `revision` is that of the form which was sent, `asked` how it was to be attached, `shown` the
    fingerprint of what was looked at; `doc_status` and `formats` are the document's, which may have
    been there before. `at` is in seconds since 1970.
    """

    document: str
    done: str
    doc_status: str
    formats: tuple[str, ...]
    replaced: tuple[str, ...]
    left_out: str
    language: str
    revision: int
    at: int
    asked: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that was chosen; None where the site, the language or the patient decides."""

    language: str | None = None
    layout: str | None = None
    paper: str | None = None
    confirm_sensitive: bool = False
    corrections: tuple[Noted, ...] = ()
    note: str = ""
    teach_back: bool = False
    attached: Attached | None = None

    def to_json(self) -> dict[str, Any]:
        """For the session."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Work:
        """From the session."""
        there = raw.get("attached")
        return cls(
            **{
                **raw,
                "corrections": tuple(map(Noted.from_json, raw["corrections"])),
                "attached": _attached(there) if there else None,
            }
        )

    def corrected(self, noted: Noted) -> Work:
        """With this correction, in place of one of the same kind of the same finding."""
        return replace(self, corrections=(*self.without(noted.key).corrections, noted))

    def without(self, key: str) -> Work:
        """Without the correction of this key."""
        return replace(self, corrections=tuple(c for c in self.corrections if c.key != key))

    def has(self, change: str, risk_factor: str, qualifier: str | None) -> bool:
        """Whether there is such a correction."""
        return correction_key(change, risk_factor, qualifier) in {c.key for c in self.corrections}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one field of a form: its name, and the name of what to say of it."""

    field: str
    what: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form made of the work; `typed` are words to be shown again beside the mistakes.

    `looks_again` where what it changed has to be seen before it is attached.
    """

    work: Work
    mistakes: tuple[Mistake, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    looks_again: bool = False


def correction_key(change: str, risk_factor: str, qualifier: str | None) -> str:
    """What names a correction in a form: its field of a reason, and the button of its undoing."""
    return "|".join((change, risk_factor, qualifier or ""))


def _attached(raw: Mapping[str, Any]) -> Attached:
    lists = {name: tuple(raw[name]) for name in ("formats", "replaced")}
    return Attached(**{**raw, **lists})
