"""Which document a handout is: its series, its fingerprint, its identifier, and what it replaces.

In: a handout in words, how it is attached, and our earlier documents of the same series. Out: a
`Decision`: it is already there, or it is new and replaces these. The series is a patient, a pack
and an encounter. The fingerprint is everything the patient would see change, and no date. The
identifier hashes both with the document that came before, so that six writers at once make one
document, and a handout that changes and changes back makes a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from fhir_handout.elements import identity
from fhir_handout.model import Handout, Look, Sheet
from fhir_handout.patient_record import Identifier, Resource

DOCUMENT = "urn:fhir-handout:document"
SERIES = "urn:fhir-handout:series"
FINGERPRINT = "urn:fhir-handout:fingerprint"
_FIRST = "first"
_PRINTED = {"pdf", "rtf"}
"""The formats that have a size of paper."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The document to write, or the one that says the same already."""

    identifier: Identifier
    fingerprint: str
    existing: str | None
    replaces: tuple[Resource, ...]


def series_of(patient: str, pack: str, encounter: str | None) -> Identifier:
    """The series that all handouts of one pack for one patient and encounter belong to."""
    return Identifier(SERIES, _hash(patient, pack, encounter or ""))


def fingerprint_of(
    handout: Handout, sheet: Sheet, look: Look, formats: Sequence[str], doc_status: str
) -> str:
    """What the patient would see change, hashed; dates are no part of it."""
    return _hash(
        [item.statement for item in handout.advice],
        [[line.text for line in section.lines] for section in sheet.sections],
        dict(sheet.words),
        dict(sheet.beside.words) if sheet.beside else {},
        [asdict(notice) for notice in sheet.notices],
        sheet.language,
        look.layout,
        look.paper if _PRINTED & set(formats) else "",
        list(formats),
        asdict(sheet.site),
        sheet.patient_name,
        sheet.hash,
        doc_status,
        *filter(None, [sheet.note]),  # nothing more without one, so that old documents stand
    )


def decide(
    series: Identifier, wanted: str, as_good: str, documents: Sequence[Resource]
) -> Decision:
    """What to do about a handout with the fingerprint `wanted`.

    `as_good` is a fingerprint that serves as well: the final one's when a draft is wanted.
    """
    ours = [d for d in documents if series.value in values(d, SERIES)]
    current = [d for d in ours if d.get("status") == "current"]
    same = [d for d in current if {wanted, as_good} & set(values(d, FINGERPRINT))]
    head = _head(series, ours)
    identifier = Identifier(DOCUMENT, _identifier(series, wanted, head))
    return Decision(
        identifier,
        wanted,
        identity(same[0]) if same else None,
        () if same else tuple(current),
    )


def values(document: Resource, system: str) -> list[str]:
    """The values of a document's identifiers in one system."""
    found = document.get("identifier")
    items = found if isinstance(found, list) else []
    ours = (i.get("value") for i in items if isinstance(i, dict) and i.get("system") == system)
    return [value for value in ours if isinstance(value, str)]


def _head(series: Identifier, documents: Sequence[Resource]) -> str:
    """The document that none came after: found by asking whose identifier names which one."""
    names = [identity(d) or "" for d in documents]
    before = {
        predecessor
        for document in documents
        for predecessor in names
        for fingerprint in values(document, FINGERPRINT)
        if _identifier(series, fingerprint, predecessor) in values(document, DOCUMENT)
    }
    last = [d for d in documents if identity(d) not in before]
    newest = max(last, key=lambda d: (str(d.get("date", "")), identity(d) or ""), default=None)
    return (identity(newest) or _FIRST) if newest else _FIRST


def _identifier(series: Identifier, fingerprint: str, predecessor: str) -> str:
    return _hash(series.value, fingerprint, predecessor)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
