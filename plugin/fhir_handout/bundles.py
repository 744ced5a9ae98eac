"""The entries of a resource, a Bundle of any type, or Bundles inside Bundles.

In: parsed FHIR JSON. Out: an `Entry` for every resource in it, and a `Gap` for every entry that is
damaged, for a read that failed, and for a search whose next page was not read. `raw_record` is all
of them together; `newest` keeps one version of what is there in several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from fhir_handout import dates
from fhir_handout.elements import resource_type
from fhir_handout.patient_record import Entry, Gap, Part, RawRecord, Resource

PARTS_OF_TYPE = {
    "Condition": Part.CONDITIONS,
    "MedicationStatement": Part.MEDICINES,
    "MedicationRequest": Part.MEDICINES,
    "Medication": Part.MEDICINES,
    "Observation": Part.OBSERVATIONS,
    "DocumentReference": Part.DOCUMENTS,
    "Encounter": Part.ENCOUNTER,
}
_EVERY_PART = frozenset(Part)
_DEEPEST = 5
_NO_RESOURCE = ("DELETE", "GET", "HEAD", "PATCH")
_DONE = ("2", "304")
_READ = (*PARTS_OF_TYPE, "MedicationOrder", "Patient", "Bundle", "OperationOutcome")
_PLAIN = frozenset(_READ) - {"Bundle", "OperationOutcome"}
_LOWER_CASE = {name.lower(): name for name in _READ}
_REMARKS = ("information", "warning")
_PARTIAL = ("incomplete", "throttled", "timeout", "too-costly")


def raw_record(found: Iterable[Entry | Gap]) -> RawRecord:
    """What was found, in its order."""
    entries: list[Entry] = []
    gaps: list[Gap] = []
    for one in found:
        (entries if isinstance(one, Entry) else gaps).append(one)  # type: ignore[arg-type]
    return RawRecord(tuple(entries), tuple(gaps))


def entries_of_json(parsed: Any, origin: str) -> Iterator[Entry | Gap]:
    """The entries in what should be a resource, and may be any JSON."""
    if not isinstance(parsed, dict) or not isinstance(parsed.get("resourceType"), str):
        yield Gap(origin, "not FHIR: it has no resourceType", _EVERY_PART)
        return
    yield from entries_of(parsed, origin)


def entries_of(resource: Resource, origin: str, depth: int = 0) -> Iterator[Entry | Gap]:
    """The entries in `resource`, which came from `origin`."""
    if resource_type(resource) != "Bundle":
        yield from _single(resource, None, origin)
        return
    items = resource.get("entry", [])
    if not isinstance(items, list) or depth > _DEEPEST:
        yield Gap(origin, "its Bundle.entry is damaged", _EVERY_PART)
        return
    for number, item in enumerate(items):
        where = f"{origin} entry {number}"
        plain = _plain(item, where)
        if plain is None:
            yield from _entry(item, where, depth)
        else:
            yield plain
    yield from _unread_page(resource, origin)


def _plain(item: Any, origin: str) -> Entry | None:
    """The entry of an item that is no more than a resource of a kind that is read; most are."""
    if item.__class__ is not dict or "request" in item or "response" in item:
        return None
    found, full_url = item.get("resource"), item.get("fullUrl")
    if not isinstance(found, dict) or (full_url is not None and not isinstance(full_url, str)):
        return None
    kind = found.get("resourceType")
    is_plain = isinstance(kind, str) and kind in _PLAIN
    return Entry(found, full_url, origin) if is_plain else None


def _entry(item: Any, origin: str, depth: int) -> Iterator[Entry | Gap]:
    if not isinstance(item, dict):
        yield Gap(origin, "it is no Bundle entry", _EVERY_PART)
        return
    found, request = item.get("resource"), item.get("request")
    method = request.get("method") if isinstance(request, dict) else None
    if found is None and "response" in item:
        yield from _response(item["response"], origin)
    elif method in _NO_RESOURCE:
        return
    elif not isinstance(found, dict) or not resource_type(found):
        yield Gap(origin, "it holds no FHIR resource", _EVERY_PART)
    elif resource_type(found) == "Bundle":
        yield from entries_of(found, origin, depth + 1)
    else:
        full_url = item.get("fullUrl")
        yield from _single(found, full_url if isinstance(full_url, str) else None, origin)


def _single(resource: Resource, full_url: str | None, origin: str) -> Iterator[Entry | Gap]:
    kind = resource_type(resource)
    if kind == "OperationOutcome":
        yield from _outcome(resource, origin)
    elif kind not in _READ and kind.strip().lower() in _LOWER_CASE:
        part = PARTS_OF_TYPE.get(_LOWER_CASE[kind.strip().lower()])
        hidden = frozenset({part}) if part else _EVERY_PART
        yield Gap(origin, "its resourceType is misspelt", hidden)
    else:
        yield Entry(resource, full_url, origin)


def _response(response: Any, origin: str) -> Iterator[Gap]:
    status = response.get("status") if isinstance(response, dict) else None
    if not isinstance(status, str) or not status.strip().startswith(_DONE):
        yield Gap(origin, "the request it answers failed", _EVERY_PART)


def _outcome(outcome: Resource, origin: str) -> Iterator[Gap]:
    issues = outcome.get("issue")
    if not isinstance(issues, list) or not all(map(_is_remark, issues)):
        yield Gap(origin, "the search it came from reported an error", _EVERY_PART)


def _is_remark(issue: Any) -> bool:
    """Whether an issue says no more than something about a search that was done."""
    told = isinstance(issue, dict) and issue.get("severity") in _REMARKS
    return told and issue.get("code") not in _PARTIAL


def _unread_page(bundle: Resource, origin: str) -> Iterator[Gap]:
    links = bundle.get("link", [])
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        yield Gap(origin, "its Bundle.link is damaged", _EVERY_PART)
        return
    for link in links:
        if link.get("relation") == "next":
            yield Gap(origin, "its next page was not read", _hidden_by(str(link.get("url"))))


def _hidden_by(next_page: str) -> frozenset[Part]:
    try:
        url = urlsplit(next_page)
    except ValueError:
        return _EVERY_PART
    part = PARTS_OF_TYPE.get(url.path.rpartition("/")[2])
    return frozenset({part}) if part and "_revinclude" not in url.query else _EVERY_PART


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """Each resource once, in its newest version; versions that can't be ordered are all kept."""
    alike: dict[str, list[Entry]] = {}
    for number, entry in enumerate(entries):
        key = entry.name or entry.full_url or f"unnamed {number}"
        alike.setdefault(key, []).append(entry)
    kept = [found if len(found) == 1 else _one_each(found) for found in alike.values()]
    return list(chain.from_iterable(kept))


def _one_each(alike: list[Entry]) -> list[Entry]:
    """The newest of entries with one name: one resource, unless they come from several servers."""
    if len(alike) == 1:
        return alike
    urls = list(dict.fromkeys(map(_address, alike)))
    addresses = [url for url in urls if url]
    if len(addresses) < 2:
        known = addresses[0] if addresses else None
        return [replace(entry, full_url=known or entry.full_url) for entry in _latest(alike)]
    return [kept for url in urls for kept in _latest([e for e in alike if _address(e) == url])]


def _address(entry: Entry) -> str | None:
    """Where the resource lives; a `urn:uuid` holds in its Bundle only."""
    url = entry.full_url or ""
    return url if url.startswith(("http://", "https://")) else None


def _latest(versions: list[Entry]) -> list[Entry]:
    stamps = [dates.instant(_last_updated(entry)) for entry in versions]
    known = [stamp for stamp in stamps if stamp]
    kept: list[Entry] = []
    for entry, stamp in zip(versions, stamps, strict=True):
        is_old = len(known) == len(stamps) and stamp != max(known)
        if not is_old and not any(_is_same(entry, other) for other in kept):
            kept.append(entry)
    return kept


def _is_same(one: Entry, other: Entry) -> bool:
    try:
        return one.resource == other.resource
    except RecursionError:
        return False


def _last_updated(entry: Entry) -> str:
    meta = entry.resource.get("meta")
    found = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return found if isinstance(found, str) else ""
