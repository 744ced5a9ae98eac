"""Backend Services: what is sent, what is kept, what is refused."""

import threading
from urllib.parse import parse_qsl

import jwt
import pytest

from fhir_handout.errors import Refused
from fhir_handout.smart.backend import BackendTokens, tokens_of_site
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.limits import Limits
from fhir_handout.smart.own_keys import add_key
from fhir_handout.smart.site_settings import BackendSettings

SCOPES = ("system/Patient.r", "system/Condition.rs")


@pytest.fixture
def clock():
    return [1_800_000_000.0]


@pytest.fixture
def keys(tmp_path):
    add_key(tmp_path / "keys.json", "ES384")
    return tmp_path / "keys.json"


@pytest.fixture
def tokens(form_server, keys, clock):
    form_server.answer = {
        "access_token": "t",
        "token_type": "bearer",
        "expires_in": 300,
        "scope": " ".join(SCOPES),
    }
    ehr = Configuration("https://ehr.example.org/fhir", f"{form_server.url}/token")
    client = Client("app", KeyFile(keys))
    return BackendTokens(client, lambda: ehr, SCOPES, Limits(), lambda: clock[0])


def test_what_is_sent(form_server, tokens):
    assert tokens.token() == "t"
    form = dict(parse_qsl(form_server.received[0][1].decode(), strict_parsing=True))
    assertion = form.pop("client_assertion")
    assert form == {
        "grant_type": "client_credentials",
        "scope": " ".join(SCOPES),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    claims = jwt.decode(assertion, options={"verify_signature": False})
    assert claims["aud"] == f"{form_server.url}/token"


@pytest.mark.parametrize(("life", "good_for"), [(300, 240), (3600, 3540), (60, 48), (10, 8)])
def test_it_is_asked_for_anew_shortly_before_it_ends(form_server, tokens, clock, life, good_for):
    form_server.answer["expires_in"] = life
    tokens.token()
    clock[0] += good_for - 0.5
    tokens.token()
    assert len(form_server.received) == 1
    clock[0] += 1
    tokens.token()
    assert len(form_server.received) == 2


def test_threads_that_come_at_once_ask_once(form_server, tokens):
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["t"] * 8
    assert len(form_server.received) == 1


def test_a_token_that_the_ehr_took_no_more_is_forgotten(form_server, tokens):
    tokens.token()
    tokens.forget()
    tokens.token()
    assert len(form_server.received) == 2


def test_more_than_was_asked_is_enough(form_server, tokens):
    form_server.answer["scope"] = "system/*.cruds"
    assert tokens.token() == "t"


def test_fewer_scopes_are_refused_each_time(form_server, tokens):
    form_server.answer["scope"] = "system/Patient.r system/Condition.r"
    for _ in range(2):
        with pytest.raises(Refused, match=r"system/Condition\.rs") as caught:
            tokens.token()
        assert caught.value.code == "scopes-too-few"
    assert len(form_server.received) == 2


def test_the_token_endpoint_of_the_settings_needs_no_discovery(form_server, tokens, keys):
    assert tokens
    site = BackendSettings(
        "http://127.0.0.1:9/fhir", "app", keys, SCOPES, f"{form_server.url}/elsewhere"
    )
    assert tokens_of_site(site, Limits()).token() == "t"
