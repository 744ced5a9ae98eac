"""Whose whole handouts are rendered: together they have every two things that one can have."""

from itertools import combinations

import pytest

from fhir_handout.model import Status
from fhir_handout.pack_model import ContentPack
from fhir_handout.proof.covering import covering
from fhir_handout.proof.options import Option
from fhir_handout.proof.people import Person
from fhir_handout.proof.space import Space
from unit.handouts import loaded
from unit.proof import small_packs

PACKS = {"the pack that ships": loaded().content, "a small pack": small_packs.pack(1)}


def things(space: Space, person: Person) -> list[tuple[str, Option]]:
    """Everything that somebody's record can show, with the factor or part that it is of."""
    kinds = space.kinds[person]
    found = [(s.factor, option) for s in space.slots for option in s.options[kinds[s.factor]]]
    return [*found, *(("unread", gap) for gap in space.gaps)]


@pytest.mark.parametrize("name", PACKS)
def test_every_two_things_that_one_person_can_have_meet(name: str) -> None:
    content: ContentPack = PACKS[name]
    space = Space((content,))
    cases = list(covering(space))
    met = {frozenset(pair) for case in cases for pair in combinations(case.shown, 2)}
    wanted = {
        frozenset((one, other))
        for person in space.people
        for (of_one, one), (of_other, other) in combinations(things(space, person), 2)
        if of_one != of_other
    }
    assert wanted
    assert wanted <= met


@pytest.mark.parametrize("name", PACKS)
def test_nobody_has_what_they_cannot_have(name: str) -> None:
    space = Space((PACKS[name],))
    for case in covering(space):
        can_have = [option for _, option in things(space, case.person)]
        assert set(case.shown) <= set(can_have)
        of = [factor for factor, option in things(space, case.person) if option in case.shown]
        assert len(of) == len(set(of))


def test_every_two_findings_of_different_factors_that_may_be_told_meet() -> None:
    """By the pack's own names: every factor, qualifier and status, with every other."""
    content = loaded().content
    met = set()
    for case in covering(Space((content,))):
        told = [f for o in case.shown for f in o.findings[0] if f.withheld is None]
        shown = [(f.risk_factor, f.qualifier, f.status) for f in told if f.status != "unknown"]
        met |= {frozenset(pair) for pair in combinations(shown, 2)}
    every = [
        (factor.id, qualifier, status)
        for factor in content.risk_factors.values()
        if not factor.bands
        for qualifier in factor.qualifiers
        for status in (Status.PRESENT, Status.POSSIBLE)
    ]
    wanted = {frozenset((a, b)) for a, b in combinations(every, 2) if a[0] != b[0]}
    assert wanted <= met
