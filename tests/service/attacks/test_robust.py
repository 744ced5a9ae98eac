"""What the service does when the ground moves: two processes, crashes, clocks, a database in need.

The processes are real, and so are SQLite and PostgreSQL behind them.
"""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from fhir_handout.service.running import Service
from servers.postgresql import missing_programs, postgresql_server
from servers.scripted import Received, Reply
from service.attacks.conftest import (
    Session,
    World,
    hook_body,
    servers,
    settings_for,
    token,
    value_of,
    world_in,
)
from service.process import process
from service.running import free_port
from service.visiting import Visitor


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, World]]:
    """Two processes of one service: the same settings, secrets, database."""
    folder, (one, other) = tmp_path_factory.mktemp("two"), (free_port(), free_port())
    with ExitStack() as stack:
        environ = {}
        if request.param == "postgresql":
            if missing_programs():
                pytest.skip(f"PostgreSQL needs {', '.join(missing_programs())}")
            environ["FHIR_HANDOUT_DATABASE"] = stack.enter_context(postgresql_server())
        riverside, lakeside, stranger = stack.enter_context(servers())
        worlds = []
        for name, port in (("one", one), ("other", other)):
            address = f"http://127.0.0.1:{one}"  # by whichever name browsers know it
            text = settings_for(folder, address, riverside.base, lakeside.base)
            at = stack.enter_context(process(folder, text, port, name, **environ)).address
            worlds.append(World(at, None, riverside, lakeside, stranger, folder))  # type: ignore[arg-type]
        yield worlds[0], worlds[1]


def page_of(world: World) -> Session:
    answer = world.launch(Visitor(), follow=False)
    assert answer.status_code == 303, answer.text[:300]
    return Session(world, answer.headers["Location"], answer.headers["Set-Cookie"], "p1")


def at_the_other(page: Session, world: World) -> Session:
    """The same page at the other process; its forms come from the same origin."""
    return Session(world, page.path, f"{page.cookie};", "p1")


def shown(page: Session) -> dict[str, str]:
    text = page.get().text
    return page.form(
        **{"as": "preliminary", "shown_preliminary": value_of(text, "shown_preliminary")}
    )


def sent(page: Session, where: str, form: dict[str, str], origin: str) -> requests.Response:
    return page.post(where, form, Origin=origin)


def test_two_processes_have_one_session_and_one_document(two: tuple[World, World]):
    one, other = two
    one.riverside.written.clear()
    page, ours = page_of(one), one.address
    twin = at_the_other(page, other)
    assert twin.get().status_code == 200
    assert sent(twin, "work", page.form(note="Drink water"), ours).status_code == 303
    assert "Drink water" in page.get().text
    form = shown(page)
    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda p: sent(p, "attach", form, ours).status_code, (page, twin)))
    assert set(got) <= {303, 409}
    assert 303 in got
    assert len(one.riverside.documents) == 1
    for each in (page, twin):
        assert "DocumentReference/" in each.get("attached").text
    assert sent(twin, "close", page.form(), ours).status_code == 200
    assert page.get().status_code == 401


def test_two_processes_take_a_token_once(two: tuple[World, World]):
    one, _ = two
    for _ in range(5):
        made = token(one)
        said = {"Authorization": f"Bearer {made}"}
        urls = [f"{w.address}/ehr/riverside/cds-services/muscle-cramps-patient-view" for w in two]

        def call(url: str, headers: dict[str, str] = said) -> int:
            return requests.post(url, json=hook_body(), headers=headers, timeout=20).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(call, urls)) == [401, 412]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "\u202e"])
def test_what_a_database_can_not_hold_is_refused_before(two: tuple[World, World], text: str):
    one, _ = two
    assert requests.get(f"{one.address}/app/%00/", timeout=20).status_code == 401
    assert requests.get(f"{one.address}/app/x%00y/sheet", timeout=20).status_code == 401
    url = f"{one.hook_url()}/feedback"
    usual = {
        "card": "c1",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-23T10:00:00Z",
        "overrideReason": {"reason": {"system": "urn:x", "code": "r"}, "userComment": text},
    }
    changed = [
        ({"card": text}, 400),
        ({"overrideReason": {"reason": {"system": text, "code": "r"}}}, 400),
        ({"overrideReason": {"reason": {"system": "urn:x", "code": text}}}, 400),
        ({}, 200),
    ]
    for change, status in changed:
        headers = {"Authorization": f"Bearer {token(one, aud=url)}"}
        body = {"feedback": [{**usual, **change}]}
        answer = requests.post(url, json=body, headers=headers, timeout=20)
        assert answer.status_code == status, answer.text


def test_a_crash_loses_no_session(tmp_path: Path):
    """Killed, not ended; and what was attached stays attached once."""
    port = free_port()
    with servers() as (riverside, lakeside, stranger):
        address = f"http://127.0.0.1:{port}"
        text = settings_for(tmp_path, address, riverside.base, lakeside.base)
        world = World(address, None, riverside, lakeside, stranger, tmp_path)  # type: ignore[arg-type]
        with process(tmp_path, text, port, "first") as first:
            page = page_of(world)
            page.post("work", page.form(note="Drink water"))
            form = shown(page)
            assert page.post("attach", form).status_code == 303
            first.kill()
        with process(tmp_path, text, port, "second"):
            assert "Drink water" in page.get().text
            assert "DocumentReference/" in page.get("attached").text
            assert page.post("attach", form).status_code == 303
            assert len(riverside.documents) == 1


# --- an EHR that dies ---


def losing(world: World, times: int, writes: bool) -> None:
    """The next transactions are done or not, and the answer to them is lost or is a 500."""
    left = [times]
    ehr = world.riverside

    def reply(received: Received) -> Reply:
        if received.body["type"] == "batch" or left[0] == 0:
            return ehr._bundle(received)
        left[0] -= 1
        if writes:
            ehr._bundle(received)
        return Reply(500) if times == 1 else Reply(200, {}, cut_after=5)

    ehr.server.on("POST", "", reply)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("writes", [True, False])
def test_a_lost_answer_makes_one_document(world: World, times: int, writes: bool):
    page = world.open()
    form = shown(page)
    losing(world, times, writes)
    for _ in range(times):
        answer = page.post("attach", form)
        assert answer.status_code in (303, 502, 504), answer.text[:300]
        done = writes or answer.status_code == 303  # a conditional create may be sent again
        assert len(world.riverside.documents) == int(done)
    if answer.status_code != 303:
        page.get()
        assert page.post("attach", shown(page)).status_code in (303, 409)
    assert len(world.riverside.documents) == 1
    assert world.rest("attach", tenant="riverside", patient="p1").json()["done"] == "already there"
    assert len(world.riverside.documents) == 1


def test_an_ehr_that_dies_between_reading_and_writing_keeps_the_work(world: World):
    page = world.open()
    page.post("work", page.form(note="Drink water"))
    form = shown(page)
    world.riverside.server.on("POST", "", Reply(cut_after=0))
    world.riverside.server.on("GET", "Patient/p1", Reply(cut_after=0))
    answer = page.post("attach", form)
    assert answer.status_code == 504
    assert answer.headers["Content-Type"].startswith("text/html")
    assert world.riverside.documents == []
    world.riverside.server.forget()
    world.riverside.__post_init__()
    assert "Drink water" in page.get().text
    assert page.post("attach", shown(page)).status_code == 303
    assert len(world.riverside.documents) == 1


def test_two_windows_attach_one_document(world: World):
    page = world.open()
    form = shown(page)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: page.post("attach", form).status_code, range(8)))
    assert set(got) <= {303, 409}, got
    assert len(world.riverside.documents) == 1


# --- clocks ---


@pytest.mark.parametrize(("skew", "status"), [(-20, 412), (20, 412), (-7200, 401), (7200, 401)])
def test_a_clock_that_is_a_little_off_does_no_harm(world: World, skew: int, status: int):
    now = time.time() + skew
    assert world.call(token(world, iat=now - 5, exp=now + 240)).status_code == status


def test_sessions_end_by_the_clock(tmp_path: Path):
    with world_in(tmp_path) as world:
        page, ahead = world.open(), timedelta(hours=2)
        assert page.get().status_code == 200
        later = Service(
            world.running.settings,
            world.running.store,
            lambda: world.running.clock() + ahead,
            world.running.tenants,
            world.running.packs,
        )
        answer = TestClient(create_app(later)).get(page.path, headers={"Cookie": page.cookie})
        assert answer.status_code == 401
        assert "lost-session" in answer.text


# --- a database in need ---


def database_of(world: World) -> Path:
    return world.folder / "state" / "fhir-handout" / "service.db"


def fails_politely(world: World, page: Session, form: dict[str, str]) -> None:
    """A page for people, a problem for programs, and nothing attached."""
    answer = page.post("work", form)
    assert answer.status_code == 503, answer.text[:300]
    assert "database-unusable" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    told = world.rest("attach", tenant="riverside", patient="p1")
    assert (told.status_code, told.json()["code"]) == (503, "database-unusable")
    assert world.riverside.documents == []
    assert requests.get(f"{world.address}/health/live", timeout=5).ok


def test_a_locked_database_is_waited_for_and_then_told(fresh_world: World):
    page = fresh_world.open()
    form = page.form(note="x")
    with sqlite3.connect(database_of(fresh_world), isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        fails_politely(fresh_world, page, form)
        other.execute("ROLLBACK")
    other.close()
    assert page.post("work", form).status_code == 303


def fill(engine: Engine, table: str, values: str, size: int) -> None:
    """Add rows until there is no room for another."""
    with suppress(OperationalError):
        while True:
            with engine.begin() as connection:
                said = f"INSERT INTO {table} VALUES ({values}, zeroblob({size}))"
                connection.exec_driver_sql(said)


def test_a_full_disk_is_told(fresh_world: World):
    page = fresh_world.open()
    form = page.form(note="x" * 500)
    engine = fresh_world.running.store._engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def _full(connection: sqlite3.Connection, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    for size in (4000, 100, 1):
        fill(engine, "sessions", "hex(randomblob(16)), 'x', 'x', 0, 1", size)
        fill(engine, "audit", "NULL, 1, 'x', 'x', 'x', 'x', 'x', NULL, NULL", size)
    told = fresh_world.rest("attach", tenant="riverside", patient="p1")
    assert (told.status_code, told.json()["code"]) == (503, "database-unusable")
    assert fresh_world.riverside.documents == []
    answer = page.post("work", form)
    assert answer.status_code in (303, 503)


def test_a_database_that_is_gone_is_told_and_not_ready(fresh_world: World):
    page, database = fresh_world.open(), database_of(fresh_world)
    form = page.form(note="x")
    fresh_world.running.store.close()
    for file in database.parent.glob("service.db*"):
        file.rename(file.with_name(f"gone-{file.name}"))
    database.mkdir()
    fails_politely(fresh_world, page, form)
    answer = requests.get(f"{fresh_world.address}/health/ready", timeout=20)
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    database.rmdir()
    for file in database.parent.glob("gone-service.db*"):
        file.rename(file.with_name(file.name.removeprefix("gone-")))
    assert requests.get(f"{fresh_world.address}/health/ready", timeout=20).ok
    assert page.post("work", form).status_code == 303
