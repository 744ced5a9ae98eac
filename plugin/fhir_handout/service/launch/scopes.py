"""The scopes this app asks for and those it can't do without.

In: a tenant's own list, if it has one. Out: scopes in the grammar of SMART 2. What is missing of
the others is a gap in the record, and the handout is cautious.
"""

from __future__ import annotations

from collections.abc import Iterable

from fhir_handout.smart.scopes import missing

USUAL = (
    "openid",
    "fhirUser",
    "online_access",
    "patient/Patient.rs",
    "patient/Condition.rs",
    "patient/MedicationRequest.rs",
    "patient/MedicationStatement.rs",
    "patient/Medication.rs",
    "patient/Observation.rs",
    "patient/Encounter.rs",
    "patient/DocumentReference.crus",
    "patient/Provenance.crs",
)
NEEDED = (
    "patient/Patient.r",
    "patient/Condition.s",
    "patient/MedicationRequest.s",
    "patient/Observation.s",
    "patient/DocumentReference.cs",
)


def asked(own: tuple[str, ...]) -> tuple[str, ...]:
    """What to ask for: the tenant's own list, else the usual one."""
    return own or USUAL


def too_few(granted: Iterable[str]) -> tuple[str, ...]:
    """What can't be done without and was not granted."""
    return missing(granted, NEEDED)
