"""One spelling for code systems and codes, however a chart writes them."""

import pytest

from fhir_handout.systems import ndc_products, normal_code, normal_system

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize(
    "written",
    [
        SNOMED,
        "https://snomed.info/sct",
        "HTTP://SNOMED.INFO/SCT",
        f"  {SNOMED}\n",
        f"\ufeff{SNOMED}\u200b",
        f"{SNOMED}/",
        f"{SNOMED}|http://snomed.info/sct/731000124108",
        f"{SNOMED}/731000124108/version/20250901",
        "urn:oid:2.16.840.1.113883.6.96",
        "2.16.840.1.113883.6.96",
    ],
)
def test_a_system_has_one_spelling(written: str) -> None:
    assert normal_system(written) == SNOMED


def test_a_slash_at_the_end_is_no_matter() -> None:
    assert normal_system(f"{ATC}/") == ATC
    assert normal_system("urn:x") == "urn:x"


@pytest.mark.parametrize(
    "other", ["http://snomed.info/scts", "http://snomed.info", "ftp://snomed.info/sct", "snomed"]
)
def test_another_system_is_left_as_it_is(other: str) -> None:
    assert normal_system(other) == other


def test_only_the_scheme_at_the_beginning_is_no_matter() -> None:
    assert normal_system("https://a.example/?of=https://b") == "http://a.example/?of=https://b"


@pytest.mark.parametrize(
    ("system", "written", "code"),
    [
        (ICD, "n186", "N18.6"),
        (ICD, "N18.6", "N18.6"),
        (ICD, " N1830 ", "N18.30"),
        (ICD, "E11", "E11"),
        (ICD, "e1", "E1"),
        (ICD, "O24410", "O24.410"),
        (ICD, "\ufeffN18.6\u200b", "N18.6"),
        (ICD, " \ufeff N18.6", "N18.6"),
        (ATC, "c03ca01", "C03CA01"),
        (SNOMED, " 431857002 ", "431857002"),
        ("urn:other", "aB.c", "aB.c"),
    ],
)
def test_a_code_has_one_spelling(system: str, written: str, code: str) -> None:
    assert normal_code(system, written) == code


@pytest.mark.parametrize(
    ("written", "products"),
    [
        ("0004-0121-01", ("000040121",)),
        ("00004-0121-01", ("000040121",)),
        ("00004-121-01", ("000040121",)),
        ("0004-0121", ("000040121",)),
        ("000004-0121-01", ("000040121",)),
        ("12340-0121-01", ("123400121",)),
        ("12345-0121-01", ("123450121",)),
        ("00004-0121-*1", ("000040121",)),
        ("000040121", ("000040121",)),
        ("00004012101", ("000040121",)),
        ("000040121*1", ("000040121",)),
        ("000004012101", ("000040121",)),
        (" 00004012101 ", ("000040121",)),
        ("\ufeff00004012101", ("000040121",)),
        ("0004012101", ("000040121", "000400121", "000401210")),
        ("1000040121", ("010000401", "100000401", "100004012")),
        ("100004012101", ()),
        ("0000040121011", ()),
        ("00004012", ()),
        ("0000-4-0-1", ()),
        ("000040121a", ()),
        ("0004-01a1-01", ()),
        ("123456-0121-01", ()),
        ("0004-01211-01", ()),
        ("0004--01", ()),
        ("0004", ()),
        ("", ()),
        ("٠٠٠٠٤٠١٢١", ()),
    ],
)
def test_an_ndc_in_any_of_its_forms_names_the_products_it_may_mean(
    written: str, products: tuple[str, ...]
) -> None:
    assert ndc_products(written) == products
