"""A hook call with a full prefetch of 61 resources, against validating the same bytes.

The other side is `Bundle.model_validate` of `fhir.resources`, as for the pipeline. With a reason
the answer holds the draft as HTML and text; without one, as most calls are, it holds no card.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measuring import Ratio, minima
from benchmarks.record import record
from fhir_handout.cds_hooks.answer import answer
from fhir_handout.cds_hooks.policy import COMPLAINT, CdsPolicy, CdsTenant
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack

_MOMENT = Moment.on(date(2026, 11, 23))
_SERVICE = "muscle-cramps-patient-view"
_WITH, _WITHOUT = 0.6, 0.35
_KEYS = {
    "Condition": "conditions",
    "MedicationStatement": "medicationStatements",
    "MedicationRequest": "medicationRequests",
    "Observation": "observations",
}


def call(resources: int = 61, has_reason: bool = True) -> bytes:
    """A call of `patient-view` with everything prefetched."""
    entries: list[dict[str, Any]] = orjson.loads(record(resources))["entry"]
    prefetch: dict[str, Any] = {"patient": entries[0]["resource"], "documents": None}
    for kind, key in _KEYS.items():
        found = [e for e in entries if e["resource"]["resourceType"] == kind]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": found}
    if has_reason:
        first = prefetch["conditions"]["entry"][0]["resource"]
        first["code"]["coding"][0] |= {"code": "R25.2"}
        first["recordedDate"] = "2026-11-20"
    return orjson.dumps(
        {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/bench", "patientId": "bench"},
            "prefetch": prefetch,
        }
    )


def tenant() -> CdsTenant:
    """One EHR that is never asked."""
    rest = RestSettings(cache_dir=Path(), state_dir=Path())
    policy = CdsPolicy(reasons=frozenset({COMPLAINT}))
    return CdsTenant(
        (load_pack(),), Site(), policy, "https://ehr.example.org", "https://h.example.org", rest
    )


def measure(repeats: int = 40) -> list[Ratio]:
    """Calls with a reason and without, each to bytes."""
    to, calls = tenant(), (call(), call(has_reason=False))

    def answered(body: bytes) -> bytes:
        return orjson.dumps(answer(orjson.loads(body), _SERVICE, to, _MOMENT).body)

    assert len(orjson.loads(answered(calls[0]))["cards"]) > 0
    assert orjson.loads(answered(calls[1]))["cards"] == []
    bundle = import_module("fhir.resources.R4B.bundle").Bundle
    data = record()

    def theirs() -> object:
        return bundle.model_validate(orjson.loads(data))

    theirs()
    with_reason, without, other = minima(
        lambda: answered(calls[0]), lambda: answered(calls[1]), theirs, repeats=repeats
    )
    against = "Bundle.model_validate of the record"
    return [
        Ratio("a hook call with a card, HTML and text", against, with_reason, other, _WITH),
        Ratio("a hook call without a card", against, without, other, _WITHOUT),
    ]
