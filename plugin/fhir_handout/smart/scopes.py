"""What SMART scopes permit, in the grammar of version 1 and of version 2.

In: granted and needed scopes, as the strings of a request or a token answer. Out: those needed that
nothing granted covers. A scope that is limited by a query, or that can't be read, covers nothing
but itself; whom a scope is about (`patient`, `user`, `system`) counts too: `user` covers what
`patient` does, and neither covers `system`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SCOPE = re.compile(
    r"(?P<level>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]*)"
    r"\.(?P<verbs>read|write|\*|(?=[cruds])c?r?u?d?s?)(?P<query>\?.+)?"
)
_OF_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
_COVERED_BY = {
    "patient": frozenset({"patient", "user"}),
    "user": frozenset({"user"}),
    "system": frozenset({"system"}),
}
_PREFIXES = (
    "http://smarthealthit.org/fhir/scopes/",
    "http://openid.net/specs/openid-connect-core-1_0#",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope on resources: whose, of which type, and what may be done (`cruds`)."""

    level: str
    type: str
    verbs: frozenset[str]
    query: str = ""

    def covers(self, needed: Scope, verb: str) -> bool:
        """Whether it permits one thing that is needed."""
        is_of_them = self.level in _COVERED_BY[needed.level]
        is_of_type = self.type in ("*", needed.type)
        is_whole = not self.query or self.query == needed.query
        return is_of_them and is_of_type and is_whole and verb in self.verbs


def parsed(text: str) -> Scope | None:
    """The scope, None where it is none on resources."""
    found = _SCOPE.fullmatch(bare(text))
    if not found:
        return None
    verbs = _OF_VERSION_1.get(found["verbs"], found["verbs"])
    return Scope(found["level"], found["type"], frozenset(verbs), (found["query"] or "")[1:])


def split(text: str) -> tuple[str, ...]:
    """The scopes of a request or an answer, each once."""
    return tuple(dict.fromkeys(text.split()))


def missing(granted: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """The needed scopes that are not granted in full; several scopes may cover one together."""
    names = {bare(text) for text in granted}
    scopes = [scope for scope in map(parsed, names) if scope is not None]
    return tuple(text for text in needed if not _is_covered(text, names, scopes))


def bare(text: str) -> str:
    """A scope without the prefix it has where it is written as a URI."""
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    return text


def _is_covered(text: str, names: set[str], scopes: list[Scope]) -> bool:
    needed = parsed(text)
    if needed is None:
        return bare(text) in names
    return all(any(scope.covers(needed, verb) for scope in scopes) for verb in needed.verbs)
