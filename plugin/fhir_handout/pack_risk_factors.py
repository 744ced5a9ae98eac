"""The rules of a content pack that read a record: topics, measurements and risk factors.

In: the parsed tables and the ids of the value sets. Out: the vocabulary of `pack_model`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from fhir_handout.pack_tables import MALFORMED, Tables
from fhir_handout.patient_record import Part
from fhir_handout.systems import normal_unit

FOREVER = 200
"""An age in years that nobody reaches."""

_SEXES = frozenset({"male", "female", "other", "unknown"})  # FHIR's administrative-gender
_LASTS = ("until_resolved", "always", "ever")


class RiskFactors:
    """Builds topics, measurements and risk factors, and notes what does not fit the others."""

    def __init__(self, tables: Tables, value_sets: frozenset[str]) -> None:
        self.tables = tables
        self.value_sets = value_sets
        self.topics = {topic.id: topic for topic in tables.each("topics", self._topic)}
        self.measurements = {m.id: m for m in self._measurements()}
        self.factors = {f.id: f for f in tables.each("risk_factors", self._factor)}
        self._check_alongside()
        self._check_afterwards()

    def _wrong(self, factor: str, what: str) -> None:
        self.tables.wrong("risk_factors", factor, what)

    def levels(self, table: str, item: str, levels: Mapping[str, str]) -> dict[str, str]:
        good = {}
        for topic, level in levels.items():
            if topic not in self.topics or level not in self.topics[topic].levels:
                self.tables.wrong(table, item, f"unknown level {topic} {level}")
            else:
                good[topic] = level
        return good

    def _topic(self, raw: Mapping[str, Any]) -> Topic:
        self.tables.only("topics", raw["id"], raw, ("id", "label", "levels"))
        meanings = dict(raw["levels"].items())
        return Topic(raw["id"], raw.get("label", raw["id"]), tuple(meanings), meanings)

    def _measurements(self) -> Iterator[Measurement]:
        rows = self.tables["risk_factors"].get("measurements")
        for raw in self.tables.unique("risk_factors", rows) if rows is not None else ():
            self.tables.fits("risk_factors", raw["id"], raw, Measurement)
            try:
                low, high = map(float, raw["plausible"])
                units = {normal_unit(str(unit)): float(f) for unit, f in raw["units"].items()}
                found = Measurement(raw["id"], raw["value_set"], units, (low, high))
            except MALFORMED as error:
                self._wrong(raw["id"], f"malformed ({type(error).__name__})")
                continue
            self._known_value_sets(raw["id"], [found.value_set])
            yield found

    def _factor(self, raw: Mapping[str, Any]) -> RiskFactor:
        name = raw["id"]
        self.tables.fits("risk_factors", name, raw, RiskFactor)
        ages = raw.get("plausible_ages")
        sexes = self.sexes("risk_factors", name, raw.get("implausible_sexes", ()))
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
            when_unknown=self.levels(
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
                self._wrong(item, f"unknown value set {name}")

    def days(self, name: str, raw: Mapping[str, Any], item: str = "") -> int | None:
        """A number of days, or None where there is none."""
        days: Any = raw.get(name)
        if days is None or (type(days) is int and days >= 1):
            return days
        self._wrong(item or name, f"{name} is no number of days: {days}")
        return None

    def _answer(self, factor: str, raw: Mapping[str, Any]) -> Answer:
        self.tables.fits("risk_factors", factor, raw, Answer)
        ends = raw.get("ends", False) is True
        lasts = self.days("lasts", raw, factor)
        if lasts is None and not ends:
            self.tables.wrong(
                "risk_factors", factor, "an answer that shows it needs lasts, in days"
            )
        return Answer(raw["value_set"], raw["answer"], raw.get("qualifier"), lasts or 0, ends)

    def _measured(self, factor: str, raw: Mapping[str, Any]) -> MeasuredUse:
        self.tables.fits("risk_factors", factor, raw, MeasuredUse)
        if raw["measurement"] not in self.measurements:
            self._wrong(factor, f"unknown measurement {raw['measurement']}")
        lasts = self.days("lasts", raw, factor)
        if lasts is None:
            self._wrong(factor, "a result needs lasts, in days")
        bounds = {name: float(raw[name]) for name in ("at_least", "below") if name in raw}
        if not bounds:
            self._wrong(factor, "a result needs at_least, below, or both")
        return MeasuredUse(raw["measurement"], lasts or 0, raw.get("qualifier"), **bounds)

    def _term(self, factor: str, raw: Mapping[str, Any]) -> Term:
        self.tables.fits("risk_factors", factor, raw, Term)
        grace, whole = (self.days(name, raw, factor) for name in ("grace", "whole"))
        if raw["measured"] not in self.measurements:
            self._wrong(factor, f"unknown measurement {raw['measured']}")
        return Term(raw["due_dates"], raw["weeks"], raw["measured"], grace or 0, whole or 0)

    def _use(self, factor: str, raw: Mapping[str, Any]) -> ValueSetUse:
        self.tables.fits("risk_factors", factor, raw, ValueSetUse)
        lasts = raw.get("lasts", _LASTS[0])
        if lasts not in _LASTS and (type(lasts) is not int or lasts < 1):
            self.tables.wrong(
                "risk_factors", factor, f"lasts is neither {_LASTS} nor days: {lasts}"
            )
        ended_after = raw.get("ended_after", 0)
        if type(ended_after) is not int or ended_after < 0:
            self.tables.wrong(
                "risk_factors", factor, f"ended_after is no number of days: {ended_after}"
            )
        return ValueSetUse(
            raw["value_set"],
            raw.get("qualifier"),
            lasts,
            tuple(raw.get("ended_by", ())),
            ended_after,
            self.days("fades_after", raw, factor),
            tuple(raw.get("sure_with", ())),
            raw.get("afterwards"),
            raw.get("broad", False) is True,
        )

    def _band(self, factor: str, raw: Mapping[str, Any]) -> Band:
        self.tables.fits("risk_factors", factor, raw, Band)
        return Band(raw["qualifier"], raw.get("at_least", 0), raw.get("under", FOREVER))

    def sexes(self, table: str, item: str, sexes: Iterable[str]) -> tuple[str, ...]:
        for sex in sorted(set(sexes) - _SEXES):
            self.tables.wrong(table, item, f"unknown sex {sex}")
        return tuple(sexes)

    def _vote(self, factor: str, raw: Mapping[str, Any], known: set[str | None]) -> Vote:
        self.tables.fits("risk_factors", factor, raw, Vote)
        qualifiers = frozenset(raw.get("qualifiers", ()))
        for qualifier in sorted(qualifiers - known):
            self._wrong(factor, f"votes by unknown qualifier {qualifier}")
        levels = self.levels("risk_factors", factor, raw["levels"])
        return Vote(qualifiers, levels, frozenset(raw.get("alongside", ())))

    def _check_alongside(self) -> None:
        for factor in self.factors.values():
            for other in {name for vote in factor.votes for name in vote.alongside}:
                if other not in self.factors:
                    self._wrong(factor.id, f"votes alongside unknown {other}")

    def _check_afterwards(self) -> None:
        for factor in self.factors.values():
            for use in factor.value_sets:
                before = self.factors.get(use.afterwards or factor.id)
                shown = [other.value_set for other in before.value_sets] if before else []
                if use.value_set not in shown:
                    what = f"{use.value_set} does not show {use.afterwards}"
                    self._wrong(factor.id, what)
