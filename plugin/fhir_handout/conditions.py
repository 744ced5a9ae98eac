"""What a Condition says, as far as it bears on risk.

In: a Condition and the patient's birth date. Out: a `Condition`, or `Damaged` with the place where
it is not FHIR. Onset and abatement come as a date of any precision, an age, a period, a range of
ages, or words; an age counts from the birth date, words tell only that there was one.
Source: FHIR R4, Condition.onset[x] and Condition.abatement[x].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_handout import dates, elements
from fhir_handout.codes import UNREADABLE, says_anything
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged, element, first_dated, moment, period
from fhir_handout.patient_record import Condition, Resource

_KINDS = ("DateTime", "Age", "Period", "Range", "String")
_ONSETS, _ABATEMENTS = (
    frozenset(f"{name}{kind}" for kind in _KINDS) for name in ("onset", "abatement")
)
_NEVER: tuple[Span | None, Span | None] = (None, None)
_DATES = ("onsetDateTime", "onsetPeriod", "recordedDate")
_DAYS_OF = {"a": 365.25, "mo": 30.44, "wk": 7.0, "d": 1.0}
"""The units of time FHIR allows for an Age, in UCUM."""


def condition(reference: str, resource: Resource, born: Span | None) -> Condition:
    """The Condition that `resource` is, known as `reference`."""
    concept = elements.concept(resource, "code")
    if concept is None or not says_anything(concept):
        raise Damaged(UNREADABLE)
    has_abated = not _ABATEMENTS.isdisjoint(resource)
    has_begun = not _ONSETS.isdisjoint(resource)
    onset, _ = _when(resource, "onset", born) if has_begun else _NEVER
    abated_from, abated_until = _when(resource, "abatement", born) if has_abated else _NEVER
    categories = elements.concepts(resource, "category")
    return Condition(
        reference=reference,
        concept=concept,
        clinical_status=elements.code_in(resource, "clinicalStatus"),
        verification_status=_verification(resource),
        onset=onset,
        recorded=moment(resource, "recordedDate"),
        abated=has_abated,
        abatement=abated_until or abated_from,
        resource=resource,
        categories=frozenset(c.code.strip().lower() for found in categories for c in found.codings),
        dated=first_dated(resource, _DATES),
    )


def _verification(resource: Resource) -> str | None:
    """The code of verificationStatus, None where absent; empty where there are only words."""
    found = elements.code_in(resource, "verificationStatus")
    return "" if found is None and "verificationStatus" in resource else found


def _when(resource: Resource, name: str, born: Span | None) -> tuple[Span | None, Span | None]:
    """The beginning and the end that an onset or abatement tells; words tell neither."""
    start, end = period(resource, f"{name}Period")
    told = moment(resource, f"{name}DateTime") or _at_age(resource, f"{name}Age", born)
    element(resource, f"{name}String", str)
    return told or start or _at_ages(resource, f"{name}Range", born), end


def _at_age(resource: Resource, name: str, born: Span | None) -> Span | None:
    found = element(resource, name, dict)
    return _after_birth(found, found, born) if found else None


def _at_ages(resource: Resource, name: str, born: Span | None) -> Span | None:
    found = element(resource, name, dict) or {}
    low, high = element(found, "low", dict), element(found, "high", dict)
    either = low or high
    return _after_birth(low or either, high or either, born) if either else None


def _after_birth(
    low: Mapping[str, Any] | None, high: Mapping[str, Any] | None, born: Span | None
) -> Span | None:
    """The days on which somebody has these ages, each counted up to the next birthday."""
    least, most = _days(low or {}), _days(high or {})
    if born is None or least is None or most is None:
        return None
    first, last = dates.plus(born.first, least[0]), dates.plus(born.last, most[1])
    return Span(min(first, last), max(first, last))


def _days(age: Mapping[str, Any]) -> tuple[float, float] | None:
    """An age in days, and the last day on which one still has it."""
    value = age.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Damaged("an age has no value") if value is not None else Damaged("an age is empty")
    unit = _DAYS_OF.get(str(age.get("code") or "a"))
    return (value * unit, (value + 1) * unit) if unit else None
