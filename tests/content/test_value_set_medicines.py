"""Which groups of medicines a code is in: every ingredient's, and no form that stays local.

The known traps (``T35`` and so on) are named in the test ids.
"""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from content.value_sets import (
    CONCEPTS,
    DIURETICS,
    MEMBERS,
    NDC,
    RXNORM,
    SNOMED,
    names_of,
    sets_of,
    sets_of_atc,
    sets_of_name,
)

HELD = [
    pytest.param(RXNORM, "4603", {"diuretic-loop"}, id="furosemide"),
    pytest.param(RXNORM, "5487", {"diuretic-thiazide"}, id="hydrochlorothiazide"),
    pytest.param(RXNORM, "2409", {"diuretic-thiazide-like"}, id="chlorthalidone"),
    pytest.param(RXNORM, "9997", {"diuretic-potassium-sparing"}, id="spironolactone"),
    pytest.param(RXNORM, "62349", {"diuretic-loop"}, id="ethacrynate ingredient"),
    pytest.param(RXNORM, "4109", {"diuretic-loop"}, id="ethacrynic acid precise ingredient"),
    pytest.param(RXNORM, "167", {"diuretic-carbonic-anhydrase-inhibitor"}, id="acetazolamide"),
    pytest.param(RXNORM, "313988", {"diuretic-loop"}, id="furosemide 40 mg tablet"),
    pytest.param(
        RXNORM, "197885", {"ace-inhibitor", "diuretic-thiazide"}, id="lisinopril with a thiazide"
    ),
    pytest.param(
        RXNORM, "208124", {"diuretic-thiazide", "diuretic-potassium-sparing"}, id="Dyazide"
    ),
    pytest.param(
        RXNORM, "17276", {"diuretic-thiazide", "diuretic-potassium-sparing"}, id="Aldactazide"
    ),
    pytest.param(RXNORM, "1234", set(), id="T33 code published by mistake for spironolactone"),
    pytest.param(SNOMED, "387475002", {"diuretic-loop"}, id="furosemide substance"),
    pytest.param(SNOMED, "443058000", {"vaptan"}, id="tolvaptan substance"),
    pytest.param(SNOMED, "860765003", set(), id="T38 allergy to a thiazide"),
    pytest.param(RXNORM, "36567", {"statin"}, id="simvastatin"),
    pytest.param(RXNORM, "274783", {"insulin"}, id="insulin glargine"),
    pytest.param(RXNORM, "4821", {"sulfonylurea"}, id="T34 glipizide"),
    pytest.param(RXNORM, "4815", {"sulfonylurea"}, id="T34 glyburide"),
    pytest.param(RXNORM, "73044", {"glinide"}, id="repaglinide"),
    pytest.param(RXNORM, "1292", {"muscle-relaxant-baclofen"}, id="baclofen"),
    pytest.param(RXNORM, "21949", {"muscle-relaxant-cyclobenzaprine"}, id="cyclobenzaprine"),
    pytest.param(RXNORM, "2101", {"muscle-relaxant-other"}, id="carisoprodol"),
    pytest.param(RXNORM, "6448", {"lithium"}, id="lithium"),
    pytest.param(RXNORM, "52175", {"angiotensin-receptor-blocker"}, id="losartan"),
    pytest.param(RXNORM, "29046", {"ace-inhibitor"}, id="lisinopril"),
    pytest.param(RXNORM, "1656328", {"neprilysin-inhibitor"}, id="sacubitril"),
    pytest.param(RXNORM, "2562811", {"finerenone"}, id="finerenone"),
    pytest.param(RXNORM, "358257", {"vaptan"}, id="tolvaptan"),
    pytest.param(RXNORM, "3251", {"desmopressin"}, id="desmopressin"),
    pytest.param(RXNORM, "833008", {"desmopressin"}, id="desmopressin 0.2 mg tablet"),
    pytest.param(RXNORM, "8591", {"potassium-product"}, id="potassium chloride"),
    pytest.param(RXNORM, "7258", {"cramp-linked-naproxen"}, id="naproxen"),
    pytest.param(RXNORM, "72143", {"cramp-linked-raloxifene"}, id="raloxifene"),
    pytest.param(RXNORM, "36117", {"cramp-linked-beta-agonist"}, id="salmeterol"),
    pytest.param(RXNORM, "2670", {"opioid"}, id="T34 codeine"),
    pytest.param(RXNORM, "39993", {"sedative"}, id="zolpidem"),
    pytest.param(RXNORM, "6470", {"sedative"}, id="lorazepam"),
    pytest.param(
        RXNORM,
        "430626",
        {"diuretic-thiazide", "sedative"},
        id="bendroflumethiazide with meprobamate",
    ),
    pytest.param(RXNORM, "11289", {"anticoagulant"}, id="warfarin"),
    pytest.param(RXNORM, "1364430", {"anticoagulant"}, id="apixaban"),
    pytest.param(RXNORM, "1364445", {"anticoagulant"}, id="apixaban 5 mg tablet"),
    pytest.param(RXNORM, "1191", {"antiplatelet"}, id="aspirin"),
    pytest.param(RXNORM, "32968", {"antiplatelet"}, id="clopidogrel"),
    pytest.param(
        RXNORM, "848768", {"antiplatelet", "opioid"}, id="aspirin with oxycodone 4.84 mg tablet"
    ),
    pytest.param(
        RXNORM,
        "105899",
        {"cramp-linked-naproxen"},
        id="naproxen, published among anticoagulants by mistake",
    ),
    pytest.param(RXNORM, "1362060", set(), id="heparin to flush a line"),
    pytest.param(SNOMED, "698090000", {"anticoagulant"}, id="apixaban substance"),
    pytest.param(SNOMED, "59488002", set(), id="published both as phenprocoumon and as warfarin"),
    pytest.param(NDC, "000040121", {"diuretic-loop"}, id="T42 bumetanide tablet"),
]


@pytest.mark.parametrize(("system", "code", "expected"), HELD)
def test_a_code_is_in_exactly_these_sets(system: str, code: str, expected: set[str]) -> None:
    assert sets_of(system, code) == expected


class TestMedicineGroups:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("C03CA01", {"diuretic-loop"}),
            ("C03AA03", {"diuretic-thiazide"}),
            ("C03BA11", {"diuretic-thiazide-like"}),
            ("C03DA01", {"diuretic-potassium-sparing"}),
            ("C03DB02", {"diuretic-potassium-sparing"}),
            ("C03EA01", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
            ("C03EA06", {"diuretic-thiazide-like", "diuretic-potassium-sparing"}),
            ("C03EB01", {"diuretic-loop", "diuretic-potassium-sparing"}),
            ("C07BB07", {"diuretic-thiazide"}),
            ("C09BA03", {"ace-inhibitor", "diuretic-unspecified"}),
            ("C09DA01", {"angiotensin-receptor-blocker", "diuretic-unspecified"}),
            ("C09DX01", {"angiotensin-receptor-blocker", "diuretic-thiazide"}),
            ("S01EC01", {"diuretic-carbonic-anhydrase-inhibitor"}),
            ("B05BC01", {"diuretic-osmotic"}),
            ("B01AA03", {"anticoagulant"}),
            ("B01AB05", {"anticoagulant"}),
            ("B01AB02", set()),
            ("B01AE07", {"anticoagulant"}),
            ("B01AF02", {"anticoagulant"}),
            ("B01AF51", {"anticoagulant", "antiplatelet"}),
            ("B01AC04", {"antiplatelet"}),
            ("B01AC27", set()),
            ("N02BA01", {"antiplatelet"}),
            ("C10BX04", {"ace-inhibitor", "antiplatelet", "statin"}),
            ("C05BA03", set()),
        ],
    )
    def test_atc_code_falls_into(self, code: str, expected: set[str]) -> None:
        assert sets_of_atc(code) == expected

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            pytest.param("C03XA01", {"vaptan"}, id="tolvaptan"),
            pytest.param("C03XA02", {"vaptan"}, id="conivaptan"),
            pytest.param("C03DA05", {"finerenone"}, id="finerenone"),
            pytest.param("C02DA01", set(), id="diazoxide"),
            pytest.param(
                "C09DX04",
                {"angiotensin-receptor-blocker", "neprilysin-inhibitor"},
                id="sacubitril and valsartan",
            ),
            pytest.param("S01EC03", set(), id="T35 dorzolamide eye drops"),
            pytest.param("S01EC04", set(), id="T35 brinzolamide eye drops"),
            pytest.param("S01EC54", set(), id="T35 brinzolamide combination eye drops"),
            pytest.param("R05CB16", set(), id="T35 inhaled mannitol"),
        ],
    )
    def test_atc_code_is_no_diuretic(self, code: str, expected: set[str]) -> None:
        assert expected.isdisjoint(DIURETICS)
        assert sets_of_atc(code) == expected


@pytest.mark.parametrize(
    ("system", "code"),
    [
        pytest.param(RXNORM, "417569", id="acetazolamide cream"),
        pytest.param(RXNORM, "437297", id="acetazolamide cream, no strength"),
        pytest.param(RXNORM, "1152849", id="acetazolamide topical product"),
        pytest.param(RXNORM, "2475840", id="inhaled mannitol"),
        pytest.param(SNOMED, "386925003", id="brinzolamide"),
        pytest.param(SNOMED, "373447009", id="dorzolamide"),
    ],
)
def test_t35_a_form_that_does_not_reach_the_kidney_is_no_diuretic(system: str, code: str) -> None:
    assert sets_of(system, code) == set()


LOCAL = re.compile(
    r"\b(Cream|Enema|Gel|Inhal\w*|Irrigation|Lotion|Nasal|Ointment|Ophthalmic|Otic|Rectal|Topical|Vaginal)\b"
    r"|Transdermal|Dry Powder",
    re.IGNORECASE,
)
# These act on the whole body from a patch, a spray, an inhaler, a ring, a rectal gel or a
# suppository too.
WHOLE_BODY_ALL_THE_SAME = {
    "antiplatelet",
    "cramp-linked-beta-agonist",
    "cramp-linked-estrogen",
    "desmopressin",
    "insulin",
    "opioid",
    "sedative",
}


def without_brand(display: str) -> str:
    return re.sub(r"\[[^]]*\]", "", display)


def test_t35_no_product_name_tells_of_a_local_form() -> None:
    local = {
        (value_set, concept["display"])
        for value_set, system, concept in CONCEPTS
        if system in {RXNORM, NDC} and value_set not in WHOLE_BODY_ALL_THE_SAME
        if LOCAL.search(without_brand(concept["display"]))
    }
    assert local == set()


def test_t35_of_vaginal_estrogens_only_the_contraceptive_ring_counts() -> None:
    vaginal = {
        concept["display"]
        for value_set, _, concept in CONCEPTS
        if value_set == "cramp-linked-estrogen" and "Vaginal" in concept.get("display", "")
    }
    assert vaginal
    assert {name for name in vaginal if not re.search("etonogestrel|segesterone", name)} == set()


# Drunk once, to empty the bowel: its potassium does not count, its magnesium does.
BOWEL_PREPARATION = re.compile("polyethylene glycol|sodium sulfate")


def test_a_product_is_in_the_set_of_every_ingredient_its_name_spells() -> None:
    kinds = defaultdict(set)
    for value_set, _, concept in CONCEPTS:
        for name in names_of(concept):
            if name["use"]["code"] == "ingredient":
                kinds[name["value"].lower()].add(value_set)
    longest_first = sorted(kinds, key=len, reverse=True)
    word = re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
    missing = {
        (concept["display"], kind)
        for _, system, concept in CONCEPTS
        if system in {RXNORM, NDC}
        for spelled in word.findall(without_brand(concept["display"]))
        for kind in kinds[spelled.lower()]
        if (system, concept["code"]) not in MEMBERS[kind]
        if not (kind == "potassium-product" and BOWEL_PREPARATION.search(concept["display"]))
    }
    assert missing == set()


# Of two medicines called so, the one of our products is long gone; the other is a cough syrup.
OF_TWO_MEDICINES = {"Hydromet"}


def test_a_brand_leads_to_all_that_every_product_of_that_brand_holds() -> None:
    held: dict[str, list[set[str]]] = defaultdict(list)
    for code, display in {c["code"]: c["display"] for _, s, c in CONCEPTS if s == RXNORM}.items():
        for brand in re.findall(r"\[([^]]+)\]", display):
            held[brand].append(sets_of(RXNORM, code))
    lacking = {
        brand: set.intersection(*groups) - sets_of_name(brand)
        for brand, groups in held.items()
        if sets_of_name(brand)
    }
    assert {brand for brand, groups in lacking.items() if groups} == OF_TWO_MEDICINES
