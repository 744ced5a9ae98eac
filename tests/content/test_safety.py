"""What the handout never does to anybody, over every combination of findings there is.

All findings with their qualifiers, certain or possible or not there, all gaps, ages and sexes, and
the gate open or closed: about 2 × 10^15, which lead to some twenty thousand different sheets (see
`combinations`). RF, NEV and CON are the red flags, the never-say rules and the conflicts of the
clinical decision table.
"""

import functools
import operator
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import pytest

from content.combinations import (
    AGES,
    CLAIMS,
    GAPS,
    GATES,
    PACK,
    SEXES,
    TOPICS,
    Combination,
    Effect,
    Told,
    clinical_effect,
    combinations,
    factors_in,
    gap_effect,
    is_hidden,
    key,
    key_of,
    person,
    sets_of_findings,
    single_findings,
    told,
    told_of,
    up_to,
    whole,
)
from fhir_handout.model import Finding, Findings
from fhir_handout.pack_model import Predicate
from fhir_handout.patient_record import CLINICAL_PARTS
from fhir_handout.predicates import COMBINING
from fhir_handout.tailor import tailor
from unit.handouts import loaded, sheet

STATEMENTS = {statement.id: statement for statement in PACK.statements}
WARNINGS = frozenset(s.id for s in PACK.statements if s.kind in ("call", "emergency"))
GIVES_WAY_TO = {
    "leg-swollen-call": "leg-swollen-emergency",
    "medicines-contact": "pregnancy-diuretic",
    "head-sight-bleeding": "pregnancy-warning-signs",
}
"""Warnings that make room for a more urgent or a more exact one."""

RED_FLAGS = {
    "RF-1": {"leg-swollen-call", "leg-swollen-emergency"},
    "RF-2": {"heart-lungs"},
    "RF-3": {"dark-urine"},
    "RF-4": {"heartbeat-weakness"},
    "RF-5": {"cold-limb"},
    "RF-6": {"one-sided"},
    "RF-7": {"bladder-bowel"},
    "RF-8": {"heat"},
    "RF-9": {"stiff-jaw"},
    "RF-11": {"seizure"},
}
Tag = tuple[str, str, str]


def tags_of(statement: str) -> set[Tag]:
    tags = STATEMENTS[statement].tags
    return {(tag["topic"], tag["action"], tag["object"]) for tag in tags}


def pairs() -> Iterator[tuple[Combination, Told]]:
    """Every combination with what it is told."""
    for name, combination in combinations().items():
        yield combination, told()[name]


def failing(is_wrong: Callable[[Combination, Told], object]) -> list[Findings]:
    """An instance of each of the first three combinations that are wrong."""
    return [combination.findings for combination, what in pairs() if is_wrong(combination, what)][
        :3
    ]


# --- the enumeration itself -----------------------------------------------------------------------


def test_every_combination_is_enumerated() -> None:
    """No factor, qualifier, band or status is forgotten; the product is what it has to be."""
    by_gate = dict.fromkeys(GATES, 0)
    for gate, parts in product(GATES, GAPS):
        count = len(AGES) * len(SEXES)
        for factor in PACK.risk_factors.values():
            if not factor.bands:
                count *= len(sets_of_findings(factor.id, gate, is_hidden(factor, parts)))
        by_gate[gate] += count
    assert sum(item.kind.count for item in combinations().values()) == sum(by_gate.values())
    assert sum(by_gate.values()) > 2 * 10**15
    names = {name for item in combinations().values() for name in item.kind.any_has}
    bands = {f"{f.id}.{b.qualifier}" for f in PACK.risk_factors.values() for b in f.bands}
    uses = {
        ".".join(filter(None, (f.id, qualifier)))
        for f in PACK.risk_factors.values()
        if not f.bands
        for qualifier in f.qualifiers
    }
    unknown = {f"{factor} unknown" for factor in PACK.risk_factors}
    assert names == bands | uses | unknown


def random_case(rng: random.Random) -> tuple[Findings, list[Finding], tuple[str, ...], str]:
    """Any findings at all, not only those that stand for others."""
    gate, parts = rng.choice(list(GATES)), rng.choice(GAPS)
    findings: list[Finding] = []
    for factor in PACK.risk_factors.values():
        if not factor.bands:
            some = sets_of_findings(factor.id, gate, is_hidden(factor, parts))
            # One time in two the first, which is "none of it": else everybody has everything.
            findings += some[0] if rng.random() < 0.5 else rng.choice(some)
    return person(rng.choice(AGES), rng.choice(SEXES)), findings, parts, gate


def test_what_stands_for_others_is_told_the_same_as_they_are() -> None:
    rng = random.Random(20261123)
    for _ in range(300):
        who, findings, parts, gate = random_case(rng)
        told_directly = told_of(whole(who, findings, parts))
        assert told_directly == told()[key_of(who, findings, parts, gate)]


def test_the_order_of_findings_changes_nothing() -> None:
    rng = random.Random(11)
    for _ in range(300):
        who, findings, parts, _ = random_case(rng)
        straight = tailor(whole(who, findings, parts), PACK)
        rng.shuffle(findings)
        shuffled = tailor(whole(who, findings, parts), PACK)
        assert [a.statement for a in shuffled.advice] == [a.statement for a in straight.advice]
        for mixed, level in zip(shuffled.levels.values(), straight.levels.values(), strict=True):
            assert (mixed.topic, mixed.level) == (level.topic, level.level)
            assert set(mixed.because) == set(level.because)


def test_finding_the_same_twice_changes_nothing() -> None:
    rng = random.Random(12)
    for _ in range(100):
        who, findings, parts, _ = random_case(rng)
        assert told_of(whole(who, [*findings, *findings], parts)) == told_of(
            whole(who, findings, parts)
        )


# --- monotone -------------------------------------------------------------------------------------


def one_more(gate: str) -> Iterator[tuple[str, Effect]]:
    """The effect of each thing that may come on top: one finding, or one gap."""
    for factor in PACK.risk_factors.values():
        if not factor.bands:
            for finding in single_findings(factor, gate):
                yield str(finding), clinical_effect([finding])
    for part in CLINICAL_PARTS:
        yield f"gap in {part}", gap_effect(part)


@pytest.mark.parametrize("gate", GATES)
def test_one_more_finding_or_gap_never_lowers_a_level_or_removes_a_warning(gate: str) -> None:
    extras = {effect: name for name, effect in one_more(gate)}
    steps = 0
    for name, combination in combinations().items():
        if combination.gate != gate:
            continue
        before = told()[name].said & WARNINGS
        for extra, what in extras.items():
            joined = combination.effect.joined(extra)
            after = told()[key(joined, gate)].said
            lower = name[0] & ~joined.reached
            lost = [w for w in before - after if GIVES_WAY_TO.get(w) not in after]
            assert not lower, (what, combination.findings)
            assert not lost, (what, lost, combination.findings)
            steps += 1
    assert steps > 100_000


def test_levels_reached_are_the_ones_that_were_joined() -> None:
    for (reached, _, _), what in told().items():
        bits = (up_to(topic, level) for topic, level in what.levels.items())
        assert functools.reduce(operator.or_, bits) == reached


# --- warning signs --------------------------------------------------------------------------------


def test_the_red_flags_are_the_statements_that_carry_their_rows() -> None:
    for row, statements in RED_FLAGS.items():
        assert {s.id for s in PACK.statements if row in s.rows} == statements


@pytest.mark.parametrize("row", RED_FLAGS)
def test_red_flags_are_always_there_exactly_once(row: str) -> None:
    assert failing(lambda _, what: len(what.said & RED_FLAGS[row]) != 1) == []


def test_red_flags_are_emergencies_but_for_the_swollen_leg_without_pregnancy() -> None:
    for statements in RED_FLAGS.values():
        kinds = {STATEMENTS[statement].kind for statement in statements}
        assert kinds == ({"call", "emergency"} if len(statements) > 1 else {"emergency"})

    def is_wrong(combination: Combination, what: Told) -> bool:
        near = ("pregnancy", "postpartum")
        is_near = any(f.risk_factor in near and f.votes for f in shown(combination))
        return is_near != ("leg-swollen-emergency" in what.said)

    assert failing(is_wrong) == []


def shown(combination: Combination) -> Iterable[Finding]:
    return (f for f in combination.findings.findings if f.status in ("present", "possible"))


def test_who_could_be_pregnant_is_told_the_neutral_line() -> None:
    """From 10 to 55, not recorded male, whatever the gate; where not known, it could be so."""
    for ages, sex in product(AGES, SEXES):
        could = sex != "male" and (ages is None or (ages[1] >= 10 and ages[0] <= 55))
        assert ("pregnancy-may-be" in told_of(person(ages, sex)).said) == could


# --- never-say rules ------------------------------------------------------------------------------

KIDNEY = (
    "kidney_failure.end_stage",
    "kidney_failure.hemodialysis",
    "kidney_failure.peritoneal_dialysis",
    "kidney_failure.dialysis",
    "kidney_failure.acute",
    "kidney_failure.unspecified",
    "chronic_kidney_disease.stage_1",
    "chronic_kidney_disease.stage_2",
    "chronic_kidney_disease.stage_3",
    "chronic_kidney_disease.stage_4",
    "chronic_kidney_disease.unspecified",
    "kidney_transplant",
    "low_egfr.below_30",
    "low_egfr.30_to_59",
)
DIURETICS = tuple(f"diuretic.{use.qualifier}" for use in PACK.risk_factors["diuretic"].value_sets)
KEEPS_POTASSIUM_OR_MAY = (
    "diuretic.potassium_sparing",
    "diuretic.carbonic_anhydrase_inhibitor",
    "diuretic.osmotic",
    "diuretic.unspecified",
)
POTASSIUM_MAY_BE_HIGH = (
    "potassium_raising_medicine.ace_inhibitor",
    "potassium_raising_medicine.arb",
    "potassium_raising_medicine.arni",
    "potassium_raising_medicine.finerenone",
    "potassium_raising_medicine.trimethoprim",
    "potassium_raising_medicine.potassium_product",
    "high_potassium_result.5_5_to_5_9",
    "high_potassium_result.6_0_or_more",
    "electrolyte_disorder.high_potassium",
)
OWN_FLUID_PLAN = (
    "fluid_restriction",
    "fluid_regulating_medicine.desmopressin",
    "fluid_regulating_medicine.vaptan",
    "fluid_regulating_medicine.lithium",
    "electrolyte_disorder.low_sodium",
    "low_sodium_result.130_to_134",
    "low_sodium_result.125_to_129",
    "low_sodium_result.below_125",
)
LIVER = ("cirrhosis", "cirrhosis.with_ascites")
NOT_READ = tuple(
    f"{f.id} unknown" for f in PACK.risk_factors.values() if not f.bands and f.when_unknown
)
USUAL_FLUIDS = ("fluids", "usual", "water")
LOW_MINERALS = ("minerals", "explain", "low")
RELAXANT = ("muscle_relaxant", "mention", "prescribed")

NEVER = {
    "NEV-2 usual fluids with a diuretic": (DIURETICS, USUAL_FLUIDS),
    "NEV-3 low minerals where they may be high": (
        (
            *KIDNEY,
            *KEEPS_POTASSIUM_OR_MAY,
            *POTASSIUM_MAY_BE_HIGH,
            *LIVER,
            "heart_failure",
            "fluid_restriction",
            *NOT_READ,
        ),
        LOW_MINERALS,
    ),
    "NEV-4 usual fluids where there may be a limit": (
        (*KIDNEY, *LIVER, "heart_failure", *OWN_FLUID_PLAN, *NOT_READ),
        USUAL_FLUIDS,
    ),
    "NEV-5, 7, 8, 10, 11 muscle relaxants": (
        (
            *KIDNEY,
            *LIVER,
            *NOT_READ,
            "heart_failure",
            "fluid_restriction",
            "arrhythmia",
            "sedating_medicine.opioid",
            "sedating_medicine.sedative",
            "pregnancy",
            "postpartum",
            "breastfeeding",
            "age.under_12",
            "age.12_to_17",
            "age.65_and_over",
            "age unknown",
        ),
        RELAXANT,
    ),
    "NEV-6 low minerals with a potassium-sparing diuretic": (
        ("diuretic.potassium_sparing",),
        LOW_MINERALS,
    ),
    "NEV-10 a caffeine limit for a child": (("age.under_12",), ("caffeine", "limit", "any")),
    "NEV-10 a caffeine number for a child": (("age.under_12",), ("caffeine", "limit", "number")),
    "NEV-10 quitting for a child": (("age.under_12",), ("smoking", "quit", "any")),
    "NEV-12 massage with a current thrombosis": (
        ("deep_vein_thrombosis.current",),
        ("massage", "do", "gentle"),
    ),
    "CON-6 regular exercise where it has to be asked for": (
        (
            "low_egfr.below_30",
            "fluid_restriction",
            "peripheral_artery_disease",
            "deep_vein_thrombosis.current",
            "kidney_failure.hemodialysis",
            "kidney_failure.peritoneal_dialysis",
            "kidney_failure.end_stage",
            "kidney_failure.dialysis",
            "kidney_failure.unspecified",
            "chronic_kidney_disease.stage_4",
            "heart_failure",
            "pregnancy",
            "postpartum",
        ),
        ("exercise", "do", "regular"),
    ),
    "CON-12 a mere caffeine limit in pregnancy": (
        ("pregnancy", "postpartum"),
        ("caffeine", "limit", "any"),
    ),
}


@pytest.mark.parametrize("rule", NEVER)
def test_never_said_to_whoever_has_one_of(rule: str) -> None:
    factors, tag = NEVER[rule]
    wrong = {name for name in STATEMENTS if tag in tags_of(name)}

    def is_wrong(combination: Combination, what: Told) -> bool:
        return bool(what.said & wrong) and not combination.kind.any_has.isdisjoint(factors)

    assert failing(is_wrong) == []


def test_the_never_say_rules_forbid_something_that_is_said_to_others() -> None:
    """A rule whose tag or factor no longer exists would forbid nothing."""
    names = {name for item in combinations().values() for name in item.kind.any_has}
    tags = {tag for name in STATEMENTS for tag in tags_of(name)}
    for factors, tag in NEVER.values():
        assert names >= set(factors)
        assert tag in tags


NOT_IN_THE_PACK: dict[str, Callable[[Tag], bool]] = {
    "NEV-1 quinine as a remedy": lambda t: t[0] == "quinine" and t[1] != "avoid",
    "NEV-1, 2 stopping a medicine or dialysis": lambda t: t[1] in ("stop", "skip", "halve"),
    "NEV-2, 4 more or less to drink": lambda t: (
        t[0] == "fluids" and t[1] in ("increase", "do", "decrease", "more", "less", "limit")
    ),
    "NEV-3 starting a supplement": lambda t: t[0] == "supplements" and t[1] not in ("ask", "avoid"),
    "NEV-9 lines about low sugar without a medicine that lowers it": lambda t: "sugar" in t[0],
    "NEV-9 heat on feet that may be numb": lambda t: t[0] == "feet" and t[1:] == ("do", "heat"),
    "NEV-11 unsupported stretches": lambda t: t[0] == "stretch" and t[2] != "supported",
    "NEV-13 laboratory values": lambda t: t[0].startswith("lab"),
}


@pytest.mark.parametrize("rule", NOT_IN_THE_PACK)
def test_never_said_to_anybody(rule: str) -> None:
    is_forbidden = NOT_IN_THE_PACK[rule]
    assert [name for name in STATEMENTS if any(map(is_forbidden, tags_of(name)))] == []


def test_whoever_is_told_to_rub_is_told_which_leg_not_to() -> None:
    """NEV-12: gentle massage and the leg it is not for stand in one statement."""
    for name in STATEMENTS:
        if ("massage", "do", "gentle") in tags_of(name):
            assert ("massage", "avoid", "swollen_leg") in tags_of(name)


def test_whoever_is_to_start_nothing_is_told_to_keep_what_was_prescribed() -> None:
    """NEV-15."""
    keeps = {name for name in STATEMENTS if ("prescribed", "keep", "any") in tags_of(name)}

    def is_wrong(_: Combination, what: Told) -> bool:
        return what.levels["supplements"] == "S2" and not what.said & keeps

    assert failing(is_wrong) == []


def test_leg_cramps_of_pregnancy_are_never_explained_alone() -> None:
    """NEV-7: never "common" without the belly-cramp line and the clot warning."""
    needed = {"pregnancy-belly", "leg-swollen-emergency", "pregnancy-warning-signs"}
    assert failing(lambda _, w: "why-pregnancy" in w.said and not needed <= w.said) == []


def test_no_medicine_is_to_be_contacted_about_without_not_stopping_it() -> None:
    """CON-10."""
    contact = {name for name in STATEMENTS if name in ("pregnancy-diuretic", "medicines-contact")}
    assert all({tag[1] for tag in tags_of(name)} == {"call", "keep"} for name in contact)
    assert failing(lambda _, w: w.levels["medicines"] == "D2" and not w.said & contact) == []


@pytest.mark.parametrize("statement", CLAIMS)
def test_what_is_told_as_a_fact_is_certain_and_not_withheld(statement: str) -> None:
    facts = {(statement, i) for i in range(len(CLAIMS[statement]))}

    def is_wrong(combination: Combination, what: Told) -> bool:
        return statement in what.said and not facts <= combination.kind.all_support

    assert failing(is_wrong) == []
    assert any(statement in what.said for what in told().values())


def test_every_why_line_is_a_claim() -> None:
    assert {s.id for s in PACK.statements if s.kind == "why"} <= set(CLAIMS)


NEUTRAL = {"pregnancy-may-be", "cause-pregnancy"}


def test_behind_a_closed_gate_no_word_names_the_pregnancy() -> None:
    english = loaded().catalogues["en"]
    stems = ("pregnan", "prenatal", "baby", "birth", "belly", "womb")
    naming = {name for name in STATEMENTS if any(s in english[name].lower() for s in stems)}
    assert naming > NEUTRAL
    closed = {name: c for name, c in combinations().items() if c.gate == "closed"}
    said = frozenset().union(*(told()[name].said for name in closed))
    assert said & naming == NEUTRAL


def test_withheld_findings_vote_like_told_ones() -> None:
    """A closed gate hides words, never caution."""
    rng = random.Random(13)
    pregnancy = PACK.risk_factors["pregnancy"]
    opened, closed = (
        next(f for f in single_findings(pregnancy, gate) if f.status == "present") for gate in GATES
    )
    for _ in range(100):
        who, findings, parts, _ = random_case(rng)
        others = [f for f in findings if f.risk_factor != "pregnancy"]
        plain, hidden = (told_of(whole(who, [*others, f], parts)) for f in (opened, closed))
        assert plain.levels == hidden.levels
        lost = plain.said - hidden.said
        assert lost <= {
            "why-pregnancy",
            "pregnancy-belly",
            "pregnancy-warning-signs",
            "pregnancy-diuretic",
            "supplements-prenatal",
        }
        assert ("pregnancy-diuretic" in lost) == ("medicines-contact" in hidden.said - plain.said)


# --- the sheet as a whole -------------------------------------------------------------------------


def test_every_statement_is_said_to_somebody() -> None:
    said = [what.said for what in told().values()]
    assert frozenset().union(*said) == set(STATEMENTS)
    always = {s.id for s in PACK.statements if s.when.name == "always"}
    assert always <= frozenset.intersection(*said)


def levels_asked_for(predicate: Predicate, topic: str) -> list[set[str]]:
    """The sets of levels of a topic that a predicate, or one of its `all` parts, asks for."""
    if predicate.name == "level" and predicate.arguments["topic"] == topic:
        return [set(predicate.arguments["levels"])]
    parts = predicate.parts if predicate.name in COMBINING - {"none", "any"} else ()
    return [levels for part in parts for levels in levels_asked_for(part, topic)]


@pytest.mark.parametrize("topic", TOPICS)
def test_no_two_levels_of_a_topic_are_spoken_at_once(topic: str) -> None:
    for_levels = {
        s.id: asked[0] for s in PACK.statements if (asked := levels_asked_for(s.when, topic))
    }
    assert for_levels

    def is_wrong(_: Combination, what: Told) -> bool:
        spoken = [for_levels[name] for name in what.said & set(for_levels)]
        return not set.intersection({what.levels[topic]}, *spoken)

    assert failing(is_wrong) == []


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - {"massage"}))
def test_every_level_of_a_topic_has_one_piece_of_advice(topic: str) -> None:
    """Whatever level a topic comes to, one statement about what to do says it, and no other."""
    plain = {
        s.id
        for s in PACK.statements
        if s.topic == topic and s.section == "prevent" and s.when.name == "level"
    }
    assert failing(lambda _, what: len(what.said & plain) != 1) == []


def test_every_combination_can_be_put_into_words() -> None:
    """Enough of them that every two statements that can meet have met."""
    place = {name: i for i, name in enumerate(STATEMENTS)}
    met = [0] * len(place)
    by_said = {what.said: name for name, what in told().items()}
    for said, name in sorted(by_said.items(), key=lambda item: -len(item[0])):
        together = sum(1 << place[statement] for statement in said)
        if any(together & ~met[place[statement]] for statement in said):
            for statement in said:
                met[place[statement]] |= together
            made = sheet(tailor(combinations()[name].findings, PACK))
            lines = [line for section in made.sections for line in section.lines]
            assert {line.statement for line in lines} == said
            assert all(line.text.strip() for line in lines)


def test_every_part_that_can_be_unread_holds_a_factor() -> None:
    assert all(factors_in(part) for part in CLINICAL_PARTS)
