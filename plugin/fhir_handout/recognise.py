"""Step 2a: which entries of a record show which value sets.

In: a `PatientRecord` and the pack's value sets. Out: `Sign`s, each an entry and the coding that
shows a value set; what was matched but is not valid FHIR, as gaps; and what is in no value set.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from fhir_handout.codes import CodeIndex, Match, is_readable
from fhir_handout.model import (
    Coding,
    Concept,
    Condition,
    Evidence,
    Gap,
    Medicine,
    Part,
    PatientRecord,
    RecognisedBy,
    Resource,
)
from fhir_handout.validation import problem


@dataclass(frozen=True, slots=True)
class Sign:
    """One entry that shows one value set: a condition, or a medicine."""

    match: Match
    entry: Condition | Medicine

    @property
    def evidence(self) -> Evidence:
        """The entry as evidence."""
        return Evidence(self.entry.reference, self.match.coding, self.match.recognised_by)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a record shows, what could not be used, and what bears on nothing here."""

    signs: tuple[Sign, ...]
    gaps: tuple[Gap, ...]
    not_relevant: tuple[Evidence, ...]


def recognise(record: PatientRecord, codes: CodeIndex) -> Recognised:
    """Match every condition and medicine of `record` against the value sets."""
    signs: list[Sign] = []
    gaps: list[Gap] = []
    not_relevant: list[Evidence] = []
    for condition in record.conditions:
        matches = codes.matches(condition.concept)
        if matches and _is_valid(condition.reference, [condition.resource], Part.CONDITIONS, gaps):
            signs += [Sign(match, condition) for match in matches]
        elif not matches:
            not_relevant.append(_unmatched(condition.reference, condition.concept))
    for medicine in record.medicines:
        matches = _medicine_matches(medicine, codes)
        resources = [medicine.resource, *([medicine.medication] if medicine.medication else [])]
        if matches and _is_valid(medicine.reference, resources, Part.MEDICINES, gaps):
            signs += [Sign(match, medicine) for match in matches]
        elif not matches:
            named = filter(is_readable, (medicine.concept, *medicine.ingredients))
            not_relevant += [_unmatched(medicine.reference, found) for found in islice(named, 1)]
    return Recognised(tuple(signs), tuple(gaps), tuple(not_relevant))


def _medicine_matches(medicine: Medicine, codes: CodeIndex) -> tuple[Match, ...]:
    found: dict[str, Match] = {m.value_set: m for m in codes.matches(medicine.concept)}
    for ingredient in medicine.ingredients:
        for match in codes.matches(ingredient):
            by_ingredient = replace(match, recognised_by=RecognisedBy.INGREDIENT)
            found.setdefault(match.value_set, by_ingredient)
    if not found:
        for named in (medicine.concept, *medicine.ingredients):
            for match in codes.name_matches(named):
                found.setdefault(match.value_set, match)
    return tuple(found.values())


def _is_valid(reference: str, resources: list[Resource], part: Part, gaps: list[Gap]) -> bool:
    wrong = next((why for why in map(problem, resources) if why), None)
    if wrong:
        gaps.append(Gap(reference, wrong, frozenset({part})))
    return wrong is None


def _unmatched(reference: str, concept: Concept) -> Evidence:
    text = Coding("", "", concept.text)
    coding = next((c for c in concept.codings if c.code or c.display), text)
    by = RecognisedBy.CODE if coding.code else RecognisedBy.TEXT
    return Evidence(reference, coding, by)
