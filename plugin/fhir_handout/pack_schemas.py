"""The shape of a content pack's tables, checked against the JSON Schemas that ship for editors.

In: a parsed table and the name of its schema in templates/schemas/. Out: every place where it is
not as the schema says, in plain words. Whether what a table names is there is not looked at here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import orjson

from fhir_handout.pack_files import templates
from fhir_handout.pack_problems import Problem

_BASE = "json-schema:///"
_PREDICATES = frozenset({"when", "unless", "all", "any", "none"})
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def wrong_shapes(schema: str, file: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Every place where the table of `file` is not as `schema` says."""
    for error in _validator(schema).iter_errors(table):
        path = tuple(error.instance_path)
        for key, what in _said(error):
            place = (*path, key) if key else path
            yield Problem(file, _item(table, path) or _key(place), _within(path) + what, place)


def plain(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table as JSON would have it: a date is text, and so is every key.

    `ValueError` where it holds itself.
    """
    found: dict[str, Any] = json.loads(json.dumps(table, default=str, skipkeys=True))
    return found


def has_schema(name: str) -> bool:
    """Whether there is a schema of this name."""
    return (templates() / "schemas" / f"{name}.schema.json").is_file()


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        _schema(f"{_BASE}{name}.schema.json"),
        base_uri=f"{_BASE}{name}.schema.json",
        retriever=_schema,
    )


def _schema(uri: str) -> dict[str, Any]:
    """A schema by its address; they name each other by file name."""
    file = templates() / "schemas" / uri.removeprefix(_BASE)
    found: dict[str, Any] = orjson.loads(file.read_bytes())
    return found


def _item(table: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    """The id of the item that a path leads into, else its key or its place; empty for none."""
    if len(path) < 2:
        return _key(path)
    inside = table[str(path[0])]
    if isinstance(inside, dict):
        return str(path[1])
    row = inside[path[1]]
    if not isinstance(row, dict):
        return str(path[0])
    name = row.get("id")
    return name if isinstance(name, str) else f"{path[0]} {int(path[1]) + 1}"


def _key(path: tuple[str | int, ...]) -> str:
    return str(path[0]) if path else ""


def _within(path: tuple[str | int, ...]) -> str:
    """Which part of the item it is, for a reader."""
    keys = [step for step in path[2:] if isinstance(step, str)]
    return f"{keys[-1]}: " if keys else ""


def _said(error: jsonschema_rs.ValidationError) -> Iterator[tuple[str, str]]:
    """What is wrong, one thing at a time, and the key concerned where it is not in the path."""
    kind, details = error.kind.name, error.kind.as_dict()
    if kind == "additionalProperties":
        what = "predicate" if _is_predicate(error) else "key"
        yield from ((key, f"unknown {what} {key}") for key in details["unexpected"])
    elif kind == "required":
        key = details["property"]
        yield key, f"{key} is missing" if error.instance_path else "is missing"
    else:
        yield "", _WORDS.get(kind, _as_it_is)(error, details)


def _is_predicate(error: jsonschema_rs.ValidationError) -> bool:
    keys = [step for step in error.instance_path[-2:] if isinstance(step, str)]
    return bool(_PREDICATES.intersection(keys[-1:]))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= 40 else f"{text[:40]}…"


def _enum(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    allowed = ", ".join(map(str, details["options"]))
    if _is_predicate(error):
        return f"unknown predicate {_shown(error.instance)}"
    return f"{_shown(error.instance)} is none of {allowed}"


def _type(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    wanted = " or ".join(_TYPES.get(name, name) for name in details["types"])
    quoted = details["types"] == ["string"] and isinstance(error.instance, bool | int | float)
    hint = "; put it in quotes" if quoted else ""
    return f"{_shown(error.instance)} is not {wanted}{hint}"


def _pattern(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    pattern = details["pattern"]
    if pattern == r"\S":
        return "has no text"
    if pattern.startswith(r"\{"):
        return f"lacks {pattern.replace(chr(92), '')}"
    return f"{_shown(error.instance)} is not written as it must be: {pattern}"


def _few(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    return f"has fewer than {details['limit']}" if error.instance else "lists nothing"


def _many(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    if _is_predicate(error):
        return "more than one predicate; put them under all or any"
    return f"has more than {details['limit']}"


def _low(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    return f"{_shown(error.instance)} is less than it can be ({details['limit']})"


def _high(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    return f"{_shown(error.instance)} is more than it can be ({details['limit']})"


def _long(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    return f"is longer than {details['limit']} characters"


def _any_of(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    inside = (wrong for branch in details["context"] for wrong in branch)
    lacking = (w.kind.as_dict()["property"] for w in inside if w.kind.name == "required")
    return f"needs {' or '.join(lacking)}"


def _as_it_is(error: jsonschema_rs.ValidationError, details: Mapping[str, Any]) -> str:
    return f"is not as it must be ({error.kind.name})"


_WORDS: dict[str, Callable[[jsonschema_rs.ValidationError, Mapping[str, Any]], str]] = {
    "anyOf": _any_of,
    "enum": _enum,
    "type": _type,
    "pattern": _pattern,
    "minItems": _few,
    "minProperties": _few,
    "maxItems": _many,
    "maxProperties": _many,
    "minimum": _low,
    "exclusiveMinimum": _low,
    "maximum": _high,
    "maxLength": _long,
    "uniqueItems": lambda error, details: "names something twice",
}
