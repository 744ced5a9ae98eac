"""A content pack that is wrong in any way is refused whole, with every problem named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
Edit = Callable[[str, str, str], None]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))


def problems(pack: Path) -> str:
    with pytest.raises(BadContent) as caught:
        load_pack(pack)
    assert "\n" not in caught.value.message
    return "\n".join(caught.value.problems)


def edit(pack: Path, name: str, old: str, new: str) -> None:
    path = pack / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("risk_factors.yaml", "value_set: diuretic-loop", "value_set: tea", "value set tea"),
        ("risk_factors.yaml", "fluids: F1", "fluids: F9", "unknown level fluids F9"),
        ("risk_factors.yaml", "alongside: [diuretic]", "alongside: [tea]", "unknown tea"),
        ("risk_factors.yaml", "afterwards: pregnancy", "afterwards: tea", "does not show tea"),
        ("risk_factors.yaml", "qualifiers: [acute]", "qualifiers: [odd]", "qualifier odd"),
        ("risk_factors.yaml", "lasts: 90", "lasts: forever", "lasts"),
        ("risk_factors.yaml", "ended_after: 84", "ended_after: soon", "ended_after"),
        ("risk_factors.yaml", "shows_in: medicines", "shows_in: dreams", "diuretic"),
        ("risk_factors.yaml", "- id: cirrhosis", "- id: heart_failure", "is there twice"),
        ("risk_factors.yaml", "implausible_sexes: [male]", "implausible_sexes: [man]", "man"),
        ("statements.yaml", "when: unread", "when: {moon: full}", "unknown predicate moon"),
        ("statements.yaml", "section: ease", "section: attic", "unknown section attic"),
        ("statements.yaml", "kind: replace", "kind: odd", "unknown kind odd"),
        ("statements.yaml", "topic: massage", "topic: music", "unknown topic music"),
        ("statements.yaml", "citations: [HSE]", "citations: [NOBODY]", "citation NOBODY"),
        ("statements.yaml", "finding: diuretic", "finding: tea", "risk factor tea"),
        ("statements.yaml", "level: {fluids: F0}", "level: {fluids: F9}", "level fluids F9"),
        ("statements.yaml", "{id: ease-rest", "{id: ease-stop", "ease-stop"),
        ("statements.yaml", "id: ease-stop", "id: ease-anew", "ease-anew: no words"),
        ("locale/en.yaml", "section-call-soon: ", "section-other: ", "call-soon"),
        ("pack.yaml", 'negative, never, "no"', "negative, never, no", "put it in quotes"),
        ("topics.yaml", "  - id: fluids", "  - name: fluids", "topics.yaml"),
        ("topics.yaml", "topics:", "topics: [", "not YAML"),
        ("value_sets/diuretic-loop.json", '"ValueSet"', '"Basic"', "not a FHIR ValueSet"),
        ("value_sets/diuretic-loop.json", "{", "", "not a FHIR ValueSet"),
    ],
)
def test_a_mistake_is_named(pack, name, old, new, said):
    edit(pack, name, old, new)
    assert said in problems(pack)


def test_every_mistake_is_named_in_one_run(pack):
    edit(pack, "statements.yaml", "section: ease", "section: attic")
    edit(pack, "statements.yaml", "kind: replace", "kind: odd")
    edit(pack, "risk_factors.yaml", "fluids: F1", "fluids: F9")
    found = problems(pack)
    for said in ("attic", "odd", "F9"):
        assert said in found


@pytest.mark.parametrize("name", ["topics", "risk_factors", "statements", "citations"])
def test_a_missing_table_is_named(pack, name):
    (pack / f"{name}.yaml").unlink()
    assert f"{name}.yaml" in problems(pack)


def test_a_folder_without_pack_yaml_is_no_pack(tmp_path):
    with pytest.raises(BadContent, match="no content pack"):
        load_pack(tmp_path)


def test_words_that_nothing_says_are_named(pack):
    with (pack / "locale" / "en.yaml").open("a", encoding="utf-8") as words:
        words.write("stray: Nobody says this.\n")
    assert "stray" in problems(pack)


def test_any_changed_byte_changes_the_digest(pack):
    before = load_pack(pack).content.digest
    assert before == load_pack(SHIPPED).content.digest
    edit(pack, "locale/en.yaml", "Stop what you are doing.", "Stop what you are doing!")
    assert load_pack(pack).content.digest != before
