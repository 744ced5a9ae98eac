"""Addresses in what others send: none of them is ever asked.

A stranger's server listens for each test; the fixture `world` checks in the end that it heard
nothing. Where a name is no address of this machine, that no other request was made is seen from
what the EHR was asked, and from how soon the answer comes.
"""

import time
from typing import Any

import pytest
import requests

from servers.scripted import Received, Reply
from service.attacks.chart import full_chart
from service.attacks.conftest import World, hook_body, token
from service.visiting import Visitor
from unit.ehr.fhir import searchset

# Each leads to the stranger, or into a network, for somebody who reads addresses otherwise.
ELSEWHERE = [
    "{stranger}/fhir",
    "{stranger}",
    "http://localhost:{port}/fhir",
    "http://127.1:{port}/fhir",
    "http://2130706433:{port}/fhir",
    "http://0x7f000001:{port}/fhir",
    "http://0177.0.0.1:{port}/fhir",
    "http://[::1]:{port}/fhir",
    "http://[::ffff:127.0.0.1]:{port}/fhir",
    "http://0.0.0.0:{port}/fhir",
    "http://127.0.0.1.nip.example:{port}/fhir",
    "http://user:pass@127.0.0.1:{port}/fhir",
    "{base}@127.0.0.1:{port}/fhir",
    "http://127.0.0.1:{port}#{base}",
    "http://127.0.0.1:{port}/?{base}",
    "http://127.0.0.1:{port}\\@{ours}/fhir",
    "//127.0.0.1:{port}/fhir",
    "\\\\127.0.0.1:{port}\\fhir",
    "http:/127.0.0.1:{port}/fhir",
    "http:127.0.0.1:{port}/fhir",
    "HTTP://127.0.0.1:{port}/fhir",
    " {stranger}/fhir",
    "{stranger}/fhir\r\nHost: x",
    "{stranger}\t/fhir",
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "ftp://127.0.0.1:{port}/x",
    "data:application/json,{{}}",
    "{base}/../../stranger",
    "{base}%2f..%2f..",
    "{base}.evil.example/fhir",
    "{base}\u3002evil.example",
    "\uff48ttp://127.0.0.1:{port}/fhir",
]


def address(world: World, text: str) -> str:
    port = world.stranger.root.rpartition(":")[2]
    base = world.riverside.base
    ours = base.removeprefix("http://").removesuffix("/fhir")
    return text.format(stranger=world.stranger.root, port=port, base=base, ours=ours)


def asked_of(world: World) -> list[str]:
    """What the EHRs and the stranger were asked."""
    servers = (world.riverside.server, world.lakeside.server, world.stranger)
    return [received.target for server in servers for received in server.received]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_no_launch_goes_where_it_says(world: World, text: str):
    said = {"iss": address(world, text), "launch": "x"}
    answer = requests.get(f"{world.address}/launch", params=said, timeout=5, allow_redirects=False)
    assert answer.status_code in (400, 404)
    assert "Set-Cookie" not in answer.headers
    assert asked_of(world) == []


@pytest.mark.parametrize("text", ELSEWHERE)
@pytest.mark.parametrize("scope", ["patient/*.rs", "system/*.*"])
def test_no_hook_goes_where_it_says(world: World, text: str, scope: str):
    """With a token to give away, and nothing prefetched."""
    authorization = {
        "access_token": "secret-of-the-ehr",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": scope,
        "subject": "cds",
    }
    body = hook_body(fhirServer=address(world, text), fhirAuthorization=authorization)
    started = time.monotonic()
    answer = world.call(token(world), body)
    assert answer.status_code in (400, 412), answer.text
    assert time.monotonic() - started < 2
    assert asked_of(world) == []


def test_a_hook_of_its_own_server_is_fetched(world: World):
    """Or the test above could not fail."""
    authorization = {
        "access_token": "secret-of-the-ehr",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cds",
    }
    body = hook_body(fhirServer=world.riverside.base, fhirAuthorization=authorization)
    assert world.call(token(world), body).status_code == 200
    assert world.riverside.server.received
    assert world.lakeside.server.received == []


def test_a_hook_names_the_server_of_another_ehr(world: World):
    authorization = {
        "access_token": "secret-of-the-ehr",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cds",
    }
    body = hook_body(fhirServer=world.lakeside.base, fhirAuthorization=authorization)
    answer = world.call(token(world), body)
    assert (answer.status_code, answer.json()["code"]) == (412, "fhir-server-unknown")
    assert asked_of(world) == []


# --- addresses in a record ---

REFERENCES: dict[str, Any] = {
    "a medicine": (6, "medicationReference", "reference"),
    "a subject": (6, "subject", "reference"),
    "a requester": (6, "requester", "reference"),
    "an attachment": (10, "content", 0, "attachment", "url"),
    "an author": (10, "author", 0, "reference"),
    "an extension": (0, "extension", 0, "url"),
    "a system": (2, "code", "coding", 0, "system"),
    "an ingredient": (7, "ingredient", 0, "itemCodeableConcept", "coding", 0, "system"),
}
LEADING = [
    "{stranger}/fhir",
    "//127.0.0.1:{port}/fhir",
    "http://[::ffff:127.0.0.1]:{port}/fhir",
    "{base}@127.0.0.1:{port}/fhir",
    "http://127.0.0.1:{port}\\@{ours}/fhir",
    "{base}/../../stranger",
    "\\\\127.0.0.1:{port}\\fhir",
    "http://2130706433:{port}/fhir",
]


def pointing(world: World, path: Any, text: str) -> list[dict[str, Any]]:
    chart: Any = full_chart()
    parent = chart
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = f"{address(world, text)}/Medication/1"
    return list(chart)


@pytest.mark.parametrize("text", LEADING)
@pytest.mark.parametrize("what", REFERENCES)
def test_no_reference_is_followed_to_another_server(world: World, what: str, text: str):
    """From the page, which reads an EHR with a token; and from a record that is sent to REST."""
    chart = pointing(world, REFERENCES[what], text)
    world.riverside.resources = chart
    page = world.open("p1")
    assert page.get().status_code in (200, 404, 502)
    record = {"resourceType": "Bundle", "entry": [{"resource": each} for each in chart]}
    before = len(asked_of(world))
    assert world.rest("explain", record=record, patient="p1").status_code in (200, 422)
    assert len(asked_of(world)) == before  # a record that was sent asks nobody
    assert world.stranger.received == []
    targets = [r.target for r in world.riverside.server.received]
    assert all(target.startswith("/fhir") for target in targets)
    assert not [target for target in targets if ".." in target]


@pytest.mark.parametrize("text", LEADING)
def test_no_next_page_leads_to_another_server(world: World, text: str):
    page_one = searchset(*(r for r in full_chart() if r["resourceType"] == "Condition"))
    page_one["link"] = [{"relation": "next", "url": address(world, text)}]
    world.riverside.server.on("GET", "Condition", Reply(200, page_one))
    assert world.open("p1").get().status_code == 200
    assert world.stranger.received == []


# --- an EHR that sends us away ---


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["metadata", "", "Patient/p1", "Condition"])
def test_no_redirect_of_the_ehr_is_followed_to_another_server(world: World, path: str, status: int):
    away = Reply(status, b"", {"Location": f"{world.stranger.base_url}/Patient/p1"})
    world.riverside.server.on("POST" if path == "" else "GET", path, away)
    page = world.open("p1")
    assert page.get().status_code in (200, 502, 504)
    assert world.rest("attach", tenant="riverside", patient="p1").status_code in (200, 502, 504)
    assert world.stranger.received == []


@pytest.mark.parametrize(
    "path",
    [
        "token",
        ".well-known/smart-configuration",
        "auth/.well-known/openid-configuration",
        "auth/jwks",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_of_the_authorization_server_is_followed(
    fresh_world: World, path: str, status: int
):
    """Where a code, a verifier or an assertion would go along."""
    away = Reply(status, b"", {"Location": f"{fresh_world.stranger.root}/{path}"})
    fresh_world.riverside.server.on("POST" if path == "token" else "GET", path, away)
    visitor = Visitor()
    url = f"{fresh_world.address}/launch?iss={fresh_world.riverside.base}&launch=x"
    out = visitor.get(url, follow=False)
    if out.status_code == 303:
        out = visitor.get(fresh_world.riverside.authorize(out.headers["Location"]))
    assert out.status_code == 502, out.text[:300]
    assert fresh_world.stranger.received == []


SAID = ["token_endpoint", "authorization_endpoint", "jwks_uri", "issuer"]
OUTSIDE = [
    "http://169.254.169.254/x",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://evil.example",
    "ftp://x/y",
    7,
]


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("text", OUTSIDE)
def test_a_configuration_leads_to_nothing_but_https(fresh_world: World, name: str, text: Any):
    said = {**fresh_world.riverside._configuration(), name: text}
    fresh_world.riverside.server.on("GET", ".well-known/smart-configuration", Reply(200, said))
    answer = requests.get(
        f"{fresh_world.address}/launch",
        params={"iss": fresh_world.riverside.base, "launch": "x"},
        timeout=5,
        allow_redirects=False,
    )
    assert answer.status_code == 502
    assert "bad-smart-configuration" in answer.text
    assert str(text) not in answer.text or text == 7


def test_a_token_goes_to_its_own_server_alone(world: World):
    """The access token of a page is in no request to anybody else, the secrets in no request."""
    visitor = Visitor()
    assert world.launch(visitor).status_code == 200
    heard: list[Received] = world.riverside.server.received
    given = [r.headers.get("Authorization", "") for r in heard if r.path in ("", "metadata")]
    assert any(each.startswith("Bearer secret-access-") for each in given)
    for server in (world.lakeside.server, world.stranger):
        assert not [r for r in server.received if "Authorization" in r.headers]
    assert not [r for r in heard if "secret-" in r.target]
