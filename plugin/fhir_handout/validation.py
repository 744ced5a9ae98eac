"""Whether a resource is valid FHIR R4: what becomes evidence, and what is written, must be.

In: a resource as parsed JSON. Out: None, or what is wrong with it in a few words that hold no
value of the patient's. `fhir.resources` does the work; its models are imported one by one when
first needed, because importing them is the slowest thing this package does. It accepts R4
payloads with its R4B models, ignores elements it doesn't know, and does not check required
bindings, so those we rely on are checked here.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from contextlib import suppress
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

import orjson

from fhir_handout.patient_record import Resource

_MODELS = {
    "CodeableConcept": "codeableconcept",
    "Condition": "condition",
    "DocumentReference": "documentreference",
    "Encounter": "encounter",
    "Medication": "medication",
    "MedicationRequest": "medicationrequest",
    "MedicationStatement": "medicationstatement",
    "Meta": "meta",
    "Observation": "observation",
    "Patient": "patient",
    "Provenance": "provenance",
}

_UNKNOWN = "extra_forbidden"
_RESOURCES = _MODELS.keys() - {"CodeableConcept", "Meta"}
_SHARED = {
    "category": "CodeableConcept",
    "clinicalStatus": "CodeableConcept",
    "code": "CodeableConcept",
    "medicationCodeableConcept": "CodeableConcept",
    "meta": "Meta",
    "verificationStatus": "CodeableConcept",
}
"""Elements that many resources have alike, and that hold nothing of the patient's."""

_BINDINGS: dict[str, dict[str, frozenset[str]]] = {
    "MedicationStatement": {
        "status": frozenset(
            {
                "active",
                "completed",
                "entered-in-error",
                "intended",
                "stopped",
                "on-hold",
                "unknown",
                "not-taken",
            }
        ),
    },
    "MedicationRequest": {
        "status": frozenset(
            {
                "active",
                "on-hold",
                "cancelled",
                "completed",
                "entered-in-error",
                "stopped",
                "draft",
                "unknown",
            }
        ),
        "intent": frozenset(
            {
                "proposal",
                "plan",
                "order",
                "original-order",
                "reflex-order",
                "filler-order",
                "instance-order",
                "option",
            }
        ),
    },
    "DocumentReference": {"status": frozenset({"current", "superseded", "entered-in-error"})},
}


@cache
def _model(resource_type: str) -> Any:
    from fhir_core.fhirabstractmodel import FHIRAbstractModel

    FHIRAbstractModel.set_global_model_config(extra="ignore")
    module = import_module(f"fhir.resources.R4B.{_MODELS[resource_type]}")
    return getattr(module, resource_type)


def problem(resource: Resource) -> str | None:
    """What is wrong with `resource`, or None. The place is named, never the value."""
    resource_type = resource.get("resourceType")
    if not isinstance(resource_type, str) or resource_type not in _RESOURCES:
        return "not of a resource type used here"
    model = _model(resource_type)
    try:
        model.model_validate(_with_known_parts(resource))
    except Exception as error:  # pydantic's, and bare ones of fhir.resources'
        wrong = _place_of(error)
        if wrong:
            return wrong
    return _unbound(resource)


def _with_known_parts(resource: Resource) -> Resource:
    """The resource with those of its parts in place that were validated before.

    Statuses, categories and codes are much the same in every chart, and a model takes longer to
    make than to look up.
    """
    known = dict(resource)
    for name in _SHARED.keys() & resource.keys():
        value, kind = resource[name], _SHARED[name]
        items = value if isinstance(value, list) else [value]
        if not items or (kind == "CodeableConcept" and not all(map(_is_terminology, items))):
            continue
        with suppress(Exception):  # what is wrong is found, with its place, in the whole
            found = [_part(kind, orjson.dumps(item)) for item in items]
            known[name] = found if isinstance(value, list) else found[0]
    return known


def _is_terminology(concept: Any) -> bool:
    """Whether a CodeableConcept has no words but those that its codings display."""
    if not isinstance(concept, dict) or not isinstance(concept.get("coding"), list):
        return False
    shown = [c.get("display") for c in concept["coding"] if isinstance(c, dict)]
    return concept.keys() <= {"coding", "text"} and concept.get("text") in (None, *shown)


@lru_cache(maxsize=4096)
def _part(kind: str, data: bytes) -> Any:
    return _model(kind).model_validate(orjson.loads(data))


def _place_of(error: Exception) -> str | None:
    """Where the first mistake is; None where there are only elements that are not FHIR's.

    Whoever imported a model before us may have it refuse those, and their names may say anything.
    """
    errors = getattr(error, "errors", None)
    if errors is None:
        return "not valid FHIR R4"
    wrong = [e for e in errors(include_url=False, include_input=False) if e["type"] != _UNKNOWN]
    if not wrong:
        return None
    where = ".".join(str(step) for step in wrong[0]["loc"])
    return f"not valid FHIR R4 at {where or 'its root'} ({wrong[0]['type']})"


def _unbound(resource: Resource) -> str | None:
    for name, allowed in _BINDINGS.get(resource["resourceType"], {}).items():
        if resource.get(name) not in allowed:
            return f"not valid FHIR R4 at {name} (no code of its required binding)"
    if resource["resourceType"] == "DocumentReference":
        attachments = [content.get("attachment") or {} for content in resource.get("content") or ()]
        if not all(_is_base64(attachment.get("data") or "") for attachment in attachments):
            return "not valid FHIR R4 at content.attachment.data (not base64)"
    return None


def _is_base64(data: str) -> bool:
    try:
        b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
