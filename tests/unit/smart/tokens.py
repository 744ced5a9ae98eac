"""Keys and signed tokens for tests, good ones and such as nobody should make."""

import base64
import functools
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER, AUDIENCE = "https://ehr.example.org", "https://handout.example.org/cds"
NOW = 1_800_000_000.0
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW - 5, "exp": NOW + 240, "jti": "t-1"}


def private_key(kind: str, which: int = 0) -> Any:
    """A key: `rsa`, `rsa-1024`, `P-256`, `P-384` or `P-521`; another one for each number."""
    return _made(kind, which)


@functools.cache
def _made(kind: str, _which: int) -> Any:
    if kind.startswith("rsa"):
        bits = int(kind.partition("-")[2] or 2048)
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    curves = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}
    return ec.generate_private_key(curves[kind]())


def jwk(kind: str, which: int = 0, **members: Any) -> dict[str, Any]:
    """The public JWK of that key, with these members besides."""
    key = private_key(kind, which).public_key()
    of = jwt.algorithms.RSAAlgorithm if kind.startswith("rsa") else jwt.algorithms.ECAlgorithm
    found = of.to_jwk(key, as_dict=True)
    return {"kid": f"{kind}-{which}", "use": "sig", **found, **members}


def key_set(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": list(keys)}


ALG = {"rsa": "RS384", "P-256": "ES256", "P-384": "ES384"}


def signed(
    kind: str = "P-384", which: int = 0, *, alg: str = "", header: Any = None, **claims: Any
):
    """A token of the usual claims, changed by `claims` (`...` takes one out)."""
    said = {n: v for n, v in {**CLAIMS, **claims}.items() if v is not ...}
    headers = {"kid": f"{kind}-{which}", **(header or {})}
    headers = {n: v for n, v in headers.items() if v is not None}
    key = private_key(kind, which)
    return jwt.encode(said, key, algorithm=alg or ALG[kind], headers=headers)


def part(found: Any) -> str:
    """A part of a token: of an object, or of bytes as they are."""
    data = found if isinstance(found, bytes) else json.dumps(found).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_public_key(kind: str, header: dict[str, Any], **claims: Any) -> str:
    """A token whose HMAC has the public key as its secret, which everybody knows."""
    pem = (
        private_key(kind)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    said = f"{part(header)}.{part({**CLAIMS, **claims})}"
    return f"{said}.{part(hmac.digest(pem, said.encode(), hashlib.sha256))}"
