"""The languages of a Patient: preferred first, and nothing breaks on what is not FHIR."""

from typing import Any

import pytest

from fhir_handout.communication import spoken_languages

BCP_47 = "urn:ietf:bcp:47"


def entry(code: str, preferred: Any = None, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"language": {"coding": [{"system": BCP_47, "code": code}]}, **more}
    return made if preferred is None else {**made, "preferred": preferred}


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
    "no language": ([entry("und"), entry("UNK"), entry("zxx")], ()),
    "not a list": ({"language": {}}, ()),
    "junk in the list": ([None, 7, "es", {}, {"language": 5}, entry("vi")], ("vi",)),
    "a damaged one before a good one": (
        [{"language": {"coding": "es"}, "preferred": True}, entry("vi")],
        ("vi",),
    ),
    "preferred is no truth value": ([entry("en"), entry("es", "true")], ("en", "es")),
}


@pytest.mark.parametrize("case", CASES)
def test_the_languages_of_a_patient(case: str) -> None:
    listed, expected = CASES[case]
    patient = {"resourceType": "Patient"}
    patient |= {} if listed is None else {"communication": listed}
    assert spoken_languages(patient) == expected
