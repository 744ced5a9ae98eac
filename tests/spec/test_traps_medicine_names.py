"""Traps in the names of medicines: combinations, brands, and a patient's own words.

Each trap is known by its number. Every row is a record and all that may be found in it.
"""

from spec.builders import (
    LISINOPRIL_HYDROCHLOROTHIAZIDE,
    Fhir,
    found,
    handout_of,
    reasons,
    statement,
    text,
)
from spec.cases import table

THIAZIDE = {"diuretic.thiazide": "present"}
ACE, ARB = "potassium_raising_medicine.ace_inhibitor", "potassium_raising_medicine.arb"


@table(
    "medicine, expected",
    [
        ("with lisinopril", LISINOPRIL_HYDROCHLOROTHIAZIDE, {**THIAZIDE, ACE: "present"}),
        ("with losartan", "979468", {**THIAZIDE, ARB: "present"}),
        ("with valsartan", "200284", {**THIAZIDE, ARB: "present"}),
        ("metolazone", "311671", {"diuretic.thiazide_like": "present"}),
        ("indapamide", "197816", {"diuretic.thiazide_like": "present"}),
        ("an injection", "1719286", {"diuretic.loop": "present"}),
        (
            "last in its name, in words",
            text("lisinopril 10 MG / hydrochlorothiazide 12.5 MG Oral Tablet"),
            {"diuretic.thiazide": "possible", ACE: "possible"},
        ),
        ("none in a combination", text("lisinopril / amlodipine"), {ACE: "possible"}),
    ],
)
def test_t29_every_ingredient_counts_wherever_it_stands(
    medicine: str | Fhir, expected: Fhir
) -> None:
    assert found(handout_of(statement(medicine))) == expected


BOTH = {"diuretic.thiazide", "diuretic.potassium_sparing"}


@table(
    "brand, expected",
    [
        ("Dyazide", "Dyazide", BOTH),
        ("Maxzide", "Maxzide-25", BOTH),
        ("Aldactazide", "ALDACTAZIDE 25 mg", BOTH),
        ("Hyzaar", "Hyzaar", {"diuretic.thiazide", ARB}),
        ("Hyzaar, as RxNorm groups it", "Hyzaar Pill", {"diuretic.thiazide", ARB}),
        ("Zestoretic", "Zestoretic", {"diuretic.thiazide", ACE}),
        ("Ziac", "Ziac", {"diuretic.thiazide"}),
        ("Tribenzor", "Tribenzor", {"diuretic.thiazide", ARB}),
        ("part of a longer word", "Ziacol", set()),
        ("no diuretic", "Cozaar", {ARB}),
    ],
)
def test_t30_a_brand_names_what_its_name_does_not(brand: str, expected: set[str]) -> None:
    assert found(handout_of(statement(text(brand)))) == dict.fromkeys(expected, "possible")


@table(
    "words, expected",
    [
        ("a water pill", "water pill once a day", {"diuretic.unspecified": "possible"}),
        ("a fluid tablet", "Fluid tablets", {"diuretic.unspecified": "possible"}),
        ("none", "not on diuretics", {}),
        ("denied", "denies water pills", {}),
        ("the opposite", "antidiuretic hormone", {}),
        ("the opposite, by hyphen", "anti-diuretic", {}),
        (
            "a medicine of the opposite",
            "desmopressin",
            {"fluid_regulating_medicine.desmopressin": "possible"},
        ),
    ],
)
def test_t39_a_water_pill_in_words_is_possible_unless_denied(words: str, expected: Fhir) -> None:
    handout = handout_of(statement(text(words)))

    assert found(handout) == expected
    assert reasons(handout) == set()
