"""What US Core asks of what is written, element by element."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from fhir_handout import us_core, workflow
from fhir_handout.document import Signature, attach_transaction
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack
from fhir_handout.series import decide, fingerprint_of
from fhir_handout.validation import problem

EXAMPLES = Path(__file__).parents[2] / "fhir_examples"


@pytest.fixture(scope="module")
def written() -> tuple[dict, dict]:
    pack = load_pack()
    moment = Moment.on(date(2026, 11, 23))
    request = workflow.Request("kidney-failure", None, moment, pack, Site())
    made = workflow.prepare(FolderEhr(EXAMPLES / "kidney-failure"), request)
    fingerprint = fingerprint_of(made.handout, made.sheet, made.look, ("html",), "preliminary")
    transaction = attach_transaction(
        made.record,
        made.handout,
        made.renderings(pack, ("html",)),
        decide(made.series, fingerprint, fingerprint, ()),
        made.series,
        Signature("preliminary"),
        moment,
    )
    document, provenance = (entry["resource"] for entry in transaction["entry"])
    return document, provenance


def without(resource: dict, path: str) -> dict:
    """A copy of the resource that lacks the element at `path`."""
    changed = copy.deepcopy(resource)
    *parents, last = path.split(".")
    at = changed
    for step in parents:
        at = at[int(step)] if isinstance(at, list) else at[step]
    del at[last]
    return changed


def test_what_is_written_is_valid_fhir_and_keeps_us_core(written):
    for resource in written:
        assert problem(json.loads(json.dumps(resource))) is None
        assert us_core.problems(resource) == []


@pytest.mark.parametrize(
    "path",
    [
        *("status", "type", "category", "subject", "content", "identifier", "date"),
        "content.0.attachment.contentType",
        "content.0.attachment.data",
    ],
)
def test_a_document_without_a_required_element_breaks_it(written, path):
    assert us_core.problems(without(written[0], path))


@pytest.mark.parametrize(
    "change",
    [
        {"type": {"coding": [{"system": "http://example.org", "code": "x"}]}},
        {"category": [{"coding": [{"system": us_core.CATEGORY, "code": "other"}]}]},
        {"subject": {"reference": "Group/g"}},
        {"author": [{"reference": "Group/g"}]},
        {"context": {"encounter": [{"reference": "Encounter/1"}, {"reference": "Encounter/2"}]}},
    ],
)
def test_a_document_with_a_wrong_element_breaks_it(written, change):
    assert us_core.problems({**written[0], **change})


@pytest.mark.parametrize("path", ["target", "recorded", "agent", "agent.0.onBehalfOf"])
def test_a_provenance_without_a_required_element_breaks_it(written, path):
    assert us_core.problems(without(written[1], path))


def test_resources_without_a_profile_of_ours_are_not_judged():
    assert us_core.problems({"resourceType": "Patient"}) == []
