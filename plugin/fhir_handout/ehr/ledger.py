"""What this machine has begun to write to servers that can't promise to create only once.

In: a folder, a server and a condition. Out: under a lock, a `LedgerEntry` that says how far an
earlier try came. A file holds two hashes, a state and the reference of the document; nothing of
the patient. Raises:

    Conflict    being-written  another process holds the lock for longer than the settings allow
    UsageError  no-ledger      the folder can't be written, so nothing may be created
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import orjson
from filelock import FileLock, Timeout

from fhir_handout.errors import Conflict, UsageError


class State(StrEnum):
    """How far a write came."""

    INTENDED = "intended"
    CREATED = "created"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Note:
    """What the ledger says of one document."""

    state: State
    reference: str | None = None


class LedgerEntry:
    """One document's file; only for whoever holds its lock."""

    def __init__(self, path: Path, server: str, document: str) -> None:
        self.path = path
        self._names = {"server": server, "document": document}

    def read(self) -> Note | None:
        """What an earlier try noted; a file that can't be understood means that one was begun."""
        try:
            kept = orjson.loads(self.path.read_bytes())
            reference = kept["reference"]
            return Note(State(kept["state"]), reference if isinstance(reference, str) else None)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return Note(State.INTENDED)

    def note(self, state: State, reference: str | None = None) -> None:
        """On disk when this returns, whatever happens to the machine next."""
        _write(self.path, orjson.dumps({**self._names, "state": state, "reference": reference}))

    def withdraw(self) -> None:
        """Nothing was sent, or the server said that nothing was done."""
        self.path.unlink(missing_ok=True)


class Ledger:
    """The writes begun on one server."""

    def __init__(self, state_dir: Path, base_url: str, lock_timeout: float) -> None:
        self._folder, self._lock_timeout = state_dir / "ledger", lock_timeout
        self._base_url = base_url

    @contextmanager
    def entry(self, condition: str) -> Iterator[LedgerEntry]:
        """The entry of the document with this condition, for one process or thread at a time."""
        server, document = _hash(self._base_url), _hash(condition)
        path = self._folder / f"{_hash(server + document)}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(path.with_suffix(".lock"), timeout=self._lock_timeout):
                yield LedgerEntry(path, server, document)
        except Timeout:
            raise Conflict(
                "being-written",
                f"another process is writing the same document to {self._base_url}; wait for it",
            ) from None
        except OSError as error:
            raise UsageError(
                "no-ledger",
                f"can't write to {self._folder}: {error.strerror}; without a ledger a document "
                "could be written twice, so make the folder writable",
            ) from None


def _write(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as written:
        written.write(data)
        written.flush()
        os.fsync(written.fileno())
    partial.replace(path)
    with suppress(OSError):  # its name is on disk then too, on systems that can open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
