"""How far an entry of the record is still true on a given day.

In: a Condition or a Medicine, and the day. Out: `Status.PRESENT`, `Status.POSSIBLE`, or None for
what is no longer (or never was) so. Where the record contradicts itself, or leaves out what
decides, the answer is POSSIBLE, which votes as present does but is never told to the patient as a
fact.
Sources: FHIR R4 (Condition, MedicationStatement, MedicationRequest), US Core medication list.
"""

from __future__ import annotations

from datetime import date

from fhir_handout.dates import Span
from fhir_handout.model import Condition, Medicine, Resource, Status, ValueSetUse

_NOT_SO = {"refuted", "entered-in-error"}
_SURE = {None, "confirmed"}
_ACTIVE = {"active", "recurrence", "relapse"}
_INACTIVE = {"inactive", "remission", "resolved"}
_NOT_TAKEN = {"entered-in-error", "stopped", "cancelled", "not-taken", "draft"}
_MAYBE_TAKEN = {"on-hold", "unknown", "intended"}
_NOT_ORDERED = {"proposal", "option"}


def condition_status(condition: Condition, use: ValueSetUse, today: date) -> Status | None:
    """Whether the condition holds today, given how long this kind of condition lasts."""
    if is_ruled_out(condition):
        return None
    if _is_over(latest_date(condition), use, today):
        return None
    status = _clinically(condition, today)
    if status is None:
        return Status.POSSIBLE if use.lasts == "always" else None
    sure = not is_unsure(condition) and _has_begun(condition.onset, today)
    began = first_date(condition)
    dated = isinstance(use.lasts, str) or (began and not _is_over(began, use, today))
    return status if sure and dated else Status.POSSIBLE


def is_ruled_out(condition: Condition) -> bool:
    """Whether the record itself says that this is not so."""
    return condition.verification_status in _NOT_SO


def is_unsure(condition: Condition) -> bool:
    """Whether the record calls it no more than a suspicion, or changes its meaning."""
    return condition.verification_status not in _SURE or _is_modified(condition.resource)


def _clinically(condition: Condition, today: date) -> Status | None:
    if condition.clinical_status in _ACTIVE:
        ended = condition.abated and _has_begun(condition.abatement, today)
        return Status.POSSIBLE if ended else Status.PRESENT
    if condition.clinical_status in _INACTIVE or _is_abated(condition, today):
        return None
    return Status.POSSIBLE


def _is_abated(condition: Condition, today: date) -> bool:
    return condition.abated and (condition.abatement is None or condition.abatement.last <= today)


def _is_modified(resource: Resource) -> bool:
    """Whether an extension says what we don't know, and that it can't be left out."""
    return "modifierExtension" in resource


def _is_over(when: Span | None, use: ValueSetUse, today: date) -> bool:
    """Whether what lasts a number of days, and is of this date, can't be so any more."""
    if when is None or isinstance(use.lasts, str):
        return False
    return when.shifted(use.lasts).last < today


def first_date(condition: Condition) -> Span | None:
    """When it began; where only its recording is known, that."""
    return condition.onset or condition.recorded


def latest_date(condition: Condition) -> Span | None:
    """The later of onset and recording, each as late as it may have been."""
    known = [span for span in (condition.onset, condition.recorded) if span]
    return max(known, key=lambda span: span.last, default=None)


def medicine_status(medicine: Medicine, today: date) -> Status | None:
    """Whether the medicine is taken today."""
    if medicine.status in _NOT_TAKEN or medicine.intent in _NOT_ORDERED:
        return None
    if medicine.resource.get("doNotPerform") is True:
        return None
    if medicine.end is not None and medicine.end.last < today:
        return None
    if medicine.status == "completed" and medicine.end is None:
        return None
    unsure = medicine.status in _MAYBE_TAKEN or _is_modified(medicine.resource)
    if unsure or medicine.as_needed:
        return Status.POSSIBLE
    return Status.PRESENT if _has_begun(medicine.start, today) else Status.POSSIBLE


def _has_begun(when: Span | None, today: date) -> bool:
    return when is None or when.first <= today
