"""What a content pack says, and when: statements, alerts for the clinician, whom it speaks to.

In: tables of the right shape, and the risk factors and topics they may name. Out: the vocabulary of
`pack_model`; what names something that is not there is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from fhir_handout.pack_model import Address, Alert, Citation, Predicate, Statement
from fhir_handout.pack_risk_factors import FOREVER, RiskFactors
from fhir_handout.pack_tables import Tables
from fhir_handout.predicates import COMBINING

KINDS = (
    *("key", "about", "cause", "why", "do", "avoid", "replace"),
    *("call", "emergency", "question", "note"),
)
"""What a statement can be: the layouts and the checks tell them apart."""

EMERGENCY = "emergency"
WARNING_KINDS = ("call", EMERGENCY)
"""Those that are warning signs, and the one that warns most."""

SIGNS = ("do", "avoid", "call", EMERGENCY)
"""The pictograms there are: of a statement of the same kind, unless it says otherwise."""

_FLAGS = ("certain", "even_withheld", "unknown_too")
_NO_LIMITS: Mapping[str, Any] = {"age_from": 0, "age_to": FOREVER, "sex_not": ()}


class Predicates:
    """Builds predicates, by the risk factors and topics there are."""

    def __init__(self, tables: Tables, known: RiskFactors) -> None:
        self.tables = tables
        self.known = known

    def predicate(self, table: str, item: str, raw: Any) -> Predicate:
        """One predicate of `item` in `table`."""
        if isinstance(raw, str):
            return Predicate(raw)
        ((name, value),) = raw.items()
        if name in COMBINING:
            parts = tuple(self.predicate(table, item, part) for part in value)
            return Predicate(name, {}, parts)
        arguments = {"level": self._level, "finding": self._finding, "patient": _patient}
        return Predicate(name, arguments[name](table, item, value))

    def _level(self, table: str, item: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        ((topic, levels),) = raw.items()
        levels = (levels,) if isinstance(levels, str) else tuple(levels)
        for level in levels:
            self.known.levels(table, item, {topic: level})
        return {"topic": topic, "levels": levels}

    def _finding(self, table: str, item: str, raw: Any) -> dict[str, Any]:
        raw = {"factor": raw} if isinstance(raw, str) else raw
        name, qualifiers = raw["factor"], tuple(raw.get("qualifiers", ()))
        if self.known.is_unknown(name):
            self.tables.wrong(table, item, f"unknown risk factor {name}", name)
        elif name in self.known.factors:
            there = self.known.factors[name].qualifiers
            for qualifier in sorted(set(qualifiers) - set(there)):
                self.tables.wrong(table, item, f"unknown qualifier {qualifier}", qualifier)
        flags = {flag: bool(raw.get(flag, False)) for flag in _FLAGS}
        return {
            "factor": name,
            "qualifiers": qualifiers,
            "withheld": raw.get("withheld"),
            **flags,
        }


def _patient(table: str, item: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {**_NO_LIMITS, **raw}


class Statements:
    """Builds what a pack says, and notes what does not fit the rest of it."""

    def __init__(self, tables: Tables, known: RiskFactors, words: Mapping[str, str] | None) -> None:
        self.tables = tables
        self.known = known
        self.words = words
        self.predicates = Predicates(tables, known)
        self.sections = tuple(tables["pack"].get("sections", ()))
        cited = tables["citations"].get("citations", {})
        self.citations = {name: _citation(name, raw) for name, raw in cited.items()}
        self.statements = tuple(map(self._statement, tables.items("statements")))
        self.alerts = tuple(map(self._alert, tables.items("alerts")))
        self.addresses = tuple(map(self._address, tables.items("pack", "addresses")))
        self._check_gives_way()

    def is_unknown_section(self, name: str) -> bool:
        """Whether there is no such section."""
        return name not in self.sections and not self.tables.is_refused("pack", "sections")

    def _statement(self, raw: Mapping[str, Any]) -> Statement:
        name = raw["id"]
        self._check_statement(name, raw)
        return Statement(
            id=name,
            kind=raw["kind"],
            section=raw["section"],
            when=self.predicates.predicate("statements", name, raw.get("when", "always")),
            topic=raw.get("topic"),
            tags=tuple(raw.get("tags", ())),
            citations=tuple(raw.get("citations", ())),
            rows=tuple(raw.get("rows", ())),
            gives_way_to=tuple(raw.get("gives_way_to", ())),
            sign=_sign(raw),
        )

    def _check_statement(self, name: str, raw: Mapping[str, Any]) -> None:
        section, topic = raw["section"], raw.get("topic")
        if self.is_unknown_section(section):
            self.tables.wrong("statements", name, f"unknown section {section}", section)
        known = topic is None or topic in self.known.topics
        if not (known or self.tables.is_refused("topics", str(topic))):
            self.tables.wrong("statements", name, f"unknown topic {topic}", str(topic))
        self._check_sources("statements", name, raw)
        if self.words is not None and name not in self.words:
            self.tables.wrong("statements", name, "no words in locale/en.yaml")

    def _check_sources(self, table: str, name: str, raw: Mapping[str, Any]) -> None:
        for citation in raw.get("citations", ()):
            known = citation in self.citations or self.tables.is_refused("citations", citation)
            if not known:
                self.tables.wrong(table, name, f"unknown citation {citation}", citation)
        for row in raw.get("rows", ()):
            if self.rows is not None and row not in self.rows:
                self.tables.wrong(table, name, f"unknown row {row}", row)

    @cached_property
    def rows(self) -> frozenset[str] | None:
        """The rows of facts that there are; None where the pack does not list them."""
        if "rows" not in self.tables.tables:
            return None
        listed = {row["id"] for row in self.tables.items("rows")}
        return frozenset(listed | self.tables.refused["rows"])

    def _alert(self, raw: Mapping[str, Any]) -> Alert:
        name = raw["id"]
        self._check_sources("alerts", name, raw)
        return Alert(
            name,
            " ".join(raw["text"].split()),
            self.predicates.predicate("alerts", name, raw["when"]),
            raw.get("urgent", False),
            tuple(raw.get("citations", ())),
            tuple(raw.get("rows", ())),
        )

    def _address(self, raw: Mapping[str, Any]) -> Address:
        return Address(raw["id"], self.predicates.predicate("pack", raw["id"], raw["when"]))

    def _check_gives_way(self) -> None:
        known = {statement.id: statement.kind for statement in self.statements}
        for statement in self.statements:
            allowed = (EMERGENCY,) if statement.kind == EMERGENCY else WARNING_KINDS
            for other in statement.gives_way_to:
                if other in known and known[other] not in allowed:
                    what = f"gives way to {other}, which warns less"
                    self.tables.wrong("statements", statement.id, what, other)
                if other not in known and not self.tables.is_refused("statements", other):
                    what = f"gives way to unknown {other}"
                    self.tables.wrong("statements", statement.id, what, other)


def _sign(raw: Mapping[str, Any]) -> str:
    sign: str = raw.get("sign", raw["kind"])
    return sign if sign in SIGNS else ""


def _citation(name: str, raw: Mapping[str, Any]) -> Citation:
    return Citation(name, raw["title"], raw.get("url", ""), raw.get("seen", "none"))
