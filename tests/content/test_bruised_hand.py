"""The second pack, a bruised hand: what a patient is told, case by case, and that no code knows it.

A case is written as in `spec/test_decision_rows.py`: somebody's findings (`unit.handouts` says
how), their age, and what the sheet then says and does not say, which levels its topics come to and
which alerts the clinician gets. What holds of every combination is proved by `pack check`.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from fhir_handout.assess import assess
from fhir_handout.interfaces.cli import main
from fhir_handout.model import Handout, Site, Status
from fhir_handout.pack import load_pack, pack_folder
from fhir_handout.pack_rules import load_ruled
from fhir_handout.patient_record import Coding, Concept, Part
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate
from unit.handouts import TODAY, Ages, finding, level, record, said

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "bruised_hand"
LOADED = load_pack(pack_folder("bruised_hand"))
PACK, ENGLISH = LOADED.content, LOADED.catalogues["en"]
STATEMENTS = {statement.id for statement in PACK.statements}

CHILD: Ages = (8, 8)
TEEN: Ages = (15, 15)
OLD: Ages = (70, 70)
CLOT, PLATELET = "blood_thinner.anticoagulant", "blood_thinner.antiplatelet"
WARNINGS = (
    "hand-cold hand-still hand-crooked hand-pain hand-swelling hand-bleeding call-infection "
    "call-bite"
)
OF_THINNERS = "thinner-keep thinner-head thinner-inside call-thinner"


@dataclass(frozen=True)
class Case:
    """Who, and what their sheet says and does not say."""

    findings: str = ""
    says: str = ""
    not_says: str = ""
    levels: str = ""
    alerts: str = ""
    ages: Ages = (40, 40)
    gaps: tuple[Part, ...] = ()


def made(*names: str, ages: Ages = (40, 40), gaps: tuple[Part, ...] = ()) -> Handout:
    """The handout for these findings; every other factor is absent, or unknown behind a gap."""
    nothing = assess(record(ages, None, gaps), PACK, LOADED.codes, TODAY)
    own = [finding(name) for name in names]
    shown = {item.risk_factor for item in own}
    rest = [
        item
        for item in nothing.findings
        if item.status is not Status.ABSENT or item.risk_factor not in shown
    ]
    return tailor(replace(nothing, findings=(*rest, *own)), PACK)


CASES: dict[str, Case] = {
    "nobody in particular": Case(
        "",
        "ask-first bruise-meaning ease-rings ease-rest cold-wrapped ease-raise ease-move "
        "heat-later medicines-as-prescribed call-often key-rings key-cold key-help",
        f"cold-careful heat-none medicines-ask skin-daily note-unread note-child {OF_THINNERS}",
        "C0 H0 D0",
    ),
    "diabetes": Case(
        "diabetes.type_2",
        "why-diabetes key-skin skin-daily call-sore cold-careful heat-none question-skin",
        f"cold-wrapped heat-later {OF_THINNERS}",
        "C1 H1 D0",
    ),
    "diabetes that is only possible": Case(
        "diabetes.type_2?", "skin-daily call-sore cold-careful", "why-diabetes", "C1 H1"
    ),
    "diabetes in remission": Case(
        "diabetes.remission", "skin-daily cold-careful", "why-diabetes", "C1 H1"
    ),
    "nerves that diabetes harmed": Case("diabetes.neuropathy", "why-diabetes", levels="C1 H1"),
    "an anticoagulant": Case(
        CLOT,
        f"why-anticoagulant key-head key-medicines-keep medicines-ask heat-none {OF_THINNERS}",
        "why-antiplatelet medicines-as-prescribed heat-later call-often",
        "C0 H1 D1",
    ),
    "an antiplatelet medicine": Case(
        PLATELET, f"why-antiplatelet key-head {OF_THINNERS}", "why-anticoagulant", "C0 H1 D1"
    ),
    "a blood thinner that is only possible": Case(
        f"{CLOT}?", f"key-head {OF_THINNERS}", "why-anticoagulant why-antiplatelet", "H1 D1"
    ),
    "two blood thinners": Case(
        f"{CLOT} {PLATELET}",
        "why-anticoagulant why-antiplatelet",
        levels="D1",
        alerts="two-blood-thinners",
    ),
    "diabetes and a blood thinner": Case(
        f"diabetes.type_1 {PLATELET}",
        f"key-head key-medicines-keep key-skin cold-careful skin-daily {OF_THINNERS}",
        "key-rings cold-wrapped heat-later",
        "C1 H1 D1",
    ),
    "a fall": Case(f"{CLOT} hand_bruise", "key-head", alerts="fall", ages=OLD),
    "a child": Case(
        "",
        "call-child-cause call-child-baby cold-careful heat-none medicines-ask key-medicines-keep",
        f"cold-wrapped heat-later medicines-as-prescribed note-child {OF_THINNERS}",
        "C1 H1 D1",
        ages=CHILD,
    ),
    "a bruised child": Case("hand_bruise", "call-child-cause", alerts="child-bruise", ages=CHILD),
    "a child with a blood thinner": Case(
        CLOT, f"why-anticoagulant {OF_THINNERS}", "call-often", "C1 H1 D1", ages=CHILD
    ),
    "a teenager": Case(
        "",
        "medicines-ask cold-wrapped heat-later",
        "call-child-cause call-child-baby note-child",
        "C0 H0 D1",
        ages=TEEN,
    ),
    "somebody of an age that is not known": Case(
        "", "note-child call-child-cause cold-careful heat-none", levels="C1 H1 D1", ages=None
    ),
    "somebody whose medicines were not read": Case(
        "",
        f"note-unread cold-careful heat-none medicines-ask {OF_THINNERS}",
        "why-anticoagulant call-often cold-wrapped",
        "C1 H1 D1",
        gaps=(Part.MEDICINES,),
    ),
    "somebody whose conditions were not read": Case(
        "",
        "note-unread cold-careful heat-none",
        "why-diabetes",
        "C1 H1 D1",
        gaps=(Part.CONDITIONS,),
    ),
    "somebody whose results were not read, which decide nothing": Case(
        "", "cold-wrapped", "note-unread", "C0 H0 D0", gaps=(Part.OBSERVATIONS,)
    ),
}


@pytest.mark.parametrize("who", CASES)
def test_is_told(who: str) -> None:
    case = CASES[who]
    handout = made(*case.findings.split(), ages=case.ages, gaps=case.gaps)
    assert set((case.says + " " + WARNINGS).split()) - said(handout) == set()
    assert set(case.not_says.split()) & said(handout) == set()
    of_letter = {topic.levels[0][0]: topic.id for topic in PACK.topics.values()}
    for wanted in case.levels.split():
        assert level(handout, of_letter[wanted[0]]) == wanted
    assert {alert.alert for alert in handout.alerts} == set(case.alerts.split())


@pytest.mark.parametrize("who", CASES)
def test_a_caregiver_is_spoken_to_where_the_record_shows_a_child(who: str) -> None:
    case = CASES[who]
    handout = made(*case.findings.split(), ages=case.ages, gaps=case.gaps)
    assert handout.address == ("caregiver" if case.ages == CHILD else "")


def test_a_case_names_statements_and_alerts_that_there_are() -> None:
    for case in CASES.values():
        assert set((case.says + " " + case.not_says).split()) <= STATEMENTS
        assert set(case.alerts.split()) <= {alert.id for alert in PACK.alerts}


def test_the_top_has_three_lines_whoever_it_is() -> None:
    for who, case in CASES.items():
        handout = made(*case.findings.split(), ages=case.ages, gaps=case.gaps)
        assert len([a for a in handout.advice if a.section == "top"]) == 3, who


# --- words ----------------------------------------------------------------------------------------


def everything_that_can_be_found() -> Iterator[tuple[str, ...]]:
    """Every finding alone and every two and three of them together, sure and possible."""
    names = [
        f"{factor.id}.{q}" if q else factor.id
        for factor in PACK.risk_factors.values()
        if not factor.bands
        for q in factor.qualifiers
    ]
    told = [*names, *(f"{name}?" for name in names)]
    for number in range(4):
        yield from combinations(told, number)


@cache
def said_to_children() -> frozenset[str]:
    """What any child's caregiver can be told."""
    gaps = [(), (Part.MEDICINES,), (Part.CONDITIONS,)]
    handouts = (made(*n, ages=CHILD, gaps=g) for n in everything_that_can_be_found() for g in gaps)
    return frozenset().union(*map(said, handouts))


def test_every_line_that_a_caregiver_can_get_has_words_for_them_and_no_other_has() -> None:
    spoken = {name.removesuffix("@caregiver") for name in ENGLISH if name.endswith("@caregiver")}
    assert spoken & STATEMENTS == said_to_children()


def test_no_line_for_a_caregiver_speaks_of_the_caregivers_own_body() -> None:
    own = re.compile(
        r"\byour (hand|fingers?|heart|urine|grip|skin|record|care team)\b"
        r"|\byou (take|have|feel|are|bleed|bruise|lift)\b",
        re.IGNORECASE,
    )
    lines = {name: text for name, text in ENGLISH.items() if name.endswith("@caregiver")}
    assert {name: text for name, text in lines.items() if own.search(text)} == {}
    assert own.search(ENGLISH["skin-daily"])


def test_terms_are_explained_where_they_first_stand() -> None:
    sheet = translate(made(CLOT, PLATELET), ENGLISH, "en", Site(), "Quillon Testperson", TODAY)
    text = " ".join(line.text for section in sheet.sections for line in section.lines)
    for term, meaning in {
        "blood thinner": "blood thinner (a medicine that makes blood clot less)",
        "anticoagulant": "slows clotting (an anticoagulant)",
        "antiplatelet": "sticking together (an antiplatelet medicine)",
    }.items():
        start = text.index(meaning)
        assert start <= text.index(term) < start + len(meaning)


# --- facts, codes and rules -----------------------------------------------------------------------


def of_file(name: str) -> list[dict[str, object]]:
    raw = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))[name]
    assert isinstance(raw, list)
    return raw


def test_every_row_is_carried() -> None:
    items = [*of_file("statements"), *of_file("alerts")]
    carried = {row for item in items for row in item.get("rows", ())}  # type: ignore[attr-defined]
    assert {row["id"] for row in of_file("rows")} == carried


def test_every_rule_guards_the_fact_of_a_row() -> None:
    rows = {str(row["id"]) for row in of_file("rows")}
    rules = load_ruled(pack_folder("bruised_hand")).rules
    guarded = {"-".join(rule.id.split("-")[:2]) for rule in rules.rules}
    assert guarded <= rows
    assert {each.rule for words in rules.words.values() for each in words.never} <= rows


def test_nothing_claims_to_have_been_looked_up_or_reviewed() -> None:
    assert {row["seen"] for row in of_file("rows")} == {"none"}
    assert {source.seen for source in PACK.citations.values()} == {"none"}
    assert "review: drafted" in (FOLDER / "pack.yaml").read_text("utf-8")
    assert not (FOLDER / "reviews.yaml").exists()


@pytest.mark.parametrize(
    ("coding", "factor"),
    [
        (Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "11289"), "anticoagulant"),
        (Coding("http://www.whocc.no/atc", "B01AC04"), "antiplatelet"),
        (Coding("http://hl7.org/fhir/sid/icd-10-cm", "Z79.01"), "anticoagulant-use"),
        (Coding("http://hl7.org/fhir/sid/icd-10-cm", "S60.222A"), "hand-bruise"),
        (Coding("http://hl7.org/fhir/sid/icd-10-cm", "E11.9"), "diabetes-type-2"),
    ],
)
def test_a_code_is_known(coding: Coding, factor: str) -> None:
    assert {m.value_set for m in LOADED.codes.matches(Concept((coding,)))} == {factor}


def test_the_pack_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "check", "bruised_hand"], {}) == 0
    assert "BROKEN" not in capsys.readouterr().out


DAMAGE = {
    "a sign that only some get": (
        "  - id: hand-cold\n",
        "  - id: hand-cold\n    when: {finding: diabetes}\n",
        "RF-1",
    ),
    "cold without its condition": (
        ", {topic: cold, action: avoid, object: numb_skin}]",
        "]",
        "BASE-5",
    ),
    "warmth for whoever has diabetes": (
        "when: {level: {heat: H0}}",
        "when: {level: {heat: H1}}",
        "DM-3",
    ),
    "no word to keep the blood thinner": (
        "{topic: medicines, action: keep, object: blood_thinner}",
        "{topic: medicines, action: stop, object: blood_thinner}",
        "THN-2",
    ),
    "an adult told of a child's bruise": (
        "when: &child {finding: {factor: age, qualifiers: [under_12], unknown_too: true}}",
        "when: &child {finding: {factor: age, unknown_too: true}}",
        "CHD-1",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_pack_that_is_unsafe_is_not_proved(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, rule = DAMAGE[damage]
    copy = shutil.copytree(FOLDER, tmp_path / "bruised_hand")
    file = copy / "statements.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    assert main(["pack", "check", str(copy)], {}) == 9
    assert f"BROKEN  {rule}" in capsys.readouterr().out
