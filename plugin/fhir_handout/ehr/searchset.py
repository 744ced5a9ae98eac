"""One page of search results, read entry by entry.

In: a Bundle as a server gave it. Out: its entries, what is wrong with it, and the link to the next
page. A damaged entry takes nothing with it; an OperationOutcome among the entries counts as a flaw
where it reports an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.ehr import outcome
from fhir_handout.elements import resource_type
from fhir_handout.patient_record import Entry


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds; `matches` counts its entries that answer the search itself."""

    entries: tuple[Entry, ...]
    flaws: tuple[str, ...]
    next: str | None
    matches: int
    total: int | None


def read_page(bundle: Mapping[str, Any]) -> Page:
    """A page, whatever it holds."""
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        return Page((), ("its entries are no list",), None, 0, None)
    sorted_out = [_sorted_out(item) for item in listed]
    entries = [found for found in sorted_out if isinstance(found, Entry)]
    flaws = dict.fromkeys(found for found in sorted_out if isinstance(found, str))
    following, link_flaws = _next(bundle.get("link", []))
    matches = sum(_is_match(i) for i, f in zip(listed, sorted_out, strict=True) if f is not None)
    return Page(tuple(entries), (*flaws, *link_flaws), following, matches, _total(bundle))


def _sorted_out(item: Any) -> Entry | str | None:
    resource = item.get("resource") if isinstance(item, dict) else None
    if not isinstance(resource, dict) or not resource_type(resource):
        return "an entry holds no resource"
    if resource_type(resource) == "OperationOutcome":
        errors = [str(issue) for issue in outcome.issues(resource) if issue.is_error]
        return f"the server reports {errors[0]}" if errors else None
    full_url = item.get("fullUrl")
    return Entry(resource, full_url if isinstance(full_url, str) else None)


def _is_match(item: Any) -> bool:
    search = item.get("search") if isinstance(item, dict) else None
    mode = search.get("mode") if isinstance(search, dict) else None
    return mode not in ("include", "outcome")


def _next(links: Any) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        return None, ("its links are damaged",)
    urls = [link.get("url") for link in links if link.get("relation") == "next"]
    if not urls:
        return None, ()
    first = urls[0]
    if isinstance(first, str) and first:
        return first, ()
    return None, ("the link to its next page is damaged",)


def _total(bundle: Mapping[str, Any]) -> int | None:
    total = bundle.get("total")
    return total if isinstance(total, int) and not isinstance(total, bool) else None
