"""The rules of a content pack: from parsed tables to the vocabulary, with every mistake named.

In: the parsed YAML tables, the ids of the value sets, the catalogues. Out: a `ContentPack`; the
problems found are added to the list given, as `file: id: what is wrong`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from fhir_handout.pack_model import (
    Answer,
    Band,
    ContentPack,
    MeasuredUse,
    Measurement,
    Predicate,
    RiskFactor,
    Statement,
    Term,
    Topic,
    ValueSetUse,
    Vote,
)
from fhir_handout.patient_record import Part
from fhir_handout.predicates import COMBINING, NAMES
from fhir_handout.systems import normal_unit

T = TypeVar("T")

_SOURCE_LANGUAGE = "en"
_FOREVER = 200
KINDS = ("about", "cause", "why", "do", "avoid", "replace", "call", "emergency", "note")
_SEXES = frozenset({"male", "female", "other", "unknown"})  # FHIR's administrative-gender
_LASTS = ("until_resolved", "always", "ever")
_WORD_LISTS = (
    "negating_words",
    "local_use_words",
    "systemic_use_words",
    "other_names",
    "void_texts",
    "doubting_words",
    "condition_negating_words",
    "condition_other_names",
    "condition_excluded_words",
)
_FADING = ("medicines_fade_after", "supplies_fade_after")
_TAG_KEYS = {"topic", "action", "object"}
_FINDING_KEYS = ("factor", "qualifiers", "certain", "even_withheld")
_NO_LIMITS: Mapping[str, Any] = {"age_from": 0, "age_to": _FOREVER, "sex_not": ()}
_TABLE_KEYS = {
    "pack": ("id", "version", "review", "sections", *_WORD_LISTS, "local_use_counts_for"),
    "topics": ("topics", "when_unknown"),
    "risk_factors": ("risk_factors", "measurements", *_FADING),
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
        self.measurements: dict[str, Measurement] = {}
        self.factors: dict[str, RiskFactor] = {}

    def content(self, digest: str) -> ContentPack:
        self.measurements = {m.id: m for m in self._measurements()}
        self.factors = {factor.id: factor for factor in self._each("risk_factors", self._factor)}
        self._check_alongside()
        self._check_afterwards()
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
            self.measurements,
            *(self._days(name, self.tables["risk_factors"]) for name in _FADING),
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

    def _unique(self, table: str, rows: Any = None) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        rows = self.tables[table].get(table) if rows is None else rows
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

    def _measurements(self) -> Iterator[Measurement]:
        rows = self.tables["risk_factors"].get("measurements")
        for raw in self._unique("risk_factors", rows) if rows is not None else ():
            self._fits("risk_factors", raw["id"], raw, Measurement)
            try:
                low, high = map(float, raw["plausible"])
                units = {normal_unit(str(unit)): float(f) for unit, f in raw["units"].items()}
                found = Measurement(raw["id"], raw["value_set"], units, (low, high))
            except _MALFORMED as error:
                self._wrong("risk_factors", raw["id"], f"malformed ({type(error).__name__})")
                continue
            self._known_value_sets(raw["id"], [found.value_set])
            yield found

    def _factor(self, raw: Mapping[str, Any]) -> RiskFactor:
        name = raw["id"]
        self._fits("risk_factors", name, raw, RiskFactor)
        ages = raw.get("plausible_ages")
        sexes = self._sexes("risk_factors", name, raw.get("implausible_sexes", ()))
        shows_in = raw["shows_in"]
        factor = RiskFactor(
            id=name,
            label=raw.get("label", name),
            shows_in=tuple(map(Part, [shows_in] if isinstance(shows_in, str) else shows_in)),
            value_sets=tuple(self._use(name, use) for use in raw.get("value_sets", ())),
            answers=tuple(self._answer(name, answer) for answer in raw.get("answers", ())),
            measured=tuple(self._measured(name, use) for use in raw.get("measured", ())),
            term=self._term(name, raw["term"]) if "term" in raw else None,
            bands=tuple(self._band(name, band) for band in raw.get("bands", ())),
            ended_by=tuple(raw.get("ended_by", ())),
            not_ended_with=tuple(raw.get("not_ended_with", ())),
            when_unknown=self._levels(
                "risk_factors",
                name,
                raw.get("when_unknown", self.tables["topics"].get("when_unknown", {})),
            ),
            confidential_under=raw.get("confidential_under"),
            plausible_ages=(ages[0], ages[1]) if ages else None,
            implausible_sexes=frozenset(sexes),
        )
        known = set(factor.qualifiers)
        votes = tuple(self._vote(name, vote, known) for vote in raw.get("votes", ()))
        self._known_value_sets(
            name,
            (
                *factor.coded_value_sets,
                *factor.due_date_value_sets,
                *factor.answered_value_sets,
            ),
        )
        return replace(factor, votes=votes)

    def _known_value_sets(self, item: str, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in self.value_sets:
                self._wrong("risk_factors", item, f"unknown value set {name}")

    def _days(self, name: str, raw: Mapping[str, Any], item: str = "") -> int | None:
        """A number of days, or None where there is none."""
        days: Any = raw.get(name)
        if days is None or (type(days) is int and days >= 1):
            return days
        self._wrong("risk_factors", item or name, f"{name} is no number of days: {days}")
        return None

    def _answer(self, factor: str, raw: Mapping[str, Any]) -> Answer:
        self._fits("risk_factors", factor, raw, Answer)
        ends = raw.get("ends", False) is True
        lasts = self._days("lasts", raw, factor)
        if lasts is None and not ends:
            self._wrong("risk_factors", factor, "an answer that shows it needs lasts, in days")
        return Answer(raw["value_set"], raw["answer"], raw.get("qualifier"), lasts or 0, ends)

    def _measured(self, factor: str, raw: Mapping[str, Any]) -> MeasuredUse:
        self._fits("risk_factors", factor, raw, MeasuredUse)
        if raw["measurement"] not in self.measurements:
            self._wrong("risk_factors", factor, f"unknown measurement {raw['measurement']}")
        lasts = self._days("lasts", raw, factor)
        if lasts is None:
            self._wrong("risk_factors", factor, "a result needs lasts, in days")
        bounds = {name: float(raw[name]) for name in ("at_least", "below") if name in raw}
        if not bounds:
            self._wrong("risk_factors", factor, "a result needs at_least, below, or both")
        return MeasuredUse(raw["measurement"], lasts or 0, raw.get("qualifier"), **bounds)

    def _term(self, factor: str, raw: Mapping[str, Any]) -> Term:
        self._fits("risk_factors", factor, raw, Term)
        grace, whole = (self._days(name, raw, factor) for name in ("grace", "whole"))
        if raw["measured"] not in self.measurements:
            self._wrong("risk_factors", factor, f"unknown measurement {raw['measured']}")
        return Term(raw["due_dates"], raw["weeks"], raw["measured"], grace or 0, whole or 0)

    def _use(self, factor: str, raw: Mapping[str, Any]) -> ValueSetUse:
        self._fits("risk_factors", factor, raw, ValueSetUse)
        lasts = raw.get("lasts", _LASTS[0])
        if lasts not in _LASTS and (type(lasts) is not int or lasts < 1):
            self._wrong("risk_factors", factor, f"lasts is neither {_LASTS} nor days: {lasts}")
        ended_after = raw.get("ended_after", 0)
        if type(ended_after) is not int or ended_after < 0:
            self._wrong("risk_factors", factor, f"ended_after is no number of days: {ended_after}")
        return ValueSetUse(
            raw["value_set"],
            raw.get("qualifier"),
            lasts,
            tuple(raw.get("ended_by", ())),
            ended_after,
            self._days("fades_after", raw, factor),
            tuple(raw.get("sure_with", ())),
            raw.get("afterwards"),
            raw.get("broad", False) is True,
        )

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
        for name in _WORD_LISTS:
            for word in self.tables["pack"].get(name, ()):
                if not isinstance(word, str):  # YAML reads a bare no, off or on as a truth value
                    self._wrong("pack", name, f"{word!r} is no word; put it in quotes")

    def _check_alongside(self) -> None:
        for factor in self.factors.values():
            for other in {name for vote in factor.votes for name in vote.alongside}:
                if other not in self.factors:
                    self._wrong("risk_factors", factor.id, f"votes alongside unknown {other}")

    def _check_afterwards(self) -> None:
        for factor in self.factors.values():
            for use in factor.value_sets:
                before = self.factors.get(use.afterwards or factor.id)
                shown = [other.value_set for other in before.value_sets] if before else []
                if use.value_set not in shown:
                    what = f"{use.value_set} does not show {use.afterwards}"
                    self._wrong("risk_factors", factor.id, what)

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
            for qualifier in sorted(set(qualifiers) - set(factor.qualifiers)):
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
