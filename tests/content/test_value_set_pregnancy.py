"""What states a pregnancy, its end, its loss and its length, and what must never be read as one.

The known traps (``T16`` and so on) are named in the test ids.
"""

from __future__ import annotations

import re

import pytest

from content.value_sets import CONCEPTS, ICD10CM, LOINC, MEMBERS, SNOMED, sets_of, table

HELD = [
    pytest.param(ICD10CM, "O24.410", {"diabetes-gestational", "pregnancy"}, id="gestational"),
    pytest.param(
        ICD10CM, "O24.011", {"diabetes-type-1", "pregnancy"}, id="type 1 diabetes in pregnancy"
    ),
    pytest.param(
        ICD10CM, "O24.13", {"diabetes-type-2", "pregnancy-ended"}, id="type 2 diabetes after birth"
    ),
    pytest.param(ICD10CM, "O24.4", {"diabetes-gestational"}, id="gestational, time not stated"),
    pytest.param(ICD10CM, "Z33.1", {"pregnancy"}, id="pregnant state"),
    pytest.param(ICD10CM, "Z3A.20", {"pregnancy", "pregnancy-weeks"}, id="20 weeks of gestation"),
    pytest.param(
        ICD10CM,
        "O22.30",
        {"deep-vein-thrombosis-current", "pregnancy"},
        id="deep vein thrombosis in pregnancy",
    ),
    pytest.param(
        ICD10CM,
        "O87.1",
        {"deep-vein-thrombosis-current", "pregnancy-ended"},
        id="deep vein thrombosis after birth",
    ),
    pytest.param(
        SNOMED,
        "49956009",
        {"deep-vein-thrombosis-current", "pregnancy"},
        id="deep vein thrombosis in pregnancy, SNOMED CT",
    ),
    pytest.param(
        SNOMED,
        "56272000",
        {"deep-vein-thrombosis-current", "pregnancy-ended"},
        id="deep vein thrombosis after birth, SNOMED CT",
    ),
    pytest.param(ICD10CM, "Z39.1", {"breastfeeding", "pregnancy-ended"}, id="breastfeeding mother"),
    pytest.param(LOINC, "49052-4", {"gestational-age"}, id="gestational age in days"),
    pytest.param(ICD10CM, "O88.212", {"pregnancy"}, id="T22 lung clot while pregnant"),
    pytest.param(ICD10CM, "O88.23", {"pregnancy-ended"}, id="T22 lung clot after birth"),
    pytest.param(ICD10CM, "O10.03", {"pregnancy-ended"}, id="T22 hypertension after birth"),
    pytest.param(ICD10CM, "O10", set(), id="T22 header over pregnancy, birth and afterwards"),
    pytest.param(ICD10CM, "O90.3", set(), id="peripartum cardiomyopathy: before or after birth"),
    pytest.param(ICD10CM, "O80", {"pregnancy-ended"}, id="uncomplicated birth"),
    pytest.param(ICD10CM, "O03.9", {"pregnancy-ended", "pregnancy-loss"}, id="miscarriage"),
    pytest.param(ICD10CM, "O36.4XX0", {"pregnancy-loss"}, id="death before birth: never named"),
    pytest.param(ICD10CM, "O07.4", {"pregnancy-loss"}, id="failed termination ends nothing"),
    pytest.param(
        ICD10CM,
        "O00.01",
        {"pregnancy", "pregnancy-loss"},
        id="ectopic beside a pregnancy that goes on",
    ),
    pytest.param(ICD10CM, "O00.00", {"pregnancy-ended", "pregnancy-loss"}, id="ectopic"),
    pytest.param(
        ICD10CM,
        "O08.4",
        {"kidney-failure-acute", "pregnancy-ended", "pregnancy-loss"},
        id="kidney failure after an ectopic pregnancy",
    ),
    pytest.param(LOINC, "82810-3", {"pregnancy-status"}, id="pregnancy status observation"),
    pytest.param(LOINC, "11778-8", {"pregnancy-due-date"}, id="estimated delivery date"),
    pytest.param(LOINC, "LA15173-0", {"pregnancy-status-pregnant"}, id="T19 answer pregnant"),
    pytest.param(
        SNOMED, "77386006", {"pregnancy", "pregnancy-status-pregnant"}, id="T19 finding pregnant"
    ),
]


@pytest.mark.parametrize(("system", "code", "expected"), HELD)
def test_a_code_is_in_exactly_these_sets(system: str, code: str, expected: set[str]) -> None:
    assert sets_of(system, code) == expected


NEVER_PREGNANT = {
    "T16 negations in published lists": [
        (SNOMED, "60001007"),
        (SNOMED, "152231000119106"),
        (SNOMED, "146799005"),
        (SNOMED, "237036002"),
        (SNOMED, "86569001"),
        (ICD10CM, "O80"),
        (ICD10CM, "N96"),
    ],
    "T17 elective termination": [(ICD10CM, "Z33.2"), (ICD10CM, "Z33")],
    "T20 intention, fertility, contraception, tests": [
        (LOINC, "86645-9"),
        (ICD10CM, "Z31.41"),
        (ICD10CM, "Z31.441"),
        (ICD10CM, "Z30.02"),
        (ICD10CM, "Z30.9"),
        (ICD10CM, "Z32.00"),
        (ICD10CM, "Z32.02"),
    ],
    "baby's own record": [(ICD10CM, "Z38.00"), (ICD10CM, "P70.0")],
}


@pytest.mark.parametrize("trap", NEVER_PREGNANT)
def test_not_a_current_pregnancy(trap: str) -> None:
    caught = {
        code: sets_of(system, code, ["pregnancy", "pregnancy-status-pregnant"])
        for system, code in NEVER_PREGNANT[trap]
    }
    assert not any(caught.values()), caught


def test_t16_not_pregnant_is_an_answer_and_nothing_else() -> None:
    assert sets_of(SNOMED, "60001007") == {"pregnancy-status-not-pregnant"}
    assert sets_of(LOINC, "LA26683-5") == {"pregnancy-status-not-pregnant"}


def test_t17_one_code_below_z33_is_pregnant_and_one_is_not() -> None:
    assert sets_of(ICD10CM, "Z33.1") == {"pregnancy"}
    assert sets_of(ICD10CM, "Z33.2") == {"pregnancy-ended", "pregnancy-loss"}


def test_what_states_both_a_pregnancy_and_a_loss_names_both() -> None:
    """One of two embryos, or a death before birth: nothing else may be in both sets."""
    titles = {c["code"]: c.get("display", "") for _, s, c in CONCEPTS if s == ICD10CM}
    both = [code for _, code in MEMBERS["pregnancy"] & MEMBERS["pregnancy-loss"]]
    meant = re.compile(r"with intrauterine pregnancy$|intrauterine death")
    assert both
    assert [code for code in both if not meant.search(titles.get(code, ""))] == []


def test_no_birth_without_a_loss_is_a_loss() -> None:
    for code in ("O80", "O82", "Z37.0", "Z37.2", "Z37.9", "Z39.2", "F53.0"):
        assert sets_of(ICD10CM, code) == {"pregnancy-ended"}


NUMBERS = {row["code"]: int(row["number"]) for row in table("numbers")}
COUNTING_NOTHING = {"Z3A", "Z3A.00"}


def test_numbers_are_those_of_weeks_of_pregnancy() -> None:
    assert {row["value_set"] for row in table("numbers")} == {"pregnancy-weeks"}
    weeks = {code for _, code in MEMBERS["pregnancy-weeks"]}
    assert set(NUMBERS) == weeks - COUNTING_NOTHING
    assert {0 <= number <= 42 for number in NUMBERS.values()} == {True}


def test_an_icd10cm_title_and_its_number_say_the_same() -> None:
    titles = {c["code"]: c["display"] for _, s, c in CONCEPTS if s == ICD10CM}
    title = re.compile(r"(?:Less than |Greater than )?(\d+) weeks gestation of pregnancy")
    said = {c: title.fullmatch(titles[c]) for c in NUMBERS if c.startswith("Z3A")}
    weeks = {code: match and int(match[1]) for code, match in said.items()}
    # Fewer than eight completed weeks may be none at all.
    assert {**weeks, "Z3A.01": 0} == {code: NUMBERS[code] for code in said}


def test_numbers_are_shipped_as_fhir_ordinal_values() -> None:
    shipped = {
        c["code"]: c["extension"][0]["valueDecimal"] for _, _, c in CONCEPTS if "extension" in c
    }
    assert shipped == NUMBERS
