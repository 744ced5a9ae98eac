"""Who the user is, by an id_token and the issuer's own pages."""

import pytest

from fhir_handout.errors import HandoutError, InvalidFhir, Refused
from fhir_handout.smart.compact import BadToken
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.identity import Identities, Identity, fhir_user
from fhir_handout.smart.limits import Limits
from servers.scripted import Reply, scripted_server
from unit.smart.tokens import NOW, by_public_key, jwk, key_set, part, signed

NONCE = "n-0nce"


@pytest.fixture
def server():
    with scripted_server() as running:
        openid = {"issuer": running.base_url, "jwks_uri": f"{running.base_url}/jwks"}
        running.on("GET", ".well-known/openid-configuration", Reply(200, openid))
        running.on("GET", "jwks", Reply(200, key_set(jwk("rsa"), jwk("P-256"), jwk("P-384"))))
        yield running


@pytest.fixture
def ehr(server):
    return Configuration(f"{server.base_url}/r4", f"{server.root}/token", issuer=server.base_url)


def id_token(server, kind="rsa", which=0, *, alg="RS256", **claims):
    said = {
        "iss": server.base_url,
        "aud": "app",
        "sub": "u-1",
        "nonce": NONCE,
        "fhirUser": f"{server.base_url}/r4/Practitioner/dr-1",
        "jti": ...,
        **claims,
    }
    return signed(kind, which, alg=alg, **said)


def who(token, ehr, identities=None, client_id="app"):
    identities = identities or Identities(Limits())
    return identities.identity(token, ehr, client_id, NONCE, NOW)


def code(token, ehr, **asked):
    with pytest.raises(HandoutError) as caught:
        who(token, ehr, **asked)
    said = caught.value.message
    assert not any(secret in said for secret in ("u-1", NONCE, "dr-1", "evil"))
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "alg"), [("rsa", "RS256"), ("rsa", "RS384"), ("P-256", "ES256"), ("P-384", "ES384")]
)
def test_a_user_and_their_resource(server, ehr, kind, alg):
    found = who(id_token(server, kind, alg=alg), ehr)
    assert found == Identity(server.base_url, "u-1", "Practitioner/dr-1")
    assert "u-1" not in repr(found)


def test_the_issuers_pages_are_fetched_once(server, ehr):
    now = [0.0]
    identities = Identities(Limits(), lambda: now[0])
    for _ in range(3):
        who(id_token(server), ehr, identities)
    assert [each.path for each in server.received] == [".well-known/openid-configuration", "jwks"]
    now[0] = 3600.0
    who(id_token(server), ehr, identities)
    assert len(server.received) == 4


def test_a_new_key_of_the_issuer_is_fetched(server, ehr):
    now = [0.0]
    identities = Identities(Limits(), lambda: now[0])
    who(id_token(server), ehr, identities)
    server.on("GET", "jwks", Reply(200, key_set(jwk("rsa", 1))))
    now[0] = 61.0
    assert who(id_token(server, "rsa", 1), ehr, identities).subject == "u-1"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"iss": "https://evil.example"}, "token-unknown-issuer"),
        ({"aud": "evil"}, "token-wrong-audience"),
        ({"aud": ["app", "evil"]}, "token-wrong-audience"),
        ({"aud": ["app", "evil"], "azp": "evil"}, "token-wrong-audience"),
        ({"azp": "evil"}, "token-wrong-audience"),
        ({"nonce": "another"}, "token-wrong-nonce"),
        ({"nonce": 5}, "token-wrong-nonce"),
        ({"nonce": None}, "token-wrong-nonce"),
        ({"nonce": "ü"}, "token-wrong-nonce"),
        ({"nonce": ...}, "token-missing-claim"),
        ({"sub": ...}, "token-missing-claim"),
        ({"iat": ...}, "token-missing-claim"),
        ({"exp": ...}, "token-missing-claim"),
        ({"exp": NOW - 31}, "token-expired"),
        ({"iat": NOW + 31}, "token-not-yet-valid"),
    ],
)
def test_a_wrong_claim_is_refused(server, ehr, claims, expected):
    assert code(id_token(server, **claims), ehr) == expected


@pytest.mark.parametrize("claims", [{"azp": "app"}, {"aud": ["app", "other"], "azp": "app"}])
def test_several_audiences_need_to_say_that_it_is_ours(server, ehr, claims):
    assert who(id_token(server, **claims), ehr).subject == "u-1"


def test_other_keys_and_algorithms_are_refused(server, ehr):
    assert code(id_token(server, "rsa", 1), ehr) == "token-unknown-key"
    forged = signed("rsa", 1, alg="RS256", header={"kid": "rsa-0"}, iss=server.base_url, aud="app")
    assert code(forged, ehr) == "token-bad-signature"
    header = {"alg": "HS256", "kid": "rsa-0"}
    claims = {"iss": server.base_url, "aud": "app", "sub": "u-1", "nonce": NONCE}
    assert code(by_public_key("rsa", header, **claims), ehr) == "token-algorithm"
    unsigned = f"{part({'alg': 'none'})}.{part({**claims, 'exp': NOW + 9, 'iat': NOW})}."
    assert code(unsigned, ehr) == "token-algorithm"


def test_the_issuer_is_the_one_of_the_ehr_and_no_other_is_asked(server, ehr):
    """A token that names another issuer, whose pages would vouch for it, changes nothing."""
    with scripted_server() as evil:
        token = id_token(server, iss=evil.base_url)
        assert code(token, ehr) == "token-unknown-issuer"
        assert evil.received == []


def test_without_an_issuer_nobody_is_believed(server):
    ehr = Configuration(f"{server.base_url}/r4", f"{server.root}/token")
    assert code(id_token(server), ehr) == "no-issuer"
    assert server.received == []


@pytest.mark.parametrize(
    "openid",
    [
        {"issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks"},
        {"jwks_uri": "https://evil.example/jwks"},
        {"issuer": ...},
        {"issuer": ..., "jwks_uri": 5},
        {"issuer": ..., "jwks_uri": "http://evil.example/jwks"},
        {"issuer": ..., "jwks_uri": "file:///etc/passwd"},
    ],
)
def test_pages_that_contradict_are_refused(server, ehr, openid):
    said = {n: server.base_url if v is ... else v for n, v in openid.items()}
    server.on("GET", ".well-known/openid-configuration", Reply(200, said))
    with pytest.raises(InvalidFhir) as caught:
        who(id_token(server), ehr)
    assert caught.value.code == "bad-openid-configuration"
    assert "evil" not in caught.value.message


def test_an_issuer_that_has_no_page_is_an_error(server, ehr):
    server.on("GET", ".well-known/openid-configuration", Reply(404))
    with pytest.raises(Refused):
        who(id_token(server), ehr)


def test_what_is_no_token_at_all(server, ehr):
    with pytest.raises(BadToken):
        who("junk", ehr)


# --- fhirUser ---

BASE = "https://ehr.example.org/r4"


@pytest.mark.parametrize("base", [BASE, BASE + "/"])
@pytest.mark.parametrize(
    ("said", "reference"),
    [
        (f"{BASE}/Practitioner/1", "Practitioner/1"),
        ("Practitioner/1", "Practitioner/1"),
        ("PractitionerRole/a-b.c", "PractitionerRole/a-b.c"),
        (f"{BASE}/Patient/1", "Patient/1"),
        ("RelatedPerson/1", "RelatedPerson/1"),
        ("Person/1", "Person/1"),
        ("https://other.example.org/r4/Practitioner/1", None),
        ("https://ehr.example.org/r5/Practitioner/1", None),
        ("https://ehr.example.org/r4evil/Practitioner/1", None),
        ("https://ehr.example.org.evil.example/r4/Practitioner/1", None),
        (f"{BASE}/../Practitioner/1", None),
        (f"{BASE}/Practitioner/1/_history/2", None),
        (f"{BASE}/Practitioner/1?x=y", None),
        ("Observation/1", None),
        ("Practitioner/", None),
        ("Practitioner/1\n", None),
        ("//evil.example/Practitioner/1", None),
        ("javascript:alert(1)", None),
        (5, None),
        (None, None),
        ({}, None),
    ],
)
def test_a_users_resource_is_one_of_this_server_or_none(base, said, reference):
    assert fhir_user({"fhirUser": said}, (base,)) == reference


def test_no_resource_is_none():
    assert fhir_user({}, (BASE,)) is None


def test_a_user_of_any_address_of_the_same_server_is_known():
    said = {"fhirUser": "https://ehr.example.org/fhir/Practitioner/9"}
    alias = "https://alias.example.org/r4"
    assert fhir_user(said, (alias,)) is None
    assert fhir_user(said, (alias, "https://ehr.example.org/fhir")) == "Practitioner/9"
