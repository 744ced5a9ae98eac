"""What a token endpoint answers, well or badly."""

import itertools
from dataclasses import replace

import pytest

from fhir_handout.ehr.answer import Answer
from fhir_handout.errors import HandoutError, InvalidFhir, Refused, UsageError
from fhir_handout.smart.client import Client
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.exchange import redeemed, refreshed
from fhir_handout.smart.launch import Started
from fhir_handout.smart.limits import Limits
from fhir_handout.smart.tokens import Context, Tokens, tokens_of

ENDPOINT = "https://auth.example.org/token"
NOW = 1000.0
SAID = {
    "access_token": "acc3ss",
    "token_type": "Bearer",
    "expires_in": 600,
    "scope": "launch patient/Condition.rs",
    "refresh_token": "refr3sh",
    "id_token": "i.d.t",
    "patient": "p1",
    "encounter": "e1",
    "need_patient_banner": False,
    "appContext": "x",
    "intent": "reconcile",
    "smart_style_url": "https://ehr.example.org/style",
    "tenant": "t",
}


def taken(said, status=200, asked=("openid",)):
    return tokens_of(Answer(status, said), ENDPOINT, asked, NOW)


def test_all_that_is_said_is_taken():
    assert taken(SAID) == Tokens(
        access_token="acc3ss",
        expires_at=1600.0,
        scopes=("launch", "patient/Condition.rs"),
        refresh_token="refr3sh",
        id_token="i.d.t",
        patient="p1",
        encounter="e1",
        app_context="x",
        need_patient_banner=False,
        intent="reconcile",
    )


def test_what_is_secret_is_not_printed():
    said = repr(taken(SAID))
    assert not any(secret in said for secret in ("acc3ss", "refr3sh", "i.d.t", "p1", "e1"))


def test_the_least_that_may_be_said():
    found = taken({"access_token": "a", "token_type": "bearer"})
    assert (found.expires_at, found.scopes) == (NOW + 300, ("openid",))
    assert found.need_patient_banner is True
    assert found.patient is found.encounter is found.refresh_token is found.id_token is None


def test_no_scope_is_not_all_that_was_asked():
    assert taken({**SAID, "scope": ""}).scopes == ("openid",)
    assert taken({**SAID, "scope": " "}).scopes == ()


@pytest.mark.parametrize("seconds", [3600, "3600", 0.5, 3600.0])
def test_how_long_it_is_good_for(seconds):
    assert taken({**SAID, "expires_in": seconds}).expires_at == NOW + float(seconds)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ()),
        ([], ()),
        ([{"reference": "ImagingStudy/1"}], (Context("ImagingStudy/1", "launch"),)),
        ([{"reference": "List/1", "role": "https://r"}], (Context("List/1", "https://r"),)),
        ([{"identifier": {}}, {"reference": 5}], ()),
    ],
)
def test_other_context(found, expected):
    assert taken({**SAID, "fhirContext": found}).context == expected


WRONG = {
    "access_token": (..., None, "", 5, "a b", "a\nb", "ä", "x" * 16385),
    "token_type": (..., None, "mac", 5),
    "expires_in": ("soon", -1, 0, True, [], None, float("inf"), 10**12),
    "scope": (5, ["openid"]),
    "refresh_token": (5, "a b"),
    "id_token": (5, {}),
    "patient": (5, "../x", "Patient/1", "a b", "x" * 300),
    "encounter": (5, "a/b"),
    "appContext": (5, {}),
    "fhirContext": (5, "x", [5]),
}


@pytest.mark.parametrize(
    ("name", "value"), list(itertools.chain(*([(n, v) for v in vs] for n, vs in WRONG.items())))
)
def test_a_fault_is_refused_without_repeating_it(name, value):
    said = {n: v for n, v in {**SAID, name: value}.items() if v is not ...}
    with pytest.raises(InvalidFhir) as caught:
        taken(said)
    assert caught.value.code == "bad-token-answer"
    assert not any(part in caught.value.message for part in ("acc3ss", "/token", "../x"))


@pytest.mark.parametrize("answer", [Answer(200, None, "empty"), Answer(204, None, "empty")])
def test_no_object_is_a_fault(answer):
    with pytest.raises(InvalidFhir):
        tokens_of(answer, ENDPOINT, (), NOW)


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, {"error": "invalid_grant", "error_description": "s3cret"}, "grant-refused"),
        (401, {"error": "invalid_client"}, "client-refused"),
        (400, {"error": "unauthorized_client"}, "client-refused"),
        (400, {"error": "invalid_scope"}, "scope-refused"),
        (400, {"error": "s3cret"}, "token-refused"),
        (400, {"error": {"s3cret": 1}}, "token-refused"),
        (400, None, "token-refused"),
        (302, None, "token-refused"),
        (500, {"error": "invalid_grant"}, "server-error"),
        (429, None, "server-error"),
    ],
)
def test_refusals_have_stable_codes_and_echo_nothing(status, said, code):
    with pytest.raises(Refused) as caught:
        taken(said, status)
    assert (caught.value.code, caught.value.status) == (code, status)
    assert "s3cret" not in caught.value.message


# --- sent ---


@pytest.fixture
def ehr(form_server):
    form_server.answer = SAID
    return Configuration("https://ehr.example.org/fhir", f"{form_server.url}/token")


def form_of(form_server):
    from urllib.parse import parse_qsl

    return dict(parse_qsl(form_server.received[-1][1].decode(), strict_parsing=True))


def test_a_code_is_sent_with_its_verifier(form_server, ehr):
    started = Started("s", "n", "v" * 43, ehr.base, "https://us.example.org/callback", ("a", "b"))
    found = redeemed(Client("app"), ehr, started, "c0de", Limits(), NOW)
    assert found.patient == "p1"
    assert form_of(form_server) == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": "https://us.example.org/callback",
        "code_verifier": "v" * 43,
        "client_id": "app",
    }
    headers = form_server.received[0][0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in headers


def test_a_code_is_never_sent_twice(form_server, ehr):
    form_server.status = 503
    started = Started("s", "n", "v", ehr.base, "https://us.example.org/callback", ())
    with pytest.raises(Refused):
        redeemed(Client("app"), ehr, started, "c0de", Limits(), NOW)
    assert len(form_server.received) == 1


OLD = replace(taken(SAID), access_token="old", refresh_token="old-refresh", expires_at=1.0)


def test_a_refresh_asks_for_no_more_than_it_had(form_server, ehr):
    refreshed(Client("app"), ehr, OLD, Limits(), NOW)
    assert form_of(form_server) == {
        "grant_type": "refresh_token",
        "refresh_token": "old-refresh",
        "client_id": "app",
    }


def test_new_tokens_replace_old_ones_and_context_stays(form_server, ehr):
    form_server.answer = {
        "access_token": "new",
        "token_type": "Bearer",
        "expires_in": 60,
        "scope": "patient/Patient.r",
        "refresh_token": "new-refresh",
    }
    assert refreshed(Client("app"), ehr, OLD, Limits(), NOW) == replace(
        OLD,
        access_token="new",
        refresh_token="new-refresh",
        expires_at=NOW + 60,
        scopes=("patient/Patient.r",),
    )


def test_a_refresh_token_that_is_not_replaced_is_kept(form_server, ehr):
    form_server.answer = {"access_token": "new", "token_type": "Bearer"}
    found = refreshed(Client("app"), ehr, OLD, Limits(), NOW)
    assert (found.access_token, found.refresh_token) == ("new", "old-refresh")
    assert found.scopes == OLD.scopes


@pytest.mark.parametrize("name", ["patient", "encounter"])
def test_a_refresh_for_somebody_else_is_refused(form_server, ehr, name):
    form_server.answer = {**SAID, name: "other"}
    with pytest.raises(InvalidFhir) as caught:
        refreshed(Client("app"), ehr, OLD, Limits(), NOW)
    assert caught.value.code == "context-changed"
    assert "other " not in caught.value.message.replace("another ", "")


def test_without_a_refresh_token_nothing_is_sent(form_server, ehr):
    with pytest.raises(UsageError):
        refreshed(Client("app"), ehr, replace(OLD, refresh_token=None), Limits(), NOW)
    assert form_server.received == []


def test_a_redirect_gets_no_secret(form_server, ehr):
    form_server.status = 307
    with pytest.raises(HandoutError):
        refreshed(Client("app"), ehr, OLD, Limits(), NOW)
    assert len(form_server.received) == 1
