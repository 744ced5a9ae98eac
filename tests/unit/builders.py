"""Small synthetic FHIR R4 resources, and what is read and found of them.

Everything is about Patient/p1 on TODAY unless said otherwise. An element given as `...` is left
out; one given as None is a JSON null.
"""

from datetime import date, timedelta
from typing import Any

from fhir_handout.assess import assess
from fhir_handout.model import Findings
from fhir_handout.patient_record import (
    CLINICAL_PARTS,
    Concept,
    Entry,
    Gap,
    Medicine,
    PatientRecord,
    RawRecord,
    Resource,
)
from fhir_handout.read import read_record
from fhir_handout.references import References
from unit.handouts import TODAY, loaded

Json = dict[str, Any]

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
LOCAL = "https://ehr.example.org/codes"
MRN = "https://ehr.example.org/mrn"

END_STAGE, DIALYSIS, TRANSPLANT, FAILED_TRANSPLANT = "N18.6", "Z99.2", "Z94.0", "T86.12"
ACUTE, STAGE_3, HEART_FAILURE, DIABETES = "N17.9", "N18.30", "I50.9", "E11.9"
PREGNANT, BORN = "Z34.90", "Z37.0"
FUROSEMIDE, SPIRONOLACTONE, HYDROCHLOROTHIAZIDE = "4603", "9997", "5487"
IBUPROFEN = "5640"


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def in_days(days: int) -> str:
    return days_ago(-days)


def _whole(elements: Json) -> Json:
    return {name: value for name, value in elements.items() if value is not ...}


def coded(code: str, system: Any = ICD, **coding: Any) -> Json:
    return {"coding": [_whole({"system": system, "code": code, **coding})]}


def reference(target: str) -> Json:
    return {"reference": target}


def clinical(code: str) -> Json:
    return coded(code, "http://terminology.hl7.org/CodeSystem/condition-clinical")


def verification(code: str) -> Json:
    return coded(code, "http://terminology.hl7.org/CodeSystem/condition-ver-status")


def patient(patient_id: Any = "p1", /, **elements: Any) -> Json:
    return _whole(
        {
            "resourceType": "Patient",
            "id": patient_id,
            "name": [{"family": "Testperson", "given": ["Quillon"]}],
            "gender": "female",
            "birthDate": "1980-03-14",
            "identifier": [{"system": MRN, "value": "M-1"}],
            **elements,
        }
    )


def condition(code: str = END_STAGE, /, **elements: Any) -> Json:
    return _whole(
        {
            "resourceType": "Condition",
            "id": f"c-{code}",
            "clinicalStatus": clinical("active"),
            "subject": reference("Patient/p1"),
            "code": coded(code),
            **elements,
        }
    )


def statement(code: str = FUROSEMIDE, /, **elements: Any) -> Json:
    return _whole(
        {
            "resourceType": "MedicationStatement",
            "id": f"s-{code}",
            "status": "active",
            "subject": reference("Patient/p1"),
            "medicationCodeableConcept": coded(code, RXNORM),
            **elements,
        }
    )


def request(code: str = FUROSEMIDE, /, **elements: Any) -> Json:
    return _whole(
        {
            "resourceType": "MedicationRequest",
            "id": f"r-{code}",
            "status": "active",
            "intent": "order",
            "subject": reference("Patient/p1"),
            "medicationCodeableConcept": coded(code, RXNORM),
            **elements,
        }
    )


def referring(target: str, **elements: Any) -> Json:
    """A medicine that is in another resource."""
    return statement(
        **{
            "id": "s-referring",
            "medicationCodeableConcept": ...,
            "medicationReference": reference(target),
            **elements,
        }
    )


def medication(medication_id: str = "m1", code: Any = ..., /, **elements: Any) -> Json:
    concept = coded(code, RXNORM) if isinstance(code, str) else code
    return _whole({"resourceType": "Medication", "id": medication_id, "code": concept, **elements})


def encounter(**elements: Any) -> Json:
    return _whole(
        {
            "resourceType": "Encounter",
            "id": "e1",
            "status": "in-progress",
            "class": {"code": "AMB"},
            "subject": reference("Patient/p1"),
            **elements,
        }
    )


def bundle(*resources: Resource, **elements: Any) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **elements}


def raw(*resources: Resource | Entry, gaps: tuple[Gap, ...] = ()) -> RawRecord:
    """What an EHR gives: these resources, as they are or as entries."""
    entries = (item if isinstance(item, Entry) else Entry(item) for item in resources)
    return RawRecord(tuple(entries), gaps)


def read(*resources: Resource | Entry, of: Resource | Entry | None = None) -> PatientRecord:
    """The record of Patient/p1 with these resources."""
    return read_record(raw(of or patient(), *resources), "p1")


def whys(record: PatientRecord) -> list[str]:
    """Why there are gaps in a record."""
    return [gap.why for gap in record.gaps]


def medicine(resource: Resource, *others: Resource) -> Medicine:
    """One medicine as it is read."""
    (found,) = read(resource, *others).medicines
    return found


def found_in(
    *resources: Resource | Entry, of: Resource | Entry | None = None, today: date = TODAY
) -> Findings:
    """The findings of a record of Patient/p1 with these resources."""
    pack = loaded()
    return assess(read(*resources, of=of), pack.content, pack.codes, today)


def statuses(findings: Findings, risk_factor: str) -> dict[str | None, str]:
    """The status of each of a risk factor's qualifiers."""
    return {f.qualifier: f.status.value for f in findings.of(risk_factor)}


def shown(findings: Findings) -> set[str]:
    """The risk factors that are present or possible, age aside."""
    return {f.risk_factor for f in findings.findings if f.evidence} - {"age"}


def hidden(record: PatientRecord) -> set[str]:
    """The clinical parts that gaps may hide something of."""
    return {part.value for gap in record.gaps for part in gap.hides & CLINICAL_PARTS}


def no_others() -> References:
    """References that lead nowhere."""
    return References(())


def texts(concepts: tuple[Concept, ...]) -> list[str]:
    """The codes of concepts, or their text where they have none."""
    return [concept.codings[0].code if concept.codings else concept.text for concept in concepts]
