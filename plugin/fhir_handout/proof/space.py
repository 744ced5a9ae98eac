"""Conditions and levels as formulas over bits, and which bits everything in a record sets.

In: content packs. Out: formulas for what they say and when; each person, finding and unread part
gets the bits that the shipped code finds in it alone. Bits join by "or": a record's are those of
all that is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, reduce
from operator import or_
from typing import Any

from fhir_handout.model import Finding, Findings
from fhir_handout.pack_model import ContentPack, Predicate, RiskFactor
from fhir_handout.patient_record import Gap, Part
from fhir_handout.predicates import Situation, evaluate
from fhir_handout.proof.formula import TRUE, Formula, bit, every, fewer, no, some
from fhir_handout.proof.options import Implausible, Option, gaps, implausible, of_person, slots
from fhir_handout.proof.people import Person, people
from fhir_handout.tailor import votes

_SOME_DAY = date(2000, 1, 1)  # no condition looks at it


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody's record: who it is, and what it shows."""

    person: Person
    shown: tuple[Option, ...] = ()

    def __str__(self) -> str:
        return ", ".join(map(str, (self.person, *self.shown)))

    @property
    def cost(self) -> int:
        """What orders cases from small to large."""
        return self.person.oddity + sum(option.cost for option in self.shown)

    def findings(self, pack: ContentPack, at: int = 0) -> Findings:
        """The findings that this is, by the pack that stands at `at`."""
        found = (f for option in self.shown for f in option.findings[at])
        return findings_of(
            self.person,
            dict.fromkeys((*of_person(pack, self.person), *found)),
            [option.part for option in self.shown if option.part],
        )


def findings_of(person: Person, found: Iterable[Finding], parts: Iterable[Part]) -> Findings:
    """Findings of somebody, of whose record these parts were not read."""
    unread = tuple(Gap(part.value, "not read", frozenset({part})) for part in parts)
    return Findings("", _SOME_DAY, tuple(found), unread, (), person.age, person.sex)


class Space:
    """The bits, who and what sets them, and the formulas of packs over them."""

    def __init__(self, packs: tuple[ContentPack, ...], more: Iterable[Predicate] = ()) -> None:
        self.packs = packs
        self.people = people(packs, tuple(more))
        self.gaps = gaps(packs)
        self.slots = tuple(slots(packs, self.people))
        self.person_effects = dict.fromkeys(self.people, 0)
        self.options = tuple(
            o for slot in self.slots for kind in slot.options.values() for o in kind
        )
        self.kinds: Mapping[Person, Mapping[str, Implausible]] = {
            person: {slot.factor: implausible(packs, slot.factor, person) for slot in self.slots}
            for person in self.people
        }
        self._bits: dict[Any, int] = {}
        self._leaves: dict[tuple[int, str], int] = {}

    # --- bits ---

    def _new_bit(self, key: Any, at: int, is_set: Any) -> int:
        """The bit of this key; `is_set` tells it of findings by the pack at `at`."""
        if key not in self._bits:
            number = self._bits[key] = len(self._bits)
            nobody = Person(None, "")
            for option in (*self.gaps, *self.options):
                parts = [option.part] if option.part else []
                if is_set(findings_of(nobody, option.findings[at], parts), False):
                    option.effect |= 1 << number
            for person in self.people:
                if is_set(findings_of(person, of_person(self.packs[at], person), ()), True):
                    self.person_effects[person] |= 1 << number
        return self._bits[key]

    def _leaf(self, predicate: Predicate, at: int) -> Formula:
        is_of_person = predicate.name == "patient"
        topics = self.packs[at].topics

        def is_set(findings: Findings, is_person: bool) -> bool:
            if is_of_person and not is_person:
                return False
            return evaluate(predicate, Situation(findings, {}, topics)).holds

        return bit(self._new_bit((at, predicate.name, repr(predicate.arguments)), at, is_set))

    def _shown(self, factor: str, at: int) -> Formula:
        def is_set(findings: Findings, _: bool) -> bool:
            return any(f.risk_factor == factor and f.is_shown for f in findings.findings)

        return bit(self._new_bit((at, "shown", factor), at, is_set))

    def _cast(self, factor: RiskFactor, number: int, at: int) -> Formula:
        """Whether a finding casts one of a factor's votes, were it in the company that asks for."""
        vote = factor.votes[number]
        alone = replace(factor, votes=(vote,), when_unknown={})

        def is_set(findings: Findings, _: bool) -> bool:
            own = findings.of(factor.id)
            return any(votes(alone, finding, vote.alongside) for finding in own)

        return bit(self._new_bit((at, "cast", factor.id, number), at, is_set))

    # --- formulas ---

    def step(self, topic: str, number: int, at: int = 0) -> Formula:
        """Whether a topic comes to its level of this number, or above."""
        return self._steps(topic, number, at) if number else TRUE

    @cache  # noqa: B019, a space lives as long as one check
    def _steps(self, topic: str, number: int, at: int) -> Formula:
        levels = self.packs[at].topics[topic].levels
        above = frozenset(levels[number:])
        return some(
            [
                self._direct(topic, above, at),
                *(
                    every([self._cast(f, i, at), *(self._shown(n, at) for n in vote.alongside)])
                    for f in self.packs[at].risk_factors.values()
                    for i, vote in enumerate(f.votes)
                    if vote.alongside and vote.levels.get(topic) in above
                ),
            ]
        )

    def _direct(self, topic: str, above: frozenset[str], at: int) -> Formula:
        """Whether somebody votes for one of these levels, whatever else is there."""
        factors = self.packs[at].risk_factors

        def is_set(findings: Findings, _: bool) -> bool:
            return any(
                asked == topic and level in above
                for finding in findings.findings
                for asked, level in votes(factors[finding.risk_factor], finding, frozenset())
            )

        return bit(self._new_bit((at, "level", topic, above), at, is_set))

    def level(self, topic: str, level: str, at: int = 0) -> Formula:
        """Whether a topic comes to just this level."""
        levels = self.packs[at].topics[topic].levels
        number = levels.index(level)
        if number + 1 == len(levels):
            return self.step(topic, number, at)
        return every([self.step(topic, number, at), no(self.step(topic, number + 1, at))])

    def when(self, predicate: Predicate, at: int = 0, for_clinician: bool = False) -> Formula:
        """A condition; to the clinician nothing is withheld."""
        if predicate.name == "always":
            return TRUE
        if predicate.name == "level":
            asked = predicate.arguments
            return some(self.level(asked["topic"], level, at) for level in asked["levels"])
        if predicate.parts or predicate.name in ("all", "any", "none"):
            parts = [self.when(part, at, for_clinician) for part in predicate.parts]
            return every(parts) if predicate.name == "all" else self._any(predicate.name, parts)
        if for_clinician and predicate.name == "finding":
            seen = {**predicate.arguments, "even_withheld": True}
            return self._leaf(replace(predicate, arguments=seen), at)
        return self._leaf(predicate, at)

    @staticmethod
    def _any(name: str, parts: list[Formula]) -> Formula:
        return some(parts) if name == "any" else no(some(parts))

    @cache  # noqa: B019
    def said(self, statement: str, at: int = 0) -> Formula:
        """Whether the sheet says a statement: it applies, and its section is not full yet."""
        pack = self.packs[at]
        place = [each.id for each in pack.statements].index(statement)
        own = pack.statements[place]
        applies = self.when(own.when, at)
        most = pack.section_limits.get(own.section)
        if most is None:
            return applies
        before = (s for s in pack.statements[:place] if s.section == own.section)
        return every([applies, fewer(most, [self.when(s.when, at) for s in before])])

    def bits_of(self, case: Case) -> int:
        """All bits that are set where a record shows this."""
        shown = (option.effect for option in case.shown)
        return reduce(or_, shown, self.person_effects[case.person])
