"""The URL of a launch, and what comes back."""

import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest

from fhir_handout.errors import InvalidFhir, NotAllowed, Refused
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.launch import challenge, code_of, start

BASE = "https://ehr.example.org/fhir"
EHR = Configuration(
    BASE,
    "https://auth.example.org/token",
    "https://auth.example.org/auth",
    "https://auth.example.org",
    challenge_methods=frozenset({"S256"}),
)
BACK = "https://handout.example.org/callback"
SCOPES = ("openid", "fhirUser", "patient/Condition.rs")


def begun(launch=None, scopes=SCOPES, ehr=EHR):
    url, started = start(ehr, "app", BACK, scopes, launch)
    return url, dict(parse_qsl(urlsplit(url).query, strict_parsing=True)), started


def test_a_launch_from_the_ehr_says_all_that_smart_wants():
    url, said, started = begun("xyz")
    assert url.startswith("https://auth.example.org/auth?")
    assert said == {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": BACK,
        "scope": "launch openid fhirUser patient/Condition.rs",
        "state": started.state,
        "aud": BASE,
        "nonce": started.nonce,
        "code_challenge": challenge(started.verifier),
        "code_challenge_method": "S256",
        "launch": "xyz",
    }
    assert "max_age" not in said
    assert started.scopes == tuple(said["scope"].split())


def test_outside_of_the_ehr_context_is_asked_for_and_no_launch_is_said():
    _, said, _ = begun(None, ("launch", *SCOPES, "launch/patient"))
    assert "launch" not in said
    assert said["scope"].split() == ["launch/patient", "launch/encounter", *SCOPES]


def test_a_launch_of_the_ehr_asks_for_its_context_alone():
    _, said, _ = begun("xyz", ("launch/patient", *SCOPES, "launch"))
    assert said["scope"].split() == ["launch", *SCOPES]


def test_an_endpoint_with_a_query_keeps_it():
    ehr = Configuration(
        BASE,
        "https://a.example/t",
        "https://a.example/a?t=1",
        challenge_methods=frozenset({"S256"}),
    )
    url, said, _ = begun(ehr=ehr)
    assert url.startswith("https://a.example/a?t=1&response_type=code&")
    assert said["t"] == "1"


def test_a_launch_with_odd_characters_stays_one_value():
    _, said, _ = begun("a&aud=evil#x y/ü")
    assert (said["launch"], said["aud"]) == ("a&aud=evil#x y/ü", BASE)


def test_nothing_of_a_launch_can_be_guessed_or_comes_twice():
    many = [begun()[2] for _ in range(200)]
    for name in ("state", "nonce", "verifier"):
        values = {getattr(each, name) for each in many}
        assert len(values) == 200
        assert all(len(base64.urlsafe_b64decode(value + "=")) == 32 for value in values)
    one = many[0]
    assert len({one.state, one.nonce, one.verifier}) == 3
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)


def test_the_challenge_is_that_of_the_standard():
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    digest = hashlib.sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64decode(challenge(verifier) + "=") == digest


# --- the way back ---


def test_the_code_of_the_launch_that_was_begun():
    *_, started = begun()
    assert code_of(started, EHR, {"state": started.state, "code": "c0de"}) == "c0de"
    with_issuer = {"state": started.state, "code": "c0de", "iss": EHR.issuer}
    assert code_of(started, EHR, with_issuer) == "c0de"


@pytest.mark.parametrize("state", [None, "", "x", "ü", "x" * 10_000])
def test_another_state_is_refused_whatever_else_comes(state):
    *_, started = begun()
    parameters = {"code": "c0de", "error": "access_denied"}
    if state is not None:
        parameters["state"] = state
    with pytest.raises(NotAllowed) as caught:
        code_of(started, EHR, parameters)
    assert caught.value.code == "state-mismatch"
    assert "c0de" not in caught.value.message


def test_an_answer_of_another_server_is_refused():
    *_, started = begun()
    with pytest.raises(NotAllowed) as caught:
        code_of(started, EHR, {"state": started.state, "code": "c", "iss": "https://evil.example"})
    assert caught.value.code == "wrong-issuer"
    assert "evil" not in caught.value.message


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "access-denied"),
        ("invalid_scope", "launch-refused"),
        ("server_error", "launch-refused"),
        ("<script>s3cret", "launch-refused"),
    ],
)
def test_an_error_is_told_without_its_words(error, code):
    *_, started = begun()
    said = {"state": started.state, "error": error, "error_description": "s3cret", "code": "c"}
    with pytest.raises(Refused) as caught:
        code_of(started, EHR, said)
    assert caught.value.code == code
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("code", [None, "", "x" * 8193])
def test_no_code_is_an_error(code):
    *_, started = begun()
    parameters = {"state": started.state, **({"code": code} if code is not None else {})}
    with pytest.raises(InvalidFhir) as caught:
        code_of(started, EHR, parameters)
    assert caught.value.code == "no-code"
