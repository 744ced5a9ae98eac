"""Reading elements out of FHIR JSON that may hold anything at all.

In: parsed JSON and the name of an element. Out: the element in the type FHIR gives it, None where
it is absent, or `Damaged` with the place where it is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fhir_handout import dates
from fhir_handout.dates import Span
from fhir_handout.patient_record import UNDATED, Coding, Concept, Dated, Resource

T = TypeVar("T")

_HL7 = ("http://terminology.hl7.org/", "http://hl7.org/")


class Damaged(Exception):
    """An element is not what FHIR says it is; the message names the place, never the value."""


def element(parent: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    """The element `name`, None where absent, Damaged where of another type or empty."""
    value = parent.get(name)
    if value.__class__ is kind and (value or kind is bool):
        return value
    if value is not None:
        raise Damaged(f"{name} is {'empty' if value in ({}, [], '') else 'of the wrong type'}")
    if name in parent:
        raise Damaged(f"{name} is null")
    return None


def objects(parent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A repeating element whose items are objects."""
    if name not in parent:
        return []
    found: list[Any] = element(parent, name, list) or []
    for item in found:
        if item.__class__ is not dict or not item:
            raise Damaged(f"{name} holds an item of the wrong type")
    return found


def concept(parent: Mapping[str, Any], name: str) -> Concept | None:
    """A CodeableConcept, None where absent."""
    found = element(parent, name, dict) if name in parent else None
    return None if found is None else concept_of(found)


def concept_of(value: Mapping[str, Any]) -> Concept:
    """A CodeableConcept given as an object."""
    listed: Any = value.get("coding")
    if listed.__class__ is not list or len(listed) != 1 or not _is_object(listed[0]):
        listed = objects(value, "coding")
    codings = tuple([_coding(coding) for coding in listed])
    return Concept(codings, (element(value, "text", str) or "") if "text" in value else "")


def _is_object(item: Any) -> bool:
    return item.__class__ is dict and bool(item)


def _coding(coding: Mapping[str, Any]) -> Coding:
    system, code, display = coding.get("system"), coding.get("code"), coding.get("display")
    whole = system.__class__ is code.__class__ is display.__class__ is str
    if whole and system and code and display:  # nearly all are; the rest is looked at one by one
        return Coding(system, code, display)
    return Coding(
        element(coding, "system", str) or "",
        element(coding, "code", str) or "",
        element(coding, "display", str) or "",
    )


def concepts(parent: Mapping[str, Any], name: str) -> tuple[Concept, ...]:
    """A repeating CodeableConcept."""
    return tuple(concept_of(found) for found in objects(parent, name))


def code_in(parent: Mapping[str, Any], name: str) -> str | None:
    """The code of a CodeableConcept such as clinicalStatus: HL7's own before those of others."""
    found = concept(parent, name)
    coded = [coding for coding in found.codings if coding.code.strip()] if found else []
    if len(coded) == 1:
        return coded[0].code.strip().lower()
    coded.sort(key=lambda coding: not coding.system.strip().startswith(_HL7))
    return coded[0].code.strip().lower() if coded else None


def moment(parent: Mapping[str, Any], name: str) -> Span | None:
    """A date, dateTime or instant."""
    if name not in parent:
        return None
    text = element(parent, name, str)
    if text is None:
        return None
    try:
        return dates.parse(text)
    except ValueError:
        raise Damaged(f"{name} is not a FHIR date") from None


def period(parent: Mapping[str, Any], name: str) -> tuple[Span | None, Span | None]:
    """The start and the end of a Period."""
    found = element(parent, name, dict) if name in parent else None
    return (moment(found, "start"), moment(found, "end")) if found else (None, None)


def first_dated(parent: Mapping[str, Any], names: tuple[str, ...]) -> Dated:
    """The first of these elements that holds a date, as it is written; Periods by their start."""
    for name in names:
        found = parent.get(name)
        text = found.get("start", found.get("end")) if isinstance(found, dict) else found
        if isinstance(text, str):
            return Dated(name, text)
    return UNDATED


def reference(parent: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A Reference."""
    return element(parent, name, dict)


def resource_type(resource: Resource) -> str:
    """The resource's type, or an empty string where it names none."""
    found = resource.get("resourceType")
    return found if isinstance(found, str) else ""


def identity(resource: Resource) -> str | None:
    """`Type/id`, or None for a resource without an id."""
    found = resource.get("id")
    return f"{resource_type(resource)}/{found}" if isinstance(found, str) and found else None
