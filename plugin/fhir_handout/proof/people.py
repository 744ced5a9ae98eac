"""The people that stand for all: an age on each side of every boundary a pack draws, every sex.

In: content packs, and further predicates. Out: `Person`s, the most ordinary first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from fhir_handout.pack_model import ContentPack, Predicate, RiskFactor
from fhir_handout.predicates import COMBINING

Age = tuple[int, int] | None
SEXES = (None, "female", "male", "other", "unknown")
OLDEST = 130
_ORDINARY = 40


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's age in years, the youngest and the oldest it can be, and recorded sex."""

    age: Age
    sex: str | None

    @property
    def oddity(self) -> int:
        """How far this is from an adult of whom nothing else is to be said."""
        is_exact = self.age is not None and self.age[0] == self.age[1]
        is_ordinary = self.age == (_ORDINARY, _ORDINARY)
        return (0 if is_ordinary else 2 if is_exact else 4) + (self.sex is not None)

    def __str__(self) -> str:
        if self.age is None:
            age = "age not known"
        else:
            age = "age " + " to ".join(map(str, dict.fromkeys(self.age)))
        return f"{age}, {self.sex}" if self.sex else age


def people(packs: Iterable[ContentPack], more: Iterable[Predicate] = ()) -> tuple[Person, ...]:
    """Everybody whom these packs, or these predicates, can tell apart, and some more."""
    asked = chain(more, chain.from_iterable(map(predicates_of, packs)))
    limits = {limit for predicate in asked for limit in _asked_of(predicate)}
    for pack in packs:
        for factor in pack.risk_factors.values():
            limits |= set(_drawn_by(factor))
    inside = sorted(limit for limit in limits if 0 < limit <= OLDEST)
    ages: list[Age] = [(_ORDINARY, _ORDINARY), (0, 0), None, (0, OLDEST)]
    for limit in inside:
        ages += [(limit, limit), (limit - 1, limit - 1), (limit - 1, limit)]
    return tuple(Person(age, sex) for age in dict.fromkeys(ages) for sex in SEXES)


def _drawn_by(factor: RiskFactor) -> Iterator[int]:
    for band in factor.bands:
        yield from (band.at_least, band.under)
    if factor.plausible_ages:
        youngest, oldest = factor.plausible_ages
        yield from (youngest, oldest + 1)
    if factor.confidential_under is not None:
        yield factor.confidential_under


def _asked_of(predicate: Predicate) -> Iterator[int]:
    for leaf in leaves(predicate):
        if leaf.name == "patient":
            yield from (leaf.arguments["age_from"], leaf.arguments["age_to"] + 1)


def predicates_of(pack: ContentPack) -> Iterator[Predicate]:
    """Every condition that a pack makes."""
    yield from (statement.when for statement in pack.statements)
    yield from (alert.when for alert in pack.alerts)
    yield from (address.when for address in pack.addresses)


def leaves(predicate: Predicate) -> Iterator[Predicate]:
    """The conditions that a predicate is made of."""
    if predicate.name in COMBINING:
        for part in predicate.parts:
            yield from leaves(part)
    else:
        yield predicate
