"""What a terminology server answered, kept for a day in memory and on disk.

In: a folder, a server, the canonical URL of a value set. Out: its members, or for single codes
whether they are. A file that is old, damaged or of another layout counts as none. File names and
the codes of single questions are hashes, and no file says whose record a code was in.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from fhir_handout.ehr.kept_file import replace_file
from fhir_handout.terminology.question import Key

T = TypeVar("T")

_LAYOUT = 1
_LIFE_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Expansion:
    """All members of a value set, or None where the server does not list them."""

    members: frozenset[Key] | None


class Cache:
    """What is kept of one server."""

    def __init__(self, folder: Path, server: str, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._server, self._clock = folder / "terminology", server, clock
        self._expansions: dict[str, Expansion] = {}
        self._answers: dict[str, _Answers] = {}

    def expansion(self, canonical: str) -> Expansion | None:
        """The value set's members, None where the server has not been asked for them today."""
        if canonical not in self._expansions:
            kept = self._load("expansion", canonical, _expansion)
            if kept is not None:
                self._expansions[canonical] = kept
        return self._expansions.get(canonical)

    def keep_expansion(self, canonical: str, found: Expansion) -> None:
        """Keep what the server gave; without a folder the next run asks again, that is all."""
        self._expansions[canonical] = found
        members = None if found.members is None else sorted(found.members)
        self._save("expansion", canonical, {"fetched": self._clock(), "members": members})

    def is_member(self, canonical: str, key: Key) -> bool | None:
        """Whether the value set has this code, None where the server has not said so today."""
        kept = self._answers_of(canonical).known.get(_hash(*key))
        return kept[1] if kept and self._is_young(kept[0]) else None

    def note(self, canonical: str, key: Key, is_member: bool) -> None:
        """Remember an answer; `keep_answers` puts it on disk."""
        answers = self._answers_of(canonical)
        answers.known[_hash(*key)] = (self._clock(), is_member)
        answers.is_new = True

    def keep_answers(self) -> None:
        """Put on disk what was noted, with what is there already and not old."""
        for canonical, answers in self._answers.items():
            if not answers.is_new:
                continue
            there = self._load("answers", canonical, _known) or {}
            known = {
                code: kept
                for code, kept in {**there, **answers.known}.items()
                if self._is_young(kept[0])
            }
            self._save("answers", canonical, {"fetched": self._clock(), "known": known})
            answers.is_new = False

    def _answers_of(self, canonical: str) -> _Answers:
        if canonical not in self._answers:
            there = self._load("answers", canonical, _known)
            self._answers[canonical] = _Answers(there or {})
        return self._answers[canonical]

    def _is_young(self, fetched: float) -> bool:
        return 0 <= self._clock() - fetched < _LIFE_SECONDS

    def _load(self, kind: str, canonical: str, parse: Callable[[Mapping[str, Any]], T]) -> T | None:
        try:
            kept = orjson.loads(self._file(kind, canonical).read_bytes())
            if kept["layout"] != _LAYOUT or not self._is_young(float(kept["fetched"])):
                return None
            return parse(kept)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _save(self, kind: str, canonical: str, content: Mapping[str, Any]) -> None:
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            data = orjson.dumps({"layout": _LAYOUT, **content})
            replace_file(self._file(kind, canonical), data)

    def _file(self, kind: str, canonical: str) -> Path:
        return self._folder / f"{_hash(kind, self._server, canonical)}.json"


@dataclass(slots=True)
class _Answers:
    known: dict[str, tuple[float, bool]] = field(default_factory=dict)
    is_new: bool = False


def _expansion(kept: Mapping[str, Any]) -> Expansion:
    members = kept["members"]
    return Expansion(None if members is None else frozenset(_key(item) for item in members))


def _key(item: Any) -> Key:
    system, code = item
    if not isinstance(system, str) or not isinstance(code, str):
        raise TypeError("not a code")
    return system, code


def _known(kept: Mapping[str, Any]) -> dict[str, tuple[float, bool]]:
    return {str(code): _answer(item) for code, item in kept["known"].items()}


def _answer(item: Any) -> tuple[float, bool]:
    fetched, is_member = item
    if not isinstance(is_member, bool):
        raise TypeError("not an answer")
    return float(fetched), is_member


def _hash(*parts: str) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
