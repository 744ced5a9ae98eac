"""The shipped value sets follow their tables, and every row of those says where it was read."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from content.code_forms import unsourced
from content.value_sets import (
    ATC,
    CONCEPTS,
    ICD10,
    LOADED,
    MEMBERS,
    PACK_OF,
    SNOMED,
    TABLE_OF,
    TEMPLATES,
    TERMINOLOGY,
    codes,
    names_of,
    table,
)

SOURCES = {row["source"] for row in table("sources")}


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_value_sets", TERMINOLOGY / "build_value_sets.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_shipped_files_are_current(builder: ModuleType) -> None:
    assert builder.main(["--check"]) == 0


@pytest.mark.parametrize(
    "pack_and_id", ["muscle_cramps heart-failure", "bruised_hand antiplatelet"]
)
@pytest.mark.parametrize("damage", ["edited", "missing", "left over"])
def test_the_check_reports_a_file_that_is(
    damage: str,
    pack_and_id: str,
    builder: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = shutil.copytree(TEMPLATES, tmp_path / "templates")
    monkeypatch.setattr(builder, "OUTPUT", copy)
    assert builder.main(["--check"]) == 0
    pack, value_set = pack_and_id.split()
    victim = copy / pack / "value_sets" / f"{value_set}.json"
    if damage == "edited":
        victim.write_text(victim.read_text() + "\n")
    elif damage == "missing":
        victim.unlink()
    else:
        shutil.copy(victim, victim.with_name("no-such-set.json"))
    assert builder.main(["--check"]) == 1


def test_a_pack_whose_value_sets_were_written_by_hand_keeps_them(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(TEMPLATES, tmp_path / "templates")
    own = copy / "sprained_ankle" / "value_sets" / "sprain.json"
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    monkeypatch.setattr(builder, "OUTPUT", copy)
    assert builder.main([]) == 0
    assert own.read_text() == "{}"


def test_each_lies_in_the_pack_that_the_table_says_and_in_no_other() -> None:
    files = [path.stem for path in TEMPLATES.glob("*/value_sets/*.json")]
    assert sorted(files) == sorted(PACK_OF)
    assert {row["id"]: row["pack"] for row in table("value_sets")} == PACK_OF


def test_every_concept_stands_in_a_table_and_every_row_is_shipped() -> None:
    rows = {
        (row["value_set"], system, row["code"])
        for system, name in TABLE_OF.items()
        for row in table(name)
    }
    assert {(value_set, system, concept["code"]) for value_set, system, concept in CONCEPTS} == rows


def test_every_name_stands_in_the_table_and_every_row_is_shipped() -> None:
    rows = {(row["value_set"], row["code"], row["use"], row["name"]) for row in table("names")}
    assert {
        (value_set, concept["code"], name["use"]["code"], name["value"])
        for value_set, _, concept in CONCEPTS
        for name in names_of(concept)
    } == rows


@pytest.mark.parametrize("name", [*TABLE_OF.values(), "names"])
def test_every_row_has_a_source(name: str) -> None:
    assert unsourced(table(name), SOURCES) == []


@pytest.mark.parametrize("source", ["", "  ", "editorial nobody-knows", "nobody-knows"])
def test_a_row_without_a_known_source_is_caught(source: str) -> None:
    row = {"value_set": "statin", "code": "36567", "source": source}
    assert unsourced([row], SOURCES) == ["statin 36567"]


def test_every_quoted_source_is_used() -> None:
    tables = [*TABLE_OF.values(), "names"]
    assert {key for name in tables for row in table(name) for key in row["source"].split()} == (
        SOURCES
    )


@pytest.mark.parametrize("value_set", LOADED)
def test_is_a_valid_value_set(value_set: str) -> None:
    fhir = pytest.importorskip("fhir.resources.R4B.valueset")
    resource = fhir.ValueSet.model_validate(LOADED[value_set])
    assert resource.id == value_set
    assert resource.url == f"urn:fhir-handout:ValueSet:{value_set}"


@pytest.mark.parametrize("pack", sorted(set(PACK_OF.values())))
def test_together_those_of_a_pack_stay_small_enough_to_load_at_start(pack: str) -> None:
    files = (TEMPLATES / pack).glob("value_sets/*.json")
    assert sum(path.stat().st_size for path in files) < 1_500_000


def test_every_set_has_a_title_and_members_of_its_own() -> None:
    assert {row["id"] for row in table("value_sets")} == set(LOADED)
    assert len({resource["title"] for resource in LOADED.values()}) == len(LOADED)
    assert all(MEMBERS.values())


TERMS_NOT_OURS = {SNOMED, ATC, ICD10}


def test_no_term_of_snomed_ct_atc_or_the_whos_icd_10_is_shipped() -> None:
    """Names of our own may stand on a SNOMED CT identifier; a display may not."""
    licensed = [c for _, system, c in CONCEPTS if system in TERMS_NOT_OURS]
    assert [c for c in licensed if "display" in c] == []
    assert all("display" not in row for name in ("snomed", "atc", "icd10") for row in table(name))
    named = {c["code"] for c in licensed if names_of(c)}
    assert {row["source"] for row in table("names") if row["code"] in named} == {"editorial"}
    assert named.isdisjoint(codes(ATC))
    tags = re.compile(r"\((disorder|finding|procedure|situation|substance|product|person)\)")
    words = [row["note"] for row in table("snomed")] + [row["name"] for row in table("names")]
    assert [word for word in words if tags.search(word)] == []


def test_every_other_concept_has_a_display() -> None:
    bare = [c for _, s, c in CONCEPTS if s not in TERMS_NOT_OURS and not c.get("display")]
    assert bare == []
