"""A few people who together have every two things that two people can have: all pairs.

In: what a record can show. Out: `Case`s, so that every two findings of different risk factors, and
every finding and every kind of person, meet in one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_handout.errors import UsageError
from fhir_handout.model import Status
from fhir_handout.pack_model import ContentPack
from fhir_handout.proof.options import Option, Slot
from fhir_handout.proof.people import Person
from fhir_handout.proof.space import Case, Space
from fhir_handout.tailor import tailor

Choice = tuple[Slot, Status] | None


def covering(space: Space) -> Iterator[Case]:
    """Cases of the first pack of `space` that cover all pairs."""
    pack = space.packs[0]
    people = list(_kinds_of_people(space, pack))
    factors = [[None, *_choices(space, name)] for name in dict.fromkeys(_factors(space))]
    gaps: list[Option | None] = [None, *space.gaps]
    for person, gap, *chosen in _all_pairs([people, gaps, *factors]):
        found = (_option(space, person, choice) for choice in chosen if choice)
        yield Case(person, tuple(filter(None, (gap, *found))))


def _all_pairs(parameters: list[list[Any]]) -> Iterator[list[Any]]:
    try:
        from allpairspy import AllPairs  # only authors need it
    except ImportError:
        raise UsageError(
            "no-allpairspy",
            "handouts can't be chosen without allpairspy; pip install 'fhir-handout[authoring]'",
        ) from None
    numbered = [list(range(len(values))) for values in parameters]
    for row in AllPairs(numbered):
        yield [values[at] for values, at in zip(parameters, row, strict=True)]


def _kinds_of_people(space: Space, pack: ContentPack) -> Iterator[Person]:
    """One of all who are told the same when nothing else is known of them."""
    seen = set()
    for person in space.people:
        made = tailor(Case(person).findings(pack), pack)
        told = (made.address, *(advice.statement for advice in made.advice))
        if told not in seen:
            seen.add(told)
            yield person


def _factors(space: Space) -> Iterator[str]:
    return (slot.factor for slot in space.slots)


def _choices(space: Space, factor: str) -> Iterator[Choice]:
    for slot in space.slots:
        if slot.factor == factor:
            yield from ((slot, Status.PRESENT), (slot, Status.POSSIBLE))


def _option(space: Space, person: Person, choice: tuple[Slot, Status]) -> Option | None:
    """What the person has of it: told, unless it can't be right for them."""
    slot, status = choice
    options = slot.options[space.kinds[person][slot.factor]]
    fits = [o for o in options if o.findings[0] and o.findings[0][0].status is status]
    told = [o for o in fits if o.findings[0][0].withheld is None]
    return next(iter((*told, *fits, *options)), None)
