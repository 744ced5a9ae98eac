"""Our private keys, in a file that only its owner reads: a JWK Set, the key that signs first.

In: the file. Out: `OwnKeys`, which sign and can be published. Old keys stay published until they
are retired, and a new one may be published before it signs, because servers keep key sets and
refuse for a while what they do not know. Errors:

    UsageError  no-keys          the file is not there or can't be read
                bad-keys         it is no set of private keys for RS384 or ES384
                keys-exposed     every user of this machine may read it
                cannot-write     it can't be written
                no-such-key      there is no key of that id
                last-key         the key that signs is not retired: let another sign first
                no-key-for-this  none of our keys has an algorithm that the server takes
"""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from fhir_handout.ehr.kept_file import replace_file
from fhir_handout.errors import UsageError
from fhir_handout.smart.own_key import OwnKey, new_key, own_key

_LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """Keys, the one that signs first."""

    keys: tuple[OwnKey, ...]

    def public(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set for everybody, at `/.well-known/jwks.json`."""
        return {"keys": [key.public for key in self.keys]}

    def signed(self, claims: Mapping[str, Any], algorithms: Collection[str] = ()) -> str:
        """A JWT by our first key, or by the first for one of these algorithms if any is named."""
        for key in self.keys:
            if not algorithms or key.algorithm in algorithms:
                return key.signed(claims)
        raise UsageError(
            "no-key-for-this",
            "the server takes none of our keys' algorithms; "
            "make one that it takes: fhir-handout keys new --alg",
        )


def load_keys(file: Path) -> OwnKeys:
    """The keys of a file."""
    try:
        mode, data = file.stat().st_mode, file.read_bytes()
    except OSError as error:
        raise UsageError(
            "no-keys", f"can't read the keys in {file}: {error.strerror}; see fhir-handout keys new"
        ) from None
    if mode & stat.S_IRWXO:
        raise UsageError(
            "keys-exposed", f"everybody here may read the private keys in {file}: chmod 600 it"
        )
    keys = tuple(own_key(jwk) for jwk in _listed(data, file))
    whole = tuple(key for key in keys if key is not None)
    if not whole or len(whole) < len(keys):
        raise _bad(file)
    return OwnKeys(whole)


def add_key(file: Path, algorithm: str, later: bool = False) -> OwnKey:
    """Make a key, which signs at once or, `later`, when `use_key` says so; the file may be new."""
    with _locked(file):
        known = load_keys(file).keys if file.exists() else ()
        key = new_key(algorithm)
        _write(file, (*known, key) if later else (key, *known))
    return key


def use_key(file: Path, kid: str) -> None:
    """Let a key sign from now on."""
    with _locked(file):
        chosen, others = _apart(file, kid)
        _write(file, (chosen, *others))


def retire_key(file: Path, kid: str) -> None:
    """Take a key out, so that it is published no more."""
    with _locked(file):
        _, others = _apart(file, kid)
        if kid == load_keys(file).keys[0].kid:
            raise UsageError(
                "last-key", f"{kid} is the key that signs; let another sign first: keys new or use"
            )
        _write(file, others)


def _apart(file: Path, kid: str) -> tuple[OwnKey, tuple[OwnKey, ...]]:
    known = load_keys(file).keys
    chosen = next((key for key in known if key.kid == kid), None)
    if chosen is None:
        raise UsageError("no-such-key", f"{file} has no key {kid}; keys public lists them")
    return chosen, tuple(key for key in known if key.kid != kid)


def _listed(data: bytes, file: Path) -> list[Any]:
    try:
        found = orjson.loads(data)["keys"]
    except (ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, list):
        raise _bad(file)
    return found


def _write(file: Path, keys: tuple[OwnKey, ...]) -> None:
    whole = {"keys": [{**key.public, **key.private} for key in keys]}
    try:
        replace_file(file, orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise UsageError("cannot-write", f"can't write {file}: {error.strerror}") from None


def _locked(file: Path) -> FileLock:
    """A lock beside the file, so that two commands at once do not lose each other's key."""
    lock = FileLock(file.with_name(f"{file.name}.lock"), timeout=_LOCK_SECONDS, mode=0o600)
    try:
        lock.acquire()
    except (OSError, Timeout) as error:
        why = "another command has it" if isinstance(error, Timeout) else error.strerror
        raise UsageError("cannot-write", f"can't write {file}: {why}") from None
    return lock


def _bad(file: Path) -> UsageError:
    return UsageError(
        "bad-keys",
        f"{file} is no set of private keys for RS384 or ES384; see fhir-handout keys new",
    )
