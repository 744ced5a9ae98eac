"""When the pages of an expansion make up a whole value set, and what of them are members."""

from collections.abc import Iterable
from typing import Any

import pytest

from fhir_handout.terminology.expansion import expanded
from servers.terminology import SNOMED, contains, expansion

Json = dict[str, Any]
CUT_SHORT = "http://hl7.org/fhir/StructureDefinition/valueset-toocostly"
UNCLOSED = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"


def concepts(*codes: str) -> list[Json]:
    return [contains(SNOMED, code) for code in codes]


def members(*pages: Json | None) -> set[str] | None:
    """The codes of an expansion whose pages are given in turn, the last one again and again."""
    left = list(pages)
    found = expanded(lambda _: left.pop(0) if len(left) > 1 else left[0])
    return None if found is None else {code for _, code in found}


def test_members_at_every_depth_but_abstract_ones() -> None:
    heading = contains(SNOMED, "1", abstract=True, contains=concepts("2", "3"))
    inner = contains(SNOMED, "4", contains=[contains(SNOMED, "5", contains=concepts("6"))])
    no_code = {"abstract": True, "display": "heading", "contains": concepts("7")}
    found = expansion([heading, inner, no_code], total=7)
    assert members(found) == {"2", "3", "4", "5", "6", "7"}


def test_an_inactive_member_is_one() -> None:
    assert members(expansion([contains(SNOMED, "1", inactive=True)])) == {"1"}


def test_pages_are_asked_for_from_where_the_last_one_ended() -> None:
    asked: list[int] = []

    def page_at(offset: int) -> Json:
        asked.append(offset)
        codes = ["1", "2", "3", "4", "5"][offset : offset + 2]
        return expansion(concepts(*codes), total=5, offset=offset)

    assert len(expanded(page_at) or ()) == 5
    assert asked == [0, 2, 4]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([expansion(concepts("1"), total=...), expansion([], total=...)], {"1"}),
        ([expansion([], total=0)], set()),
        ([expansion([], total=..., contains=...)], set()),
        ([expansion(concepts("1"), total="1"), expansion([], total="1")], {"1"}),
        ([expansion(concepts("1"), parameter=[{"name": "count", "valueInteger": 1}])], {"1"}),
        ([expansion(concepts("1"), extension=[{"url": CUT_SHORT, "valueBoolean": False}])], {"1"}),
    ],
)  # fmt: skip
def test_what_is_seen_to_be_whole(pages: list[Json], expected: set[str]) -> None:
    assert members(*pages) == expected


def cut(**elements: Any) -> Json:
    return expansion(concepts("1"), **elements)


NOT_WHOLE: dict[str, Iterable[Json | None]] = {
    "no answer": [None],
    "the second page is none": [expansion(concepts("1"), total=2), None],
    "no expansion": [{"resourceType": "ValueSet", "compose": {}}],
    "an expansion of text": [{"resourceType": "ValueSet", "expansion": "x"}],
    "fewer than it says": [expansion(concepts("1"), total=2), expansion([], total=2)],
    "the same page again": [expansion(concepts("1", "2"), total=3)],
    "the same page again, no total": [expansion(concepts("1", "2"), total=...)],
    "twice the same for two": [expansion(concepts("1", "1"), total=2), expansion([], total=2)],
    "too costly": [cut(extension=[{"url": CUT_SHORT, "valueBoolean": True}])],
    "not closed": [cut(extension=[{"url": UNCLOSED, "valueBoolean": True}])],
    "limited": [cut(parameter=[{"name": "limitedExpansion", "valueBoolean": True}])],
    "limited, as text": [cut(parameter=[{"name": "limitedExpansion", "valueString": "true"}])],
    "a member without a system": [expansion([{"code": "1"}])],
    "one of two without a system": [expansion([*concepts("1"), {"code": "2"}], total=1)],
    "a member without a code": [expansion([{"system": SNOMED}])],
    "a code that is a number": [expansion([{"system": SNOMED, "code": 1}])],
}


@pytest.mark.parametrize("pages", NOT_WHOLE.values(), ids=NOT_WHOLE)
def test_what_is_not_seen_to_be_whole_is_no_list(pages: Iterable[Json | None]) -> None:
    assert members(*pages) is None


def test_an_expansion_without_end_is_given_up() -> None:
    asked: list[int] = []

    def page_at(offset: int) -> Json:
        asked.append(offset)
        return expansion(concepts(str(offset)), total=10**9)

    assert expanded(page_at) is None
    assert len(asked) == 50
