"""Tokens that are in order, and every way in which one may not be."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fhir_handout.smart.compact import LONGEST_TOKEN, BadToken
from fhir_handout.smart.jwks import GivenKeys
from fhir_handout.smart.signed_tokens import claimed_issuer, verified
from unit.smart.tokens import (
    AUDIENCE,
    CLAIMS,
    ISSUER,
    NOW,
    by_public_key,
    jwk,
    key_set,
    part,
    private_key,
    signed,
)

KEYS = GivenKeys(key_set(jwk("rsa"), jwk("P-384"), jwk("P-256")))
ID_TOKEN = ("RS256", "RS384", "ES256", "ES384")


def checked(token, keys=KEYS, **changed):
    return verified(token, keys, **{"issuer": ISSUER, "audience": AUDIENCE, "now": NOW, **changed})


def code(token, keys=KEYS, **changed):
    with pytest.raises(BadToken) as caught:
        checked(token, keys, **changed)
    said = f"{caught.value.code} {caught.value.message}"
    # Neither the token nor what it claims may come up in a message.
    assert not any(secret in said for secret in ("t-1", "eyJ", "example.org", "evil"))
    return caught.value.code


@pytest.mark.parametrize(("kind", "alg"), [("rsa", "RS384"), ("P-384", "ES384")])
def test_a_token_of_either_algorithm_of_smart_is_believed(kind, alg):
    assert checked(signed(kind, alg=alg)) == CLAIMS


@pytest.mark.parametrize(
    ("kind", "alg"), [("rsa", "RS256"), ("rsa", "RS384"), ("P-256", "ES256"), ("P-384", "ES384")]
)
def test_other_algorithms_are_taken_where_they_are_allowed(kind, alg):
    assert checked(signed(kind, alg=alg), algorithms=ID_TOKEN) == CLAIMS
    if alg in ("RS256", "ES256"):
        assert code(signed(kind, alg=alg)) == "token-algorithm"


# --- algorithms and keys ---


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "HS384", "HS512", "PS384", ""])
@pytest.mark.parametrize("allowed", [("RS384", "ES384"), ("none", "HS256", "HS384", "HS512", "")])
def test_no_symmetric_signature_and_no_missing_one_whoever_allows_it(alg, allowed):
    header = {"alg": alg, "kid": "rsa-0"}
    assert code(by_public_key("rsa", header), algorithms=allowed) == "token-algorithm"
    unsigned = f"{part(header)}.{part(CLAIMS)}."
    assert code(unsigned, algorithms=allowed) == "token-algorithm"


@pytest.mark.parametrize("alg", [None, 5, ["RS384"], {"a": 1}])
def test_an_algorithm_of_another_kind_is_refused(alg):
    assert code(f"{part({'alg': alg})}.{part(CLAIMS)}.AA") == "token-algorithm"


def test_the_public_key_is_no_secret_to_sign_with():
    header = {"alg": "RS384", "kid": "rsa-0"}
    assert code(by_public_key("rsa", header)) == "token-bad-signature"


def test_the_algorithm_must_be_that_of_the_key():
    token = signed("rsa", header={"kid": "P-384-0"})
    assert code(token) == "token-unknown-key"
    other_curve = GivenKeys(key_set(jwk("P-256", kid="P-384-0")))
    assert code(signed("P-384"), other_curve) == "token-unknown-key"
    bound = GivenKeys(key_set(jwk("rsa", alg="RS256")))
    assert code(signed("rsa"), bound) == "token-unknown-key"


def test_a_key_in_the_header_is_not_believed():
    mine = jwk("P-384", 1, kid="P-384-0")
    for name, value in (("jwk", mine), ("jku", "https://evil.example"), ("x5u", "https://evil")):
        token = signed("P-384", 1, header={"kid": "P-384-0", name: value})
        assert code(token) == "token-bad-signature"
        assert code(signed("P-384", 1, header={name: value})) == "token-unknown-key"


@pytest.mark.parametrize(
    "kid", ["", "../../dev/null", "/etc/passwd", "' OR 1=1 --", "P-384-0\0", "p-384-0"]
)
def test_a_kid_is_compared_and_nothing_else(kid):
    assert code(signed(header={"kid": kid})) == "token-unknown-key"


@pytest.mark.parametrize("kid", [5, ["P-384-0"], {"P-384-0": 1}, True])
def test_a_kid_of_another_kind_is_malformed(kid):
    token = f"{part({'alg': 'ES384', 'kid': kid})}.{part(CLAIMS)}.AA"
    assert code(token) == "token-malformed"


def test_without_a_kid_there_must_be_one_key_that_fits():
    token = signed(header={"kid": None})
    assert checked(token) == CLAIMS
    two = GivenKeys(key_set(jwk("P-384"), jwk("P-384", 1)))
    assert code(token, two) == "token-unknown-key"


def test_two_keys_of_one_kid_are_both_tried():
    keys = GivenKeys(key_set(jwk("P-384", 1, kid="k"), jwk("P-384", kid="k")))
    assert checked(signed(header={"kid": "k"}), keys) == CLAIMS


@pytest.mark.parametrize("kind", ["rsa", "P-384"])
def test_a_changed_token_is_refused(kind):
    header, payload, signature = signed(kind).split(".")
    evil = part({**CLAIMS, "sub": "evil"})
    assert code(f"{header}.{evil}.{signature}") == "token-bad-signature"
    assert code(f"{header}.{payload}.{part(b'0' * 96)}") == "token-bad-signature"
    assert code(f"{header}.{payload}.") == "token-bad-signature"
    assert code(f"{part({'alg': 'ES384', 'kid': 'P-384-0', 'x': 1})}.{payload}.{signature}")
    assert code(signed(kind, 1, header={"kid": f"{kind}-0"})) == "token-bad-signature"


def test_a_signature_of_zeros_is_none():
    header, payload, _ = signed().split(".")
    assert code(f"{header}.{payload}.{part(bytes(96))}") == "token-bad-signature"


def test_an_unknown_critical_header_is_refused():
    assert code(signed(header={"crit": ["exp"]})) == "token-malformed"


# --- claims ---


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://evil.example"}, "token-unknown-issuer"),
        ({"iss": ISSUER + "/"}, "token-unknown-issuer"),
        ({"iss": ISSUER[:-1]}, "token-unknown-issuer"),
        ({"aud": "https://evil.example"}, "token-wrong-audience"),
        ({"aud": [AUDIENCE + "x"]}, "token-wrong-audience"),
        ({"aud": []}, "token-wrong-audience"),
        ({"aud": 5}, "token-wrong-audience"),
        ({"aud": {AUDIENCE: 1}}, "token-wrong-audience"),
        ({"aud": [[AUDIENCE]]}, "token-wrong-audience"),
        ({"exp": NOW - 31}, "token-expired"),
        ({"exp": NOW - 30}, "token-expired"),
        ({"nbf": NOW + 31}, "token-not-yet-valid"),
        ({"iat": NOW + 31}, "token-not-yet-valid"),
        ({"iat": NOW - 331}, "token-too-old"),
        *(({name: ...}, "token-missing-claim") for name in ("iss", "aud", "exp", "iat", "jti")),
        *(({"exp": wrong}, "token-missing-claim") for wrong in ("9", None, True, -1, [], 2**60)),
        *(({"nbf": wrong}, "token-missing-claim") for wrong in ("9", None, False)),
        *(({"iat": wrong}, "token-missing-claim") for wrong in ("9", None, False)),
        *(({"jti": wrong}, "token-missing-claim") for wrong in ("", None, 5, "x" * 513)),
    ],
)
def test_what_a_token_says_must_be_right(claims, expected):
    token = signed_as_it_is(**claims)
    assert code(token, max_age=300, required=("jti",)) == expected


def signed_as_it_is(**claims):
    """Signed without the looks that the library takes at what it signs."""
    from jwt import PyJWS

    said = {n: v for n, v in {**CLAIMS, **claims}.items() if v is not ...}
    return as_bytes(json.dumps(said).encode(), PyJWS())


def as_bytes(payload, jws):
    return jws.encode(payload, private_key("P-384"), "ES384", headers={"kid": "P-384-0"})


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 29},
        {"nbf": NOW + 29, "iat": NOW + 29},
        {"aud": ["https://other.example", AUDIENCE]},
        {"iat": NOW - 329},
        {"exp": NOW + 0.5},
    ],
)
def test_clocks_may_differ_a_little_and_audiences_be_many(claims):
    assert checked(signed_as_it_is(**claims), max_age=300)["jti"] == "t-1"


def test_a_replayed_token_is_refused_and_a_wrong_one_is_not_remembered():
    seen: dict[tuple[str, str], float] = {}

    def was_seen(issuer: str, jti: str, until: float) -> bool:
        return seen.setdefault((issuer, jti), until) != until or len(asked) > 1

    asked = [1]
    assert code(signed("P-384", 1, header={"kid": "P-384-0"}), seen=was_seen)
    assert code(signed(exp=NOW - 100), seen=was_seen) == "token-expired"
    assert code(signed(jti=...), seen=was_seen) == "token-missing-claim"
    assert seen == {}
    assert checked(signed(), seen=was_seen) == CLAIMS
    assert seen == {(ISSUER, "t-1"): CLAIMS["exp"] + 30}
    asked.append(2)
    assert code(signed(), seen=was_seen) == "token-replayed"


# --- form ---


def twice(name: bytes) -> bytes:
    return json.dumps(CLAIMS).encode()[:-1] + b', "' + name + b'": "x"}'


@pytest.mark.parametrize(
    "payload",
    [
        twice(b"iss"),
        b'{"a": {"b": 1, "b": 2}}',
        b"[]",
        b'"text"',
        b"{",
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b'{"exp": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"\xff\xfe",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_a_payload_that_is_no_plain_object_is_refused_even_if_signed(payload):
    from jwt import PyJWS

    assert code(as_bytes(payload, PyJWS())) == "token-malformed"


def test_a_name_twice_in_the_header_is_refused():
    _, payload, signature = signed().split(".")
    header = part(b'{"alg": "none", "alg": "ES384", "kid": "P-384-0"}')
    assert code(f"{header}.{payload}.{signature}") == "token-malformed"


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda t: "",
        lambda t: "a.b",
        lambda t: f"{t}.x",
        lambda t: f" {t}",
        lambda t: f"{t}\n",
        lambda t: t.replace(".", "=.", 1),
        lambda t: f"{t}=",
        lambda t: f"{t}ä",
        lambda t: t.replace(".", ". ", 1),
        lambda t: t + "A" * LONGEST_TOKEN,
        lambda t: None,
        lambda t: t.encode(),
        lambda t: json.dumps({"payload": "x", "signatures": []}),
    ],
)
def test_what_has_another_form_is_malformed(spoiled):
    assert code(spoiled(signed())) == "token-malformed"


def test_a_signature_has_one_form_only():
    """The last character of 97 bytes' base64 has bits that a lenient reader passes over."""
    token = signed("rsa")
    last = token[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = alphabet[alphabet.index(last) ^ 1]
    assert code(token[:-1] + other) == "token-malformed"


def test_whom_a_token_says_it_is_from():
    assert claimed_issuer(signed()) == ISSUER
    for wrong in (..., 5, None):
        with pytest.raises(BadToken, match="who issued it"):
            claimed_issuer(signed_as_it_is(iss=wrong))


def test_the_curve_of_a_key_is_what_it_is():
    assert isinstance(private_key("P-384").curve, ec.SECP384R1)
