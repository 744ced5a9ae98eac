"""Finds the smallest case in which a formula holds, among all there are.

In: a formula over the bits of a `Space`. Out: the smallest `Case`, or None where there is none.
Everybody is tried; for each, what a record can show is chosen piece by piece, and what leaves the
same to be asked is taken together. So every combination is covered, as far as the formula looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fhir_handout.proof.formula import FALSE, TRUE, Formula, given
from fhir_handout.proof.options import Implausible, Option
from fhir_handout.proof.people import Person
from fhir_handout.proof.space import Case, Space

Choice = tuple[Option | None, ...]
"""What can be there of one piece of a record; None for nothing."""

Kinds = Mapping[str, Implausible]
"""For each factor what a person's age and sex make of it."""

Chosen = tuple[int, "Chain"]
Chain = tuple[Option, "Chain"] | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Cases to which one more thing can come: without it, or with the same finding less sure."""

    extra: Option

    def can_be(self, option: Option, own: tuple[Option, ...]) -> bool:
        """Whether the option can be there before, where the extra is among the same choice."""
        return self.extra not in own or (
            option is not self.extra and option.is_no_more_than(self.extra)
        )


class Search:
    """Searches one space, and counts what it looked at."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.questions = 0
        self.cases = 0

    def smallest(self, formula: Formula, beside: Beside | None = None) -> Case | None:
        """The smallest case in which the formula holds."""
        self.questions += 1
        best: tuple[int, Case] | None = None
        for person, choices in self._groups(formula, beside):
            found = self._of_person(formula, person, choices)
            if found is not None:
                cost, chain = found
                cost += person.oddity
                if best is None or cost < best[0]:
                    best = (cost, Case(person, tuple(_unchained(chain))))
        return best[1] if best else None

    def _groups(
        self, formula: Formula, beside: Beside | None
    ) -> Iterator[tuple[Person, tuple[Choice, ...]]]:
        """Somebody for each way in which people differ to the formula, and what they can have."""
        seen: set[tuple[int, tuple[Choice, ...]]] = set()
        by_kind: dict[object, tuple[Choice, ...]] = {}
        for person in sorted(self.space.people, key=lambda person: person.oddity):
            kinds = self.space.kinds[person]
            name = tuple(kinds.values())
            if name not in by_kind:
                by_kind[name] = tuple(self._choices(formula.mask, kinds, beside))
            if beside and not self._can_have(kinds, beside.extra):
                continue
            key = (self.space.person_effects[person] & formula.mask, by_kind[name])
            if key not in seen:
                seen.add(key)
                yield person, by_kind[name]

    def _can_have(self, kinds: Kinds, extra: Option) -> bool:
        if extra.part:
            return True
        return any(extra in slot.options[kinds[slot.factor]] for slot in self.space.slots)

    def _choices(self, mask: int, kinds: Kinds, beside: Beside | None) -> Iterator[Choice]:
        """What there is to choose, as far as these bits tell."""
        for gap in self.space.gaps:
            yield from _differing((gap,), mask, beside)
        for slot in self.space.slots:
            yield from _differing(slot.options[kinds[slot.factor]], mask, beside)

    def _of_person(
        self, formula: Formula, person: Person, choices: tuple[Choice, ...]
    ) -> Chosen | None:
        later = _later(choices)
        known = self.space.person_effects[person]
        residual = given(formula, known & formula.mask, formula.mask & ~known & ~later[0])
        states: dict[Formula, Chosen] = {residual: (0, None)}
        for choice, open_bits in zip(choices, later[1:], strict=True):
            states = self._chosen(states, choice, open_bits)
        return states.get(TRUE)

    def _chosen(
        self, states: dict[Formula, Chosen], choice: Choice, open_bits: int
    ) -> dict[Formula, Chosen]:
        """The states after one choice; bits that nothing can set any more are off."""
        after: dict[Formula, Chosen] = {}
        for option in choice:  # nothing comes first: of cases as small, the first in the pack stays
            set_bits = option.effect if option else 0
            for formula, (cost, chain) in states.items():
                self.cases += 1
                left = given(formula, set_bits, formula.mask & ~set_bits & ~open_bits)
                spent = cost + (option.cost if option else 0)
                if left is not FALSE and (left not in after or spent < after[left][0]):
                    after[left] = (spent, (option, chain) if option else chain)
        return after


def _differing(options: Iterable[Option], mask: int, beside: Beside | None) -> Iterator[Choice]:
    """The cheapest option for each effect as far as the mask sees it; nothing if all are alike."""
    own = tuple(options)
    found: dict[int, Option | None] = {0: None}
    for option in sorted(own, key=lambda option: option.cost):
        if beside is None or beside.can_be(option, own):
            found.setdefault(option.effect & mask, option)
    if len(found) > 1:
        yield tuple(found.values())


def _later(choices: tuple[Choice, ...]) -> list[int]:
    """For each place the bits that the choices from there on can set."""
    later = [0]
    for choice in reversed(choices):
        bits = 0
        for option in choice:
            bits |= option.effect if option else 0
        later.append(later[-1] | bits)
    return later[::-1]


def _unchained(chain: Chain) -> Iterator[Option]:
    found = []
    while chain:
        option, chain = chain
        found.append(option)
    return reversed(found)
