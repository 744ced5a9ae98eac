"""Signed tokens that are not what they say: of hook calls and of launches, over the wire.

Each is a token that is in order but for one thing. A token in order is taken, so that what is
refused is refused for that one thing.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.attacks.conftest import ISSUER, OTHER_ISSUER, World, hook_body, token
from service.attacks.ehr import CLIENT
from service.visiting import Visitor
from unit.smart.tokens import jwk, part, private_key, signed

TAKEN = 412  # the call lacks its prefetch: the token was looked at before, and was good
PUBLIC = {"rsa": private_key("rsa").public_key(), "P-384": private_key("P-384").public_key()}
Made = Callable[[World], str]


def public_forms(kind: str) -> dict[str, bytes]:
    """Every way to write a public key down that somebody may take for a secret."""
    key, spki = PUBLIC[kind], PublicFormat.SubjectPublicKeyInfo
    pem = key.public_bytes(Encoding.PEM, spki)
    forms = {"pem": pem, "pem-bare": pem.strip(), "der": key.public_bytes(Encoding.DER, spki)}
    if kind == "rsa":
        forms["pkcs1"] = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    else:
        forms["point"] = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    members = jwk(kind)
    forms["jwk"] = json.dumps(members).encode()
    forms["jwk-tight"] = json.dumps(members, separators=(",", ":")).encode()
    forms["member"] = members.get("n", members.get("x", "")).encode()
    forms["empty"] = b""
    return forms


def by_hmac(secret: bytes, alg: str, kid: str, claims: dict[str, Any]) -> str:
    said = f"{part({'alg': alg, 'typ': 'JWT', 'kid': kid})}.{part(claims)}"
    size = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[alg]
    return f"{said}.{part(hmac.digest(secret, said.encode(), size))}"


CONFUSED = [
    (kind, form, alg)
    for kind in PUBLIC
    for form in public_forms(kind)
    for alg in ("HS256", "HS384", "HS512")
]


@pytest.mark.parametrize(("kind", "form", "alg"), CONFUSED)
def test_a_public_key_is_no_secret(world: World, kind: str, form: str, alg: str):
    made = by_hmac(public_forms(kind)[form], alg, f"{kind}-0", world.claims())
    refused(world, made, "token-algorithm")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "HS384", "RS384 ", "rs384"])
@pytest.mark.parametrize("signature", ["", "e30", "AAAA"])
def test_no_algorithm_is_none(world: World, alg: str, signature: str):
    made = f"{part({'alg': alg, 'kid': 'P-384-0'})}.{part(world.claims())}.{signature}"
    refused(world, made, "token-algorithm", "token-malformed")


def refused(world: World, made: str, *codes: str, tenant: str = "riverside") -> None:
    answer = world.call(made, tenant=tenant)
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] in codes, answer.text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Cache-Control"] == "no-store"


def stripped(made: str) -> str:
    return made.rpartition(".")[0] + "."


def resigned(made: str, **header: Any) -> str:
    """The same claims and signature with another header."""
    _, claims, signature = made.split(".")
    return f"{part(header)}.{claims}.{signature}"


def other_claims(made: str, **changed: Any) -> str:
    """Other claims under the same signature."""
    header, claims, signature = made.split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{header}.{part({**said, **changed})}.{signature}"


def twice(world: World) -> str:
    """Claims that are there twice: a check may see one, a use the other."""
    said = json.dumps(world.claims(iss="https://evil.example"))
    both = f'{said[:-1]}, "iss": "{ISSUER}"}}'.encode()
    head = part({"alg": "ES384", "kid": "P-384-0"})
    made = jwt.PyJWS().encode(both, private_key("P-384"), "ES384", {"kid": "P-384-0"})
    return f"{head}.{made.split('.')[1]}.{made.split('.')[2]}"


REFUSED: dict[str, tuple[Made, str]] = {
    "no signature": (lambda w: stripped(token(w)), "token-bad-signature token-malformed"),
    "another's signature": (
        lambda w: stripped(token(w)) + token(w).rpartition(".")[2],
        "token-bad-signature",
    ),
    "other claims": (
        lambda w: other_claims(token(w), sub="admin"),
        "token-bad-signature",
    ),
    "another header": (
        lambda w: resigned(token(w), alg="RS384", kid="rsa-0"),
        "token-bad-signature",
    ),
    "of a weaker curve": (
        lambda w: token(w, "P-256", header={"kid": "P-384-0"}),
        "token-algorithm",
    ),
    "of an allowed name and another key": (
        lambda w: token(w, "P-384", 7, header={"kid": "P-384-0"}),
        "token-bad-signature",
    ),
    "of a key nobody knows": (lambda w: token(w, "P-384", 7), "token-unknown-key"),
    "of another EHR's key": (lambda w: token(w, "P-384", 1), "token-unknown-key"),
    "of another EHR's key by our name": (
        lambda w: token(w, "P-384", 1, header={"kid": "P-384-0"}),
        "token-bad-signature",
    ),
    "of another EHR": (
        lambda w: token(w, "P-384", 1, iss=OTHER_ISSUER),
        "token-unknown-issuer",
    ),
    "of nobody": (lambda w: token(w, iss=...), "token-missing-claim"),
    "of an issuer with a slash": (lambda w: token(w, iss=f"{ISSUER}/"), "token-unknown-issuer"),
    "of an issuer in capitals": (lambda w: token(w, iss=ISSUER.upper()), "token-unknown-issuer"),
    "of several": (lambda w: token(w, iss=[ISSUER]), "token-missing-claim"),
    "for another address": (
        lambda w: token(w, aud=w.hook_url("lakeside")),
        "token-wrong-audience",
    ),
    "for another service": (
        lambda w: token(w, aud=w.hook_url().replace("patient-view", "order-sign")),
        "token-wrong-audience",
    ),
    "for the start of the address": (
        lambda w: token(w, aud=w.hook_url()[:-1]),
        "token-wrong-audience",
    ),
    "for more than the address": (
        lambda w: token(w, aud=f"{w.hook_url()}/../x"),
        "token-wrong-audience",
    ),
    "for all": (lambda w: token(w, aud="*"), "token-wrong-audience"),
    "for an object": (lambda w: token(w, aud={w.hook_url(): 1}), "token-wrong-audience"),
    "for nobody": (lambda w: token(w, aud=...), "token-missing-claim"),
    "expired": (lambda w: token(w, exp=w.claims()["iat"] - 60), "token-expired"),
    "without end": (lambda w: token(w, exp=...), "token-missing-claim"),
    "of no day": (lambda w: token(w, exp="9999999999"), "token-missing-claim"),
    "of an endless end": (
        lambda w: token(w, exp=float("inf")),
        "token-malformed token-missing-claim",
    ),
    "of a true end": (lambda w: token(w, exp=True), "token-missing-claim"),
    "of the far future": (lambda w: token(w, exp=10**30), "token-missing-claim token-malformed"),
    "not yet": (lambda w: token(w, nbf=w.claims()["iat"] + 600), "token-not-yet-valid"),
    "made tomorrow": (lambda w: token(w, iat=w.claims()["iat"] + 86_400), "token-not-yet-valid"),
    "made yesterday": (lambda w: token(w, iat=w.claims()["iat"] - 86_400), "token-too-old"),
    "made never": (lambda w: token(w, iat=...), "token-missing-claim"),
    "without an id": (lambda w: token(w, jti=...), "token-missing-claim"),
    "with an id of a megabyte": (
        lambda w: token(w, jti="a" * 50_000),
        "token-missing-claim token-malformed",
    ),
    "with an empty id": (lambda w: token(w, jti=""), "token-missing-claim"),
    "with an issuer twice": (twice, "token-malformed token-unknown-issuer token-bad-signature"),
    "with something critical": (
        lambda w: token(w, header={"crit": ["b64"], "b64": False}),
        "token-malformed",
    ),
    "in five parts": (lambda w: f"{token(w)}.a.b", "token-malformed"),
    "of no base64": (lambda w: "!!!.???.***", "token-malformed"),
    "of one dot": (lambda w: ".", "token-malformed"),
    "of ten thousand dots": (lambda w: "." * 10_000, "token-malformed"),
    "of deep JSON": (lambda w: f"{part(b'[' * 20_000)}.e30.e30", "token-malformed"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_token_that_is_not_in_order_is_refused(world: World, what: str):
    made, codes = REFUSED[what]
    refused(world, made(world), *codes.split())


@pytest.mark.parametrize("kind", ["P-384", "rsa"])
def test_a_token_in_order_is_taken(world: World, kind: str):
    assert world.call(token(world, kind)).status_code == TAKEN


# --- a token that says where its key is ---

KIDS = [
    "../../../dev/null",
    "/dev/null",
    "riverside.json",
    "file:///dev/null",
    "' UNION SELECT 'x' --",
    "P-384-0' OR '1'='1",
    "{stranger}/jwks.json",
    "P-384-1",
    "",
    "P-384-0\x00",
]


@pytest.mark.parametrize("kid", KIDS)
def test_the_name_of_a_key_is_only_a_name(world: World, kid: str):
    named = kid.format(stranger=world.stranger.root)
    refused(world, token(world, "P-384", 7, header={"kid": named}), "token-unknown-key")


def pointing_elsewhere(world: World) -> dict[str, dict[str, Any]]:
    own, url = jwk("P-384", 7), f"{world.stranger.root}/jwks.json"
    world.stranger.on("GET", "jwks.json")
    return {
        "jku": {"jku": url},
        "x5u": {"x5u": url},
        "jwk": {"jwk": own},
        "x5c": {"x5c": [base64.b64encode(b"certificate").decode()]},
        "all": {"jku": url, "x5u": url, "jwk": own},
        "jku list": {"jku": [url]},
        "jku inside": {"jku": f"http://127.0.0.1@{url.partition('//')[2]}"},
    }


@pytest.mark.parametrize("what", ["jku", "x5u", "jwk", "x5c", "all", "jku list", "jku inside"])
@pytest.mark.parametrize("kid", ["P-384-0", "P-384-7", None])
def test_a_token_does_not_bring_its_own_key(world: World, what: str, kid: str | None):
    header = {**pointing_elsewhere(world)[what], "kid": kid}
    made = token(world, "P-384", 7, header=header)
    refused(world, made, "token-unknown-key", "token-bad-signature", "token-wrong-jku")
    assert world.stranger.received == []


# --- used twice ---


def test_a_token_serves_once(world: World):
    made = token(world)
    assert world.call(made).status_code == TAKEN
    refused(world, made, "token-replayed")


def test_of_many_at_once_one_is_taken(world: World):
    made = token(world)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: world.call(made).status_code, range(16)))
    assert sorted(got) == [401] * 15 + [TAKEN]


def test_a_token_is_not_new_because_it_is_written_otherwise(world: World):
    """Padding, or the other root of an ECDSA signature: the id is what counts."""
    claims = world.claims()
    first, second = (signed("P-384", **claims) for _ in range(2))
    assert first != second
    assert world.call(first).status_code == TAKEN
    refused(world, second, "token-replayed")
    refused(world, f"{first}=", "token-malformed", "token-replayed")


def test_the_token_of_one_ehr_opens_no_other(world: World):
    """By its own key and issuer, for either address, at either."""
    theirs = {"kind": "P-384", "which": 1, "iss": OTHER_ISSUER}
    at_home = token(world, **theirs, aud=world.hook_url("lakeside"))
    assert world.call(at_home, tenant="lakeside").status_code == TAKEN
    for aud in ("riverside", "lakeside"):
        refused(world, token(world, **theirs, aud=world.hook_url(aud)), "token-unknown-issuer")
    refused(world, token(world), "token-unknown-issuer", tenant="lakeside")


AUTHORIZATIONS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic dXNlcjpwYXNz",
    "bearer null",
    "Token {}",
    "Bearer {} x",
    "Bearer\t{}",
    "{}",
    "Bearer Bearer {}",
]


@pytest.mark.parametrize("said", AUTHORIZATIONS)
def test_only_a_bearer_token_is_one(world: World, said: str | None):
    headers = {} if said is None else {"Authorization": said.format(token(world))}
    answer = requests.post(world.hook_url(), json=hook_body(), headers=headers, timeout=20)
    assert answer.status_code == 401


# --- who signs in ---

ID_TOKENS: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "https://evil.example"},
    "of the FHIR server": {"iss": "{base}"},
    "for another app": {"aud": "other"},
    "for two apps": {"aud": [CLIENT, "other"]},
    "for two apps and the other": {"aud": [CLIENT, "other"], "azp": "other"},
    "of another launch": {"nonce": "another"},
    "of no launch": {"nonce": ...},
    "expired": {"exp": 1_700_000_000},
    "of nobody": {"sub": ...},
}


@pytest.mark.parametrize("what", ID_TOKENS)
def test_an_id_token_that_is_not_for_this_launch_opens_no_page(world: World, what: str):
    said = ID_TOKENS[what]
    world.riverside.claims = {
        name: value.format(base=world.riverside.base) if isinstance(value, str) else value
        for name, value in said.items()
    }
    no_page(world)


def no_page(world: World) -> None:
    visitor = Visitor()
    answer = world.launch(visitor)
    assert answer.status_code in (401, 403, 502), answer.text[:300]
    assert not [name for (_, _, name) in visitor.cookies if name == "__Secure-handout"]


@pytest.mark.parametrize("kind", ["none", "HS256", "own key", "own jwk", "hook token"])
def test_an_id_token_of_nobody_opens_no_page(world: World, kind: str):
    """Each with everything right but who signed it; the nonce is not even looked at."""
    ehr, claims = world.riverside, {"iss": world.riverside.issuer, "aud": CLIENT, "sub": "x"}
    said = {**world.claims(), **claims, "nonce": "n"}
    made = {
        "none": lambda: f"{part({'alg': 'none'})}.{part(said)}.",
        "HS256": lambda: by_hmac(public_forms("rsa")["pem"], "HS256", "rsa-0", said),
        "own key": lambda: signed("rsa", 7, header={"kid": "rsa-0"}, **said),
        "own jwk": lambda: signed("P-384", 7, header={"jwk": jwk("P-384", 7)}, **said),
        "hook token": lambda: token(world),
    }
    ehr.id_token = made[kind]()
    no_page(world)


def test_an_id_token_in_order_opens_a_page(world: World):
    assert world.launch(Visitor()).status_code == 200


def test_a_user_of_another_server_signs_nothing(world: World):
    world.riverside.claims = {"fhirUser": f"{world.stranger.base_url}/Practitioner/dr-1"}
    visitor = Visitor()
    assert world.launch(visitor).status_code == 200
    assert "dr-1" not in visitor.get(visitor.went[-1]).text
