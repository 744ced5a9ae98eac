"""What a terminology server may be asked about, and what its answers show.

In: a `PatientRecord`, the pack's value sets, and what a server said. Out: the codes of entries that
none of our value sets knows; the matches that a server added; what could not be checked, as gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fhir_handout.codes import CodeIndex, Match
from fhir_handout.model import RecognisedBy
from fhir_handout.patient_record import (
    Coding,
    Concept,
    Condition,
    Gap,
    LookedUp,
    Medicine,
    Part,
    PatientRecord,
)
from fhir_handout.systems import (
    ATC,
    ICD_10_CM,
    NDC,
    RXNORM,
    SNOMED_CT,
    normal_key,
)

ASKED_ABOUT = frozenset({SNOMED_CT, RXNORM, ICD_10_CM, ATC, NDC})
"""The code systems that a terminology server may be asked about."""


def unlisted(record: PatientRecord, codes: CodeIndex) -> tuple[Coding, ...]:
    """The codes to ask a terminology server about: each once, in normal form, without display."""
    entries: tuple[Condition | Medicine, ...] = (*record.conditions, *record.medicines)
    found = (key for entry in entries for key in _keys(unlisted_of(entry, codes)))
    return tuple(Coding(system, code) for system, code in dict.fromkeys(found))


def unlisted_of(entry: Condition | Medicine, codes: CodeIndex) -> list[Concept]:
    """The concepts of an entry that no value set of ours matched.

    A medicine is known by its own concept, or by all of its ingredients; then there is nothing
    left to ask.
    """
    if isinstance(entry, Condition):
        return [] if codes.matches(entry.concept) else [entry.concept]
    left = [concept for concept in entry.ingredients if not _is_medicine(concept, codes)]
    if _is_medicine(entry.concept, codes) or (entry.ingredients and not left):
        return []
    return [entry.concept, *left]


def server_matches(concepts: Iterable[Concept], looked_up: LookedUp) -> list[Match]:
    """The value sets that a terminology server placed these concepts in, each once."""
    found: dict[str, Match] = {}
    for coding, key in _keyed(concepts):
        for value_set in looked_up.value_sets.get(key, ()):
            match = Match(value_set, coding, RecognisedBy.SERVER, certain=True)
            found.setdefault(value_set, match)
    return list(found.values())


def unchecked(
    reference: str, concepts: Iterable[Concept], looked_up: LookedUp, part: Part
) -> list[Gap]:
    """The first of the codes that could not be checked, as a gap.

    Where another code of the same concept was placed, there is none. A code that was placed, and
    not checked against everything, still is one: a value set it is also in may have been missed.
    """
    for concept in concepts:
        keys = [key for key in _keys([concept]) if key in looked_up.unchecked]
        if server_matches([concept], looked_up):
            keys = [key for key in keys if key in looked_up.value_sets]
        if keys:
            why = f"code not checked: {looked_up.unchecked[keys[0]]}"
            return [Gap(reference, why, frozenset({part}), repr(keys))]
    return []


def _is_medicine(concept: Concept, codes: CodeIndex) -> bool:
    return bool(codes.matches(concept) or codes.name_matches(concept))


def _keys(concepts: Iterable[Concept]) -> Iterator[tuple[str, str]]:
    """The normal systems and codes of these concepts, as far as a server could know them."""
    for _, key in _keyed(concepts):
        yield key


def _keyed(concepts: Iterable[Concept]) -> Iterator[tuple[Coding, tuple[str, str]]]:
    for concept in concepts:
        for coding in concept.codings:
            system, code = normal_key(coding.system, coding.code)
            if code and system in ASKED_ABOUT:
                yield coding, (system, code)
