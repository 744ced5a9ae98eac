"""FHIR as servers send it, for tests of the REST client."""

from collections.abc import Mapping
from typing import Any

from servers.scripted import Reply

SYSTEM = "urn:fhir-handout:document"
FULL_URL = "urn:uuid:11111111-1111-1111-1111-111111111111"
MARK = f"{SYSTEM}|abc"
# A name that must never be seen in a message.
SECRET = "Quillon Testperson"

PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-03-14"}
ENCOUNTER = {"resourceType": "Encounter", "id": "e1", "subject": {"reference": "Patient/p1"}}


def condition(condition_id: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": condition_id,
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "something"},
    }


def medicine(kind: str, medicine_id: str, medication: str | None = None) -> dict[str, Any]:
    named = (
        {"medicationReference": {"reference": medication}}
        if medication
        else {"medicationCodeableConcept": {"text": "something"}}
    )
    return {
        "resourceType": kind,
        "id": medicine_id,
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        **named,
    }


def medication(medication_id: str) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": medication_id, "code": {"text": "something"}}


def document(document_id: str | None = None, **elements: Any) -> dict[str, Any]:
    named = {"id": document_id} if document_id else {}
    return {
        "resourceType": "DocumentReference",
        **named,
        "identifier": [{"system": SYSTEM, "value": "abc"}],
        "status": "current",
        "docStatus": "preliminary",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "eA=="}}],
        **elements,
    }


def provenance(provenance_id: str | None = None, target: str = FULL_URL) -> dict[str, Any]:
    named = {"id": provenance_id} if provenance_id else {}
    return {
        "resourceType": "Provenance",
        **named,
        "meta": {"tag": [{"system": SYSTEM, "code": "abc"}]},
        "target": [{"reference": target}],
        "recorded": "2026-11-20T12:00:00Z",
    }


def searchset(*resources: Any, following: str = "", **elements: Any) -> dict[str, Any]:
    """Search results; a resource that is not of the page's first type is an include."""
    first = resources[0]["resourceType"] if resources else ""
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [
            {
                "fullUrl": f"http://ehr.example/{r['resourceType']}/{r['id']}",
                "resource": r,
                "search": {"mode": "match" if r["resourceType"] == first else "include"},
            }
            for r in resources
        ],
        **elements,
    }
    if following:
        bundle["link"] = [
            {"relation": "self", "url": "http://ehr.example/x"},
            {"relation": "next", "url": following},
        ]
    return bundle


def outcome(code: str = "processing", *expression: str, **more: Any) -> dict[str, Any]:
    """An OperationOutcome that tells in free text what must not be repeated."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": code,
        "diagnostics": f"{SECRET} was refused",
        "details": {"text": SECRET},
        **more,
    }
    if expression:
        issue["expression"] = list(expression)
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def capability(
    system: tuple[str, ...] = ("transaction", "batch"),
    types: tuple[str, ...] = (
        "Patient",
        "Condition",
        "MedicationStatement",
        "MedicationRequest",
        "Medication",
        "Encounter",
        "DocumentReference",
        "Provenance",
    ),
    conditional_create: tuple[str, ...] = ("DocumentReference", "Provenance"),
    without: Mapping[str, tuple[str, ...]] | None = None,
    version: str = "4.0.1",
) -> dict[str, Any]:
    """A CapabilityStatement; `without` names interactions a type does not have."""
    every = ("read", "search-type", "create", "update")
    left_out = without or {}
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": version,
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": code} for code in system],
                "resource": [
                    {
                        "type": name,
                        "conditionalCreate": name in conditional_create,
                        "interaction": [
                            {"code": code} for code in every if code not in left_out.get(name, ())
                        ],
                    }
                    for name in types
                ],
            }
        ],
    }


def create(resource: dict[str, Any], condition: str, full_url: str = "") -> dict[str, Any]:
    named = {"fullUrl": full_url} if full_url else {}
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}
    return {**named, "resource": resource, "request": request}


def update(resource: dict[str, Any], version: str | None = "3") -> dict[str, Any]:
    request = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    if version:
        request["ifMatch"] = f'W/"{version}"'
    return {"resource": resource, "request": request}


def transaction(*more: dict[str, Any], **elements: Any) -> dict[str, Any]:
    """A document, its Provenance, and whatever it replaces."""
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            create(document(**elements), f"identifier={MARK}", FULL_URL),
            create(provenance(), f"_tag={MARK}"),
            *more,
        ],
    }


def superseding(document_id: str = "old", version: str | None = "3") -> dict[str, Any]:
    old = document(document_id, status="superseded")
    return update({**old, "identifier": [{"system": SYSTEM, "value": "before"}]}, version)


def transaction_response(*locations: str, status: str = "201 Created") -> dict[str, Any]:
    entries = [{"response": {"status": status, "location": where}} for where in locations]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


HTML = Reply(200, b"<html><body>Please log in</body></html>")
EMPTY = Reply(200, b"")
CUT_SHORT = Reply(200, b'{"resourceType": "Bundle", "entry": [{')
NOT_AN_OBJECT = Reply(200, [1, 2])
NO_ANSWER = Reply(cut_after=0)
HALF_AN_ANSWER = Reply(200, {"resourceType": "Bundle", "id": "x" * 500}, cut_after=300)
LIES_ABOUT_LENGTH = Reply(200, {"resourceType": "Bundle"}, {"Content-Length": "4000"})
