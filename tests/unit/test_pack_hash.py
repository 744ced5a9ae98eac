"""What a site approves: a changed sentence voids its language, a changed rule every language."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir_handout.pack import load_pack
from fhir_handout.pack_hash import approval_hashes, digest

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
REVIEWS = "reviews: []\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The pack that ships, in two of its languages."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    for translation in (folder / "locale").iterdir():
        if translation.name not in ("en.yaml", "es"):
            shutil.rmtree(translation)
    return folder


WORDS = {
    "en": ("en.yaml", "Stop what", "Halt what"),
    "es": ("es/messages.po", "Deje de hacer", "Pare de hacer"),
}


def hashes(folder: Path, site: Path | None = None) -> dict[str, str]:
    loaded = load_pack(folder, site)
    return {language: loaded.approval_hash(language) for language in loaded.catalogues.languages}


def add(folder: Path, name: str, text: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(text)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {language for language in before if before[language] != after[language]}


def test_each_language_has_a_hash_of_its_own(pack: Path) -> None:
    found = hashes(pack)
    assert set(found) == {"en", "es"}
    assert len(set(found.values())) == 2
    assert found == hashes(pack)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_changed_sentence_changes_only_its_language(pack: Path, language: str) -> None:
    before = hashes(pack)
    name, old, new = WORDS[language]
    path = pack / "locale" / name
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert changed(before, hashes(pack)) == {language}


def test_a_new_language_leaves_the_others_alone(pack: Path) -> None:
    before = hashes(pack)
    shutil.copytree(pack / "locale" / "es", pack / "locale" / "es-MX")
    assert changed(before, hashes(pack)) == set()


def test_a_translation_back_is_no_part_of_what_is_approved(pack: Path) -> None:
    before = hashes(pack)
    add(pack, "locale/es/back_translation.po", "# read again\n")
    assert changed(before, hashes(pack)) == set()


RULES: dict[str, Callable[[Path], None]] = {
    "a vote": lambda f: (f / "risk_factors.yaml").write_text(
        (f / "risk_factors.yaml").read_text("utf-8").replace("exercise: X1", "exercise: X0", 1),
        "utf-8",
    ),
    "a note in the rules": lambda f: add(f, "statements.yaml", "# so\n"),
    "a value set": lambda f: add(f, "value_sets/cirrhosis.json", "\n"),
    "a figure": lambda f: add(f, "figures/calf_cramp.svg", "<!-- -->"),
    "a new file": lambda f: add(f, "NOTES", "x"),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_changed_rule_changes_every_language(pack: Path, rule: str) -> None:
    before = hashes(pack)
    RULES[rule](pack)
    assert changed(before, hashes(pack)) == {"en", "es"}


def test_a_sites_value_set_changes_every_language(pack: Path, tmp_path: Path) -> None:
    before = hashes(pack)
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(pack / "value_sets" / "cirrhosis.json", site / "cirrhosis.json")
    once = hashes(pack, site)
    assert changed(before, once) == {"en", "es"}
    add(site, "cirrhosis.json", "\n")
    assert changed(once, hashes(pack, site)) == {"en", "es"}


def test_a_review_that_is_written_down_changes_no_hash_but_the_digest(pack: Path) -> None:
    before, digest_before = hashes(pack), load_pack(pack).content.digest
    add(pack, "reviews.yaml", REVIEWS)
    assert hashes(pack) == before
    assert load_pack(pack).content.digest != digest_before


def test_words_in_a_folder_of_their_language_belong_to_it() -> None:
    files = {"locale/es/messages.po": b"a", "locale/en.yaml": b"b", "topics.yaml": b"c"}
    rules = digest({"topics.yaml": b"c"}).encode()
    assert approval_hashes(files, {"es": "locale/es/messages.po"}) == {
        "es": digest({"rules": rules, "locale/es/messages.po": b"a"})
    }


def test_a_byte_that_moves_to_another_file_is_a_change() -> None:
    assert digest({"a": b"xy", "b": b""}) != digest({"a": b"x", "b": b"y"})
