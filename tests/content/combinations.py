"""Questions to the proof about the pack that ships: what holds in no case, and records at random.

A finding is named `factor`, `factor.qualifier` or `factor unknown`; `unread` is any part that was
not read. Withheld findings count, unless asked for as told.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from fhir_handout.model import Finding, Findings, Status
from fhir_handout.pack_model import Predicate
from fhir_handout.patient_record import Part
from fhir_handout.proof.formula import Formula, every, no, some
from fhir_handout.proof.options import Option, of_person
from fhir_handout.proof.people import Person
from fhir_handout.proof.search import Search
from fhir_handout.proof.space import Case, Space, findings_of
from fhir_handout.tailor import tailor
from unit.handouts import loaded

PACK = loaded().content
TOPICS = tuple(PACK.topics)
SPACE = Space((PACK,))
PARTS = tuple(gap.part for gap in SPACE.gaps if gap.part)


def case(*formulas: Formula) -> Case | None:
    """The smallest case in which all of these hold; None where there is none."""
    return Search(SPACE).smallest(every(formulas))


def said(*statements: str) -> Formula:
    """One of these statements is said."""
    return some(SPACE.said(statement) for statement in statements)


def has(*names: str) -> Formula:
    """There is one of these findings, possible or present, told or not."""
    return some(map(_has, names))


def _has(name: str) -> Formula:
    if name == "unread":
        return SPACE.when(Predicate("unread"))
    bare = name.removesuffix(" unknown")
    return _finding(bare, even_withheld=True, unknown_too=bare != name)


def told(factor: str, qualifiers: Iterable[str | None] = (), certain: bool = True) -> Formula:
    """There is such a finding that may be told; by default a certain one."""
    return _finding(factor, qualifiers, certain=certain)


def _finding(name: str, qualifiers: Iterable[str | None] = (), **flags: bool) -> Formula:
    factor, _, qualifier = name.partition(".")
    known = PACK.risk_factors[factor].qualifiers
    asked = tuple(filter(None, (qualifier, *qualifiers)))
    assert set(asked) <= set(known), name
    arguments = {"factor": factor, "qualifiers": asked, "withheld": None, **_FLAGS, **flags}
    return SPACE.when(Predicate("finding", arguments))


_FLAGS = {"certain": False, "even_withheld": False, "unknown_too": False}


def level(topic: str, *levels: str) -> Formula:
    """A topic comes to one of these levels."""
    return some(SPACE.level(topic, each) for each in levels)


def never(*formulas: Formula) -> None:
    """Fail with the smallest case in which all of these hold."""
    found = case(*formulas)
    assert found is None, str(found)


def always(formula: Formula) -> None:
    """Fail with the smallest case in which it does not hold."""
    never(no(formula))


# --- records at random ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a handout comes to."""

    levels: dict[str, str]
    said: frozenset[str]


def told_of(findings: Findings) -> Told:
    """By the code that ships."""
    handout = tailor(findings, PACK)
    levels = {topic: level.level for topic, level in handout.levels.items()}
    return Told(levels, frozenset(advice.statement for advice in handout.advice))


def random_case(rng: random.Random, person: Person | None = None) -> Case:
    """Any record at all; half of it is not there, else everybody has everything."""
    person = person or rng.choice(SPACE.people)
    kinds = SPACE.kinds[person]
    busy = rng.random() * 0.5
    gaps = (gap for gap in SPACE.gaps if rng.random() < 0.3)
    found = (
        rng.choice(slot.options[kinds[slot.factor]]) for slot in SPACE.slots if rng.random() < busy
    )
    return Case(person, (*gaps, *found))


def whole(what: Case) -> Findings:
    """All its findings, absent ones too, as they come out of a record."""
    hidden = {part for option in what.shown if (part := option.part)}
    shown = [f for option in what.shown if not option.part for f in option.findings[0]]
    found: list[Finding] = [*of_person(PACK, what.person)]
    for factor in PACK.risk_factors.values():
        own = [finding for finding in shown if finding.risk_factor == factor.id]
        if not factor.bands and not hidden.isdisjoint(factor.shows_in):
            found.append(Finding(factor.id, None, Status.UNKNOWN))
        elif not factor.bands and not own:
            found.append(Finding(factor.id, None, Status.ABSENT))
        found += own
    return findings_of(what.person, found, hidden)


def factors_in(part: Part) -> list[str]:
    """The factors that show in a part of the record."""
    return [factor.id for factor in PACK.risk_factors.values() if part in factor.shows_in]


def one_more(rng: random.Random, what: Case) -> Case | None:
    """The record with one more thing: a part unread, or a finding where there was none."""
    there = {_place(option) for option in what.shown}
    kinds = SPACE.kinds[what.person]
    free = [gap for gap in SPACE.gaps if _place(gap) not in there]
    for slot in SPACE.slots:
        options = slot.options[kinds[slot.factor]]
        free += [option for option in options if _place(option) not in there]
    return Case(what.person, (*what.shown, rng.choice(free))) if free else None


def _place(option: Option) -> object:
    if option.part:
        return option.part
    (found,) = option.findings[0]
    return found.risk_factor, found.qualifier
