"""What US Core asks of a DocumentReference and a Provenance beyond base FHIR.

In: a resource. Out: every constraint it breaks, by element. The profiles themselves are in no
package registry, so their constraints are written out here.
Source: US Core 6.1 and 7.0, profiles DocumentReference and Provenance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_handout.patient_record import Resource

DOCUMENT_PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference"
PROVENANCE_PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance"
LOINC = "http://loinc.org"
CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"

_AUTHORS = ("Practitioner/", "Organization/", "Patient/", "PractitionerRole/", "RelatedPerson/")
_ACTS_FOR_ANOTHER = ("Practitioner/", "PractitionerRole/", "Device/", "#")


def problems(resource: Resource) -> list[str]:
    """The constraints of its US Core profile that `resource` breaks."""
    check = _CHECKS.get(resource["resourceType"])
    return list(check(resource)) if check else []


def _document(document: Resource) -> Iterator[str]:
    for name in ("status", "type", "category", "subject", "content", "identifier", "date"):
        if not document.get(name):
            yield f"{name} is missing"
    if not _has_coding(document.get("type", {}), LOINC):
        yield "type has no LOINC code"
    yield from _category_and_subject(document)
    if len(document.get("context", {}).get("encounter", ())) > 1:
        yield "context.encounter is there more than once"
    for content in document.get("content", ()):
        yield from _attachment(content.get("attachment", {}))
    if not all(_may_write(author) for author in document.get("author", ())):
        yield "author is of a type that may not write documents"


def _category_and_subject(document: Resource) -> Iterator[str]:
    if not any(_has_coding(c, CATEGORY, "clinical-note") for c in document.get("category", ())):
        yield "category has no clinical-note"
    if not str(document.get("subject", {}).get("reference", "")).startswith(("Patient/", "urn:")):
        yield "subject is no Patient"


def _may_write(author: Resource) -> bool:
    kinds = (*_AUTHORS, "Device/", "#", "http://", "https://")
    return str(author.get("reference", "")).startswith(kinds)


def _attachment(attachment: Resource) -> Iterator[str]:
    if not attachment.get("contentType"):
        yield "content.attachment.contentType is missing"
    if not (attachment.get("data") or attachment.get("url")):
        yield "content.attachment has neither data nor url"


def _provenance(provenance: Resource) -> Iterator[str]:
    for name in ("target", "recorded", "agent"):
        if not provenance.get(name):
            yield f"{name} is missing"
    for agent in provenance.get("agent", ()):
        who = agent.get("who", {}).get("reference", "")
        if who.startswith(_ACTS_FOR_ANOTHER) and not agent.get("onBehalfOf"):
            yield "agent.onBehalfOf is missing for a practitioner or device (provenance-1)"


def _has_coding(concept: Any, system: str, code: str | None = None) -> bool:
    return any(
        coding.get("system") == system and (code is None or coding.get("code") == code)
        for coding in concept.get("coding", ())
    )


_CHECKS = {"DocumentReference": _document, "Provenance": _provenance}
