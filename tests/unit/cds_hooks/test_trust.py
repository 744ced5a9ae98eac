"""Whose calls are believed: a signed token of an issuer of the site's list, once."""

from typing import Any

import jwt
import pytest

from fhir_handout.cds_hooks.policy import CdsPolicy, TrustedIssuer
from fhir_handout.cds_hooks.refused import HookRefused
from fhir_handout.cds_hooks.trust import Caller, Trust
from fhir_handout.errors import Unreachable
from unit.smart.tokens import ISSUER, NOW, by_public_key, jwk, key_set, part, signed

URL = "https://handout.example.org/ehr/one/cds-services/muscle-cramps-patient-view"
JWKS_URL = "https://ehr.example.org/jwks.json"
KEYS = key_set(jwk("P-384"), jwk("rsa"))


class Memory:
    """The ids of tokens that were seen, as the store has them."""

    def __init__(self) -> None:
        self.ids: set[tuple[str, str]] = set()

    def __call__(self, issuer: str, jti: str, until: float) -> bool:
        assert until > NOW
        was_there = (issuer, jti) in self.ids
        self.ids.add((issuer, jti))
        return was_there


def never(url: str) -> Any:
    raise AssertionError(f"fetched {url}")


def trust(*issuers: TrustedIssuer, fetch: Any = never, unsigned: bool = False) -> Trust:
    listed = issuers or (TrustedIssuer(ISSUER, jwks=KEYS),)
    return Trust(CdsPolicy(issuers=listed, accept_unsigned=unsigned), fetch, Memory())


def token(kind: str = "P-384", **claims: Any) -> str:
    return signed(kind, **{"aud": URL, **claims})


def refused(by: Trust, header: str | None, url: Any = URL, now: float = NOW) -> HookRefused:
    with pytest.raises(HookRefused) as error:
        by.caller(header, url, now)
    told = (header or "").partition(" ")[2]
    assert not told or told not in error.value.message
    return error.value


@pytest.mark.parametrize("kind", ["P-384", "rsa"])
@pytest.mark.parametrize("audience", [URL, [URL], ["https://elsewhere.example.org", URL]])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_token_in_order_says_who_called(kind, audience, scheme):
    header = f"{scheme} {token(kind, aud=audience, tenant='org-1')}"
    assert trust().caller(header, URL, NOW) == Caller(ISSUER, "org-1")


def test_one_of_several_addresses_may_be_meant():
    header = f"Bearer {token(aud=f'{URL}/feedback')}"
    assert trust().caller(header, (URL, f"{URL}/feedback"), NOW) == Caller(ISSUER, None)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://stranger.example.org"}, "token-unknown-issuer"),
        ({"iss": f"{ISSUER}/"}, "token-unknown-issuer"),
        ({"iss": ...}, "token-missing-claim"),
        ({"aud": f"{URL}/"}, "token-wrong-audience"),
        ({"aud": URL.rpartition("/")[0]}, "token-wrong-audience"),
        ({"aud": []}, "token-wrong-audience"),
        ({"aud": ...}, "token-missing-claim"),
        ({"exp": NOW - 100}, "token-expired"),
        ({"exp": ...}, "token-missing-claim"),
        ({"iat": NOW + 100}, "token-not-yet-valid"),
        ({"iat": NOW - 4000}, "token-too-old"),
        ({"iat": ...}, "token-missing-claim"),
        ({"jti": ...}, "token-missing-claim"),
        ({"jti": ""}, "token-missing-claim"),
    ],
)
def test_a_claim_that_is_not_in_order(claims, code):
    error = refused(trust(), f"Bearer {token(**claims)}")
    assert (error.status, error.code) == (401, code)


def test_a_token_is_taken_once():
    by, header = trust(), f"Bearer {token()}"
    by.caller(header, URL, NOW)
    assert refused(by, header).code == "token-replayed"
    assert by.caller(f"Bearer {token(jti='t-2')}", URL, NOW)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "x.y.z"])
def test_without_a_token_nobody_is_believed(header):
    error = refused(trust(), header)
    assert (error.status, error.code) == (401, "token-missing")


def test_a_site_may_take_calls_without_a_token_and_still_none_with_a_wrong_one():
    by = trust(unsigned=True)
    assert by.caller(None, URL, NOW) is None
    assert refused(by, f"Bearer {token(aud='x')}").code == "token-wrong-audience"
    assert refused(by, "Basic YTpi").code == "token-missing"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_unsigned_tokens_are_refused(algorithm):
    header, claims, signature = token().split(".")
    unsigned = part({"alg": algorithm, "typ": "JWT", "kid": "P-384-0"})
    for end in ("", signature):
        assert refused(trust(), f"Bearer {unsigned}.{claims}.{end}").code in (
            "token-algorithm",
            "token-malformed",
        )
    assert header != unsigned


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_symmetric_algorithms_are_refused(algorithm):
    claims = jwt.decode(token(), options={"verify_signature": False})
    with_secret = jwt.encode(claims, "s" * 64, algorithm=algorithm, headers={"kid": "P-384-0"})
    assert refused(trust(), f"Bearer {with_secret}").code == "token-algorithm"
    mixed_up = by_public_key("rsa", {"alg": algorithm, "kid": "rsa-0"}, aud=URL)
    assert refused(trust(), f"Bearer {mixed_up}").code == "token-algorithm"


def test_another_key_and_another_issuers_key_are_refused():
    other = TrustedIssuer("https://other.example.org", jwks=key_set(jwk("P-384", 7)))
    by = trust(TrustedIssuer(ISSUER, jwks=KEYS), other)
    stolen = signed("P-384", 7, header={"kid": "P-384-0"}, aud=URL)
    assert refused(by, f"Bearer {stolen}").code == "token-bad-signature"
    as_itself = signed("P-384", 7, aud=URL)
    assert refused(by, f"Bearer {as_itself}").code == "token-unknown-key"


@pytest.mark.parametrize("jku", ["https://evil.example.org/jwks.json", f"{JWKS_URL}?", "", 5])
@pytest.mark.parametrize("at_url", [True, False])
def test_a_token_never_says_where_its_key_is(jku, at_url):
    fetched = []

    def fetch(url: str) -> Any:
        fetched.append(url)
        return KEYS

    own = TrustedIssuer(ISSUER, jwks_url=JWKS_URL) if at_url else TrustedIssuer(ISSUER, jwks=KEYS)
    header = f"Bearer {signed('P-384', header={'jku': jku}, aud=URL)}"
    assert refused(trust(own, fetch=fetch), header).code == "token-wrong-jku"
    assert fetched == []


def test_keys_come_from_the_address_that_the_site_has():
    fetched = []

    def fetch(url: str) -> Any:
        fetched.append(url)
        return KEYS

    by = trust(TrustedIssuer(ISSUER, jwks_url=JWKS_URL), fetch=fetch)
    for jti, more in (("a", {}), ("b", {"jku": JWKS_URL})):
        header = f"Bearer {signed('P-384', header=more, aud=URL, jti=jti)}"
        assert by.caller(header, URL, NOW)
    assert fetched == [JWKS_URL]


def test_keys_that_can_not_be_had_are_the_services_trouble():
    def fetch(url: str) -> Any:
        raise Unreachable("unreachable", "no answer")

    by = trust(TrustedIssuer(ISSUER, jwks_url=JWKS_URL), fetch=fetch)
    error = refused(by, f"Bearer {token()}")
    assert (error.status, error.code) == (503, "issuer-keys-unavailable")


def test_an_issuer_without_keys_has_no_token_that_is_good():
    assert refused(trust(TrustedIssuer(ISSUER)), f"Bearer {token()}").code == "token-unknown-key"


@pytest.mark.parametrize(("named", "is_right"), [("org-1", True), ("org-2", False), (..., False)])
def test_a_site_may_hold_an_issuer_to_one_organization(named, is_right):
    by = trust(TrustedIssuer(ISSUER, jwks=KEYS, tenant="org-1"))
    header = f"Bearer {token(tenant=named)}"
    if is_right:
        assert by.caller(header, URL, NOW) == Caller(ISSUER, "org-1")
    else:
        assert refused(by, header).code == "token-wrong-tenant"
