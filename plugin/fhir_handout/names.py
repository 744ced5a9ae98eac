"""The patient's name as it is printed: one line of plain text, whatever the record holds.

In: a Patient. Out: the name in use (official before usual before others; old and temporary ones
last), without control and direction characters, or an empty string. Source: FHIR R4 HumanName.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from fhir_handout.elements import Damaged, element, objects
from fhir_handout.patient_record import Resource

_ORDER = ("official", "usual", None, "nickname", "anonymous", "maiden", "temp", "old")
_JOINERS = "\u200c\u200d"  # Persian and Indic spelling needs these two


def printed_name(patient: Resource) -> str:
    """The name to print; `Damaged` where Patient.name is not FHIR."""
    names = objects(patient, "name")
    ranked = sorted(names, key=_rank)
    return next((text for text in map(_text, ranked) if text), "")


def plain(text: str) -> str:
    """`text` on one line, without control, format and direction characters."""
    if text.isascii() and text.isprintable():  # as most is
        return " ".join(text.split())
    kept = (c for c in text if c in _JOINERS or not _is_unseen(c))
    spaced = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in kept)
    return " ".join("".join(spaced).split()).strip(f"{_JOINERS} ")


def is_plain(text: str) -> bool:
    """Whether `text` is one line, without control, format and direction characters."""
    return all(
        c in _JOINERS or not (_is_unseen(c) or unicodedata.category(c) in ("Cc", "Zl", "Zp"))
        for c in text
    )


def _is_unseen(character: str) -> bool:
    # The last two code points of each plane, and 32 others, are no characters: XML refuses them.
    code = ord(character)
    is_none = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_none or unicodedata.category(character) in ("Cf", "Co", "Cs")


def _rank(name: dict[str, Any]) -> int:
    use = element(name, "use", str)
    return _ORDER.index(use) if use in _ORDER else len(_ORDER)


def _text(name: dict[str, Any]) -> str:
    whole = element(name, "text", str)
    # A null holds the place of a part that has only extensions.
    given = [part for part in element(name, "given", list) or [] if part is not None]
    if not all(isinstance(part, str) for part in given):
        raise Damaged("name.given holds an item of the wrong type")
    family = element(name, "family", str)
    return plain(whole or " ".join([*given, family or ""]))
