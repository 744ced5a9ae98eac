"""Traps in codes: how they are written, which of several counts, and what the shipped tables hold.

Each trap is known by its number. At the end: every trap there is has a test.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from fhir_handout.patient_record import Coding, Concept, Part
from spec.builders import (
    FUROSEMIDE,
    HYDROCHLOROTHIAZIDE,
    ICD,
    LOCAL,
    NDC,
    RXNORM,
    SNOMED,
    Fhir,
    coded,
    condition,
    found,
    handout_of,
    pack,
    reasons,
    request,
    snomed,
    statement,
)
from spec.cases import table

ROOT = Path(__file__).parents[2]
TAKEN, PERHAPS = {"diuretic.loop": "present"}, {"diuretic.loop": "possible"}
UNREADABLE = "unknown"


@table(
    "medicine, expected",
    [
        ("a vendor's code first", coded((LOCAL, "17"), (RXNORM, FUROSEMIDE)), TAKEN),
        ("a vendor's code last", coded((RXNORM, FUROSEMIDE), (LOCAL, "17")), TAKEN),
        ("a vendor's code with a name", coded((LOCAL, "17", "furosemide 40 mg")), PERHAPS),
        ("a vendor's code and text", coded((LOCAL, "17"), words="furosemide"), PERHAPS),
        ("a vendor's code of something else", coded((LOCAL, "17", "aspirin")), {}),
    ],
)
def test_t27_every_coding_and_the_text_are_looked_at(medicine: Fhir, expected: Fhir) -> None:
    chosen = {**medicine, "coding": [{**medicine["coding"][0], "userSelected": True}]}
    chosen["coding"] += medicine["coding"][1:]

    for entry in (statement(medicine), request(medicine), request(chosen)):
        assert found(handout_of(entry)) == expected


def test_t27_a_vendors_code_alone_tells_nothing() -> None:
    handout = handout_of(request(coded((LOCAL, "17"))))

    assert found(handout)["diuretic"] == UNREADABLE


@table(
    "code, expected",
    [
        ("the ingredient", "62349", TAKEN),
        ("the acid, its precise ingredient", "4109", TAKEN),
        ("an ingredient that is no diuretic", "1191", {}),
    ],
)
def test_t31_an_ingredient_has_a_precise_form_with_a_code_of_its_own(
    code: str, expected: Fhir
) -> None:
    assert found(handout_of(statement(code))) == expected


@table(
    "code, expected",
    [
        ("an injection before it was split by volume", "1719287", TAKEN),
        ("one of those it was split into", "1719291", TAKEN),
        (
            "a brand that was renumbered",
            "823934",
            {"diuretic.thiazide": "present", "potassium_raising_medicine.arb": "present"},
        ),
        ("a number that never was", "999999999", {}),
    ],
)
def test_t32_a_retired_code_still_means_what_it_meant(code: str, expected: Fhir) -> None:
    assert found(handout_of(statement(code))) == expected


def test_t33_an_unknown_code_with_a_name_is_possible_by_its_name() -> None:
    handout = handout_of(statement(coded((RXNORM, "1234", "spironolactone 25 MG [Aldactone]"))))

    assert found(handout) == {"diuretic.potassium_sparing": "possible"}
    assert handout.findings.conflicts == ()


def test_t33_a_code_that_its_display_contradicts_is_a_conflict_and_both_are_possible() -> None:
    handout = handout_of(statement(coded((RXNORM, FUROSEMIDE, "hydrochlorothiazide 25 MG"))))
    (conflict,) = handout.findings.conflicts

    assert found(handout) == {"diuretic.loop": "possible", "diuretic.thiazide": "possible"}
    assert (conflict.by_code, conflict.by_display) == (("diuretic-loop",), ("diuretic-thiazide",))
    assert reasons(handout) == set()


def test_t33_a_display_that_agrees_leaves_the_code_certain() -> None:
    handout = handout_of(statement(coded((RXNORM, FUROSEMIDE, "Lasix 40 MG Oral Tablet"))))

    assert found(handout) == TAKEN
    assert handout.findings.conflicts == ()


def shipped(system: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each value set with each of its concepts of a code system."""
    for path in (ROOT / "templates" / "muscle_cramps" / "value_sets").glob("*.json"):
        value_set = orjson.loads(path.read_bytes())
        for include in value_set["compose"]["include"]:
            if include["system"] == system:
                yield from ((value_set["id"], concept) for concept in include["concept"])


def test_t34_no_shipped_code_is_displayed_as_another_medicine() -> None:
    """Published lists call furosemide aspirin; here each display names what its code is in."""
    value_sets: dict[str, set[str]] = {}
    displays: dict[str, str] = {}
    for value_set, concept in shipped(RXNORM):
        value_sets.setdefault(concept["code"], set()).add(value_set)
        displays[concept["code"]] = concept["display"]
    named = {
        code: {m.value_set for m in pack().codes.name_matches(_called(display), Part.MEDICINES)}
        for code, display in displays.items()
    }

    assert len(named) > 4000
    assert [c for c, names in named.items() if names and names.isdisjoint(value_sets[c])] == []
    assert len([c for c, names in named.items() if not names]) < 30  # brands and packs


def _called(display: str) -> Concept:
    return Concept((Coding("", "", display),))


@table(
    "code, expected",
    [
        ("furosemide, called aspirin", snomed("387475002", "Aspirin"), TAKEN),
        ("codeine, called a contrast agent", "2670", {"sedating_medicine.opioid": "present"}),
        ("pravastatin, called clopidogrel", "42463", {"statin": "present"}),
        ("lidocaine, called azathioprine", "6387", {}),
        ("nifedipine, called nitroglycerin", "7417", {}),
    ],
)
def test_t34_a_code_that_others_publish_wrongly_means_itself(
    code: str | Fhir, expected: Fhir
) -> None:
    assert found(handout_of(statement(code))) == expected


def verhoeff_holds(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it."""

    def times(a: int, b: int) -> int:
        """In the dihedral group of order ten."""
        first, second = (a + b if a < 5 else a - b) % 5, (a + b if a < 5 else a - b + 5) % 5
        return first if (a < 5) == (b < 5) else second + 5

    step, permutation, check = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), list(range(10)), 0
    for digit in reversed(digits):
        check = times(check, permutation[int(digit)])
        permutation = [step[value] for value in permutation]
    return check == 0


def test_t40_no_shipped_identifier_went_through_a_spreadsheet() -> None:
    codes = {concept["code"] for _, concept in shipped(SNOMED)}

    assert len(codes) > 1000
    assert [c for c in codes if not isinstance(c, str) or not re.fullmatch(r"\d{6,18}", c)] == []
    assert [c for c in codes if not verhoeff_holds(c)] == []
    assert not verhoeff_holds("44054007")


@table(
    "code, expected",
    [
        ("as it is", "44054006", {"diabetes.type_2": "present"}),
        ("rounded", "4.4054E+07", {}),
        ("with its end lost", "44054000", {}),
    ],
)
def test_t40_an_identifier_that_a_spreadsheet_spoilt_means_nothing(
    code: str, expected: Fhir
) -> None:
    assert found(handout_of(condition(snomed(code)))) == expected


DIABETES, FAILURE = {"diabetes.type_2": "present"}, {"kidney_failure.end_stage": "present"}


@table(
    "system, code, expected",
    [
        ("without its dot", ICD, "E119", DIABETES),
        ("in small letters", ICD, "e11.9", DIABETES),
        ("with stray spaces round its system", f" {ICD} ", "E11.9", DIABETES),
        ("with the mark that begins a file", ICD, "\ufeffE11.9", DIABETES),
        ("with the system's number", "urn:oid:2.16.840.1.113883.6.90", "E11.9", DIABETES),
        ("with the bare number", "2.16.840.1.113883.6.90", "E11.9", DIABETES),
        ("of the WHO's", "http://hl7.org/fhir/sid/icd-10", "N18.6", FAILURE),
        ("SNOMED CT by number", "urn:oid:2.16.840.1.113883.6.96", "46177005", FAILURE),
        ("SNOMED CT with its version", f"{SNOMED}|20250901", "46177005", FAILURE),
        ("SNOMED CT with https", "https://snomed.info/sct", "46177005", FAILURE),
        ("remission without its dot", ICD, "E11A", {"diabetes.remission": "present"}),
        ("an ICD code in SNOMED CT", SNOMED, "E11.9", {}),
        ("a SNOMED CT code in ICD", ICD, "46177005", {}),
    ],
)
def test_t41_one_code_is_written_in_many_ways(system: str, code: str, expected: Fhir) -> None:
    assert found(handout_of(condition(coded((system, code))))) == expected


def test_t41_rxnorm_by_its_number() -> None:
    by_number = coded(("urn:oid:2.16.840.1.113883.6.88", FUROSEMIDE))

    assert found(handout_of(statement(by_number))) == TAKEN


@table(
    "code, expected",
    [
        ("11 digits", "00004012101", TAKEN),
        ("9 digits, no package", "000040121", TAKEN),
        ("4-4-2", "0004-0121-01", TAKEN),
        ("5-4-2", "00004-0121-01", TAKEN),
        ("5-3-2, its zero left out", "00004-121-01", TAKEN),
        ("5-4-1", "00004-0121-1", TAKEN),
        ("without its package", "0004-0121", TAKEN),
        ("with an asterisk for a zero", "00004*12101", TAKEN),
        ("10 digits, which may mean three products", "0004012101", PERHAPS),
    ],
)
def test_t42_a_product_number_is_written_in_many_forms(code: str, expected: Fhir) -> None:
    assert found(handout_of(statement(coded((NDC, code))))) == expected


@pytest.mark.parametrize("code", ["00004012201", "0004-0999-01", "12101"])
def test_t42_the_number_of_another_product_alone_tells_nothing(code: str) -> None:
    """The tables of product numbers are not whole: an unknown one may be anything."""
    handout = handout_of(statement(coded((NDC, code))))

    assert found(handout)["diuretic"] == UNREADABLE
    named = coded((NDC, code, "aspirin 81 MG Oral Tablet"))
    assert found(handout_of(statement(named))) == {}


def test_t43_nobody_asks_a_server_which_rxnorm_code_is_below_which() -> None:
    """RxNorm defines no subsumption, so that the answer would be an error or a wrong no."""
    sources = [*(ROOT / "plugin").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    asking = re.compile(r"\$subsumes|\bis-a\b|descendent-of|[?&]url=[^\"']*rxnorm", re.IGNORECASE)

    assert len(sources) > 30
    assert [path.name for path in sources if asking.search(path.read_text("utf-8"))] == []


def test_t43_a_product_is_found_by_the_table_without_a_server() -> None:
    products = [c["code"] for name, c in shipped(RXNORM) if name == "diuretic-loop"]

    assert {FUROSEMIDE, "4603"} <= set(products)
    assert HYDROCHLOROTHIAZIDE not in products
    assert found(handout_of(statement(FUROSEMIDE))) == TAKEN


def test_every_trap_has_a_test() -> None:
    files = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_traps_*.py")]
    tested = {int(number) for text in files for number in re.findall(r"def test_t(\d\d)_", text)}

    assert sorted(set(range(1, 46)) - tested) == []
    assert tested <= set(range(1, 46))
