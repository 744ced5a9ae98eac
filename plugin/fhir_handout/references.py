"""Finding what a FHIR Reference points at among the entries that were read.

In: entries from Bundles, files and answers. Out: the entry a reference means: by `fullUrl`, by
`Type/id`, as a contained resource, or by identifier. Nothing is guessed: what doesn't resolve is
None, and whether a subject is our patient is yes, no, or not to be told.
Source: FHIR R4, "Resolving references in Bundles".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from fhir_handout.elements import Damaged, resource_type
from fhir_handout.patient_record import Entry, Resource

_NAME = re.compile(r"(?:https?://\S+/)?([A-Z][A-Za-z]+/[^/\s?#|]+)")
_SEARCH = "Patient?identifier="


class References:
    """The entries of a record, to be found by what may refer to them."""

    def __init__(self, entries: Iterable[Entry], replaced: Iterable[Entry] = ()) -> None:
        """What refers to one of the `replaced` by its `fullUrl` means the entry of its name."""
        self._entries, self._replaced = tuple(entries), tuple(replaced)
        self._told: dict[str, bool | None] = {}

    @cached_property
    def _by_key(self) -> dict[str, Entry | None]:
        """The entries by name and address; found when something first refers to one of them."""
        found: dict[str, Entry | None] = {}
        for entry in self._entries:
            name = _name(entry)
            for key in (name, entry.full_url if entry.full_url != name else None):
                if key:  # a name that two entries have is the name of neither
                    found[key] = None if key in found else entry
        for entry in self._replaced:
            if entry.full_url and entry.full_url not in found:
                found[entry.full_url] = found.get(_name(entry) or "")
        return found

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
        target, wanted = reference.get("reference"), reference.get("identifier")
        told = self._remembered(target, patient) if isinstance(target, str) else None
        if told is None and isinstance(wanted, dict):
            return _shares_identifier(wanted, patient.resource)
        return told

    def _remembered(self, target: str, patient: Entry) -> bool | None:
        """Whether `target` is the patient, once for all entries that name it so."""
        key = f"{target}\n{id(patient)}"
        if key not in self._told:
            self._told[key] = self._targets(_current(target), patient)
        return self._told[key]

    def is_merged(self, reference: Mapping[str, Any], patient: Entry) -> bool:
        """Whether a subject is a Patient that this one replaces: the same person, by a merge."""
        target = reference.get("reference")
        named = _NAME.fullmatch(_current(target)) if isinstance(target, str) else None
        if named is None:
            return False
        replaced = _linked(patient.resource, "replaces")
        entry = self._find(_current(str(target)))
        ours = _linked(entry.resource, "replaced-by") if entry else ()
        return named[1] in replaced or (_name(patient) or "") in ours

    def _targets(self, target: str, patient: Entry) -> bool | None:
        if target.startswith(_SEARCH):
            token = target.removeprefix(_SEARCH)
            system, _, value = unquote(token).rpartition("|")
            wanted = {"system": system, "value": value}
            return None if "&" in token else _shares_identifier(wanted, patient.resource)
        if target == patient.name:
            return True
        entry = self._find(target)
        if entry is not None:
            return entry.resource is patient.resource
        named, ours = _NAME.fullmatch(target), _name(patient)
        return False if named and ours and named[1] != ours else None

    def _find(self, target: str) -> Entry | None:
        entry = self._by_key.get(target)
        if entry is None and _is_absolute(target):
            entry = self._by_key.get(_tail(target))
            if entry and _is_absolute(entry.full_url or ""):
                return None  # the same id on another server is another resource
        return entry


def named_by(reference: Any) -> str | None:
    """`Type/id` of what a Reference names, on whichever server; None where it names nothing so."""
    target = reference.get("reference") if isinstance(reference, dict) else None
    found = _NAME.fullmatch(_current(target)) if isinstance(target, str) else None
    return found[1] if found else None


def _shares_identifier(wanted: Mapping[str, Any], patient: Resource) -> bool | None:
    listed, system, value = patient.get("identifier"), wanted.get("system"), wanted.get("value")
    if not (isinstance(listed, list) and _is_text(system) and _is_text(value)):
        return None
    same_system = [i for i in listed if isinstance(i, dict) and i.get("system") == system]
    known = [item["value"] for item in same_system if _is_text(item.get("value"))]
    return value in known if known else None


def _linked(patient: Resource, kind: str) -> tuple[str, ...]:
    """The Patients that one is linked to in this way, as `Patient/id`."""
    links = patient.get("link")
    found = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    named = [named_by(link.get("other")) for link in found if link.get("type") == kind]
    return tuple(filter(None, named))


def _contained(container: Resource, wanted: str) -> Resource | None:
    contained = container.get("contained") or []
    if not isinstance(contained, list):
        raise Damaged("contained is of the wrong type")
    for resource in contained:
        if isinstance(resource, dict) and resource.get("id") == wanted and resource_type(resource):
            return resource
    return None


def _name(entry: Entry) -> str | None:
    """`Type/id`, from where the entry lay when the resource has no id of its own."""
    url = entry.full_url or ""
    return entry.name or (_tail(url) if _is_absolute(url) else None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _current(target: str) -> str:
    return target.partition("/_history/")[0]


def _is_absolute(target: str) -> bool:
    return target.startswith(("http://", "https://"))


def _tail(target: str) -> str:
    return "/".join(_current(target).rsplit("/", 2)[-2:])
