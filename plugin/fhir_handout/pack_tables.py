"""The parsed tables of a content pack, and the mistakes found in them.

In: the tables, by the name of their file. Out: what of them has the right shape, item by item. What
has not is a problem, and is left out; that it is there is remembered, so that one mistake is not
told again by all that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.pack_problems import Problem
from fhir_handout.pack_schemas import plain, wrong_shapes


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, the items left out of them by id, and the problems found so far."""

    tables: Mapping[str, Mapping[str, Any]]
    refused: Mapping[str, frozenset[str]]
    problems: list[Problem]

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[str, Any]], problems: list[Problem]) -> Tables:
        """The tables as far as their schemas allow them."""
        good, refused = {}, {}
        for name, raw in tables.items():
            table, wrong = shaped(name, f"{name}.yaml", raw)
            problems += wrong
            good[name], refused[name] = _without(table, [problem.path for problem in wrong])
        return cls(good, refused, problems)

    def __getitem__(self, table: str) -> Mapping[str, Any]:
        return self.tables.get(table, {})

    def items(self, table: str, key: str = "") -> list[dict[str, Any]]:
        """The items that a table lists under `key`, by default under its own name."""
        return self[table].get(key or table) or []

    def is_refused(self, table: str, name: str) -> bool:
        """Whether an item is there, or may be, and was left out."""
        refused = self.refused.get(table)
        return refused is None or name in refused or table in refused

    def wrong(self, table: str, item: str, what: str, at: str = "") -> None:
        """Note a problem with an item; `at` is the word in it that is wrong."""
        self.problems.append(Problem(f"{table}.yaml", item, what, at=at))


def shaped(
    schema: str, file: str, raw: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[Problem]]:
    """A table as JSON can hold it, and where it is not as its schema says."""
    try:
        wrong = list(wrong_shapes(schema, file, raw))
    except ValueError:  # a date, or a key that is no text
        try:
            raw = plain(raw)
        except ValueError:
            what = "holds itself; take out the * that names what it is in"
            return {}, [Problem(file, "", what, (schema,), line=1)]
        wrong = list(wrong_shapes(schema, file, raw))
    return raw, [*wrong, *_twice(file, raw)]


def _twice(file: str, raw: Mapping[str, Any]) -> Iterator[Problem]:
    for key, rows in raw.items():
        seen = set()
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            name = row.get("id") if isinstance(row, dict) else None
            if isinstance(name, str) and name in seen:
                yield Problem(file, name, "is there twice", (key, number, "id"))
            elif isinstance(name, str):
                seen.add(name)


def _without(
    raw: Mapping[str, Any], paths: Iterable[tuple[str | int, ...]]
) -> tuple[Mapping[str, Any], frozenset[str]]:
    """A table less its items that these paths lead into, and what those are called.

    One without a name may be any, so its table's name stands for it.
    """
    places = {path[:2] for path in paths}
    if not places:
        return raw, frozenset()
    names = {str(place[0]) for place in places if len(place) == 1}
    good: dict[str, Any] = {}
    for key, value in raw.items():
        if key in names:
            continue
        inside = {place[1] for place in places if len(place) == 2 and place[0] == key}
        if isinstance(value, list):
            names |= {_name(value[at]) or key for at in inside if isinstance(at, int)}
            good[key] = [row for at, row in enumerate(value) if at not in inside]
        elif isinstance(value, dict):
            keys = {str(at) for at in inside}  # a key of digits comes as a number
            names |= keys
            good[key] = {name: part for name, part in value.items() if name not in keys}
        else:
            good[key] = value
    return good, frozenset(names)


def _name(row: Any) -> str:
    return str(row.get("id", "")) if isinstance(row, dict) else str(row)
