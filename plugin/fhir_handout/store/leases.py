"""Who may do what only one may do at a time, whatever process they are in.

In: an engine, and on every call the moment in seconds since 1970. Out: whether a name was free;
one whose holder never gave it back is free again after `SECONDS`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from fhir_handout.store.tables import LEASES

SECONDS = 45


class Leases:
    """Names that are held."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def held(self, name: str, now: int) -> Iterator[bool]:
        """Hold a name for as long as the block takes; False where another holds it."""
        holder = secrets.token_urlsafe(16)
        taken = self._take(name, holder, now)
        try:
            yield taken
        finally:
            if taken:
                self._give_back(name, holder)

    def _take(self, name: str, holder: str, now: int) -> bool:
        row = {"name": name, "expires": now + SECONDS, "holder": holder}
        try:
            with self._engine.begin() as connection:
                old = (LEASES.c.name == name) & (LEASES.c.expires <= now)
                connection.execute(delete(LEASES).where(old))
                connection.execute(insert(LEASES).values(row))
        except IntegrityError:
            return False
        return True

    def _give_back(self, name: str, holder: str) -> None:
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        with self._engine.begin() as connection:
            connection.execute(delete(LEASES).where(mine))
