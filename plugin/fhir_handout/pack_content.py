"""The rules of a content pack: from parsed tables to the vocabulary, with every mistake named.

In: the parsed YAML tables, the ids of the value sets, the catalogues. Out: a `ContentPack`; the
problems found are added to the list given, as `file: id: what is wrong`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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

_SOURCE_LANGUAGE = "en"
_FOREVER = 200
KINDS = ("about", "cause", "why", "do", "avoid", "replace", "call", "emergency", "note")


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
        self.words = catalogues.get(_SOURCE_LANGUAGE, {})
        self.problems = problems
        self.sections = tuple(tables["pack"].get("sections", ()))
        self.topics = {t["id"]: _topic(t) for t in tables["topics"].get("topics", ())}
        self.citations = tables["citations"].get("citations", {})
        self.factors: dict[str, RiskFactor] = {}

    def content(self, digest: str) -> ContentPack:
        for raw in self._unique("risk_factors"):
            self.factors[raw["id"]] = self._factor(raw)
        self._check_alongside()
        statements = tuple(self._statement(raw) for raw in self._unique("statements"))
        self._check_words(statements)
        pack = self.tables["pack"]
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

    def _unique(self, table: str) -> Iterable[dict[str, Any]]:
        seen: set[str] = set()
        for raw in self.tables[table].get(table, ()):
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

    def _factor(self, raw: Mapping[str, Any]) -> RiskFactor:
        uses = tuple(
            ValueSetUse(use["value_set"], use.get("qualifier"), use.get("lasts", "until_resolved"))
            for use in raw.get("value_sets", ())
        )
        bands = tuple(
            Band(b["qualifier"], b.get("at_least", 0), b.get("under", _FOREVER))
            for b in raw.get("bands", ())
        )
        ended_by, unless = tuple(raw.get("ended_by", ())), tuple(raw.get("not_ended_with", ()))
        for name in (*(use.value_set for use in uses), *ended_by, *unless):
            if name not in self.value_sets:
                self._wrong("risk_factors", raw["id"], f"unknown value set {name}")
        qualifiers = {use.qualifier for use in uses} | {band.qualifier for band in bands}
        ages = raw.get("plausible_ages")
        return RiskFactor(
            id=raw["id"],
            label=raw.get("label", raw["id"]),
            shows_in=Part(raw["shows_in"]),
            value_sets=uses,
            bands=bands,
            ended_by=ended_by,
            not_ended_with=unless,
            votes=tuple(self._vote(raw["id"], vote, qualifiers) for vote in raw.get("votes", ())),
            when_unknown=self._levels(
                "risk_factors",
                raw["id"],
                raw.get("when_unknown", self.tables["topics"].get("when_unknown", {})),
            ),
            confidential_under=raw.get("confidential_under"),
            plausible_ages=(ages[0], ages[1]) if ages else None,
            implausible_sexes=frozenset(raw.get("implausible_sexes", ())),
        )

    def _vote(self, factor: str, raw: Mapping[str, Any], known: set[str | None]) -> Vote:
        qualifiers = frozenset(raw.get("qualifiers", ()))
        for qualifier in sorted(qualifiers - known):
            self._wrong("risk_factors", factor, f"votes by unknown qualifier {qualifier}")
        levels = self._levels("risk_factors", factor, raw["levels"])
        return Vote(qualifiers, levels, frozenset(raw.get("alongside", ())))

    def _check_alongside(self) -> None:
        for factor in self.factors.values():
            for other in {name for vote in factor.votes for name in vote.alongside}:
                if other not in self.factors:
                    self._wrong("risk_factors", factor.id, f"votes alongside unknown {other}")

    def _statement(self, raw: Mapping[str, Any]) -> Statement:
        name = raw["id"]
        if raw.get("section") not in self.sections:
            self._wrong("statements", name, f"unknown section {raw.get('section')}")
        if raw.get("kind") not in KINDS:
            self._wrong("statements", name, f"unknown kind {raw.get('kind')}")
        if raw.get("topic") not in (None, *self.topics):
            self._wrong("statements", name, f"unknown topic {raw.get('topic')}")
        for citation in raw.get("citations", ()):
            if citation not in self.citations:
                self._wrong("statements", name, f"unknown citation {citation}")
        if name not in self.words:
            self._wrong("statements", name, f"no words in locale/{_SOURCE_LANGUAGE}.yaml")
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
            topic, levels = next(iter(value.items()))
            levels = [levels] if isinstance(levels, str) else levels
            for level in levels:
                self._levels("statements", statement, {topic: level})
            return Predicate(name, {"topic": topic, "levels": tuple(levels)})
        if name == "finding":
            return Predicate(name, self._finding(statement, value))
        if name == "patient":
            limits = {"age_from": 0, "age_to": _FOREVER, "sex_not": (), **value}
            return Predicate(name, limits)
        return Predicate(name)

    def _finding(self, statement: str, raw: Any) -> dict[str, Any]:
        raw = {"factor": raw} if isinstance(raw, str) else raw
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
        for name in self.words:
            if name.partition("-")[0] not in _OTHER_WORDS and name not in used:
                self.problems.append(f"locale/{_SOURCE_LANGUAGE}.yaml: {name}: says nothing")


_OTHER_WORDS = frozenset({"section", "sheet", "figure", "site", "emergency"})


def _topic(raw: Mapping[str, Any]) -> Topic:
    levels = raw["levels"]
    return Topic(raw["id"], raw.get("label", raw["id"]), tuple(levels), levels)
