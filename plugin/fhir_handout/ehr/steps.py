"""The entries of a transaction Bundle, one by one.

In: the transaction the workflow wants done. Out: its `Step`s, and the resources in it with the
references they have in the EHR in place of those they had in the Bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from fhir_handout.ehr.question import is_id
from fhir_handout.elements import identity, resource_type
from fhir_handout.patient_record import Resource

DOCUMENT, PROVENANCE = "DocumentReference", "Provenance"


@dataclass(frozen=True, slots=True)
class Step:
    """One create or update; `condition` is its `ifNoneExist`, `version` its `ifMatch`."""

    method: str
    url: str
    resource: Resource
    full_url: str | None = None
    condition: str | None = None
    version: str | None = None

    @property
    def type(self) -> str:
        """The type of its resource."""
        return resource_type(self.resource)

    @property
    def creates_document(self) -> bool:
        """Whether it is the one step that must never be done twice."""
        return self.method == "POST" and self.type == DOCUMENT

    @property
    def is_draft(self) -> bool:
        """Whether it writes a document that nobody has signed."""
        return self.type == DOCUMENT and self.resource.get("docStatus") == "preliminary"

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Its condition as search parameters."""
        return tuple(parse_qsl(self.condition or ""))

    def is_met_by(self, resource: Resource) -> bool:
        """Whether `resource` is what the condition looks for, whatever a server's search says."""
        tokens = {"identifier": _identifiers(resource), "_tag": _tags(resource)}
        wanted = [(tokens[name], value) for name, value in self.parameters if name in tokens]
        return bool(wanted) and all(value in found for found, value in wanted)


def steps_of(transaction: Resource) -> tuple[Step, ...]:
    """The steps of a transaction Bundle, in its order."""
    return tuple(
        Step(
            entry["request"]["method"],
            entry["request"]["url"],
            entry["resource"],
            entry.get("fullUrl"),
            entry["request"].get("ifNoneExist"),
            entry["request"].get("ifMatch"),
        )
        for entry in transaction["entry"]
    )


def bundle_of(steps: tuple[Step, ...]) -> Resource:
    """The transaction Bundle of these steps."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": [_entry(s) for s in steps]}


def pointing(value: Any, references: Mapping[str, str]) -> Any:
    """FHIR JSON in which every reference to another entry is replaced by its final one."""
    if isinstance(value, dict):
        return {name: pointing(item, references) for name, item in value.items()}
    if isinstance(value, list):
        return [pointing(item, references) for item in value]
    return references.get(value, value) if isinstance(value, str) else value


def reference_in(location: str | None, wanted: str) -> str | None:
    """`Type/id` of a Location, absolute or not, with or without a version; None if it is none."""
    path = unquote(urlsplit(location or "").path).partition("/_history")[0].strip("/")
    kind, _, found = "/".join(path.rsplit("/", 2)[-2:]).partition("/")
    return f"{kind}/{found}" if kind == wanted and is_id(found) else None


def reference_to(resource: Resource | None, wanted: str) -> str | None:
    """`Type/id` of a resource of the type wanted."""
    return identity(resource) if resource and resource_type(resource) == wanted else None


def _entry(step: Step) -> dict[str, Any]:
    request = {"method": step.method, "url": step.url}
    request |= {"ifNoneExist": step.condition} if step.condition else {}
    request |= {"ifMatch": step.version} if step.version else {}
    named = {"fullUrl": step.full_url} if step.full_url else {}
    return {**named, "resource": step.resource, "request": request}


def _identifiers(resource: Resource) -> set[str]:
    listed = resource.get("identifier")
    found = [*(listed if isinstance(listed, list) else []), resource.get("masterIdentifier")]
    return {f"{i.get('system', '')}|{i.get('value', '')}" for i in found if isinstance(i, dict)}


def _tags(resource: Resource) -> set[str]:
    meta = resource.get("meta")
    listed = meta.get("tag") if isinstance(meta, dict) else None
    found = listed if isinstance(listed, list) else []
    return {f"{t.get('system', '')}|{t.get('code', '')}" for t in found if isinstance(t, dict)}
