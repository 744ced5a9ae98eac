"""Step 2a: which entries of a record show which value sets.

In: a `PatientRecord`, the pack's value sets, the day, and what a terminology server said. Out:
`Sign`s, each an entry and the coding that shows a value set; the `Reading`s of Observations; what
is not valid FHIR, can't be read or was not checked, as gaps; codes and displays that disagree; and
what is in no value set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from fhir_handout.codes import UNREADABLE, CodeIndex, Match, is_readable
from fhir_handout.looked_up import server_matches, unchecked, unlisted_of
from fhir_handout.model import Conflict, Evidence, RecognisedBy
from fhir_handout.observed import Reading, newest, readings
from fhir_handout.pack_model import Wanted
from fhir_handout.patient_record import (
    NOBODY_ASKED,
    UNDATED,
    Coding,
    Concept,
    Condition,
    Encounter,
    Gap,
    LookedUp,
    Medicine,
    Part,
    PatientRecord,
    Resource,
)
from fhir_handout.validation import problem


@dataclass(frozen=True, slots=True)
class Sign:
    """One entry that shows one value set: a condition, a medicine, or a reason for a visit."""

    match: Match
    entry: Condition | Medicine | Encounter

    @property
    def evidence(self) -> Evidence:
        """The entry as evidence."""
        return Evidence(
            self.entry.reference,
            self.match.coding,
            self.match.recognised_by,
            self._element,
            UNDATED if isinstance(self.entry, Encounter) else self.entry.dated,
        )

    @property
    def _element(self) -> str:
        if isinstance(self.entry, Condition):
            return "code"
        if isinstance(self.entry, Encounter):
            return "reasonCode"
        by_reference = "medicationReference" in self.entry.resource
        return "medicationReference" if by_reference else "medicationCodeableConcept"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a record shows, what could not be used, and what bears on nothing here."""

    signs: tuple[Sign, ...]
    readings: tuple[Reading, ...]
    gaps: tuple[Gap, ...]
    conflicts: tuple[Conflict, ...]
    not_relevant: tuple[Evidence, ...]


def recognise(
    record: PatientRecord,
    codes: CodeIndex,
    wanted: Wanted,
    today: date,
    looked_up: LookedUp = NOBODY_ASKED,
) -> Recognised:
    """Match every entry of `record` against the value sets; Observations against `wanted` ones."""
    found = _Matching(codes.remembering(), looked_up)
    for condition in record.conditions:
        found.add_condition(condition)
    for medicine in record.medicines:
        found.add_medicine(medicine)
    if record.encounter:
        found.add_reasons(record.encounter)
    results = found.readings(record, wanted, today)
    return Recognised(
        tuple(found.signs),
        tuple(results),
        tuple(found.gaps),
        tuple(dict.fromkeys(found.conflicts)),
        tuple(found.not_relevant),
    )


@dataclass
class _Matching:
    """The matches found so far."""

    codes: CodeIndex
    looked_up: LookedUp
    signs: list[Sign] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    not_relevant: list[Evidence] = field(default_factory=list)

    def add_condition(self, condition: Condition) -> None:
        known = len(self.gaps)
        matches = self._matches(condition.reference, condition.concept, Part.CONDITIONS)
        if not matches and not self.codes.is_decided(condition.concept):
            matches = list(self.codes.name_matches(condition.concept, Part.CONDITIONS))
        matches = [*self._by_server(condition, Part.CONDITIONS), *matches]
        self._add(condition, matches, [condition.resource], Part.CONDITIONS)
        if not matches and len(self.gaps) == known:
            self._leave(condition, (condition.concept,), Part.CONDITIONS)

    def add_medicine(self, medicine: Medicine) -> None:
        known = len(self.gaps)
        concepts = (medicine.concept, *medicine.ingredients)
        by_server = self._by_server(medicine, Part.MEDICINES)
        matches = [*by_server, *self._medicine_matches(medicine, concepts)]
        resources = [medicine.resource, *([medicine.medication] if medicine.medication else [])]
        self._add(medicine, matches, resources, Part.MEDICINES)
        if not matches and len(self.gaps) == known:
            self._leave(medicine, concepts, Part.MEDICINES)

    def add_reasons(self, encounter: Encounter) -> None:
        for reason in encounter.reasons:
            matches = self._matches(encounter.reference, reason, Part.CONDITIONS)
            matches = matches or list(self.codes.name_matches(reason, Part.CONDITIONS))
            self._add(encounter, matches, [encounter.resource], Part.ENCOUNTER)

    def readings(self, record: PatientRecord, wanted: Wanted, today: date) -> Iterator[Reading]:
        """The newest results of each value set."""
        by_value_set: dict[str, list[Reading]] = {}
        for reading in readings(record.observations, self.codes, wanted, self.gaps):
            by_value_set.setdefault(reading.match.value_set, []).append(reading)
        for found in by_value_set.values():
            yield from newest(found, today, self.gaps)

    def _add(
        self,
        entry: Condition | Medicine | Encounter,
        matches: Iterable[Match],
        resources: list[Resource],
        part: Part,
    ) -> None:
        matches = list(matches)
        if matches and self._is_valid(entry.reference, resources, part, matches):
            self.signs += [Sign(match, entry) for match in matches]

    def _by_server(self, entry: Condition | Medicine, part: Part) -> list[Match]:
        """What a terminology server knows of it; what it was asked and did not say is a gap."""
        if self.looked_up is NOBODY_ASKED:
            return []
        asked = unlisted_of(entry, self.codes)
        self.gaps += unchecked(entry.reference, asked, self.looked_up, part)
        return server_matches(asked, self.looked_up)

    def _leave(
        self, entry: Condition | Medicine, concepts: tuple[Concept, ...], part: Part
    ) -> None:
        """An entry in no value set: not relevant if it could be read, else a gap."""
        readable = [c for c in concepts if is_readable(c) and not self.codes.tells_nothing(c, part)]
        if readable:
            self.not_relevant.append(_unmatched(entry.reference, readable[0]))
        elif any(concept.codings or concept.text for concept in concepts):
            self.gaps.append(Gap(entry.reference, UNREADABLE, frozenset({part}), repr(concepts)))

    def _is_valid(
        self, reference: str, resources: list[Resource], part: Part, matches: list[Match]
    ) -> bool:
        wrong = next((why for why in map(problem, resources) if why), None)
        if wrong:
            about = repr([match.coding for match in matches])
            self.gaps.append(Gap(reference, wrong, frozenset({part}), about))
        return wrong is None

    def _medicine_matches(
        self, medicine: Medicine, concepts: tuple[Concept, ...]
    ) -> Iterator[Match]:
        """By code first; names add what no code showed, unless the form or the way is local."""
        found: dict[str, Match] = {}
        for number, concept in enumerate(concepts):
            for match in self._matches(medicine.reference, concept, Part.MEDICINES):
                if number and match.recognised_by is RecognisedBy.CODE:
                    match = replace(match, recognised_by=RecognisedBy.INGREDIENT)
                found.setdefault(match.value_set, match)
        is_coded = bool(found)
        for concept in concepts:
            for match in self.codes.name_matches(concept, Part.MEDICINES):
                # Beside a code, words such as "water pill" only say less of the same.
                if not is_coded or match.recognised_by is not RecognisedBy.TEXT:
                    found.setdefault(match.value_set, match)
        return self.codes.counting(found.values(), medicine.how_taken)

    def _matches(self, reference: str, concept: Concept, part: Part) -> list[Match]:
        """The matches by code; where words contradict them, those too, and none is certain.

        Neither is one that its own words deny: "heart failure ruled out", coded as heart failure.
        """
        matches = list(self.codes.matches(concept))
        if not matches:
            return []
        by_code = tuple(match.value_set for match in matches)
        asked = {match.coding: None for match in matches}
        repeats = any(concept.text == coding.display for coding in asked)
        text = Coding("", "", "" if repeats else concept.text)
        doubted, added = set[Coding](), list[Match]()
        for coding in (*asked, text):
            named = self.codes.contradicting(coding, by_code, part)
            if named:
                by_words = tuple(match.value_set for match in named)
                self.conflicts.append(Conflict(reference, coding, by_code, by_words))
                added += named
            if named or self.codes.is_denied(coding, by_code, part):
                doubted |= {match.coding for match in matches} if coding is text else {coding}
        others = [coding for coding in concept.codings if coding not in asked]
        if any(self.codes.is_denied(coding, by_code, part) for coding in others):
            doubted |= {match.coding for match in matches}
        if not doubted:
            return matches
        sure = [replace(m, certain=m.certain and m.coding not in doubted) for m in matches]
        return sure + added


def _unmatched(reference: str, concept: Concept) -> Evidence:
    shown = (coding for coding in concept.codings if coding.code or coding.display)
    coding = next(shown, None) or Coding("", "", concept.text)
    by = RecognisedBy.CODE if coding.code else RecognisedBy.TEXT
    return Evidence(reference, coding, by)
