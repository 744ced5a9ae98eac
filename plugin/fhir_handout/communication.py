"""The languages a patient speaks, the preferred ones first.

In: a Patient. Out: BCP 47 tags, or words where there is no tag. An entry that is not FHIR is passed
by: no advice depends on it. Source: FHIR R4 Patient.communication.
"""

from __future__ import annotations

from typing import Any

from fhir_handout.elements import Damaged, concept
from fhir_handout.names import plain
from fhir_handout.patient_record import Resource

_NO_LANGUAGE = frozenset(
    "und mis mul zxx unk asku nask nav ni oth msk na nullflavor unknown".split()
)
"""Codes of BCP 47 and of HL7's null flavors that name no language."""


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
    try:
        said = concept(entry, "language")
    except Damaged:
        return ""
    if said is None:
        return ""
    codes = (coding.code for coding in said.codings)
    words = (said.text, *(coding.display for coding in said.codings))
    return next((text for text in map(plain, (*codes, *words)) if text), "")
