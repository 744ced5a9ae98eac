"""Deleting what has expired, now and then.

In: a table, the column that says how old a row is, and the oldest that stays. Out: nothing.
"""

from __future__ import annotations

from sqlalchemy import Column, Engine, Table, delete

_SECONDS_BETWEEN = 60


class Forgetting:
    """Deletes old rows, of each table at most once a minute."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: dict[str, int] = {}

    def forget(self, table: Table, age: Column[int], until: int, now: int) -> None:
        """Delete the rows whose `age` is `until` or earlier, unless that was just done."""
        if now - self._last.get(table.name, -_SECONDS_BETWEEN) < _SECONDS_BETWEEN:
            return
        self._last[table.name] = now
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(age <= until))
