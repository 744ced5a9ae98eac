"""National Drug Codes: every way of writing one comes to eleven digits, or to nothing."""

import pytest

from fhir_handout.terminology.ndc import eleven_digits


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("00054429725", "00054429725"),
        ("0054-4297-25", "00054429725"),
        ("12345-678-90", "12345067890"),
        ("12345-6789-1", "12345678901"),
        ("12345-6789-01", "12345678901"),
        ("012345-6789-01", "12345678901"),
        ("012345678901", "12345678901"),
        (" 0054-4297-25 ", "00054429725"),
        ("12345-*678-90", "12345067890"),
    ],
)
def test_a_code_has_one_form(written, digits):
    assert eleven_digits(written) == digits


@pytest.mark.parametrize(
    "written",
    [
        *("", "x", "1234567890", "123456789012", "112345-6789-01", "0054-429-25", "1234-5678-9"),
        *("12345-6789-012", "12345-6789", "0005442972５"),
    ],
)
def test_what_can_not_be_known_is_no_code(written):
    assert eleven_digits(written) is None
