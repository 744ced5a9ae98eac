"""Which conditions a code states, and which it must never state.

The known traps (``T03`` and so on) are named in the test ids.
"""

from __future__ import annotations

import pytest

from content.value_sets import DIABETES, ICD10CM, SNOMED, sets_of

HELD = [
    pytest.param(ICD10CM, "N18.6", {"kidney-failure-end-stage"}, id="end-stage renal disease"),
    pytest.param(ICD10CM, "N18.5", {"kidney-failure-end-stage"}, id="CKD stage 5"),
    pytest.param(ICD10CM, "N18.4", {"chronic-kidney-disease-stage-4"}, id="CKD stage 4"),
    pytest.param(ICD10CM, "N18.3", {"chronic-kidney-disease-stage-3"}, id="T15 old CKD stage 3"),
    pytest.param(ICD10CM, "N18.32", {"chronic-kidney-disease-stage-3"}, id="T15 CKD stage 3b"),
    pytest.param(
        ICD10CM, "N18", {"chronic-kidney-disease-stage-unspecified"}, id="CKD without a stage"
    ),
    pytest.param(ICD10CM, "N17.9", {"kidney-failure-acute"}, id="acute kidney failure"),
    pytest.param(ICD10CM, "N19", {"kidney-failure-unspecified"}, id="kidney failure, no kind"),
    pytest.param(ICD10CM, "Z99.2", {"kidney-failure-dialysis"}, id="dependence on dialysis"),
    pytest.param(
        SNOMED,
        "714152005",
        {"kidney-failure-end-stage", "kidney-failure-dialysis"},
        id="CKD stage 5 on dialysis",
    ),
    pytest.param(
        ICD10CM,
        "I13.2",
        {"kidney-failure-end-stage", "heart-failure"},
        id="hypertension with heart failure and CKD stage 5",
    ),
    pytest.param(
        ICD10CM,
        "I13.0",
        {"chronic-kidney-disease-stage-unspecified", "heart-failure"},
        id="hypertension with heart failure and CKD",
    ),
    pytest.param(
        ICD10CM,
        "E11.22",
        {"chronic-kidney-disease-stage-unspecified", "diabetes-type-2"},
        id="CKD due to type 2 diabetes",
    ),
    pytest.param(ICD10CM, "E11.9", {"diabetes-type-2"}, id="type 2 diabetes"),
    pytest.param(ICD10CM, "E10", {"diabetes-type-1"}, id="type 1 diabetes, header"),
    pytest.param(ICD10CM, "E13.9", {"diabetes-secondary"}, id="other specified diabetes"),
    pytest.param(ICD10CM, "I50.22", {"heart-failure"}, id="chronic systolic heart failure"),
    pytest.param(ICD10CM, "I11.9", set(), id="hypertensive heart disease without failure"),
    pytest.param(SNOMED, "88805009", {"heart-failure"}, id="chronic congestive heart failure"),
    pytest.param(ICD10CM, "K74.60", {"cirrhosis"}, id="cirrhosis"),
    pytest.param(ICD10CM, "K70.31", {"cirrhosis", "cirrhosis-with-ascites"}, id="with ascites"),
    pytest.param(ICD10CM, "K74.00", set(), id="T45 fibrosis is not cirrhosis"),
    pytest.param(SNOMED, "1217068008", {"diabetes-type-1"}, id="fulminant type 1 diabetes"),
    pytest.param(SNOMED, "721201000124104", {"diabetes-type-1"}, id="T06 type 1, stage 3"),
    pytest.param(
        ICD10CM, "E11.42", {"diabetes-neuropathy", "diabetes-type-2"}, id="type 2, nerve damage"
    ),
    pytest.param(
        ICD10CM,
        "E11.51",
        {"diabetes-type-2", "peripheral-artery-disease"},
        id="type 2, arteries of the limbs",
    ),
    pytest.param(
        ICD10CM, "Z49.31", {"kidney-failure-dialysis", "kidney-failure-hemodialysis"}, id="hemo"
    ),
    pytest.param(
        ICD10CM,
        "Z49.32",
        {"kidney-failure-dialysis", "kidney-failure-peritoneal-dialysis"},
        id="peritoneal dialysis",
    ),
    pytest.param(ICD10CM, "E87.1", {"low-sodium"}, id="low sodium"),
    pytest.param(ICD10CM, "E87.0", {"high-sodium"}, id="high sodium"),
    pytest.param(ICD10CM, "E87.6", {"low-potassium"}, id="low potassium"),
    pytest.param(ICD10CM, "E87.5", {"high-potassium"}, id="high potassium"),
    pytest.param(ICD10CM, "E83.42", {"low-magnesium"}, id="low magnesium"),
    pytest.param(ICD10CM, "E83.41", {"high-magnesium"}, id="high magnesium"),
    pytest.param(ICD10CM, "E83.51", {"low-calcium"}, id="low calcium"),
    pytest.param(ICD10CM, "E83.52", {"high-calcium"}, id="high calcium"),
    pytest.param(ICD10CM, "E20.9", set(), id="underactive parathyroid: calcium not stated"),
    pytest.param(ICD10CM, "E87.8", {"electrolyte-disorder-unspecified"}, id="salts disturbed"),
    pytest.param(ICD10CM, "I82.401", {"deep-vein-thrombosis-current"}, id="clot in a leg"),
    pytest.param(ICD10CM, "Z86.718", {"deep-vein-thrombosis-past"}, id="T45 clot in the past"),
    pytest.param(ICD10CM, "I73.9", {"peripheral-artery-disease"}, id="narrowed arteries"),
    pytest.param(ICD10CM, "I73.00", set(), id="Raynaud syndrome"),
    pytest.param(ICD10CM, "I48.91", {"arrhythmia"}, id="atrial fibrillation"),
    pytest.param(ICD10CM, "R00.2", set(), id="palpitations are a symptom"),
    pytest.param(ICD10CM, "R25.2", {"cramp-complaint"}, id="cramp and spasm"),
    pytest.param(ICD10CM, "G47.62", {"cramp-complaint"}, id="leg cramps in sleep"),
]


@pytest.mark.parametrize(("system", "code", "expected"), HELD)
def test_a_code_is_in_exactly_these_sets(system: str, code: str, expected: set[str]) -> None:
    assert sets_of(system, code) == expected


NEVER_DIABETES = {
    "T03 family history": [(SNOMED, "160303001"), (ICD10CM, "Z83.3")],
    "T04 insipidus": [(SNOMED, "15771004"), (ICD10CM, "E23.2")],
    "T05 items of published diabetes lists": [
        (SNOMED, "15771004"),
        (SNOMED, "15777000"),
        (SNOMED, "9414007"),
        (SNOMED, "472971004"),
        (SNOMED, "472969004"),
        (SNOMED, "161445009"),
        (ICD10CM, "Z86.32"),
        (ICD10CM, "Z13.1"),
    ],
    "T06 presymptomatic type 1": [
        (ICD10CM, "E10.A"),
        (ICD10CM, "E10.A0"),
        (ICD10CM, "E10.A1"),
        (ICD10CM, "E10.A2"),
        (SNOMED, "721111000124107"),
        (SNOMED, "721121000124104"),
    ],
    "T07 prediabetes": [
        (ICD10CM, "R73.01"),
        (ICD10CM, "R73.02"),
        (ICD10CM, "R73.03"),
        (ICD10CM, "R73.09"),
        (SNOMED, "714628002"),
    ],
    "T10 nephrogenic insipidus": [(ICD10CM, "N25.1"), (SNOMED, "111395007")],
    "T16 not pregnant": [(SNOMED, "60001007")],
}


@pytest.mark.parametrize("trap", NEVER_DIABETES)
def test_not_diabetes(trap: str) -> None:
    caught = {code: sets_of(system, code, DIABETES) for system, code in NEVER_DIABETES[trap]}
    assert not any(caught.values()), caught


@pytest.mark.parametrize(
    ("system", "code"),
    [(ICD10CM, "E11.A"), (SNOMED, "703136005"), (SNOMED, "703137001"), (SNOMED, "703138006")],
)
def test_t06_what_is_in_remission_is_of_no_type(system: str, code: str) -> None:
    assert sets_of(system, code) == {"diabetes-remission"}


def test_t06_the_plain_types_are_diabetes_all_the_same() -> None:
    assert sets_of(ICD10CM, "E10.9") == {"diabetes-type-1"}
    assert sets_of(ICD10CM, "E11") == {"diabetes-type-2"}


def test_t08_wolfram_syndrome_is_diabetes_mellitus_too() -> None:
    assert sets_of(SNOMED, "70694009") == {"diabetes-unspecified"}


NEVER_KIDNEY = {
    "T10 nephrogenic insipidus": [(ICD10CM, "N25.1"), (SNOMED, "111395007")],
    "T11 stone": [(ICD10CM, "N20"), (ICD10CM, "N20.0"), (SNOMED, "95570007")],
    "T11 single kidney or donor": [(ICD10CM, "Z90.5"), (ICD10CM, "Z52.4")],
    "T11 cyst": [(ICD10CM, "N28.1"), (ICD10CM, "Q61.2")],
    "T11 history and tests": [(ICD10CM, "Z87.448"), (ICD10CM, "R94.4"), (ICD10CM, "Z84.19")],
}


@pytest.mark.parametrize("trap", NEVER_KIDNEY)
def test_not_kidney_disease(trap: str) -> None:
    caught = {code: sets_of(system, code) for system, code in NEVER_KIDNEY[trap]}
    assert not any(caught.values()), caught


@pytest.mark.parametrize(
    ("system", "code"),
    [
        pytest.param(ICD10CM, "Z94.0", id="transplant status"),
        pytest.param(ICD10CM, "T86.11", id="rejection"),
        pytest.param(ICD10CM, "T86.1", id="complication, header"),
        pytest.param(SNOMED, "161665007", id="transplant in the past"),
        pytest.param(SNOMED, "236436003", id="end stage, since transplanted"),
        pytest.param(SNOMED, "714153000", id="stage 5, since transplanted"),
    ],
)
def test_t13_a_transplant_is_not_kidney_failure(system: str, code: str) -> None:
    assert sets_of(system, code) == {"kidney-transplant"}


@pytest.mark.parametrize(("system", "code"), [(ICD10CM, "T86.12"), (SNOMED, "213150003")])
def test_t13_a_failed_transplant_is_kidney_failure(system: str, code: str) -> None:
    expected = {"kidney-transplant", "kidney-transplant-failure", "kidney-failure-unspecified"}
    assert sets_of(system, code) == expected
