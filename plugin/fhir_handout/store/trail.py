"""What was done, and what was seen: feedback, the audit trail, ids of used tokens.

In: an engine, the sealing, and on every call the moment in seconds since 1970. Out: rows that are
only ever added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, insert, select
from sqlalchemy.exc import IntegrityError

from fhir_handout.store.sealing import Sealing, fingerprint
from fhir_handout.store.tables import AUDIT, FEEDBACK, SEEN_TOKENS


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of one card, as CDS Hooks tells it; `comment` may hold anything."""

    tenant: str
    service: str
    card: str
    outcome: str
    outcome_timestamp: str
    reason: str | None = None
    comment: Any = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit trail; `details` are sealed, the rest is not."""

    request_id: str
    tenant: str
    actor: str
    action: str
    outcome: str
    patient: str | None = None
    document: str | None = None
    details: Any = None


class Trail:
    """Everything that is only ever added to."""

    def __init__(self, engine: Engine, sealing: Sealing) -> None:
        self._engine, self._sealing = engine, sealing

    def add_feedback(self, items: Sequence[Feedback], now: int) -> None:
        """Write down what became of cards, however often it is told."""
        rows = [
            {
                "received": now,
                "tenant": item.tenant,
                "service": item.service,
                "card": item.card,
                "outcome": item.outcome,
                "outcome_timestamp": item.outcome_timestamp,
                "reason": item.reason,
                "sealed": None if item.comment is None else self._sealing.seal(item.comment),
            }
            for item in items
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(FEEDBACK), rows)

    def audit(self, deed: Deed, now: int) -> None:
        """Add a line to the audit trail."""
        row = {
            "at": now,
            "request_id": deed.request_id,
            "tenant": deed.tenant,
            "actor": deed.actor,
            "action": deed.action,
            "outcome": deed.outcome,
            "patient": deed.patient,
            "document": deed.document,
            "sealed": None if deed.details is None else self._sealing.seal(deed.details),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(AUDIT).values(row))

    def audited(self, patient: str) -> list[tuple[Deed, int]]:
        """The trail of one patient, the oldest first, with when each was."""
        return self._read(select(AUDIT).where(AUDIT.c.patient == patient))

    def written(self) -> list[tuple[Deed, int]]:
        """The whole trail, likewise."""
        return self._read(select(AUDIT))

    def _read(self, wanted: Select[Any]) -> list[tuple[Deed, int]]:
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(AUDIT.c.id)).all()
        return [(self._deed(row), row.at) for row in rows]

    def is_first_use(self, issuer: str, token_id: str, expires: int) -> bool:
        """Whether a signed token was never seen before; from now on it was."""
        row = {
            "issuer_hash": fingerprint(issuer),
            "id_hash": fingerprint(token_id),
            "expires": expires,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(SEEN_TOKENS).values(row))
        except IntegrityError:
            return False
        return True

    def _deed(self, row: Row[Any]) -> Deed:
        return Deed(
            row.request_id,
            row.tenant,
            row.actor,
            row.action,
            row.outcome,
            row.patient,
            row.document,
            self._sealing.open(row.sealed) if row.sealed else None,
        )
