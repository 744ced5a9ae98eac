"""A few people who together have every two things that one can have: all pairs.

In: what a record can show. Out: `Case`s, so that every two findings of different risk factors that
one person can have, each with every part that can't be read and with every kind of person, meet in
one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

from fhir_handout.errors import UsageError
from fhir_handout.pack_model import ContentPack
from fhir_handout.proof.options import Option
from fhir_handout.proof.people import Person
from fhir_handout.proof.space import Case, Space
from fhir_handout.tailor import tailor

Pair = tuple[Any, ...]
"""Two options of what a record shows, or a person and one of them."""


def covering(space: Space) -> Iterator[Case]:
    """Cases of the first pack of `space` that cover all pairs."""
    people = list(_kinds_of_people(space, space.packs[0]))
    gaps: list[Option | None] = [None, *space.gaps]
    kinds = [gaps, *_findings(space)]
    left = _pairs_of(space, people, kinds)
    for person, *chosen in _all_pairs(space, [people, *kinds]):
        case = Case(person, tuple(filter(None, chosen)))
        for pair in combinations((person, *case.shown), 2):
            left.pop(pair, None)
        yield case
    for pair, person in left.items():  # what the search for few cases gave up on
        yield Case(person, tuple(thing for thing in pair if isinstance(thing, Option)))


def _pairs_of(
    space: Space, people: list[Person], kinds: list[list[Option | None]]
) -> dict[Pair, Person]:
    """Every two things that have to meet, and somebody who can have both."""
    found: dict[Pair, Person] = {}
    for person, can_have in zip(people, _fitting(space, people), strict=True):
        own = [[thing for thing in kind if thing in can_have] for kind in kinds]
        choices: list[list[Any]] = [[person], *own]
        for one, other in combinations(choices, 2):
            found |= dict.fromkeys(product(one, other), person)
    return found


def _findings(space: Space) -> list[list[Option | None]]:
    """For each risk factor nothing, and everything that a record can show of it."""
    by_factor: dict[str, list[Option | None]] = {slot.factor: [None] for slot in space.slots}
    for slot in space.slots:
        for options in slot.options.values():
            by_factor[slot.factor] += options
    return list(by_factor.values())


def _all_pairs(space: Space, parameters: list[list[Any]]) -> Iterator[list[Any]]:
    try:
        from allpairspy import AllPairs  # only authors need it
    except ImportError:
        raise UsageError(
            "no-allpairspy",
            "handouts can't be chosen without allpairspy; pip install 'fhir-handout[authoring]'",
        ) from None
    numbered = [list(range(len(values))) for values in parameters]
    can_have = _fitting(space, parameters[0])

    def is_one_persons(row: Sequence[int]) -> bool:
        """Asked of the beginning of a row too: who it is comes first."""
        named = (parameters[at][number] for at, number in enumerate(row) if at)
        return all(thing is None or thing in can_have[row[0]] for thing in named)

    for row in AllPairs(numbered, filter_func=is_one_persons):
        yield [values[at] for values, at in zip(parameters, row, strict=True)]


def _fitting(space: Space, people: list[Person]) -> list[frozenset[Option]]:
    """What the record of each of these people can show."""
    of_people = (space.kinds[person] for person in people)
    return [
        frozenset((*space.gaps, *(o for s in space.slots for o in s.options[kinds[s.factor]])))
        for kinds in of_people
    ]


def _kinds_of_people(space: Space, pack: ContentPack) -> Iterator[Person]:
    """One of all who can have the same, and are told the same where there is nothing else."""
    seen = set()
    for person in space.people:
        made = tailor(Case(person).findings(pack), pack)
        told = (made.address, *(advice.statement for advice in made.advice))
        kind = (tuple(space.kinds[person].values()), told)
        if kind not in seen:
            seen.add(kind)
            yield person
