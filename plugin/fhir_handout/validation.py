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
from functools import cache
from importlib import import_module
from typing import Any

from fhir_handout.model import Resource

_MODELS = {
    "Condition": "condition",
    "DocumentReference": "documentreference",
    "Encounter": "encounter",
    "Medication": "medication",
    "MedicationRequest": "medicationrequest",
    "MedicationStatement": "medicationstatement",
    "Patient": "patient",
    "Provenance": "provenance",
}

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
    if not isinstance(resource_type, str) or resource_type not in _MODELS:
        return "not of a resource type used here"
    model = _model(resource_type)
    try:
        model.model_validate(resource)
    except Exception as error:  # pydantic's, and bare ones of fhir.resources'
        return _place_of(error)
    return _unbound(resource)


def _place_of(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return "not valid FHIR R4"
    first = errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f"not valid FHIR R4 at {where or 'its root'} ({first['type']})"


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
