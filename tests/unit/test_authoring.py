"""A new content pack is complete from the start, and nothing that is there is written over."""

from dataclasses import replace
from pathlib import Path

import pytest

from fhir_handout.assess import assess
from fhir_handout.authoring import new_pack
from fhir_handout.errors import UsageError
from fhir_handout.model import Site
from fhir_handout.pack import load_pack
from fhir_handout.render import FORMATS, render
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate
from unit.handouts import TODAY, finding, record
from unit.readers import everything_in


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return new_pack("sprained_ankle", tmp_path)


def test_it_loads_without_a_problem_under_its_name(made: Path) -> None:
    pack = load_pack(made).content
    assert (made.name, pack.id, pack.version) == ("sprained_ankle", "sprained_ankle", "0.1")
    texts = [file.read_text("utf-8") for file in made.rglob("*.yaml")]
    assert not [text for text in texts if "new_pack" in text or "New pack" in text]


@pytest.mark.parametrize("format_name", FORMATS)
def test_its_sheet_is_printed_in_every_format(made: Path, format_name: str) -> None:
    pack = load_pack(made)
    site = Site(name="Riverside Clinic", phone="555-0100")
    nothing = assess(record(), pack.content, pack.codes, TODAY)
    findings = replace(nothing, findings=(*nothing.findings, finding("diabetes.type_1")))
    handout = tailor(findings, pack.content)
    sheet = translate(handout, pack.catalogues["en"], "en", site, "Quillon Testperson", TODAY)
    text = everything_in(render(sheet, format_name, pack.figures).data)
    for said in ("Sprained ankle", "You have diabetes", "Get emergency help", "chest pain"):
        assert said in text


def test_an_editor_finds_the_schemas_that_its_files_name(made: Path) -> None:
    for file in made.rglob("*.yaml"):
        _, is_named, named = file.read_text("utf-8").splitlines()[0].partition("$schema=")
        if is_named:
            assert (file.parent / named).is_file()


def test_every_predicate_and_table_of_it_can_be_left_as_it_is(made: Path) -> None:
    names = {file.name for file in made.rglob("*.yaml")}
    assert names == {
        *("pack.yaml", "topics.yaml", "risk_factors.yaml", "statements.yaml", "citations.yaml"),
        *("alerts.yaml", "rules.yaml", "rows.yaml", "en.yaml"),
    }


def test_a_folder_that_is_there_is_left_as_it_is(made: Path) -> None:
    (made / "pack.yaml").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is there already") as caught:
        new_pack("sprained_ankle", made.parent)
    assert (caught.value.code, caught.value.exit_status) == ("pack-exists", 2)
    assert (made / "pack.yaml").read_text("utf-8") == "mine"


def test_schemas_that_are_there_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    mine = tmp_path / "schemas" / "pack.schema.json"
    mine.write_text("mine", "utf-8")
    new_pack("sprained_ankle", tmp_path)
    assert mine.read_text("utf-8") == "mine"
    assert (tmp_path / "schemas" / "topics.schema.json").is_file()


@pytest.mark.parametrize(
    "name", ["", "Sprained", "sprained ankle", "../hand", "a/b", "1st", "hand\n", "muscle_cramps"]
)
def test_a_name_that_is_none_for_a_pack_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        new_pack(name, tmp_path)
    assert caught.value.code == "bad-pack-name"
    assert not list(tmp_path.iterdir())


def test_a_place_that_can_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match="check --out"):
        new_pack("sprained_ankle", tmp_path / "file")
