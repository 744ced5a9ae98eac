"""The entries of a resource, a Bundle of any type, or Bundles inside Bundles.

In: parsed FHIR JSON. Out: an `Entry` for every resource in it, and a `Gap` for every entry that is
damaged and for a search whose next page was not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from fhir_handout.elements import resource_type
from fhir_handout.model import Entry, Gap, Part, Resource

PARTS_OF_TYPE = {
    "Condition": Part.CONDITIONS,
    "MedicationStatement": Part.MEDICINES,
    "MedicationRequest": Part.MEDICINES,
    "Medication": Part.MEDICINES,
    "DocumentReference": Part.DOCUMENTS,
    "Encounter": Part.ENCOUNTER,
}
_EVERY_PART = frozenset(Part)
_DEEPEST = 5
_NO_RESOURCE = ("DELETE", "GET", "HEAD", "PATCH")


def entries_of(resource: Resource, origin: str, depth: int = 0) -> Iterator[Entry | Gap]:
    """The entries in `resource`, which came from `origin`."""
    if resource_type(resource) != "Bundle":
        yield Entry(resource, None, origin)
        return
    items = resource.get("entry", [])
    if not isinstance(items, list) or depth > _DEEPEST:
        yield Gap(origin, "its Bundle.entry is damaged", _EVERY_PART)
        return
    for number, item in enumerate(items):
        yield from _entry(item, f"{origin} entry {number}", depth)
    yield from _unread_page(resource, origin)


def _entry(item: Any, origin: str, depth: int) -> Iterator[Entry | Gap]:
    if not isinstance(item, dict):
        yield Gap(origin, "it is no Bundle entry", _EVERY_PART)
        return
    found, request = item.get("resource"), item.get("request")
    method = request.get("method") if isinstance(request, dict) else None
    if method in _NO_RESOURCE or (found is None and "response" in item):
        return
    if not isinstance(found, dict) or not resource_type(found):
        yield Gap(origin, "it holds no FHIR resource", _EVERY_PART)
    elif resource_type(found) == "Bundle":
        yield from entries_of(found, origin, depth + 1)
    elif resource_type(found) == "OperationOutcome":
        yield from _outcome(found, origin)
    else:
        full_url = item.get("fullUrl")
        yield Entry(found, full_url if isinstance(full_url, str) else None, origin)


def _outcome(outcome: Resource, origin: str) -> Iterator[Gap]:
    issues = outcome.get("issue")
    issues = issues if isinstance(issues, list) else []
    severities = {issue.get("severity") for issue in issues if isinstance(issue, dict)}
    if severities & {"error", "fatal"}:
        yield Gap(origin, "the search it came from reported an error", _EVERY_PART)


def _unread_page(bundle: Resource, origin: str) -> Iterator[Gap]:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            part = PARTS_OF_TYPE.get(urlsplit(str(link.get("url"))).path.rpartition("/")[2])
            hidden = frozenset({part}) if part else _EVERY_PART
            yield Gap(origin, "its next page was not read", hidden)
