"""Examples of every request and answer of REST, for OpenAPI.

In: an example patient that comes with this program, and the content pack. Out: bodies as they are
sent and answered; long lists are cut. All of it is made up of nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

from fastapi.openapi.models import Example

from fhir_handout import workflow
from fhir_handout.ehr.given import GivenEhr
from fhir_handout.explain import explanation
from fhir_handout.model import Moment, Site
from fhir_handout.pack import LoadedPack
from fhir_handout.service.rest.answers import notes, previewed
from fhir_handout.service.rest.contents import handout_item, language_item

_PATIENT = "no-risk-factors"
_DAY = date(2026, 11, 23)
_SHOWN = 2
_DOCUMENT = "DocumentReference/example-document"
_OF_EHR = {"tenant": "riverside", "patient": _PATIENT, "date": _DAY.isoformat()}


def _record() -> dict[str, Any]:
    """The record of the example patient, as one Bundle."""
    folder = files("fhir_handout.fhir_examples") / _PATIENT
    found: dict[str, Any] = json.loads((folder / "record.json").read_text("utf-8"))
    return found


def _asked(**bodies: Mapping[str, Any]) -> dict[str, Example]:
    return {
        name: Example(summary=name.replace("_", " "), value=body) for name, body in bodies.items()
    }


_SENT = {"record": _record(), "date": _DAY.isoformat()}
PREVIEW = _asked(
    a_record_that_is_sent={**_SENT, "format": "json"},
    a_patient_of_an_ehr={**_OF_EHR, "format": "pdf", "layout": "large"},
)
EXPLAIN = _asked(a_record_that_is_sent=_SENT, a_patient_of_an_ehr=_OF_EHR)
ATTACH = _asked(
    a_draft=_OF_EHR,
    signed={**_OF_EHR, "status": "final", "signed_by": "Practitioner/example"},
)
RETRACT = _asked(a_document={"tenant": "riverside", "document": _DOCUMENT})


def answers(pack: LoadedPack) -> dict[str, Any]:
    """What is answered, by the path of the endpoint."""
    request = workflow.Request(_PATIENT, None, Moment.on(_DAY), pack, Site())
    prepared = workflow.prepare(GivenEhr(_record()), request)
    attached: dict[str, Any] = {
        "done": "created",
        "document": _DOCUMENT,
        "replaced": [],
        "left_out": None,
        "dry_run": False,
        "notes": notes(prepared),
    }
    why = explanation(prepared.handout, prepared.choice, prepared.record.languages)
    found = {
        "preview": _cut(json.loads(json.dumps(previewed(prepared)))),
        "explain": _cut(why),
        "attach": attached,
        "retract": {"done": "retracted", "document": _DOCUMENT},
        "handouts": {"handouts": [handout_item(pack, None)]},
        "languages": {"languages": [language_item(pack, "es", ["riverside"])]},
    }
    return {f"/api/v1/{name}": body for name, body in found.items()}


def _cut(value: Any) -> Any:
    """The same with no more than the first few of every list."""
    if isinstance(value, dict):
        return {name: _cut(item) for name, item in value.items()}
    return [_cut(item) for item in value[:_SHOWN]] if isinstance(value, list) else value
