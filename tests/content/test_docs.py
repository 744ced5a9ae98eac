"""The documentation says what the program does."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from fhir_handout import workflow
from fhir_handout.approvals import load_approvals
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.explain import explanation
from fhir_handout.interfaces.arguments import parser
from fhir_handout.interfaces.cli import main
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Coding, Concept
from fhir_handout.reviews import AS_WRITTEN, current_reviews
from fhir_handout.settings import load_settings

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("fhir_examples/*/expected.yaml"))
PACK = load_pack()


def explained(folder: Path, patient: str) -> dict:
    moment = Moment.on(date(2026, 11, 23))
    request = workflow.Request(patient, None, moment, PACK, Site())
    return explanation(workflow.prepare(FolderEhr(folder), request).handout)


def schema() -> dict:
    return json.loads((ROOT / "docs" / "explain.schema.json").read_text())


def test_the_explain_schema_and_its_page_are_current():
    command = [sys.executable, ROOT / "tools" / "explain_docs.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("patient", EXAMPLES)
def test_every_example_is_explained_as_the_schema_says(patient):
    found = explained(ROOT / "fhir_examples" / patient, patient)
    jsonschema.validate(found, schema())


def test_gaps_and_unknown_findings_are_explained_as_the_schema_says(tmp_path):
    (tmp_path / "p.json").write_text('{"resourceType": "Patient", "id": "p1"}')
    (tmp_path / "broken.json").write_text("{")
    found = explained(tmp_path, "p1")
    assert found["gaps"]
    assert {f["status"] for f in found["findings"]} == {"unknown"}
    jsonschema.validate(found, schema())


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(schema=2),
        lambda found: found["topics"].pop("fluids"),
        lambda found: found["topics"]["fluids"].update(level="F3"),
        lambda found: found["findings"][0].update(status="maybe"),
        lambda found: found["advice"][0].update(because=["fate"]),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(change):
    found = explained(ROOT / "fhir_examples" / "all-four", "all-four")
    change(found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema())


def test_the_example_on_the_explain_page_has_the_shape_of_an_explanation():
    page = (ROOT / "docs" / "explain-schema.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown = json.loads(block)
    found = explained(ROOT / "fhir_examples" / "loop-diuretic", "loop-diuretic")
    assert list(shown) == list(found)
    for part in ("findings", "advice", "omissions"):
        assert list(shown[part][0]) == list(found[part][0])


def test_the_settings_file_on_its_page_is_valid_and_names_every_key(tmp_path):
    page = (ROOT / "docs" / "settings.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "site.toml"
    file.write_text(block)
    settings = load_settings({}, file)
    assert settings.site.name == "Riverside Clinic"
    for name in (
        *Site.__dataclass_fields__,
        "formats",
        "takes_drafts",
        "read_timeout",
        "value_sets",
        "approvals",
        *("url", "client_id", "keys", "scope", "token_endpoint"),
    ):
        assert re.search(rf"\b{name}\b", block), name


def test_the_files_of_approvals_and_reviews_on_the_settings_page_are_valid(tmp_path):
    page = (ROOT / "docs" / "settings.md").read_text()
    approvals, reviews = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "approvals.yaml"
    file.write_text(approvals)
    assert [approval.content.pack for approval in load_approvals(file)] == ["muscle_cramps"]
    problems: list[str] = []
    said = frozenset(statement.id for statement in PACK.content.statements)
    current_reviews(yaml.load(reviews, Loader=AS_WRITTEN), said, PACK.catalogues, problems)
    assert problems == []


def test_the_value_set_on_its_page_is_one_to_use(tmp_path):
    page = (ROOT / "docs" / "terminology.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "loop.json").write_text(block)
    codes = load_pack(site_value_sets=tmp_path).codes
    added = Coding("https://clinic.example.org/drugs", "FURO40")
    taken_out = Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "102278")
    assert [match.value_set for match in codes.matches(Concept((added,)))] == ["diuretic-loop"]
    assert PACK.codes.matches(Concept((taken_out,)))
    assert not codes.matches(Concept((taken_out,)))


def test_what_the_page_for_authors_shows_works(tmp_path, monkeypatch, capfd):
    """Its commands run and its additions fit, in the order in which they stand there."""
    page = (ROOT / "docs" / "authoring.md").read_text()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fhir_examples").symlink_to(ROOT / "fhir_examples")
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    assert {kind for kind, _ in blocks} == {"sh", "yaml", "text"}
    for kind, block in (each for each in blocks if each[0] != "text"):
        if kind == "yaml":
            first, _, added = block.partition("\n")
            file = Path("sprained_ankle", first.removeprefix("# add to "))
            file.write_text(file.read_text() + "\n" + added)
        else:
            for line in block.splitlines():
                program, *arguments = shlex.split(line)
                assert (program, main(arguments, {})) == ("fhir-handout", 0), capfd.readouterr().err
        if not Path("sprained_ankle_approved").exists():
            shutil.copytree("sprained_ankle", "sprained_ankle_approved")
    said = capfd.readouterr().out
    assert "of whole handouts\n" in said
    assert "statements: ease-cool added\n" in said
    assert re.search(r"^en 0\.1 [0-9a-f]{64}$", said, re.MULTILINE)
    assert load_pack(Path("sprained_ankle")).content.risk_factors["statin"].votes
    assert main(["preview", "all-four", *SHOWN], {}) == 0
    assert "Hold a cool cloth" in capfd.readouterr().out
    assert main(["pack", "check", "sprained_ankle"], {}) == 0
    assert "holds   DM-1-keep" in capfd.readouterr().out


SHOWN = ["--ehr", "fhir_examples", "--pack", "sprained_ankle", "--format", "text"]


def test_the_report_on_the_page_for_authors_is_what_a_pack_with_that_vote_gets(tmp_path, capsys):
    """Lines move with the pack; all else is as it is shown."""
    page = (ROOT / "docs" / "authoring.md").read_text()
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    copy = shutil.copytree(ROOT / "templates" / "muscle_cramps", tmp_path / "pack")
    factors = copy / "risk_factors.yaml"
    before, name, after = factors.read_text("utf-8").partition("  - id: heart_failure\n")
    factors.write_text(before + name + after.replace("fluids: F2, ", "", 1), "utf-8")
    assert main(["pack", "check", str(copy)], {}) == 9
    assert without_lines(shown) in without_lines(capsys.readouterr().out)


def without_lines(text: str) -> str:
    return re.sub(r"\.yaml:\d+:", ".yaml:", text)


def test_every_row_of_the_predicates_on_the_page_for_authors_is_one():
    page = (ROOT / "docs" / "authoring.md").read_text()
    table = page.partition("| `when:` | who |")[2].partition("\n\n")[0]
    shown = [yaml.safe_load(text) for text in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)]
    predicate = json.loads((ROOT / "templates/schemas/predicate.schema.json").read_text())
    assert len(shown) >= 6
    for when in shown:
        jsonschema.validate(when, predicate)


def test_every_environment_variable_that_is_read_is_documented():
    page = (ROOT / "docs" / "settings.md").read_text()
    source = (ROOT / "plugin" / "fhir_handout" / "settings.py").read_text()
    for name in set(re.findall(r'"((?:FHIR_HANDOUT|XDG)_[A-Z_]+)"', source)):
        assert f"`{name}`" in page


def test_every_command_in_the_readme_is_one_and_every_command_is_there():
    readme = (ROOT / "README.md").read_text()
    commands = set(parser()._subparsers._group_actions[0].choices)  # type: ignore[union-attr]
    shown = set(re.findall(r"^fhir-handout ([a-z]+)", readme, re.MULTILINE))
    assert shown == commands


def test_the_files_that_the_documentation_links_to_are_there():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_page_on_clear_communication_goes_through_every_item_and_adds_up():
    page = (ROOT / "docs" / "clear-communication.md").read_text()
    marks = dict(re.findall(r"^\| ([PC]\d+) \|[^|]*\| (yes|\*\*no\*\*|n/a) \|", page, re.MULTILINE))
    pemat = {f"P{number}" for number in (*range(1, 13), *range(15, 27))}
    assert set(marks) == pemat | {f"C{number}" for number in range(1, 21)}
    groups = (range(1, 20), range(20, 27)), (range(1, 21),)
    counts = []
    for letter, ranges in zip("PC", groups, strict=True):
        for numbers in ranges:
            of = [marks[f"{letter}{n}"] for n in numbers if f"{letter}{n}" in marks]
            counts.append((of.count("yes"), len(of) - of.count("n/a")))
    understood, acted, index = counts
    assert f"Met: {understood[0]} of {understood[1]} to understand" in page
    assert f"{acted[0]} of {acted[1]} to act on" in page
    assert f"Met: {index[0]} of {index[1]}." in page
