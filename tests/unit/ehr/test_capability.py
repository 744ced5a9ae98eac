"""What a server says it can do, asked for once a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.capability import Capability, parse
from fhir_handout.ehr.capability_cache import CapabilityCache
from fhir_handout.ehr.http import FhirClient
from fhir_handout.errors import InvalidFhir, Unreachable
from servers.scripted import Reply, ScriptedServer
from unit.ehr.fhir import CUT_SHORT, EMPTY, HTML, NO_ANSWER, PATIENT, capability, outcome

Client = Callable[..., FhirClient]
DAY = 24 * 60 * 60


@pytest.fixture
def metadata(server: ScriptedServer) -> ScriptedServer:
    server.on("GET", "metadata", Reply(200, capability()))
    return server


# --- what is said ---


@pytest.mark.parametrize(
    ("system", "batch", "transaction"),
    [
        (("batch", "transaction"), True, True),
        (("transaction", "history-system"), True, True),  # as HAPI says it, and it takes batches
        (("batch",), True, False),
        (("search-system",), False, False),
        ((), True, True),
    ],
)
def test_what_is_not_denied_is_tried(
    system: tuple[str, ...], batch: bool, transaction: bool
) -> None:
    found = parse(capability(system))
    assert (found.takes_batch, found.takes_transaction) == (batch, transaction)


def test_interactions_are_told_apart_by_type() -> None:
    said = capability(types=("DocumentReference",), without={"DocumentReference": ("create",)})
    found = parse(said)
    assert not found.offers("DocumentReference", "create")
    assert found.offers("DocumentReference", "read")
    assert not found.offers("Provenance", "create")
    assert not found.knows("Provenance")


def test_a_conditional_create_counts_only_where_it_is_promised() -> None:
    found = parse(capability(conditional_create=("DocumentReference",)))
    assert found.creates_once("DocumentReference")
    assert not found.creates_once("Provenance")
    assert Capability().creates_once("Provenance")  # nothing is known: the server will say


@pytest.mark.parametrize(
    "rest",
    [
        None,
        [],
        "server",
        [None],
        [{"mode": "client", "interaction": [{"code": "batch"}]}],
        [{"interaction": "batch", "resource": {"type": "Patient"}}],
        [{"interaction": [None, {"code": 3}, {}], "resource": [3, {}, {"type": ""}]}],
    ],
)
def test_a_damaged_statement_denies_nothing(rest: Any) -> None:
    found = parse({"resourceType": "CapabilityStatement", "rest": rest, "fhirVersion": 4})
    assert found == Capability()


# --- asking once a day ---


def test_it_is_asked_for_once_by_however_many_runs(
    metadata: ScriptedServer, client: Client
) -> None:
    first = CapabilityCache(client()).get()
    assert CapabilityCache(client()).get() == first
    assert first.conditional_create == {"DocumentReference", "Provenance"}
    assert len(metadata.received) == 1


def test_it_is_asked_for_again_after_a_day(metadata: ScriptedServer, client: Client) -> None:
    now = 1_000_000.0
    cache = CapabilityCache(client(), clock=lambda: now)
    for later, asked in ((0, 1), (DAY - 1, 1), (DAY, 2), (DAY + 60, 2)):
        now = 1_000_000.0 + later
        cache.get()
        assert len(metadata.received) == asked
    now = 5.0  # a clock set back: better to ask than to trust a copy from the future
    cache.get()
    assert len(metadata.received) == 3


@pytest.mark.parametrize(
    "kept", [b"", b"{", b"[]", b"null", b'{"layout": 0}', b'{"layout": 1, "fetched": "x"}', b"\xff"]
)
def test_a_copy_that_cannot_be_read_is_fetched_again(
    metadata: ScriptedServer, client: Client, tmp_path: Path, kept: bytes
) -> None:
    CapabilityCache(client()).get()
    (copy,) = (tmp_path / "cache").iterdir()
    copy.write_bytes(kept)
    assert CapabilityCache(client()).get().fhir_version == "4.0.1"
    assert len(metadata.received) == 2
    assert copy.read_bytes() != kept


def test_a_copy_of_another_layout_is_fetched_again(
    metadata: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    CapabilityCache(client()).get()
    (copy,) = (tmp_path / "cache").iterdir()
    copy.write_bytes(copy.read_bytes().replace(b'"layout":1', b'"layout":2'))
    CapabilityCache(client()).get()
    assert len(metadata.received) == 2


def test_a_folder_that_cannot_be_written_costs_a_request_and_no_more(
    metadata: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    cache = CapabilityCache(client())
    assert cache.get() == cache.get()
    assert len(metadata.received) == 1


def test_a_full_disk_leaves_no_half_copy(
    metadata: ScriptedServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    assert CapabilityCache(client()).get().fhir_version == "4.0.1"
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_copy_holds_no_token_and_no_address(
    metadata: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    CapabilityCache(client(token="ey.token")).get()
    (copy,) = (tmp_path / "cache").iterdir()
    assert b"ey.token" not in copy.read_bytes()
    assert "127.0.0.1" not in copy.name


# --- servers that are not what is needed ---


@pytest.mark.parametrize("version", ["4.0.1", "4.0.0", "4.3.0", ""])
def test_r4_and_r4b_are_read(server: ScriptedServer, client: Client, version: str) -> None:
    server.on("GET", "metadata", Reply(200, capability(version=version)))
    assert CapabilityCache(client()).get().fhir_version == version


@pytest.mark.parametrize(
    "statement",
    [
        capability(version="1.0.2"),
        capability(version="3.0.2"),
        capability(version="5.0.0"),
        {"resourceType": "Conformance", "fhirVersion": "1.0.2"},
    ],
    ids=["DSTU2", "STU3", "R5", "Conformance"],
)
def test_another_fhir_version_is_refused_and_not_remembered(
    server: ScriptedServer, client: Client, statement: dict[str, Any]
) -> None:
    server.on("GET", "metadata", Reply(200, statement))
    for _ in range(2):
        with pytest.raises(InvalidFhir) as refused:
            CapabilityCache(client()).get()
        assert refused.value.code == "unsupported-fhir-version"
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("version", "shown"), [("5.0.0", "FHIR 5.0.0"), ("5" * 500, "FHIR another"), ("5\n", "FHIR an")]
)
def test_a_version_is_shown_only_where_it_looks_like_one(
    server: ScriptedServer, client: Client, version: str, shown: str
) -> None:
    server.on("GET", "metadata", Reply(200, capability(version=version)))
    with pytest.raises(InvalidFhir, match=shown):
        CapabilityCache(client()).get()


@pytest.mark.parametrize(
    "refusal",
    [Reply(401), Reply(403), Reply(404), Reply(500), Reply(200, outcome())],
    ids=["401", "403", "404", "500", "outcome"],
)
def test_a_server_that_does_not_say_is_tried_and_asked_again_next_time(
    server: ScriptedServer, client: Client, refusal: Reply
) -> None:
    server.on("GET", "metadata", refusal)
    assert CapabilityCache(client()).get() == CapabilityCache(client()).get() == Capability()
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [(HTML, "not-json"), (EMPTY, "not-json"), (CUT_SHORT, "not-json"),
     (Reply(200, PATIENT), "not-fhir"), (Reply(200, {"hello": "world"}), "not-fhir")],
)  # fmt: skip
def test_a_web_page_is_no_fhir_server(
    server: ScriptedServer, client: Client, answer: Reply, code: str
) -> None:
    server.on("GET", "metadata", answer)
    with pytest.raises(InvalidFhir) as refused:
        CapabilityCache(client()).get()
    assert refused.value.code == code


def test_a_server_out_of_reach_is_said_to_be(server: ScriptedServer, client: Client) -> None:
    server.on("GET", "metadata", NO_ANSWER)
    with pytest.raises(Unreachable):
        CapabilityCache(client()).get()
