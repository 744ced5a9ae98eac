"""`pack check` on the command line: the shipped pack holds, and every planted slip is caught.

Each case spoils a copy of the shipped pack in one way. The rules that break by it are named, and
no others, with the smallest record that shows it.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.interfaces import cli
from functional.spoiled import (
    Case,
    Check,
    Spoiled,
    catches,
    no_vote,
    only_when,
    says,
    silent,
    words,
)

LOWERS = {"finding": "glucose_lowering_medicine"}
CHILD = {"finding": {"factor": "age", "qualifiers": ["under_12"]}}
ANYBODY = "age 40"
CASES: dict[str, Case] = {
    "exercise with narrow arteries": Case(
        no_vote("peripheral_artery_disease", "exercise"),
        {"CON-6"},
        "age 40, peripheral_artery_disease possible",
    ),
    "a contradiction": Case(
        says("caffeine avoid any", when={"level": {"caffeine": "C0"}}),
        {"CON-12-none"},
        f"{ANYBODY}, male",
    ),
    "a warning that a finding takes away": Case(
        only_when("call-weight", {"all": [{"finding": "heart_failure"}, {"none": [LOWERS]}]}),
        {"monotone"},
        "age 40, heart_failure possible, then glucose_lowering_medicine (insulin) possible besides",
    ),
    "a warning that a gap takes away": Case(
        only_when("call-weight", {"all": [{"finding": "heart_failure"}, {"none": ["unread"]}]}),
        {"monotone"},
        "age 40, heart_failure possible, then conditions not read besides",
    ),
    "a warning that certainty takes away": Case(
        only_when(
            "call-muscles",
            {
                "all": [
                    {"finding": "statin"},
                    {"none": [{"finding": {"factor": "statin", "certain": True}}]},
                ]
            },
        ),
        {"monotone"},
        "age 40, statin possible, then statin present besides",
    ),
    "what nobody is told": Case(
        says(when={"all": [CHILD, {"none": [CHILD]}]}),
        {"reachable"},
        "",
    ),
    "what only somebody impossible is told": Case(
        says(
            when={
                "all": [
                    {"finding": {"factor": "age", "qualifiers": ["65_and_over"], "certain": True}},
                    {"finding": "pregnancy"},
                ]
            }
        ),
        {"reachable"},
        "",
    ),
    "a claim that is not certain": Case(
        says("claim state statin", when={"finding": "statin"}),
        {"claims"},
        "age 40, statin possible",
    ),
    "a claim of what is withheld": Case(
        says(
            "claim state postpartum",
            when={"finding": {"factor": "postpartum", "even_withheld": True, "certain": True}},
        ),
        {"claims"},
        "age 40, postpartum present and withheld: confidential",
    ),
    "a tag nobody knows": Case(says("fluids sip water"), {"tags"}, ""),
    "words: stopping": Case(words("ease-rest", "Stop your pills and rest."), {"NEV-1"}, ""),
    "words: drinking": Case(words("ease-rest", "Rest, and drink plenty."), {"NEV-2"}, ""),
    "words: electrolytes": Case(words("ease-rest", "Try an electrolyte drink."), {"NEV-3"}, ""),
    "words: a guessed number": Case(words("ease-rest", "Rest, or call 911."), {"NEV-14"}, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_planted_is_caught_and_nothing_else(check: Check, pack: Path, case: str) -> None:
    CASES[case].spoil(Spoiled(pack))
    catches(check(pack), CASES[case])


def test_the_shipped_pack_holds_and_says_how_many_cases_that_is(check: Check) -> None:
    said = check("muscle_cramps")
    assert (said.status, said.broken, said.err) == (0, set(), "")
    for line in (
        r"29 risk factors with \d+ findings, \d+ people, \d parts that may be unread:",
        r"\d\.\d × 10\^\d+  sets of findings, and so many records; they make",
        r"[\d,]+  combinations of levels, and",
        r"[\d,]+  choices of statements",
        r"[\d,]+ questions, over [\d,]+ cases",
    ):
        assert re.search(line, said.out)


def test_a_new_pack_holds(check: Check, tmp_path: Path) -> None:
    assert cli.main(["pack", "new", "sprained_ankle", "--out", str(tmp_path)], {}) == 0
    assert check(tmp_path / "sprained_ankle").status == 0


def line_of(file: Path, text: str) -> int:
    before, found, _ = file.read_text("utf-8").partition(text)
    assert found
    return before.count("\n") + 1


def test_all_failures_are_told_in_one_run_with_their_lines(check: Check, pack: Path) -> None:
    for spoil in (
        says("quinine recommend any"),
        silent("warning call leg_swollen"),
        words("ease-rest", "Rest, and drink plenty."),
    ):
        spoil(Spoiled(pack))
    said = check(pack)
    assert said.broken == {"NEV-1-quinine", "NEV-14-RF-1", "NEV-2"}
    for name, item, problem in (
        ("statements.yaml", "- id: planted", "planted: NEV-1-quinine: is said"),
        (
            "rules.yaml",
            "- id: NEV-14-RF-1\n",
            "NEV-14-RF-1: nothing says warning call/emergency leg_swollen",
        ),
        ("locale/en.yaml", "ease-rest:", 'ease-rest: NEV-2: says "Rest, and drink plenty."'),
    ):
        assert f"  {name}:{line_of(pack / name, item)}: {problem}\n" in said.out
    assert "has 3 problems, the first: statements.yaml:" in said.err


def test_a_pack_with_a_problem_is_not_counted(check: Check, pack: Path) -> None:
    says("quinine recommend any")(Spoiled(pack))
    assert "sets of findings" not in check(pack).out


def test_what_nobody_is_told_is_named_with_its_line(check: Check, pack: Path) -> None:
    CASES["what nobody is told"].spoil(Spoiled(pack))
    line = line_of(pack / "statements.yaml", "- id: planted")
    assert check(pack).places == [f"statements.yaml:{line}: planted: reachable: is never said"]


UNSAFE_VOTES: dict[str, tuple[str, int, dict[str, str]]] = {
    "kidney failure votes for usual fluids": ("kidney_failure", 0, {"fluids": "F0"}),
    "heart failure votes for no limit": (
        "heart_failure",
        0,
        {"supplements": "S2", "muscle_relaxant": "R1", "exercise": "X1"},
    ),
}


@pytest.mark.parametrize("case", UNSAFE_VOTES)
def test_an_unsafe_vote_is_named_by_the_statement_and_by_the_factor(
    check: Check, pack: Path, case: str
) -> None:
    factor, place, levels = UNSAFE_VOTES[case]
    Spoiled(pack).factor(factor, lambda each: each["votes"][place].update(levels=levels))
    said = check(pack)
    assert "NEV-4" in said.broken
    broken = line_of(pack / "statements.yaml", "id: fluids-usual")
    votes = line_of(pack / "risk_factors.yaml", f"- id: {factor}\n")
    assert re.search(
        rf"  statements\.yaml:{broken}: fluids-usual: NEV-4: is said\n"
        rf" +smallest case: age 40, {factor}.* possible\n"
        rf" +votes: risk_factors\.yaml:{votes}: {factor}\n",
        said.out,
    )


def test_a_pack_that_does_not_load_is_told_of_problem_by_problem_and_not_proved(
    check: Check, pack: Path
) -> None:
    """Those of its rules are among them; what breaks a rule comes once all of it loads."""

    def spoil(table: Any) -> None:
        table["rules"][0]["never"][0]["topic"] = "quinin"
        table["rules"][1]["wen"] = "always"

    spoiled = Spoiled(pack)
    says("quinine recommend any")(spoiled)
    spoiled.statement("ease-rest", lambda each: each.update(section="nowhere"))
    spoiled.statement("ease-stop", lambda each: each.update(kind="nothing"))
    spoiled.table("rules", spoil)
    said = check(pack)
    assert (said.status, said.out) == (9, "")
    *told, last = said.err.splitlines()
    assert [re.sub(r":\d+: ", ": ", each).split(" is none")[0] for each in told] == [
        "statements.yaml: ease-stop: kind: nothing",
        "statements.yaml: ease-rest: unknown section nowhere",
        "rules.yaml: NEV-1-quinine: no tag is quinin recommend *",
        "rules.yaml: NEV-1-dose: unknown key wen",
    ]
    assert all(re.match(r"[\w./]+:\d+: ", each) for each in told)
    assert last.startswith("fhir-handout: bad-content-pack: content pack pack has 4 problems, ")


def test_a_pack_that_is_not_there_is_a_wrong_call(check: Check, tmp_path: Path) -> None:
    said = check(tmp_path / "none")
    assert said.status == 2
    assert "muscle_cramps" in said.err


def test_a_terminal_has_a_progress_bar_and_it_goes_away(
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert cli.main(["pack", "new", "sprained_ankle", "--out", str(tmp_path)], {}) == 0
    capsys.readouterr()
    assert check(tmp_path / "sprained_ankle").err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    bars = check(tmp_path / "sprained_ankle").err
    assert "\r[" + " " * 40 + "] 0/" in bars
    assert bars.endswith("\r\033[K")
