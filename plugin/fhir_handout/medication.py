"""What a medicine entry is made of and when it is taken.

In: a MedicationStatement or MedicationRequest. Out: the concept and the coded ingredients of what
is taken, wherever the record keeps them (in the entry, contained, or in another Medication), the
period it is taken in, and whether only when needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout import elements
from fhir_handout.codes import is_readable
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged, concept, element, objects, period, reference
from fhir_handout.model import Concept, Resource
from fhir_handout.references import References

_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Contents:
    """A medicine's concept and coded ingredients; `missing` says what could not be found."""

    concept: Concept
    ingredients: tuple[Concept, ...]
    medication: Resource | None
    missing: tuple[str, ...]


def contents(resource: Resource, references: References) -> Contents:
    """What the entry says is taken; `Damaged` where nothing of it can be read."""
    found = concept(resource, "medicationCodeableConcept")
    pointer = reference(resource, "medicationReference")
    medication, missing = None, []
    if pointer is not None:
        medication = references.resolve(pointer, resource)
        if medication is None or elements.resource_type(medication) != "Medication":
            medication = None
            missing.append("its medication reference does not resolve")
            found = found or Concept((), element(pointer, "display", str) or "")
        else:
            found = found or concept(medication, "code")
    ingredients: tuple[Concept, ...] = ()
    if pointer is not None and medication is not None:
        container = _container(pointer, resource, medication)
        ingredients = tuple(_ingredients(medication, container, references))
    if not missing and not any(map(is_readable, [found or Concept(()), *ingredients])):
        raise Damaged("its medicine has neither a code in a known system nor readable text")
    return Contents(found or Concept(()), ingredients, medication, tuple(missing))


def _container(pointer: Mapping[str, Any], outer: Resource, target: Resource) -> Resource:
    """Where `#` references inside `target` lead: contained resources share their container."""
    return outer if str(pointer.get("reference")).startswith("#") else target


def _ingredients(
    medication: Resource, container: Resource, references: References, above: tuple[int, ...] = ()
) -> Iterator[Concept]:
    """The concepts of all active ingredients, and of what those are made of."""
    if id(medication) in above:
        raise Damaged("its medication contains itself")
    if len(above) == _DEEPEST:
        raise Damaged("its medication is made of too many layers")
    for item in objects(medication, "ingredient"):
        if element(item, "isActive", bool) is False:
            continue
        found, pointer = concept(item, "itemCodeableConcept"), reference(item, "itemReference")
        if found is None and pointer is None:
            raise Damaged("an ingredient is not named")
        if found:
            yield found
        if pointer:
            yield from _referred_to(pointer, container, references, (*above, id(medication)))


def _referred_to(
    pointer: Mapping[str, Any], container: Resource, references: References, above: tuple[int, ...]
) -> Iterator[Concept]:
    inner = references.resolve(pointer, container)
    if inner is None or elements.resource_type(inner) not in ("Medication", "Substance"):
        raise Damaged("an ingredient's reference does not resolve")
    found = concept(inner, "code")
    if found:
        yield found
    if elements.resource_type(inner) == "Medication":
        inside = _container(pointer, container, inner)
        yield from _ingredients(inner, inside, references, above)


def taken_during(resource: Resource) -> tuple[Span | None, Span | None]:
    """When taking starts and ends, as far as the entry says."""
    start, end = period(resource, "effectivePeriod")
    if start is None:
        start = elements.moment(resource, "effectiveDateTime")
    for bounds in _bounds(resource):
        end = end or bounds
    return start, end


def _bounds(resource: Resource) -> Iterator[Span | None]:
    """The end of each period that a request is limited to; several doses end with the last."""
    ends = []
    for dosage in _dosages(resource):
        timing = element(dosage, "timing", dict) or {}
        repeat = element(timing, "repeat", dict) or {}
        ends.append(period(repeat, "boundsPeriod")[1])
    known = [end for end in ends if end]
    if known and len(known) == len(ends):
        yield max(known, key=lambda span: span.last)
    dispense = element(resource, "dispenseRequest", dict) or {}
    yield period(dispense, "validityPeriod")[1]


def is_as_needed(resource: Resource) -> bool:
    """Whether every dosage given is only for when it is needed."""
    dosages = _dosages(resource)
    return bool(dosages) and all(_as_needed(dosage) for dosage in dosages)


def _as_needed(dosage: Mapping[str, Any]) -> bool:
    reason = concept(dosage, "asNeededCodeableConcept")
    return reason is not None or element(dosage, "asNeededBoolean", bool) is True


def _dosages(resource: Resource) -> list[dict[str, Any]]:
    return objects(resource, "dosage") + objects(resource, "dosageInstruction")
