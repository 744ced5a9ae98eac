"""`pack diff` on the command line: what was written differently, and for whom it comes out so."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.interfaces import cli

SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps"
Diff = Callable[[Callable[[Any], None], str], list[str]]


@pytest.fixture
def differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Diff:
    """The lines of the difference that a change of one table makes to the shipped pack."""

    def run(change: Callable[[Any], None], table: str) -> list[str]:
        copy = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
        file = copy / f"{table}.yaml"
        content = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        change(content)
        text = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        file.write_text(text, "utf-8")
        assert cli.main(["pack", "diff", "muscle_cramps", str(copy)], {}) == 0
        return capsys.readouterr().out.splitlines()

    return run


def of(table: Any, name: str) -> Any:
    (items,) = (value for value in table.values() if isinstance(value, list) and value)
    return next(item for item in items if item["id"] == name)


def test_a_pack_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pack", "diff", "muscle_cramps", str(SHIPPED)], {}) == 0
    assert capsys.readouterr().out == "nothing differs\n"


def test_a_removed_statement_is_missed_by_whoever_was_told_it_and_an_added_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
    for name, change in (
        ("statements", lambda table: table["statements"].remove(of(table, "fluids-older"))),
        ("locale/en", lambda words: words.pop("fluids-older")),
    ):
        file = copy / f"{name}.yaml"
        content = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        change(content)
        file.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True), "utf-8")
    for packs, how, now in (
        (("muscle_cramps", str(copy)), "removed", "no longer"),
        ((str(copy), "muscle_cramps"), "added", "now"),
    ):
        assert cli.main(["pack", "diff", *packs], {}) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"statements: fluids-older {how}",
            f"outcome: fluids-older is said {now}",
            "  smallest case: age 65",
        ]


def test_a_narrower_condition_shows_in_the_smallest_record_of_those_left_out(differs: Diff) -> None:
    def change(table: Any) -> None:
        of(table, "call-weight")["when"] = {"finding": {"factor": "heart_failure", "certain": True}}

    assert differs(change, "statements") == [
        "statements: call-weight changed: when",
        "outcome: call-weight is said no longer",
        "  smallest case: age 40, heart_failure possible",
    ]


def test_a_wider_condition_shows_in_the_smallest_record_of_those_let_in(differs: Diff) -> None:
    def change(table: Any) -> None:
        of(table, "call-weight")["when"] = {"any": [{"finding": "heart_failure"}, "unread"]}

    assert differs(change, "statements")[1:] == [
        "outcome: call-weight is said now",
        "  smallest case: age 40, conditions not read",
    ]


def test_a_condition_written_otherwise_changes_nothing_for_anybody(differs: Diff) -> None:
    def change(table: Any) -> None:
        of(table, "call-weight")["when"] = {"any": [{"finding": "heart_failure"}]}

    assert differs(change, "statements") == [
        "statements: call-weight changed: when",
        "nobody is told anything else",
    ]


def test_a_vote_changes_a_level_and_what_is_said_of_it(differs: Diff) -> None:
    def change(table: Any) -> None:
        factors = table["risk_factors"]
        arrhythmia = next(factor for factor in factors if factor["id"] == "arrhythmia")
        arrhythmia["votes"] = [{"levels": {"medicines": "D1"}}]

    lines = differs(change, "risk_factors")
    assert lines[0] == "risk_factors: arrhythmia changed: votes"
    for outcome in (
        "outcome: muscle_relaxant was R1 and is R0",
        "outcome: relaxant-maybe is said now",
        "outcome: medicines was D0 and is D1",
        "outcome: medicines-ask is said no longer",
    ):
        assert lines[lines.index(outcome) + 1] == "  smallest case: age 40, arrhythmia possible"


def test_a_changed_word_is_told_to_whoever_reads_it(differs: Diff) -> None:
    def change(words: Any) -> None:
        words["call-weight"] = "You gain weight very fast."
        words["sheet-title"] = "Cramps"

    assert differs(change, "locale/en") == [
        "statements: call-weight changed: words (en)",
        "locale/en: sheet-title changed",
        "outcome: call-weight is said in other words",
        "  smallest case: age 40, heart_failure possible",
    ]


def test_a_factor_that_only_one_pack_knows_is_nothing_to_the_other(differs: Diff) -> None:
    def change(table: Any) -> None:
        factors = table["risk_factors"]
        gone = next(factor for factor in factors if factor["id"] == "arrhythmia")
        gone["value_sets"] = [{**gone["value_sets"][0], "qualifier": "any"}]

    lines = differs(change, "risk_factors")
    assert "outcome: muscle_relaxant was R1 and is R0" in lines
    assert "outcome: muscle_relaxant was R0 and is R1" in lines


def test_an_alert_is_part_of_the_outcome(differs: Diff) -> None:
    def change(table: Any) -> None:
        of(table, "sodium-very-low")["when"] = {"finding": "low_sodium_result"}

    lines = differs(change, "alerts")
    place = lines.index("outcome: sodium-very-low is raised now")
    assert lines[place + 1] == "  smallest case: age 40, low_sodium_result (130_to_134) possible"


def test_what_changed_in_the_rules_is_told(differs: Diff) -> None:
    def change(table: Any) -> None:
        table["tags"]["fluids"]["usual"].append("juice")
        of_rules = table["rules"]
        of_rules[0]["says"] = "quinine is poison"
        gone = of_rules.pop(1)
        of_rules.append({**gone, "id": "NEV-1-anew"})
        table["contradictions"].pop()
        table["words"]["en"]["negated"].append("hardly")
        table["reading"]["en"]["grade"] = 7

    assert differs(change, "rules") == [
        "tags: fluids usual juice added",
        "rules: NEV-1-quinine changed: says",
        "rules: NEV-1-dose removed",
        "rules: NEV-1-anew added",
        "contradictions: CON-stretch removed",
        "words: en changed: negated",
        "reading: en changed: grade",
        "nobody is told anything else",
    ]


def test_a_pack_that_is_not_there_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pack", "diff", "muscle_cramps", "nowhere"], {}) == 2
    assert "nowhere" in capsys.readouterr().err
