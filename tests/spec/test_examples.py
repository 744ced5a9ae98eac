"""Every example patient gets exactly the handout that its expected.yaml says, and is well made."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhir_handout import workflow
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.explain import explanation
from fhir_handout.interfaces.cli import main
from fhir_handout.model import Moment, Site
from fhir_handout.pack import LoadedPack, load_pack
from spec.decision_table import levels_of
from spec.examples import ROOT, Example, all_examples, renew, table, table_in

EXAMPLES = all_examples()
each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.id)

ALWAYS_PRINTED = {
    "heart-lungs": "RF-2",
    "dark-urine": "RF-3",
    "heartbeat-weakness": "RF-4",
    "cold-limb": "RF-5",
    "one-sided": "RF-6",
    "bladder-bowel": "RF-7",
    "heat": "RF-8",
    "stiff-jaw": "RF-9",
    "seizure": "RF-11",
}
FACTOR_OF_REASON = {
    "why-diuretic": "diuretic",
    "why-diuretic-minerals": "diuretic",
    "why-diuretic-levels": "diuretic",
    "why-kidney-failure": "kidney_failure",
    "why-dialysis": "kidney_failure",
    "why-kidney-disease": "chronic_kidney_disease",
    "why-diabetes": "diabetes",
    "why-pregnancy": "pregnancy",
    "pregnancy-belly": "pregnancy",
    "why-heart-failure": "heart_failure",
    "why-transplant": "kidney_transplant",
    "why-fluid-medicine": "fluid_regulating_medicine",
    "why-potassium": "potassium_raising_medicine",
    "why-statin": "statin",
}
TEST_DATA = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
SNOMED_CT = "http://snomed.info/sct"


@pytest.fixture(scope="module")
def pack() -> LoadedPack:
    return load_pack()


def _prepare(
    example: Example, folder: Path, pack: LoadedPack, encounter: str | None = None
) -> workflow.Prepared:
    moment = Moment.on(example.today)
    request = workflow.Request(example.id, encounter, moment, pack, Site())
    return workflow.prepare(FolderEhr(folder), request)


# --- what each example yields -------------------------------------------------------------------


@pytest.mark.parametrize("where", ["its own folder", "the folder of all examples"])
@each_example
def test_the_handout_is_the_expected_one(example: Example, where: str, pack: LoadedPack) -> None:
    folder = example.folder if where == "its own folder" else ROOT
    handout = _prepare(example, folder, pack).handout
    expected = example.expected

    found: dict[str, list[dict[str, str | None]]] = {}
    for finding in handout.findings.findings:
        if finding.status != "absent":
            one = {"qualifier": finding.qualifier, "status": str(finding.status)}
            found.setdefault(finding.risk_factor, []).append(one)
    withheld = {f.risk_factor for f in handout.findings.findings if f.withheld}
    said = [advice.statement for advice in handout.advice]

    assert found == expected["findings"]
    assert withheld == set(expected.get("withheld", []))
    assert {topic: reached.level for topic, reached in handout.levels.items()} == expected["topics"]
    assert [a.statement for a in handout.advice if a.section == "for-you"] == expected["for_you"]
    assert set(expected["says"]) - set(said) == set()
    assert set(expected["leaves_out"]) & set(said) == set()
    assert [alert.alert for alert in handout.alerts] == expected.get("alerts", [])
    assert len(handout.findings.gaps) == expected["gaps"]


@each_example
def test_the_handout_is_in_the_expected_language(example: Example, pack: LoadedPack) -> None:
    made = _prepare(example, example.folder, pack)
    notices = [notice.language for notice in made.sheet.notices]
    interpreter = example.expected.get("interpreter")
    assert made.choice.language == example.expected.get("language", "en")
    assert notices == ([interpreter, made.choice.language] if interpreter else [])


@each_example
def test_all_examples_together_are_one_ehr(example: Example, pack: LoadedPack) -> None:
    alone, together = (_prepare(example, folder, pack) for folder in (example.folder, ROOT))

    assert explanation(together.handout) == explanation(alone.handout)
    assert together.sheet == alone.sheet


@each_example
def test_no_warning_sign_is_ever_left_out(example: Example, pack: LoadedPack) -> None:
    said = {advice.statement for advice in _prepare(example, example.folder, pack).handout.advice}

    assert set(ALWAYS_PRINTED) <= said
    assert len(said & {"leg-swollen-call", "leg-swollen-emergency"}) == 1  # RF-1, in one tier


def test_the_discharge_of_the_kidney_failure_patient_is_a_visit_to_attach_to(
    pack: LoadedPack,
) -> None:
    example = Example(ROOT / "kidney-failure")
    prepared = _prepare(example, ROOT, pack, "kidney-failure-encounter")

    encounter = prepared.record.encounter
    assert encounter is not None
    assert encounter.service_provider == "Organization/kidney-failure-organization"
    assert prepared.handout == _prepare(example, ROOT, pack).handout


# --- what each expectation rests on -------------------------------------------------------------


@each_example
def test_the_expected_levels_follow_from_the_decision_table(example: Example) -> None:
    found = example.expected["findings"]

    by_hand = levels_of((factor, f["qualifier"]) for factor, all_ in found.items() for f in all_)

    assert example.expected["topics"] == by_hand


@each_example
def test_only_what_is_certain_and_not_withheld_is_told_as_a_reason(example: Example) -> None:
    expected = example.expected
    certain = {
        factor
        for factor, found in expected["findings"].items()
        if any(f["status"] == "present" for f in found)
    } - set(expected.get("withheld", []))

    assert {FACTOR_OF_REASON[reason] for reason in expected["for_you"]} <= certain


@each_example
def test_every_expectation_says_why(example: Example) -> None:
    lines = (example.folder / "expected.yaml").read_text("utf-8").splitlines()

    comments = [line for line in lines if line.startswith("# ")]
    assert len(comments) >= 2, "say in comments which clinical rule gives these levels"


def test_the_expectations_name_only_statements_there_are(pack: LoadedPack) -> None:
    known = {statement.id for statement in pack.content.statements}

    named = {
        statement
        for example in EXAMPLES
        for key in ("for_you", "says", "leaves_out")
        for statement in example.expected[key]
    }

    assert named <= known


# --- how each example is made -------------------------------------------------------------------


def test_there_are_enough_cases_in_every_shape() -> None:
    assert len(EXAMPLES) >= 12
    assert {example.shape for example in EXAMPLES} == {
        "NDJSON",
        "collection Bundle",
        "document Bundle",
        "searchset Bundles",
        "single resources",
        "transaction Bundle",
    }


@each_example
def test_the_folder_is_named_for_its_one_patient(example: Example) -> None:
    patients = [r["id"] for _, r in example.entries if r["resourceType"] == "Patient"]

    assert patients == [example.id]


@each_example
def test_every_resource_is_valid_r4(example: Example) -> None:
    for document in example.documents:
        model = get_fhir_model_class(document["resourceType"])
        read = model.model_validate(document)

        # What the models do not know, or read otherwise, would be missing or changed here.
        assert json.loads(read.model_dump_json()) == document
        assert list(_codes_out_of_their_binding(document, model)) == []


@each_example
def test_every_resource_says_that_it_is_synthetic(example: Example) -> None:
    resources = [resource for _, resource in example.entries]
    resources += [d for d in example.documents if d["resourceType"] == "Bundle"]

    for resource in resources:
        assert TEST_DATA in resource["meta"]["security"]
        for name in resource.get("name", []) if resource["resourceType"] == "Patient" else []:
            assert name["family"] == "Example"


@each_example
def test_every_reference_resolves_in_its_own_folder(example: Example) -> None:
    there: set[str | None] = set()
    for full_url, resource in example.entries:
        there |= {full_url, f"{resource['resourceType']}/{resource.get('id')}"}

    for _, resource in example.entries:
        contained = {f"#{inner['id']}" for inner in resource.get("contained", [])}
        assert set(_references(resource)) <= there | contained


def test_no_resource_is_in_two_cases() -> None:
    owners: dict[str, str] = {}
    for example in EXAMPLES:
        for full_url, resource in example.entries:
            name = f"{resource['resourceType']}/{resource.get('id', full_url)}"
            assert owners.setdefault(name, example.id) == example.id, name


@each_example
def test_codes_are_shown_with_their_own_names(example: Example) -> None:
    displays = _displays()

    for coding in (c for _, resource in example.entries for c in _codings(resource)):
        if coding["system"] == SNOMED_CT:
            assert "display" not in coding  # identifiers alone are free to ship
        known = displays.get((coding["system"], coding["code"]))
        assert known is None or coding.get("display") in known


@each_example
def test_the_readme_begins_with_its_title_and_explains_the_case(example: Example) -> None:
    first, empty, text = example.readme.split("\n", 2)

    assert first.startswith("# ")
    assert len(first) <= 72
    assert not empty
    assert "synthetic" in text
    assert text.count(". ") + text.count(".\n") >= 2


def test_the_table_of_cases_is_current() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert table_in(readme) == table(), "renew it: python tests/spec/examples.py"


def test_the_table_of_cases_can_be_renewed(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    whole = (ROOT / "README.md").read_text("utf-8")
    copy.write_text(whole.replace(table(), "an old table\n"), "utf-8")

    renew(copy)

    assert copy.read_text("utf-8") == whole


def test_the_command_line_lists_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples"], {}) == 0

    listed = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in listed] == [[e.id, e.title] for e in EXAMPLES]


# --- looking into FHIR --------------------------------------------------------------------------


def _codes_out_of_their_binding(value: Any, model: Any) -> Iterator[str]:
    """The codes that are none of a required binding's, which `fhir.resources` does not check."""
    if value.get("resourceType", model.get_resource_type()) != model.get_resource_type():
        model = get_fhir_model_class(value["resourceType"])
    for name, field in model.model_fields.items():
        key = field.alias or name
        found = value.get(key)
        items = found if isinstance(found, list) else [found]
        allowed = (field.json_schema_extra or {}).get("enum_values")
        if allowed:
            yield from (f"{key}: {item}" for item in items if item and item not in allowed)
        for item in items:
            inner = _model_of(field.annotation)
            if isinstance(item, dict) and inner is not None:
                yield from _codes_out_of_their_binding(item, inner)


def _model_of(annotation: Any) -> Any:
    """The model an element's type names, wherever it stands in the annotation."""
    if hasattr(annotation, "get_model_klass"):
        return annotation.get_model_klass()
    for inner in (*getattr(annotation, "__args__", ()), *getattr(annotation, "__metadata__", ())):
        found = _model_of(inner)
        if found is not None:
            return found
    return None


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _codings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield from value.get("coding", [])
        for inner in value.values():
            yield from _codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codings(inner)


@cache
def _displays() -> dict[tuple[str, str], set[str | None]]:
    """How the value sets of the packs display each of their codes."""
    found: dict[tuple[str, str], set[str | None]] = {}
    for path in (ROOT.parent / "templates").glob("*/value_sets/*.json"):
        for include in json.loads(path.read_text("utf-8"))["compose"]["include"]:
            for concept in include["concept"]:
                key = (include["system"], concept["code"])
                found.setdefault(key, set()).add(concept.get("display"))
    return found
