"""The public keys that somebody signs with, as a JWK Set (RFC 7517), given or fetched.

In: a set as JSON, a file, or a URL of the configuration. Out: the keys that a token may have been
signed with, by its `kid` and its algorithm. Keys that are no good for that are passed over: other
kinds, RSA below 2048 bits, other curves, keys for encryption, and keys that are not only public.
What a token itself says of where its key is (`jku`, `x5u`, `jwk`) is read by nobody. Errors:

    UsageError   no-key-set, bad-key-set   a file that is not there, or holds no usable key
    and, of a URL, the errors of `fetch`, and InvalidFhir bad-key-set
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import orjson

from fhir_handout.ehr.address import origin_text
from fhir_handout.errors import HandoutError, InvalidFhir, UsageError
from fhir_handout.smart.public_key import PublicKey, public_key

_MOST_KEYS = 100
FetchJson = Callable[[str], Mapping[str, Any]]


class Keys(Protocol):
    """Whose keys they are is known to whoever asks."""

    def find(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        """The keys that fit; of several without a `kid` to choose by, none."""
        ...


class GivenKeys:
    """Keys that do not change."""

    def __init__(self, key_set: Mapping[str, Any]) -> None:
        self._keys = _usable(key_set)

    @classmethod
    def of_file(cls, file: Path) -> GivenKeys:
        """The keys of a file; a set without a usable key is an error of the settings."""
        try:
            found = cls(orjson.loads(file.read_bytes()))
        except OSError as error:
            raise UsageError("no-key-set", f"can't read {file}: {error.strerror}") from None
        except (ValueError, TypeError):
            raise UsageError("bad-key-set", f"{file} is no JWK Set; correct it") from None
        if not found._keys:
            raise UsageError("bad-key-set", f"{file} holds no usable public key; correct it")
        return found

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        fitting = tuple(key for key in self._keys if algorithm in key.algorithms)
        if kid is not None:
            return tuple(key for key in fitting if key.kid == kid)
        return fitting if len(fitting) == 1 else ()


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """In seconds: how long keys are used before they are asked for again, and how soon at most.

    Where the server does not answer, the keys it gave serve on until `kept`.
    """

    used: float = 900.0
    between: float = 60.0
    kept: float = 86_400.0


@dataclass(slots=True)
class _Asked:
    at: float
    error: HandoutError | None = None


@dataclass(slots=True)
class _Had:
    at: float
    keys: GivenKeys


@dataclass(slots=True)
class _State:
    asked: _Asked | None = None
    had: _Had | None = None
    lock: Lock = field(default_factory=Lock)


class FetchedKeys:
    """Keys at a URL, kept for a while; threads may share it."""

    def __init__(
        self,
        url: str,
        fetch: FetchJson,
        times: CacheTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._fetch, self._clock = url, fetch, clock
        self._times = times or CacheTimes()
        self._state = _State()

    def find(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        """As of `Keys`; a `kid` not seen before has the set fetched anew, once a minute at most."""
        known = self._at_once(kid, algorithm)
        if known:
            return known
        with self._state.lock:
            if not self._is_younger(self._state.had, self._times.used):
                self._renew()
            found = self._keys().find(kid, algorithm)
            if found or not self._may_ask():
                return found
            self._renew()
            return self._keys().find(kid, algorithm)

    def _at_once(self, kid: str | None, algorithm: str) -> tuple[PublicKey, ...]:
        """What fits without a request: while one thread fetches, the old keys do for the others."""
        had, times = self._state.had, self._times
        usable_for = times.kept if self._state.lock.locked() else times.used
        if had is None or not self._is_younger(had, usable_for):
            return ()
        return had.keys.find(kid, algorithm)

    def _renew(self) -> None:
        if not self._may_ask():
            return
        now = self._clock()
        try:
            keys = GivenKeys(self._fetch(self._url))
        except (HandoutError, TypeError) as error:
            self._state.asked = _Asked(now, error if isinstance(error, HandoutError) else None)
            return
        self._state.asked = _Asked(now)
        self._state.had = _Had(now, keys) if len(keys) else None  # withdrawn keys count no more

    def _keys(self) -> GivenKeys:
        had, asked = self._state.had, self._state.asked
        if had is not None and self._is_younger(had, self._times.kept):
            return had.keys
        if asked is not None and asked.error is not None:
            raise type(asked.error)(asked.error.code, asked.error.message)
        raise InvalidFhir(
            "bad-key-set", f"{origin_text(self._url)}: what it sent is no set of usable public keys"
        )

    def _may_ask(self) -> bool:
        return not self._is_younger(self._state.asked, self._times.between)

    def _is_younger(self, then: _Asked | _Had | None, seconds: float) -> bool:
        return then is not None and self._clock() - then.at < seconds


def _usable(key_set: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """`TypeError` where it is no JWK Set at all."""
    listed = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(listed, list):
        raise TypeError
    found = (public_key(each) for each in listed[:_MOST_KEYS])
    return tuple(key for key in found if key is not None)
