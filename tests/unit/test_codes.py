"""Codes and names in the many spellings of charts, and the value sets they lead to."""

from time import monotonic
from typing import Any

import pytest

from fhir_handout.codes import CodeIndex, is_readable
from fhir_handout.model import RecognisedBy
from fhir_handout.patient_record import Coding, Concept
from fhir_handout.systems import is_known_system, normal_code, normal_system
from unit.builders import ATC, ICD, RXNORM, SNOMED
from unit.handouts import loaded

CODES = loaded().codes


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        (ICD, ICD),
        (f"  {ICD} \n", ICD),
        (f"{ICD}/", ICD),
        (f"{ICD}|2026", ICD),
        (f"\ufeff{ICD}", ICD),
        ("https://hl7.org/fhir/sid/icd-10-cm", ICD),
        ("HTTP://HL7.org/FHIR/sid/ICD-10-CM", ICD),
        ("http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10"),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "http://hl7.org/fhir/sid/icd-10"),
        ("urn:oid:2.16.840.1.113883.6.90", ICD),
        ("URN:OID:2.16.840.1.113883.6.90", ICD),
        ("2.16.840.1.113883.6.90", ICD),
        ("urn:oid:2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
        ("http://snomed.info/sct/731000124108/version/20260901", SNOMED),
        ("https://snomed.info/sct/", SNOMED),
        ("urn:oid:2.16.840.1.113883.6.88", RXNORM),
        ("urn:oid:2.16.840.1.113883.6.73", ATC),
        ("http://whocc.no/atc", ATC),
        ("https://www.whocc.no/atc/", ATC),
    ],
)
def test_a_system_has_one_spelling(spelled: str, expected: str) -> None:
    assert normal_system(spelled) == expected
    assert is_known_system(spelled)


@pytest.mark.parametrize(
    "system",
    [
        "",
        "SNOMED",
        "http://snomed.info/sctx",
        "http://hl7.org/fhir/sid/ndc",
        "urn:oid:2.16.840.1.113883.6.69",
        "http://hl7.org/fhir/sid/icd-9-cm",
        "http://hl7.org/fhir/sid/icd-10-cm/sub",
        "https://ehr.example.org/codes",
    ],
)
def test_other_systems_are_not_known(system: str) -> None:
    assert not is_known_system(system)


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (ICD, "N18.6", "N18.6"),
        (ICD, "n186", "N18.6"),
        (ICD, "N186", "N18.6"),
        (ICD, " n18.6\t", "N18.6"),
        (ICD, "\ufeffN18.6", "N18.6"),
        (ICD, " \ufeff N18.6 \u200b", "N18.6"),
        (ICD, "E1121", "E11.21"),
        (ICD, "O24.419", "O24.419"),
        (ICD, "n17", "N17"),
        (ICD, "N17.", "N17"),
        (ATC, "c03ca01", "C03CA01"),
        (SNOMED, " 46177005 ", "46177005"),
        (RXNORM, "4603", "4603"),
        (RXNORM, "ab", "ab"),
    ],
)
def test_a_code_has_one_spelling(system: str, code: str, expected: str) -> None:
    assert normal_code(system, code) == expected


def concept(*codings: Coding, text: str = "") -> Concept:
    return Concept(codings, text)


@pytest.mark.parametrize(
    ("readable", "expected"),
    [
        (concept(Coding(ICD, "N18.6")), True),
        (concept(Coding("2.16.840.1.113883.6.90", "N18.6")), True),
        (concept(Coding("local", "x"), Coding(RXNORM, "4603")), True),
        (concept(Coding("local", "1", "water pill")), True),
        (concept(text="Фуросемид"), True),
        (concept(), False),
        (concept(Coding("local", "x")), False),
        (concept(Coding("", "N18.6")), False),
        (concept(Coding(ICD, "")), False),
        (concept(Coding(ICD, "  ")), False),
        (concept(Coding("local", "1", "40")), False),
        (concept(text=" ?! 40"), False),
    ],
)
def test_a_concept_is_readable_by_a_known_code_or_by_words(
    readable: Concept, expected: bool
) -> None:
    assert is_readable(readable) is expected


LOOP, THIAZIDE = "diuretic-loop", "diuretic-thiazide"
SPARING, UNSPECIFIED = "diuretic-potassium-sparing", "diuretic-unspecified"


def by_code(*codings: Coding) -> set[str]:
    return {match.value_set for match in CODES.matches(concept(*codings))}


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (ICD, "N18.6", {"kidney-failure-end-stage"}),
        ("urn:oid:2.16.840.1.113883.6.90", "n186", {"kidney-failure-end-stage"}),
        ("https://hl7.org/fhir/sid/icd-10-cm/", " N186 ", {"kidney-failure-end-stage"}),
        (SNOMED, "46177005", {"kidney-failure-end-stage"}),
        (RXNORM, "4603", {LOOP}),
        (ATC, "C03CA01", {LOOP}),
        (ATC, "c03ca01", {LOOP}),
        (ATC, "C03EB01", {LOOP, SPARING}),
        (ATC, "C09BA03", {UNSPECIFIED, "ace-inhibitor"}),
        (ATC, "C03XA01", {"vaptan"}),
        (ATC, "C0", set()),
        (ATC, "", set()),
        (RXNORM, "C03CA01", set()),
        ("https://ehr.example.org/codes", "N18.6", set()),
        ("", "N18.6", set()),
        (ICD, "", set()),
        (ICD, "N18.69", set()),
    ],
)
def test_a_code_leads_to_its_value_sets(system: str, code: str, expected: set[str]) -> None:
    assert by_code(Coding(system, code)) == expected


def test_every_coding_of_a_concept_counts_and_each_value_set_once() -> None:
    first, second = Coding(ATC, "C03CA01"), Coding(RXNORM, "4603")
    (match,) = CODES.matches(concept(Coding("local", "x"), first, second))
    assert (match.value_set, match.coding, match.certain) == (LOOP, first, True)
    assert match.recognised_by is RecognisedBy.CODE


def by_name(text: str) -> set[str]:
    return {match.value_set for match in CODES.name_matches(concept(text=text))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("furosemide", {LOOP}),
        ("FUROSEMIDE 40 MG Oral Tablet [Lasix]", {LOOP}),
        ("Lasix", {LOOP}),
        ("Furosémide", {LOOP}),
        ("ｆｕｒｏｓｅｍｉｄｅ", {LOOP}),
        ("furo\u00adsemide", {LOOP}),
        ("HCTZ 25", {THIAZIDE}),
        ("lisinopril/HCTZ", {THIAZIDE, "ace-inhibitor"}),
        ("Dyazide", {THIAZIDE, SPARING}),
        ("co-amilofruse", {LOOP, SPARING}),
        ("Water  pill", {UNSPECIFIED}),
        ("a water-pill, twice a day", {UNSPECIFIED}),
        ("takes diuretics", {UNSPECIFIED}),
        ("furosemide and spironolactone", {LOOP, SPARING}),
    ],
)
def test_a_name_leads_to_its_value_sets(text: str, expected: set[str]) -> None:
    assert by_name(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not on diuretics",
        "Not currently on diuretics",
        "denies diuretic use",
        "allergic to furosemide",
        "no longer on furosemide",
        "stopped: never furosemide",
        "antidiuretic",
        "anti-diuretic hormone",
        "antidiuretic hormone",
        "acetazolamide eye drops",
        "Acetazolamide 10 % (eye drops)",
        "mannitol, inhaled",
        "spironolactone cream",
        "furosemid3",
        "furose mide",
        "semide furo",
        "pill for water",
    ],
)
def test_a_name_that_is_denied_or_local_or_none_leads_nowhere(text: str) -> None:
    assert by_name(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("avoid NSAIDs, furosemide 40 mg", {LOOP}),
        ("no sulfa; furosemide", {LOOP}),
        ("no sulfa. Furosemide", {LOOP}),
        ("no potassium (spironolactone)", {SPARING}),
        ("stopped lisinopril\nfurosemide", {LOOP}),
        ("not to be taken with food: furosemide", {LOOP}),
        ("furosemide; latanoprost eye drops", {LOOP}),
        ("furosemide. Hydrocortisone cream.", {LOOP}),
        ("furosemide, not spironolactone", {LOOP}),
        ("no known problem with the furosemide", {LOOP}),
        ("anti-hypertensive furosemide", {LOOP}),
    ],
)
def test_a_denial_or_a_local_use_is_of_its_own_medicine_only(text: str, expected: set[str]) -> None:
    assert by_name(text) == expected


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("furosemide", RecognisedBy.INGREDIENT),
        ("Lasix", RecognisedBy.BRAND),
        ("water pill", RecognisedBy.TEXT),
    ],
)
def test_a_name_is_never_certain_and_says_how_it_was_known(text: str, how: RecognisedBy) -> None:
    (match,) = CODES.name_matches(concept(text=text))
    assert (match.recognised_by, match.certain, match.coding) == (how, False, Coding("", "", text))


def test_displays_are_read_before_the_text() -> None:
    coding = Coding("local", "1", "Lasix")
    (match,) = CODES.name_matches(concept(coding, text="furosemide"))
    assert match.coding == coding


def value_set(name: str, *concepts: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "compose": {"include": [{"system": ATC, "concept": list(concepts)}]}}


def test_an_index_of_nothing_knows_nothing() -> None:
    index = CodeIndex.of([])
    assert index.matches(concept(Coding(ATC, "C03"))) == ()
    assert index.name_matches(concept(text="furosemide")) == ()


def test_a_code_may_be_in_several_value_sets_and_atc_in_those_above_it() -> None:
    index = CodeIndex.of(
        [
            value_set("broad", {"code": "C03"}),
            value_set("exact", {"code": "C03CA01"}),
            value_set("also", {"code": "C03CA01"}),
            value_set("below", {"code": "C03CA01X"}),
        ]
    )
    found = index.matches(concept(Coding(ATC, "C03CA01")))
    assert [match.value_set for match in found] == ["exact", "also", "broad"]


def test_a_code_of_a_million_letters_is_soon_looked_up() -> None:
    index = CodeIndex.of([value_set("broad", {"code": "C03"})])
    began = monotonic()
    found = index.matches(concept(Coding(ATC, "C03" + "A" * 1_000_000)))
    assert [match.value_set for match in found] == ["broad"]
    assert monotonic() - began < 2
