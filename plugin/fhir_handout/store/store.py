"""The service's database with everything that is kept in it.

In: an SQLAlchemy URL and the secrets. Out: a `Store`; what `database.open_database` raises.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from fhir_handout.store.database import open_database
from fhir_handout.store.forgetting import forget
from fhir_handout.store.keeping import Keeping
from fhir_handout.store.leases import Leases
from fhir_handout.store.sealing import Sealing
from fhir_handout.store.sessions import Sessions
from fhir_handout.store.trail import Trail


class Store:
    """What the service keeps; patients' data and tokens are sealed."""

    def __init__(
        self,
        engine: Engine,
        secrets: Sequence[str],
        audit_days: int | None = None,
        feedback_days: int | None = None,
    ) -> None:
        sealing = Sealing(secrets)
        self._engine = engine
        self.sessions = Sessions(engine, sealing)
        self.trail = Trail(engine, sealing)
        self._kept_days = (audit_days, feedback_days)
        self.keeping = Keeping(engine, sealing)
        self.leases = Leases(engine)

    def forget(self, now: int) -> None:
        """Delete what has expired by the moment `now`, in seconds since 1970."""
        forget(self._engine, *self._kept_days, now)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def is_ready(self) -> bool:
        """Whether the database answers."""
        try:
            with self._engine.connect() as connection:
                return connection.execute(text("SELECT 1")).scalar() == 1
        except SQLAlchemyError:
            return False


def open_store(
    url: str,
    secrets: Sequence[str],
    audit_days: int | None = None,
    feedback_days: int | None = None,
) -> Store:
    """The store in the database at `url`, its tables brought up to date."""
    return Store(open_database(url), secrets, audit_days, feedback_days)
