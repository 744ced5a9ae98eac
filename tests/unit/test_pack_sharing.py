"""A pack may use the value sets of another one: those that it names, as they are there."""

import json
import shutil
from pathlib import Path

import pytest

from fhir_handout.authoring import new_pack
from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack, templates
from fhir_handout.patient_record import Coding, Concept, Part
from unit.handouts import loaded

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
USED = {"diabetes-type-1", "diabetes-type-2", "diabetes-unspecified"}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack that uses three value sets of the muscle-cramp pack and has none of its own."""
    return new_pack("sprained_ankle", tmp_path)


def problems(pack: Path) -> tuple[str, ...]:
    with pytest.raises(BadContent) as caught:
        load_pack(pack)
    return caught.value.problems


def own_value_set(pack: Path, name: str) -> Path:
    (pack / "value_sets").mkdir(exist_ok=True)
    file = pack / "value_sets" / f"{name}.json"
    include = {"system": ICD10, "concept": [{"code": "S93.4"}]}
    found = {"resourceType": "ValueSet", "id": name, "compose": {"include": [include]}}
    file.write_text(json.dumps(found), "utf-8")
    return file


def test_only_those_that_it_uses_are_loaded(pack: Path) -> None:
    assert {found["id"] for found in load_pack(pack).value_sets} == USED


def test_a_code_of_one_is_recognised_as_in_the_pack_that_has_it(pack: Path) -> None:
    type_1 = Concept((Coding(ICD10, "E10.9"),))
    assert {m.value_set for m in load_pack(pack).codes.matches(type_1)} == {"diabetes-type-1"}
    assert "diabetes-type-1" in {m.value_set for m in loaded().codes.matches(type_1)}


def test_the_words_that_change_a_name_come_with_them(pack: Path) -> None:
    mine, theirs = load_pack(pack).name_rules, loaded().name_rules
    for part in (Part.CONDITIONS, Part.MEDICINES):
        assert set(theirs[part].negations) <= set(mine[part].negations)
        assert set(theirs[part].void) <= set(mine[part].void)


def test_its_own_words_count_beside_them(pack: Path) -> None:
    with (pack / "pack.yaml").open("a", encoding="utf-8") as file:
        file.write("condition_negating_words: [nary]\n")
    negations = load_pack(pack).name_rules[Part.CONDITIONS].negations
    assert {"nary", "without"} <= set(negations)


def test_the_digest_covers_those_that_it_uses_and_no_others(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lender = tmp_path / "templates"
    shutil.copytree(str(templates()), lender)
    for module in ("pack_loader", "pack_files"):
        monkeypatch.setattr(f"fhir_handout.{module}.templates", lambda: lender)
    before = load_pack(pack).content.digest
    unused = lender / "muscle_cramps" / "value_sets" / "statin.json"
    unused.write_text(unused.read_text("utf-8") + "\n", "utf-8")
    assert load_pack(pack).content.digest == before
    used = lender / "muscle_cramps" / "value_sets" / "diabetes-type-1.json"
    used.write_text(used.read_text("utf-8") + "\n", "utf-8")
    changed = load_pack(pack).content.digest
    assert changed != before
    words = lender / "muscle_cramps" / "pack.yaml"
    words.write_text(words.read_text("utf-8").replace("[absence,", "[absence, lacking,"), "utf-8")
    assert load_pack(pack).content.digest not in (before, changed)


def test_a_value_set_that_neither_has_is_named(pack: Path) -> None:
    file = pack / "risk_factors.yaml"
    file.write_text(file.read_text("utf-8").replace("diabetes-type-1", "diabetes-type-9"), "utf-8")
    (problem,) = problems(pack)
    assert problem.endswith(": diabetes: unknown value set diabetes-type-9")


def test_a_pack_that_did_not_come_with_this_is_named_with_its_line(pack: Path) -> None:
    file = pack / "pack.yaml"
    text = file.read_text("utf-8").replace("[muscle_cramps]", "[muscle_cramps, back_pain]")
    file.write_text(text, "utf-8")
    line = text.partition("back_pain")[0].count("\n") + 1
    assert problems(pack) == (
        f"pack.yaml:{line}: value_sets_of: no pack back_pain came with this; "
        "there are: bruised_hand, muscle_cramps",
    )


def test_a_value_set_of_its_own_stands_beside_them(pack: Path) -> None:
    own_value_set(pack, "sprain")
    file = pack / "risk_factors.yaml"
    use = "  - {id: sprain, shows_in: conditions, value_sets: [{value_set: sprain}]}\n"
    file.write_text(file.read_text("utf-8") + use, "utf-8")
    assert {found["id"] for found in load_pack(pack).value_sets} == {*USED, "sprain"}


def test_one_of_its_own_never_takes_the_place_of_one_that_it_shares(pack: Path) -> None:
    own_value_set(pack, "diabetes-type-1")
    assert problems(pack) == (
        "value_sets/diabetes-type-1.json: another value set has the id diabetes-type-1",
    )


def test_a_site_s_value_sets_for_the_other_pack_do_not_stop_this_one(
    pack: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    own_value_set(tmp_path, "statin").rename(site / "statin.json")
    assert {found["id"] for found in load_pack(pack, site).value_sets} == USED
