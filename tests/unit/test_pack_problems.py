"""A content pack that is wrong in any way is refused whole, with every problem named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir_handout.errors import BadContent
from fhir_handout.pack import load_pack
from fhir_handout.pack_files import parsed
from fhir_handout.pack_problems import Problem

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
        ("statements.yaml", "kind: replace", "kind: odd", "kind: odd is none of key, about,"),
        ("statements.yaml", "\n    topic: massage", "\n    topic: music", "unknown topic music"),
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


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("risk_factors.yaml", "value_set: diuretic-loop", "value_set: tea"),
        ("risk_factors.yaml", "fluids: F1", "fluids: F9"),
        ("risk_factors.yaml", "alongside: [diuretic]", "alongside: [tea]"),
        ("risk_factors.yaml", "afterwards: pregnancy", "afterwards: tea"),
        ("risk_factors.yaml", "lasts: 90", "lasts: forever"),
        ("risk_factors.yaml", "- id: cirrhosis", "- id: heart_failure"),
        ("risk_factors.yaml", "measurement: sodium", "measurement: salt"),
        # what is merged stands where it is written, and is looked for there
        (
            "risk_factors.yaml",
            "<<: *dialysis, value_set: kidney-failure-per",
            "<<: *dialysis, value_set: ",
        ),
        ("statements.yaml", "when: unread", "when: {moon: full}"),
        ("statements.yaml", "  - id: one-sided\n    section: emergency\n", "  - id: one-sided\n"),
        ("statements.yaml", "{level: {fluids: [F0, F1]}}", "{level: {fluids: [F0, F9]}}"),
        ("statements.yaml", "citations: [HSE]", "citations: [NOBODY]"),
        ("statements.yaml", "{id: ease-rest", "{id: ease-stop"),
        ("pack.yaml", 'negative, never, "no"', "negative, never, no"),
        ("pack.yaml", "emergency_section: emergency", "emergency_section: warnings"),
        ("pack.yaml", "id: calf_cramp", "id: thigh_cramp"),
        ("citations.yaml", "seen: mirror", "seen: once"),
        ("topics.yaml", "    label: Fluids", "    lable: Fluids"),
        ("locale/en.yaml", 'sheet-for: "For {name}"', 'sheet-for: "For you"'),
        ("locale/en.yaml", "ease-rest: ", "ease-rset: "),
        ("locale/en.yaml", "ease-rest: ", "ease-rest@uncle: "),
    ],
)
def test_a_mistake_is_told_with_its_line(pack, name, old, new):
    line = (pack / name).read_text("utf-8").partition(old)[0].count("\n") + 1
    edit(pack, name, old, new)
    assert f"{name}:{line}: " in problems(pack)


def test_one_mistake_is_one_problem_however_much_names_what_is_wrong(pack):
    edit(pack, "topics.yaml", "    label: Fluids", "    lable: Fluids")
    edit(pack, "risk_factors.yaml", "  - id: diuretic", "  - colour: red\n    id: diuretic")
    edit(pack, "statements.yaml", "  - {id: ease-stop,", "  - {colour: red, id: ease-stop,")
    edit(pack, "citations.yaml", 'MP: {title: "MedlinePlus, M', 'MP: {name: "MedlinePlus, M')
    edit(pack, "value_sets/diuretic-loop.json", '"ValueSet"', '"Basic"')
    assert [problem.partition(": ")[2] for problem in problems(pack).splitlines()] == [
        "not a FHIR ValueSet",
        "fluids: unknown key lable",
        "diuretic: unknown key colour",
        "ease-stop: unknown key colour",
        "MP: unknown key name",
        "MP: title is missing",
    ]


def test_a_table_that_no_one_can_read_is_one_problem(pack):
    for name in ("topics", "risk_factors", "citations"):
        (pack / f"{name}.yaml").write_text("[", "utf-8")
    assert [problem[:20] for problem in problems(pack).splitlines()] == [
        "topics.yaml:2: not Y",
        "risk_factors.yaml:2:",
        "citations.yaml:2: no",
    ]


def test_a_key_that_is_there_twice_is_named_though_yaml_would_take_the_last(pack):
    edit(pack, "locale/en.yaml", "ease-rest: Let", "ease-rest: Never rest.\nease-rest: Let")
    edit(pack, "risk_factors.yaml", "lasts: 90}", "lasts: 90, lasts: 900}")
    found = problems(pack)
    line = (pack / "locale" / "en.yaml").read_text("utf-8").partition("ease-rest: L")[0].count("\n")
    assert f"locale/en.yaml:{line + 1}: ease-rest: is there twice" in found
    assert "lasts: is there twice" in found


def test_a_key_that_overrides_what_it_merges_is_not_there_twice(pack):
    old = "{<<: *electrolyte, value_set: high-sodium,"
    edit(pack, "risk_factors.yaml", old, f"{old} lasts: 30,")
    (factor,) = [
        use
        for use in load_pack(pack).content.risk_factors["electrolyte_disorder"].value_sets
        if use.value_set == "high-sodium"
    ]
    assert factor.lasts == 30


def test_what_is_merged_by_way_of_another_is_not_there_twice(tmp_path):
    """The innermost is looked at last, when what it merges is among its own keys already."""
    text = "a: &a {k: 1}\nb: {c: {d: {e: &e {<<: *a, k: 2}}}}\nf: {<<: *e, k: 3}\n"
    found: list[Problem] = []
    assert parsed("x.yaml", {"x.yaml": text.encode()}, found) == {
        "a": {"k": 1},
        "b": {"c": {"d": {"e": {"k": 2}}}},
        "f": {"k": 3},
    }
    assert found == []


def test_a_name_that_yaml_takes_for_something_else_is_named(pack):
    with (pack / "locale" / "en.yaml").open("a", encoding="utf-8") as words:
        words.write("no: Not yes.\n")
    assert "no: YAML reads this as no text; put it in quotes" in problems(pack)


def test_a_table_that_holds_itself_is_refused(pack):
    (pack / "topics.yaml").write_text("topics: &all\n  - {id: x, levels: *all}\n", "utf-8")
    assert problems(pack).startswith("topics.yaml:1: holds itself")


def test_problems_come_file_by_file_and_line_by_line(pack):
    edit(pack, "statements.yaml", "section: ease", "section: attic")
    edit(pack, "statements.yaml", "kind: replace", "kind: odd")
    edit(pack, "statements.yaml", "{id: ease-rest", "{id: ease-stop")
    lines = [int(p.split(":")[1]) for p in problems(pack).splitlines() if p.startswith("state")]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_what_a_drawing_says_has_to_be_in_the_catalogue(pack):
    edit(pack, "locale/en.yaml", "figure-label-shin: Shin\n", "")
    assert "figure-label-shin: the figure calf_cramp uses it" in problems(pack)


def test_a_row_that_the_pack_does_not_list_is_named(pack):
    rows = "rows:\n  - {id: BASE-1, fact: A cramp is a muscle that tightens.}\n"
    (pack / "rows.yaml").write_text(rows, "utf-8")
    found = problems(pack)
    assert "cause-unknown: unknown row BASE-2" in found
    assert "BASE-1" not in found


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
