"""Finding what a FHIR Reference points at among the entries that were read.

In: entries from Bundles, files and answers. Out: the entry a reference means: by `fullUrl`, by
`Type/id`, as a contained resource, or by identifier. Nothing is guessed: what doesn't resolve is
None, and whether a subject is our patient is yes, no, or not to be told.
Source: FHIR R4, "Resolving references in Bundles".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fhir_handout.elements import Damaged, identity, resource_type
from fhir_handout.model import Entry, Resource


class References:
    """The entries of a record, to be found by what may refer to them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_key: dict[str, Entry] = {}
        for entry in entries:
            for key in (entry.full_url, identity(entry.resource)):
                if key:
                    self._by_key[key] = entry

    def resolve(self, reference: Mapping[str, Any], container: Resource) -> Resource | None:
        """The resource `reference` means inside `container`, or None."""
        target = reference.get("reference")
        if not isinstance(target, str):
            return None
        if target.startswith("#"):
            return _contained(container, target[1:])
        entry = self._find(_current(target))
        return entry.resource if entry else None

    def is_patient(self, reference: Mapping[str, Any], patient: Entry) -> bool | None:
        """Whether a subject is this patient: True, False, or None where it can't be told."""
        target = reference.get("reference")
        if isinstance(target, str) and target:
            return self._targets(_current(target), patient)
        wanted = reference.get("identifier")
        if isinstance(wanted, dict):
            return _shares_identifier(wanted, patient.resource)
        return None

    def _targets(self, target: str, patient: Entry) -> bool | None:
        if target.startswith("Patient?identifier="):
            system, _, value = target.removeprefix("Patient?identifier=").rpartition("|")
            return _shares_identifier({"system": system, "value": value}, patient.resource)
        entry = self._find(target)
        if entry is not None:
            return entry.resource is patient.resource
        if _is_absolute(target):
            return None if _tail(target) == identity(patient.resource) else False
        return None if target.startswith(("urn:", "#")) else False

    def _find(self, target: str) -> Entry | None:
        entry = self._by_key.get(target)
        if entry is None and _is_absolute(target):
            entry = self._by_key.get(_tail(target))
            if entry and _is_absolute(entry.full_url or ""):
                return None  # the same id on another server is another resource
        return entry


def _shares_identifier(wanted: Mapping[str, Any], patient: Resource) -> bool | None:
    known = [item for item in patient.get("identifier") or () if isinstance(item, dict)]
    same_system = [item for item in known if item.get("system") == wanted.get("system")]
    if any(item.get("value") == wanted.get("value") for item in same_system):
        return True
    return False if same_system else None


def _contained(container: Resource, wanted: str) -> Resource | None:
    contained = container.get("contained") or []
    if not isinstance(contained, list):
        raise Damaged("contained is of the wrong type")
    for resource in contained:
        if isinstance(resource, dict) and resource.get("id") == wanted and resource_type(resource):
            return resource
    return None


def _current(target: str) -> str:
    return target.partition("/_history/")[0]


def _is_absolute(target: str) -> bool:
    return target.startswith(("http://", "https://"))


def _tail(target: str) -> str:
    return "/".join(_current(target).rsplit("/", 2)[-2:])
