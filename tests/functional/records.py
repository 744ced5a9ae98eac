"""Small synthetic records, as FHIR JSON, for tests of the command line."""

import json
from pathlib import Path
from typing import Any

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
ACTIVE = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    ]
}


def patient(patient_id: str = "p1", **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "name": [{"family": "Testperson", "given": ["Quillon"]}],
        "gender": "male",
        "birthDate": "1970-03-14",
        **elements,
    }


def condition(
    code: str, patient_id: str = "p1", condition_id: str = "", **elements: Any
) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": condition_id or f"c-{code.replace('.', '-').lower()}-{patient_id}",
        "clinicalStatus": ACTIVE,
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": [{"system": ICD_10_CM, "code": code}]},
        **elements,
    }


def statement(rxcui: str, patient_id: str = "p1", **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationStatement",
        "id": f"m-{rxcui}-{patient_id}",
        "status": "active",
        "subject": {"reference": f"Patient/{patient_id}"},
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": rxcui}]},
        **elements,
    }


def result(
    code: str, value: float, unit: str, when: str, patient_id: str = "p1", **elements: Any
) -> dict[str, Any]:
    """A final laboratory result, by its LOINC code."""
    return {
        "resourceType": "Observation",
        "id": f"o-{code}-{when[:10]}-{patient_id}",
        "status": "final",
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": value,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
        **elements,
    }


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": resource} for resource in resources],
    }


def write(folder: Path, name: str, content: Any) -> Path:
    """Write `content` as JSON, or as it is when it is text or bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path
