"""`pack check` on the command line: the shipped pack holds, and every planted slip is caught.

Each case spoils a copy of the shipped pack in one way. The rules that break by it are named, and
no others, with the smallest record that shows it.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_handout.interfaces import cli

SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps"


@dataclass(frozen=True)
class Said:
    """What a run of the command said."""

    status: int
    out: str
    err: str

    @property
    def broken(self) -> set[str]:
        """The rules that it calls broken."""
        return set(re.findall(r"^BROKEN +(\S+)", self.out, re.MULTILINE))


Check = Callable[[object], Said]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    def run(pack: object) -> Said:
        status = cli.main(["pack", "check", str(pack)], {})
        return Said(status, *capsys.readouterr())

    return run


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))


class Spoiled:
    """A copy of the pack, to be spoiled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str, change: Callable[[Any], None]) -> None:
        file = self.folder / f"{name}.yaml"
        table = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        change(table)
        text = yaml.dump(table, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        file.write_text(text, "utf-8")

    def statement(self, name: str, change: Callable[[Any], None]) -> None:
        self.table("statements", lambda table: change(_of(table["statements"], name)))

    def factor(self, name: str, change: Callable[[Any], None]) -> None:
        self.table("risk_factors", lambda table: change(_of(table["risk_factors"], name)))


def _of(items: list[Any], name: str) -> Any:
    return next(item for item in items if item["id"] == name)


Spoil = Callable[[Spoiled], object]


def says(*tags: str, when: Any = "always", kind: str = "do") -> Spoil:
    """One more statement, at the end of the sheet, with these tags."""
    parts = [dict(zip(("topic", "action", "object"), tag.split(), strict=True)) for tag in tags]
    one = {"id": "planted", "section": "sheet", "kind": kind, "when": when, "tags": parts}
    one |= {"citations": ["PACK"], "rows": ["BASE-8"]}

    def spoil(pack: Spoiled) -> None:
        pack.table("statements", lambda table: table["statements"].append(one))
        pack.table("locale/en", lambda words: words.update(planted="Some words."))

    return spoil


def silent(tag: str, *statements: str) -> Spoil:
    """These statements, or all of them, no longer say that."""

    def forget(table: Any) -> None:
        for each in table["statements"]:
            if not statements or each["id"] in statements:
                kept = [t for t in each.get("tags", ()) if " ".join(t.values()) != tag]
                each["tags"] = kept

    return lambda pack: pack.table("statements", forget)


def only_when(statement: str, when: Any) -> Spoil:
    return lambda pack: pack.statement(statement, lambda each: each.update(when=when))


def no_vote(factor: str, topic: str) -> Spoil:
    """A factor no longer votes on a topic."""

    def change(each: Any) -> None:
        for vote in each["votes"]:
            vote["levels"].pop(topic, None)
        each["votes"] = [vote for vote in each["votes"] if vote["levels"]]
        if not each["votes"]:
            del each["votes"]

    return lambda pack: pack.factor(factor, change)


def votes(factor: str, place: int, qualifiers: list[str]) -> Spoil:
    """Only these qualifiers of a factor cast one of its votes."""
    return lambda pack: pack.factor(
        factor, lambda each: each["votes"][place].update(qualifiers=qualifiers)
    )


def words(message: str, text: str) -> Spoil:
    return lambda pack: pack.table("locale/en", lambda table: table.update({message: text}))


DIALYSIS = {"factor": "kidney_failure", "qualifiers": ["dialysis"]}
LOWERS = {"finding": "glucose_lowering_medicine"}
CLOT = {"finding": {"factor": "deep_vein_thrombosis", "qualifiers": ["current"]}}
CHILD = {"finding": {"factor": "age", "qualifiers": ["under_12"]}}
RED_FLAGS = {
    "RF-2": "heart_lungs",
    "RF-3": "dark_urine",
    "RF-4": "heartbeat_weakness",
    "RF-5": "cold_limb",
    "RF-6": "one_sided",
    "RF-7": "bladder_bowel",
    "RF-8": "heat",
    "RF-9": "stiff_jaw",
    "RF-11": "seizure",
}
ANYBODY = "age 40"
CASES: dict[str, tuple[Spoil, set[str], str]] = {
    "quinine": (says("quinine recommend any"), {"NEV-1-quinine"}, ANYBODY),
    "a dose": (says("dose give any"), {"NEV-1-dose"}, ANYBODY),
    "a pain reliever": (says("pain_reliever mention any"), {"NEV-1-dose", "NEV-10"}, ANYBODY),
    "a cure": (says("cure promise any"), {"NEV-1-diagnosis"}, ANYBODY),
    "skipped dialysis": (
        says("dialysis skip any", when={"none": [{"finding": "kidney_failure"}]}),
        {"NEV-1-stop"},
        ANYBODY,
    ),
    "usual fluids with a water pill": (
        no_vote("diuretic", "fluids"),
        {"NEV-2"},
        "age 40, diuretic (loop) possible",
    ),
    "food with potassium": (says("food recommend high_potassium"), {"NEV-3"}, ANYBODY),
    "low minerals with a transplant": (
        no_vote("kidney_transplant", "supplements"),
        {"NEV-3-minerals"},
        "age 40, kidney_transplant possible",
    ),
    "usual fluids with a transplant": (
        no_vote("kidney_transplant", "fluids"),
        {"NEV-4"},
        "age 40, kidney_transplant possible",
    ),
    "an amount": (says("fluids limit number"), {"NEV-4-amount"}, ANYBODY),
    "a relaxant with a transplant": (
        no_vote("kidney_transplant", "muscle_relaxant"),
        {"NEV-5-relaxant"},
        "age 40, kidney_transplant possible",
    ),
    "juice": (
        says("low_sugar carry juice", when=LOWERS),
        {"NEV-5-juice", "CON-11"},
        "age 40, diuretic (potassium_sparing) possible, "
        "glucose_lowering_medicine (insulin) possible",
    ),
    "low minerals with a pill that keeps potassium": (
        votes("diuretic", 1, ["carbonic_anhydrase_inhibitor", "osmotic", "unspecified"]),
        {"NEV-6", "NEV-3-minerals"},
        "age 40, diuretic (potassium_sparing) possible",
    ),
    "a relaxant while breastfeeding": (
        no_vote("breastfeeding", "muscle_relaxant"),
        {"NEV-7-relaxant"},
        "age 40, breastfeeding possible",
    ),
    "pregnancy without its signs": (
        silent("warning emergency pregnancy", "pregnancy-warning-signs"),
        {"NEV-7-common", "NEV-14-RF-1-emergency"},
        "age 40, pregnancy possible",
    ),
    "a pregnancy that is withheld": (
        says(
            "names mention pregnancy",
            when={"finding": {"factor": "pregnancy", "even_withheld": True}},
        ),
        {"NEV-7-gate"},
        "age 40, pregnancy possible and withheld: confidential",
    ),
    "salt with heart failure": (
        says("salt recommend any", when={"finding": "heart_failure"}),
        {"NEV-8"},
        "age 40, heart_failure possible",
    ),
    "a relaxant with an arrhythmia": (
        no_vote("arrhythmia", "muscle_relaxant"),
        {"NEV-8-rhythm"},
        "age 40, arrhythmia possible",
    ),
    "low sugar without a medicine for it": (
        says("low_sugar check target"),
        {"NEV-9-low-sugar"},
        ANYBODY,
    ),
    "bare feet": (says("feet do barefoot"), {"NEV-9-sugar"}, ANYBODY),
    "alcohol to a child": (says("alcohol mention any", when=CHILD), {"NEV-10"}, "age 0"),
    "no signs for a child": (
        only_when("call-child", {"finding": {"factor": "age", "qualifiers": ["12_to_17"]}}),
        {"NEV-10-call"},
        "age 0",
    ),
    "a relaxant at 65": (
        votes("age", 0, ["under_12", "12_to_17"]),
        {"NEV-11-relaxant"},
        "age 65",
    ),
    "an unsupported stretch": (
        says("stretch do unsupported", when={"level": {"massage": "M1"}}),
        {"NEV-11-stretch"},
        "age 40, deep_vein_thrombosis (current) possible",
    ),
    "massage with a clot": (
        says("massage do gentle", "massage avoid swollen_leg", when=CLOT),
        {"NEV-12", "CON-8"},
        "age 40, deep_vein_thrombosis (current) possible",
    ),
    "massage of any leg": (silent("massage avoid swollen_leg"), {"NEV-12-leg"}, ANYBODY),
    "a disease by a result": (
        says("claim state chronic_kidney_disease", when={"finding": "low_egfr"}),
        {"NEV-13", "claims"},
        "age 40, low_egfr (below_30) possible",
    ),
    "a result": (says("lab_value give any"), {"NEV-13-value"}, ANYBODY),
    "RF-1": (silent("warning call leg_swollen"), {"NEV-14-RF-1"}, ANYBODY),
    "the other red flags": (
        lambda pack: [silent(f"warning emergency {sign}")(pack) for sign in RED_FLAGS.values()],
        {f"NEV-14-{row}" for row in RED_FLAGS},
        ANYBODY,
    ),
    "RF-10": (
        silent("warning emergency low_sugar"),
        {"NEV-14-RF-10"},
        "age 40, glucose_lowering_medicine (insulin) possible",
    ),
    "who may be pregnant": (
        only_when("pregnancy-may-be", {"patient": {"age_from": 12, "age_to": 55}}),
        {"NEV-14-may-be"},
        "age 10",
    ),
    "nothing is kept": (
        silent("prescribed keep any"),
        {"NEV-15", "NEV-15-said"},
        "age not known",
    ),
    "exercise with narrow arteries": (
        no_vote("peripheral_artery_disease", "exercise"),
        {"CON-6"},
        "age 40, peripheral_artery_disease possible",
    ),
    "a contradiction": (
        says("caffeine avoid any", when={"level": {"caffeine": "C0"}}),
        {"CON-12-none"},
        ANYBODY,
    ),
    "a warning that a finding takes away": (
        only_when("call-weight", {"all": [{"finding": "heart_failure"}, {"none": [LOWERS]}]}),
        {"monotone"},
        "age 40, heart_failure possible, then glucose_lowering_medicine (insulin) possible besides",
    ),
    "a warning that a gap takes away": (
        only_when("call-weight", {"all": [{"finding": "heart_failure"}, {"none": ["unread"]}]}),
        {"monotone"},
        "age 40, heart_failure possible, then conditions not read besides",
    ),
    "a warning that certainty takes away": (
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
    "what nobody is told": (
        says(when={"all": [CHILD, {"none": [CHILD]}]}),
        {"reachable"},
        "",
    ),
    "what only somebody impossible is told": (
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
    "a claim that is not certain": (
        says("claim state statin", when={"finding": "statin"}),
        {"claims"},
        "age 40, statin possible",
    ),
    "a claim of what is withheld": (
        says(
            "claim state postpartum",
            when={"finding": {"factor": "postpartum", "even_withheld": True, "certain": True}},
        ),
        {"claims"},
        "age 40, postpartum present and withheld: confidential",
    ),
    "a tag nobody knows": (says("fluids sip water"), {"tags"}, ""),
    "words: stopping": (words("ease-rest", "Stop your pills and rest."), {"NEV-1"}, ""),
    "words: drinking": (words("ease-rest", "Rest, and drink plenty."), {"NEV-2"}, ""),
    "words: electrolytes": (words("ease-rest", "Try an electrolyte drink."), {"NEV-3"}, ""),
    "words: a guessed number": (words("ease-rest", "Rest, or call 911."), {"NEV-14"}, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_planted_is_caught_and_nothing_else(check: Check, pack: Path, case: str) -> None:
    spoil, rules, smallest = CASES[case]
    spoil(Spoiled(pack))
    said = check(pack)
    assert said.broken == rules
    assert said.status == 9
    assert said.err.startswith("fhir-handout: broken-rules: content pack muscle_cramps has ")
    assert (f"smallest case: {smallest}\n" in said.out) if smallest else "case:" not in said.out


def test_every_never_say_rule_has_a_case() -> None:
    planted = {rule for _, rules, _ in CASES.values() for rule in rules}
    assert {f"NEV-{n}" for n in range(1, 16)} == {
        "-".join(rule.split("-")[:2]) for rule in planted if rule.startswith("NEV-")
    }


def test_the_shipped_pack_holds_and_says_how_many_cases_that_is(check: Check) -> None:
    said = check("muscle_cramps")
    assert (said.status, said.broken, said.err) == (0, set(), "")
    for line in (
        r"28 risk factors with \d+ findings, \d+ people, \d parts that may be unread:",
        r"\d\.\d × 10\^\d+  sets of findings, and so many records; they make",
        r"[\d,]+  combinations of levels, and",
        r"[\d,]+  choices of statements",
        r"[\d,]+ questions, over [\d,]+ cases",
    ):
        assert re.search(line, said.out)


def test_a_new_pack_holds(check: Check, tmp_path: Path) -> None:
    assert cli.main(["pack", "new", "sprained_ankle", "--out", str(tmp_path)], {}) == 0
    assert check(tmp_path / "sprained_ankle").status == 0


def test_all_failures_are_told_in_one_run(check: Check, pack: Path) -> None:
    for case in ("quinine", "RF-1", "words: drinking"):
        CASES[case][0](Spoiled(pack))
    said = check(pack)
    assert said.broken == {"NEV-1-quinine", "NEV-14-RF-1", "NEV-2"}
    for problem in (
        "statements.yaml: planted: NEV-1-quinine: is said",
        "rules.yaml: NEV-14-RF-1: nothing says warning call/emergency leg_swollen",
        'locale/en.yaml: ease-rest: NEV-2: says "Rest, and drink plenty."',
    ):
        assert problem in said.out


def test_a_pack_that_does_not_load_is_told_of_problem_by_problem(check: Check, pack: Path) -> None:
    spoiled = Spoiled(pack)
    spoiled.statement("ease-rest", lambda each: each.update(section="nowhere"))
    spoiled.statement("ease-stop", lambda each: each.update(kind="nothing"))
    said = check(pack)
    assert said.status == 9
    assert "ease-rest" in said.err
    assert "ease-stop" in said.err


def test_rules_that_are_wrong_are_told_of_problem_by_problem(check: Check, pack: Path) -> None:
    def spoil(table: Any) -> None:
        table["rules"][0]["never"][0]["topic"] = "quinin"
        table["rules"][1]["wen"] = "always"

    Spoiled(pack).table("rules", spoil)
    said = check(pack)
    assert said.status == 9
    assert "rules.yaml: NEV-1-quinine: no tag is quinin recommend *\n" in said.err
    assert "rules.yaml: NEV-1-dose: unknown key wen\n" in said.err


def test_a_pack_that_is_not_there_is_a_wrong_call(check: Check, tmp_path: Path) -> None:
    said = check(tmp_path / "none")
    assert said.status == 2
    assert "muscle_cramps" in said.err


def test_the_report_of_a_pipe_has_no_progress_bar(check: Check) -> None:
    assert "#" not in check("muscle_cramps").err


def test_a_terminal_has_one_and_it_goes_away(
    check: Check, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    bars = check("muscle_cramps").err
    assert "\r[" + " " * 40 + "] 0/" in bars
    assert bars.endswith("\r\033[K")
