"""Which value sets a concept is in: by its codes, and by the names in its displays and text.

In: FHIR `ValueSet` resources as parsed JSON, and the Concepts of a record. Out: `Match`es, and the
names that a code and a display give to different things. Names are kept apart for conditions and
medicines, because the same words mean other things there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fhir_handout.model import RecognisedBy
from fhir_handout.patient_record import Coding, Concept, Part, Resource
from fhir_handout.systems import (
    ATC,
    ICD_10,
    ICD_10_CM,
    NDC,
    is_absence,
    is_known_system,
    is_unknown,
    ndc_products,
    normal_code,
    normal_key,
    normal_system,
)
from fhir_handout.wording import Named, NameIndex, folded, words

_NUMBER = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
_BY_NAME_USE = {
    "ingredient": RecognisedBy.INGREDIENT,
    "brand": RecognisedBy.BRAND,
    "synonym": RecognisedBy.TEXT,
    "leading": RecognisedBy.INGREDIENT,
}
_LONGEST_ATC = 7

UNREADABLE = "it has neither a code in a known system nor readable text"


def says_anything(concept: Concept) -> bool:
    """Whether a concept has a code of any system, or words."""
    return is_readable(concept) or any(coding.code.strip() for coding in concept.codings)


def is_readable(concept: Concept) -> bool:
    """Whether a concept says anything: a code in a known system, or words.

    A code for what is not known says nothing, nor does its display, nor a text that repeats it.
    """
    if any(coding.code.strip() and is_known_system(coding.system) for coding in concept.codings):
        return True
    void = [c for c in concept.codings if is_unknown(c.system, c.code)]
    telling = [c for c in concept.codings if c not in void]
    empty = {folded(coding.display) for coding in void}
    texts = [*(c.display for c in telling), "" if folded(concept.text) in empty else concept.text]
    absent = any(is_absence(coding.system, coding.code) for coding in telling)
    return absent or any(any(c.isalpha() for c in text) for text in texts)


@dataclass(frozen=True, slots=True)
class Match:
    """A value set that a concept is in, and how that shows; a code is certain, a name is not.

    `number` is what the value set says the code counts, where it counts anything.
    """

    value_set: str
    coding: Coding
    recognised_by: RecognisedBy
    certain: bool
    number: float | None = None


@dataclass(frozen=True, slots=True)
class NameRules:
    """The words that change what names mean, as `NameIndex` has them; `of` limits whose names.

    `void` are whole texts that say no more than that nothing is known.
    """

    others: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    systemic: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    across_clauses: bool = False
    void: tuple[str, ...] = ()
    of: frozenset[str] | None = None


_NO_RULES: Mapping[Part, NameRules] = {Part.MEDICINES: NameRules()}
_NONE: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """All value sets of a pack, indexed by code and by name."""

    codes: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    numbers: Mapping[tuple[str, str], float] = field(default_factory=dict)
    displays: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[Part, NameIndex] = field(default_factory=dict)
    compatible: Mapping[str, frozenset[str]] = field(default_factory=dict)
    void: Mapping[Part, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    listings: dict[frozenset[str], frozenset[Coding]] = field(default_factory=dict)
    bare_listings: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        value_sets: Iterable[Resource],
        rules: Mapping[Part, NameRules] = _NO_RULES,
        compatible: Mapping[str, frozenset[str]] = _NONE,
    ) -> CodeIndex:
        """Index FHIR ValueSets by their `compose.include` concepts and designations.

        Codes are in normal form, but NDCs may have any. `compatible` has for each value set those
        that one thing can be in too.
        """
        codes: dict[str, dict[str, tuple[str, ...]]] = {}
        displays: dict[str, dict[str, str]] = {}
        numbers: dict[tuple[str, str], float] = {}
        names: list[tuple[str, Named]] = []
        for value_set in value_sets:
            name = value_set["id"]
            for include in value_set["compose"]["include"]:
                system, concepts = normal_system(include["system"]), include["concept"]
                _add_codes(codes.setdefault(system, {}), name, _indexed_codes(system, concepts))
                shown = {c["code"]: c["display"] for c in concepts if "display" in c}
                displays.setdefault(system, {}).update(shown)
                for concept in [c for c in concepts if "extension" in c]:
                    numbers.update(_numbered((system, concept["code"]), concept))
                for concept in [c for c in concepts if "designation" in c]:
                    names += _named(name, concept["designation"])
        by_part = {part: _name_index(names, rule) for part, rule in rules.items()}
        void = {part: frozenset(tuple(words(t)) for t in r.void) for part, r in rules.items()}
        return cls(codes, numbers, displays, by_part, compatible, void)

    def remembering(self) -> CodeIndex:
        """The same index, that remembers what texts name: for as long as one record is read."""
        return replace(self, names={part: n.remembering() for part, n in self.names.items()})

    def matches(self, concept: Concept) -> tuple[Match, ...]:
        """The value sets that any coding of the concept is in, each once."""
        found: dict[str, Match] = {}
        for coding in concept.codings:
            for value_set, certain, number in self._value_sets_of(coding):
                match = Match(value_set, coding, RecognisedBy.CODE, certain, number)
                found.setdefault(value_set, match)
        return tuple(found.values())

    def name_matches(self, concept: Concept, part: Part = Part.MEDICINES) -> tuple[Match, ...]:
        """The value sets that a display or the text names, denials aside."""
        found: dict[str, Match] = {}
        named = [(coding.display, coding) for coding in concept.codings]
        named.append((concept.text, Coding("", "", concept.text)))
        for text, coding in named:
            for value_set, how in self._named_in(text, part):
                found.setdefault(value_set, Match(value_set, coding, how, certain=False))
        return tuple(found.values())

    def listed(self, value_sets: frozenset[str]) -> frozenset[Coding]:
        """Every code that is in one of `value_sets`; found once, and kept."""
        if value_sets not in self.listings:
            self.listings[value_sets] = frozenset(
                Coding(system, code)
                for system, of_system in self.codes.items()
                for code, names in of_system.items()
                if not value_sets.isdisjoint(names)
            )
        return self.listings[value_sets]

    def listed_codes(self, value_sets: frozenset[str]) -> frozenset[str]:
        """The same without their systems."""
        if value_sets not in self.bare_listings:
            self.bare_listings[value_sets] = frozenset(c.code for c in self.listed(value_sets))
        return self.bare_listings[value_sets]

    def tells_nothing(self, concept: Concept, part: Part) -> bool:
        """Whether a concept has no code that is known, and its words only say so: "see list"."""
        if any(c.code.strip() and is_known_system(c.system) for c in concept.codings):
            return False
        texts = [concept.text, *(coding.display for coding in concept.codings)]
        told = [tuple(words(text)) for text in texts if text.strip()]
        void = self.void.get(part, frozenset())
        return bool(told) and all(spelled in void for spelled in told)

    def is_decided(self, concept: Concept) -> bool:
        """Whether a code says by itself that a concept is none of ours: our ICD table is whole."""
        return any(
            coding.code.strip() and normal_system(coding.system) == ICD_10_CM
            for coding in concept.codings
        )

    def counting(self, matches: Iterable[Match], how_taken: Iterable[str]) -> Iterator[Match]:
        """The matches of a medicine that act on the whole body when it is taken in that way."""
        names = self.names.get(Part.MEDICINES, NameIndex())
        is_local = names.is_local(how_taken)
        return (m for m in matches if not is_local or m.value_set in names.exempt)

    def contradicting(self, coding: Coding, by_code: Iterable[str], part: Part) -> list[Match]:
        """What a coding's display names, where all of that contradicts what codes show."""
        if not coding.display or self._is_own_display(coding):
            return []
        named: dict[str, Match] = {}
        for name, how in self._named_in(coding.display, part):
            named.setdefault(name, Match(name, coding, how, certain=False))
        fits = any(self._go_together(name, other) for name in named for other in by_code)
        return [] if fits else list(named.values())

    def is_denied(self, coding: Coding, by_code: Iterable[str], part: Part) -> bool:
        """Whether a coding's display names what codes show, but denies it or leaves it open."""
        if not coding.display or part not in self.names or self._is_own_display(coding):
            return False
        denied = self.names[part].denied_in(coding.display)
        told = {name for name, _ in self._named_in(coding.display, part)} - denied
        return told.isdisjoint(by_code) and any(
            self._go_together(name, other) for name in denied for other in by_code
        )

    def _go_together(self, one: str, other: str) -> bool:
        return one == other or other in self.compatible.get(one, ())

    def _is_own_display(self, coding: Coding) -> bool:
        system, code = normal_key(coding.system, coding.code)
        own = self.displays.get(system, {}).get(code, "")
        return bool(own) and folded(own) == folded(coding.display.strip())

    def _named_in(self, text: str, part: Part) -> Iterator[tuple[str, RecognisedBy]]:
        if text and part in self.names:
            for named in self.names[part].named_in(text):
                yield named.value_set, named.how

    def _value_sets_of(self, coding: Coding) -> Iterator[tuple[str, bool, float | None]]:
        """Each value set, whether that is certain, and what the code counts."""
        system = normal_system(coding.system)
        if system == ICD_10:
            yield from self._of_icd_10(normal_code(system, coding.code))
            return
        of_system = self.codes.get(system)
        if of_system is None:
            return
        if system == NDC:
            products = ndc_products(coding.code)
            for product in products:
                yield from ((name, len(products) == 1, None) for name in of_system.get(product, ()))
            return
        code = normal_code(system, coding.code)
        for name in of_system.get(code, ()):
            yield name, True, self.numbers.get((system, code))
        if system == ATC:
            for length in range(min(len(code), _LONGEST_ATC + 1) - 1, 2, -1):
                yield from ((name, True, None) for name in of_system.get(code[:length], ()))

    def _of_icd_10(self, code: str) -> Iterator[tuple[str, bool, float | None]]:
        """By the WHO's codes, then by the US codes, which mean the same where both have them.

        A code that neither has is one of the code above it; of a whole US category, perhaps.
        """
        who, us = self.codes.get(ICD_10, {}), self.codes.get(ICD_10_CM, {})
        for length in range(len(code), 2, -1):
            above = code[:length].rstrip(".")
            known = who.get(above) or us.get(above)
            if known:
                sure = above in who or above == code or "." in above
                yield from ((name, sure, self.numbers.get((ICD_10_CM, code))) for name in known)
                return


def _indexed_codes(system: str, concepts: Iterable[Resource]) -> Iterator[str]:
    """The codes of a value set as they are looked up; NDCs by their product."""
    if system != NDC:
        return (concept["code"] for concept in concepts)
    products = ((concept["code"], ndc_products(concept["code"])) for concept in concepts)
    return (found[0] if len(found) == 1 else code for code, found in products)


def _add_codes(of_system: dict[str, tuple[str, ...]], name: str, codes: Iterable[str]) -> None:
    alone = (name,)
    for code in codes:
        known = of_system.get(code)
        if known is None:
            of_system[code] = alone
        elif name not in known:
            of_system[code] = (*known, name)


def is_number(extension: Any) -> bool:
    """Whether an extension of a concept says what its code counts (FHIR's ordinalValue)."""
    if not isinstance(extension, Mapping) or extension.get("url") != _NUMBER:
        return False
    return isinstance(extension.get("valueDecimal"), int | float)


def _numbered(key: tuple[str, str], concept: Resource) -> Iterator[tuple[tuple[str, str], float]]:
    for extension in filter(is_number, concept.get("extension", ())):
        yield key, float(extension["valueDecimal"])


def _named(value_set: str, designations: Iterable[Any]) -> Iterator[tuple[str, Named]]:
    for designation in designations:
        use = designation["use"]["code"]
        yield designation["value"], Named(value_set, _BY_NAME_USE[use], use == "leading")


def _name_index(names: Iterable[tuple[str, Named]], rules: NameRules) -> NameIndex:
    own = (pair for pair in names if rules.of is None or pair[1].value_set in rules.of)
    return NameIndex.of(
        own,
        rules.others,
        rules.negations,
        rules.excluded,
        rules.local,
        rules.exempt,
        rules.across_clauses,
        rules.systemic,
        rules.doubts,
    )
