"""The database, brought up to date.

In: an SQLAlchemy URL. Out: an `Engine` whose tables are those of `tables`, or `HandoutError`
database-unusable. SQLite waits for other writers; migrations run one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from fhir_handout.errors import HandoutError, UsageError

_BUSY_MS = 5000
_LOCK_SECONDS = 60
_IN_MEMORY = ":memory:"
_LOCK = 0x66686972  # "fhir", for PostgreSQL's advisory lock


def open_database(url: str) -> Engine:
    """The engine of a database that has every table."""
    engine = _engine(url)
    try:
        with _alone(engine), engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            migrate(connection)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise HandoutError(
            "database-unusable",
            f"the database can't be used ({type(error).__name__}); "
            "check service.database or FHIR_HANDOUT_DATABASE, and that it runs",
        ) from None
    return engine


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Of several processes that open one file, one at a time makes its tables.

    SQLite's own lock does not do: who comes second to a change of journal mode is turned away.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if not file or file == _IN_MEMORY:
        yield
        return
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock", timeout=_LOCK_SECONDS):
        Path(file).touch(mode=0o600)
        yield


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest version."""
    with as_file(files("fhir_handout.store") / "migrations") as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(create_engine(parsed))
        return create_engine(parsed, pool_pre_ping=True)
    except (ModuleNotFoundError, SQLAlchemyError, ValueError) as error:
        raise UsageError(
            "bad-database",
            f"service.database is no database that can be used here ({type(error).__name__}); "
            "give sqlite:///FILE, or postgresql://… with the extra `postgresql` installed",
        ) from None


def _sqlite(engine: Engine) -> Engine:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
