"""Whether a hook call comes from an EHR that the site trusts: its JWT, verified.

In: the `Authorization` header of a call and the URLs it may be meant for. Out: `Caller`, None where
the site takes calls without a token, or `HookRefused` 401 with the codes of `signed_tokens` and

    token-missing      no bearer token
    token-wrong-jku    the token says its key is elsewhere than where the site has it
    token-wrong-tenant the token is for another organization than the site allows

and 503 `issuer-keys-unavailable` where the keys can't be fetched. An issuer is on the site's list
or is not known; keys come from where the site says, never from where a token does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.cds_hooks.policy import CdsPolicy, TrustedIssuer
from fhir_handout.cds_hooks.refused import UNAUTHORIZED, HookRefused
from fhir_handout.errors import HandoutError
from fhir_handout.smart.compact import BadToken, taken_apart
from fhir_handout.smart.jwks import FetchedKeys, FetchJson, GivenKeys, Keys
from fhir_handout.smart.signed_tokens import Seen, claimed_issuer, verified

_UNAVAILABLE = 503
_OLDEST = 3600.0
"""Seconds after which a token is too old, whatever it says of its own end."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called: an issuer of the site's list, and the organization that its token names."""

    issuer: str
    tenant: str | None


class Trust:
    """The issuers of one tenant's policy with their keys; threads may share it.

    `seen` remembers the ids of tokens, so that none is taken twice; `fetch` gets key sets.
    """

    def __init__(self, policy: CdsPolicy, fetch: FetchJson, seen: Seen) -> None:
        self._accepts_unsigned = policy.accept_unsigned
        self._seen = seen
        self._issuers = {each.iss: (each, _keys(each, fetch)) for each in policy.issuers}

    def caller(
        self, authorization: str | None, urls: str | Collection[str], now: float
    ) -> Caller | None:
        """Who sent a call to one of `urls`; None where that need not be known."""
        token = _bearer(authorization)
        if token is None:
            if authorization is None and self._accepts_unsigned:
                return None
            raise _untrusted(
                "token-missing", "the call has no bearer token; send a signed JWT with it"
            )
        try:
            claims = self._claims(token, urls, now)
        except BadToken as error:
            raise _untrusted(error.code, error.message) from None
        except HandoutError as error:
            raise HookRefused(
                _UNAVAILABLE,
                "issuer-keys-unavailable",
                f"the keys of the issuer can't be had ({error.code}); try again later",
            ) from None
        named = claims.get("tenant")
        return Caller(claims["iss"], named if isinstance(named, str) else None)

    def _claims(self, token: str, urls: str | Collection[str], now: float) -> Mapping[str, Any]:
        known = self._issuers.get(claimed_issuer(token))
        if known is None:
            raise BadToken(
                "token-unknown-issuer",
                "the signed token is from an issuer that the settings do not name",
            )
        issuer, keys = known
        _check_jku(token, issuer)
        claims = verified(
            token,
            keys,
            issuer=issuer.iss,
            audience=urls,
            now=now,
            max_age=_OLDEST,
            seen=self._seen,
        )
        if issuer.tenant is not None and claims.get("tenant") != issuer.tenant:
            raise BadToken(
                "token-wrong-tenant", "the signed token is for an organization not allowed here"
            )
        return claims


def _keys(issuer: TrustedIssuer, fetch: FetchJson) -> Keys:
    if issuer.jwks_url is not None:
        return FetchedKeys(issuer.jwks_url, fetch)
    return GivenKeys(issuer.jwks or {"keys": []})


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _check_jku(token: str, issuer: TrustedIssuer) -> None:
    header = taken_apart(token).header
    if "jku" in header and (issuer.jwks_url is None or header["jku"] != issuer.jwks_url):
        raise BadToken(
            "token-wrong-jku", "the signed token names a key set that the settings do not"
        )


def _untrusted(code: str, message: str) -> HookRefused:
    return HookRefused(UNAUTHORIZED, code, message)
