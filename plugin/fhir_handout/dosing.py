"""When and how a medicine is taken.

In: a MedicationStatement or MedicationRequest. Out: the period it is taken in, how long its supply
lasts, whether only when needed, only once or in hospital, and the words of its form or route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout import elements
from fhir_handout.dates import Span
from fhir_handout.elements import concept, concepts, element, moment, objects, period
from fhir_handout.patient_record import Concept, Resource

DATES = ("effectivePeriod", "effectiveDateTime", "authoredOn", "dateAsserted")
_DAYS_OF = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 31, "a": 366}


@dataclass(frozen=True, slots=True)
class Dosing:
    """When a medicine is taken, and how, as far as its entry says."""

    start: Span | None
    end: Span | None
    supplied_until: Span | None
    as_needed: bool
    once: bool
    inpatient: bool
    how_taken: tuple[str, ...]


def dosing(resource: Resource, medication: Resource | None) -> Dosing:
    """When and how `resource` says that it, or the Medication it refers to, is taken."""
    dosages = objects(resource, "dosage") + objects(resource, "dosageInstruction")
    timings = [element(dosage, "timing", dict) or {} for dosage in dosages]
    start, end = period(resource, "effectivePeriod")
    start = start or moment(resource, "effectiveDateTime")
    begun = start or moment(resource, "authoredOn")
    dispense = element(resource, "dispenseRequest", dict) or {}
    return Dosing(
        start=start or _first_dose(timings),
        end=end or _last_dose(timings, begun) or period(dispense, "validityPeriod")[1],
        supplied_until=_supplied_until(resource, dispense) if dispense else None,
        as_needed=bool(dosages) and all(map(_as_needed, dosages)),
        once=bool(timings) and all(map(_is_once, timings)),
        inpatient=_is_inpatient(resource),
        how_taken=_how_taken(dosages, medication),
    )


def _first_dose(timings: list[dict[str, Any]]) -> Span | None:
    """The start of the first of several dosages; None where one of them has no start."""
    repeats = [element(timing, "repeat", dict) or {} for timing in timings]
    known = [start for repeat in repeats if (start := period(repeat, "boundsPeriod")[0])]
    return min(known, key=lambda s: s.first) if known and len(known) == len(repeats) else None


def _last_dose(timings: list[dict[str, Any]], begun: Span | None) -> Span | None:
    """The end of the last of several dosages; None where one of them has no end."""
    ends = [_end(timing, begun) for timing in timings]
    known = [end for end in ends if end]
    return max(known, key=lambda s: s.last) if known and len(known) == len(ends) else None


def _end(timing: Mapping[str, Any], begun: Span | None) -> Span | None:
    """The end of a dosage's period or duration, or the last of the moments it lists."""
    if not timing:
        return None
    repeat = element(timing, "repeat", dict) or {}
    events = [moment({"event": text}, "event") for text in element(timing, "event", list) or []]
    listed = max((e for e in events if e), key=lambda span: span.last, default=None)
    days = _days(element(repeat, "boundsDuration", dict) or {})
    lasted = begun.shifted(int(days)) if begun and days else None
    return period(repeat, "boundsPeriod")[1] or lasted or listed


def _supplied_until(resource: Resource, dispense: Mapping[str, Any]) -> Span | None:
    """The day the supply of a request ends, its repeats counted; None where it does not say."""
    days = _days(element(dispense, "expectedSupplyDuration", dict) or {})
    written = moment(resource, "authoredOn")
    repeats = dispense.get("numberOfRepeatsAllowed", 0)
    if not days or written is None or isinstance(repeats, bool) or not isinstance(repeats, int):
        return None
    return written.shifted(days * (1 + max(repeats, 0)))


def _days(supply: Mapping[str, Any]) -> float | None:
    value, unit = supply.get("value"), supply.get("code") or supply.get("unit") or "d"
    factor = _DAYS_OF.get(str(unit).lower())
    if isinstance(value, bool) or not isinstance(value, int | float) or factor is None:
        return None
    return value * factor


def _as_needed(dosage: Mapping[str, Any]) -> bool:
    """Whether a dosage is only for when it is needed."""
    reason = concept(dosage, "asNeededCodeableConcept")
    return reason is not None or element(dosage, "asNeededBoolean", bool) is True


def _is_once(timing: Mapping[str, Any]) -> bool:
    """Whether a dosage is a single dose."""
    return (element(timing, "repeat", dict) or {}).get("count") == 1


def _is_inpatient(resource: Resource) -> bool:
    """Whether the entry says that it is given in hospital."""
    category = resource.get("category")
    if category is None:
        return False
    if isinstance(category, dict):  # a MedicationStatement has one, a MedicationRequest several
        found: tuple[Concept, ...] = (elements.concept_of(category),)
    else:
        found = concepts(resource, "category")
    return any(coding.code.strip().lower() == "inpatient" for c in found for coding in c.codings)


def _how_taken(dosages: list[dict[str, Any]], medication: Resource | None) -> tuple[str, ...]:
    """The words of the form, or of the one way in which every dosage is taken."""
    form = concept(medication, "form") if medication else None
    if form:
        return _words(form)
    routes = [concept(dosage, "route") for dosage in dosages]
    told = [_words(route) for route in routes if route]
    is_one = told and len(told) == len(routes) and all(other == told[0] for other in told)
    return told[0] if is_one else ()


def _words(found: Concept) -> tuple[str, ...]:
    return (found.text, *(coding.display for coding in found.codings))
