"""Requests that are too large, too slow, too deep, too many or not HTTP, over a real wire.

Every one is answered with a refusal or not at all, never with a fault; and whoever else asks
meanwhile is answered as fast as ever.
"""

import gzip
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from service.attacks.conftest import CLINIC, World, hook_body, sent_raw, status_of, token
from service.attacks.ehr import USER

HEAD = b"Host: handout.example\r\nConnection: close\r\n"
PREVIEW = b"POST /api/v1/preview HTTP/1.1\r\n" + HEAD
LIVE = b"GET /health/live HTTP/1.1\r\n" + HEAD
MILLION = 1_000_000


def chunks(size: int, count: int) -> Iterator[bytes]:
    piece = b"%x\r\n" % size + b"a" * size + b"\r\n"
    yield PREVIEW + b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(count):
        yield piece
    yield b"0\r\n\r\n"


def pieces(head: bytes, piece: bytes, count: int) -> Iterator[bytes]:
    yield head
    for _ in range(count):
        yield piece


TOO_MUCH = {
    "a body announced with 100 MB": lambda: PREVIEW + b"Content-Length: 100000000\r\n\r\n",
    "a body of 100 MB": lambda: pieces(
        PREVIEW + b"Content-Length: 100000000\r\n\r\n", b"a" * MILLION, 100
    ),
    "100 MB in chunks": lambda: chunks(MILLION, 100),
    "chunks of a byte": lambda: chunks(1, MILLION),
    "a header of 50 MB": lambda: pieces(LIVE + b"X: ", b"a" * MILLION, 50),
    "a million headers": lambda: pieces(LIVE, b"X-A: b\r\n" * 1000, 1000),
    "a million cookies": lambda: pieces(LIVE + b"Cookie: ", b"a=b; " * 1000, 1000),
    "a header that never ends its name": lambda: pieces(LIVE, b"a" * MILLION, 50),
    "trailers of 50 MB": lambda: pieces(
        PREVIEW + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * MILLION, 50
    ),
    "a chunk extension of 50 MB": lambda: pieces(
        PREVIEW + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * MILLION, 50
    ),
    "an address of 10 MB": lambda: b"GET /launch?iss=" + b"a" * 10 * MILLION + b" HTTP/1.1\r\n",
    "a million parameters": lambda: b"GET /callback?" + b"a&" * MILLION + b" HTTP/1.1\r\n",
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_refused_soon(world: World, what: str):
    started = time.monotonic()
    answer = sent_raw(world, TOO_MUCH[what]())
    assert status_of(answer) in (400, 413, 0), answer[:200]
    assert time.monotonic() - started < 2
    assert requests.get(f"{world.address}/health/live", timeout=2).ok


NOT_HTTP = {
    "two lengths": PREVIEW + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length and chunks": PREVIEW
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length of minus one": PREVIEW + b"Content-Length: -1\r\n\r\n",
    "a length of 5000 digits": PREVIEW + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a length with a plus": PREVIEW + b"Content-Length: +4\r\n\r\nabcd",
    "an encoding that looks like chunks": PREVIEW + b"Transfer-Encoding: xchunked\r\n\r\n",
    "a chunk size that is none": PREVIEW + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "lines without a return": b"GET /health/live HTTP/1.1\nHost: x\n\n",
    "a folded header": LIVE + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": LIVE + b"Content-Length : 4\r\n\r\n",
    "a null in a header": LIVE + b"X: a\x00b\r\n\r\n",
    "an address that is no ASCII": b"GET /app/\xff/ HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a tunnel": b"CONNECT ehr.example:443 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a method nobody has": b"STEAL /health/live HTTP/1.1\r\n" + HEAD + b"\r\n",
}


@pytest.mark.parametrize("what", NOT_HTTP)
def test_what_is_no_http_is_refused_once(world: World, what: str):
    answer = sent_raw(world, NOT_HTTP[what], seconds=3)
    assert status_of(answer) == 400, answer[:200]
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_web_socket_is_none(world: World):
    asked = (
        b"GET /app/x/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert status_of(sent_raw(world, asked, seconds=2)) == 401


# --- slow ones ---


def test_slow_bodies_end_and_block_nobody(world: World):
    """A hundred of them at once: the lives of others are not slower than without."""
    ends: list[int] = []

    def drip() -> Iterator[bytes]:
        yield PREVIEW + b"Content-Length: 1000\r\n\r\n"
        for _ in range(40):
            time.sleep(0.1)
            yield b"a"

    def sender() -> None:
        ends.append(status_of(sent_raw(world, drip())))

    threads = [threading.Thread(target=sender) for _ in range(100)]
    for each in threads:
        each.start()
    took = [_seconds(world) for _ in range(30)]
    for each in threads:
        each.join()
    assert sorted(took)[-3] < 0.5
    assert ends == [408] * 100


def _seconds(world: World) -> float:
    started = time.monotonic()
    assert requests.get(f"{world.address}/health/ready", timeout=5).ok
    return time.monotonic() - started


# --- JSON ---

DEEP = b"[" * 150_000
JSON = {
    "arrays 150,000 deep": DEEP,
    "objects 20,000 deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "not a number": b'{"record": NaN}',
    "infinity": b'{"record": -Infinity}',
    "UTF-16": '{"record": {}}'.encode("utf-16"),
    "UTF-32": '{"record": {}}'.encode("utf-32"),
    "Latin-1": '{"record": "\xe9"}'.encode("latin-1"),
    "compressed": gzip.compress(b'{"record": {}}'),
    "half of a character": b'{"record": "\\ud800"}',
    "nothing": b"",
    "a comment": b'{"record": 1} // so',
}


@pytest.mark.parametrize("where", ["api/v1/preview", "ehr/riverside/cds-services/x"])
@pytest.mark.parametrize("what", JSON)
def test_what_is_no_json_is_refused(world: World, what: str, where: str):
    bearer = CLINIC if where.startswith("api") else token(world, aud=f"{world.address}/{where}")
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    url = f"{world.address}/{where}"
    answer = requests.post(url, data=JSON[what], headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (400, "not-json")


def nested(depth: int, leaf: Any, *names: str) -> Any:
    found = leaf
    for at in range(depth):
        found = {names[at % len(names)]: [found]}
    return found


STRANGE: dict[str, Any] = {
    "contained in contained": nested(450, {}, "contained"),
    "extensions of extensions": nested(450, {}, "extension"),
    "bundles in bundles": nested(300, {"resourceType": "Patient", "id": "p1"}, "resource", "entry"),
    "500 digits": {"resourceType": "Patient", "id": "p1", "multipleBirthInteger": int("9" * 500)},
    "a huge exponent": {"resourceType": "Patient", "id": "p1", "x": 1e308},
    "10,000 keys": {"resourceType": "Patient", "id": "p1", **{f"k{n}": n for n in range(10_000)}},
    "a name of 100,000": {"resourceType": "Patient", "id": "p1", "name": [{"text": "a" * 100_000}]},
    "spaces": {"resourceType": "Patient", "id": "p1", "name": [{"text": " " * 100_000 + "a"}]},
    "a date of 100,000": {"resourceType": "Patient", "id": "p1", "birthDate": "1" * 100_000},
    "a language of 100,000": {
        "resourceType": "Patient",
        "id": "p1",
        "communication": [{"language": {"coding": [{"code": "a-" * 50_000}]}}],
    },
    "an id of 100,000": {"resourceType": "Patient", "id": "a." * 50_000},
    "a reference of 100,000": {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/" + "a/" * 50_000},
    },
    "a code of 100,000": {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": {
            "text": "cramp " * 16_000,
            "coding": [{"system": "a:" * 9000, "code": "1." * 9000}],
        },
    },
    "an instant of 100,000": {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-21T10:00:00." + "0" * 100_000 + "Z",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        "valueQuantity": {"value": 1e300, "unit": "m" * 10_000, "code": "m/" * 5000},
    },
}


@pytest.mark.parametrize("what", STRANGE)
@pytest.mark.parametrize("kind", ["html", "pdf", "text", "rtf"])
def test_strange_records_are_answered_soon_and_make_no_fault(world: World, what: str, kind: str):
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-03-14"}
    listed = [STRANGE[what]]
    listed += [] if STRANGE[what].get("resourceType") == "Patient" else [patient]
    record = {"resourceType": "Bundle", "entry": [{"resource": each} for each in listed]}
    started = time.monotonic()
    answer = world.rest("preview", record=record, format=kind)
    assert answer.status_code in (200, 400, 413, 422), answer.text[:300]
    assert time.monotonic() - started < 5


def test_too_many_entries_are_refused(world: World):
    record = {"resourceType": "Bundle", "entry": [{"resource": {}}] * 501}
    answer = world.rest("preview", record=record)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-entries")


def test_of_keys_that_come_twice_the_last_counts_for_the_check_and_the_use(world: World):
    """A tenant that the check saw and another one that was used would be a way in."""
    body = b'{"tenant": "riverside", "tenant": "lakeside", "patient": "p1"}'
    headers = {"Authorization": f"Bearer {CLINIC}", "Content-Type": "application/json"}
    url = f"{world.address}/api/v1/explain"
    answer = requests.post(url, data=body, headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-tenant")
    assert world.lakeside.server.received == []


LONG = "a" * 100_000
SLOW_TEXTS = [LONG, "a." * 50_000, "-" * 100_000, "a-" * 50_000, " " * 99_999 + "a", "9" * 100_000]


@pytest.mark.parametrize("text", SLOW_TEXTS, ids=[each[:3] for each in SLOW_TEXTS])
@pytest.mark.parametrize(
    "field",
    ["tenant", "patient", "encounter", "language", "pack", "date", "signed_by", "author", "format"],
)
def test_no_field_of_rest_takes_long_to_be_refused(world: World, field: str, text: str):
    body = {"tenant": "riverside", "patient": "p1", field: text}
    started = time.monotonic()
    answer = world.rest("preview" if field == "format" else "attach", **body)
    assert answer.status_code in (400, 403, 404, 422)
    assert time.monotonic() - started < 1
    assert text[:50] not in answer.text


@pytest.mark.parametrize("text", SLOW_TEXTS, ids=[each[:3] for each in SLOW_TEXTS])
@pytest.mark.parametrize("field", ["hookInstance", "patientId", "userId", "encounterId", "hook"])
def test_no_field_of_a_hook_takes_long_to_be_refused(world: World, field: str, text: str):
    context = {"userId": USER, "patientId": "p1"}
    if field.startswith("hook"):
        body = hook_body(**{field: text})
    else:
        body = hook_body(context={**context, field: f"{USER[:13]}{text}"})
    started = time.monotonic()
    answer = world.call(token(world), body)
    assert answer.status_code == 400
    assert time.monotonic() - started < 1
    assert text[:50] not in answer.text


# --- files and names ---

PATHS = [
    "/static/../../service.toml",
    "/static/x/..%2f..%2fservice.toml",
    "/static/x/page.css%00",
    "/static/x/%2e%2e%2fpage.html.j2",
    "/static/0000000000000000/page.css",
    "/app/..%2f..%2fetc%2fpasswd/",
    "/app/%00/",
    "/app/' OR 1=1 --/",
    "/app/x/sheet.pdf/../../../etc/passwd",
    "/ehr/..%2friverside/cds-services",
    "/ehr/riverside%00/cds-services",
    "/ehr/__class__/cds-services",
    "/ehr/lakeside/cds-services/../../riverside/cds-services/x",
    "/.well-known/../../etc/passwd",
    "/.well-known/jwks.json%00",
    "/docs",
    "/redoc",
    "//etc/passwd",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file(world: World, path: str):
    asked = f"GET {path.replace(' ', '%20')} HTTP/1.1\r\n".encode() + HEAD + b"\r\n"
    answer = sent_raw(world, asked)
    assert status_of(answer) in (401, 404), answer[:300]
    for told in (b"root:", b"token_sha256", b"{{", b"{%"):
        assert told not in answer


NAMES = [
    "../muscle_cramps",
    "/etc",
    ".",
    "..",
    "muscle_cramps/../bruised_hand",
    "muscle_cramps\0",
    "",
]


@pytest.mark.parametrize("field", ["pack", "tenant", "language", "document"])
@pytest.mark.parametrize("name", NAMES)
def test_no_name_in_a_body_is_a_path(world: World, field: str, name: str):
    if field == "document":
        answer = world.rest("retract", tenant="riverside", document=name)
    else:
        record = {
            "resourceType": "Bundle",
            "entry": [{"resource": {"resourceType": "Patient", "id": "p"}}],
        }
        answer = world.rest("preview", record=record, **{field: name})
    if not (name == "" and field == "tenant"):
        assert answer.status_code in (400, 403, 404, 422), answer.text[:200]
    assert not [r for r in world.riverside.server.received if ".." in r.target]


def test_a_great_many_of_everything_leaves_no_fault(world: World):
    """The log of faults is empty after all of it: a fault is a 500."""
    told = requests.get(f"{world.address}/metrics", timeout=5).text
    assert 'status="401"' in told
    assert 'status="500"' not in told
