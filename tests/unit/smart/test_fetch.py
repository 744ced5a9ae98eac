"""Limits of what is fetched from an address of the configuration, over real HTTP."""

import time

import pytest
import requests

from fhir_handout.errors import HandoutError, InvalidFhir, Refused, Unreachable, UsageError
from fhir_handout.smart.fetch import Limits, get_json, is_safe, post_form
from servers.scripted import Reply, ScriptedServer, scripted_server

LIMITS = Limits(connect_timeout=2, read_timeout=2, seconds=2, max_bytes=1000)


@pytest.fixture
def server():
    with scripted_server() as running:
        yield running


def fetched(server: ScriptedServer, reply: Reply, limits=LIMITS):
    server.on("GET", "set", reply)
    return get_json(f"{server.base_url}/set?secret=s3cret", limits, "reading the keys")


def test_an_object_is_given(server):
    assert fetched(server, Reply(200, {"keys": []})) == {"keys": []}
    (asked,) = server.received
    assert asked.headers["Accept"] == "application/json"
    assert "Authorization" not in asked.headers


def test_a_netrc_is_not_read(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password s3cret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth(server.base_url)
    fetched(server, Reply(200, {}))
    assert "Authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply(404), Refused, "not-there"),
        (Reply(401, {"error": "s3cret"}), Refused, "unexpected-answer"),
        (Reply(500, {"error": "s3cret"}), Refused, "server-error"),
        (Reply(302, b"", {"Location": "https://evil.example/s3cret"}), Refused, "redirected"),
        (Reply(200, b"<html>s3cret"), InvalidFhir, "not-json"),
        (Reply(200, b""), InvalidFhir, "not-json"),
        (Reply(200, []), InvalidFhir, "not-json"),
        (Reply(200, b"[" * 900), InvalidFhir, "not-json"),
        (Reply(200, b"x" * 1001), InvalidFhir, "answer-too-large"),
        (Reply(200, {"a": 1}, cut_after=78), Unreachable, "answer-broken-off"),
        (Reply(200, {"a": 1}, cut_after=0), Unreachable, "answer-broken-off"),
        (Reply(200, {"a": 1}, delay=3), Unreachable, "unreachable"),
    ],
)
def test_anything_else_is_an_error_that_names_the_server_alone(server, reply, kind, code):
    with pytest.raises(kind) as caught:
        fetched(server, reply)
    assert caught.value.code == code
    assert server.root in caught.value.message
    assert not any(part in caught.value.message for part in ("s3cret", "/fhir", "set?", "evil"))
    assert server.count("GET") == 1


def test_deep_json_is_no_fault_of_ours(server):
    deep = Reply(200, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    with pytest.raises(InvalidFhir) as caught:
        fetched(server, deep, Limits())
    assert caught.value.code == "not-json"


def test_a_server_that_drips_has_no_more_time_than_others(server):
    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetched(server, Reply(200, {"a": "b" * 100}, drip=0.05), Limits(seconds=0.3))
    assert time.monotonic() - began < 2


def test_nobody_at_the_address():
    with scripted_server() as gone:
        address = f"{gone.base_url}/set"
    with pytest.raises(Unreachable) as caught:
        get_json(address, LIMITS)
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "http://ehr.example.org/keys",
        "http://127.0.0.1.evil.example/keys",
        "http://localhost@evil.example/keys",
        "https://user:s3cret@ehr.example.org/keys",
        "file:///etc/passwd",
        "ftp://localhost/keys",
        "//ehr.example.org/keys",
        "ehr.example.org",
        "",
        "https://",
        "https://ehr.example.org/a b",
        "https://ehr.example.org/\r\nHost: evil",
        "https://ehr.example.org/" + "a" * 2000,
        "http://10.0.0.1/latest",
        "http://169.254.169.254/latest",
        "http://[::2]/",
        "https://ehr.example.org\\@evil.example/",
    ],
)
def test_an_address_that_is_not_safe_gets_no_request(url):
    assert not is_safe(url)
    with pytest.raises(UsageError) as caught:
        get_json(url, LIMITS)
    assert caught.value.code == "bad-address"
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example.org/a?b=c",
        "https://EHR.example.org:8443",
        "http://127.0.0.1:8080/x",
        "http://localhost/",
        "http://[::1]:80/",
    ],
)
def test_safe_addresses(url):
    assert is_safe(url)


def test_a_ca_bundle_that_is_not_there(server, tmp_path):
    with pytest.raises(UsageError) as caught:
        get_json(server.base_url, Limits(ca_bundle=tmp_path / "none"))
    assert caught.value.code == "no-ca-bundle"


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_form_has_its_answer_whatever_it_is(form_server, status):
    form_server.status = status
    answer = post_form(f"{form_server.url}/token", {"code": "a&b=ü", "x": ""}, LIMITS)
    assert (answer.status, answer.resource) == (status, {"ok": True})
    (headers, body) = form_server.received[0]
    assert body == b"code=a%26b%3D%C3%BC&x="
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Accept"] == "application/json"
    assert "Authorization" not in headers


def test_a_form_is_not_sent_on_to_where_a_redirect_points(form_server):
    form_server.status = 307
    answer = post_form(f"{form_server.url}/token", {"code": "s3cret"}, LIMITS)
    assert answer.status == 307
    assert len(form_server.received) == 1


def test_every_error_is_one_of_ours(server):
    with pytest.raises(HandoutError):
        fetched(server, Reply(200, b"\x00\xff"))
