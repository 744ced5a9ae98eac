"""What the handout never does to anybody, over every combination of findings there is.

All findings with their qualifiers, certain or possible or not there, all gaps, ages and sexes, and
what is confidential told or withheld. The proof answers each question over all of them (see
docs/adr/0012); the tables here are a second statement of the rules beside the pack's own. RF, NEV
and CON are the red flags, the never-say rules and the conflicts of the clinical decision table.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations as pairs_of

import pytest

from content.combinations import (
    PACK,
    PARTS,
    SPACE,
    TOPICS,
    always,
    case,
    factors_in,
    has,
    level,
    never,
    one_more,
    random_case,
    said,
    told,
    told_of,
    whole,
)
from fhir_handout.model import Status, Withheld
from fhir_handout.pack_model import Predicate
from fhir_handout.patient_record import CLINICAL_PARTS
from fhir_handout.predicates import COMBINING
from fhir_handout.proof.check import answer
from fhir_handout.proof.count import numbers
from fhir_handout.proof.formula import Formula, every, fewer, holds, no, some
from fhir_handout.proof.options import of_person
from fhir_handout.proof.people import Person
from fhir_handout.proof.questions import MONOTONE, questions
from fhir_handout.proof.search import Search
from fhir_handout.rules_model import NO_RULES
from fhir_handout.tailor import tailor
from unit.handouts import loaded, sheet

STATEMENTS = {statement.id: statement for statement in PACK.statements}
WARNINGS = frozenset(s.id for s in PACK.statements if s.kind in ("call", "emergency"))
GIVES_WAY_TO = {
    "leg-swollen-call": ("leg-swollen-emergency",),
    "medicines-contact": ("pregnancy-diuretic",),
    "signs-if-pregnant": ("pregnancy-warning-signs",),
    "head-sight-bleeding": ("pregnancy-warning-signs", "signs-if-pregnant"),
    "call-long": ("call-long-rest",),
    "call-swelling": ("heart-swelling",),
    "call-sore": ("call-feet",),
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
LOW_SUGAR = {"low-sugar-treat", "low-sugar-emergency"}
Tag = tuple[str, str, str]


ALERTS = {alert.id: SPACE.when(alert.when, for_clinician=True) for alert in PACK.alerts}
SAID = {name: SPACE.said(name) for name in STATEMENTS}


def tags_of(statement: str) -> set[Tag]:
    tags = STATEMENTS[statement].tags
    return {(tag["topic"], tag["action"], tag["object"]) for tag in tags}


def carrying(tag: Tag) -> list[str]:
    return [name for name in STATEMENTS if tag in tags_of(name)]


def exactly_one(statements: set[str]) -> Formula:
    parts = [SPACE.said(name) for name in sorted(statements)]
    return every([some(parts), fewer(2, parts)])


# --- the enumeration itself -----------------------------------------------------------------------


def test_every_finding_is_there_to_be_chosen() -> None:
    """No factor, qualifier, band or status is forgotten; the product is what it has to be."""
    single = {(f.risk_factor, f.qualifier, f.status) for o in SPACE.options for f in o.findings[0]}
    by_age = {
        (finding.risk_factor, finding.qualifier, finding.status)
        for person in SPACE.people
        for finding in of_person(PACK, person)
        if finding.status is not Status.ABSENT
    }
    shown = (Status.POSSIBLE, Status.PRESENT)
    assert single == {
        (factor.id, qualifier, status)
        for factor in PACK.risk_factors.values()
        if not factor.bands
        for qualifier in factor.qualifiers
        for status in shown
    }
    assert by_age == {
        *(("age", band.qualifier, s) for band in PACK.risk_factors["age"].bands for s in shown),
        ("age", None, Status.UNKNOWN),
    }
    unknown = {finding.risk_factor for gap in SPACE.gaps for finding in gap.findings[0]}
    assert unknown == {factor.id for factor in PACK.risk_factors.values() if not factor.bands}
    assert numbers(SPACE).sets_of_findings > 2 * 10**15


def test_what_is_confidential_is_there_told_and_withheld() -> None:
    for slot in SPACE.slots:
        factor = PACK.risk_factors[slot.factor]
        reasons = {
            f.withheld for kind in slot.options.values() for o in kind for f in o.findings[0]
        }
        if factor.confidential_under is None:
            assert reasons == {None}
        else:
            limits = factor.plausible_ages or factor.implausible_sexes
            cannot_be = {Withheld.IMPLAUSIBLE} if limits else set()
            assert reasons == {None, Withheld.CONFIDENTIAL} | cannot_be


def test_every_age_at_which_something_changes_is_there_on_both_sides() -> None:
    ages = {person.age for person in SPACE.people}
    for limit in (10, 12, 18, 56, 65):
        assert {(limit - 1, limit - 1), (limit, limit), (limit - 1, limit)} <= ages
    assert {None, (0, 130)} <= ages


def test_a_record_at_random_is_told_what_the_proof_says_of_it() -> None:
    rng = random.Random(20261123)
    for _ in range(300):
        what = random_case(rng)
        bits, made = SPACE.bits_of(what), tailor(whole(what), PACK)
        advice = {each.statement for each in made.advice}
        assert advice == {name for name, formula in SAID.items() if holds(formula, bits)}
        for topic, reached in made.levels.items():
            assert holds(SPACE.level(topic, reached.level), bits)
        alerts = {each.alert for each in made.alerts}
        assert alerts == {alert.id for alert in PACK.alerts if holds(ALERTS[alert.id], bits)}


def test_the_order_of_findings_changes_nothing() -> None:
    rng = random.Random(11)
    for _ in range(300):
        what = whole(random_case(rng))
        straight = tailor(what, PACK)
        findings = list(what.findings)
        rng.shuffle(findings)
        shuffled = tailor(replace(what, findings=tuple(findings)), PACK)
        assert [a.statement for a in shuffled.advice] == [a.statement for a in straight.advice]
        for mixed, reached in zip(shuffled.levels.values(), straight.levels.values(), strict=True):
            assert (mixed.topic, mixed.level) == (reached.topic, reached.level)
            assert set(mixed.because) == set(reached.because)


def test_finding_the_same_twice_changes_nothing() -> None:
    rng = random.Random(12)
    for _ in range(100):
        what = whole(random_case(rng))
        assert told_of(replace(what, findings=what.findings * 2)) == told_of(what)


# --- monotone -------------------------------------------------------------------------------------


def test_the_warnings_that_make_room_are_these() -> None:
    assert {s.id: s.gives_way_to for s in PACK.statements if s.gives_way_to} == GIVES_WAY_TO


def test_one_more_finding_or_gap_never_lowers_a_level_or_removes_a_warning() -> None:
    asked = [question for question in questions(SPACE, NO_RULES) if question.rule == MONOTONE]
    steps = sum(len(topic.levels) - 1 for topic in PACK.topics.values())
    assert len(asked) == len(WARNINGS) + steps
    search = Search(SPACE)
    assert [problem for question in asked for problem in answer(search, question)] == []


def test_nor_does_it_in_records_at_random() -> None:
    """By the code that ships, one record after another."""
    rng = random.Random(14)
    for _ in range(500):
        what = random_case(rng)
        more = one_more(rng, what)
        if more is None:
            continue
        before, after = told_of(whole(what)), told_of(whole(more))
        for name in before.said & WARNINGS:
            assert after.said & {name, *GIVES_WAY_TO.get(name, ())}, str(more)
        for topic, reached in before.levels.items():
            order = PACK.topics[topic].levels
            assert order.index(after.levels[topic]) >= order.index(reached)


# --- warning signs --------------------------------------------------------------------------------


def test_the_red_flags_are_the_statements_that_carry_their_rows() -> None:
    for row, statements in {**RED_FLAGS, "RF-10": LOW_SUGAR}.items():
        carried = {s.id for s in PACK.statements if row in s.rows and s.kind != "key"}
        assert carried == statements


@pytest.mark.parametrize("row", RED_FLAGS)
def test_red_flags_are_always_there_exactly_once(row: str) -> None:
    always(exactly_one(RED_FLAGS[row]))


def test_signs_of_low_sugar_are_there_with_a_medicine_that_lowers_it_or_that_may_and_else_not() -> (
    None
):
    """It may be among medicines that were not read: unknown is never absent."""
    may_have = has("glucose_lowering_medicine", "glucose_lowering_medicine unknown")
    for name in LOW_SUGAR:
        never(said(name), no(may_have))
        never(no(said(name)), may_have)


def test_red_flags_are_emergencies_but_for_the_swollen_leg_without_pregnancy_or_clot() -> None:
    for statements in RED_FLAGS.values():
        kinds = {STATEMENTS[statement].kind for statement in statements}
        assert kinds == ({"call", "emergency"} if len(statements) > 1 else {"emergency"})
    near = has("pregnancy", "postpartum", "deep_vein_thrombosis")
    never(near, no(said("leg-swollen-emergency")))
    never(no(near), said("leg-swollen-emergency"))


def test_who_could_be_pregnant_is_told_the_neutral_line() -> None:
    """From 10 to 55, not recorded male, whatever the gate; where not known, it could be so."""
    for person in SPACE.people:
        ages = person.age
        could = person.sex != "male" and (ages is None or (ages[1] >= 10 and ages[0] <= 55))
        alone = SPACE.person_effects[person]
        assert holds(SPACE.said("pregnancy-may-be"), alone) == could


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
NOT_READ = ("unread",)
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
    never(said(*carrying(tag)), has(*factors))


def test_the_never_say_rules_forbid_something_that_is_said_to_others() -> None:
    """A rule whose tag or factor no longer exists would forbid nothing."""
    for factors, tag in NEVER.values():
        assert case(said(*carrying(tag)))
        for name in factors:
            assert case(has(name))


def test_what_is_not_known_votes_only_where_a_part_was_not_read() -> None:
    """So the rules can say `unread` for every factor that may be hidden."""
    for factor in PACK.risk_factors.values():
        if factor.when_unknown and not factor.bands:
            assert set(factor.shows_in) <= CLINICAL_PARTS


NOT_IN_THE_PACK: dict[str, Callable[[Tag], bool]] = {
    "NEV-1 quinine as a remedy": lambda t: t[0] == "quinine" and t[1] != "avoid",
    "NEV-1, 2 stopping a medicine or dialysis": lambda t: t[1] in ("stop", "skip", "halve"),
    "NEV-2, 4 more or less to drink": lambda t: (
        t[0] == "fluids" and t[1] in ("increase", "do", "decrease", "more", "less", "limit")
    ),
    "NEV-3 starting a supplement": lambda t: t[0] == "supplements" and t[1] not in ("ask", "avoid"),
    "NEV-9 juice for a low sugar": lambda t: t[0] == "low_sugar" and t[2] == "juice",
    "NEV-9 heat on feet that may be numb": lambda t: t[0] == "feet" and t[1:] == ("do", "heat"),
    "NEV-11 unsupported stretches": lambda t: (
        t[0] == "stretch" and t[1] == "do" and t[2] != "supported"
    ),
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
    never(level("supplements", "S2"), no(said(*carrying(("prescribed", "keep", "any")))))


def test_leg_cramps_of_pregnancy_are_never_explained_alone() -> None:
    """NEV-7: never "common" without the belly-cramp line and the clot warning."""
    for needed in ("pregnancy-belly", "leg-swollen-emergency", "pregnancy-warning-signs"):
        never(said("why-pregnancy"), no(said(needed)))


def test_no_medicine_is_to_be_contacted_about_without_not_stopping_it() -> None:
    """CON-10."""
    contact = ("pregnancy-diuretic", "medicines-contact")
    for name in contact:
        assert {tag[1] for tag in tags_of(name) if tag[0] == "medicines"} == {"call", "keep"}
    never(level("medicines", "D2"), no(said(*contact)))


# --- claims ---------------------------------------------------------------------------------------

_DIURETICS = (
    "loop",
    "thiazide",
    "thiazide_like",
    "potassium_sparing",
    "carbonic_anhydrase_inhibitor",
    "osmotic",
    "unspecified",
)
_DIALYSIS = ("hemodialysis", "peritoneal_dialysis", "dialysis")
_FAILING = ("end_stage", *_DIALYSIS, "unspecified")
_DIABETES = ("type_1", "type_2", "secondary", "unspecified")
_PREGNANT = (("pregnancy", ()),)
CLAIMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "why-diuretic": (("diuretic", _DIURETICS),),
    "why-diuretic-minerals": (("diuretic", ("loop", "thiazide", "thiazide_like")),),
    "why-diuretic-levels": (("diuretic", _DIURETICS),),
    "why-kidney-failure": (("kidney_failure", _FAILING),),
    "why-dialysis": (("kidney_failure", _DIALYSIS),),
    "why-kidney-disease": (
        ("chronic_kidney_disease", ("stage_1", "stage_2", "stage_3", "stage_4", "unspecified")),
    ),
    "why-transplant": (("kidney_transplant", ()),),
    "why-diabetes": (("diabetes", _DIABETES),),
    "why-pregnancy": _PREGNANT,
    "why-after-pregnancy": (("postpartum", ()),),
    "why-heart-failure": (("heart_failure", ()),),
    "why-cirrhosis": (("cirrhosis", ()),),
    "why-fluid-medicine": (("fluid_regulating_medicine", ("desmopressin", "vaptan", "lithium")),),
    "why-fluid-limit": (("fluid_restriction", ()),),
    "why-potassium": (("potassium_raising_medicine", ()),),
    "why-minerals": (("electrolyte_disorder", ()),),
    "why-statin": (("statin", ()),),
    "why-medicine": (("cramp_linked_medicine", ()),),
    "why-estrogen": (("estrogen", ()),),
    "why-artery": (("peripheral_artery_disease", ()),),
    "why-clot": (("deep_vein_thrombosis", ("current",)),),
    "why-past-clot": (("deep_vein_thrombosis", ("past",)),),
    "diuretic-review": (("diuretic", _DIURETICS),),
    "dialysis-diuretic": (("kidney_failure", _DIALYSIS), ("diuretic", _DIURETICS)),
    "diabetes-school": (("diabetes", _DIABETES),),
    "diabetes-pregnancy": (*_PREGNANT, ("diabetes", ())),
    "kidney-pregnancy": _PREGNANT,
    "pregnancy-belly": _PREGNANT,
    "pregnancy-medicines": _PREGNANT,
    "supplements-prenatal": _PREGNANT,
    "pregnancy-diuretic": (*_PREGNANT, ("diuretic", _DIURETICS)),
}
"""What a statement tells the patient as a fact: for each factor one of these has to be certain."""


@pytest.mark.parametrize("statement", CLAIMS)
def test_what_is_told_as_a_fact_is_certain_and_not_withheld(statement: str) -> None:
    for factor, qualifiers in CLAIMS[statement]:
        never(said(statement), no(told(factor, qualifiers)))
    assert case(said(statement))


def test_every_why_line_is_a_claim() -> None:
    assert {s.id for s in PACK.statements if s.kind == "why"} <= set(CLAIMS)


def test_every_claim_is_tagged_as_one() -> None:
    """So that `pack check` looks at it too."""
    for statement in STATEMENTS:
        tagged = {tag[2] for tag in tags_of(statement) if tag[:2] == ("claim", "state")}
        facts = {factor for factor, _ in CLAIMS.get(statement, ())}
        assert tagged <= facts
        assert bool(tagged) == bool(facts)


# --- the gate -------------------------------------------------------------------------------------

NEUTRAL = {
    "pregnancy-may-be",
    "cause-pregnancy",
    "heart-swelling",
    "signs-if-pregnant",
    "head-sight-bleeding",
}
"""What is said to whoever may be pregnant, or speaks of a belly and of no pregnancy."""


def test_behind_a_closed_gate_no_word_names_the_pregnancy() -> None:
    english = loaded().catalogues["en"]
    stems = ("pregnan", "prenatal", "baby", "birth", "belly", "womb")
    naming = {
        name.partition("@")[0]
        for name, text in english.items()
        if name.partition("@")[0] in STATEMENTS and any(stem in text.lower() for stem in stems)
    }
    assert naming > NEUTRAL
    for name in naming - NEUTRAL:
        never(
            said(name), no(told("pregnancy", certain=False)), no(told("postpartum", certain=False))
        )
        assert case(said(name))
    for name in NEUTRAL:
        closed = no(told("pregnancy", certain=False))
        assert case(said(name), has("pregnancy"), closed)


def test_withheld_findings_vote_like_told_ones() -> None:
    """A closed gate hides words, never caution."""
    rng = random.Random(13)
    (slot,) = (slot for slot in SPACE.slots if slot.factor == "pregnancy")
    opened, closed = (
        next(
            option
            for kind in slot.options.values()
            for option in kind
            if option.findings[0][0].status is Status.PRESENT
            and option.findings[0][0].withheld is reason
        )
        for reason in (None, Withheld.CONFIDENTIAL)
    )
    for _ in range(100):
        plain = random_case(rng, Person((40, 40), "female"))
        others = tuple(o for o in plain.shown if not _is_of(o, "pregnancy", "postpartum"))
        told_one, hidden = (
            told_of(whole(replace(plain, shown=(*others, option)))) for option in (opened, closed)
        )
        assert told_one.levels == hidden.levels
        lost = told_one.said - hidden.said
        limited = {name for name in lost if STATEMENTS[name].section in PACK.section_limits}
        assert lost - limited <= {
            "why-pregnancy",
            "pregnancy-belly",
            "pregnancy-warning-signs",
            "pregnancy-diuretic",
            "kidney-pregnancy",
            "pregnancy-medicines",
            "diabetes-pregnancy",
            "supplements-prenatal",
            "caffeine-under-200",
        }
        gained = hidden.said - told_one.said
        assert ("pregnancy-diuretic" in lost) == ("medicines-contact" in gained)


def _is_of(option: object, *factors: str) -> bool:
    return any(f.risk_factor in factors for f in option.findings[0]) and not option.part


# --- the sheet as a whole -------------------------------------------------------------------------


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_statement_is_said_to_somebody(statement: str) -> None:
    assert case(said(statement))
    is_plain = STATEMENTS[statement].section not in PACK.section_limits
    if STATEMENTS[statement].when.name == "always" and is_plain:
        always(said(statement))


def test_every_alert_is_raised_and_every_level_reached_by_somebody() -> None:
    for alert in PACK.alerts:
        assert case(SPACE.when(alert.when, for_clinician=True)), alert.id
    for topic in PACK.topics.values():
        for each in topic.levels:
            assert case(level(topic.id, each)), each


def levels_asked_for(predicate: Predicate, topic: str) -> list[set[str]]:
    """The sets of levels of a topic that a predicate, or one of its `all` parts, asks for.

    An `any` asks for a topic only where each of its parts does, and for what they ask together.
    """
    if predicate.name == "level" and predicate.arguments["topic"] == topic:
        return [set(predicate.arguments["levels"])]
    if predicate.name == "any":
        asked = [levels_asked_for(part, topic) for part in predicate.parts]
        return [set().union(*(set.intersection(*each) for each in asked))] if all(asked) else []
    parts = predicate.parts if predicate.name in COMBINING - {"none", "any"} else ()
    return [levels for part in parts for levels in levels_asked_for(part, topic)]


@pytest.mark.parametrize("topic", TOPICS)
def test_no_two_levels_of_a_topic_are_spoken_at_once(topic: str) -> None:
    for_levels = {
        s.id: asked[0] for s in PACK.statements if (asked := levels_asked_for(s.when, topic))
    }
    assert for_levels
    for name, levels in for_levels.items():
        never(said(name), no(level(topic, *levels)))


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - {"massage"}))
def test_every_level_of_a_topic_has_one_piece_of_advice(topic: str) -> None:
    """Whatever level a topic comes to, one statement about what to do says it, and no other."""
    more = {"fluids-older"}  # beside the plain one
    plain = {
        s.id
        for s in PACK.statements
        if s.topic == topic and s.section == "prevent" and levels_asked_for(s.when, topic)
    }
    always(exactly_one(plain - more))


def test_every_combination_can_be_put_into_words() -> None:
    """Every two statements that can be said together, on one sheet."""
    met: set[frozenset[str]] = set()
    for one, other in pairs_of(STATEMENTS, 2):
        if frozenset((one, other)) in met:
            continue
        found = case(said(one), said(other))
        if found is None:
            continue
        made = sheet(tailor(found.findings(PACK), PACK))
        lines = [line for section in made.sections for line in section.lines]
        on_it = {line.statement for line in lines}
        assert {one, other} <= on_it
        assert all(line.text.strip() for line in lines)
        met |= {frozenset(pair) for pair in pairs_of(on_it, 2)}


def test_every_part_that_can_be_unread_holds_a_factor() -> None:
    assert set(PARTS) >= CLINICAL_PARTS
    assert all(factors_in(part) for part in PARTS)
