"""How far an entry of the record is still true on a given day.

In: a Condition or a Medicine, and the day. Out: `Status.PRESENT`, `Status.POSSIBLE`, or None for
what is no longer (or never was) so. Where the record contradicts itself, or leaves out what
decides, the answer is POSSIBLE, which votes as present does but is never told to the patient as a
fact.
Sources: FHIR R4 (Condition, MedicationStatement, MedicationRequest), US Core medication list.
"""

from __future__ import annotations

from datetime import date

from fhir_handout.dates import Span, plus
from fhir_handout.model import Status
from fhir_handout.pack_model import ValueSetUse
from fhir_handout.patient_record import Condition, Medicine, Resource

_NOT_SO = {"refuted", "entered-in-error"}
_SURE = {None, "confirmed"}
_ACTIVE = {"active", "recurrence", "relapse"}
_INACTIVE = {"inactive", "remission", "resolved"}
_NOT_TAKEN = {"entered-in-error", "stopped", "cancelled", "not-taken", "draft"}
_MAYBE_TAKEN = {"on-hold", "unknown", "intended"}
_NOT_ORDERED = {"proposal", "option"}
_PATIENTS_OWN = frozenset({"health-concern"})


def condition_status(
    condition: Condition, use: ValueSetUse, today: date, is_backed: bool = False
) -> Status | None:
    """Whether the condition holds today, given how long this kind of condition lasts.

    `is_backed`: the record shows something else with which an old date takes nothing from it.
    """
    if is_ruled_out(condition):
        return None
    if use.lasts == "ever":
        return Status.POSSIBLE if is_unsure(condition) else Status.PRESENT
    if _is_over(latest_date(condition), use, today):
        return None
    status = _clinically(condition, today)
    if status is None:
        return Status.POSSIBLE if use.lasts == "always" else None
    has_faded = not is_backed and _has_faded(latest_date(condition), use.fades_after, today)
    sure = not is_unsure(condition) and _has_begun(condition.onset, today) and not has_faded
    began = first_date(condition)
    dated = isinstance(use.lasts, str) or (began and began.first >= plus(today, -use.lasts))
    return status if sure and dated else Status.POSSIBLE


def dated_status(condition: Condition, today: date) -> Status | None:
    """Whether a condition holds of which something else tells that it can't be over yet."""
    if is_ruled_out(condition):
        return None
    status = _clinically(condition, today)
    sure = not is_unsure(condition) and _has_begun(condition.onset, today)
    return status if sure or status is None else Status.POSSIBLE


def after_it_was_over(condition: Condition, use: ValueSetUse, today: date) -> Status | None:
    """Whether a condition that is over was so not too long ago."""
    when = latest_date(condition)
    if is_ruled_out(condition) or when is None or _is_over(when, use, today):
        return None
    return Status.POSSIBLE


def is_ruled_out(condition: Condition) -> bool:
    """Whether the record itself says that this is not so."""
    return condition.verification_status in _NOT_SO


def is_unsure(condition: Condition) -> bool:
    """Whether the record calls it no more than a suspicion or a worry, or changes its meaning."""
    is_worry = condition.categories == _PATIENTS_OWN
    unsure = condition.verification_status not in _SURE
    return unsure or is_worry or _is_modified(condition.resource)


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


def medicine_status(
    medicine: Medicine,
    today: date,
    fades_after: int | None = None,
    supply_fades_after: int | None = None,
) -> Status | None:
    """Whether the medicine is taken today.

    An order of more than `fades_after` days ago that says nothing of its end is possible, and so is
    one whose supply ran out more than `supply_fades_after` days ago.
    """
    if medicine.status in _NOT_TAKEN or medicine.intent in _NOT_ORDERED:
        return None
    if medicine.resource.get("doNotPerform") is True:
        return None
    if _has_ended(medicine, today):
        return Status.POSSIBLE if _is_supplied(medicine, today) else None
    if medicine.inpatient and medicine.once and _is_past(medicine, today):
        return None
    if _has_faded(medicine.supplied_until, supply_fades_after, today):
        return Status.POSSIBLE
    if _is_unsure_use(medicine) or _may_have_stopped(medicine, today, fades_after):
        return Status.POSSIBLE
    return Status.PRESENT if _has_begun(medicine.start, today) else Status.POSSIBLE


def _has_ended(medicine: Medicine, today: date) -> bool:
    if medicine.end is None:
        return medicine.status == "completed"
    return medicine.end.last < today


def _is_supplied(medicine: Medicine, today: date) -> bool:
    """Whether what was supplied, refills counted, lasts until today."""
    return medicine.supplied_until is not None and medicine.supplied_until.last >= today


def _is_unsure_use(medicine: Medicine) -> bool:
    if medicine.status in _MAYBE_TAKEN or _is_modified(medicine.resource):
        return True
    # What is given in hospital, only once or only when needed is no use that can be relied on.
    return medicine.as_needed or medicine.inpatient or medicine.once


def _may_have_stopped(medicine: Medicine, today: date, fades_after: int | None) -> bool:
    """Whether it was written long ago without a word of its end."""
    # The start of an order's dosage says no more of its end than the order's date.
    is_order = medicine.resource.get("resourceType") == "MedicationRequest"
    is_open = medicine.end is None and (medicine.start is None or is_order)
    return is_open and _has_faded(medicine.written, fades_after, today)


def _is_past(medicine: Medicine, today: date) -> bool:
    when = medicine.start or medicine.written
    return when is not None and when.last < today


def _has_faded(when: Span | None, after: int | None, today: date) -> bool:
    return when is not None and after is not None and when.shifted(after).last < today


def _has_begun(when: Span | None, today: date) -> bool:
    return when is None or when.first <= today
