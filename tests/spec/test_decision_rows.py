"""Each row of the decision table, by what a patient it is about is told: one case a row.

A case is somebody's findings (`unit.handouts` says how they are written), their age and sex, and
what the sheet then says and does not say, which levels its topics come to, and which alerts the
clinician gets. The never-say rules are asked of every combination in `content/test_safety.py`; here
each has one person. docs/decision-table.md names this test for each row.
"""

from dataclasses import dataclass

import pytest

from fhir_handout.model import Handout
from fhir_handout.patient_record import Part
from spec.decision_rows import PAGE, page, rows
from unit.handouts import Ages, handout, level, loaded, said

PACK = loaded().content


@dataclass(frozen=True)
class Case:
    """Who, and what their sheet says and does not say."""

    findings: str = ""
    says: str = ""
    not_says: str = ""
    levels: str = ""
    alerts: str = ""
    ages: Ages = (40, 40)
    sex: str | None = "female"
    gaps: tuple[Part, ...] = ()

    def handout(self) -> Handout:
        return handout(*self.findings.split(), ages=self.ages, sex=self.sex, gaps=self.gaps)


CHILD: Ages = (8, 8)
TEEN: Ages = (15, 15)
OLD: Ages = (70, 70)
DIALYSIS = "kidney_failure.hemodialysis"
INSULIN = "glucose_lowering_medicine.insulin"
LOOP, SPARING = "diuretic.loop", "diuretic.potassium_sparing"
ALWAYS = (
    "heartbeat-weakness heart-lungs dark-urine cold-limb one-sided bladder-bowel heat stiff-jaw "
    "seizure"
)

ROWS: dict[str, Case] = {
    "BASE-1": Case("", "cramp-meaning cramp-when"),
    "BASE-2": Case("", "cause-muscles cause-fluid cause-low-minerals cause-unknown"),
    "BASE-3": Case("", "ease-stretch ease-massage ease-rest"),
    "BASE-4": Case("", "prevent-stretch prevent-proof", ages=OLD),
    "BASE-5": Case("", "supplements-weak", levels="S1"),
    "BASE-6": Case("", "quinine-avoid"),
    "BASE-7": Case("", "call-long call-severe call-returning call-nerves call-night"),
    "BASE-8": Case("", "ask-first note-unread", levels="F1 S2 R1", gaps=(Part.CONDITIONS,)),
    "BASE-9": Case("cramp_linked_medicine.naproxen", "why-medicine"),
    "DIU-1": Case(LOOP, "why-diuretic"),
    "DIU-2": Case("diuretic.thiazide", "why-diuretic-minerals", "why-diuretic-levels"),
    "DIU-3": Case(SPARING, "why-diuretic-levels", "why-diuretic-minerals cause-low-minerals"),
    "DIU-4": Case(LOOP, "medicines-keep diuretic-review", levels="D1"),
    "DIU-5": Case(LOOP, "fluids-ask key-fluids-ask", "fluids-usual", "F1"),
    "DIU-6": Case(SPARING, "supplements-none", "supplements-weak", "S2"),
    "DIU-7": Case(LOOP, "call-dizzy call-vomiting"),
    "CKD-1": Case("chronic_kidney_disease.stage_3", "why-kidney-disease"),
    "CKD-2": Case("chronic_kidney_disease.stage_1", "supplements-none", levels="S2"),
    "CKD-3": Case(
        "chronic_kidney_disease.stage_4 magnesium_product",
        "supplements-none",
        alerts="magnesium-product",
    ),
    "CKD-4": Case("chronic_kidney_disease.stage_4", "supplements-none"),
    "CKD-5": Case("chronic_kidney_disease.stage_4", "fluids-set-amount", "fluids-usual", "F2"),
    "CKD-6": Case("chronic_kidney_disease.stage_2", "fluids-ask", "fluids-set-amount", "F1"),
    "CKD-7": Case("chronic_kidney_disease.stage_3", "medicines-as-prescribed"),
    "CKD-8": Case(
        f"{DIALYSIS} muscle_relaxant.baclofen", "", "relaxant-maybe", "R1", "baclofen-kidney"
    ),
    "DIA-1": Case(DIALYSIS, "why-dialysis"),
    "DIA-2": Case(DIALYSIS, "dialysis-tell-staff"),
    "DIA-3": Case(DIALYSIS, "dialysis-stay key-dialysis"),
    "DIA-4": Case(DIALYSIS, "fluids-set-amount fluids-count key-fluids-set", levels="F2"),
    "DIA-5": Case(DIALYSIS, "supplements-none"),
    "DIA-6": Case("kidney_failure.peritoneal_dialysis", "dialysis-diet"),
    "DIA-7": Case(DIALYSIS, "supplements-none"),
    "TX-1": Case(
        f"kidney_transplant {DIALYSIS}?",
        "why-transplant supplements-none",
        "why-dialysis",
        "F2 S2",
        "dialysis-and-transplant",
    ),
    "DM-1": Case("diabetes.type_2", "why-diabetes"),
    "DM-2": Case(f"diabetes.type_1 {INSULIN}", "sugar-before-exercise exercise-regular"),
    "DM-3": Case("diabetes.type_2", "feet-daily"),
    "DM-4": Case("diabetes.type_2", "call-feet"),
    "DM-5": Case("diabetes.type_2", "drinks-no-sugar"),
    "PRG-1": Case("pregnancy", "why-pregnancy"),
    "PRG-2": Case("pregnancy", "supplements-prenatal supplements-weak", levels="S1"),
    "PRG-3": Case("pregnancy", "pregnancy-medicines", "relaxant-maybe", "R1 D0"),
    "PRG-4": Case(
        "postpartum*", "leg-swollen-emergency signs-if-pregnant", "pregnancy-warning-signs"
    ),
    "PRG-5": Case("pregnancy", "key-pregnancy pregnancy-belly pregnancy-may-be"),
    "PRG-6": Case("pregnancy", "caffeine-under-200 smoking-quit", "caffeine-limit", "C1 K1"),
    "PRG-7": Case("pregnancy", "pregnancy-medicines"),
    "PRG-8": Case(
        f"pregnancy {LOOP}",
        "pregnancy-diuretic key-contact",
        levels="D2",
        alerts="diuretic-in-pregnancy",
    ),
    "PRG-9": Case(
        "pregnancy statin potassium_raising_medicine.arb",
        "medicines-contact key-contact",
        levels="D2",
        alerts="statin-in-pregnancy renin-angiotensin-in-pregnancy",
    ),
    "HF-1": Case("heart_failure", "why-heart-failure fluids-set-amount", levels="F2"),
    "HF-2": Case("heart_failure?", "call-weight call-swelling", "why-heart-failure"),
    "HF-3": Case(
        "heart_failure muscle_relaxant.cyclobenzaprine",
        "",
        "relaxant-maybe",
        "R1",
        "cyclobenzaprine-heart",
    ),
    "CH-1": Case(
        "",
        "caffeine-none smoke-free-home",
        "relaxant-maybe caffeine-limit smoking-quit cause-pregnancy note-child",
        "C2 K2",
        ages=CHILD,
    ),
    "CH-2": Case("", "call-child", ages=CHILD),
    "CH-3": Case("", "cramp-child", ages=CHILD),
    "CH-4": Case("chronic_kidney_disease.stage_3", "supplements-none", levels="S2", ages=CHILD),
    "CH-5": Case(
        "", "exercise-teen caffeine-ask smoking-quit", "exercise-regular caffeine-limit", ages=TEEN
    ),
    "CH-6": Case(
        "pregnancy*",
        "caffeine-ask signs-if-pregnant",
        "why-pregnancy pregnancy-belly key-pregnancy supplements-prenatal caffeine-under-200",
        "X1 R1",
        "sensitive",
        ages=TEEN,
    ),
    "OLD-1": Case("muscle_relaxant.other", "", "relaxant-maybe", "R1", "relaxant-older", ages=OLD),
    "OLD-2": Case("", "prevent-stretch ease-stretch night-path", ages=OLD),
    "OLD-3": Case("", "fluids-older fluids-usual", levels="F0", ages=OLD),
    "STA-1": Case("statin", "why-statin medicines-keep call-muscles", levels="D1"),
    "STA-2": Case("statin", "dark-urine"),
    "OTH-1": Case("cramp_linked_medicine.beta_agonist", "why-medicine medicines-keep", levels="D1"),
    "OTH-2": Case("cirrhosis.with_ascites", "why-cirrhosis supplements-none", levels="F2 S2 R1"),
    "OTH-3": Case("peripheral_artery_disease", "why-artery call-sore call-cold-foot", levels="X1"),
    "OTH-4": Case(
        "electrolyte_disorder.low_sodium", "why-minerals fluids-set-amount", levels="F2 S2"
    ),
    "OTH-5": Case(
        "deep_vein_thrombosis.past",
        "why-past-clot leg-swollen-emergency ease-massage",
        "leg-swollen-call why-clot",
        "M0",
    ),
    "RF-1": Case("", "leg-swollen-call key-help", "leg-swollen-emergency"),
    "RF-2": Case("", "heart-lungs"),
    "RF-3": Case("", "dark-urine"),
    "RF-4": Case("", "heartbeat-weakness"),
    "RF-5": Case("", "cold-limb"),
    "RF-6": Case("", "one-sided"),
    "RF-7": Case("", "bladder-bowel"),
    "RF-8": Case("", "heat"),
    "RF-9": Case("", "stiff-jaw"),
    "RF-10": Case(f"{INSULIN}?", "low-sugar-treat low-sugar-emergency"),
    "RF-11": Case("", "seizure"),
    "PAIR-1": Case(f"{LOOP} {DIALYSIS}", "why-diuretic-levels", "why-diuretic-minerals", "S2"),
    "PAIR-2": Case(
        f"{SPARING} potassium_raising_medicine.potassium_product",
        "heartbeat-weakness supplements-none",
        "cause-low-minerals",
        "S2",
        "potassium-product",
    ),
    "PAIR-3": Case(
        f"{LOOP} {DIALYSIS}", "dialysis-diuretic medicines-keep fluids-set-amount", levels="F2 D1"
    ),
    "PAIR-4": Case(f"{LOOP} heart_failure", "call-weight medicines-keep", levels="F2 D1"),
    "PAIR-5": Case(
        "diuretic.thiazide diabetes.type_2",
        "fluids-ask drinks-no-sugar",
        levels="F1",
        alerts="thiazide-blood-sugar",
    ),
    "PAIR-6": Case(
        f"pregnancy {LOOP}", "pregnancy-diuretic", levels="D2", alerts="diuretic-in-pregnancy"
    ),
    "PAIR-7": Case(LOOP, "fluids-ask call-child", levels="F1", ages=CHILD),
    "PAIR-8": Case(LOOP, "call-falls call-dizzy", ages=OLD),
    "PAIR-9": Case(
        f"{DIALYSIS} diabetes.type_2 {INSULIN}", "low-sugar-treat sugar-before-exercise"
    ),
    "PAIR-10": Case(f"{DIALYSIS} pregnancy", "kidney-pregnancy supplements-prenatal", levels="F2"),
    "PAIR-11": Case(
        "chronic_kidney_disease.stage_3", "fluids-ask supplements-none", levels="F1", ages=CHILD
    ),
    "PAIR-13": Case(f"{DIALYSIS} heart_failure", "fluids-set-amount", "fluids-ask", "F2"),
    "PAIR-14": Case(
        f"heart_failure diabetes.type_2 {INSULIN}",
        "exercise-ask sugar-before-exercise",
        "exercise-regular",
        "X1",
    ),
    "PAIR-15": Case("heart_failure postpartum*", "heart-swelling call-weight", "call-swelling"),
    "PAIR-16": Case("heart_failure", "call-weight prevent-stretch", ages=OLD),
    "PAIR-17": Case("diabetes.gestational pregnancy", "diabetes-pregnancy", "low-sugar-treat"),
    "PAIR-18": Case("diabetes.type_1", "diabetes-school", ages=TEEN),
    "PAIR-19": Case("diabetes.type_2 peripheral_artery_disease", "feet-daily cold-limb call-feet"),
    "PAIR-20": Case(
        "pregnancy?!", "", "why-pregnancy pregnancy-belly", "S1 R1", "implausible", CHILD
    ),
    "PAIR-21": Case("pregnancy*", "", "why-pregnancy", alerts="sensitive", ages=TEEN),
    "PAIR-22": Case("pregnancy?!", "", "why-pregnancy pregnancy-may-be", "R1", "implausible", OLD),
    "PAIR-23": Case("statin chronic_kidney_disease.stage_3", "dark-urine", ages=OLD),
    "CON-1": Case(LOOP, "fluids-ask", "fluids-usual fluids-older", "F1", ages=OLD),
    "CON-2": Case("chronic_kidney_disease.stage_1", "supplements-none", "supplements-weak"),
    "CON-3": Case(
        "chronic_kidney_disease.stage_1 potassium_raising_medicine.potassium_product",
        "supplements-none",
        alerts="potassium-product",
    ),
    "CON-4": Case(
        f"{LOOP} {SPARING}", "cause-mineral-levels why-diuretic-levels", "why-diuretic-minerals"
    ),
    "CON-5": Case("arrhythmia", "medicines-as-prescribed", "relaxant-maybe", "R1"),
    "CON-6": Case("peripheral_artery_disease", "exercise-ask", "exercise-regular", "X1"),
    "CON-7": Case(f"diabetes.type_2 {INSULIN}", "exercise-regular sugar-before-exercise"),
    "CON-8": Case(
        "deep_vein_thrombosis.current",
        "ease-stretch-ask why-clot",
        "ease-massage ease-stretch prevent-stretch key-stretch",
        "M1",
    ),
    "CON-9": Case("statin", "medicines-keep dark-urine"),
    "CON-10": Case(f"pregnancy {LOOP}", "medicines-keep pregnancy-diuretic", levels="D2"),
    "CON-11": Case(f"{DIALYSIS} {INSULIN}", "low-sugar-treat"),
    "CON-12": Case("pregnancy", "caffeine-under-200", "caffeine-limit", "C1"),
    "CON-13": Case("", "call-night"),
    "CON-14": Case("diabetes.type_2 peripheral_artery_disease", "call-feet", "call-sore"),
    "CON-15": Case("kidney_failure.dialysis", "dialysis-diet"),
    "CON-16": Case("heart_failure", "fluids-set-amount call-vomiting", levels="F2"),
    "CON-17": Case("", ALWAYS),
    "CON-18": Case("pregnancy*", "caffeine-ask", "caffeine-under-200", ages=TEEN),
    "NEV-1": Case("", "quinine-avoid medicines-ask"),
    "NEV-2": Case(LOOP, "medicines-keep", "fluids-usual"),
    "NEV-3": Case("cirrhosis", "supplements-none", "supplements-weak cause-low-minerals"),
    "NEV-4": Case("electrolyte_disorder.low_sodium", "", "fluids-usual", "F2"),
    "NEV-5": Case(DIALYSIS, "", "relaxant-maybe"),
    "NEV-6": Case(SPARING, "", "cause-low-minerals why-diuretic-minerals"),
    "NEV-7": Case("pregnancy", "why-pregnancy pregnancy-belly leg-swollen-emergency"),
    "NEV-8": Case("heart_failure", "", "relaxant-maybe fluids-usual"),
    "NEV-9": Case("diabetes.type_2", "", "low-sugar-treat sugar-before-exercise key-low-sugar"),
    "NEV-10": Case("", "", "relaxant-maybe caffeine-limit smoking-quit", ages=CHILD),
    "NEV-11": Case("", "", "relaxant-maybe", ages=OLD),
    "NEV-12": Case("deep_vein_thrombosis.current", "", "ease-massage"),
    "NEV-13": Case("low_egfr.below_30", "", "why-kidney-disease why-kidney-failure", "F2 S2"),
    "NEV-14": Case("", ALWAYS),
    "NEV-15": Case("kidney_transplant", "supplements-none", levels="S2"),
    "VOTE-diuretic": Case("diuretic.osmotic", levels="F1 S2 D1"),
    "VOTE-potassium": Case("potassium_raising_medicine.arb", "why-potassium", levels="S2"),
    "VOTE-kidney": Case("kidney_failure.acute", "", "why-kidney-failure", "F1 S2 R1"),
    "VOTE-heart": Case("heart_failure", levels="F2 S2 R1 X1"),
    "VOTE-fluid-limit": Case("fluid_restriction", "why-fluid-limit", levels="F2 S2 R1 X1"),
    "VOTE-fluid-medicine": Case(
        "fluid_regulating_medicine.vaptan fluid_restriction?",
        "why-fluid-medicine",
        "why-fluid-limit",
        "F2 S2",
        "vaptan-fluid-limit",
    ),
    "VOTE-liver": Case("cirrhosis", levels="F1 S2 R1"),
    "VOTE-pregnancy": Case("breastfeeding*", levels="R1", alerts="sensitive", ages=TEEN),
    "VOTE-age": Case("", "note-child", levels="S2 R1", ages=None),
    "VOTE-statin": Case("statin", levels="D1"),
    "VOTE-vessels": Case("deep_vein_thrombosis.current", levels="X1 M1"),
    "VOTE-relaxant": Case(
        "sedating_medicine.opioid muscle_relaxant.other",
        "",
        "relaxant-maybe",
        "R1",
        "relaxant-sedative",
    ),
    "VOTE-laboratory": Case(
        "high_potassium_result.6_0_or_more low_sodium_result.below_125",
        "",
        "why-minerals",
        "F2 S2",
        "potassium-very-high sodium-very-low",
    ),
    "VOTE-unread": Case("", "note-unread", "relaxant-maybe", "F1 S2 R1", gaps=(Part.MEDICINES,)),
}


@pytest.mark.parametrize("row", ROWS)
def test_row(row: str) -> None:
    case = ROWS[row]
    made = case.handout()
    assert set(case.says.split()) - said(made) == set()
    assert set(case.not_says.split()) & said(made) == set()
    of_letter = {topic.levels[0][0]: topic.id for topic in PACK.topics.values()}
    for wanted in case.levels.split():
        assert level(made, of_letter[wanted[0]]) == wanted
    raised = {alert.alert for alert in made.alerts}
    assert set(case.alerts.split()) - raised == set()


def test_every_row_has_a_case_but_those_left_out() -> None:
    left_out = {row for row, it in rows().items() if "left_out" in it}
    assert set(ROWS) == set(rows()) - left_out


def test_a_case_names_statements_alerts_and_levels_that_there_are() -> None:
    statements = {statement.id for statement in PACK.statements}
    for case in ROWS.values():
        assert set((case.says + " " + case.not_says).split()) <= statements
        assert set(case.alerts.split()) <= {alert.id for alert in PACK.alerts}


@pytest.mark.parametrize("row", ROWS)
def test_the_statements_that_carry_a_row_are_in_its_case(row: str) -> None:
    """At least one of them: so that the table of the documentation names a test that covers it."""
    carrying = {s.id for s in PACK.statements if row in s.rows}
    alerting = {alert.id for alert in PACK.alerts if row in alert.rows}
    case = ROWS[row]
    if carrying:
        assert carrying & set(case.says.split()) or alerting & set(case.alerts.split())
    elif alerting:
        assert alerting & set(case.alerts.split())


def test_every_statement_carries_a_row_that_there_is() -> None:
    known = set(rows())
    for item in (*PACK.statements, *PACK.alerts):
        assert item.rows, item.id
        assert set(item.rows) <= known, item.id


def test_every_fact_says_where_it_comes_from_and_how_far_that_was_checked() -> None:
    for row, it in rows().items():
        assert it["citations"], row
        assert set(it["citations"]) <= set(PACK.citations), row
        assert it["seen"] in ("source", "mirror", "none"), row
        general = set(it["citations"]) <= {"GENERAL", "PACK"}
        assert not (general and it["seen"] == "source" and row not in SEEN_ELSEWHERE), row


SEEN_ELSEWHERE = {"PRG-7"}
"""Facts whose source the sheet does not draw on: it says nothing of them."""


def test_the_page_that_lists_the_rows_is_current() -> None:
    """`PYTHONPATH=tests python tests/spec/decision_rows.py` renews it."""
    assert PAGE.read_text("utf-8") == page(ROWS)
