"""The languages a patient speaks, the preferred ones first.

In: a Patient. Out: BCP 47 tags, or words where there is no tag. An entry that is not FHIR is passed
by: no advice depends on it. Source: FHIR R4 Patient.communication.
"""

from __future__ import annotations

from typing import Any

from fhir_handout.elements import Damaged, concept
from fhir_handout.languages import cldr
from fhir_handout.names import plain
from fhir_handout.patient_record import Coding, Resource

_BCP_47 = "urn:ietf:bcp:47"
_NO_LANGUAGE = frozenset({"und", "mis", "mul", "zxx"})
"""Tags of BCP 47 that name no language."""

_LONGEST = 40
_NULL_FLAVORS = ("nullflavor", "data-absent-reason", "2.16.840.1.113883.5.1008")
"""How systems are called whose codes say that there is nothing to say."""


def spoken_languages(patient: Resource) -> tuple[str, ...]:
    """The patient's languages."""
    listed = patient.get("communication")
    entries = (
        [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    )
    entries.sort(key=lambda entry: entry.get("preferred") is not True)
    found = (_language(entry) for entry in entries)
    return tuple(dict.fromkeys(name for name in found if name and name.lower() not in _NO_LANGUAGE))


def _language(entry: dict[str, Any]) -> str:
    """The tag; of another system its code where CLDR knows it; else the words."""
    try:
        said = concept(entry, "language")
    except Damaged:
        return _words_beside(entry.get("language"))
    if said is None:
        return ""
    codings = [each for each in said.codings if not _is_null_flavor(each)]
    tags = (each.code for each in codings if each.system.strip() in (_BCP_47, ""))
    others = (each.code for each in codings if cldr(each.code.strip()))
    words = (said.text, *(each.display for each in codings))
    told = (text[:_LONGEST] for text in map(plain, (*tags, *others, *words)))
    return next((text for text in told if text), "")


def _words_beside(damaged: Any) -> str:
    """What the words of a concept say whose codings can't be read."""
    text = damaged.get("text") if isinstance(damaged, dict) else None
    return plain(text)[:_LONGEST] if isinstance(text, str) else ""


def _is_null_flavor(coding: Coding) -> bool:
    system = coding.system.lower()
    return any(name in system for name in _NULL_FLAVORS)
