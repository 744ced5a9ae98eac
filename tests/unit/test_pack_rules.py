"""The rules of a pack: what is written in rules.yaml, and every slip in it named with its line."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack_rules import load_ruled
from fhir_handout.rules_model import NO_RULES, Rules, Tag, TagPattern, for_language

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
TAGS = {"fluids": {"usual": ["water"], "avoid": ["extra", "sugar"]}, "quinine": {"avoid": ["any"]}}
RULE: dict[str, Any] = {"id": "R", "says": "something", "never": [{"topic": "fluids"}]}
NEVER = [{"rule": "R", "pattern": "x"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))


def rules(folder: Path, **table: Any) -> Rules:
    table = {"tags": TAGS, "rules": [], **table}
    (folder / "rules.yaml").write_text(yaml.safe_dump(table, sort_keys=False), "utf-8")
    return load_ruled(folder).rules


def problems(folder: Path, **table: Any) -> tuple[str, ...]:
    with pytest.raises(BadContent) as error:
        rules(folder, **table)
    assert error.value.exit_status == 9
    return error.value.problems


def test_tags_are_topic_action_and_object(folder: Path) -> None:
    assert rules(folder).tags == {
        Tag("fluids", "usual", "water"),
        Tag("fluids", "avoid", "extra"),
        Tag("fluids", "avoid", "sugar"),
        Tag("quinine", "avoid", "any"),
    }


@pytest.mark.parametrize(
    ("pattern", "tag", "expected"),
    [
        ({}, "fluids usual water", True),
        ({"topic": "fluids"}, "fluids avoid sugar", True),
        ({"topic": "fluids"}, "quinine avoid any", False),
        ({"topic": "fluids", "action": ["usual", "avoid"]}, "fluids avoid sugar", True),
        ({"action": "avoid", "object": "sugar"}, "fluids avoid extra", False),
    ],
)
def test_a_pattern_matches_what_it_names(pattern: Any, tag: str, expected: bool) -> None:
    sets = {k: frozenset([v] if isinstance(v, str) else v) for k, v in pattern.items()}
    assert TagPattern(**sets).matches(Tag(*tag.split())) is expected


def test_a_rule_is_for_everybody_unless_it_says_so(folder: Path) -> None:
    (rule,) = rules(folder, rules=[RULE]).rules
    assert rule.when.name == "always"
    assert rule.unless.name == "none"
    assert [str(pattern) for pattern in rule.never] == ["fluids * *"]


def test_a_pack_may_forbid_nothing(folder: Path) -> None:
    assert rules(folder, tags={}) == NO_RULES


def test_words_are_harmless_only_after_a_negation(folder: Path) -> None:
    of_english = rules(folder, words={"en": {"negated": ["do not", "no"], "never": NEVER}}).words
    negated = of_english["en"].negated
    assert negated.search("Please DO NOT drink")
    assert not negated.search("Nothing")
    of_english = rules(folder, words={"en": {"negated": [], "never": NEVER}}).words
    assert not of_english["en"].negated.search("anything at all")


def test_a_kind_of_a_language_has_the_rules_of_that_language_where_it_has_none() -> None:
    assert for_language("en-GB", {"en": 1}) == 1
    assert for_language("en-GB", {"en": 1, "en-GB": 2}) == 2
    assert for_language("es", {"en": 1}) is None


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a key nobody reads": ({"rules": [{**RULE, "wen": 1}]}, "wen:", "R: unknown key wen"),
    "a table nobody reads": ({"rulez": []}, "rulez:", "rulez: unknown key rulez"),
    "no rules at all": ({"rules": None}, "rules:", "rules: null is not a list"),
    "a tag that is none": (
        {"rules": [{**RULE, "never": [{"topic": ["fluids", "fluid"]}]}]},
        "- fluid\n",
        "R: no tag is fluid * *",
    ),
    "a key of a pattern": (
        {"rules": [{**RULE, "never": [{"topc": "fluids"}]}]},
        "topc:",
        "R: never: unknown key topc",
    ),
    "a pattern of everything": ({"rules": [{**RULE, "never": [{}]}]}, "- {}", "R: never: lists"),
    "a predicate that is none": (
        {"rules": [{**RULE, "when": "unred"}]},
        "when:",
        "R: when: unknown predicate unred",
    ),
    "a predicate that is none, of unless": (
        {"rules": [{**RULE, "unless": {"moon": "full"}}]},
        "moon:",
        "R: unless: unknown predicate moon",
    ),
    "a key of a predicate": (
        {"rules": [{**RULE, "when": {"finding": {"factor": "statin", "sure": True}}}]},
        "sure:",
        "R: finding: unknown key sure",
    ),
    "a factor that is none": (
        {"rules": [{**RULE, "when": {"finding": "statins"}}]},
        "finding: statins",
        "R: unknown risk factor statins",
    ),
    "a level that is none": (
        {"rules": [{**RULE, "unless": {"level": {"fluids": "F9"}}}]},
        "fluids: F9",
        "R: unknown level fluids F9",
    ),
    "neither never nor always": (
        {"rules": [{"id": "R", "says": "x"}]},
        "- id: R",
        "R: needs never or always",
    ),
    "nothing said": ({"rules": [{"id": "R", "never": [{}]}]}, "- id: R", "R: says is missing"),
    "no id": ({"rules": [{"says": "x", "never": [{}]}]}, "- says: x", "rules 1: id is missing"),
    "twice": ({"rules": [{**RULE, "says": "first"}, RULE]}, "- id: R\n  says: some", "R: is there"),
    "half a contradiction": (
        {"contradictions": [{"id": "C", "says": "x", "one": {"topic": "fluids"}}]},
        "- id: C",
        "C: other is missing",
    ),
    "words that are no pattern": (
        {"words": {"en": {"negated": ["no"], "never": [{"rule": "R", "pattern": "("}]}}},
        "pattern: (",
        "en: ( is no regular expression: ",
    ),
    "a negation that is no pattern": (
        {"words": {"en": {"negated": ["no", "("], "never": NEVER}}},
        "- (\n",
        "en: ( is no regular expression: ",
    ),
    "words of a language nobody speaks": (
        {"words": {"de": {"negated": ["nicht"], "never": NEVER}}},
        "de:",
        "de: there is no complete locale/de/messages.po",
    ),
    "limits of a language nobody speaks": (
        {"reading": {"de": {"grade": 6, "words_a_sentence": 15}}},
        "de:",
        "de: there is no complete locale/de/messages.po",
    ),
    "limits that are none": (
        {"reading": {"en": {"grade": "six", "words_a_sentence": 15}}},
        "grade:",
        "en: grade: six is not a number",
    ),
    "half the limits": ({"reading": {"en": {"grade": 6}}}, "en:", "en: words_a_sentence is miss"),
    "an explanation of nothing": (
        {
            "words": {
                "en": {
                    "negated": ["no"],
                    "never": NEVER,
                    "explained": [{"message": "nowhere", "pattern": "x"}],
                }
            }
        },
        "message: nowhere",
        "en: explains what is not there: nowhere, x",
    ),
    "tags that are no mapping": ({"tags": ["fluids"]}, "tags:", "tags: "),
    "a tag without an object": ({"tags": {"fluids": {"usual": []}}}, "usual:", "fluids: usual: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_slip_is_named_with_its_line(folder: Path, case: str) -> None:
    table, where, expected = WRONG[case]
    told = problems(folder, **table)
    before, found, _ = (folder / "rules.yaml").read_text("utf-8").partition(where)
    assert found
    line = before.count("\n") + 1
    assert any(each.startswith(f"rules.yaml:{line}: {expected}") for each in told), told


def test_one_wrong_tag_is_told_once_and_not_by_every_rule_that_names_it(folder: Path) -> None:
    told = problems(folder, tags={"fluids": {"usual": ["two words"]}}, rules=[RULE])
    assert [problem.split(": ")[1] for problem in told] == ["fluids"]


def test_a_slip_in_a_tag_is_told_once_at_the_word_that_is_wrong(folder: Path) -> None:
    slip = {"topic": "fluids", "action": "avoyd"}
    told = problems(folder, rules=[{**RULE, "never": [slip]}])
    line = (folder / "rules.yaml").read_text("utf-8").partition("avoyd")[0].count("\n") + 1
    assert told == (f"rules.yaml:{line}: R: no tag is fluids avoyd *",)


def test_all_slips_are_named_at_once(folder: Path) -> None:
    other = {**RULE, "id": "S", "when": {"finding": "statins"}}
    told = problems(folder, rules=[{**RULE, "wen": 1}, other])
    assert [problem.partition(": ")[2][0] for problem in told] == ["R", "S"]


def test_what_is_wrong_elsewhere_in_the_pack_is_told_with_it(folder: Path) -> None:
    statements = folder / "statements.yaml"
    text = statements.read_text("utf-8")
    statements.write_text(text.replace("section: ease", "section: attic", 1), "utf-8")
    told = problems(folder, rules=[{**RULE, "wen": 1}])
    assert {problem.partition(":")[0] for problem in told} == {"rules.yaml", "statements.yaml"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "rules.yaml: missing"),
        ("- a list", "rules.yaml:1: empty, or not a mapping"),
        ("\ntags: [", "rules.yaml:3: not YAML"),
        ("", "rules.yaml:1: empty, or not a mapping"),
        ("tags: {}", "rules.yaml:1: rules: is missing"),
        ("rules: []\ntags: {}\nrules: []", "rules.yaml:3: rules: is there twice"),
    ],
)
def test_a_file_without_rules_is_refused(folder: Path, text: str | None, expected: str) -> None:
    if text is None:
        (folder / "rules.yaml").unlink()
    else:
        (folder / "rules.yaml").write_text(text)
    with pytest.raises(BadContent) as error:
        load_ruled(folder)
    assert [each[: len(expected)] for each in error.value.problems] == [expected]
