"""Step 1 of the pipeline: what an EHR answered becomes one patient's record.

In: a `RawRecord` of any entries and the patient's id. Out: a `PatientRecord`. Every entry is
looked at on its own: another patient's is passed over, a damaged one becomes a `Gap` that says
which part of the record it may hide, and the rest is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fhir_handout import elements, medication
from fhir_handout.bundles import newest
from fhir_handout.codes import is_readable
from fhir_handout.elements import Damaged, identity, moment, period, resource_type
from fhir_handout.errors import HandoutError, InvalidFhir, NotAllowed, NotFound
from fhir_handout.fhir_version import other_version
from fhir_handout.model import (
    Condition,
    Encounter,
    Entry,
    Gap,
    Medicine,
    Part,
    PatientRecord,
    RawRecord,
    Resource,
)
from fhir_handout.names import printed_name
from fhir_handout.references import References

T = TypeVar("T")

_PARTS = {
    "Condition": Part.CONDITIONS,
    "MedicationStatement": Part.MEDICINES,
    "MedicationRequest": Part.MEDICINES,
    "MedicationOrder": Part.MEDICINES,
    "DocumentReference": Part.DOCUMENTS,
}
_ABATEMENT = tuple(f"abatement{kind}" for kind in ("DateTime", "Age", "Period", "Range", "String"))
_NAME = re.compile(r"[A-Za-z]+/[A-Za-z0-9.-]+")


def read_record(raw: RawRecord, patient_id: str, encounter_id: str | None = None) -> PatientRecord:
    """The record of one patient; `NotFound`, `InvalidFhir` or `NotAllowed` where there is none."""
    entries = newest(raw.entries)
    references = References(entries, raw.entries)
    patient = _patient(entries, patient_id, raw.gaps)
    own, gaps = _own_entries(entries, references, patient)
    conditions = _each(own[Part.CONDITIONS], Part.CONDITIONS, _condition, gaps)
    medicines = _each(
        own[Part.MEDICINES], Part.MEDICINES, lambda e: _medicine(e, references, gaps), gaps
    )
    encounter = _encounter(entries, references, patient, encounter_id)
    with _refused_if_damaged("patient", patient_id):
        return PatientRecord(
            reference=identity(patient.resource) or patient.full_url or "",
            name=printed_name(patient.resource),
            born=moment(patient.resource, "birthDate"),
            sex=elements.element(patient.resource, "gender", str),
            managing_organization=_target(patient.resource, "managingOrganization"),
            conditions=tuple(conditions),
            medicines=tuple(medicines),
            encounter=encounter,
            documents=tuple(entry.resource for entry in own[Part.DOCUMENTS]),
            gaps=(*raw.gaps, *gaps),
        )


@contextmanager
def _refused_if_damaged(kind: str, named: str) -> Iterator[None]:
    """Nothing is made of a damaged Patient, or of a damaged Encounter that was asked for."""
    try:
        yield
    except Damaged as damage:
        raise InvalidFhir(
            f"invalid-{kind}",
            f"{kind.capitalize()}/{named} is not valid FHIR R4: {damage}; mend it",
        ) from None


def _patient(entries: Iterable[Entry], patient_id: str, gaps: tuple[Gap, ...]) -> Entry:
    patients = [e for e in entries if resource_type(e.resource) == "Patient"]
    wanted = [e for e in patients if _is_named(e, patient_id)]
    if not wanted:
        raise _no_patient(patient_id, [gap for gap in gaps if Part.PATIENT in gap.hides])
    if len(wanted) > 1:
        raise InvalidFhir(
            "patient-twice",
            f"Patient/{patient_id} is there {len(wanted)} times with different content; keep one",
        )
    _refuse_other_version(wanted[0])
    with _refused_if_damaged("patient", patient_id):
        dead = elements.element(wanted[0].resource, "deceasedBoolean", bool)
        died = elements.element(wanted[0].resource, "deceasedDateTime", str)
    if dead or died:
        raise NotAllowed(
            "patient-deceased",
            f"Patient/{patient_id} is recorded as deceased; no handout is made or attached",
        )
    return wanted[0]


def _is_named(entry: Entry, patient_id: str) -> bool:
    if entry.resource.get("id") is not None:
        return bool(entry.resource["id"] == patient_id)
    url = entry.full_url or ""
    return bool(url) and patient_id in (url, url.rsplit("/", 1)[-1], url.removeprefix("urn:uuid:"))


def _no_patient(patient_id: str, gaps: list[Gap]) -> HandoutError:
    if gaps:
        more = f" (and {len(gaps) - 1} more)" if len(gaps) > 1 else ""
        return InvalidFhir(
            "patient-unreadable",
            f"Patient/{patient_id} was not found, and may be in what can't be read: "
            f"{gaps[0].what}: {gaps[0].why}{more}; mend that first",
        )
    return NotFound(
        "no-such-patient", f"Patient/{patient_id} is not in the EHR; check the id and --ehr"
    )


def _own_entries(
    entries: Iterable[Entry], references: References, patient: Entry
) -> tuple[dict[Part, list[Entry]], list[Gap]]:
    own: dict[Part, list[Entry]] = {part: [] for part in Part}
    gaps: list[Gap] = []
    for entry in entries:
        part = _PARTS.get(resource_type(entry.resource))
        if part is None:
            continue
        subject = entry.resource.get("subject", entry.resource.get("patient"))
        ours = references.is_patient(subject, patient) if isinstance(subject, dict) else None
        if ours is not False:
            _refuse_other_version(entry)
        if ours:
            own[part].append(entry)
        elif ours is None:
            gaps.append(_gap(entry, "whose record it is can't be told from its subject", part))
    return own, gaps


def _refuse_other_version(entry: Entry) -> None:
    version = other_version(entry.resource)
    if version:
        raise InvalidFhir(
            "unsupported-fhir-version",
            f"{resource_type(entry.resource)}{_in(entry)} is FHIR {version}; only R4 is read: "
            "convert the record to R4 first",
        )


def _each(
    entries: list[Entry], part: Part, parse: Callable[[Entry], T], gaps: list[Gap]
) -> Iterator[T]:
    for entry in entries:
        try:
            yield parse(entry)
        except Damaged as damage:
            gaps.append(_gap(entry, str(damage), part))


def _gap(entry: Entry, why: str, part: Part) -> Gap:
    name = identity(entry.resource) or ""
    what = name if _NAME.fullmatch(name) else f"a {resource_type(entry.resource)} without an id"
    return Gap(what + _in(entry), why, frozenset({part}))


def _in(entry: Entry) -> str:
    return f" in {entry.origin}" if entry.origin else ""


def _named(entry: Entry) -> str:
    return identity(entry.resource) or entry.full_url or resource_type(entry.resource)


def _target(resource: Resource, name: str) -> str | None:
    found = elements.reference(resource, name)
    return elements.element(found, "reference", str) if found else None


def _condition(entry: Entry) -> Condition:
    resource = entry.resource
    concept = elements.concept(resource, "code")
    if concept is None or not is_readable(concept):
        raise Damaged("it has neither a code in a known system nor readable text")
    start, _ = period(resource, "onsetPeriod")
    abatement_start, abatement_end = period(resource, "abatementPeriod")
    return Condition(
        reference=_named(entry),
        concept=concept,
        clinical_status=elements.code_in(resource, "clinicalStatus"),
        verification_status=elements.code_in(resource, "verificationStatus"),
        onset=moment(resource, "onsetDateTime") or start,
        recorded=moment(resource, "recordedDate"),
        abated=any(name in resource for name in _ABATEMENT),
        abatement=moment(resource, "abatementDateTime") or abatement_end or abatement_start,
        resource=resource,
    )


def _medicine(entry: Entry, references: References, gaps: list[Gap]) -> Medicine:
    resource = entry.resource
    contents = medication.contents(resource, references)
    gaps += [_gap(entry, why, Part.MEDICINES) for why in contents.missing]
    start, end = medication.taken_during(resource)
    status = elements.element(resource, "status", str)
    if status is None:
        raise Damaged("status is missing")
    return Medicine(
        reference=_named(entry),
        concept=contents.concept,
        ingredients=contents.ingredients,
        status=status,
        intent=elements.element(resource, "intent", str),
        start=start,
        end=end,
        as_needed=medication.is_as_needed(resource),
        resource=resource,
        medication=contents.medication,
    )


def _encounter(
    entries: Iterable[Entry], references: References, patient: Entry, encounter_id: str | None
) -> Encounter | None:
    if encounter_id is None:
        return None
    wanted = f"Encounter/{encounter_id}"
    found = [e for e in entries if identity(e.resource) == wanted]
    if not found or found[0].resource.get("status") == "entered-in-error":
        raise NotFound("no-such-encounter", f"{wanted} is not in the EHR; check --encounter")
    _refuse_other_version(found[0])
    with _refused_if_damaged("encounter", encounter_id):
        return _visit(found[0].resource, references, patient)


def _visit(resource: Resource, references: References, patient: Entry) -> Encounter:
    name = identity(resource) or ""
    subject = elements.reference(resource, "subject") or {}
    if references.is_patient(subject, patient) is not True:
        raise NotFound(
            "encounter-of-another-patient",
            f"{name} is not an encounter of {identity(patient.resource)}; check --encounter",
        )
    when = elements.element(resource, "period", dict) or {}
    period(resource, "period")
    return Encounter(name, when.get("start"), when.get("end"), _target(resource, "serviceProvider"))
