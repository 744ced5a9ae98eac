"""How many combinations a pack's findings can make, counted and not listed.

In: a `Space` of one pack. Out: `Numbers`. Sets of findings multiply. Combinations of levels, and
of statements, are counted one piece of the record after another: what is left of each formula is
kept for everything that can be so far, and what is settled parts it. Different beginnings that
leave the same are counted together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import chain, compress
from math import prod
from operator import or_

from fhir_handout.proof.formula import Formula, given
from fhir_handout.proof.options import Implausible
from fhir_handout.proof.space import Space

Kind = tuple[Implausible, ...]
Open = tuple[Kind, tuple[Formula, ...]]
"""What a person can have, and what is left of each formula."""
State = frozenset[Open]
"""Everything that can be so far behind one pattern of what is settled."""
Effects = Mapping[Kind, frozenset[int]]
"""For each kind of person the effects that one piece of a record can have."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """From findings to choices."""

    factors: int
    single_findings: int
    people: int
    gaps: int
    sets_of_findings: int
    levels: int
    choices: int


def numbers(space: Space) -> Numbers:
    """The numbers of a space of one pack."""
    said = [space.said(statement.id) for statement in space.packs[0].statements]
    kinds = {option.findings for option in space.options}
    return Numbers(
        factors=len(space.packs[0].risk_factors),
        single_findings=len(kinds),
        people=len(space.people),
        gaps=len(space.gaps),
        sets_of_findings=_sets_of_findings(space),
        levels=patterns(space, _steps(space)),
        choices=patterns(space, said),
    )


def _sets_of_findings(space: Space) -> int:
    return (1 << len(space.gaps)) * sum(
        prod(1 + len(slot.options[kinds[slot.factor]]) for slot in space.slots)
        for kinds in space.kinds.values()
    )


def _steps(space: Space) -> list[Formula]:
    topics = space.packs[0].topics.values()
    return [
        space.step(topic.id, number) for topic in topics for number in range(1, len(topic.levels))
    ]


def patterns(space: Space, formulas: Iterable[Formula]) -> int:
    """In how many ways these formulas can hold and not hold, over everything that can be."""
    asked = tuple(dict.fromkeys(f for f in formulas if f.kind != "constant"))
    mask = 0
    for formula in asked:
        mask |= formula.mask
    pieces = list(_pieces(space, mask))
    later = _later(pieces)
    everybody = frozenset(_of_people(space, asked, mask & ~later[0]))
    states = _parted([(everybody, 1)], _settled(asked, later[0]))
    asked = _unsettled(asked, later[0])
    for effects, open_bits in zip(pieces, later[1:], strict=True):
        grown = _grown(states, effects, open_bits, asked)
        states = _parted(grown, _settled(asked, open_bits))
        asked = _unsettled(asked, open_bits)
    return sum(states.values())


def _of_people(space: Space, asked: tuple[Formula, ...], settled: int) -> Iterator[Open]:
    for person, effect in space.person_effects.items():
        kind = tuple(space.kinds[person].values())
        yield kind, tuple(given(f, effect & f.mask, settled & ~effect) for f in asked)


def _pieces(space: Space, mask: int) -> Iterator[Effects]:
    kinds = {tuple(of.values()): of for of in space.kinds.values()}
    for gap in space.gaps:
        if gap.effect & mask:
            yield dict.fromkeys(kinds, frozenset({0, gap.effect & mask}))
    for slot in space.slots:
        found = {
            name: frozenset({0, *(o.effect & mask for o in slot.options[of[slot.factor]])})
            for name, of in kinds.items()
        }
        if any(len(effects) > 1 for effects in found.values()):
            yield found


def _later(pieces: list[Effects]) -> list[int]:
    """For each place the bits that the pieces from there on can set."""
    later = [0]
    for effects in reversed(pieces):
        later.append(later[-1] | _bits(effects))
    return later[::-1]


def _bits(effects: Effects) -> int:
    bits: int = reduce(or_, chain.from_iterable(effects.values()), 0)
    return bits


def _settled(asked: tuple[Formula, ...], open_bits: int) -> tuple[bool, ...]:
    """Which of the formulas nothing that is still to come can change."""
    return tuple(not formula.mask & open_bits for formula in asked)


def _unsettled(asked: tuple[Formula, ...], open_bits: int) -> tuple[Formula, ...]:
    return tuple(formula for formula in asked if formula.mask & open_bits)


def _grown(
    states: Mapping[State, int], effects: Effects, open_bits: int, asked: tuple[Formula, ...]
) -> Iterator[tuple[State, int]]:
    """The states with whatever one more piece of the record brings."""
    looked_at = [i for i, formula in enumerate(asked) if formula.mask & _bits(effects)]
    known: dict[Open, frozenset[Open]] = {}
    for state, times in states.items():
        grown: set[Open] = set()
        for each in state:
            if each not in known:
                known[each] = frozenset(_after(each, effects, open_bits, looked_at))
            grown |= known[each]
        yield frozenset(grown), times


def _after(each: Open, effects: Effects, open_bits: int, looked_at: list[int]) -> Iterator[Open]:
    kind, left = each
    for effect in effects[kind]:
        after = list(left)
        for i in looked_at:
            after[i] = given(left[i], effect, ~(effect | open_bits) & left[i].mask)
        yield kind, tuple(after)


def _parted(states: Iterable[tuple[State, int]], settled: tuple[bool, ...]) -> Counter[State]:
    """The states, parted by the formulas that are settled, which are forgotten from here on."""
    after: Counter[State] = Counter()
    still_open = tuple(not is_settled for is_settled in settled)
    for state, times in states:
        if all(still_open):
            after[state] += times
            continue
        parts: dict[tuple[Formula, ...], set[Open]] = defaultdict(set)
        for kind, left in state:
            rest = (kind, tuple(compress(left, still_open)))
            parts[tuple(compress(left, settled))].add(rest)
        for part in parts.values():
            after[frozenset(part)] += times
    return after
