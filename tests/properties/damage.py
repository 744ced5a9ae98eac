"""Ways to break a record: element by element, reference by reference, and as JSON text.

In: resources as parsed JSON, or their text. Out: strategies of the same with one thing broken.
Damage in the strict sense (`damaged`) puts a value of another JSON type, a null or something empty
where a valid one stood; FHIR allows none of these anywhere. `anything` is any JSON at all.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from properties.records import Json

Path = tuple[str | int, ...]

LONG = 1_000_000
DEPTHS = (50, 400, 990, 1020, 5_000, 100_000)
"""Below and beyond what Python's recursion and orjson's nesting allow."""


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """The path of every element, list item and value inside `value`."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*at, key)
        yield from places(inner, (*at, key))


def objects(value: Any) -> Iterator[Path]:
    """The path of every object in `value`, itself included."""
    if isinstance(value, dict):
        yield ()
    yield from (path for path in places(value) if isinstance(at(value, path), dict))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of `value` with `new` at `path`."""
    if not path:
        return new
    whole = copy.deepcopy(value)
    at(whole, path[:-1])[path[-1]] = new
    return whole


# --- one element broken ---------------------------------------------------------------------------

_OF_TYPE: dict[type, list[Any]] = {
    str: ["words", "2020-01-01"],
    bool: [True, False],
    int: [7, -1, 0.5, 10**30],
    list: [[1], ["words"], [None], [[]], [{}], [{"x": 1}]],
    dict: [{"x": 1}, {"coding": 1}, {"reference": "Patient/p1"}],
}
_EMPTY: list[Any] = [None, {}, [], ""]
_BAD_DATES = [
    "2020-13-01",
    "2020-02-30",
    "0000-01-01",
    "20200101",
    "01/02/2020",
    "2020-1-1",
    "yesterday",
    "2020-01-01T25:00:00Z",
    "2020-01-01T10:00",
    "2020-01-01T10:00:00+99:99",
    "-2020",
    "99999-01-01",
    "２０２０-01-01",
]


def _kind(value: Any) -> type:
    return int if isinstance(value, float) else type(value)


def others(value: Any) -> list[Any]:
    """Values of every other JSON type, and what is empty."""
    mine = _kind(value)
    differing = [one for kind, some in _OF_TYPE.items() if kind is not mine for one in some]
    return [*differing, *_EMPTY]


def damaged(resource: Json, within: str = "") -> st.SearchStrategy[tuple[Path, Json]]:
    """The resource with one value of another type, null or empty, and where that is.

    With `within`, only in or below elements of that name.
    """
    found = [path for path in places(resource) if not within or within in path]
    return st.sampled_from(found).flatmap(
        lambda path: st.sampled_from(others(at(resource, path))).map(
            lambda new: (path, put(resource, path, new))
        )
    )


def codings(resource: Json) -> list[Path]:
    """The path of every code of a Coding in a resource."""
    found = [path for path in places(resource) if len(path) > 2 and path[-3:-1:2] == ("coding",)]
    return [path for path in found if path[-1] == "code"]


def is_date_element(path: Path) -> bool:
    name = str(path[-1])
    return name.endswith(
        ("Date", "DateTime", "start", "end", "authoredOn", "dateAsserted", "issued")
    )


def dated(resource: Json) -> list[Path]:
    """The path of every date in a resource."""
    found = [path for path in places(resource) if is_date_element(path)]
    return [path for path in found if isinstance(at(resource, path), str)]


def misdated(resource: Json) -> st.SearchStrategy[tuple[Path, Json]]:
    """The resource with one of its dates replaced by what is none."""
    found = dated(resource)
    return st.tuples(st.sampled_from(found), st.sampled_from(_BAD_DATES)).map(
        lambda pair: (pair[0], put(resource, pair[0], pair[1]))
    )


# --- any JSON at all ------------------------------------------------------------------------------

_CONTROLS = "\x00\x1b\u202e\u2066\ufeff\u200b\u2028\ud7ff\U000e0001"


def anything() -> st.SearchStrategy[Any]:
    """Any JSON: scalars of every size, words with control characters, and nests of them."""
    words = st.one_of(
        st.text(max_size=8),
        st.text(alphabet=_CONTROLS, max_size=6),
        st.sampled_from([*_BAD_DATES, "#", "#inside", "Patient/p1", "urn:uuid:1", "x" * 5000]),
    )
    numbers = st.one_of(
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from([0, -1, 1e308, -1e308, 5e-324, 10**18]),
    )
    return st.recursive(
        st.one_of(st.none(), st.booleans(), numbers, words),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    )


def broken(value: Any, times: int = 3) -> st.SearchStrategy[Any]:
    """`value` with up to so many elements replaced by anything or left out."""

    def once(whole: Any) -> st.SearchStrategy[Any]:
        found = list(places(whole))
        if not found:
            return st.just(whole)
        place = st.sampled_from(found)
        replaced = st.tuples(place, anything()).map(lambda pair: put(whole, pair[0], pair[1]))
        return st.one_of(replaced, place.map(lambda path: without(whole, path)))

    strategy = st.just(value)
    for _ in range(times):
        strategy = strategy.flatmap(lambda whole: st.one_of(once(whole), st.just(whole)))
    return strategy


def without(value: Any, path: Path) -> Any:
    whole = copy.deepcopy(value)
    del at(whole, path[:-1])[path[-1]]
    return whole


# --- what is not damage ---------------------------------------------------------------------------


def with_unknown_elements(value: Any) -> st.SearchStrategy[Any]:
    """`value` with an element that FHIR doesn't know in one of its objects."""
    name = st.sampled_from(["zzUnknown", "vendorNote", "x-local", "𝔷", ""])
    place = st.sampled_from(list(objects(value)))
    return st.tuples(place, name, anything()).map(
        lambda found: put(value, (*found[0], found[1]), found[2])
    )


# --- references -----------------------------------------------------------------------------------


def in_a_circle(resource: Json, length: int) -> Json:
    """A medicine whose contained Medication is made of itself, by way of `length` others."""
    contained = [
        {
            "resourceType": "Medication",
            "id": f"m{number}",
            "code": {"text": "mixture"},
            "ingredient": [{"itemReference": {"reference": f"#m{(number + 1) % length}"}}],
        }
        for number in range(length)
    ]
    kept = {k: v for k, v in resource.items() if k != "medicationCodeableConcept"}
    return {**kept, "contained": contained, "medicationReference": {"reference": "#m0"}}


def misdirected(resource: Json) -> st.SearchStrategy[Json]:
    """A medicine whose Medication is something else, somewhere else, or nowhere."""
    targets = [
        "Patient/p1",
        "Condition/r0",
        "#",
        "#no",
        "Medication/no",
        "urn:uuid:no",
        "",
        "http://[",
    ]
    pointers = [{"reference": target} for target in targets]
    pointers += [{"identifier": {"value": "M-1"}}, {"display": ""}, {"type": "Medication"}]
    kept = {
        k: v for k, v in resource.items() if k not in ("medicationCodeableConcept", "contained")
    }
    return st.sampled_from(pointers).map(lambda found: {**kept, "medicationReference": found})


# --- as JSON text ---------------------------------------------------------------------------------


def nested(depth: int, kind: str) -> str:
    """JSON text of so many arrays, objects or extensions inside each other."""
    opening, closing = {
        "list": ("[", "]"),
        "object": ('{"a":', "}"),
        "extension": ('{"url":"u","extension":[', "]}"),
    }[kind]
    innermost = {"list": "", "object": "1", "extension": '{"url":"u","valueBoolean":true}'}[kind]
    return opening * depth + innermost + closing * depth


_MARK = "\u241fhere\u241f"


def with_text_at(value: Any, path: Path, text: str) -> str:
    """`value` as JSON text, with `text` as it is where `path` leads."""
    return json.dumps(put(value, path, _MARK), ensure_ascii=False).replace(f'"{_MARK}"', text)


def json_texts() -> st.SearchStrategy[str]:
    """Values that only JSON text can hold: numbers that are none, huge, deep or broken ones."""
    deep = st.builds(
        nested, st.sampled_from(DEPTHS), st.sampled_from(["list", "object", "extension"])
    )
    odd = st.sampled_from(
        [
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "-1e400",
            "1" * 400,
            "0.1e-999",
            "01",
            '"\\ud800"',
            '"\\u0000"',
            '"' + "x" * LONG + '"',
            '"' + "furosemide " * (LONG // 11) + '"',
            '"' + "é, not on " * (LONG // 10) + '"',
            "",
            "{",
            '{"a":1,"a":{}}',
            '{"coding":[],"coding":[{"system":"http://snomed.info/sct","code":"1","code":"2"}]}',
        ]
    )
    return st.one_of(odd, deep)


def with_a_key_twice(value: Any, path: Path, text: str) -> str:
    """`value` as JSON text in which the element at `path` is there again, before, as `text`."""
    name = json.dumps(path[-1], ensure_ascii=False)
    key = f"{_MARK}{path[-1]}"
    parent = at(value, path[:-1])
    marked = put(value, path[:-1], {key: 0, **parent}) if path[:-1] else {key: 0, **parent}
    return json.dumps(marked, ensure_ascii=False).replace(f'"{key}": 0', f"{name}: {text}")
