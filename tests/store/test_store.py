"""What is stored is found again by whoever may, by nobody else, and not for ever."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select

from fhir_handout.errors import Conflict, HandoutError
from fhir_handout.store import leases
from fhir_handout.store.database import open_database
from fhir_handout.store.store import Store, open_store
from fhir_handout.store.tables import METADATA
from fhir_handout.store.trail import Deed, Feedback

NEW, OLD = (Fernet.generate_key().decode() for _ in range(2))
NOW = 1_800_000_000
DAY = 24 * 60 * 60
MARK = "Quillon-Testperson-N18.6"


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = open_store(database, [OLD])
    yield store
    store.close()


def at_once(count: int, do: Any) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))


def test_a_launch_is_taken_once_however_many_come_for_it(store: Store):
    for number in range(20):
        state = f"state-{number}"
        store.sessions.begin_launch(state, "riverside", {"nonce": number}, NOW + 60)
        taken = at_once(4, lambda _, state=state: store.sessions.take_launch(state, NOW))
        assert sorted(found is not None for found in taken) == [False, False, False, True]
        assert next(filter(None, taken)) == ("riverside", {"nonce": number})


def test_a_launch_that_has_expired_or_never_was_is_none(store: Store):
    store.sessions.begin_launch("late", "riverside", {}, NOW + 60)
    assert store.sessions.take_launch("late", NOW + 60) is None
    assert store.sessions.take_launch("late", NOW) is None
    assert store.sessions.take_launch("other", NOW) is None


def test_a_session_is_for_who_has_its_secret_while_it_lasts(store: Store):
    session, secret = store.sessions.begin_session("riverside", {"a": 1}, NOW + 60)
    other, others = store.sessions.begin_session("riverside", {"a": 2}, NOW + 60)
    assert store.sessions.session(session.id, secret, NOW + 59) == session
    assert store.sessions.session(session.id, secret, NOW + 60) is None
    assert store.sessions.session(session.id, others, NOW) is None
    assert store.sessions.session(other.id, secret, NOW) is None
    assert store.sessions.session(session.id, "", NOW) is None
    assert store.sessions.session("unknown", secret, NOW) is None
    store.sessions.end_session(session.id)
    assert store.sessions.session(session.id, secret, NOW) is None


def test_two_windows_do_not_overwrite_each_other(store: Store):
    session, secret = store.sessions.begin_session("riverside", {"a": 1}, NOW + 60)
    kept = store.sessions.keep(session, {"a": 2})
    assert (kept.version, kept.data) == (2, {"a": 2})
    with pytest.raises(Conflict) as refused:
        store.sessions.keep(session, {"a": 3})
    assert refused.value.code == "session-changed"
    assert store.sessions.session(session.id, secret, NOW) == kept


def test_of_many_that_keep_at_once_one_does(store: Store):
    session, _ = store.sessions.begin_session("riverside", {}, NOW + 60)

    def keep(number: int) -> bool:
        try:
            store.sessions.keep(session, {"by": number})
        except Conflict:
            return False
        return True

    assert sum(at_once(8, keep)) == 1


def everything_in(store: Store) -> list[dict[str, Any]]:
    with store._engine.connect() as connection:
        return [
            dict(row._mapping) | {"": table.name}
            for table in METADATA.sorted_tables
            for row in connection.execute(select(table))
        ]


def empty(database: str) -> None:
    engine = open_database(database)
    with engine.begin() as connection:
        for table in METADATA.tables.values():
            connection.execute(delete(table))
    engine.dispose()


def fill(store: Store) -> str:
    store.sessions.begin_launch(f"state {MARK}", "riverside", {"verifier": MARK}, NOW + 60)
    _, secret = store.sessions.begin_session("riverside", {"name": MARK}, NOW + 60)
    store.trail.add_feedback(
        [Feedback("riverside", "hook", "card", "overridden", "2026-11-23", None, {"say": MARK})],
        NOW,
    )
    named = ("api:a", "attach", "created", "Patient/1", "DocumentReference/2")
    store.trail.audit(Deed("request", "riverside", *named, details={"note": MARK}), NOW)
    store.trail.is_first_use(f"https://issuer.example.org/{MARK}", f"jti {MARK}", NOW + 60)
    store.keeping.keep(f"work of {MARK}", {"note": MARK}, NOW + 60)
    return secret


def test_nothing_that_is_sealed_or_secret_can_be_read_in_the_database(store: Store):
    secret = fill(store)
    with store.leases.held("page", NOW):
        rows = everything_in(store)
    assert {row[""] for row in rows} == set(METADATA.tables)
    assert all(row["sealed"] for row in rows if "sealed" in row)
    for row in rows:
        for value in row.values():
            text = value if isinstance(value, bytes) else str(value).encode()
            assert MARK.encode() not in text
            assert secret.encode() not in text


def test_a_new_secret_is_put_before_the_old_and_then_the_old_taken_away(database: str):
    first = open_store(database, [OLD])
    old, old_secret = first.sessions.begin_session("riverside", {"a": 1}, NOW + 60)
    first.close()
    both = open_store(database, [NEW, OLD])
    found = both.sessions.session(old.id, old_secret, NOW)
    assert found is not None
    assert found.data == {"a": 1}
    new, new_secret = both.sessions.begin_session("riverside", {"a": 2}, NOW + 60)
    both.close()
    last = open_store(database, [NEW])
    found = last.sessions.session(new.id, new_secret, NOW)
    assert found is not None
    assert found.data == {"a": 2}
    with pytest.raises(HandoutError) as refused:
        last.sessions.session(old.id, old_secret, NOW)
    assert refused.value.code == "sealed-elsewhere"
    last.close()


def test_a_token_is_new_once_however_many_show_it(store: Store):
    for number in range(20):
        token = f"jti-{number}"
        first = at_once(4, lambda _, t=token: store.trail.is_first_use("iss", t, NOW + 60))
        assert sorted(first) == [False, False, False, True]
    assert store.trail.is_first_use("another issuer", "jti-1", NOW + 60)
    assert not store.trail.is_first_use("iss", "jti-1", NOW + 60)


def test_what_has_expired_is_deleted_and_nothing_else(store: Store):
    fill(store)
    with store.leases.held("page", NOW + 60 - leases.SECONDS):
        store.forget(NOW + 59)
        assert {row[""] for row in everything_in(store)} == set(METADATA.tables)
        store.forget(NOW + 60)
        assert sorted(row[""] for row in everything_in(store)) == ["audit", "feedback"]


@pytest.mark.parametrize(("days", "kept"), [(30, 1), (None, 2)])
def test_trail_and_feedback_are_kept_as_long_as_the_site_says(
    database: str, days: int | None, kept: int
):
    deed = Deed("r", "riverside", "api:a", "attach", "created", "Patient/1", "D/1", {"n": MARK})
    said = Feedback("riverside", "hook", "card", "accepted", "2026-11-23")
    for audit_days, feedback_days in ((days, None), (None, days)):
        store = open_store(database, [OLD], audit_days, feedback_days)
        for now in (NOW, NOW + 30 * DAY):
            store.trail.audit(deed, now)
            store.trail.add_feedback([said], now)
        store.forget(NOW + 30 * DAY)
        left = [row[""] for row in everything_in(store)]
        assert left.count("audit") == (kept if audit_days else 2)
        assert left.count("feedback") == (kept if feedback_days else 2)
        if audit_days:
            assert store.trail.audited("Patient/1") == [(deed, NOW + 30 * DAY)]
        assert store.trail.audited("Patient/2") == []
        store.close()
        empty(database)


def test_what_is_put_by_is_taken_once_however_many_come_for_it(store: Store):
    for number in range(20):
        store.keeping.keep("name", {"of": number}, NOW + 60)
        taken = at_once(4, lambda _: store.keeping.take("name", NOW))
        assert sorted(found is not None for found in taken) == [False, False, False, True]
        assert next(filter(None, taken)) == {"of": number}


def test_what_is_put_by_replaces_what_was_and_ends_in_time(store: Store):
    at_once(8, lambda number: store.keeping.keep("name", {"of": number}, NOW + 60))
    store.keeping.keep("name", {"of": "last"}, NOW + 60)
    assert store.keeping.take("other", NOW) is None
    assert store.keeping.take("name", NOW + 59) == {"of": "last"}
    store.keeping.keep("name", {"of": "last"}, NOW + 60)
    assert store.keeping.take("name", NOW + 60) is None


def test_what_is_put_by_is_found_after_the_secret_was_changed(database: str):
    first = open_store(database, [OLD])
    first.keeping.keep("name", {"a": 1}, NOW + 60)
    first.close()
    both = open_store(database, [NEW, OLD])
    both.keeping.keep("other", {"a": 2}, NOW + 60)
    assert both.keeping.take("name", NOW) == {"a": 1}
    both.close()
    last = open_store(database, [NEW])
    assert last.keeping.take("other", NOW) == {"a": 2}
    last.close()


def test_one_of_many_holds_a_name_until_it_is_given_back_or_forgotten(store: Store):
    def hold(_: int) -> bool:
        with store.leases.held("page", NOW) as is_ours:
            time.sleep(0.2 if is_ours else 0)
            return is_ours

    assert sorted(at_once(4, hold)) == [False, False, False, True]
    with store.leases.held("page", NOW) as first:
        assert first
        with store.leases.held("other", NOW) as other:
            assert other
        with store.leases.held("page", NOW + leases.SECONDS - 1) as second:
            assert not second
        with store.leases.held("page", NOW + leases.SECONDS) as later:
            assert later  # whoever held it did not live to give it back
            with store.leases.held("page", NOW + leases.SECONDS) as one_more:
                assert not one_more
    with pytest.raises(RuntimeError), store.leases.held("page", NOW):
        raise RuntimeError
    with store.leases.held("page", NOW) as again:
        assert again


def test_many_writers_at_once_wait_for_each_other(store: Store):
    def write(number: int) -> None:
        for turn in range(15):
            name = f"{number}-{turn}"
            store.sessions.begin_launch(name, "riverside", {}, NOW + 60)
            session, _ = store.sessions.begin_session("riverside", {}, NOW + 60)
            store.sessions.keep(session, {"turn": turn})
            store.trail.audit(Deed(name, "riverside", "api:a", "attach", "created"), NOW)
            assert store.sessions.take_launch(name, NOW)

    at_once(8, write)
    assert len(store.trail.written()) == 8 * 15


def test_a_store_whose_database_is_there_is_ready(store: Store):
    assert store.is_ready()
