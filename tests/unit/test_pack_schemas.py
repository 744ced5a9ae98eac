"""The schemas that ship for editors: they know what the program knows, and nothing else."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from fhir_handout.pack_codes import WORD_LISTS
from fhir_handout.pack_model import (
    Alert,
    Answer,
    Band,
    Citation,
    MeasuredUse,
    Measurement,
    RiskFactor,
    Statement,
    Term,
    Topic,
    ValueSetUse,
    Vote,
)
from fhir_handout.pack_statements import KINDS, SIGNS
from fhir_handout.patient_record import Part
from fhir_handout.predicates import NAMES
from fhir_handout.rules_model import (
    Contradiction,
    ReadingLimits,
    Rules,
    SafetyRule,
    TagPattern,
    WordRule,
    WordRules,
)

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): path
    for path in sorted((ROOT / "templates" / "schemas").iterdir())
}
PACKS = [path.parent for path in sorted((ROOT / "templates").glob("*/pack.yaml"))]
YAML = [file for pack in PACKS for file in sorted(pack.rglob("*.yaml"))]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMAS[name].read_text("utf-8"))
    return found


def items(name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema(name)["properties"][name]["items"]
    return found


def everything_in(node: Any) -> list[dict[str, Any]]:
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    own = [node] if isinstance(node, dict) else []
    return own + [found for part in parts for found in everything_in(part)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema_and_says_what_it_is_for(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["title"]
    assert schema(name)["description"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_none_allows_a_key_that_it_does_not_know(name: str) -> None:
    for part in everything_in(schema(name)):
        if part.get("type") == "object" and "properties" in part:
            assert "additionalProperties" in part


@pytest.mark.parametrize("file", YAML, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_first_line_of_each_file_leads_an_editor_to_its_schema(file: Path) -> None:
    first = file.read_text("utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    stem = "locale" if file.parent.name == "locale" else file.stem
    if stem in SCHEMAS:
        assert found
        assert (file.parent / found[1]).resolve() == SCHEMAS[stem]


def test_statements_can_be_of_the_kinds_that_the_layouts_know() -> None:
    assert tuple(items("statements")["properties"]["kind"]["enum"]) == KINDS


def test_predicates_are_those_that_can_be_evaluated() -> None:
    predicate = schema("predicate")
    assert {*predicate["then"]["enum"], *predicate["else"]["properties"]} == NAMES


def test_risk_factors_show_in_the_parts_of_a_record() -> None:
    parts = schema("risk_factors")["$defs"]["factor"]["properties"]["shows_in"]["else"]["enum"]
    assert {*parts, "documents"} == {part.value for part in Part}


def test_the_lists_of_words_are_those_that_are_read() -> None:
    properties = schema("pack")["properties"]
    lists = {name for name in properties if name.endswith(("_words", "_names", "_texts", "_for"))}
    assert lists == set(WORD_LISTS)


factor = schema("risk_factors")["$defs"]
rules = schema("rules")["$defs"]
KEYS: dict[str, tuple[dict[str, Any], type, set[str]]] = {
    "statement": (items("statements"), Statement, set()),
    "alert": (items("alerts"), Alert, set()),
    "topic": (items("topics"), Topic, {"meanings"}),
    "citation": (
        schema("citations")["properties"]["citations"]["additionalProperties"],
        Citation,
        {"id"},
    ),
    "factor": (factor["factor"], RiskFactor, set()),
    "use": (factor["use"], ValueSetUse, set()),
    "answer": (factor["answer"], Answer, set()),
    "measured": (factor["measured"], MeasuredUse, set()),
    "term": (factor["term"], Term, set()),
    "vote": (factor["vote"], Vote, set()),
    "band": (factor["factor"]["properties"]["bands"]["items"], Band, set()),
    "measurement": (
        schema("risk_factors")["properties"]["measurements"]["items"],
        Measurement,
        set(),
    ),
    "rules": (schema("rules"), Rules, set()),
    "rule": (rules["rule"], SafetyRule, set()),
    "contradiction": (rules["contradiction"], Contradiction, set()),
    "pattern": (rules["pattern"], TagPattern, set()),
    "words": (rules["words"], WordRules, set()),
    "reading": (rules["reading"], ReadingLimits, set()),
}


@pytest.mark.parametrize("name", KEYS)
def test_what_can_be_written_is_what_is_read(name: str) -> None:
    described, kind, made_here = KEYS[name]
    assert set(described["properties"]) == {field.name for field in fields(kind)} - made_here


def test_words_that_no_sentence_may_have_are_written_as_they_are_read() -> None:
    """`written` and `pattern` are one key; `explained` names a message and that key."""
    read = {field.name for field in fields(WordRule)} - {"written"}
    words = rules["words"]["properties"]
    assert set(words["never"]["items"]["properties"]) == read
    assert set(words["explained"]["items"]["properties"]) == {"message", "pattern"}


def test_every_key_of_a_rule_has_words_for_editors() -> None:
    for part in everything_in(schema("rules")):
        for name, described in part.get("properties", {}).items():
            assert described.get("description"), name


def _in_full(name: str) -> list[str]:
    """A message by its id; one that is put together, by all that it can be."""
    return [f"{name}{sign}" for sign in SIGNS] if name.endswith("-") else [name]


def test_every_word_that_the_layouts_print_is_asked_of_a_catalogue() -> None:
    sources = [*(ROOT / "templates" / "layouts").glob("*.j2")]
    sources += (ROOT / "plugin" / "fhir_handout" / "render").glob("*.py")
    text = "\n".join(path.read_text("utf-8") for path in sources)
    printed = set(re.findall(r"""(?:words\[|message\()["']([\w-]+)["']""", text))
    assert len(printed) > 5
    printed = {full for name in printed for full in _in_full(name)}
    asked_where_used = {"diary-heading", "diary-lead"}
    assert printed - asked_where_used <= set(schema("locale")["required"])


def test_what_is_put_into_words_is_asked_of_them() -> None:
    words = yaml.safe_load((ROOT / "templates/muscle_cramps/locale/en.yaml").read_text("utf-8"))
    for name, described in schema("locale")["properties"].items():
        asked = {part["pattern"].replace("\\", "") for part in described.get("allOf", ())}
        assert asked == set(re.findall(r"\{\w+\}", words[name]))
