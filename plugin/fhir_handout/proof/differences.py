"""What differs between two content packs: what they say, and for whom the outcome changes.

In: two loaded packs, the older first. Out: `Change`s of their tables, words and rules, and
`Outcome`s with the smallest case for each way in which a handout comes out differently. Both packs
look at the same record, so a case is one of both; a finding that only one of them knows is nothing
to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from fhir_handout.pack import LoadedPack
from fhir_handout.pack_content import CONTEXT
from fhir_handout.pack_model import Address, Statement
from fhir_handout.proof.formula import FALSE, Formula, every, no, some
from fhir_handout.proof.search import Search
from fhir_handout.proof.space import Case, Space
from fhir_handout.rules_model import Rules

_BEFORE, _AFTER = 0, 1


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that was added, removed or changed; `what` of it changed."""

    table: str
    item: str
    how: str
    what: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.table}: {self.item} {self.how}" + ": " * bool(self.what) + ", ".join(self.what)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way in which the outcome changes, and the smallest case in which it does."""

    item: str
    what: str
    case: Case

    def __str__(self) -> str:
        return f"{self.item} {self.what}"


def changes(old: LoadedPack, new: LoadedPack) -> Iterator[Change]:
    """What was written differently."""
    yield from _of_pack(old, new)
    for table, part in _PARTS.items():
        yield from _of_table(table, part(old), part(new))
    yield from _of_words(old, new)


def rule_changes(old: Rules, new: Rules) -> Iterator[Change]:
    """What was written differently in rules.yaml."""
    for tag in sorted(old.tags ^ new.tags):
        yield Change("tags", str(tag), "removed" if tag in old.tags else "added")
    yield from _of_table("rules", _by_id(old.rules), _by_id(new.rules))
    yield from _of_table("contradictions", _by_id(old.contradictions), _by_id(new.contradictions))
    yield from _of_table("words", old.words, new.words)
    yield from _of_table("reading", old.reading, new.reading)


_Part = Callable[[LoadedPack], Mapping[str, Any]]
_PARTS: dict[str, _Part] = {
    "topics": lambda pack: pack.content.topics,
    "risk_factors": lambda pack: pack.content.risk_factors,
    "measurements": lambda pack: pack.content.measurements,
    "alerts": lambda pack: _by_id(pack.content.alerts),
    "addresses": lambda pack: _by_id(pack.content.addresses),
    "citations": lambda pack: pack.content.citations,
    "value_sets": lambda pack: {v["id"]: v for v in pack.value_sets},
    "figures": lambda pack: pack.figures,
}


def _by_id(items: Iterable[Any]) -> dict[str, Any]:
    return {item.id: item for item in items}


def _of_pack(old: LoadedPack, new: LoadedPack) -> Iterator[Change]:
    names = (
        "id",
        "version",
        "sections",
        "section_limits",
        "medicines_fade_after",
        "supplies_fade_after",
    )
    for name in names:
        if getattr(old.content, name) != getattr(new.content, name):
            yield Change("pack", name, "changed")
    if old.name_rules != new.name_rules:
        yield Change("pack", "word lists", "changed")


def _of_table(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for item in dict.fromkeys((*old, *new)):
        if item not in new:
            yield Change(table, item, "removed")
        elif item not in old:
            yield Change(table, item, "added")
        elif old[item] != new[item]:
            yield Change(table, item, "changed", _differing(old[item], new[item]))


def _differing(old: Any, new: Any) -> tuple[str, ...]:
    """The parts of a thing that differ, where it has any."""
    if not hasattr(old, "__dataclass_fields__"):
        return ()
    names = (field.name for field in fields(old))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _of_words(old: LoadedPack, new: LoadedPack) -> Iterator[Change]:
    """Statements, with their words by language; then the other messages of each language."""
    before, after = (_by_id(pack.content.statements) for pack in (old, new))
    for change in _of_table("statements", before, after):
        yield Change(
            *(change.table, change.item, change.how), (*change.what, *_words(change, old, new))
        )
    for name in before:
        if before[name] == after.get(name) and (languages := _languages(name, old, new)):
            yield Change("statements", name, "changed", languages)
    if _order(before, after) != _order(after, before):
        yield Change("statements", "their order", "changed")
    for language in dict.fromkeys((*old.catalogues.languages, *new.catalogues.languages)):
        mine, theirs = (_others(pack, language) for pack in (old, new))
        yield from _of_table(f"locale/{language}", mine, theirs)


def _words(change: Change, old: LoadedPack, new: LoadedPack) -> tuple[str, ...]:
    return _languages(change.item, old, new) if change.how == "changed" else ()


def _languages(statement: str, old: LoadedPack, new: LoadedPack) -> tuple[str, ...]:
    languages = dict.fromkeys((*old.catalogues.languages, *new.catalogues.languages))
    return tuple(
        f"words ({language})"
        for language in languages
        if _spoken(statement, old, language) != _spoken(statement, new, language)
    )


def _spoken(statement: str, pack: LoadedPack, language: str) -> dict[str, str]:
    words = _all_words(pack, language)
    return {name: text for name, text in words.items() if name.partition(CONTEXT)[0] == statement}


def _all_words(pack: LoadedPack, language: str) -> Mapping[str, str]:
    """What a pack says in a language, whether or not that is all."""
    found = pack.catalogues.translation(language)
    return found.words if found else {}


def _others(pack: LoadedPack, language: str) -> dict[str, str]:
    said = _by_id(pack.content.statements)
    words = _all_words(pack, language)
    return {name: text for name, text in words.items() if name.partition(CONTEXT)[0] not in said}


def _order(one: Mapping[str, Statement], other: Mapping[str, Statement]) -> list[str]:
    return [name for name in one if name in other]


class _Outcomes:
    """Searches what both packs come to."""

    def __init__(self, old: LoadedPack, new: LoadedPack) -> None:
        self.packs = (old.content, new.content)
        self.space = Space(self.packs)
        self.search = Search(self.space)
        names = (s.id for s in old.content.statements)
        self.reworded = [name for name in names if _languages(name, old, new)]

    def questions(self) -> Iterator[tuple[str, str, Formula]]:
        """What could come out differently, how, and where it does."""
        yield from self._levels()
        yield from self._one_sided("is said", "statements", self._said)
        for name in self.reworded:
            both = every([self._said(name, _BEFORE), self._said(name, _AFTER)])
            yield name, "is said in other words", both
        yield from self._one_sided("is raised", "alerts", self._raised)
        yield from self._one_sided("is spoken to", "addresses", self._spoken)

    def _levels(self) -> Iterator[tuple[str, str, Formula]]:
        before, after = (pack.topics for pack in self.packs)
        for topic in (name for name in before if name in after):
            for one, other in product(before[topic].levels, after[topic].levels):
                if one != other:
                    was = self.space.level(topic, one, _BEFORE)
                    now = self.space.level(topic, other, _AFTER)
                    yield topic, f"was {one} and is {other}", every([was, now])

    def _one_sided(
        self, what: str, table: str, holds: Callable[[str, int], Formula]
    ) -> Iterator[tuple[str, str, Formula]]:
        names = (_by_id(getattr(pack, table)) for pack in self.packs)
        for name in dict.fromkeys(name for of_pack in names for name in of_pack):
            was, now = (holds(name, at) for at in (_BEFORE, _AFTER))
            yield name, f"{what} no longer", every([was, no(now)])
            yield name, f"{what} now", every([now, no(was)])

    def _said(self, name: str, at: int) -> Formula:
        known = _by_id(self.packs[at].statements)
        return self.space.said(name, at) if name in known else FALSE

    def _raised(self, name: str, at: int) -> Formula:
        alert = _by_id(self.packs[at].alerts).get(name)
        return self.space.when(alert.when, at, for_clinician=True) if alert else FALSE

    def _spoken(self, name: str, at: int) -> Formula:
        earlier: list[Address] = []
        for address in self.packs[at].addresses:
            if address.id == name:
                before = some(self.space.when(each.when, at) for each in earlier)
                return every([self.space.when(address.when, at), no(before)])
            earlier.append(address)
        return FALSE


def outcomes(
    old: LoadedPack, new: LoadedPack, progress: Callable[[int, int], None] = lambda done, of: None
) -> Iterator[Outcome]:
    """Every way in which the outcome changes, with the smallest case for each."""
    both = _Outcomes(old, new)
    asked = list(both.questions())
    for done, (item, what, formula) in enumerate(asked, 1):
        case = both.search.smallest(formula)
        progress(done, len(asked))
        if case:
            yield Outcome(item, what, case)
