"""What each finding asks for, written down from the clinical decision table and not from the pack.

The most restrictive level that any finding asks for wins each topic. Restrictive means later in
the alphabet of digits: F2 over F1 over F0.
"""

from collections.abc import Iterable

TOPICS = {
    "F": "fluids",
    "S": "supplements",
    "R": "muscle_relaxant",
    "X": "exercise",
    "M": "massage",
    "C": "caffeine",
    "K": "smoking",
    "D": "medicines",
}
BASE = "F0 S1 R0 X0 M0 C0 K1 D0"
"""Nobody votes: usual fluids, weak evidence for supplements, help to quit for everyone."""

UNREAD = "F1 S2 R1"
"""What cannot be read, or tells neither what nor when, asks for this."""

ASKS_FOR = {
    # Its reason may be a fluid-limited disease that nobody coded; it is never stopped alone.
    ("diuretic", "loop"): "F1 S1 D1",
    ("diuretic", "thiazide"): "F1 S1 D1",
    ("diuretic", "thiazide_like"): "F1 S1 D1",
    # They keep potassium, or what they do to it is not known: no minerals, no salt substitute.
    ("diuretic", "potassium_sparing"): "F1 S2 D1",
    ("diuretic", "carbonic_anhydrase_inhibitor"): "F1 S2 D1",
    ("diuretic", "osmotic"): "F1 S2 D1",
    ("diuretic", "unspecified"): "F1 S2 D1",
    # Stage 4 and beyond: extra fluid strains the heart, minerals and relaxants build up.
    ("kidney_failure", "end_stage"): "F2 S2 R1 X1",
    ("kidney_failure", "dialysis"): "F2 S2 R1 X1",
    ("kidney_failure", "acute"): "F1 S2 R1",
    ("chronic_kidney_disease", "stage_4"): "F2 S2 R1 X1",
    # Stages 1 to 3: many have no fluid limit, so nobody is told to restrict.
    ("chronic_kidney_disease", "stage_1"): "F1 S2 R1",
    ("chronic_kidney_disease", "stage_2"): "F1 S2 R1",
    ("chronic_kidney_disease", "stage_3"): "F1 S2 R1",
    ("chronic_kidney_disease", "unspecified"): "F1 S2 R1",
    ("kidney_transplant", None): "F1 S2 R1",
    ("kidney_failure", "hemodialysis"): "F2 S2 R1 X1",
    ("kidney_failure", "peritoneal_dialysis"): "F2 S2 R1 X1",
    ("kidney_failure", "unspecified"): "F2 S2 R1 X1",
    ("heart_failure", None): "F2 S2 R1 X1",
    ("fluid_restriction", None): "F2 S2 R1 X1",
    # They decide how much water the body keeps: neither more nor less than the plan says.
    ("fluid_regulating_medicine", "desmopressin"): "F2 S2",
    ("fluid_regulating_medicine", "vaptan"): "F2 S2",
    ("fluid_regulating_medicine", "lithium"): "F2 S2",
    # Potassium may be high: no mineral, no salt substitute.
    ("potassium_raising_medicine", "ace_inhibitor"): "S2",
    ("potassium_raising_medicine", "arb"): "S2",
    ("potassium_raising_medicine", "arni"): "S2",
    ("potassium_raising_medicine", "finerenone"): "S2",
    ("potassium_raising_medicine", "trimethoprim"): "S2",
    ("potassium_raising_medicine", "potassium_product"): "S2",
    # Linked with cramps or muscle harm, and never stopped alone.
    ("statin", None): "D1",
    ("cramp_linked_medicine", "beta_agonist"): "D1",
    ("estrogen", None): "D1",
    # With these a muscle relaxant is not mentioned.
    ("sedating_medicine", "opioid"): "R1",
    ("sedating_medicine", "sedative"): "R1",
    ("arrhythmia", None): "R1",
    ("breastfeeding", None): "R1",
    # For the clinician: they move nothing.
    ("muscle_relaxant", "baclofen"): "",
    ("magnesium_product", None): "",
    ("glucose_lowering_medicine", "insulin"): "",
    ("cramp_complaint", None): "",
    # A result alone votes as the stage it would be.
    ("low_egfr", "below_30"): "F2 S2 R1 X1",
    ("low_egfr", "30_to_59"): "F1 S2 R1",
    ("high_potassium_result", "5_5_to_5_9"): "S2",
    ("high_potassium_result", "6_0_or_more"): "S2",
    ("low_sodium_result", "130_to_134"): "F1",
    ("low_sodium_result", "125_to_129"): "F2",
    ("low_sodium_result", "below_125"): "F2",
    ("electrolyte_disorder", "low_sodium"): "F2 S2",
    ("electrolyte_disorder", "high_potassium"): "F1 S2",
    ("electrolyte_disorder", "low_potassium"): "F1 S2",
    ("electrolyte_disorder", "low_magnesium"): "F1 S2",
    ("peripheral_artery_disease", None): "X1",
    ("deep_vein_thrombosis", "current"): "X1 M1",
    ("deep_vein_thrombosis", "past"): "",
    ("cirrhosis", None): "F1 S2 R1",
    ("cirrhosis", "with_ascites"): "F2 S2 R1",
    # Diabetes adds lines and moves nothing.
    ("diabetes", "type_1"): "",
    ("diabetes", "type_2"): "",
    ("diabetes", "gestational"): "",
    ("pregnancy", None): "S1 R1 X1 C1",
    ("age", "under_12"): "R1 C2 K2",
    ("age", "12_to_17"): "R1",
    ("age", "65_and_over"): "R1",
}

TOGETHER = {
    frozenset({"pregnancy", "diuretic"}): "D2",
    frozenset({"pregnancy", "statin"}): "D2",
}
"""Pairs that ask for more than either does: tell the team promptly, and do not stop alone."""


def levels(*asked: str) -> dict[str, str]:
    """The level of every topic when all of these are asked for, on top of the base sheet."""
    won: dict[str, str] = {}
    for level in f"{BASE} {' '.join(asked)}".split():
        topic = TOPICS[level[0]]
        won[topic] = max(won.get(topic, level), level)
    return won


def levels_of(findings: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """The levels that these findings, (factor, qualifier) pairs, come to."""
    found = list(findings)
    factors = {factor for factor, _ in found}
    pairs = [more for pair, more in TOGETHER.items() if pair <= factors]
    return levels(*(ASKS_FOR[finding] for finding in found), *pairs)
