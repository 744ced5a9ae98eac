"""`pack check` on the command line: what must never be said is caught, with its line.

Each case spoils a copy of the shipped pack in one way. The rules that break by it are named, and
no others, with the smallest record that shows it.
"""

from pathlib import Path

import pytest

from functional.spoiled import (
    Case,
    Check,
    Spoiled,
    catches,
    no_vote,
    only_when,
    says,
    silent,
    votes,
)

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
CASES: dict[str, Case] = {
    "quinine": Case(says("quinine recommend any"), {"NEV-1-quinine"}, ANYBODY),
    "a dose": Case(says("dose give any"), {"NEV-1-dose"}, ANYBODY),
    "a pain reliever": Case(says("pain_reliever mention any"), {"NEV-1-dose", "NEV-10"}, ANYBODY),
    "a cure": Case(says("cure promise any"), {"NEV-1-diagnosis"}, ANYBODY),
    "skipped dialysis": Case(
        says("dialysis skip any", when={"none": [{"finding": "kidney_failure"}]}),
        {"NEV-1-stop"},
        ANYBODY,
    ),
    "usual fluids with a water pill": Case(
        no_vote("diuretic", "fluids"),
        {"NEV-2"},
        "age 40, diuretic (loop) possible",
    ),
    "food with potassium": Case(says("food recommend high_potassium"), {"NEV-3"}, ANYBODY),
    "low minerals with a transplant": Case(
        no_vote("kidney_transplant", "supplements"),
        {"NEV-3-minerals"},
        "age 40, kidney_transplant possible",
    ),
    "usual fluids with a transplant": Case(
        no_vote("kidney_transplant", "fluids"),
        {"NEV-4"},
        "age 40, kidney_transplant possible",
    ),
    "an amount": Case(says("fluids limit number"), {"NEV-4-amount"}, ANYBODY),
    "a relaxant with a transplant": Case(
        no_vote("kidney_transplant", "muscle_relaxant"),
        {"NEV-5-relaxant"},
        "age 40, kidney_transplant possible",
    ),
    "juice": Case(
        says("low_sugar carry juice", when=LOWERS),
        {"NEV-5-juice", "CON-11"},
        "age 40, diuretic (potassium_sparing) possible, "
        "glucose_lowering_medicine (insulin) possible",
    ),
    "low minerals with a pill that keeps potassium": Case(
        votes("diuretic", 1, ["carbonic_anhydrase_inhibitor", "osmotic", "unspecified"]),
        {"NEV-6", "NEV-3-minerals"},
        "age 40, diuretic (potassium_sparing) possible",
    ),
    "a relaxant while breastfeeding": Case(
        no_vote("breastfeeding", "muscle_relaxant"),
        {"NEV-7-relaxant"},
        "age 40, breastfeeding possible",
    ),
    "pregnancy without its signs": Case(
        silent("warning emergency pregnancy", "pregnancy-warning-signs"),
        {"NEV-7-common", "NEV-14-RF-1-emergency"},
        "age 40, pregnancy possible",
    ),
    "a pregnancy that is withheld": Case(
        says(
            "names mention pregnancy",
            when={"finding": {"factor": "pregnancy", "even_withheld": True}},
        ),
        {"NEV-7-gate"},
        "age 40, pregnancy possible and withheld: confidential",
    ),
    "salt with heart failure": Case(
        says("salt recommend any", when={"finding": "heart_failure"}),
        {"NEV-8"},
        "age 40, heart_failure possible",
    ),
    "a relaxant with an arrhythmia": Case(
        no_vote("arrhythmia", "muscle_relaxant"),
        {"NEV-8-rhythm"},
        "age 40, arrhythmia possible",
    ),
    "low sugar without a medicine for it": Case(
        says("low_sugar check target"),
        {"NEV-9-low-sugar"},
        ANYBODY,
    ),
    "bare feet": Case(says("feet do barefoot"), {"NEV-9-sugar"}, ANYBODY),
    "alcohol to a child": Case(says("alcohol mention any", when=CHILD), {"NEV-10"}, "age 0"),
    "no signs for a child": Case(
        only_when("call-child", {"finding": {"factor": "age", "qualifiers": ["12_to_17"]}}),
        {"NEV-10-call"},
        "age 0",
    ),
    "a relaxant at 65": Case(
        votes("age", 0, ["under_12", "12_to_17"]),
        {"NEV-11-relaxant"},
        "age 65",
    ),
    "an unsupported stretch": Case(
        says("stretch do unsupported", when={"level": {"massage": "M1"}}),
        {"NEV-11-stretch"},
        "age 40, deep_vein_thrombosis (current) possible",
    ),
    "massage with a clot": Case(
        says("massage do gentle", "massage avoid swollen_leg", when=CLOT),
        {"NEV-12", "CON-8"},
        "age 40, deep_vein_thrombosis (current) possible",
    ),
    "massage of any leg": Case(silent("massage avoid swollen_leg"), {"NEV-12-leg"}, ANYBODY),
    "a disease by a result": Case(
        says("claim state chronic_kidney_disease", when={"finding": "low_egfr"}),
        {"NEV-13", "claims"},
        "age 40, low_egfr (below_30) possible",
    ),
    "a result": Case(says("lab_value give any"), {"NEV-13-value"}, ANYBODY),
    "RF-1": Case(silent("warning call leg_swollen"), {"NEV-14-RF-1"}, ANYBODY),
    "the other red flags": Case(
        lambda pack: [silent(f"warning emergency {sign}")(pack) for sign in RED_FLAGS.values()],
        {f"NEV-14-{row}" for row in RED_FLAGS},
        ANYBODY,
    ),
    "RF-10": Case(
        silent("warning emergency low_sugar"),
        {"NEV-14-RF-10"},
        "age 40, glucose_lowering_medicine (insulin) possible",
    ),
    "who may be pregnant": Case(
        only_when("pregnancy-may-be", {"patient": {"age_from": 12, "age_to": 55}}),
        {"NEV-14-may-be"},
        "age 10",
    ),
    "nothing is kept": Case(
        silent("prescribed keep any"),
        {"NEV-15", "NEV-15-said"},
        "age not known",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_planted_is_caught_and_nothing_else(check: Check, pack: Path, case: str) -> None:
    CASES[case].spoil(Spoiled(pack))
    catches(check(pack), CASES[case])


def test_every_never_say_rule_has_a_case() -> None:
    planted = {rule for case in CASES.values() for rule in case.rules}
    assert {f"NEV-{n}" for n in range(1, 16)} == {
        "-".join(rule.split("-")[:2]) for rule in planted if rule.startswith("NEV-")
    }
