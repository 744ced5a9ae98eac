"""What is put by for a while, and taken back once by whoever knows its name.

In: an engine, the sealing, and on every call the moment in seconds since 1970. Out: the data of a
name, once. A name can be a patient's: it stands in the database as a mark that only who has the
secrets can make.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from fhir_handout.store.sealing import Sealing
from fhir_handout.store.tables import KEPT


class Keeping:
    """What is put by."""

    def __init__(self, engine: Engine, sealing: Sealing) -> None:
        self._engine, self._sealing = engine, sealing

    def keep(self, name: str, data: Any, expires: int) -> None:
        """Put data by, in place of what had this name."""
        marks = self._sealing.marks(name)
        row = {"name_mark": marks[0], "expires": expires, "sealed": self._sealing.seal(data)}
        # Where two come at the same moment, one of both is kept.
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(delete(KEPT).where(KEPT.c.name_mark.in_(marks)))
            connection.execute(insert(KEPT).values(row))

    def take(self, name: str, now: int) -> Any | None:
        """What was put by under this name, for the first who asks; None for others, or too late."""
        wanted = KEPT.c.name_mark.in_(self._sealing.marks(name))
        with self._engine.begin() as connection:
            row = connection.execute(select(KEPT).where(wanted)).first()
            taken = connection.execute(delete(KEPT).where(wanted)).rowcount
        if row is None or taken == 0 or row.expires <= now:
            return None
        return self._sealing.open(row.sealed)
