"""How we show a token endpoint who we are.

In: a `Client` and the form to be sent. Out: the form with what shows who sends it: a public client
its `client_id`, a confidential one an assertion signed with our key (`private_key_jwt`), made anew
for each request. The errors are those of `own_keys`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from fhir_handout.smart.own_keys import OwnKeys, load_keys

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 240
"""SMART allows 300; the rest is for clocks that differ."""


class KeyFile:
    """Keys read again when their file changes, so that rotation needs no restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[tuple[int, int], OwnKeys] | None = None

    def current(self) -> OwnKeys:
        """The keys that are in the file now."""
        seen = self._seen()
        if self._read is None or self._read[0] != seen:
            self._read = seen, load_keys(self._file)
        return self._read[1]

    def _seen(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError:
            return 0, 0  # reading it says what is wrong
        return found.st_mtime_ns, found.st_ino


@dataclass(frozen=True, slots=True)
class Client:
    """What we are registered as; without keys, a public client."""

    client_id: str
    keys: KeyFile | None = None


def authenticated(
    client: Client,
    form: Mapping[str, str],
    endpoint: str,
    now: float,
    algorithms: Collection[str] = (),
) -> dict[str, str]:
    """The form as it may be sent to a token endpoint; `algorithms` are those the server takes."""
    if client.keys is None:
        return {**form, "client_id": client.client_id}
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": endpoint,
        "iat": int(now),
        "exp": int(now) + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(32),
    }
    signed = client.keys.current().signed(claims, algorithms)
    return {**form, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
