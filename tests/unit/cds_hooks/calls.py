"""A tenant and calls of it, for tests."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from cds_client.checks import response_problems
from fhir_handout.cds_hooks.answer import HookAnswer, answer
from fhir_handout.cds_hooks.policy import CdsPolicy, CdsTenant
from fhir_handout.dates import calendar_day
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.model import Moment, Site
from fhir_handout.pack import LoadedPack, load_pack, pack_folder

EXAMPLES = Path(__file__).resolve().parents[3] / "fhir_examples" / "cds_hooks"
MOMENT = Moment.on(calendar_day("2026-11-23"))
EHR = "https://ehr.example.org/fhir"


@cache
def loaded(name: str = "muscle_cramps") -> LoadedPack:
    return load_pack(pack_folder(name))


def tenant(folder: Path, base_url: str = EHR, **policy: Any) -> CdsTenant:
    return CdsTenant(
        (loaded(), loaded("bruised_hand")),
        Site(),
        CdsPolicy(**policy),
        base_url,
        "https://handout.example.org/",
        RestSettings(cache_dir=folder / "cache", state_dir=folder / "state"),
    )


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.request").read_text("utf-8"))
    return found


def answered(name_or_body: Any, to: CdsTenant, hook: str = "") -> HookAnswer:
    """The answer to an example, or to a changed one; never one that the specification forbids."""
    body = example(name_or_body) if isinstance(name_or_body, str) else name_or_body
    hook = hook or body["hook"]
    found = answer(body, f"muscle-cramps-{hook}", to, MOMENT)
    assert response_problems(found.body) == []
    return found
