"""What holds for every request, whatever it asks for: bodies, headers, faults, logs."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from fhir_handout.service.headers import NOTHING_AT_ALL
from fhir_handout.service.logs import set_up
from fhir_handout.service.running import Service
from fhir_handout.smart.own_keys import add_key
from service.calling import TOKEN, code_of, settings_text
from service.running import PUBLIC_URL, SANDBOX, free_port, served, served_by, service

MARK = "Quillon-Testperson"
LIMITS = "max_body_bytes = 4096\nbody_seconds = 0.5"


@pytest.fixture
def small(tmp_path: Path) -> Service:
    """A service that takes little, and that soon."""
    return service(tmp_path, settings_text(more=LIMITS))


@pytest.fixture
def logged() -> Iterator[None]:
    """Logs as `serve` sets them up."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    set_up("debug")
    yield
    root.handlers, root.level = kept, level
    structlog.reset_defaults()


# --- bodies, over a real socket ---


def spoken(address: str, *parts: bytes, pause: float = 0) -> bytes:
    """What a server says to these bytes, until it hangs up."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has all
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


HEAD = (
    b"POST /api/v1/preview HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    + f"Authorization: Bearer {TOKEN}\r\n".encode()
)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def status_and_code(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), json.loads(body)["code"]


def test_a_body_that_is_announced_as_too_large_is_refused_at_once(small: Service):
    with served(small, free_port()) as address:
        answer = spoken(address, HEAD + b"Content-Length: 100000000\r\n\r\n")
        assert status_and_code(answer) == (413, "too-large")


def test_a_body_that_grows_too_large_is_refused_while_it_comes(small: Service):
    chunk = b"400\r\n" + b"a" * 1024 + b"\r\n"
    with served(small, free_port()) as address:
        assert status_and_code(spoken(address, CHUNKED, *[chunk] * 5)) == (413, "too-large")


def test_a_body_that_comes_too_slowly_is_refused(small: Service):
    with served(small, free_port()) as address:
        started = time.monotonic()
        answer = spoken(address, HEAD + b"Content-Length: 100\r\n\r\n{")
        assert status_and_code(answer) == (408, "too-slow")
        assert time.monotonic() - started < 5
        drips = [b"1\r\n \r\n"] * 6
        assert status_and_code(spoken(address, CHUNKED, *drips, pause=0.15)) == (408, "too-slow")


def test_a_sender_that_hangs_up_does_no_harm(small: Service):
    with served(small, free_port()) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        for _ in range(5):
            with socket.create_connection((host, int(port)), 20) as connection:
                connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        whole = HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
        assert spoken(address, whole).startswith(b"HTTP/1.1 422")


def test_a_body_of_just_the_largest_size_is_taken(small: Service):
    with TestClient(create_app(small)) as client:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        for size, status in ((4096, 422), (4097, 413)):
            body = b"{}" + b" " * (size - 2)
            answer = client.post("/api/v1/preview", content=body, headers=headers)
            assert answer.status_code == status


# --- headers ---


def test_every_answer_has_the_headers_and_a_reference_of_its_own(small: Service):
    app = create_app(small)
    with TestClient(app) as client:
        paths = [*client.get("/openapi.json").json()["paths"], "/openapi.json", "/nowhere"]
        seen = set()
        for path in paths:
            for method in ("GET", "POST", "DELETE"):
                answer = client.request(method, path)
                assert answer.headers["cache-control"] == "no-store"
                policy = answer.headers["content-security-policy"]
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                assert policy == NOTHING_AT_ALL or (is_page and "default-src 'none'" in policy)
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert "server" not in answer.headers
                seen.add(answer.headers["x-request-id"])
    assert len(seen) == 3 * len(paths)


@pytest.mark.parametrize(
    ("method", "path", "failure"),
    [
        ("GET", "/nowhere", (404, "not-found")),
        ("DELETE", "/health/live", (405, "method-not-allowed")),
        ("POST", "/health/live/", (404, "not-found")),
    ],
)
def test_what_is_not_there_is_a_problem_too(small: Service, method, path, failure):
    with TestClient(create_app(small), follow_redirects=False) as client:
        assert code_of(client.request(method, path)) == failure


# --- faults ---


class Fault(Exception):
    """An error whose message, cause and locals hold something of a patient."""


def raising(app) -> None:
    @app.get("/fault")
    def fault(name: str = "") -> None:
        held = {MARK: name}
        try:
            raise ValueError(MARK)
        except ValueError as cause:
            raise Fault(f"{MARK} {held}") from cause

    @app.get("/async-fault")
    async def async_fault() -> None:
        raise Fault(MARK)


@pytest.mark.parametrize("path", ["/fault?name=" + MARK, "/async-fault"])
def test_a_fault_says_nothing_of_itself(small: Service, logged, capfd, path: str):
    app = create_app(small)
    raising(app)
    with served_by(app, free_port()) as address:
        asked = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = spoken(address, asked.encode())
    assert answer.startswith(b"HTTP/1.1 500")
    assert b'"code":"internal-error"' in answer
    out, err = capfd.readouterr()
    assert MARK.encode() not in answer
    assert MARK not in out + err
    (line,) = [json.loads(line) for line in out.splitlines() if '"fault"' in line]
    assert line["exception"] == "Fault"
    assert any("fault" in where for where in line["where"])
    assert line["request_id"].encode() in answer


# --- logs ---


def test_what_libraries_log_is_told_without_their_words(logged, capfd):
    logging.getLogger("urllib3").warning("GET https://ehr.example.org/Patient/%s", MARK)
    try:
        raise ValueError(MARK)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in %s", MARK)
    logging.getLogger("uvicorn.error").info("Started")
    logging.getLogger("sqlalchemy.engine").error("[parameters: %s]", MARK)
    logging.getLogger("a").info(MARK)
    out, err = capfd.readouterr()
    assert MARK not in out + err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["logger"] for line in lines] == [
        "urllib3",
        "uvicorn.error",
        "uvicorn.error",
        "sqlalchemy.engine",
    ]
    assert [line.get("exception") for line in lines] == [None, "ValueError", None, None]
    assert lines[2]["message"] == "Started"


def test_every_request_has_a_line_with_its_reference_and_its_route(small: Service, logged, capfd):
    with TestClient(create_app(small)) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.post("/api/v1/preview", json={"patient": MARK}, headers=headers)
        client.get(f"/nowhere/{MARK}?name={MARK}")
    out, err = capfd.readouterr()
    assert MARK not in out + err
    lines = [json.loads(line) for line in out.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/api/v1/preview", 422),
        ("(none)", 404),
    ]
    assert requests[0]["request_id"] == answer.headers["x-request-id"]
    failed = next(line for line in lines if line["event"] == "failed")
    assert (failed["code"], failed["request_id"]) == ("invalid-request", requests[0]["request_id"])


def test_keys_that_went_missing_are_no_fault_of_callers_and_tell_no_file(tmp_path: Path):
    add_key(tmp_path / "keys.json", "ES384")
    said = SANDBOX.format(public_url=PUBLIC_URL, base_url="http://127.0.0.1:9/fhir")
    said = said.replace("[tenants.riverside]", "keys = 'keys.json'\n[tenants.riverside]", 1)
    running = service(tmp_path, said)
    (tmp_path / "keys.json").unlink()
    answer = TestClient(create_app(running)).get("/.well-known/jwks.json")
    assert (answer.status_code, answer.json()["code"]) == (500, "no-keys")
    assert "keys.json" not in answer.text
    running.store.close()
