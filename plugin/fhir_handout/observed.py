"""Step 2b: what the Observations say whose codes matter.

In: the Observations of a record, the value sets, and which of those are `Wanted`. Out: a `Reading`
for each final result, an amount in its measurement's own unit; and a gap for each that is damaged.
A panel's results are read from its components. `newest` keeps those that no later one has replaced.
Source: FHIR R4, Observation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import nextafter
from typing import Any

from fhir_handout import dates
from fhir_handout.codes import CodeIndex, Match
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged, concept, element, first_dated, moment, objects, period
from fhir_handout.pack_model import Measurement, Wanted
from fhir_handout.patient_record import Concept, Dated, Gap, Observation, Part, Resource
from fhir_handout.systems import normal_unit
from fhir_handout.validation import problem

_FINAL = frozenset({"final", "amended", "corrected"})
_STATUSES = _FINAL | {"registered", "preliminary", "cancelled", "entered-in-error", "unknown"}
_DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_WRITTEN = re.compile(r"(<=|>=|<|>|≤|≥)?\s*(\d+(?:[.,]\d+)?)\s*(.*)", re.DOTALL)
_SAME_SIGN = {"≤": "<=", "≥": ">="}
_INFINITE = float("inf")
_NONE: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A measured amount as the bounds it lies in, both included; `text` is as it was written."""

    low: float
    high: float
    unit: str
    text: str


Value = Amount | Concept | Span
"""What a result can say before it is known what is asked."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One result: the value set its code is in, its value, and when it held.

    A coded value is given by the value sets it is in. A normal result is no evidence of anything,
    but may replace one that was.
    """

    reference: str
    match: Match
    value: Amount | Span | tuple[str, ...]
    when: Span | None
    instant: datetime | None
    dated: Dated
    resource: Resource
    is_evidence: bool = True


def readings(
    observations: Iterable[Observation], codes: CodeIndex, wanted: Wanted, gaps: list[Gap]
) -> Iterator[Reading]:
    """Every result whose code is in one of the `wanted` value sets; what is damaged is a gap."""
    names = wanted.value_sets
    listed = codes.listed_codes(names)
    for observation in observations:
        if not _may_matter(observation.resource, listed):
            continue
        try:
            yield from _of_observation(observation, codes, wanted, names)
        except Damaged as damage:
            hidden = frozenset({Part.OBSERVATIONS})
            gaps.append(Gap(observation.reference, str(damage), hidden))


def _may_matter(part: Mapping[str, Any], listed: frozenset[str]) -> bool:
    """Whether a result, or one of its components, may have a listed code.

    Most have none, and are not looked at further. What is not plainly FHIR may have any.
    """
    try:
        codings = part["code"].get("coding", _NONE)
        codes = [coding["code"].strip() for coding in codings]
        if codings is not _NONE and (codings.__class__ is not list or not codes):
            return True
        inner = part.get("component", ())
        if not listed.isdisjoint(codes) or not all(map(str.isascii, codes)):
            return True  # a code with an invisible character may be a listed one
        return any(_may_matter(part, listed) for part in inner)
    except (AttributeError, KeyError, TypeError, RecursionError):
        return True


def _of_observation(
    observation: Observation, codes: CodeIndex, wanted: Wanted, names: frozenset[str]
) -> Iterator[Reading]:
    resource = observation.resource
    about = concept(resource, "code")
    if about is None:
        raise Damaged("code is missing")
    matches = _matches(about, codes, names)
    parts = [(match, resource) for match in matches]
    for component in objects(resource, "component") if "component" in resource else ():
        found = concept(component, "code")
        if found is None:
            raise Damaged("a component has no code")
        parts += [(match, component) for match in _matches(found, codes, names)]
    if not parts or not _stands(resource):
        return
    when, instant = _when(resource)
    dated = first_dated(resource, _DATES)
    for match, part in parts:
        told = _value(part)
        value = _as_asked(told, match.value_set, wanted, codes) if told is not None else None
        if value:
            shows = _may_show(value, wanted.shown_by.get(match.value_set))
            yield Reading(
                observation.reference, match, value, when, instant, dated, resource, shows
            )


def _may_show(value: object, ranges: tuple[tuple[float, float], ...] | None) -> bool:
    if ranges is None or not isinstance(value, Amount):
        return True
    return any(value.low < below and value.high >= at_least for at_least, below in ranges)


def _matches(found: Concept, codes: CodeIndex, names: frozenset[str]) -> list[Match]:
    return [match for match in codes.matches(found) if match.value_set in names]


def _as_asked(
    told: Value, value_set: str, wanted: Wanted, codes: CodeIndex
) -> Amount | Span | tuple[str, ...]:
    """The value in the form its value set is asked for; empty where it is no answer of ours."""
    measurement = wanted.amounts.get(value_set)
    if measurement and isinstance(told, Amount):
        return _in_own_unit(told, measurement)
    if value_set in wanted.dates and isinstance(told, Span):
        return told
    if value_set in wanted.answers and isinstance(told, Concept):
        return _coded_answer(told, codes)
    raise Damaged("its value is of another kind than its code asks for")


def _coded_answer(told: Concept, codes: CodeIndex) -> tuple[str, ...]:
    """The value sets an answer is in; one in words alone may mean any of them."""
    if not any(coding.code.strip() for coding in told.codings):
        raise Damaged("its answer has no code")
    return tuple(match.value_set for match in codes.matches(told))


def _in_own_unit(told: Amount, measurement: Measurement) -> Amount:
    factor = measurement.units.get(normal_unit(told.unit))
    if factor is None:
        raise Damaged("its unit is missing or can't be converted")
    low, high = told.low * factor, told.high * factor
    least, most = measurement.plausible
    if low > most or high < least:
        raise Damaged("its value can't be right")
    return Amount(low, high, told.unit, told.text)


def _stands(resource: Resource) -> bool:
    status = element(resource, "status", str)
    if status not in _STATUSES:
        raise Damaged("status is missing or none of FHIR's")
    if "modifierExtension" in resource:
        raise Damaged("an extension changes its meaning in a way not known here")
    return status in _FINAL


def _when(resource: Resource) -> tuple[Span | None, datetime | None]:
    """When it held: effective before issued, a period by its end."""
    start, end = period(resource, "effectivePeriod")
    when = moment(resource, "effectiveDateTime") or end or start
    when = when or moment(resource, "effectiveInstant") or moment(resource, "issued")
    text = first_dated(resource, _DATES).text
    return when, dates.instant(text) if "effectivePeriod" not in resource else None


def _value(part: Mapping[str, Any]) -> Value | None:
    """What the result says; None where it says why it has none."""
    quantity = element(part, "valueQuantity", dict)
    if quantity is not None:
        return _quantity(quantity)
    coded = concept(part, "valueCodeableConcept")
    if coded is not None:
        return coded
    told = moment(part, "valueDateTime") or period(part, "valuePeriod")[0]
    if told is not None:
        return told
    return _other_value(part)


def _other_value(part: Mapping[str, Any]) -> Value | None:
    whole = element(part, "valueInteger", int)
    if whole is not None:
        return Amount(whole, whole, "", str(whole))
    text = element(part, "valueString", str)
    if text is not None:
        return _written(text)
    if "component" in part or "hasMember" in part or concept(part, "dataAbsentReason"):
        return None
    raise Damaged("it has neither a value that can be read nor the reason why")


def _quantity(quantity: Mapping[str, Any]) -> Amount:
    value = quantity.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Damaged("valueQuantity.value is missing or no number")
    unit = element(quantity, "code", str) or element(quantity, "unit", str) or ""
    shown = element(quantity, "unit", str) or unit
    return _amount(element(quantity, "comparator", str) or "", float(value), unit, shown)


def _written(text: str) -> Amount | Concept:
    """A number that somebody wrote as text, with its comparator and unit; else the words."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        return Concept((), text)
    return _amount(found[1] or "", float(found[2].replace(",", ".")), found[3], found[3])


def _amount(comparator: str, value: float, unit: str, shown: str) -> Amount:
    sign = _SAME_SIGN.get(comparator, comparator)
    text = f"{comparator}{value:g} {shown}".strip()
    if sign not in _BOUNDS:
        raise Damaged("its comparator is none of FHIR's")
    low, high = _BOUNDS[sign](value)
    return Amount(low, high, unit, text)


_BOUNDS: Mapping[str, Callable[[float], tuple[float, float]]] = {
    "": lambda value: (value, value),
    "<": lambda value: (-_INFINITE, nextafter(value, -_INFINITE)),
    "<=": lambda value: (-_INFINITE, value),
    ">": lambda value: (nextafter(value, _INFINITE), _INFINITE),
    ">=": lambda value: (value, _INFINITE),
}


def newest(found: Iterable[Reading], today: date, gaps: list[Gap]) -> list[Reading]:
    """The readings that stand: none is surely later, and each that may be evidence is valid FHIR.

    One of no date, or of a day to come, replaces none and is replaced by none.
    """
    left = list(found)
    kept = _unreplaced(left, today)
    if any(r.is_evidence and problem(r.resource) for r in kept):
        hidden = frozenset({Part.OBSERVATIONS})
        flaws = [(r, problem(r.resource) if r.is_evidence else None) for r in left]
        gaps += [Gap(r.reference, why, hidden) for r, why in flaws if why]
        kept = _unreplaced([r for r, why in flaws if not why], today)
    return kept


def _unreplaced(found: list[Reading], today: date) -> list[Reading]:
    known = [r for r in found if r.when and r.when.first <= today]
    instant = max((r.instant for r in known if r.instant), default=None)
    day = _latest_day(known)
    day_alone = _latest_day([r for r in known if not r.instant])
    replaced = {
        id(r)
        for r in known
        if (_is_earlier(r, instant, day_alone) if r.instant else _ends_before(r, day))
    }
    if len(replaced) == len(known):  # days of zones far apart can come in a circle
        return list(found)
    return [r for r in found if id(r) not in replaced]


def _is_earlier(reading: Reading, instant: datetime | None, day: date | None) -> bool:
    """Whether one of a known instant is earlier than that instant, or than that day.

    Its day is no measure beside another instant: days of several zones overlap.
    """
    is_before = reading.instant is not None and instant is not None and reading.instant < instant
    return is_before or _ends_before(reading, day)


def _ends_before(reading: Reading, day: date | None) -> bool:
    return bool(day and reading.when and reading.when.last < day)


def _latest_day(found: Iterable[Reading]) -> date | None:
    return max((r.when.first for r in found if r.when), default=None)
