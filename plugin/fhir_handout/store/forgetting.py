"""Deleting what has expired, whether or not anybody comes.

In: an engine, how long the site keeps what, and the moment in seconds since 1970. Out: nothing.
Whatever has expired is never given out either: this is for what would lie there.
"""

from __future__ import annotations

from sqlalchemy import Engine, delete

from fhir_handout.store.tables import (
    AUDIT,
    FEEDBACK,
    KEPT,
    LAUNCHES,
    LEASES,
    SEEN_TOKENS,
    SESSIONS,
)

_DAY = 24 * 60 * 60
_UNTIL_THEY_EXPIRE = (LAUNCHES, SESSIONS, KEPT, LEASES, SEEN_TOKENS)


def forget(engine: Engine, audit_days: int | None, feedback_days: int | None, now: int) -> None:
    """Delete it, of each table in a transaction of its own; None is for ever."""
    ages = [(table, table.c.expires, now) for table in _UNTIL_THEY_EXPIRE]
    if audit_days is not None:
        ages.append((AUDIT, AUDIT.c.at, now - audit_days * _DAY))
    if feedback_days is not None:
        ages.append((FEEDBACK, FEEDBACK.c.received, now - feedback_days * _DAY))
    for table, age, until in ages:
        with engine.begin() as connection:
            connection.execute(delete(table).where(age <= until))
