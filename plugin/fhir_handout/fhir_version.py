"""Whether a resource is written in another version of FHIR than R4.

In: one resource. Out: the name of the other version, or None. Records of other versions share
resource names with R4 but not the meaning of their elements, so they are refused, not half read.
Source: the difference pages of FHIR STU3, R4 and R5.
"""

from __future__ import annotations

from fhir_handout.elements import resource_type
from fhir_handout.patient_record import Resource

DSTU2, STU3, R5 = "DSTU2", "STU3", "R5"

_OLD_TYPES = {"MedicationOrder": DSTU2, "Conformance": DSTU2, "DiagnosticOrder": DSTU2}
_OLD_ELEMENTS = {
    "Condition": {"patient": DSTU2, "dateRecorded": DSTU2, "assertedDate": STU3},
    "MedicationStatement": {"patient": DSTU2, "wasNotTaken": DSTU2, "taken": STU3},
    "MedicationRequest": {"definition": STU3, "context": STU3},
    "Encounter": {"actualPeriod": R5, "patient": DSTU2},
    "Patient": {"animal": STU3},
}
_CHANGED = _OLD_TYPES.keys() | _OLD_ELEMENTS.keys()
_CODES_UNTIL_STU3 = ("clinicalStatus", "verificationStatus")


def other_version(resource: Resource) -> str | None:
    """The FHIR version this resource is plainly written in, where that is not R4."""
    kind = resource_type(resource)
    if kind not in _CHANGED:
        return None
    if kind in _OLD_TYPES:
        return _OLD_TYPES[kind]
    for name, version in _OLD_ELEMENTS.get(kind, {}).items():
        if name in resource:
            return version
    if kind == "Condition" and any(isinstance(resource.get(n), str) for n in _CODES_UNTIL_STU3):
        return STU3
    if kind in ("MedicationStatement", "MedicationRequest"):
        return R5 if isinstance(resource.get("medication"), dict) else None
    return None


def is_r4(version: str) -> bool:
    """Whether a server's `fhirVersion` is R4 or R4B."""
    return version.startswith(("4.0", "4.1", "4.3"))
