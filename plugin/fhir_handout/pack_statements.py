"""What a content pack says, and when: statements, alerts for the clinician, whom it speaks to.

In: the parsed tables, and the risk factors and topics they may name. Out: the vocabulary of
`pack_model`; a predicate that names what is not there is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fhir_handout.pack_model import Address, Alert, Citation, Predicate, Statement
from fhir_handout.pack_risk_factors import FOREVER, RiskFactors
from fhir_handout.pack_tables import MALFORMED, Tables
from fhir_handout.predicates import COMBINING, NAMES

KINDS = (
    *("key", "about", "cause", "why", "do", "avoid", "replace"),
    *("call", "emergency", "question", "note"),
)
"""What a statement can be: the layouts and the checks tell them apart."""

_TAG_KEYS = {"topic", "action", "object"}
_FINDING_KEYS = ("factor", "qualifiers", "certain", "even_withheld", "unknown_too", "withheld")
_FLAGS = ("certain", "even_withheld", "unknown_too")
_REASONS = (None, "confidential", "implausible")
_NO_LIMITS: Mapping[str, Any] = {"age_from": 0, "age_to": FOREVER, "sex_not": ()}
_SEEN = ("source", "mirror", "none")


class Predicates:
    """Builds predicates, by the risk factors and topics there are."""

    def __init__(self, tables: Tables, known: RiskFactors) -> None:
        self.tables = tables
        self.known = known

    def predicate(self, table: str, item: str, raw: Any) -> Predicate:
        """One predicate of `item` in `table`; one that can't be is a problem, and `always`."""
        name: str
        value: Any
        name, value = (raw, None) if isinstance(raw, str) else next(iter(raw.items()))
        if name not in NAMES or (isinstance(raw, dict) and len(raw) != 1):
            self.tables.wrong(table, item, f"unknown predicate {name}")
            return Predicate("always")
        if name in COMBINING:
            parts = tuple(self.predicate(table, item, part) for part in value)
            return Predicate(name, {}, parts)
        arguments = {"level": self._level, "finding": self._finding, "patient": self._patient}
        if name in arguments:
            return Predicate(name, arguments[name](table, item, value))
        return Predicate(name)

    def _level(self, table: str, item: str, raw: Any) -> dict[str, Any]:
        ((topic, levels),) = raw.items()
        levels = [levels] if isinstance(levels, str) else levels
        for level in levels or [None]:
            self.known.levels(table, item, {topic: level})
        return {"topic": topic, "levels": tuple(levels)}

    def _patient(self, table: str, item: str, raw: Any) -> dict[str, Any]:
        self.tables.only(table, item, raw, _NO_LIMITS)
        self.known.sexes(table, item, raw.get("sex_not", ()))
        return {**_NO_LIMITS, **raw}

    def _finding(self, table: str, item: str, raw: Any) -> dict[str, Any]:
        raw = {"factor": raw} if isinstance(raw, str) else raw
        self.tables.only(table, item, raw, _FINDING_KEYS)
        factor = self.known.factors.get(raw["factor"])
        qualifiers = tuple(raw.get("qualifiers", ()))
        if factor is None:
            self.tables.wrong(table, item, f"unknown risk factor {raw['factor']}")
        else:
            for qualifier in sorted(set(qualifiers) - set(factor.qualifiers)):
                self.tables.wrong(table, item, f"unknown qualifier {qualifier}")
        reason = raw.get("withheld")
        if reason not in _REASONS:
            self.tables.wrong(table, item, f"unknown reason to withhold {reason}")
        flags = {flag: bool(raw.get(flag, False)) for flag in _FLAGS}
        return {"factor": raw["factor"], "qualifiers": qualifiers, "withheld": reason, **flags}


class Statements:
    """Builds what a pack says, and notes what does not fit the rest of it."""

    def __init__(self, tables: Tables, known: RiskFactors, words: Mapping[str, str]) -> None:
        self.tables = tables
        self.known = known
        self.words = words
        self.predicates = Predicates(tables, known)
        self.sections = tuple(tables["pack"].get("sections") or ())
        self.citations = dict(self._citations())
        self.statements = tuple(tables.each("statements", self._statement))
        self.alerts = tuple(tables.each("alerts", self._alert)) if tables["alerts"] else ()
        self.addresses = tuple(self._addresses())
        self._check_gives_way()

    def _citations(self) -> Iterator[tuple[str, Citation]]:
        for name, raw in (self.tables["citations"].get("citations") or {}).items():
            try:
                self.tables.only("citations", name, raw, ("title", "url", "seen"))
                found = Citation(name, raw["title"], raw.get("url", ""), raw.get("seen", "none"))
            except MALFORMED as error:
                self.tables.wrong("citations", name, f"malformed ({type(error).__name__})")
                continue
            if found.seen not in _SEEN:
                self.tables.wrong("citations", name, f"seen is none of {', '.join(_SEEN)}")
            yield name, found

    def _statement(self, raw: Mapping[str, Any]) -> Statement:
        name = raw["id"]
        self._check_statement(name, raw)
        return Statement(
            id=name,
            kind=raw.get("kind", ""),
            section=raw.get("section", ""),
            when=self.predicates.predicate("statements", name, raw.get("when", "always")),
            topic=raw.get("topic"),
            tags=tuple(raw.get("tags", ())),
            citations=tuple(raw.get("citations", ())),
            rows=tuple(raw.get("rows", ())),
            gives_way_to=tuple(raw.get("gives_way_to", ())),
        )

    def _check_statement(self, name: str, raw: Mapping[str, Any]) -> None:
        self.tables.fits("statements", name, raw, Statement)
        allowed = {"section": self.sections, "kind": KINDS, "topic": (None, *self.known.topics)}
        for key, values in allowed.items():
            if raw.get(key) not in values:
                self.tables.wrong("statements", name, f"unknown {key} {raw.get(key)}")
        self._check_citations("statements", name, raw)
        if any(set(tag) != _TAG_KEYS for tag in raw.get("tags", ())):
            self.tables.wrong("statements", name, f"a tag has not the keys {sorted(_TAG_KEYS)}")
        if name not in self.words:
            self.tables.wrong("statements", name, "no words in locale/en.yaml")

    def _check_citations(self, table: str, name: str, raw: Mapping[str, Any]) -> None:
        for citation in raw.get("citations", ()):
            if citation not in self.citations:
                self.tables.wrong(table, name, f"unknown citation {citation}")

    def _alert(self, raw: Mapping[str, Any]) -> Alert:
        name = raw["id"]
        self.tables.fits("alerts", name, raw, Alert)
        self._check_citations("alerts", name, raw)
        return Alert(
            name,
            " ".join(raw["text"].split()),
            self.predicates.predicate("alerts", name, raw["when"]),
            raw.get("urgent", False) is True,
            tuple(raw.get("citations", ())),
            tuple(raw.get("rows", ())),
        )

    def _addresses(self) -> Iterator[Address]:
        for raw in self.tables["pack"].get("addresses") or ():
            try:
                self.tables.only("pack", raw["id"], raw, ("id", "when"))
                when = self.predicates.predicate("pack", raw["id"], raw["when"])
                yield Address(raw["id"], when)
            except MALFORMED as error:
                self.tables.wrong("pack", "addresses", f"malformed ({type(error).__name__})")

    def _check_gives_way(self) -> None:
        known = {statement.id for statement in self.statements}
        for statement in self.statements:
            for other in statement.gives_way_to:
                if other not in known:
                    self.tables.wrong("statements", statement.id, f"gives way to unknown {other}")
