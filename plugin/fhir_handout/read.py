"""Step 1 of the pipeline: what an EHR answered becomes one patient's record.

In: a `RawRecord` of any entries and the patient's id. Out: a `PatientRecord`. Every entry is
looked at on its own: another patient's is passed over, a damaged one becomes a `Gap` that says
which part of the record it may hide, and the rest is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from fhir_handout import conditions, dosing, elements, medication
from fhir_handout.bundles import newest
from fhir_handout.communication import spoken_languages
from fhir_handout.elements import Damaged, first_dated, identity, moment, period
from fhir_handout.errors import HandoutError, InvalidFhir, NotAllowed, NotFound
from fhir_handout.fhir_version import other_version
from fhir_handout.names import printed_name
from fhir_handout.patient_record import (
    Encounter,
    Entry,
    Gap,
    Medicine,
    Observation,
    Part,
    PatientRecord,
    RawRecord,
    Resource,
)
from fhir_handout.references import References

T = TypeVar("T")

_PARTS = {
    "Condition": Part.CONDITIONS,
    "MedicationStatement": Part.MEDICINES,
    "MedicationRequest": Part.MEDICINES,
    "MedicationOrder": Part.MEDICINES,
    "Observation": Part.OBSERVATIONS,
    "DocumentReference": Part.DOCUMENTS,
}
_NAME = re.compile(r"[A-Za-z]+/[A-Za-z0-9._-]+")


def read_record(raw: RawRecord, patient_id: str, encounter_id: str | None = None) -> PatientRecord:
    """The record of one patient; `NotFound`, `InvalidFhir` or `NotAllowed` where there is none."""
    entries = newest(raw.entries)
    references = References(entries, raw.entries)
    patient = _patient(entries, patient_id, raw.gaps)
    own, gaps = _own_entries(entries, references, patient)
    with _refused_if_damaged("patient", patient_id):
        born = moment(patient.resource, "birthDate")
    found_conditions = _each(
        own[Part.CONDITIONS],
        Part.CONDITIONS,
        lambda e: conditions.condition(_named(e), e.resource, born),
        gaps,
    )
    medicines = _each(
        own[Part.MEDICINES], Part.MEDICINES, lambda e: _medicine(e, references, gaps), gaps
    )
    observations = _each(own[Part.OBSERVATIONS], Part.OBSERVATIONS, _observation, gaps)
    encounter = _encounter(entries, references, patient, encounter_id, gaps)
    with _refused_if_damaged("patient", patient_id):
        return PatientRecord(
            reference=patient.name or patient.full_url or "",
            name=printed_name(patient.resource),
            born=born,
            sex=elements.element(patient.resource, "gender", str),
            managing_organization=_target(patient.resource, "managingOrganization"),
            conditions=tuple(found_conditions),
            medicines=tuple(medicines),
            observations=tuple(observations),
            languages=spoken_languages(patient.resource),
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
    patients = [e for e in entries if e.type == "Patient"]
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
        "no-such-patient",
        f"Patient/{patient_id} is not in the EHR; check the id and the EHR",
    )


def _own_entries(
    entries: Iterable[Entry], references: References, patient: Entry
) -> tuple[dict[Part, list[Entry]], list[Gap]]:
    own: dict[Part, list[Entry]] = {part: [] for part in Part}
    gaps: list[Gap] = []
    for entry in entries:
        part = _PARTS.get(entry.type)
        if part is None:
            continue
        subject = entry.resource.get("subject", entry.resource.get("patient"))
        ours = references.is_patient(subject, patient) if isinstance(subject, dict) else None
        if ours is not False:
            _refuse_other_version(entry)
        if ours:
            own[part].append(entry)
        elif ours is False and references.is_merged(subject, patient):
            gaps.append(_gap(entry, "it is filed under a patient that this one replaces", part))
        elif ours is None:
            gaps.append(_gap(entry, "whose record it is can't be told from its subject", part))
    return own, gaps


def _refuse_other_version(entry: Entry) -> None:
    version = other_version(entry.resource)
    if version:
        raise InvalidFhir(
            "unsupported-fhir-version",
            f"{entry.type}{_in(entry)} is FHIR {version}; only R4 is read: "
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
    name = entry.name or ""
    what = name if _NAME.fullmatch(name) else f"a {entry.type} without an id"
    return Gap(what + _in(entry), why, frozenset({part}))


def _in(entry: Entry) -> str:
    return f" in {entry.origin}" if entry.origin else ""


def _named(entry: Entry) -> str:
    """What the entry is known by; an id that is none of FHIR's may be anything, a name even."""
    name = entry.name
    if name and not _NAME.fullmatch(name):
        return entry.type
    return name or entry.full_url or entry.type


def _target(resource: Resource, name: str) -> str | None:
    found = elements.reference(resource, name)
    return elements.element(found, "reference", str) if found else None


def _observation(entry: Entry) -> Observation:
    return Observation(_named(entry), entry.resource)


def _medicine(entry: Entry, references: References, gaps: list[Gap]) -> Medicine:
    resource = entry.resource
    contents = medication.contents(resource, references)
    gaps += [_gap(entry, why, Part.MEDICINES) for why in contents.missing]
    taken = dosing.dosing(resource, contents.medication)
    status = elements.element(resource, "status", str)
    if status is None:
        raise Damaged("status is missing")
    return Medicine(
        reference=_named(entry),
        concept=contents.concept,
        ingredients=contents.ingredients,
        status=status,
        intent=elements.element(resource, "intent", str),
        start=taken.start,
        end=taken.end,
        as_needed=taken.as_needed,
        resource=resource,
        medication=contents.medication,
        written=moment(resource, "authoredOn") or moment(resource, "dateAsserted"),
        supplied_until=taken.supplied_until,
        inpatient=taken.inpatient,
        once=taken.once,
        how_taken=taken.how_taken,
        dated=first_dated(resource, dosing.DATES),
    )


def _encounter(
    entries: Iterable[Entry],
    references: References,
    patient: Entry,
    encounter_id: str | None,
    gaps: list[Gap],
) -> Encounter | None:
    if encounter_id is None:
        return None
    wanted = f"Encounter/{encounter_id}"
    found = [e for e in entries if e.name == wanted]
    if not found or found[0].resource.get("status") == "entered-in-error":
        raise NotFound("no-such-encounter", f"{wanted} is not in the EHR; check the encounter")
    _refuse_other_version(found[0])
    with _refused_if_damaged("encounter", encounter_id):
        visit = _visit(found[0].resource, references, patient)
    try:
        reasons = elements.concepts(found[0].resource, "reasonCode")
    except Damaged as damage:
        gaps.append(_gap(found[0], str(damage), Part.ENCOUNTER))
        reasons = ()
    return replace(visit, reasons=reasons, resource=found[0].resource)


def _visit(resource: Resource, references: References, patient: Entry) -> Encounter:
    name = identity(resource) or ""
    subject = elements.reference(resource, "subject") or {}
    if references.is_patient(subject, patient) is not True:
        raise NotFound(
            "encounter-of-another-patient",
            f"{name} is not an encounter of {patient.name}; check the encounter",
        )
    when = elements.element(resource, "period", dict) or {}
    period(resource, "period")
    return Encounter(name, when.get("start"), when.get("end"), _target(resource, "serviceProvider"))
