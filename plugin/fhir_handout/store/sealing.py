"""What is stored of patients and tokens, encrypted.

In: JSON data and the service's secrets. Out: bytes that only those secrets open. The first secret
seals and all open, so a new one can be put before the old. AES-128-CBC with HMAC-SHA-256 (Fernet).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from fhir_handout.errors import HandoutError


class Sealing:
    """Seals and opens JSON data."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(secret) for secret in secrets])
        self._secrets = tuple(secret.encode() for secret in secrets)

    def seal(self, data: Any) -> bytes:
        """Encrypt what JSON can say."""
        return self._fernet.encrypt(orjson.dumps(data))

    def open(self, sealed: bytes) -> Any:
        """What was sealed; `HandoutError` sealed-elsewhere where no secret opens it."""
        try:
            return orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise HandoutError(
                "sealed-elsewhere",
                "the database holds what none of FHIR_HANDOUT_SECRETS opens; put the old one back",
            ) from None

    def marks(self, name: str) -> tuple[str, ...]:
        """What a name that could be guessed is known by: one of each secret, the newest first."""
        return tuple(hmac.new(s, name.encode(), hashlib.sha256).hexdigest() for s in self._secrets)


def fingerprint(secret: str) -> str:
    """The SHA-256 of a random secret, by which it is known again and not found out."""
    return hashlib.sha256(secret.encode()).hexdigest()
