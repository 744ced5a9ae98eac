"""What a content pack must never say, as the pack itself has it: rules.yaml.

In: a pack's folder and what was loaded of it. Out: `Rules`: the tags a statement can carry, what
holds of them in every handout, and words that no sentence may have. `BadContent` has every mistake
in them. Nothing but the proof of a pack reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, TypeVar, cast

import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import ContentPack, Predicate, Statement
from fhir_handout.pack_risk_factors import RiskFactors
from fhir_handout.pack_schemas import wrong_shapes
from fhir_handout.pack_statements import Predicates
from fhir_handout.pack_tables import Tables

FILE = "rules.yaml"
T = TypeVar("T")
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALWAYS, _NEVER = Predicate("always"), Predicate("none", {}, (Predicate("always"),))


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
    when: Predicate = _ALWAYS
    unless: Predicate = _NEVER
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


def load_rules(folder: Traversable, pack: LoadedPack) -> Rules:
    """The rules in `folder` for the pack that was loaded from there."""
    problems: list[str] = []
    raw = _read(folder / FILE, problems)
    rules = _Builder(raw, pack, problems).rules()
    if problems:
        raise BadContent(
            "bad-rules",
            f"the rules of {pack.content.id} have {len(problems)} problems, the first: "
            f"{problems[0]}; mend {FILE}",
            tuple(problems),
        )
    return rules


def _read(file: Traversable, problems: list[str]) -> Mapping[str, Any]:
    try:
        found = yaml.load(file.read_bytes(), Loader=_YAML_LOADER)  # noqa: S506, a safe one
    except OSError:
        found = "missing; a pack that forbids nothing says so with rules: []"
    except yaml.YAMLError:
        found = "not YAML"
    if isinstance(found, dict):
        return found
    problems.append(f"{FILE}: {found if isinstance(found, str) else 'not a mapping'}")
    return {}


class _Known:
    """What a pack has, as the builder of predicates asks for it; what it has not is a problem."""

    def __init__(self, pack: ContentPack, problems: list[str]) -> None:
        self.topics = pack.topics
        self.factors = pack.risk_factors
        self.problems = problems

    def wrong(self, _table: str, item: str, what: str, _at: str = "") -> None:
        self.problems.append(f"{FILE}: {item}: {what}")

    def is_unknown(self, factor: str) -> bool:
        return factor not in self.factors

    def levels(self, table: str, item: str, levels: Mapping[str, str]) -> dict[str, str]:
        for topic, level in levels.items():
            if topic not in self.topics or level not in self.topics[topic].levels:
                self.wrong(table, item, f"unknown level {topic} {level}")
        return dict(levels)


class _Builder:
    """Builds the rules, and notes what does not fit the pack."""

    def __init__(self, raw: Mapping[str, Any], pack: LoadedPack, problems: list[str]) -> None:
        self.raw = raw
        self.known = _Known(pack.content, problems)
        self.predicates = Predicates(cast(Tables, self.known), cast(RiskFactors, self.known))
        self.messages = frozenset(n for words in pack.catalogues.values() for n in words)
        self.tags = frozenset(self._tags())

    def rules(self) -> Rules:
        self._only("rules", self.raw, Rules)
        return Rules(
            self.tags,
            tuple(self._each("rules", self._rule)),
            tuple(self._each("contradictions", self._contradiction)),
            dict(self._words()),
            dict(self._reading()),
        )

    def _wrong(self, item: str, what: str) -> None:
        self.known.wrong(FILE, item, what)

    def _only(self, item: str, raw: Iterable[str], kind: type) -> None:
        """A key nobody reads is a slip of the pen, and might have been a safety rule."""
        for key in sorted(set(map(str, raw)) - {field.name for field in fields(kind)}):
            self._wrong(item, f"unknown key {key}")

    def _tags(self) -> Iterator[Tag]:
        try:
            for topic, actions in (self.raw.get("tags") or {}).items():
                for action, objects in actions.items():
                    yield from (Tag(topic, action, thing) for thing in objects)
        except _MALFORMED as error:
            self._wrong("tags", f"malformed ({type(error).__name__})")

    def _each(self, table: str, build: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
        seen = set()
        rows = self.raw.get(table)
        for number, raw in enumerate(rows if isinstance(rows, list) else (), 1):
            name = raw.get("id") if isinstance(raw, dict) else None
            if not isinstance(name, str) or name in seen:
                self._wrong(f"{table} {number}", "has no id of its own")
                continue
            seen.add(name)
            try:
                yield build(raw)
            except _MALFORMED as error:
                self._wrong(name, f"malformed ({type(error).__name__}: {error})")

    def _rule(self, raw: Mapping[str, Any]) -> SafetyRule:
        name = raw["id"]
        self._only(name, raw, SafetyRule)
        said, never, always = (self._patterns(name, raw.get(key, ())) for key in _PATTERNS)
        if not never and not always:
            self._wrong(name, "neither never nor always")
        when, unless = (self._condition(raw, key) for key in ("when", "unless"))
        says = " ".join(raw["says"].split())
        return SafetyRule(name, says, when or _ALWAYS, unless or _NEVER, said, never, always)

    def _condition(self, raw: Mapping[str, Any], key: str) -> Predicate | None:
        if key not in raw:
            return None
        wrong = list(wrong_shapes("predicate", FILE, raw[key]))
        for problem in wrong:
            self._wrong(raw["id"], f"{key}: {problem.what}")
        if wrong:
            return None
        return self.predicates.predicate("rules", raw["id"], raw[key])

    def _patterns(self, item: str, raw: Any) -> tuple[TagPattern, ...]:
        return tuple(self._pattern(item, each) for each in raw)

    def _pattern(self, item: str, raw: Mapping[str, Any]) -> TagPattern:
        self._only(item, raw, TagPattern)
        found = TagPattern(**{key: frozenset(_listed(value)) for key, value in raw.items()})
        for one in _alone(found):
            if not any(map(one.matches, self.tags)):
                self._wrong(item, f"no tag is {one}")
        return found

    def _contradiction(self, raw: Mapping[str, Any]) -> Contradiction:
        name = raw["id"]
        self._only(name, raw, Contradiction)
        one, other = (self._pattern(name, raw[key]) for key in ("one", "other"))
        return Contradiction(name, " ".join(raw["says"].split()), one, other)

    def _words(self) -> Iterator[tuple[str, WordRules]]:
        for language, raw in (self.raw.get("words") or {}).items():
            try:
                yield language, self._of_language(f"words {language}", raw)
            except (*_MALFORMED, re.error) as error:
                self._wrong(f"words {language}", f"malformed ({type(error).__name__}: {error})")

    def _reading(self) -> Iterator[tuple[str, ReadingLimits]]:
        for language, raw in (self.raw.get("reading") or {}).items():
            try:
                yield language, ReadingLimits(**{key: float(raw[key]) for key in raw})
            except _MALFORMED:
                self._wrong("reading", f"{language} needs numbers: grade, words_a_sentence")

    def _of_language(self, item: str, raw: Mapping[str, Any]) -> WordRules:
        self._only(item, raw, WordRules)
        never = tuple(_word_rule(each) for each in raw["never"])
        patterns = {rule.written for rule in never}
        explained = frozenset((e["message"], e["pattern"]) for e in raw.get("explained", ()))
        for message, pattern in sorted(explained):
            if message not in self.messages or pattern not in patterns:
                self._wrong(item, f"explains what is not there: {message}, {pattern}")
        return WordRules(never, _words("|".join(map(r"{}\b".format, raw["negated"]))), explained)


_PATTERNS = ("said", "never", "always")
_MALFORMED = (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _alone(pattern: TagPattern) -> Iterator[TagPattern]:
    """The pattern with each single word of it, so that none of them is a slip of the pen."""
    for key in (f.name for f in fields(TagPattern)):
        words: frozenset[str] = getattr(pattern, key)
        yield from (replace(pattern, **{key: frozenset({word})}) for word in sorted(words))


def _word_rule(raw: Mapping[str, str]) -> WordRule:
    return WordRule(raw["rule"], raw["pattern"], _words(raw["pattern"]))


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)
