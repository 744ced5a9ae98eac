"""The parsed tables of a content pack, and the mistakes found in them.

In: the tables, by the name of their file. Out: their items, one by one; what is wrong with them is
added to `problems`, as `file: id: what is wrong`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

T = TypeVar("T")

MALFORMED = (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)
"""What building an item of the wrong shape raises."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables, and the problems found so far."""

    tables: Mapping[str, Mapping[str, Any]]
    problems: list[str]

    def __getitem__(self, table: str) -> Mapping[str, Any]:
        return self.tables[table]

    def wrong(self, table: str, item: str, what: str) -> None:
        self.problems.append(f"{table}.yaml: {item}: {what}")

    def only(self, table: str, item: str, raw: Mapping[str, Any], keys: Iterable[str]) -> None:
        """A key nobody reads is a slip of the pen, and might have been a safety rule."""
        for key in sorted(set(map(str, raw)) - set(keys)):
            self.wrong(table, item, f"unknown key {key}")

    def fits(self, table: str, item: str, raw: Mapping[str, Any], kind: type) -> None:
        self.only(table, item, raw, [field.name for field in fields(kind)])

    def each(self, table: str, build: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
        """Every item of a table, built; one that can't be is named and left out."""
        for raw in self.unique(table):
            try:
                yield build(raw)
            except MALFORMED as error:
                self.wrong(table, raw["id"], f"malformed ({type(error).__name__}: {error})")

    def unique(self, table: str, rows: Any = None) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        rows = self.tables[table].get(table) if rows is None else rows
        if not isinstance(rows, list) or not rows:
            self.wrong(table, table, "lists nothing")
            return
        for raw in rows:
            if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
                self.wrong(table, str(len(seen) + 1), "has no id")
            elif raw["id"] in seen:
                self.wrong(table, raw["id"], "is there twice")
            else:
                seen.add(raw["id"])
                yield raw
