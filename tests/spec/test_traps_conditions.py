"""Traps in conditions: what has ended, was never so, is somebody else's, or only sounds like it.

Each trap is known by its number. Every row is a record and all that may be found in it.
"""

import pytest

from spec.builders import (
    LOCAL,
    Fhir,
    categories,
    coded,
    condition,
    days_ago,
    found,
    handout_of,
    reasons,
    snomed,
    text,
    years_ago,
)
from spec.cases import table

TYPE_2 = {"diabetes.type_2": "present"}
PERHAPS_TYPE_2 = {"diabetes.type_2": "possible"}
NOTHING: dict[str, str] = {}


@table(
    "elements, expected",
    [
        ("active", {"clinical": "active"}, TYPE_2),
        ("back after it was gone", {"clinical": "recurrence"}, TYPE_2),
        ("relapsed", {"clinical": "relapse"}, TYPE_2),
        ("resolved", {"clinical": "resolved"}, NOTHING),
        ("inactive", {"clinical": "inactive"}, NOTHING),
        ("in remission", {"clinical": "remission"}, NOTHING),
        ("no status, noted lately", {"clinical": None, "recorded": days_ago(30)}, PERHAPS_TYPE_2),
        ("no status, begun lately", {"clinical": None, "onset": days_ago(30)}, PERHAPS_TYPE_2),
        ("no status, begun long ago", {"clinical": None, "onset": years_ago(9)}, PERHAPS_TYPE_2),
        ("no status, and over", {"clinical": None, "abated": years_ago(1)}, NOTHING),
        (
            "no status, over in words",
            {"clinical": None, "abatementString": "after surgery"},
            NOTHING,
        ),
        (
            "no status, begun lately and over",
            {"clinical": None, "onset": days_ago(30), "abated": days_ago(3)},
            NOTHING,
        ),
    ],
)
def test_t01_a_condition_that_is_over_keeps_its_code(elements: Fhir, expected: Fhir) -> None:
    """The code alone tells nothing; without a status it is never more than possible."""
    assert found(handout_of(condition("E11.9", **elements))) == expected


@table(
    "verification, expected",
    [
        ("confirmed", "confirmed", TYPE_2),
        ("not said", None, TYPE_2),
        ("unconfirmed", "unconfirmed", PERHAPS_TYPE_2),
        ("provisional", "provisional", PERHAPS_TYPE_2),
        ("one of several ideas", "differential", PERHAPS_TYPE_2),
        ("refuted", "refuted", NOTHING),
        ("entered in error", "entered-in-error", NOTHING),
    ],
)
def test_t02_what_was_refuted_is_not_so_and_a_suspicion_no_fact(
    verification: str | None, expected: Fhir
) -> None:
    handout = handout_of(condition("E11.9", verification=verification))

    assert found(handout) == expected
    assert ("why-diabetes" in reasons(handout)) == (expected == TYPE_2)


@table(
    "what, expected",
    [
        (
            "family history of diabetes",
            snomed("160303001", "Family history of diabetes mellitus"),
            {},
        ),
        ("the same without words", snomed("160303001"), {}),
        ("family history of diabetes, in ICD", "Z83.3", {}),
        ("family history of kidney disease", "Z84.1", {}),
        ("in words", text("Family history of type 2 diabetes"), {}),
        ("in short", text("FH: Diabetes mellitus"), {}),
        ("the mother's", text("Mother has type 2 diabetes mellitus"), {}),
        ("the patient's own", snomed("44054006"), TYPE_2),
        ("the patient's own, in words", text("Type 2 diabetes mellitus"), PERHAPS_TYPE_2),
    ],
)
def test_t03_family_history_on_the_problem_list_is_somebody_elses(
    what: str | Fhir, expected: Fhir
) -> None:
    """It is confirmed, active and on the problem list: only its meaning tells it apart."""
    record = condition(what, category=categories("problem-list-item"), recorded=days_ago(30))

    assert found(handout_of(record)) == expected


@table(
    "words, expected",
    [
        ("the word alone", "Diabetes", {}),
        ("insipidus", "Diabetes insipidus", {}),
        ("of the kidney", "Nephrogenic diabetes insipidus", {}),
        ("family history", "FH: Diabetes mellitus", {}),
        ("a screening", "Screening for diabetes mellitus", {}),
        ("before diabetes", "Prediabetes", {}),
        ("before diabetes, with a hyphen", "Pre-diabetes mellitus", {}),
        ("denied", "No diabetes mellitus", {}),
        ("ruled out", "Type 2 diabetes ruled out", {}),
        ("mellitus", "Diabetes mellitus", {"diabetes.unspecified": "possible"}),
        ("a type", "Type 1 diabetes", {"diabetes.type_1": "possible"}),
        ("in short", "T2DM", PERHAPS_TYPE_2),
        ("in capitals", "TYPE 2 DIABETES MELLITUS", PERHAPS_TYPE_2),
    ],
)
def test_t04_diabetes_in_words_is_not_always_diabetes_mellitus(words: str, expected: Fhir) -> None:
    """Of words alone it is only ever possible, whether in the text or in a display."""
    for what in (text(words), coded((LOCAL, "4711", words))):
        handout = handout_of(condition(what))
        assert found(handout) == expected
        assert handout.findings.gaps == ()
        assert reasons(handout) == set()


KIDNEY_INJURY = {"kidney_failure.acute": "present"}


@table(
    "code, category, when, expected",
    [
        ("diabetes on the problem list", "E11.9", "problem-list-item", years_ago(6), TYPE_2),
        ("diabetes billed years ago", "E11.9", "encounter-diagnosis", years_ago(6), TYPE_2),
        (
            "kidney injury, billed lately",
            "N17.9",
            "encounter-diagnosis",
            days_ago(9),
            KIDNEY_INJURY,
        ),
        ("kidney injury, billed years ago", "N17.9", "encounter-diagnosis", years_ago(2), NOTHING),
        ("kidney injury, listed years ago", "N17.9", "problem-list-item", years_ago(2), NOTHING),
        ("a worry of the patient's", "E11.9", "health-concern", days_ago(9), PERHAPS_TYPE_2),
    ],
)
def test_t44_a_billed_diagnosis_counts_for_what_stays_and_lately_for_what_passes(
    code: str, category: str, when: str, expected: Fhir
) -> None:
    filed = condition(code, category=categories(category), recorded=when)

    assert found(handout_of(filed)) == expected


def test_t44_a_worry_that_is_on_the_problem_list_too_is_a_fact() -> None:
    both = categories("health-concern", "problem-list-item")

    assert found(handout_of(condition("E11.9", category=both))) == TYPE_2


@pytest.mark.parametrize(
    "code", ["F10.11", "F10.21", "F10.91", "Z81.1", "K74.00", "K74.02", "E06.3"]
)
def test_t45_remission_relatives_and_forerunners_are_nothing_of_ours(code: str) -> None:
    """Alcohol in remission or a parent's, scars short of cirrhosis, a thyroid that may be well."""
    assert found(handout_of(condition(code, recorded=days_ago(9)))) == {}


@table(
    "code, expected",
    [
        ("cirrhosis itself", "K74.60", {"cirrhosis": "present"}),
        ("a clot of last week", "I82.401", ["current", "past"]),
        ("a clot in the past", "Z86.718", ["past"]),
    ],
)
def test_t45_cirrhosis_is_found_and_a_clot_in_the_past_is_past(
    code: str, expected: Fhir | list[str]
) -> None:
    if isinstance(expected, list):
        expected = {f"deep_vein_thrombosis.{qualifier}": "present" for qualifier in expected}

    assert found(handout_of(condition(code, recorded=days_ago(7)))) == expected
