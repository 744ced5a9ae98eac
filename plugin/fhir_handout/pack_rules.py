"""What a content pack must never say, as the pack itself has it: rules.yaml.

In: a pack's folder. Out: the pack with its `Rules`, or `BadContent` with every mistake in either,
each with file and line. Nothing but the commands on packs reads the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources.abc import Traversable
from typing import Any

from fhir_handout.catalogues import file_of
from fhir_handout.pack import LoadedPack, PackFiles, load_with
from fhir_handout.pack_files import parsed
from fhir_handout.pack_statements import Statements
from fhir_handout.pack_tables import Tables
from fhir_handout.rules_model import (
    ALWAYS,
    NEVER,
    NO_RULES,
    Contradiction,
    ReadingLimits,
    Rules,
    SafetyRule,
    Tag,
    TagPattern,
    WordRule,
    WordRules,
    for_language,
)

FILE = "rules.yaml"
_TABLE = "rules"


@dataclass(frozen=True, slots=True)
class RuledPack:
    """A pack, its rules, and the files of both by name, in which a problem has its line."""

    pack: LoadedPack
    rules: Rules
    contents: Mapping[str, bytes]


def load_ruled(folder: Traversable) -> RuledPack:
    """The pack in `folder` with its rules; `BadContent` for every problem in them together."""
    contents: dict[str, bytes] = {}

    def rules_of(files: PackFiles, said: Statements) -> Rules:
        contents.update(files.contents)
        raw = parsed(FILE, files.contents, said.tables.problems)
        return _Builder(raw, said, files.catalogues).rules() if raw is not None else NO_RULES

    pack, rules = load_with(folder, rules_of)
    return RuledPack(pack, rules, contents)


class _Builder:
    """Builds the rules, and notes what does not fit the pack."""

    def __init__(
        self, raw: Mapping[str, Any], said: Statements, catalogues: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.tables = Tables.of({_TABLE: raw}, said.tables.problems)
        wrong = (problem for problem in said.tables.problems if problem.file == FILE)
        self.are_all_tags_known = all(problem.path[:1] != ("tags",) for problem in wrong)
        self.predicates = said.predicates
        self.catalogues = catalogues
        self.messages = frozenset(name for words in catalogues.values() for name in words)
        self.tags = frozenset(self._tags())

    def rules(self) -> Rules:
        table = self.tables[_TABLE]
        words, reading = table.get("words", {}), table.get("reading", {})
        for name in (*words, *reading):
            self._check_language(name)
        return Rules(
            self.tags,
            tuple(map(self._rule, self.tables.items(_TABLE))),
            tuple(map(self._contradiction, self.tables.items(_TABLE, "contradictions"))),
            {name: self._words(name, raw) for name, raw in words.items()},
            {name: ReadingLimits(**raw) for name, raw in reading.items()},
        )

    def _wrong(self, item: str, what: str, at: str = "") -> None:
        self.tables.wrong(_TABLE, item, what, at)

    def _tags(self) -> Iterator[Tag]:
        for topic, actions in self.tables[_TABLE].get("tags", {}).items():
            for action, objects in actions.items():
                yield from (Tag(topic, action, thing) for thing in objects)

    def _rule(self, raw: Mapping[str, Any]) -> SafetyRule:
        name = raw["id"]
        said, never, always = (self._patterns(name, raw.get(key, ())) for key in _PATTERNS)
        when, unless = (
            self.predicates.predicate(_TABLE, name, raw[key]) if key in raw else None
            for key in ("when", "unless")
        )
        says = _on_one_line(raw["says"])
        return SafetyRule(name, says, when or ALWAYS, unless or NEVER, said, never, always)

    def _contradiction(self, raw: Mapping[str, Any]) -> Contradiction:
        name = raw["id"]
        one, other = self._patterns(name, [raw["one"], raw["other"]])
        return Contradiction(name, _on_one_line(raw["says"]), one, other)

    def _patterns(
        self, item: str, raw: Iterable[Mapping[str, str | list[str]]]
    ) -> tuple[TagPattern, ...]:
        return tuple(self._pattern(item, each) for each in raw)

    def _pattern(self, item: str, raw: Mapping[str, str | list[str]]) -> TagPattern:
        found = TagPattern(**{key: frozenset(_listed(value)) for key, value in raw.items()})
        if self.are_all_tags_known:
            for one, word in self._unknown(found).items():
                self._wrong(item, f"no tag is {one}", word)
        return found

    def _unknown(self, pattern: TagPattern) -> dict[TagPattern, str]:
        """What a pattern names that no tag is, and the word of it that is the likeliest slip."""
        found: dict[TagPattern, str] = {}
        for key, word, one in _alone(pattern):
            is_slip = all(getattr(tag, key) != word for tag in self.tags)
            if not any(map(one.matches, self.tags)) and (is_slip or one not in found):
                found[one] = word
        return found

    def _check_language(self, language: str) -> None:
        """Limits for a language in which nothing is said would bind nobody."""
        if not any(for_language(name, {language: True}) for name in self.catalogues):
            self._wrong(language, f"there is no complete {file_of(language)}")

    def _words(self, language: str, raw: Mapping[str, Any]) -> WordRules:
        never = tuple(filter(None, (self._word_rule(language, each) for each in raw["never"])))
        negated = [self._compiled(language, rf"{part}\b", part) for part in raw["negated"]]
        explained = frozenset((e["message"], e["pattern"]) for e in raw.get("explained", ()))
        self._check_explained(language, explained, {each["pattern"] for each in raw["never"]})
        patterns = "|".join(found.pattern for found in negated if found)
        return WordRules(never, re.compile(patterns or _NOTHING, re.IGNORECASE), explained)

    def _check_explained(
        self, language: str, explained: Iterable[tuple[str, str]], patterns: set[str]
    ) -> None:
        for message, pattern in sorted(explained):
            if message not in self.messages or pattern not in patterns:
                at = message if pattern in patterns else pattern
                self._wrong(language, f"explains what is not there: {message}, {pattern}", at)

    def _word_rule(self, language: str, raw: Mapping[str, str]) -> WordRule | None:
        pattern = self._compiled(language, raw["pattern"], raw["pattern"])
        return WordRule(raw["rule"], raw["pattern"], pattern) if pattern else None

    def _compiled(self, language: str, pattern: str, at: str) -> re.Pattern[str] | None:
        """The pattern at the beginning of a word, whatever its capitals."""
        try:
            return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)
        except re.error as error:
            self._wrong(language, f"{at} is no regular expression: {error}", at)
            return None


_PATTERNS = ("said", "never", "always")
_NOTHING = r"(?!)"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _alone(pattern: TagPattern) -> Iterator[tuple[str, str, TagPattern]]:
    """Each single word of a pattern, with the rest of it: none of them is a slip of the pen."""
    for key in (field.name for field in fields(TagPattern)):
        words: frozenset[str] = getattr(pattern, key)
        for word in sorted(words):
            yield key, word, replace(pattern, **{key: frozenset({word})})
