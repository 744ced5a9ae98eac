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
from fhir_handout.model import Condition, Medicine, Status, ValueSetUse

_NOT_SO = {"refuted", "entered-in-error"}
_UNSURE = {"unconfirmed", "provisional", "differential"}
_ACTIVE = {"active", "recurrence", "relapse"}
_NOT_TAKEN = {"entered-in-error", "stopped", "cancelled", "not-taken", "draft"}
_MAYBE_TAKEN = {"on-hold", "unknown", "intended"}
_TAKEN_INTENTS = {
    None,
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
    "plan",
}


def condition_status(condition: Condition, use: ValueSetUse, today: date) -> Status | None:
    """Whether the condition holds today, given how long this kind of condition lasts."""
    if is_ruled_out(condition):
        return None
    if isinstance(use.lasts, int) and _is_over(condition, use.lasts, today):
        return None
    status = _clinically(condition, today)
    if status is None:
        return Status.POSSIBLE if use.lasts == "always" else None
    sure = not is_unsure(condition) and _has_begun(condition.onset, today)
    dated = not isinstance(use.lasts, int) or latest_date(condition) is not None
    return status if sure and dated else Status.POSSIBLE


def is_ruled_out(condition: Condition) -> bool:
    """Whether the record itself says that this is not so."""
    return condition.verification_status in _NOT_SO


def is_unsure(condition: Condition) -> bool:
    """Whether the record calls it no more than a suspicion."""
    return condition.verification_status in _UNSURE


def _clinically(condition: Condition, today: date) -> Status | None:
    ended = condition.abated and _has_begun(condition.abatement, today)
    if condition.clinical_status in _ACTIVE:
        return Status.POSSIBLE if ended else Status.PRESENT
    if condition.clinical_status is None and not ended:
        return Status.POSSIBLE
    return None


def _is_over(condition: Condition, days: int, today: date) -> bool:
    latest = latest_date(condition)
    return latest is not None and latest.shifted(days).last < today


def latest_date(condition: Condition) -> Span | None:
    """The later of onset and recording, each as late as it may have been."""
    known = [span for span in (condition.onset, condition.recorded) if span]
    return max(known, key=lambda span: span.last, default=None)


def medicine_status(medicine: Medicine, today: date) -> Status | None:
    """Whether the medicine is taken today."""
    if medicine.status in _NOT_TAKEN or medicine.intent not in _TAKEN_INTENTS:
        return None
    if medicine.resource.get("doNotPerform") is True:
        return None
    if medicine.end is not None and medicine.end.last < today:
        return None
    if medicine.status == "completed" and medicine.end is None:
        return None
    if medicine.status in _MAYBE_TAKEN or medicine.as_needed:
        return Status.POSSIBLE
    return Status.PRESENT if _has_begun(medicine.start, today) else Status.POSSIBLE


def _has_begun(when: Span | None, today: date) -> bool:
    return when is None or when.first <= today
