"""The members of a value set, from the pages of its expansion.

In: a function that gives the page at an offset. Out: every member by normal system and code, or
None where the server does not give them all, or it can't be seen that it does. A member marked
inactive is one: records are older than terminologies. One marked abstract can't be in a record.
Source: FHIR R4, ValueSet.expansion; servers say that an expansion is cut short by an extension, by
a parameter, or by a total that its pages don't come to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.systems import normal_key
from fhir_handout.terminology.question import Key

_MOST_PAGES = 50
_CUT_SHORT = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/valueset-toocostly",
        "http://hl7.org/fhir/StructureDefinition/valueset-unclosed",
        "limitedExpansion",
        "toocostly",
        "incomplete",
    }
)


@dataclass(frozen=True, slots=True)
class _Page:
    members: frozenset[Key]
    concepts: frozenset[Key]
    length: int
    total: int | None


def expanded(page_at: Callable[[int], Mapping[str, Any] | None]) -> frozenset[Key] | None:
    """All members; `page_at` gives a ValueSet, or None where the server did not."""
    members: set[Key] = set()
    seen: set[Key] = set()
    offset = 0
    for _ in range(_MOST_PAGES):
        page = _page(page_at(offset))
        if page is None:
            return None
        is_new = not page.concepts <= seen
        members |= page.members
        seen |= page.concepts
        offset += page.length
        if page.total is None and not page.length:
            return frozenset(members)
        if page.total is not None and len(seen) >= page.total:
            return frozenset(members)
        if not is_new:
            return None  # it passes over the offset, or has less than it says
    return None


def _page(value_set: Mapping[str, Any] | None) -> _Page | None:
    expansion = value_set.get("expansion") if value_set else None
    if not isinstance(expansion, dict) or _is_cut_short(expansion):
        return None
    concepts = list(_concepts(expansion))
    if any(key is None for key, _ in concepts):
        return None
    total = expansion.get("total")
    return _Page(
        frozenset(key for key, is_abstract in concepts if key and not is_abstract),
        frozenset(key for key, _ in concepts if key),
        len(concepts),
        total if isinstance(total, int) and not isinstance(total, bool) else None,
    )


def _concepts(expansion: Mapping[str, Any]) -> Iterator[tuple[Key | None, bool]]:
    """Each concept at any depth, and whether it is abstract; None for one that can't be read."""
    left = _objects(expansion.get("contains"))
    while left:
        item = left.pop()
        left += _objects(item.get("contains"))
        is_abstract = item.get("abstract") is True
        if "code" in item or not is_abstract:
            yield _key(item), is_abstract


def _key(item: Mapping[str, Any]) -> Key | None:
    system, code = item.get("system"), item.get("code")
    if not isinstance(system, str) or not isinstance(code, str):
        return None
    return normal_key(system, code)


def _is_cut_short(expansion: Mapping[str, Any]) -> bool:
    marks = [*_objects(expansion.get("extension")), *_objects(expansion.get("parameter"))]
    return any(_says_so(mark) for mark in marks)


def _says_so(mark: Mapping[str, Any]) -> bool:
    is_one = any(mark.get(name) in _CUT_SHORT for name in ("url", "name") if _is_text(mark, name))
    return is_one and mark.get("valueBoolean", mark.get("valueString")) not in (False, "false")


def _is_text(item: Mapping[str, Any], name: str) -> bool:
    return isinstance(item.get(name), str)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
