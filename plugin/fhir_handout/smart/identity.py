"""Who the user is: the id_token that came with a launch, verified (OpenID Connect Core 3.1.3.7).

In: the token, the EHR's configuration, our `client_id` and the nonce. Out: an `Identity`, or:

    BadToken     as of `signed_tokens`, and
                 token-wrong-nonce      it answers another launch
    InvalidFhir  bad-openid-configuration   the issuer's own page contradicts it, or is wrong
                 no-issuer              the SMART configuration names no issuer to believe
    and the errors of `fetch` and `jwks`
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fhir_handout.ehr.address import BaseUrl, origin_text
from fhir_handout.errors import InvalidFhir
from fhir_handout.smart.compact import BadToken
from fhir_handout.smart.configuration import Configuration, is_as_safe
from fhir_handout.smart.fetch import Limits, get_json
from fhir_handout.smart.jwks import FetchedKeys
from fhir_handout.smart.signed_tokens import verified

_ALGORITHMS = ("RS256", "RS384", "ES256", "ES384")
_KEPT_SECONDS = 3600.0
_KINDS = "Practitioner|PractitionerRole|Patient|RelatedPerson|Person"
_REFERENCE = re.compile(rf"(?:{_KINDS})/[A-Za-z0-9\-.]{{1,64}}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user by issuer and subject; `fhir_user` is a reference on the EHR's own FHIR server."""

    issuer: str
    subject: str = field(repr=False)
    fhir_user: str | None = field(default=None, repr=False)


class Identities:
    """Verifies id_tokens; keeps the issuers' keys. Threads may share it."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._known: dict[tuple[str, str], tuple[float, FetchedKeys]] = {}

    def identity(
        self,
        id_token: str,
        configuration: Configuration,
        client_id: str,
        nonce: str,
        now: float,
        also: Iterable[str] = (),
    ) -> Identity:
        """Who the token says the user is; `also` are other base URLs of the same FHIR server."""
        issuer = configuration.issuer
        if issuer is None:
            raise InvalidFhir(
                "no-issuer",
                f"{origin_text(configuration.base)}: its SMART configuration names no issuer; "
                "tell who runs it",
            )
        claims = verified(
            id_token,
            self._keys_of(issuer, configuration.base),
            issuer=issuer,
            audience=client_id,
            now=now,
            algorithms=_ALGORITHMS,
            required=("sub", "iat", "nonce"),
        )
        _is_ours(claims, client_id)
        _answers(claims, nonce)
        bases = (configuration.base, *also)
        return Identity(issuer, claims["sub"], fhir_user(claims, bases))

    def _keys_of(self, issuer: str, base: str) -> FetchedKeys:
        known = self._known.get((issuer, base))
        if known is None or self._clock() - known[0] >= _KEPT_SECONDS:
            known = self._clock(), self._fetched_keys(self._jwks_uri(issuer, base))
            self._known[issuer, base] = known
        return known[1]

    def _fetched_keys(self, url: str) -> FetchedKeys:
        def fetch(of: str) -> Mapping[str, Any]:
            return get_json(of, self._limits, "reading the issuer's keys")

        return FetchedKeys(url, fetch, clock=self._clock)

    def _jwks_uri(self, issuer: str, base: str) -> str:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        said = get_json(url, self._limits, "reading the OpenID configuration")
        found = said.get("jwks_uri")
        if said.get("issuer") != issuer:
            raise _bad(issuer, "it is that of another issuer")
        if not isinstance(found, str) or not is_as_safe(found, base):
            raise _bad(issuer, "jwks_uri is no https address")
        return found


def fhir_user(claims: Mapping[str, Any], bases: Iterable[str]) -> str | None:
    """The user's resource, relative to the base; None where there is none on that server."""
    found = claims.get("fhirUser")
    if not isinstance(found, str):
        return None
    relative = (found.removeprefix(f"{BaseUrl.parse(base).url}/") for base in bases)
    return next((each for each in relative if _REFERENCE.fullmatch(each)), None)


def _is_ours(claims: Mapping[str, Any], client_id: str) -> None:
    """Where a token is for several, it must say that it was issued to us."""
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", client_id if len(audiences) == 1 else None) != client_id:
        raise BadToken("token-wrong-audience", "the id_token was issued to another app")


def _answers(claims: Mapping[str, Any], nonce: str) -> None:
    said = claims["nonce"]
    if not isinstance(said, str) or not secrets.compare_digest(said.encode(), nonce.encode()):
        raise BadToken("token-wrong-nonce", "the id_token answers another launch; launch again")


def _bad(issuer: str, why: str) -> InvalidFhir:
    return InvalidFhir(
        "bad-openid-configuration",
        f"{origin_text(issuer)}: its OpenID configuration is wrong: {why}; tell who runs it",
    )
