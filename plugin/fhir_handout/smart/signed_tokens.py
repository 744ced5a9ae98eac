"""Whether a signed token says what it says: a JWT of an EHR's CDS client, or an id_token.

In: the token, the keys of whom it should be from, and what it must say. Out: its claims, or
`BadToken`, whose code is stable and whose message holds nothing of the token:

    token-malformed        not a JWS in compact form, or JSON that can be read in two ways
    token-algorithm        signed by an algorithm that is not allowed, `none` and HS* always
    token-unknown-key      no key of the issuer's is named so, or fits the algorithm
    token-bad-signature    the signature is not by that key
    token-missing-claim    a required claim is missing, or of the wrong kind
    token-unknown-issuer   `iss` is none of those expected
    token-wrong-audience   `aud` does not name us
    token-expired          `exp` is past
    token-not-yet-valid    `nbf` or `iat` lies ahead
    token-too-old          `iat` is longer ago than allowed
    token-replayed         its `jti` was seen before

Which keys are used is the caller's choice; what the header says of a key but its `kid` is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from jwt import PyJWS
from jwt.exceptions import PyJWTError

from fhir_handout.smart.compact import BadToken, Compact, malformed, taken_apart
from fhir_handout.smart.jwks import Keys
from fhir_handout.smart.public_key import ALGORITHMS, PublicKey

SMART_ALGORITHMS = ("RS384", "ES384")
_ALWAYS = ("iss", "aud", "exp")
_TIMES = ("exp", "nbf", "iat")
_LONGEST_ID = 512

Seen = Callable[[str, str, float], bool]
"""Whether a `jti` of an issuer was seen before; from now until the given time it is."""


def verified(
    token: str,
    keys: Keys,
    *,
    issuer: str | Collection[str],
    audience: str | Collection[str],
    now: float,
    algorithms: Collection[str] = SMART_ALGORITHMS,
    leeway: float = 30.0,
    required: Collection[str] = (),
    max_age: float | None = None,
    seen: Seen | None = None,
) -> Mapping[str, Any]:
    """The claims of a token that is in order in every respect.

    `iss`, `aud` and `exp` are always required; with `max_age` also `iat`, with `seen` also `jti`.
    """
    parts = taken_apart(token)
    _signed(parts, keys, algorithms)
    claims = parts.claims
    needed = {*_ALWAYS, *required, *(("iat",) if max_age is not None else ())}
    _has(claims, needed | ({"jti"} if seen else set()))
    _is_from(claims, _several(issuer))
    _is_for(claims, _several(audience))
    _is_current(claims, now, leeway)
    _is_young(claims, now, leeway, max_age)
    if seen and seen(claims["iss"], claims["jti"], claims["exp"] + leeway):
        raise BadToken("token-replayed", "the signed token was used before; ask for a new one")
    return claims


def claimed_issuer(token: str) -> str:
    """Whom a token says it is from: only to choose whose keys to verify it with."""
    issuer = taken_apart(token).claims.get("iss")
    if not isinstance(issuer, str):
        raise BadToken("token-missing-claim", "the signed token does not say who issued it")
    return issuer


def _signed(parts: Compact, keys: Keys, algorithms: Collection[str]) -> None:
    algorithm, kid = parts.header.get("alg"), parts.header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS.intersection(algorithms):
        raise BadToken(
            "token-algorithm",
            f"the signed token is not signed by {' or '.join(sorted(algorithms))}; use one of them",
        )
    if not (kid is None or isinstance(kid, str)) or "crit" in parts.header:
        raise malformed("its header asks for what is not understood")
    found = keys.find(kid, algorithm)
    if not found:
        raise BadToken(
            "token-unknown-key",
            "the signed token names no key of its issuer; see that the key is in its key set",
        )
    if not any(_is_by(key, parts.token, algorithm) for key in found):
        raise BadToken("token-bad-signature", "the signature of the signed token is wrong")


def _is_by(key: PublicKey, token: str, algorithm: str) -> bool:
    try:
        PyJWS().decode(token, key.key, algorithms=[algorithm])
    except PyJWTError:
        return False
    return True


def _has(claims: Mapping[str, Any], needed: Collection[str]) -> None:
    """Whether what is needed is there, and what is there is of its kind."""
    wrong = {name for name in needed if name not in claims}
    wrong |= {name for name in _TIMES if name in claims and not _is_time(claims[name])}
    wrong |= {name for name in ("iss", "sub", "jti") if not _is_id(claims.get(name, "-"))}
    if wrong:
        # The names are ours; a name that only the token has is never among them.
        raise BadToken(
            "token-missing-claim",
            f"the signed token has no proper {', '.join(sorted(wrong))}",
        )


def _is_from(claims: Mapping[str, Any], issuers: Collection[str]) -> None:
    if claims["iss"] not in issuers:
        raise BadToken(
            "token-unknown-issuer",
            "the signed token is from an issuer that the settings do not name",
        )


def _is_for(claims: Mapping[str, Any], audiences: Collection[str]) -> None:
    said = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(isinstance(each, str) and each in audiences for each in said):
        raise BadToken(
            "token-wrong-audience", "the signed token is for somebody else; check its audience"
        )


def _is_current(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    if claims["exp"] <= now - leeway:
        raise BadToken("token-expired", "the signed token has expired; ask for a new one")
    if any(claims[name] > now + leeway for name in ("nbf", "iat") if name in claims):
        raise BadToken(
            "token-not-yet-valid", "the signed token is from the future; check both clocks"
        )


def _is_young(claims: Mapping[str, Any], now: float, leeway: float, max_age: float | None) -> None:
    if max_age is not None and claims["iat"] < now - max_age - leeway:
        raise BadToken("token-too-old", "the signed token is too old; ask for a new one")


def _several(one: str | Collection[str]) -> Collection[str]:
    return (one,) if isinstance(one, str) else one


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value < 2**53


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID
