"""The vocabulary of a pack's rules: what its handouts must never say, and what they must.

Everything here is frozen and comes out of rules.yaml; nothing of a patient is in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from fhir_handout.pack_model import Predicate, Statement

T = TypeVar("T")
ALWAYS, NEVER = Predicate("always"), Predicate("none", {}, (Predicate("always"),))


class Tag(NamedTuple):
    """What a statement says: of which topic, what to do, and with what."""

    topic: str
    action: str
    object: str

    def __str__(self) -> str:
        return " ".join(self)


def tags_of(statement: Statement) -> tuple[Tag, ...]:
    """What a statement says."""
    return tuple(Tag(tag["topic"], tag["action"], tag["object"]) for tag in statement.tags)


@dataclass(frozen=True, slots=True)
class TagPattern:
    """Tags of one of these topics, actions and objects; of any where there are none."""

    topic: frozenset[str] = frozenset()
    action: frozenset[str] = frozenset()
    object: frozenset[str] = frozenset()

    def matches(self, tag: Tag) -> bool:
        """Whether the tag is one of these."""
        wanted = (self.topic, self.action, self.object)
        return all(not some or part in some for some, part in zip(wanted, tag, strict=True))

    def __str__(self) -> str:
        wanted = (self.topic, self.action, self.object)
        return " ".join("/".join(sorted(some)) if some else "*" for some in wanted)


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """What holds of every handout for whom `when` holds, withheld findings counted.

    But not where `unless` holds of what may be told, and only where one of `said` is said, if there
    are any. Then none of `never` is said, and of each of `always` something.
    """

    id: str
    says: str
    when: Predicate = ALWAYS
    unless: Predicate = NEVER
    said: tuple[TagPattern, ...] = ()
    never: tuple[TagPattern, ...] = ()
    always: tuple[TagPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two kinds of things that are never said to one person."""

    id: str
    says: str
    one: TagPattern
    other: TagPattern


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that break a rule, as a regular expression and as written, unless negated."""

    rule: str
    written: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class WordRules:
    """The words no sentence of a language may have.

    `negated` is what makes them harmless before them; `explained` are a message's id and a pattern
    that it may have.
    """

    never: tuple[WordRule, ...]
    negated: re.Pattern[str]
    explained: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """How hard a handout may be at most: a Flesch-Kincaid grade, words a sentence on average."""

    grade: float
    words_a_sentence: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a pack; `words` and `reading` by language."""

    tags: frozenset[Tag]
    rules: tuple[SafetyRule, ...]
    contradictions: tuple[Contradiction, ...]
    words: Mapping[str, WordRules]
    reading: Mapping[str, ReadingLimits]


NO_RULES = Rules(frozenset(), (), (), {}, {})
"""Those of a pack that forbids nothing."""


def for_language(language: str, by_language: Mapping[str, T]) -> T | None:
    """What there is for a language, else for the language it is a kind of."""
    return by_language.get(language) or by_language.get(language.partition("-")[0])
