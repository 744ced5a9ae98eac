"""The rules of a content pack: from parsed tables to the vocabulary, with every mistake named.

In: the parsed YAML tables, the ids of the value sets, the catalogues. Out: a `ContentPack`; the
problems found are added to the list given, as `file: id: what is wrong`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from fhir_handout.model import (
    Band,
    ContentPack,
    Part,
    Predicate,
    RiskFactor,
    Statement,
    Topic,
    ValueSetUse,
    Vote,
)
from fhir_handout.predicates import COMBINING, NAMES

T = TypeVar("T")

_SOURCE_LANGUAGE = "en"
_FOREVER = 200
KINDS = ("about", "cause", "why", "do", "avoid", "replace", "call", "emergency", "note")
_SEXES = frozenset({"male", "female", "other", "unknown"})  # FHIR's administrative-gender
_LASTS = ("until_resolved", "always")
_TAG_KEYS = {"topic", "action", "object"}
_FINDING_KEYS = ("factor", "qualifiers", "certain", "even_withheld")
_NO_LIMITS: Mapping[str, Any] = {"age_from": 0, "age_to": _FOREVER, "sex_not": ()}
_TABLE_KEYS = {
    "pack": ("id", "version", "review", "sections", "negating_words", "local_use_words"),
    "topics": ("topics", "when_unknown"),
    "risk_factors": ("risk_factors",),
    "statements": ("statements",),
    "citations": ("citations",),
}
_MALFORMED = (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)


def content(
    tables: Mapping[str, Mapping[str, Any]],
    value_sets: frozenset[str],
    catalogues: Mapping[str, Mapping[str, str]],
    digest: str,
    problems: list[str],
) -> ContentPack:
    """The pack's content; what is wrong with it is added to `problems`."""
    return _Builder(tables, value_sets, catalogues, problems).content(digest)


class _Builder:
    """Builds each part and notes what does not fit the others."""

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        value_sets: frozenset[str],
        catalogues: Mapping[str, Mapping[str, str]],
        problems: list[str],
    ) -> None:
        self.tables = tables
        self.value_sets = value_sets
        self.catalogues = catalogues
        self.words = catalogues.get(_SOURCE_LANGUAGE, {})
        self.problems = problems
        self.sections = tuple(tables["pack"].get("sections") or ())
        self.citations = tables["citations"].get("citations") or {}
        self.topics = {topic.id: topic for topic in self._each("topics", self._topic)}
        self.factors: dict[str, RiskFactor] = {}

    def content(self, digest: str) -> ContentPack:
        self.factors = {factor.id: factor for factor in self._each("risk_factors", self._factor)}
        self._check_alongside()
        self._check_word_lists()
        statements = tuple(self._each("statements", self._statement))
        self._check_words(statements)
        pack = self.tables["pack"]
        for table, keys in _TABLE_KEYS.items():
            self._only(table, table, self.tables[table], keys)
        for name in ("id", "version"):
            if not pack.get(name):
                self._wrong("pack", name, "is missing")
        return ContentPack(
            pack.get("id", ""),
            str(pack.get("version", "")),
            digest,
            self.sections,
            self.topics,
            self.factors,
            statements,
        )

    def _wrong(self, table: str, item: str, what: str) -> None:
        self.problems.append(f"{table}.yaml: {item}: {what}")

    def _only(self, table: str, item: str, raw: Mapping[str, Any], keys: Iterable[str]) -> None:
        """A key nobody reads is a slip of the pen, and might have been a safety rule."""
        for key in sorted(set(map(str, raw)) - set(keys)):
            self._wrong(table, item, f"unknown key {key}")

    def _fits(self, table: str, item: str, raw: Mapping[str, Any], kind: type) -> None:
        self._only(table, item, raw, [field.name for field in fields(kind)])

    def _each(self, table: str, build: Callable[[Mapping[str, Any]], T]) -> Iterator[T]:
        """Every item of a table, built; one that can't be is named and left out."""
        for raw in self._unique(table):
            try:
                yield build(raw)
            except _MALFORMED as error:
                self._wrong(table, raw["id"], f"malformed ({type(error).__name__}: {error})")

    def _unique(self, table: str) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        rows = self.tables[table].get(table)
        if not isinstance(rows, list) or not rows:
            self._wrong(table, table, "lists nothing")
            return
        for raw in rows:
            if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
                self._wrong(table, str(len(seen) + 1), "has no id")
            elif raw["id"] in seen:
                self._wrong(table, raw["id"], "is there twice")
            else:
                seen.add(raw["id"])
                yield raw

    def _levels(self, table: str, item: str, levels: Mapping[str, str]) -> dict[str, str]:
        good = {}
        for topic, level in levels.items():
            if topic not in self.topics or level not in self.topics[topic].levels:
                self._wrong(table, item, f"unknown level {topic} {level}")
            else:
                good[topic] = level
        return good

    def _topic(self, raw: Mapping[str, Any]) -> Topic:
        self._only("topics", raw["id"], raw, ("id", "label", "levels"))
        meanings = dict(raw["levels"].items())
        return Topic(raw["id"], raw.get("label", raw["id"]), tuple(meanings), meanings)

    def _factor(self, raw: Mapping[str, Any]) -> RiskFactor:
        self._fits("risk_factors", raw["id"], raw, RiskFactor)
        uses = tuple(self._use(raw["id"], use) for use in raw.get("value_sets", ()))
        bands = tuple(self._band(raw["id"], band) for band in raw.get("bands", ()))
        qualifiers = {use.qualifier for use in uses} | {band.qualifier for band in bands}
        ages = raw.get("plausible_ages")
        sexes = self._sexes("risk_factors", raw["id"], raw.get("implausible_sexes", ()))
        factor = RiskFactor(
            id=raw["id"],
            label=raw.get("label", raw["id"]),
            shows_in=Part(raw["shows_in"]),
            value_sets=uses,
            bands=bands,
            ended_by=tuple(raw.get("ended_by", ())),
            not_ended_with=tuple(raw.get("not_ended_with", ())),
            votes=tuple(self._vote(raw["id"], vote, qualifiers) for vote in raw.get("votes", ())),
            when_unknown=self._levels(
                "risk_factors",
                raw["id"],
                raw.get("when_unknown", self.tables["topics"].get("when_unknown", {})),
            ),
            confidential_under=raw.get("confidential_under"),
            plausible_ages=(ages[0], ages[1]) if ages else None,
            implausible_sexes=frozenset(sexes),
        )
        for name in factor.named_value_sets:
            if name not in self.value_sets:
                self._wrong("risk_factors", raw["id"], f"unknown value set {name}")
        return factor

    def _use(self, factor: str, raw: Mapping[str, Any]) -> ValueSetUse:
        self._fits("risk_factors", factor, raw, ValueSetUse)
        lasts = raw.get("lasts", _LASTS[0])
        if lasts not in _LASTS and (type(lasts) is not int or lasts < 1):
            self._wrong("risk_factors", factor, f"lasts is neither {_LASTS} nor days: {lasts}")
        ended_by, ended_after = tuple(raw.get("ended_by", ())), raw.get("ended_after", 0)
        if type(ended_after) is not int or ended_after < 0:
            self._wrong("risk_factors", factor, f"ended_after is no number of days: {ended_after}")
        return ValueSetUse(raw["value_set"], raw.get("qualifier"), lasts, ended_by, ended_after)

    def _band(self, factor: str, raw: Mapping[str, Any]) -> Band:
        self._fits("risk_factors", factor, raw, Band)
        return Band(raw["qualifier"], raw.get("at_least", 0), raw.get("under", _FOREVER))

    def _sexes(self, table: str, item: str, sexes: Iterable[str]) -> tuple[str, ...]:
        for sex in sorted(set(sexes) - _SEXES):
            self._wrong(table, item, f"unknown sex {sex}")
        return tuple(sexes)

    def _vote(self, factor: str, raw: Mapping[str, Any], known: set[str | None]) -> Vote:
        self._fits("risk_factors", factor, raw, Vote)
        qualifiers = frozenset(raw.get("qualifiers", ()))
        for qualifier in sorted(qualifiers - known):
            self._wrong("risk_factors", factor, f"votes by unknown qualifier {qualifier}")
        levels = self._levels("risk_factors", factor, raw["levels"])
        return Vote(qualifiers, levels, frozenset(raw.get("alongside", ())))

    def _check_word_lists(self) -> None:
        for name in ("negating_words", "local_use_words"):
            for word in self.tables["pack"].get(name, ()):
                if not isinstance(word, str):  # YAML reads a bare no, off or on as a truth value
                    self._wrong("pack", name, f"{word!r} is no word; put it in quotes")

    def _check_alongside(self) -> None:
        for factor in self.factors.values():
            for other in {name for vote in factor.votes for name in vote.alongside}:
                if other not in self.factors:
                    self._wrong("risk_factors", factor.id, f"votes alongside unknown {other}")

    def _statement(self, raw: Mapping[str, Any]) -> Statement:
        name = raw["id"]
        self._check_statement(name, raw)
        return Statement(
            id=name,
            kind=raw.get("kind", ""),
            section=raw.get("section", ""),
            when=self._predicate(name, raw.get("when", "always")),
            topic=raw.get("topic"),
            tags=tuple(raw.get("tags", ())),
            citations=tuple(raw.get("citations", ())),
            rows=tuple(raw.get("rows", ())),
        )

    def _check_statement(self, name: str, raw: Mapping[str, Any]) -> None:
        self._fits("statements", name, raw, Statement)
        allowed = {"section": self.sections, "kind": KINDS, "topic": (None, *self.topics)}
        for key, values in allowed.items():
            if raw.get(key) not in values:
                self._wrong("statements", name, f"unknown {key} {raw.get(key)}")
        for citation in raw.get("citations", ()):
            if citation not in self.citations:
                self._wrong("statements", name, f"unknown citation {citation}")
        if any(set(tag) != _TAG_KEYS for tag in raw.get("tags", ())):
            self._wrong("statements", name, f"a tag has not the keys {sorted(_TAG_KEYS)}")
        if name not in self.words:
            self._wrong("statements", name, f"no words in locale/{_SOURCE_LANGUAGE}.yaml")

    def _predicate(self, statement: str, raw: Any) -> Predicate:
        name: str
        value: Any
        name, value = (raw, None) if isinstance(raw, str) else next(iter(raw.items()))
        if name not in NAMES or (isinstance(raw, dict) and len(raw) != 1):
            self._wrong("statements", statement, f"unknown predicate {name}")
            return Predicate("always")
        if name in COMBINING:
            return Predicate(name, {}, tuple(self._predicate(statement, part) for part in value))
        if name == "level":
            ((topic, levels),) = value.items()
            levels = [levels] if isinstance(levels, str) else levels
            for level in levels or [None]:
                self._levels("statements", statement, {topic: level})
            return Predicate(name, {"topic": topic, "levels": tuple(levels)})
        if name == "finding":
            return Predicate(name, self._finding(statement, value))
        if name == "patient":
            self._only("statements", statement, value, _NO_LIMITS)
            self._sexes("statements", statement, value.get("sex_not", ()))
            return Predicate(name, {**_NO_LIMITS, **value})
        return Predicate(name)

    def _finding(self, statement: str, raw: Any) -> dict[str, Any]:
        raw = {"factor": raw} if isinstance(raw, str) else raw
        self._only("statements", statement, raw, _FINDING_KEYS)
        factor = self.factors.get(raw["factor"])
        qualifiers = tuple(raw.get("qualifiers", ()))
        if factor is None:
            self._wrong("statements", statement, f"unknown risk factor {raw['factor']}")
        else:
            known = {u.qualifier for u in factor.value_sets} | {b.qualifier for b in factor.bands}
            for qualifier in sorted(set(qualifiers) - known):
                self._wrong("statements", statement, f"unknown qualifier {qualifier}")
        return {
            "factor": raw["factor"],
            "qualifiers": qualifiers,
            "certain": bool(raw.get("certain", False)),
            "even_withheld": bool(raw.get("even_withheld", False)),
        }

    def _check_words(self, statements: Iterable[Statement]) -> None:
        for section in self.sections:
            if f"section-{section}" not in self.words:
                self._wrong("pack", section, "its heading has no words")
        used = {statement.id for statement in statements}
        for language, words in self.catalogues.items():
            for name, text in words.items():
                if str(name).partition("-")[0] not in _OTHER_WORDS and name not in used:
                    self.problems.append(f"locale/{language}.yaml: {name}: says nothing")
                if not isinstance(text, str) or not text.strip():
                    self.problems.append(f"locale/{language}.yaml: {name}: is no text")


_OTHER_WORDS = frozenset({"section", "sheet", "figure", "site", "emergency"})
