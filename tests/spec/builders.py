"""Minimal FHIR R4 resources, each with no more than its sentence needs, and what is told of them.

Everything is about one patient on one day: a woman of 46 unless said otherwise, on TODAY.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from fhir_handout import workflow
from fhir_handout.exchange import ReadRequest
from fhir_handout.model import Correction, Handout, Moment, Site
from fhir_handout.pack import LoadedPack, load_pack
from fhir_handout.patient_record import Entry, Gap, RawRecord
from unit.handouts import looked_at

TODAY = date(2026, 11, 23)
PATIENT = "synthetic"
VISIT = "visit"

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
NDC = "http://hl7.org/fhir/sid/ndc"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOCAL = "https://ehr.example.org/formulary"
MRN = "https://ehr.example.org/identifiers/mrn"

FUROSEMIDE = "313988"
HYDROCHLOROTHIAZIDE = "310798"
SPIRONOLACTONE = "313096"
LISINOPRIL_HYDROCHLOROTHIAZIDE = "197885"

EGFR = "98979-8"
POTASSIUM = "2823-3"
SODIUM = "2951-2"
UNIT_OF = {EGFR: "mL/min/{1.73_m2}", POTASSIUM: "mmol/L", SODIUM: "mmol/L"}

Fhir = dict[str, Any]


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def weeks_ago(weeks: int) -> str:
    return days_ago(7 * weeks)


def in_days(days: int) -> str:
    return days_ago(-days)


def years_ago(years: int) -> str:
    return TODAY.replace(year=TODAY.year - years).isoformat()


def patient(born: str | None = "1980-05-05", sex: str | None = "female") -> Fhir:
    identifier = [{"system": MRN, "value": "SYNTHETIC-1"}]
    return _present(
        resourceType="Patient", id=PATIENT, identifier=identifier, birthDate=born, gender=sex
    )


def condition(
    what: str | Fhir,
    clinical: str | None = "active",
    verification: str | None = "confirmed",
    onset: str | None = None,
    recorded: str | None = None,
    abated: str | None = None,
    subject: Fhir | None = None,
    **elements: Any,
) -> Fhir:
    """A Condition: its ICD-10-CM code, or a CodeableConcept."""
    return (
        _present(
            resourceType="Condition",
            clinicalStatus=_status("condition-clinical", clinical),
            verificationStatus=_status("condition-ver-status", verification),
            code=coded((ICD, what)) if isinstance(what, str) else what,
            subject=ours() if subject is None else subject,
            onsetDateTime=onset,
            recordedDate=recorded,
            abatementDateTime=abated,
        )
        | elements
    )


def pregnant(**elements: str) -> Fhir:
    return condition("Z34.90", **elements)


def statement(
    medicine: str | Fhir = FUROSEMIDE, status: str | None = "active", **more: Any
) -> Fhir:
    """A MedicationStatement of a medicine: its RxNorm code, or a CodeableConcept."""
    return _medicine("MedicationStatement", medicine, "effectivePeriod", status=status, **more)


def request(medicine: str | Fhir = FUROSEMIDE, status: str | None = "active", **more: Any) -> Fhir:
    """A MedicationRequest, an order unless said otherwise; its period is that of its dosage."""
    return _medicine("MedicationRequest", medicine, None, status=status, **more)


def _medicine(
    kind: str,
    medicine: str | Fhir,
    period_name: str | None,
    *,
    start: str | None = None,
    end: str | None = None,
    as_needed: bool = False,
    intent: str | None = None,
    **elements: Any,
) -> Fhir:
    period = _present(start=start, end=end)
    dosage: Fhir = {"text": "one tablet"}
    if as_needed:
        dosage["asNeededBoolean"] = True
    if period and period_name is None:
        dosage["timing"] = {"repeat": {"boundsPeriod": period}}
    is_order = kind == "MedicationRequest"
    return {
        **_present(
            resourceType=kind,
            medicationCodeableConcept=(
                coded((RXNORM, medicine)) if isinstance(medicine, str) else medicine
            ),
            subject=ours(),
            intent=intent or ("order" if is_order else None),
        ),
        "dosageInstruction" if is_order else "dosage": [dosage],
        **({period_name: period} if period and period_name else {}),
        **_present(**elements),
    }


def observation(loinc: str, when: str | None = None, status: str = "final", **more: Any) -> Fhir:
    """An Observation; its value is among `more`, as FHIR names it."""
    return _present(
        resourceType="Observation",
        status=status,
        code=coded((LOINC, loinc)),
        subject=ours(),
        effectiveDateTime=when,
        **more,
    )


def lab(
    loinc: str,
    value: float,
    when: str | None = "2026-10-24",
    unit: str | None = None,
    comparator: str | None = None,
    **more: Any,
) -> Fhir:
    """A laboratory result of last month, in its usual unit unless said otherwise."""
    found = quantity(value, UNIT_OF[loinc] if unit is None else unit, comparator)
    return observation(loinc, when, valueQuantity=found, **more)


def quantity(value: float, unit: str, comparator: str | None = None) -> Fhir:
    ucum = {"system": UCUM, "code": unit} if unit else {}
    return _present(value=value, unit=unit or None, comparator=comparator, **ucum)


def encounter(*reasons: Fhir, status: str = "finished", **more: Any) -> Fhir:
    """The visit a handout is given at, for these reasons."""
    visit = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    found = {"resourceType": "Encounter", "id": VISIT, "status": status, "class": visit}
    return {**found, "subject": ours(), **_present(reasonCode=list(reasons) or None), **more}


def coded(*codings: tuple[str, ...], words: str | None = None) -> Fhir:
    """A CodeableConcept of these codings, (system, code) or (system, code, display)."""
    names = ("system", "code", "display")
    listed = [dict(zip(names, coding, strict=False)) for coding in codings]
    return {"coding": listed} | (text(words) if words else {})


def snomed(code: str, display: str | None = None) -> Fhir:
    return coded((SNOMED, code, display) if display else (SNOMED, code))


def categories(*codes: str) -> list[Fhir]:
    """What a Condition is filed as."""
    url = "http://terminology.hl7.org/CodeSystem/condition-category"
    return [coded((url, code)) for code in codes]


def ours() -> Fhir:
    return {"reference": f"Patient/{PATIENT}"}


def text(words: str) -> Fhir:
    return {"text": words}


def _status(system: str, code: str | None) -> Fhir | None:
    url = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [{"system": url, "code": code}]} if code else None


def _present(**elements: Any) -> Fhir:
    return {name: value for name, value in elements.items() if value is not None}


YOUNG_WOMAN = patient(born="1995-02-02")


class _Answers:
    """An EHR that answers one record."""

    name = "an EHR of one record"

    def __init__(self, raw: RawRecord) -> None:
        self._raw = raw

    def read(self, request: ReadRequest) -> RawRecord:
        return self._raw

    def read_document(self, document_id: str) -> Entry:
        raise NotImplementedError

    def write(self, transaction: Any) -> tuple[str, ...]:
        raise NotImplementedError


@cache
def pack() -> LoadedPack:
    """The pack that ships, read once."""
    return load_pack()


def prepared(
    *resources: Fhir,
    gaps: tuple[Gap, ...] = (),
    confirm_sensitive: bool = False,
    corrections: tuple[Correction, ...] = (),
) -> workflow.Prepared:
    """The handout of a record of these resources; the patient is added where none is given.

    It is given at the visit where there is one.
    """
    record = list(resources)
    if not any(resource["resourceType"] == "Patient" for resource in record):
        record.insert(0, patient())
    named = [{"id": f"r{number}", **resource} for number, resource in enumerate(record)]
    raw = RawRecord(tuple(Entry(resource) for resource in named), gaps)
    visit = VISIT if any(resource["id"] == VISIT for resource in named) else None
    asked = workflow.Request(
        PATIENT,
        visit,
        Moment.on(TODAY),
        pack(),
        Site(),
        confirm_sensitive=confirm_sensitive,
        corrections=corrections,
    )
    if corrections:
        shown = workflow.assessed(_Answers(raw), replace(asked, corrections=())).findings
        asked = replace(asked, corrections=tuple(looked_at(shown, each) for each in corrections))
    return workflow.prepare(_Answers(raw), asked)


def handout_of(*resources: Fhir, gaps: tuple[Gap, ...] = ()) -> Handout:
    return prepared(*resources, gaps=gaps).handout


def statuses(handout: Handout, factor: str) -> dict[str | None, str]:
    """How sure each finding of a factor is, by its qualifier."""
    return {f.qualifier: str(f.status) for f in handout.findings.of(factor)}


def found(handout: Handout) -> dict[str, str]:
    """Everything found but the age, by `factor` or `factor.qualifier`, and how sure it is."""
    return {
        ".".join(filter(None, (f.risk_factor, f.qualifier))): str(f.status)
        for f in handout.findings.findings
        if f.votes and f.risk_factor != "age"
    }


def status(handout: Handout, factor: str) -> str:
    """How sure the one finding of a factor is."""
    (found,) = statuses(handout, factor).values()
    return found


def levels(handout: Handout) -> dict[str, str]:
    return {topic: reached.level for topic, reached in handout.levels.items()}


def said(handout: Handout) -> set[str]:
    return {advice.statement for advice in handout.advice}


def reasons(handout: Handout) -> set[str]:
    """The personal lines that say why."""
    return {a.statement for a in handout.advice if a.section == "for-you" and a.kind == "why"}
