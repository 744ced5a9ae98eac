"""Finding a patient by name, identifier or birth date, for whoever was launched without one.

In: a client and what is looked for. Out: a few Patients. The search is posted, so that a name is in
no address and no log of addresses; a server that takes no posted search is asked by its address.
"""

from __future__ import annotations

from collections.abc import Mapping

from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.question import query
from fhir_handout.ehr.refusal import refusal
from fhir_handout.patient_record import Resource

MOST = 20
_NOT_POSTED = (404, 405, 415, 501)


def find_patients(client: FhirClient, wanted: Mapping[str, str]) -> tuple[Resource, ...]:
    """At most `MOST` Patients for which all of `wanted` holds: search parameters and values."""
    parameters = (*wanted.items(), ("_count", str(MOST)))
    answer = client.post_search("Patient", query(parameters))
    if answer.status in _NOT_POSTED:
        answer = client.get(f"Patient?{query(parameters)}")
    if not (answer.ok and answer.type == "Bundle"):
        raise refusal(_as_failed(answer), "searching patients", client.base.url)
    entries = (answer.resource or {}).get("entry")
    listed = entries if isinstance(entries, list) else []
    found = (each.get("resource") for each in listed if isinstance(each, dict))
    patients = (r for r in found if isinstance(r, dict) and r.get("resourceType") == "Patient")
    return tuple(patients)[:MOST]


def _as_failed(answer: Answer) -> Answer:
    """A success without a Bundle is no answer."""
    return Answer(0, flaw="the answer is no Bundle") if answer.ok else answer
