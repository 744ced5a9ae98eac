"""Resources of other FHIR versions are told by the elements that R4 does not have."""

from typing import Any

import pytest

from fhir_handout.fhir_version import DSTU2, R5, STU3, is_r4, other_version
from unit.builders import coded, condition, encounter, medication, patient, request, statement

WHO = {"reference": "Patient/p1"}
IN_R5 = {"medicationCodeableConcept": ..., "medication": {"concept": coded("4603")}}


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        ({"resourceType": "MedicationOrder"}, DSTU2),
        ({"resourceType": "Conformance"}, DSTU2),
        ({"resourceType": "DiagnosticOrder"}, DSTU2),
        (condition(subject=..., patient=WHO), DSTU2),
        (condition(dateRecorded="2015-01-01"), DSTU2),
        (statement(subject=..., patient=WHO), DSTU2),
        (statement(wasNotTaken=False), DSTU2),
        (encounter(subject=..., patient=WHO), DSTU2),
        (condition(assertedDate="2017-01-01"), STU3),
        (condition(clinicalStatus="active"), STU3),
        (condition(verificationStatus="confirmed"), STU3),
        (statement(taken="y"), STU3),
        (request(definition=[WHO]), STU3),
        (request(context=WHO), STU3),
        (patient(animal={"species": {"text": "dog"}}), STU3),
        (statement(**IN_R5), R5),
        (request(**IN_R5), R5),
        (encounter(actualPeriod={"start": "2026"}), R5),
    ],
)
def test_another_version_is_told(resource: dict[str, Any], version: str) -> None:
    assert other_version(resource) == version


@pytest.mark.parametrize(
    "resource",
    [
        patient(),
        condition(),
        condition(verificationStatus=coded("confirmed")),
        statement(),
        statement(context=WHO),
        statement(medication="furosemide"),
        request(),
        request(encounter=WHO),
        medication(),
        encounter(),
        {"resourceType": "Observation", "patient": WHO},
        {"resourceType": ["Condition"]},
        {},
    ],
)
def test_r4_is_no_other_version(resource: dict[str, Any]) -> None:
    assert other_version(resource) is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.0.1", True),
        ("4.0.0", True),
        ("4.1.0", True),
        ("4.3.0", True),
        ("4.6.0", False),
        ("5.0.0", False),
        ("3.0.2", False),
        ("1.0.2", False),
        ("", False),
    ],
)
def test_r4_and_r4b_are_read(version: str, expected: bool) -> None:
    assert is_r4(version) is expected
