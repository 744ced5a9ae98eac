"""The rules of a content pack that read a record: topics, measurements and risk factors.

In: tables of the right shape and the ids of the value sets. Out: the vocabulary of `pack_model`;
what names something that is not there is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fhir_handout.pack_model import (
    Answer,
    Band,
    MeasuredUse,
    Measurement,
    RiskFactor,
    Term,
    Topic,
    ValueSetUse,
    Vote,
)
from fhir_handout.pack_tables import Tables
from fhir_handout.patient_record import Part
from fhir_handout.systems import normal_unit

FOREVER = 200
"""An age in years that nobody reaches."""


class RiskFactors:
    """Builds topics, measurements and risk factors, and notes what does not fit the others."""

    def __init__(self, tables: Tables, value_sets: frozenset[str]) -> None:
        self.tables = tables
        self.value_sets = value_sets
        self.topics = {raw["id"]: _topic(raw) for raw in tables.items("topics")}
        levels = tables["topics"].get("when_unknown", {})
        self.when_unknown = self.levels("topics", "when_unknown", levels)
        measurements = tables.items("risk_factors", "measurements")
        self.measurements = {raw["id"]: self._measurement(raw) for raw in measurements}
        self.factors = {raw["id"]: self._factor(raw) for raw in tables.items("risk_factors")}
        self._check_alongside()
        self._check_afterwards()

    def _wrong(self, factor: str, what: str, at: str = "") -> None:
        self.tables.wrong("risk_factors", factor, what, at)

    def is_unknown(self, factor: str) -> bool:
        """Whether there is no such risk factor, not even a broken one."""
        return factor not in self.factors and not self.tables.is_refused("risk_factors", factor)

    def levels(self, table: str, item: str, levels: Mapping[str, str]) -> dict[str, str]:
        """The levels that there are; any other of `item` in `table` is a problem."""
        good = {}
        for topic, level in levels.items():
            if topic in self.topics and level in self.topics[topic].levels:
                good[topic] = level
            elif not self.tables.is_refused("topics", topic):
                at = level if topic in self.topics else topic
                self.tables.wrong(table, item, f"unknown level {topic} {level}", at)
        return good

    def _measurement(self, raw: Mapping[str, Any]) -> Measurement:
        low, high = map(float, raw["plausible"])
        units = {normal_unit(unit): float(factor) for unit, factor in raw["units"].items()}
        self._known_value_sets(raw["id"], [raw["value_set"]])
        return Measurement(raw["id"], raw["value_set"], units, (low, high))

    def _factor(self, raw: Mapping[str, Any]) -> RiskFactor:
        name, ages, shows_in = raw["id"], raw.get("plausible_ages"), raw["shows_in"]
        factor = RiskFactor(
            id=name,
            label=raw.get("label", name),
            shows_in=tuple(map(Part, [shows_in] if isinstance(shows_in, str) else shows_in)),
            value_sets=tuple(map(_use, raw.get("value_sets", ()))),
            answers=tuple(Answer(**answer) for answer in raw.get("answers", ())),
            measured=tuple(self._measured(name, use) for use in raw.get("measured", ())),
            term=self._term(name, raw["term"]) if "term" in raw else None,
            bands=tuple(map(_band, raw.get("bands", ()))),
            ended_by=tuple(raw.get("ended_by", ())),
            not_ended_with=tuple(raw.get("not_ended_with", ())),
            when_unknown=self._when_unknown(raw),
            confidential_under=raw.get("confidential_under"),
            plausible_ages=(ages[0], ages[1]) if ages else None,
            implausible_sexes=frozenset(raw.get("implausible_sexes", ())),
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

    def _when_unknown(self, raw: Mapping[str, Any]) -> dict[str, str]:
        if "when_unknown" in raw:
            return self.levels("risk_factors", raw["id"], raw["when_unknown"])
        return dict(self.when_unknown)

    def _known_value_sets(self, item: str, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in self.value_sets:
                self._wrong(item, f"unknown value set {name}", name)

    def _known_measurement(self, factor: str, name: str) -> None:
        if name not in self.measurements and not self.tables.is_refused("risk_factors", name):
            self._wrong(factor, f"unknown measurement {name}", name)

    def _measured(self, factor: str, raw: Mapping[str, Any]) -> MeasuredUse:
        self._known_measurement(factor, raw["measurement"])
        bounds = {name: float(raw[name]) for name in ("at_least", "below") if name in raw}
        return MeasuredUse(raw["measurement"], raw["lasts"], raw.get("qualifier"), **bounds)

    def _term(self, factor: str, raw: Mapping[str, Any]) -> Term:
        self._known_measurement(factor, raw["measured"])
        return Term(**raw)

    def _vote(self, factor: str, raw: Mapping[str, Any], known: set[str | None]) -> Vote:
        qualifiers = frozenset(raw.get("qualifiers", ()))
        for qualifier in sorted(qualifiers - known):
            self._wrong(factor, f"votes by unknown qualifier {qualifier}", qualifier)
        levels = self.levels("risk_factors", factor, raw["levels"])
        return Vote(qualifiers, levels, frozenset(raw.get("alongside", ())))

    def _check_alongside(self) -> None:
        for factor in self.factors.values():
            for other in sorted({name for vote in factor.votes for name in vote.alongside}):
                if self.is_unknown(other):
                    self._wrong(factor.id, f"votes alongside unknown {other}", other)

    def _check_afterwards(self) -> None:
        for factor in self.factors.values():
            for use in factor.value_sets:
                if use.afterwards and not self.tables.is_refused("risk_factors", use.afterwards):
                    self._check_shows(factor.id, use.afterwards, use.value_set)

    def _check_shows(self, factor: str, before: str, value_set: str) -> None:
        uses = self.factors[before].value_sets if before in self.factors else ()
        if value_set not in {use.value_set for use in uses}:
            self._wrong(factor, f"{value_set} does not show {before}", before)


def _topic(raw: Mapping[str, Any]) -> Topic:
    return Topic(raw["id"], raw.get("label", raw["id"]), tuple(raw["levels"]), dict(raw["levels"]))


def _use(raw: Mapping[str, Any]) -> ValueSetUse:
    lists = {name: tuple(raw.get(name, ())) for name in ("ended_by", "sure_with")}
    return ValueSetUse(**{**raw, **lists})


def _band(raw: Mapping[str, Any]) -> Band:
    return Band(raw["qualifier"], raw.get("at_least", 0), raw.get("under", FOREVER))
