"""Launches and open pages, found again by whoever has their secret, and forgotten in time.

In: an engine, the sealing, and on every call the moment in seconds since 1970. Out: a launch once,
a session while it lasts. Nothing here knows what their data means.
"""

from __future__ import annotations

import re
import secrets as random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update

from fhir_handout.errors import Conflict
from fhir_handout.store.sealing import Sealing, fingerprint
from fhir_handout.store.tables import LAUNCHES, SESSIONS

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """An open page: `secret` is known only when it begins; `data` is whatever JSON can say."""

    id: str
    tenant: str
    expires: int
    version: int
    data: Any


class Sessions:
    """The launches under way and the pages that are open."""

    def __init__(self, engine: Engine, sealing: Sealing) -> None:
        self._engine, self._sealing = engine, sealing

    # --- launches -------------------------------------------------------------------------------

    def begin_launch(self, state: str, tenant: str, data: Any, expires: int) -> None:
        """Keep what the browser's return will be checked against."""
        row = {
            "state_hash": fingerprint(state),
            "tenant": tenant,
            "expires": expires,
            "sealed": self._sealing.seal(data),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(LAUNCHES).values(row))

    def take_launch(self, state: str, now: int) -> tuple[str, Any] | None:
        """The tenant and data of a launch, once: whoever comes second gets None."""
        wanted = LAUNCHES.c.state_hash == fingerprint(state)
        with self._engine.begin() as connection:
            row = connection.execute(select(LAUNCHES).where(wanted)).one_or_none()
            taken = connection.execute(delete(LAUNCHES).where(wanted)).rowcount
        if row is None or taken != 1 or row.expires <= now:
            return None
        return row.tenant, self._sealing.open(row.sealed)

    # --- sessions -------------------------------------------------------------------------------

    def begin_session(self, tenant: str, data: Any, expires: int) -> tuple[Session, str]:
        """A new session, and the secret that only its browser has."""
        session = Session(random.token_urlsafe(24), tenant, expires, 1, data)
        secret = random.token_urlsafe(32)
        row = {
            "id": session.id,
            "secret_hash": fingerprint(secret),
            "tenant": tenant,
            "expires": expires,
            "version": 1,
            "sealed": self._sealing.seal(data),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(SESSIONS).values(row))
        return session, secret

    def session(self, session_id: str, secret: str, now: int) -> Session | None:
        """The session of this id, for who has its secret and while it lasts."""
        if not _ID.fullmatch(session_id):  # PostgreSQL takes not every text, and says so loudly
            return None
        wanted = select(SESSIONS).where(SESSIONS.c.id == session_id)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or row.expires <= now:
            return None
        if not random.compare_digest(row.secret_hash, fingerprint(secret)):
            return None
        data = self._sealing.open(row.sealed)
        return Session(row.id, row.tenant, row.expires, row.version, data)

    def keep(self, session: Session, data: Any) -> Session:
        """The session with new data; `Conflict` where it was changed since it was read."""
        unchanged = (SESSIONS.c.id == session.id) & (SESSIONS.c.version == session.version)
        values = {"version": session.version + 1, "sealed": self._sealing.seal(data)}
        with self._engine.begin() as connection:
            kept = connection.execute(update(SESSIONS).where(unchanged).values(values)).rowcount
        if kept != 1:
            raise changed_elsewhere()
        return Session(session.id, session.tenant, session.expires, session.version + 1, data)

    def end_session(self, session_id: str) -> None:
        """Forget it."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id == session_id))


def changed_elsewhere() -> Conflict:
    """That another window was first; the same whoever notices it."""
    return Conflict("session-changed", "this page was changed in another window; load it again")
