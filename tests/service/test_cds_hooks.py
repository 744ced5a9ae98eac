"""CDS Hooks over HTTP: addresses, statuses, trust, CORS, and what is kept of feedback."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from cds_client.checks import discovery_problems, response_problems
from cds_client.ehr import StrictEhr
from fhir_handout.errors import UsageError
from fhir_handout.service.app import create_app
from service.running import service
from unit.cds_hooks.calls import EXAMPLES, example
from unit.smart.tokens import jwk, key_set, private_key

PUBLIC = "https://handout.example.org"
EHR = "https://ehr.example.org"
ORIGIN = "https://ehr.example.org"
BASE = f"{PUBLIC}/ehr/riverside"
VIEW = f"{BASE}/cds-services/muscle-cramps-patient-view"
SETTINGS = f"""
[service]
public_url = "{PUBLIC}"
[tenants.riverside]
base_url = "{EHR}/fhir"
[tenants.riverside.cds_hooks]
issuers = [{{iss = "{EHR}", jwks = "ehr.json"}}]
cors_origins = ["{ORIGIN}"]
[tenants.lakeside]
base_url = "https://lakeside.example.org/fhir"
[tenants.sandbox]
base_url = "https://sandbox.example.org/fhir"
cds_hooks = {{accept_unsigned = true}}
"""
CASES = yaml.safe_load((EXAMPLES / "cases.yaml").read_text("utf-8"))["cases"]
SECRET = "Quillon Testperson"


@pytest.fixture
def running(tmp_path: Path) -> Any:
    (tmp_path / "ehr.json").write_text(json.dumps(key_set(jwk("P-384"))), "utf-8")
    return service(tmp_path, SETTINGS)


@pytest.fixture
def client(running: Any) -> Iterator[TestClient]:
    with TestClient(create_app(running), base_url=PUBLIC) as found:
        yield found


@pytest.fixture
def ehr(client: TestClient, running: Any, monkeypatch: pytest.MonkeyPatch) -> StrictEhr:
    """The strict EHR, whose clock is the service's."""
    monkeypatch.setattr(time, "time", lambda: running.now().timestamp())

    def transport(method: str, url: str, headers: Any, body: Any) -> tuple[int, Any]:
        sent = None if body is None else json.dumps(body)
        more = {} if body is None else {"Content-Type": "application/json"}
        answer = client.request(method, url, headers={**headers, **more}, content=sent)
        return answer.status_code, answer.json() if answer.content else None

    made = StrictEhr(BASE, f"{EHR}/fhir", transport, EHR, private_key("P-384"), jwk("P-384")["kid"])
    made.discover()
    return made


def posted(client: TestClient, url: str, body: Any, **headers: str) -> Any:
    return client.post(url, json=body, headers=headers)


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# --- addresses and JSON ---


def test_discovery_is_at_its_address(client):
    answer = client.get(f"{BASE}/cds-services")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert discovery_problems(answer.json()) == []


def test_a_service_is_at_the_address_of_its_id(client, ehr):
    for name in ehr.services:
        status, problem = ehr.post(name, {}, {})
        assert (status, problem["code"]) == (400, "bad-context")
    assert ehr.transport("POST", f"{BASE}/cds-services/nothing", {}, {})[0] == 401


def test_an_ehr_without_hooks_and_one_that_is_not_there(client):
    for name in ("lakeside", "nowhere"):
        refused(client.get(f"{PUBLIC}/ehr/{name}/cds-services"), 404, "no-such-ehr")


def test_what_is_said_is_json_and_what_is_sent_must_be(client):
    url = VIEW.replace("riverside", "sandbox")
    body = json.dumps(example("patient-view/complaint"))
    answer = client.post(url, content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    assert response_problems(answer.json()) == []
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        other = client.post(url, content=body, headers={"Content-Type": kind})
        refused(other, 415, "not-json-sent")
    for broken in ("", "{", "[]", "5", body[:-1], "[" * 5000):
        other = client.post(url, content=broken, headers={"Content-Type": "application/json"})
        refused(other, 400, "not-json")


@pytest.mark.parametrize("name", CASES)
def test_every_example_has_its_status(client, name):
    hook = name.partition("/")[0]
    url = f"{PUBLIC}/ehr/sandbox/cds-services/muscle-cramps-{hook}"
    answer = posted(client, url, example(name))
    if CASES[name]["status"] != 200:
        refused(answer, CASES[name]["status"], CASES[name]["code"])
        return
    assert answer.status_code == 200
    assert [card["indicator"] for card in answer.json()["cards"]] == CASES[name]["cards"]
    assert response_problems(answer.json()) == []


# --- trust ---


def test_who_signs_is_answered(ehr):
    body = example("patient-view/complaint")
    (card,) = ehr.invoke("muscle-cramps-patient-view", body["context"], body["prefetch"])
    assert card["indicator"] == "info"


def test_without_a_token_nothing_of_the_body_is_looked_at(client):
    for body in ("", "{", "[" * 5000, json.dumps(example("patient-view/complaint"))):
        answer = client.post(VIEW, content=body, headers={"Content-Type": "application/json"})
        refused(answer, 401, "token-missing")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_is_for_one_address_and_is_taken_once(client, ehr):
    body = example("patient-view/complaint")
    token = ehr._token(VIEW)
    other = VIEW.replace("patient-view", "order-sign")
    refused(
        posted(client, other, body, Authorization=f"Bearer {token}"), 401, "token-wrong-audience"
    )
    assert posted(client, VIEW, body, Authorization=f"Bearer {token}").status_code == 200
    refused(posted(client, VIEW, body, Authorization=f"Bearer {token}"), 401, "token-replayed")


def test_a_token_taken_once_is_not_taken_after_a_restart(client, ehr, running, tmp_path):
    body, token = example("patient-view/complaint"), ehr._token(VIEW)
    assert posted(client, VIEW, body, Authorization=f"Bearer {token}").status_code == 200
    with TestClient(create_app(service(tmp_path, SETTINGS)), base_url=PUBLIC) as again:
        refused(posted(again, VIEW, body, Authorization=f"Bearer {token}"), 401, "token-replayed")


def test_key_sets_that_can_not_be_used_are_told_at_the_start(tmp_path):
    (tmp_path / "ehr.json").write_text('{"keys": []}', "utf-8")
    with pytest.raises(UsageError, match=r"tenants\.riverside\.cds_hooks: .*no usable"):
        create_app(service(tmp_path, SETTINGS))


# --- CORS ---


def test_only_origins_of_the_settings_may_call_from_a_browser(client):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = client.options(VIEW, headers={"Origin": ORIGIN, **asked})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in preflight.headers
    for url, origin in (
        (VIEW, "https://evil.example.org"),
        (VIEW, "null"),
        (VIEW.replace("riverside", "sandbox"), ORIGIN),
        (f"{PUBLIC}/api/v1/preview", ORIGIN),
    ):
        other = client.options(url, headers={"Origin": origin, **asked})
        assert "access-control-allow-origin" not in other.headers
        assert other.status_code >= 400


def test_a_browser_may_read_a_refusal_too(client):
    answer = posted(client, VIEW, {}, Origin=ORIGIN)
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    other = posted(client, VIEW, {}, Origin="https://evil.example.org")
    assert "access-control-allow-origin" not in other.headers


# --- feedback ---


def test_feedback_is_taken_late_repeated_and_for_cards_nobody_knows(ehr, running, tmp_path):
    body = example("patient-view/complaint")
    name = "muscle-cramps-patient-view"
    (card,) = ehr.invoke(name, body["context"], body["prefetch"])
    outcome = ehr.override(card, SECRET)
    unknown = {**outcome, "card": str(uuid.uuid4())}
    assert ehr.report(name, outcome, unknown) == 200
    assert ehr.report(name, outcome) == 200
    (database,) = (tmp_path / "state").rglob("service.db")
    kept = b"".join(path.read_bytes() for path in database.parent.glob("service.db*"))
    assert kept.count(card["uuid"].encode()) >= 2
    assert b"Quillon" not in kept


def test_feedback_that_is_none_is_refused_and_kept_nowhere(ehr):
    name = "muscle-cramps-patient-view"
    assert ehr.report(name, {"card": "x", "outcome": "ignored"}) == 400
    assert ehr.report("nothing", {}) == 404


def test_nothing_of_a_call_is_in_logs_and_metrics(client, ehr, capsys):
    body = example("patient-view/complaint")
    marked = json.loads(
        json.dumps(body).replace("hook-example", "marked-id-7").replace("Hook", SECRET)
    )
    name = "muscle-cramps-patient-view"
    (card,) = ehr.invoke(name, marked["context"], marked["prefetch"])
    ehr.report(name, ehr.override(card, SECRET))
    ehr.post(name, {**marked["context"], "userId": SECRET}, marked["prefetch"])
    told = client.get("/metrics").text + "".join(capsys.readouterr())
    assert 'deed="card"' in told
    for secret in ("marked-id-7", "Quillon", "Testperson", card["uuid"]):
        assert secret not in told
