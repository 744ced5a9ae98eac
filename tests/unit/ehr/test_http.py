"""Requests, retries, redirects and limits, against a real server that misbehaves."""

import gzip
import socket
import ssl
import subprocess
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from time import time

import pytest
import requests

from fhir_handout import __version__
from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.transport import NeverSent
from fhir_handout.errors import HandoutError, InvalidFhir, Refused, Unreachable, UsageError
from servers.scripted import Reply, ScriptedServer, scripted_server
from unit.ehr.conftest import Settings
from unit.ehr.fhir import HALF_AN_ANSWER, LIES_ABOUT_LENGTH, NO_ANSWER, PATIENT

Client = Callable[..., FhirClient]
OK = Reply(200, PATIENT)
WRITE = {"resourceType": "DocumentReference"}


@pytest.fixture
def read(server: ScriptedServer) -> ScriptedServer:
    server.on("GET", "Patient/p1", OK)
    return server


# --- what is sent ---


def test_every_read_says_who_asks_for_what_and_wants_it_fresh(
    read: ScriptedServer, client: Client
) -> None:
    read.on("POST", "", OK)
    client().get("Patient/p1")
    client().post_batch({"resourceType": "Bundle"})
    assert len(read.received) == 2
    for received in read.received:
        assert received.headers["User-Agent"] == f"fhir-handout/{__version__}"
        assert received.headers["Accept"] == "application/fhir+json"
        assert received.headers["Cache-Control"] == "no-cache"
    assert read.received[1].headers["Content-Type"] == "application/fhir+json"


@pytest.mark.parametrize("token", [None, "ey.token"])
def test_only_a_token_of_the_settings_is_sent(
    read: ScriptedServer,
    client: Client,
    token: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client(token=token).get("Patient/p1")
    sent = read.received[0].headers.get("Authorization")
    assert sent == (f"Bearer {token}" if token else None)


@pytest.mark.parametrize("slash", ["", "/"])
def test_bundles_go_to_the_base_url_as_it_was_typed(
    server: ScriptedServer, settings: Settings, slash: str
) -> None:
    server.on("POST", "", OK)
    client = FhirClient(BaseUrl.parse(server.base_url + slash), settings())
    client.post_batch({})
    client.send_once("POST", "", {}, {})
    client.get("metadata")
    client.close()
    targets = [received.target for received in server.received]
    assert targets == [f"/fhir{slash}", f"/fhir{slash}", "/fhir/metadata"]


def test_a_name_and_password_in_the_base_url_are_sent_as_such(
    read: ScriptedServer, settings: Settings
) -> None:
    base = BaseUrl.parse(read.base_url.replace("://", "://user:pass@"))
    client = FhirClient(base, settings())
    client.get("Patient/p1")
    client.close()
    assert read.received[0].headers["Authorization"] == "Basic dXNlcjpwYXNz"
    assert "pass" not in client.base.url


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ключ"])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(client: Client, token: str) -> None:
    with pytest.raises(UsageError) as refused:
        client(token=token)
    assert refused.value.code == "bad-token"
    assert token not in refused.value.message


def test_a_proxy_of_the_environment_is_used(
    server: ScriptedServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.root)
    server.on("GET", "http://ehr.example/fhir/Patient/p1", OK)
    client = FhirClient(BaseUrl.parse("http://ehr.example/fhir"), settings())
    client.get("Patient/p1")
    client.close()
    assert [received.target for received in server.received] == [
        "http://ehr.example/fhir/Patient/p1"
    ]


# --- trying again ---


@pytest.mark.parametrize(
    "failure",
    [
        Reply(429),
        Reply(502),
        Reply(503),
        Reply(504),
        NO_ANSWER,
        HALF_AN_ANSWER,
        LIES_ABOUT_LENGTH,
        Reply(200, PATIENT, delay=0.15),
    ],
    ids=["429", "502", "503", "504", "no answer", "half", "wrong length", "late"],
)
def test_a_read_that_fails_in_passing_is_tried_again(
    server: ScriptedServer, client: Client, failure: Reply
) -> None:
    server.on("GET", "Patient/p1", failure, OK)
    server.on("POST", "", failure, OK)
    reader = client(read_timeout=0.1)
    assert reader.get("Patient/p1").resource == PATIENT
    assert reader.post_batch({"resourceType": "Bundle"}).resource == PATIENT
    assert reader.requests_sent == len(server.received) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 422, 500, 501])
def test_a_definite_answer_is_not_asked_for_again(
    server: ScriptedServer, client: Client, status: int
) -> None:
    server.on("GET", "Patient/p1", Reply(status), OK)
    assert client().get("Patient/p1").status == status
    assert len(server.received) == 1


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_after_the_last_retry_the_answer_stands(
    server: ScriptedServer, client: Client, retries: int
) -> None:
    server.on("GET", "Patient/p1", Reply(503))
    assert client(retries=retries).get("Patient/p1").status == 503
    assert len(server.received) == retries + 1


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("2", 2),
        ("9999", 30),
        pytest.param(formatdate(time() + 9999, usegmt=True), 30, id="a date"),
        ("soon", 0),
        ("-5", 0),
        ("99999999999999999999", 30),
    ],
)
def test_the_server_says_how_long_to_wait_up_to_a_limit(
    server: ScriptedServer, client: Client, waits: list[float], header: str, waited: float
) -> None:
    server.on("GET", "Patient/p1", Reply(503, headers={"Retry-After": header}), OK)
    assert client(retry_after_cap_seconds=30).get("Patient/p1").ok
    assert sum(waits) == waited


def test_without_a_word_from_the_server_waits_grow(
    server: ScriptedServer, client: Client, waits: list[float]
) -> None:
    server.on("GET", "Patient/p1", Reply(503))
    client(retry_backoff=0.5).get("Patient/p1")
    assert waits == [1.0, 2.0]  # the first retry is immediate


@pytest.mark.parametrize(
    "failure", [Reply(429), Reply(503, headers={"Retry-After": "1"}), Reply(500), NO_ANSWER]
)
def test_a_write_is_sent_once_whatever_happens(
    server: ScriptedServer, client: Client, failure: Reply
) -> None:
    server.on("POST", "DocumentReference", failure)
    writer = client()
    try:
        writer.send_once("POST", "DocumentReference", WRITE, {})
    except Unreachable:
        assert failure is NO_ANSWER
    assert len(server.received) == writer.requests_sent == 1


def test_waits_grow_where_no_answer_comes(
    server: ScriptedServer, client: Client, waits: list[float]
) -> None:
    server.on("GET", "Patient/p1", NO_ANSWER)
    with pytest.raises(Unreachable):
        client(retry_backoff=0.5).get("Patient/p1")
    assert waits == [1.0, 2.0]


def test_waits_grow_where_the_server_asks_for_nonsense(
    server: ScriptedServer, client: Client, waits: list[float]
) -> None:
    server.on("GET", "Patient/p1", Reply(503, headers={"Retry-After": "soon"}))
    client(retry_backoff=0.5).get("Patient/p1")
    assert waits == [1.0, 2.0]


# --- never sent ---


def test_a_write_that_no_proxy_passed_on_was_never_sent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = FhirClient(BaseUrl.parse("http://ehr.example/fhir"), settings())
    with pytest.raises(NeverSent):
        client.send_once("POST", "DocumentReference", WRITE, {})
    client.close()


def test_a_write_to_a_server_that_does_not_accept_was_never_sent(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def times_out(*_: object, **__: object) -> None:
        raise requests.ConnectTimeout

    monkeypatch.setattr(requests.Session, "request", times_out)
    with pytest.raises(NeverSent):
        client().send_once("POST", "DocumentReference", WRITE, {})


def test_a_write_is_not_sent_to_another_server(client: Client) -> None:
    writer = client()
    with pytest.raises(Refused) as refused:
        writer.send_once("PUT", "http://other.example/fhir/DocumentReference/1", WRITE, {})
    assert refused.value.code == "redirected-elsewhere"
    assert writer.requests_sent == 0


# --- what is no answer ---


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NO_ANSWER, "answer-broken-off"),
        (HALF_AN_ANSWER, "answer-broken-off"),
        (LIES_ABOUT_LENGTH, "answer-broken-off"),
        (Reply(200, b"not gzip", {"Content-Encoding": "gzip"}), "answer-broken-off"),
        (Reply(200, PATIENT, delay=0.15), "unreachable"),
    ],
)
def test_a_server_that_never_ends_its_answer_is_unreachable(
    server: ScriptedServer, client: Client, failure: Reply, code: str
) -> None:
    server.on("GET", "Patient/p1", failure)
    with pytest.raises(Unreachable) as unreachable:
        client(read_timeout=0.05).get("Patient/p1")
    assert unreachable.value.code == code
    assert server.base_url in unreachable.value.message


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nobody.invalid"])
def test_a_server_that_is_not_there_is_unreachable(settings: Settings, host: str) -> None:
    client = FhirClient(BaseUrl.parse(f"http://{host}/fhir"), settings(retries=1))
    with pytest.raises(Unreachable) as unreachable:
        client.get("metadata")
    assert unreachable.value.code == "unreachable"
    assert client.requests_sent == 2


def test_a_server_that_does_not_accept_is_unreachable(settings: Settings) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            port = full.getsockname()[1]
            quick = settings(connect_timeout=0.05, read_timeout=0.05, retries=0)
            client = FhirClient(BaseUrl.parse(f"http://127.0.0.1:{port}/fhir"), quick)
            with pytest.raises(Unreachable) as unreachable:
                client.get("metadata")
            client.close()
    assert unreachable.value.code == "unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, b"x" * 20_000),
        Reply(200, b"x" * 400_000, cut_after=300_000),
        Reply(200, gzip.compress(b"x" * 200_000), {"Content-Encoding": "gzip"}),
    ],
    ids=["plain", "and more to come", "small until unpacked"],
)
def test_an_answer_over_the_limit_is_not_taken_in(
    server: ScriptedServer, client: Client, answer: Reply
) -> None:
    server.on("GET", "Patient/p1", answer)
    with pytest.raises(InvalidFhir) as refused:
        client(max_answer_bytes=10_000).get("Patient/p1")
    assert refused.value.code == "answer-too-large"
    assert len(server.received) == 1


# --- redirects ---


def to(url: str, status: int = 302) -> Reply:
    return Reply(status, headers={"Location": url})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_redirects_on_the_same_server(
    read: ScriptedServer, client: Client, status: int
) -> None:
    read.on("GET", "a", to("b", status))
    read.on("GET", "b", to(f"{read.base_url}/c", status))
    read.on("GET", "c", to("/fhir/Patient/p1", status))
    assert client(token="t").get("a").resource == PATIENT
    assert {received.headers["Authorization"] for received in read.received} == {"Bearer t"}


@pytest.mark.parametrize(
    "away", ["http://127.0.0.1:{port}/fhir", "//127.0.0.1:{port}", "https://ehr.example/", "file:/"]
)
@pytest.mark.parametrize("method", ["GET", "batch", "write"])
def test_nothing_is_ever_sent_to_another_server(
    server: ScriptedServer, client: Client, away: str, method: str
) -> None:
    with scripted_server() as other:
        port = other.root.rpartition(":")[2]
        for known in ("GET", "POST"):
            server.on(known, "" if known == "POST" else "Patient/p1", to(away.format(port=port)))
        sender = client(token="ey.token")
        send: dict[str, Callable[[], object]] = {
            "GET": lambda: sender.get("Patient/p1"),
            "batch": lambda: sender.post_batch({}),
            "write": lambda: sender.send_once("POST", "", {}, {}),
        }
        with pytest.raises(Refused) as refused:
            send[method]()
        assert other.received == []
    assert refused.value.code == "redirected-elsewhere"
    assert "ey.token" not in refused.value.message


def test_a_post_does_not_follow_a_redirect(server: ScriptedServer, client: Client) -> None:
    server.on("POST", "", to("/fhir/other", 307))
    assert client().post_batch({}).status == 307
    assert client().send_once("POST", "", {}, {}).status == 307
    assert len(server.received) == 2


@pytest.mark.parametrize("length", [1, 2, 50], ids=["itself", "a circle", "a long chain"])
def test_redirects_that_do_not_end_are_given_up(
    server: ScriptedServer, client: Client, length: int
) -> None:
    for step in range(length):
        server.on("GET", f"{step}", to(f"{(step + 1) % length}"))
    with pytest.raises(Refused) as refused:
        client().get("0")
    assert refused.value.code == "redirect-loop"
    assert len(server.received) == min(length, 6)


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def test_a_certificate_is_verified_always(
    certificate: tuple[Path, Path], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with scripted_server(tls) as server:
        server.on("GET", "Patient/p1", OK)
        base = BaseUrl.parse(server.base_url)
        stranger = FhirClient(base, settings())
        with pytest.raises(Unreachable) as unreachable:
            stranger.get("Patient/p1")
        stranger.close()
        assert unreachable.value.code == "untrusted-certificate"
        assert stranger.requests_sent == 1

        # The setting wins over the environment, which names another bundle.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ssl.get_default_verify_paths().openssl_cafile)
        friend = FhirClient(base, settings(ca_bundle=certificate[0]))
        assert friend.get("Patient/p1").resource == PATIENT
        friend.close()


def test_a_server_without_tls_is_unreachable_by_https(
    server: ScriptedServer, settings: Settings
) -> None:
    base = BaseUrl.parse(server.base_url.replace("http:", "https:"))
    client = FhirClient(base, settings(retries=0))
    with pytest.raises(HandoutError) as refused:
        client.get("metadata")
    assert refused.value.code == "unreachable"


def test_a_ca_bundle_that_is_not_there_is_said_at_once(client: Client, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        client(ca_bundle=tmp_path / "none.pem")
    assert refused.value.code == "no-ca-bundle"
