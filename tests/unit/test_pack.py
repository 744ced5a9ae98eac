"""Loading a content pack: all of it, or an error that names everything that is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack import DEFAULT_PACK, load_pack, pack_folder, templates
from fhir_handout.patient_record import Coding, Concept, Part
from unit.handouts import loaded
from unit.test_pack_content import GOOD, VALUE_SETS, WORDS

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def value_set(name: str, code: str) -> str:
    include = {"system": RXNORM, "concept": [{"code": code}]}
    return json.dumps({"resourceType": "ValueSet", "id": name, "compose": {"include": [include]}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small pack without a fault; one of its value sets is used by no risk factor."""
    pack = tmp_path / "small"
    for part in ("value_sets", "locale", "figures"):
        (pack / part).mkdir(parents=True)
    for name, table in GOOD.items():
        (pack / f"{name}.yaml").write_text(yaml.safe_dump(table, sort_keys=False), "utf-8")
    for number, name in enumerate([*sorted(VALUE_SETS), "unused"]):
        (pack / "value_sets" / f"{name}.json").write_text(value_set(name, str(number)), "utf-8")
    (pack / "locale" / "en.yaml").write_text(yaml.safe_dump(WORDS), "utf-8")
    (pack / "figures" / "calf.svg").write_text("<svg/>", "utf-8")
    return pack


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(BadContent) as caught:
        load_pack(folder)
    return caught.value.problems


SIXTEEN = set("en es zh-Hans zh-Hant vi ko tl ru ar ht pt-BR fr fa pl ja hi".split())


def test_the_pack_that_ships_is_the_default() -> None:
    pack = loaded()
    assert pack.content.id == DEFAULT_PACK == "muscle_cramps"
    assert set(pack.catalogues) == SIXTEEN
    assert set(pack.figures) == {"calf_cramp", "stretch_calf", "massage_calf"}
    assert pack.content == load_pack(templates() / DEFAULT_PACK).content


def test_a_small_pack_is_loaded_whole(folder: Path) -> None:
    pack = load_pack(folder)
    assert (pack.content.id, len(pack.content.statements)) == ("small", 2)
    assert dict(pack.catalogues) == {"en": WORDS}
    assert pack.figures == {"calf": "<svg/>"}
    names = pack.codes.names[Part.MEDICINES]
    assert (names.negations, names.local, names.exempt) == ({"no"}, frozenset(), frozenset())


def test_only_value_sets_in_use_are_looked_in(folder: Path) -> None:
    codes = load_pack(folder).codes
    matched = {
        match.value_set
        for number in range(4)
        for match in codes.matches(Concept((Coding(RXNORM, str(number)),)))
    }
    assert matched == VALUE_SETS


def test_the_digest_is_the_same_for_the_same_files(folder: Path) -> None:
    assert load_pack(folder).content.digest == load_pack(folder).content.digest


CHANGES: dict[str, Callable[[Path], object]] = {
    "a word": lambda f: (f / "locale" / "en.yaml").write_text(
        yaml.safe_dump({**WORDS, "one": "Other."}), "utf-8"
    ),
    "a comment": lambda f: (f / "topics.yaml").write_text(
        "# so\n" + (f / "topics.yaml").read_text("utf-8"), "utf-8"
    ),
    "a code": lambda f: (f / "value_sets" / "loop.json").write_text(
        value_set("loop", "9"), "utf-8"
    ),
    "a drawing": lambda f: (f / "figures" / "calf.svg").write_text("<svg />", "utf-8"),
    "a name": lambda f: (f / "figures" / "calf.svg").rename(f / "figures" / "leg.svg"),
    "a file that nobody reads": lambda f: (f / "README").write_text("x", "utf-8"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_digest_covers_every_file(folder: Path, change: str) -> None:
    before = load_pack(folder).content.digest
    CHANGES[change](folder)
    assert load_pack(folder).content.digest != before


def test_what_the_machine_leaves_behind_is_no_part_of_it(folder: Path) -> None:
    before = load_pack(folder).content.digest
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    assert load_pack(folder).content.digest == before


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadContent, match="can't read the content pack nowhere: ") as caught:
        load_pack(tmp_path / "nowhere")
    assert caught.value.code == "no-pack"


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadContent, match=r"no pack\.yaml") as caught:
        load_pack(tmp_path)
    assert (caught.value.code, caught.value.exit_status) == ("no-pack", 9)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "not YAML": (
        lambda f: (f / "topics.yaml").write_text("topics:\n  - {id: x\n", "utf-8"),
        "topics.yaml:3: not YAML (did not find expected ',' or '}')",
    ),
    "not UTF-8": (
        lambda f: (f / "topics.yaml").write_bytes(b"topics: \xff\xfe"),
        "topics.yaml: not YAML",
    ),
    "not a mapping": (
        lambda f: (f / "statements.yaml").write_text("- one\n", "utf-8"),
        "statements.yaml:1: empty, or not a mapping",
    ),
    "a missing table": (
        lambda f: (f / "citations.yaml").unlink(),
        "citations.yaml: missing",
    ),
    "an empty catalogue": (
        lambda f: (f / "locale" / "en.yaml").write_text("", "utf-8"),
        "locale/en.yaml:1: empty, or not a mapping",
    ),
    "no catalogue of the source language": (
        lambda f: (f / "locale" / "en.yaml").rename(f / "locale" / "es.yaml"),
        "locale/en.yaml: missing",
    ),
    "a value set that is not JSON": (
        lambda f: (f / "value_sets" / "loop.json").write_text("{", "utf-8"),
        "value_sets/loop.json: not a FHIR ValueSet",
    ),
    "a value set of another type": (
        lambda f: (f / "value_sets" / "loop.json").write_text(
            '{"resourceType": "Patient", "id": "x", "compose": {"include": [1]}}', "utf-8"
        ),
        "value_sets/loop.json: not a FHIR ValueSet",
    ),
    "a value set without an id": (
        lambda f: (f / "value_sets" / "loop.json").write_text('{"resourceType": "ValueSet"}'),
        "value_sets/loop.json: not a FHIR ValueSet",
    ),
    "a value set that includes nothing": (
        lambda f: (f / "value_sets" / "loop.json").write_text(
            '{"resourceType": "ValueSet", "id": "loop", "compose": {"include": []}}', "utf-8"
        ),
        "value_sets/loop.json: not a FHIR ValueSet",
    ),
    "a value set that is a list": (
        lambda f: (f / "value_sets" / "loop.json").write_text("[]", "utf-8"),
        "value_sets/loop.json: not a FHIR ValueSet",
    ),
    "a drawing that is not UTF-8": (
        lambda f: (f / "figures" / "calf.svg").write_bytes(b"<svg>\xff</svg>"),
        "figures/calf.svg: not UTF-8; save it so",
    ),
    "a rule that is wrong": (
        lambda f: (f / "value_sets" / "loop.json").unlink(),
        "risk_factors.yaml:14: diuretic: unknown value set loop",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_pack_is_refused_with_the_place(folder: Path, fault: str) -> None:
    break_it, expected = BROKEN[fault]
    break_it(folder)
    assert expected in problems(folder)


def test_every_problem_is_in_one_error(folder: Path) -> None:
    (folder / "topics.yaml").unlink()
    (folder / "citations.yaml").write_text("[", "utf-8")
    (folder / "value_sets" / "loop.json").write_text("[", "utf-8")
    with pytest.raises(BadContent, match="small has 3 problems, the first: topics.yaml") as caught:
        load_pack(folder)
    assert len(caught.value.problems) == 3
    assert caught.value.code == "bad-content-pack"


def test_a_folder_here_stands_in_for_no_pack_that_ships(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever makes a folder of that name decides what patients are told."""
    (folder.parent / DEFAULT_PACK).symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    assert load_pack(pack_folder(DEFAULT_PACK)).content.id == DEFAULT_PACK
    assert load_pack(pack_folder(f"./{DEFAULT_PACK}")).content.id == "small"
    assert load_pack(pack_folder("small")).content.id == "small"
