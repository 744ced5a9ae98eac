"""The database brings itself up to date: from nothing, again, and with two processes at once."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from fhir_handout.errors import HandoutError
from fhir_handout.store.database import open_database
from fhir_handout.store.tables import METADATA

TABLES = {*METADATA.tables, "alembic_version"}
_OPEN = "import sys; from fhir_handout.store.database import open_database as o; o(sys.argv[1])"


def test_every_table_is_made_once(database: str):
    for _ in range(2):
        engine = open_database(database)
        assert set(inspect(engine).get_table_names()) == TABLES
        engine.dispose()


def test_the_migrations_make_just_the_tables_that_the_program_knows(database: str):
    engine = open_database(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_processes_that_start_at_once_wait_for_each_other(database: str):
    command = [sys.executable, "-c", _OPEN, database]
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, said
    engine = open_database(database)
    assert set(inspect(engine).get_table_names()) == TABLES
    engine.dispose()


def test_the_file_of_a_database_is_its_owners_alone(tmp_path: Path):
    file = tmp_path / "new" / "service.db"
    engine = open_database(f"sqlite:///{file}")
    engine.dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "bad-database"),
        ("oracle://host/db", "bad-database"),
        ("nosuch://host/db", "bad-database"),
        ("sqlite:////proc/nowhere/service.db", "database-unusable"),
        ("postgresql://Secret-User:Secret-Word@127.0.0.1:9/db", "database-unusable"),
        ("postgresql://127.0.0.1:port/db", "bad-database"),
    ],
)
def test_what_can_not_be_used_is_told_in_a_line_without_the_url(url: str, code: str):
    with pytest.raises(HandoutError) as refused:
        open_database(url)
    assert refused.value.code == code
    assert "Secret" not in refused.value.message
    assert len(refused.value.message.splitlines()) == 1


def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    (tmp_path / "service.db").write_bytes(b"no database " * 500)
    with pytest.raises(HandoutError) as refused:
        open_database(f"sqlite:///{tmp_path / 'service.db'}")
    assert refused.value.code == "database-unusable"
