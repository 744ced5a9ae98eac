"""Codes in every spelling, and medicines known only by name."""

import pytest

from fhir_handout.codes import CodeIndex, is_readable
from fhir_handout.model import RecognisedBy
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Coding, Concept
from fhir_handout.systems import is_known_system, normal_code, normal_system

CODES = load_pack().codes
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"


def sets_of(system: str, code: str) -> set[str]:
    return {match.value_set for match in CODES.matches(Concept((Coding(system, code),)))}


def named(text: str) -> dict[str, RecognisedBy]:
    matches = CODES.name_matches(Concept((), text))
    return {match.value_set: match.recognised_by for match in matches}


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD_10_CM, "N18.6"),
        (ICD_10_CM, "N186"),
        (ICD_10_CM, " n18.6 "),
        (ICD_10_CM, "\ufeffN18.6"),
        (ICD_10_CM + "/", "N18.6"),
        (" " + ICD_10_CM + " ", "N18.6"),
        ("https://hl7.org/fhir/sid/icd-10-cm", "N18.6"),
        ("urn:oid:2.16.840.1.113883.6.90", "N18.6"),
        ("2.16.840.1.113883.6.90", "N18.6"),
        (ICD_10_CM + "|2026", "N18.6"),
        ("http://snomed.info/sct", "46177005"),
        ("http://snomed.info/sct/731000124108", "46177005"),
        ("urn:oid:2.16.840.1.113883.6.96", "46177005"),
    ],
)
def test_the_same_code_is_found_however_it_is_written(system, code):
    assert "kidney-failure-end-stage" in sets_of(system, code)


@pytest.mark.parametrize(("code", "found"), [("C03CA01", True), ("C03CA", True), ("C03", False)])
def test_atc_codes_belong_to_the_group_they_begin_with(code, found):
    assert ("diuretic-loop" in sets_of(ATC, code)) is found


def test_a_code_of_another_system_is_another_code():
    assert sets_of("http://example.org/codes", "N18.6") == set()
    assert sets_of("http://loinc.org", "4603") == set()


@pytest.mark.parametrize(
    ("text", "value_set", "by"),
    [
        ("Furosemide 40 mg tablet", "diuretic-loop", RecognisedBy.INGREDIENT),
        ("FUROSÉMIDE 40 mg", "diuretic-loop", RecognisedBy.INGREDIENT),
        ("Lasix 20 mg daily", "diuretic-loop", RecognisedBy.BRAND),
        ("HCTZ 25", "diuretic-thiazide", RecognisedBy.TEXT),
        ("a water pill", "diuretic-unspecified", RecognisedBy.TEXT),
    ],
)
def test_a_medicine_is_known_by_its_names(text, value_set, by):
    assert named(text)[value_set] is by


def test_a_brand_of_two_diuretics_is_in_the_set_of_each():
    assert {"diuretic-thiazide", "diuretic-potassium-sparing"} <= set(named("Dyazide"))


@pytest.mark.parametrize(
    "text",
    [
        "not on diuretics",
        "no furosemide",
        "allergic to furosemide",
        "antidiuretic hormone",
        "anti-diuretic",
        "acetazolamide eye drops",
        "aspirin 81 mg",
        "",
    ],
)
def test_what_is_negated_or_acts_on_one_place_only_is_no_use(text):
    assert named(text) == {}


def test_a_name_after_another_clause_is_not_negated():
    assert "diuretic-loop" in named("no known problems; furosemide 40 mg")


@pytest.mark.parametrize(
    ("concept", "readable"),
    [
        (Concept((Coding(RXNORM, "4603"),)), True),
        (Concept((Coding("http://example.org/own", "x1"),)), False),
        (Concept((Coding("http://example.org/own", "x1", "water tablets"),)), True),
        (Concept((), "furosemide"), True),
        (Concept((), "40"), False),
        (Concept(()), False),
    ],
)
def test_a_concept_is_readable_by_a_known_system_or_by_words(concept, readable):
    assert is_readable(concept) is readable


def test_systems_and_codes_have_one_normal_form():
    assert normal_system("HTTPS://SNOMED.info/sct/") == "http://snomed.info/sct"
    assert normal_code(ICD_10_CM, "e11") == "E11"
    assert normal_code(ATC, "c03ca01") == "C03CA01"
    assert not is_known_system("http://example.org")


def test_an_index_without_value_sets_knows_nothing():
    assert CodeIndex.of([]).name_matches(Concept((), "furosemide")) == ()
