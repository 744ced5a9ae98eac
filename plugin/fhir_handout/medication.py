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
from fhir_handout.codes import is_known_system
from fhir_handout.dates import Span
from fhir_handout.elements import Damaged, concept, element, objects, period, reference
from fhir_handout.model import Concept, Resource
from fhir_handout.references import References


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
    ingredients = tuple(_ingredients(medication, references)) if medication else ()
    if not missing and not any(map(_is_readable, [found or Concept(()), *ingredients])):
        raise Damaged("its medicine has neither a code in a known system nor readable text")
    return Contents(found or Concept(()), ingredients, medication, tuple(missing))


def _is_readable(found: Concept) -> bool:
    texts = [found.text, *(coding.display for coding in found.codings)]
    coded = any(coding.code and is_known_system(coding.system) for coding in found.codings)
    return coded or any(any(c.isalpha() for c in text) for text in texts)


def _ingredients(
    medication: Resource, references: References, above: tuple[int, ...] = ()
) -> Iterator[Concept]:
    if id(medication) in above:
        raise Damaged("its medication contains itself")
    for item in objects(medication, "ingredient"):
        found = concept(item, "itemCodeableConcept")
        if found:
            yield found
        pointer = reference(item, "itemReference")
        if pointer is None:
            continue
        inner = references.resolve(pointer, medication)
        if inner is None:
            raise Damaged("an ingredient's reference does not resolve")
        inner_concept = concept(inner, "code")
        if inner_concept:
            yield inner_concept
        yield from _ingredients(inner, references, (*above, id(medication)))


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
    return element(dosage, "asNeededBoolean", bool) is True or "asNeededCodeableConcept" in dosage


def _dosages(resource: Resource) -> list[dict[str, Any]]:
    return objects(resource, "dosage") + objects(resource, "dosageInstruction")
