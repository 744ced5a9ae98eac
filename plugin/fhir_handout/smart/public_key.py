"""One public key that signatures can be verified with.

In: a JWK (RFC 7517) as JSON. Out: a `PublicKey` with the algorithms it is for, or None where it is
not for signing, too weak, of another kind, or holds a private part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

RSA_BITS = range(2048, 8193)
_RSA = frozenset({"RS256", "RS384"})
_OF_CURVE = {"P-256": frozenset({"ES256"}), "P-384": frozenset({"ES384"})}
ALGORITHMS = _RSA.union(*_OF_CURVE.values())
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
Key: TypeAlias = RSAPublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key, and which algorithms a signature by it may name."""

    kid: str | None
    algorithms: frozenset[str]
    key: Key = field(repr=False)


def public_key(jwk: Any) -> PublicKey | None:
    """The key, where it is a good one."""
    if not isinstance(jwk, Mapping) or any(name in jwk for name in _PRIVATE):
        return None
    algorithms = _algorithms(jwk)
    if not algorithms or not _is_for_verifying(jwk):
        return None
    kid, key = jwk.get("kid"), _key(jwk, min(algorithms))
    if key is None or not (kid is None or isinstance(kid, str)):
        return None
    return PublicKey(kid, algorithms, key)


def _algorithms(jwk: Mapping[str, Any]) -> frozenset[str]:
    """By the kind of key, and of these the one that it names, if it names one."""
    kind, curve, named = jwk.get("kty"), jwk.get("crv"), jwk.get("alg")
    found = _RSA if kind == "RSA" else frozenset[str]()
    if kind == "EC" and isinstance(curve, str):
        found = _OF_CURVE.get(curve, found)
    return found if named is None else found & {str(named)}


def _is_for_verifying(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops")
    if operations is not None and (not isinstance(operations, list) or "verify" not in operations):
        return False
    return jwk.get("use") in (None, "sig")


def _key(jwk: Mapping[str, Any], algorithm: str) -> Key | None:
    try:
        found = PyJWK(dict(jwk), algorithm).key
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    if isinstance(found, RSAPublicKey):
        return found if found.key_size in RSA_BITS else None
    return found if isinstance(found, EllipticCurvePublicKey) else None
