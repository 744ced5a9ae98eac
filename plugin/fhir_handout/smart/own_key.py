"""One private key of ours.

In: an algorithm, or a JWK with its private part. Out: an `OwnKey` that signs, its public JWK, and
its private one for the file that it is kept in. Its `kid` is its thumbprint (RFC 7638), so that no
two keys share one.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP384R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt import PyJWK, encode
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from fhir_handout.smart.public_key import RSA_BITS

ALGORITHMS = ("ES384", "RS384")
_NEW_RSA_BITS = 3072
_PUBLIC = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}
_KIND = {"RS384": "RSA", "ES384": "EC"}
_PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that signs with one algorithm; nothing of its private part is printed."""

    kid: str
    algorithm: str
    key: _PrivateKey = field(repr=False)
    private: Mapping[str, str] = field(repr=False)

    @property
    def public(self) -> dict[str, str]:
        """What everybody may have of it."""
        members = {name: self.private[name] for name in _PUBLIC[self.private["kty"]]}
        return {"kid": self.kid, "alg": self.algorithm, "use": "sig", **members}

    def signed(self, claims: Mapping[str, Any]) -> str:
        """These claims as a JWT."""
        headers = {"kid": self.kid, "typ": "JWT"}
        return encode(dict(claims), self.key, self.algorithm, headers)


def new_key(algorithm: str) -> OwnKey:
    """A key that nobody has had before, with an id that no command takes for an option."""
    while (key := _new_key(algorithm)).kid.startswith("-"):
        pass
    return key


def _new_key(algorithm: str) -> OwnKey:
    key: _PrivateKey
    if algorithm == "RS384":
        key = generate_rsa(public_exponent=65537, key_size=_NEW_RSA_BITS)
        members = RSAAlgorithm.to_jwk(key, as_dict=True)
    else:
        key = generate_private_key(SECP384R1())
        members = ECAlgorithm.to_jwk(key, as_dict=True)
    private = {name: value for name, value in members.items() if isinstance(value, str)}
    return OwnKey(thumbprint(private), algorithm, key, private)


def own_key(jwk: Any) -> OwnKey | None:
    """The key of a private JWK, None where it is none that we may sign with."""
    algorithm = jwk.get("alg") if isinstance(jwk, Mapping) else None
    if not isinstance(algorithm, str) or jwk.get("kty") != _KIND.get(algorithm, ""):
        return None
    try:
        key = PyJWK(dict(jwk), algorithm).key
        private = {name: value for name, value in jwk.items() if isinstance(value, str)}
        return OwnKey(thumbprint(private), algorithm, key, private) if _signs(key) else None
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The thumbprint of a key, by what is public of it."""
    members = {name: jwk[name] for name in _PUBLIC[jwk["kty"]]}
    digest = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _signs(key: Any) -> bool:
    if isinstance(key, RSAPrivateKey):
        return key.key_size in RSA_BITS
    return isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1)
