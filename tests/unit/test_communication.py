"""The languages of a Patient: preferred first, and nothing breaks on what is not FHIR."""

from typing import Any

import pytest

from fhir_handout.communication import spoken_languages

BCP_47 = "urn:ietf:bcp:47"


def entry(code: str, preferred: Any = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"language": {"coding": [{"system": BCP_47, "code": code}]}, **more}
    return made if preferred is None else {**made, "preferred": preferred}


def coded(*codings: tuple[str, str], text: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"coding": [{"system": s, "code": code} for s, code in codings]}
    return {"language": {**made, **({"text": text} if text else {})}}


def null_flavor(code: str) -> dict[str, Any]:
    return coded(("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", code))


CASES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "none": (None, ()),
    "one": ([entry("es")], ("es",)),
    "the preferred one comes first": ([entry("en"), entry("es", True)], ("es", "en")),
    "an order among the others stays": ([entry("en"), entry("fr", False)], ("en", "fr")),
    "twice the same": ([entry("es"), entry("es", True)], ("es",)),
    "words without a code": ([{"language": {"text": "Somali"}}], ("Somali",)),
    "a display without a code": (
        [{"language": {"coding": [{"display": "Spanish"}]}}],
        ("Spanish",),
    ),
    "a code with blanks": ([entry(" es ")], ("es",)),
    "no language": ([entry("und"), entry("zxx"), null_flavor("UNK"), null_flavor("ASKU")], ()),
    "Navajo, whose code is also HL7's for what is not available": ([entry("nav", True)], ("nav",)),
    "a local code before the tag": ([coded(("urn:local", "123"), (BCP_47, "es"))], ("es",)),
    "a local code and words": ([coded(("urn:local", "123"), text="Spanish")], ("Spanish",)),
    "a code of ISO 639 in another system": ([coded(("urn:iso639", "spa"))], ("spa",)),
    "not a list": ({"language": {}}, ()),
    "junk in the list": ([None, 7, "es", {}, {"language": 5}, entry("vi")], ("vi",)),
    "a damaged one before a good one": (
        [{"language": {"coding": "es"}, "preferred": True}, entry("vi")],
        ("vi",),
    ),
    "a damaged coding beside words": (
        [{"language": {"coding": [{"code": 5}], "text": "Vietnamese"}, "preferred": True}],
        ("Vietnamese",),
    ),
    "a long story": ([{"language": {"text": "x" * 300}}], ("x" * 40,)),
    "preferred is no truth value": ([entry("en"), entry("es", "true")], ("en", "es")),
}


@pytest.mark.parametrize("case", CASES)
def test_the_languages_of_a_patient(case: str) -> None:
    listed, expected = CASES[case]
    patient = {"resourceType": "Patient"}
    patient |= {} if listed is None else {"communication": listed}
    assert spoken_languages(patient) == expected
