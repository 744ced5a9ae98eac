"""The scopes this app asks for and those it can't do without.

In: a tenant's own list, if it has one. Out: scopes in the grammar of SMART 2. What is missing of
the others is a gap in the record, and the handout is cautious.
"""

from __future__ import annotations

from collections.abc import Iterable

from fhir_handout.smart.needs import needed_scopes
from fhir_handout.smart.scopes import missing

_USER = ("openid", "fhirUser", "online_access")
_NEEDED = (
    "patient/Patient.r",
    "patient/Condition.s",
    "patient/MedicationRequest.s",
    "patient/Observation.s",
    "patient/DocumentReference.cs",
    "patient/Provenance.c",
)


def asked(own: tuple[str, ...]) -> tuple[str, ...]:
    """What to ask for: the tenant's own list, else the usual one."""
    return own or (*_USER, *needed_scopes("patient"))


def too_few(granted: Iterable[str]) -> tuple[str, ...]:
    """What can't be done without and was not granted."""
    return missing(granted, _NEEDED)
