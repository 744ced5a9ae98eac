"""What has expired is deleted while the service runs, whether or not anybody comes."""

import time
from pathlib import Path

from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from fhir_handout.service import app as app_module
from fhir_handout.service.app import create_app
from fhir_handout.service.forgetting import forgetting
from service.running import service


def launches(folder: Path) -> int:
    """How many launches lie in the database of a service in this folder."""
    (file,) = folder.rglob("service.db")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM launches")).scalar()
    engine.dispose()
    return int(found or 0)


def test_what_expires_is_deleted_again_and_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(app_module, "forgetting", lambda running: forgetting(running, 0.05))
    running = service(tmp_path)
    with TestClient(create_app(running)):
        for state in ("one", "other"):
            running.store.sessions.begin_launch(state, "riverside", {}, running.seconds())
            deadline = time.monotonic() + 10
            while launches(tmp_path) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert launches(tmp_path) == 0
        running.store.sessions.begin_launch("lasts", "riverside", {}, running.seconds() + 1)
        time.sleep(0.2)
        assert launches(tmp_path) == 1


def test_a_database_that_is_away_for_a_moment_ends_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(app_module, "forgetting", lambda running: forgetting(running, 0.02))
    running = service(tmp_path)
    (file,) = tmp_path.rglob("service.db")
    engine = create_engine(f"sqlite:///{file}")
    with TestClient(create_app(running)):
        running.store.sessions.begin_launch("one", "riverside", {}, running.seconds() + 1)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE launches RENAME TO away"))
        time.sleep(0.2)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO launches"))
            connection.execute(text("UPDATE launches SET expires = 1"))
        deadline = time.monotonic() + 10
        while launches(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert launches(tmp_path) == 0
    engine.dispose()
