"""The rules of a pack: what is written in rules.yaml, and every slip in it named."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.errors import BadContent
from fhir_handout.pack_rules import Rules, Tag, TagPattern, load_rules
from unit.handouts import loaded

TAGS = {"fluids": {"usual": ["water"], "avoid": ["extra", "sugar"]}, "quinine": {"avoid": ["any"]}}
RULE: dict[str, Any] = {"id": "R", "says": "something", "never": [{"topic": "fluids"}]}


def rules(folder: Path, **table: Any) -> Rules:
    (folder / "rules.yaml").write_text(yaml.safe_dump({"tags": TAGS, **table}), "utf-8")
    return load_rules(folder, loaded())


def problems(folder: Path, **table: Any) -> tuple[str, ...]:
    with pytest.raises(BadContent) as error:
        rules(folder, **table)
    assert error.value.exit_status == 9
    return error.value.problems


def test_tags_are_topic_action_and_object(tmp_path: Path) -> None:
    assert rules(tmp_path).tags == {
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


def test_a_rule_is_for_everybody_unless_it_says_so(tmp_path: Path) -> None:
    (rule,) = rules(tmp_path, rules=[RULE]).rules
    assert rule.when.name == "always"
    assert rule.unless.name == "none"
    assert [str(pattern) for pattern in rule.never] == ["fluids * *"]


def test_a_pack_may_forbid_nothing(tmp_path: Path) -> None:
    found = rules(tmp_path, tags={}, rules=[])
    assert (found.tags, found.rules, found.contradictions) == (frozenset(), (), ())


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a key nobody reads": ({"rules": [{**RULE, "wen": 1}]}, "R: unknown key wen"),
    "a table nobody reads": ({"rulez": []}, "rules: unknown key rulez"),
    "a tag that is none": (
        {"rules": [{**RULE, "never": [{"topic": ["fluids", "fluid"]}]}]},
        "R: no tag is fluid * *",
    ),
    "a predicate that is none": ({"rules": [{**RULE, "when": "unred"}]}, "R: when: "),
    "a key of a predicate": (
        {"rules": [{**RULE, "when": {"finding": {"factor": "statin", "sure": True}}}]},
        "R: when: ",
    ),
    "a factor that is none": (
        {"rules": [{**RULE, "when": {"finding": "statins"}}]},
        "R: unknown risk factor statins",
    ),
    "a level that is none": (
        {"rules": [{**RULE, "unless": {"level": {"fluids": "F9"}}}]},
        "R: unknown level fluids F9",
    ),
    "neither never nor always": (
        {"rules": [{"id": "R", "says": "x"}]},
        "R: neither never nor always",
    ),
    "nothing said": ({"rules": [{"id": "R", "never": [{}]}]}, "R: malformed (KeyError: 'says')"),
    "twice": ({"rules": [RULE, RULE]}, "rules 2: has no id of its own"),
    "half a contradiction": (
        {"contradictions": [{"id": "C", "says": "x", "one": {}}]},
        "C: malformed (KeyError: 'other')",
    ),
    "words that are no pattern": (
        {"words": {"en": {"negated": ["no"], "never": [{"rule": "R", "pattern": "("}]}}},
        "words en: malformed (error: ",
    ),
    "an explanation of nothing": (
        {
            "words": {
                "en": {
                    "negated": ["no"],
                    "never": [{"rule": "R", "pattern": "x"}],
                    "explained": [{"message": "nowhere", "pattern": "x"}],
                }
            }
        },
        "words en: explains what is not there: nowhere, x",
    ),
    "tags that are no mapping": ({"tags": ["fluids"]}, "tags: malformed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_slip_is_named(tmp_path: Path, case: str) -> None:
    table, expected = WRONG[case]
    told = problems(tmp_path, **table)
    assert any(problem.startswith(f"rules.yaml: {expected}") for problem in told), told


def test_all_slips_are_named_at_once(tmp_path: Path) -> None:
    other = {**RULE, "id": "S", "when": {"finding": "statins"}}
    told = problems(tmp_path, rules=[{**RULE, "wen": 1}, other])
    assert [problem.partition(": ")[2][0] for problem in told] == ["R", "S"]


@pytest.mark.parametrize("text", [None, "- a list", "tags: [", ""])
def test_a_file_without_rules_is_refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "rules.yaml").write_text(text)
    with pytest.raises(BadContent, match="bad-rules|rules.yaml"):
        load_rules(tmp_path, loaded())
