"""What a medicine entry is made of.

In: a MedicationStatement or MedicationRequest. Out: the concept and the coded ingredients of what
is taken, wherever the record keeps them: in the entry, contained, or in another Medication. When
and how it is taken is told by `dosing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout import elements
from fhir_handout.codes import UNREADABLE, says_anything
from fhir_handout.elements import Damaged, concept, element, objects, reference
from fhir_handout.patient_record import Concept, Resource
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
        if medication is None or not _is_usable(medication):
            medication = None
            missing.append("its medication reference does not resolve")
            found = found or Concept((), element(pointer, "display", str) or "")
        else:
            found = found or concept(medication, "code")
    ingredients: tuple[Concept, ...] = ()
    if pointer is not None and medication is not None:
        container = _container(pointer, resource, medication)
        ingredients = tuple(_ingredients(medication, container, references))
    if not missing and not any(map(says_anything, [found or Concept(()), *ingredients])):
        raise Damaged(UNREADABLE)
    return Contents(found or Concept(()), ingredients, medication, tuple(missing))


def _is_usable(found: Resource) -> bool:
    """Whether a reference led to a Medication that nobody has called an error."""
    is_medication = elements.resource_type(found) == "Medication"
    return is_medication and found.get("status") != "entered-in-error"


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
