"""Which names lead where: brands, ingredients and synonyms of medicines, and of conditions.

Names stand on ingredients and conditions, are long enough not to be met by chance, and name every
ingredient of a combination.
"""

from __future__ import annotations

import re

import pytest

from content.value_sets import (
    CONCEPTS,
    DIURETICS,
    ICD10CM,
    LOADED,
    MEDICINE_NAME,
    PACK_OF,
    RXNORM,
    SNOMED,
    names_of,
    sets_of_name,
    table,
)
from fhir_handout.pack import load_pack, pack_folder
from fhir_handout.patient_record import Concept, Part

NAMED = [(v, system, c) for v, system, c in CONCEPTS if names_of(c)]
CODES = {pack: load_pack(pack_folder(pack)).codes for pack in ("muscle_cramps", "bruised_hand")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lasix", {"diuretic-loop"}),
        ("frusemide", {"diuretic-loop"}),
        ("torasemide", {"diuretic-loop"}),
        ("etacrynic acid", {"diuretic-loop"}),
        ("HCTZ", {"diuretic-thiazide"}),
        ("chlortalidone", {"diuretic-thiazide-like"}),
        ("Aldactone", {"diuretic-potassium-sparing"}),
        ("Dyazide", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
        ("co-amilozide", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
        ("co-amilofruse", {"diuretic-loop", "diuretic-potassium-sparing"}),
        ("Hyzaar", {"angiotensin-receptor-blocker", "diuretic-thiazide"}),
        ("Cozaar", {"angiotensin-receptor-blocker"}),
        ("Kerendia", {"finerenone"}),
        ("Samsca", {"vaptan"}),
        ("Hydromet", {"opioid"}),
        ("Entresto", {"angiotensin-receptor-blocker", "neprilysin-inhibitor"}),
        ("Coversyl Plus", {"ace-inhibitor", "diuretic-thiazide-like"}),
        ("Noliprel", {"ace-inhibitor", "diuretic-thiazide-like"}),
        ("Tritace Plus", {"ace-inhibitor", "diuretic-thiazide"}),
        ("Tritace", {"ace-inhibitor"}),
        ("Pritor Plus", {"angiotensin-receptor-blocker", "diuretic-thiazide"}),
        ("Cozaar Comp", {"angiotensin-receptor-blocker", "diuretic-thiazide"}),
        ("Coumadin", {"anticoagulant"}),
        ("Xarelto", {"anticoagulant"}),
        ("Plavix", {"antiplatelet"}),
        ("DuoPlavin", {"antiplatelet"}),
        ("acetylsalicylic acid", {"antiplatelet"}),
        ("blood thinner", {"anticoagulant"}),
        ("water pill", {"diuretic-unspecified"}),
        ("water tablets", {"diuretic-unspecified"}),
        ("diuretic", {"diuretic-unspecified"}),
        ("loop diuretic", {"diuretic-loop"}),
        ("thiazide diuretic", {"diuretic-thiazide"}),
        ("thiazide-like diuretic", {"diuretic-thiazide-like"}),
    ],
)
def test_a_name_leads_to(name: str, expected: set[str]) -> None:
    assert sets_of_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Hydralazine Plus", id="reads as hydralazine plus something else"),
        pytest.param("Spironolactone Plus", id="reads as spironolactone plus something else"),
        pytest.param("HHR", id="bare abbreviation"),
        pytest.param("HCT", id="also a blood test"),
        pytest.param("Diurese", id="the word for urine flow"),
        pytest.param("Bronchitol", id="T35 inhaled mannitol"),
    ],
)
def test_an_ambiguous_name_leads_nowhere(name: str) -> None:
    assert sets_of_name(name) == set()


def uses(systems: set[str]) -> set[str]:
    return {name["use"]["code"] for _, s, c in NAMED if s in systems for name in names_of(c)}


def test_names_of_medicines_stand_on_ingredients_and_those_of_conditions_on_conditions() -> None:
    products = {row["code"] for row in table("rxnorm") if row["kind"] == "product"}
    assert {s for _, s, _ in NAMED} == {RXNORM, MEDICINE_NAME, SNOMED, ICD10CM}
    assert [c["code"] for _, s, c in NAMED if s == RXNORM and c["code"] in products] == []
    assert uses({RXNORM, MEDICINE_NAME}) == {"brand", "ingredient", "leading", "synonym"}
    assert uses({SNOMED, ICD10CM}) == {"synonym"}
    systems = {name["use"]["system"] for _, _, c in NAMED for name in names_of(c)}
    assert systems == {"urn:fhir-handout:CodeSystem:name-use"}


def test_a_set_has_names_of_medicines_or_of_conditions() -> None:
    by_part = {
        value_set: {s in {SNOMED, ICD10CM} for v, s, _ in NAMED if v == value_set}
        for value_set in LOADED
    }
    assert [value_set for value_set, parts in by_part.items() if len(parts) > 1] == []


def test_every_ingredient_can_be_found_by_its_own_name() -> None:
    ingredients = {row["code"] for row in table("rxnorm") if row["kind"] == "ingredient"}
    unnamed = [
        (value_set, concept["display"])
        for value_set, system, concept in CONCEPTS
        if system == RXNORM and concept["code"] in ingredients
        if value_set not in medicines_named(concept["display"], PACK_OF[value_set])
    ]
    assert unnamed == []


def medicines_named(text: str, pack: str = "muscle_cramps") -> set[str]:
    matches = CODES[pack].name_matches(Concept((), text), Part.MEDICINES)
    return {match.value_set for match in matches}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aspirin 81 mg daily", {"antiplatelet"}),
        ("aspirin-free pain relief", set()),
        ("heparin lock flush 100 units", set()),
        ("heparin 5000 units", {"anticoagulant"}),
        ("on a blood thinner", {"anticoagulant"}),
        ("no blood thinner", set()),
        ("allergic to aspirin", set()),
    ],
)
def test_a_blood_thinner_is_known_by_its_name(text: str, expected: set[str]) -> None:
    assert medicines_named(text, "bruised_hand") == expected


# Words of three letters that mean nothing else where a medicine or a condition is named.
SHORT_NAMES = {"AKI", "CHF", "CKD", "DVT", "GDM", "KCl", "T1D", "T2D", "WPW", "Yaz"}


def test_no_other_name_is_short_enough_to_be_a_chance_match() -> None:
    names = {name["value"] for _, _, c in NAMED for name in names_of(c)}
    assert {name for name in names if len(name) < 4} == SHORT_NAMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Potassium 20 mEq", {"potassium-product"}),
        ("Magnesium 400 mg tablet", {"magnesium-product"}),
        ("losartan potassium 50 mg", {"angiotensin-receptor-blocker"}),
        ("amoxicillin / potassium clavulanate", set()),
        ("esomeprazole magnesium 20 mg", set()),
        ("potassium iodide", set()),
        ("magnesium salicylate", set()),
        ("magnesium valproate", set()),
        ("potassium binder", set()),
        ("potassium-sparing diuretic", {"diuretic-potassium-sparing"}),
        ("vitamin K tab", set()),
        ("K-Tab 10 mEq", {"potassium-product"}),
        ("estrogens, conjugated (USP) 0.625 MG", {"cramp-linked-estrogen"}),
        ("insulin, regular, human 100 UNT/ML", {"insulin"}),
        ("insulin pen needles", set()),
    ],
)
def test_a_leading_name_counts_only_at_the_head(text: str, expected: set[str]) -> None:
    assert medicines_named(text) == expected


WITH_A_DIURETIC = re.compile(r"(HCTZ?|Plus|Comp|\bD|combi|komb|zide|retic)$", re.IGNORECASE)
LOWERING_BLOOD_PRESSURE = {"ace-inhibitor", "angiotensin-receptor-blocker"}


def combined(names: set[str]) -> set[str]:
    return {name for name in names if WITH_A_DIURETIC.search(name)}


def test_a_name_that_tells_of_a_diuretic_beside_the_ace_inhibitor_is_a_diuretics_too() -> None:
    names = {row["name"] for row in table("names") if row["value_set"] in LOWERING_BLOOD_PRESSURE}
    assert len(combined(names)) > 40
    assert [n for n in combined(names) if sets_of_name(n).isdisjoint(DIURETICS)] == []


def test_such_a_name_is_noticed_by_its_ending() -> None:
    assert combined({"Altace HCT", "Tritace Plus", "Cozaar-Comp", "PritorPlus", "Capozide"})
    assert combined({"Altace", "Cozaar", "Micardis", "Entresto", "Mavik"}) == set()
