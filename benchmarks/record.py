"""A synthetic record of any size: a Bundle as JSON bytes.

One patient; of every 20 other resources 4 are conditions, 4 medicines, 9 observations and 3
encounters. One in six conditions, medicines and laboratory results bears on risk.
"""

from __future__ import annotations

from typing import Any

import orjson

_SUBJECT = {"reference": "Patient/bench"}
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONDITIONS = (
    "N18.6",
    "J06.9",
    "M54.5",
    "I10",
    "E11.9",
    "H52.4",
    "K21.9",
    "L20.9",
    "F41.1",
    "G43.9",
    "R05.9",
    "N39.0",
)
_MEDICINES = (
    *("4603", "161", "1191", "6809", "9997", "7646"),
    *("36437", "17767", "8787", "10582", "6918", "20610"),
)


_RESULTS = (
    ("33914-3", "Glomerular filtration rate", "mL/min/{1.73_m2}", 52),
    ("2951-2", "Sodium", "mmol/L", 140),
    ("2823-3", "Potassium", "mmol/L", 4),
)


def record(resources: int = 61) -> bytes:
    """A Bundle of `resources` resources, in the shares that charts have."""
    made = [_patient(), *(_SHARES[n % len(_SHARES)](n) for n in range(resources - 1))]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"http://example.org/fhir/{e['resourceType']}/{e['id']}", "resource": e}
            for e in made
        ],
    }
    return orjson.dumps(bundle)


def _patient() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "bench",
        "meta": {"lastUpdated": "2026-11-01T08:00:00Z"},
        "identifier": [{"system": "http://example.org/mrn", "value": "bench"}],
        "name": [{"use": "official", "family": "Synthetic", "given": ["Benchmark"]}],
        "gender": "female",
        "birthDate": "1961-05-04",
    }


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _condition(number: int) -> dict[str, Any]:
    code = _CONDITIONS[(number // 5) % len(_CONDITIONS)]
    return {
        "resourceType": "Condition",
        "id": f"c{number}",
        "meta": {"versionId": "1", "lastUpdated": "2026-11-01T08:00:00Z"},
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
        "category": [_concept("http://example.org/category", "problem-list-item", "Problem")],
        "code": _concept(_ICD, code, f"synthetic problem {code}"),
        "subject": _SUBJECT,
        "onsetDateTime": "2024-02-03",
        "recordedDate": "2024-02-04",
    }


def _statement(number: int) -> dict[str, Any]:
    code = _MEDICINES[(number // 10) % len(_MEDICINES)]
    return {
        "resourceType": "MedicationStatement",
        "id": f"s{number}",
        "status": "active",
        "medicationCodeableConcept": _concept(_RXNORM, code, f"synthetic medicine {code}"),
        "subject": _SUBJECT,
        "effectivePeriod": {"start": "2026-01-01"},
        "dosage": [{"text": "one a day", "timing": {"repeat": {"frequency": 1, "period": 1}}}],
    }


def _request(number: int) -> dict[str, Any]:
    code = _MEDICINES[(number // 10 + 6) % len(_MEDICINES)]
    return {
        "resourceType": "MedicationRequest",
        "id": f"r{number}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": _concept(_RXNORM, code, f"synthetic medicine {code}"),
        "subject": _SUBJECT,
        "authoredOn": "2026-09-01",
        "dosageInstruction": [{"text": "one a day"}],
    }


def _observation(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "meta": _meta("us-core-vital-signs"),
        "status": "final",
        "category": [_concept("http://example.org/category", "vital-signs", "Vital Signs")],
        "code": _concept("http://loinc.org", "85354-9", "Blood pressure panel"),
        "subject": _SUBJECT,
        "encounter": {"reference": "Encounter/e4"},
        "performer": [{"reference": "Practitioner/bench", "display": "Synthetic Practitioner"}],
        "effectiveDateTime": "2026-10-01T10:00:00Z",
        "issued": "2026-10-01T10:00:00.000Z",
        "component": [
            {
                "code": _concept("http://loinc.org", code, f"blood pressure {code}"),
                "valueQuantity": {
                    "value": value,
                    "unit": "mm[Hg]",
                    "system": "http://unitsofmeasure.org",
                    "code": "mm[Hg]",
                },
            }
            for code, value in (("8480-6", 128), ("8462-4", 81))
        ],
    }


def _result(number: int) -> dict[str, Any]:
    code, display, unit, least = _RESULTS[number // 20 % len(_RESULTS)]
    day = f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}"
    return {
        "resourceType": "Observation",
        "id": f"l{number}",
        "meta": _meta("us-core-observation-lab"),
        "status": "final",
        "category": [_concept("http://example.org/category", "laboratory", "Laboratory")],
        "code": _concept("http://loinc.org", code, display),
        "subject": _SUBJECT,
        "effectiveDateTime": f"{day}T10:00:00Z",
        "issued": f"{day}T12:00:00.000Z",
        "valueQuantity": {
            "value": least,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
    }


def _encounter(number: int) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": f"e{number}",
        "meta": _meta("us-core-encounter"),
        "identifier": [{"system": "http://example.org/visit", "value": str(number)}],
        "status": "finished",
        "class": {"system": "http://example.org/class", "code": "AMB"},
        "type": [_concept("http://example.org/type", "checkup", "Check-up")],
        "subject": _SUBJECT,
        "participant": [{"individual": {"reference": "Practitioner/bench"}}],
        "period": {"start": "2026-10-01T10:00:00Z", "end": "2026-10-01T10:20:00Z"},
        "serviceProvider": {"reference": "Organization/bench", "display": "Synthetic Clinic"},
    }


def _meta(profile: str) -> dict[str, Any]:
    return {
        "versionId": "1",
        "lastUpdated": "2026-11-01T08:00:00Z",
        "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/{profile}"],
    }


_SHARES = (
    *(_condition, _observation, _statement, _observation, _encounter),
    *(_condition, _observation, _request, _observation, _result),
    *(_condition, _observation, _statement, _observation, _encounter),
    *(_condition, _observation, _request, _observation, _encounter),
)
