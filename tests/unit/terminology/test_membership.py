"""What an answer to $validate-code says: yes, no, or nothing."""

from typing import Any

import pytest

from fhir_handout.terminology.membership import COULD_NOT_TELL, UNKNOWN_SYSTEM, Verdict, verdict
from servers.terminology import SNOMED, issue, result

Json = dict[str, Any]


@pytest.mark.parametrize(
    "answer",
    [
        result(True),
        result(True, "The display is not right", issue("invalid", "warning")),
        result(True, "is inactive", issue("business-rule", "warning")),
    ],
)
def test_yes(answer: Json) -> None:
    assert verdict(answer) is True


@pytest.mark.parametrize(
    "message",
    [
        "",
        "The provided code 'http://snomed.info/sct#1' was not found in the value set 'http://a|1'",
        "The code '1' is not valid in the system http://snomed.info/sct (version 20250201)",
        "Unknown code '1' in the CodeSystem 'http://snomed.info/sct' version '20250201'",
        "Unable to validate code http://snomed.info/sct#1 - Concept display is not in value set",
        "Unknown code 'http://snomed.info/sct#1' for in-memory expansion of ValueSet 'http://a'",
        "Unknown code 'http://hl7.org/fhir/sid/ndc#1' for in-memory expansion of ValueSet 'http://a'",
        "The code 1 is not known to belong to the specified code system 'http://snomed.info/sct'",
    ],
)
def test_no(message: str) -> None:
    assert verdict(result(False, message)) is False
    assert verdict(result(False, message, issue("code-invalid"))) is False


@pytest.mark.parametrize(
    "answer",
    [
        result(False, "", issue("not-found")),
        result(False, "", issue("code-invalid"), issue("not-found", "warning")),
        result(False, x_caused_by_unknown_system={"valueCanonical": SNOMED}),
        result(False, x_unknown_system={"valueUri": SNOMED}),
        result(False, "A definition for CodeSystem 'http://a' could not be found, so it cannot be"),
        result(False, "Unknown code system: http://snomed.info/sct"),
        result(False, "The code system http://snomed.info/sct is not supported"),
        result(False, "CodeSystem is unknown and can't be validated: http://a for 'http://a#1'"),
    ],
)  # fmt: skip
def test_a_no_of_a_server_that_lacks_the_code_system_is_none(answer: Json) -> None:
    assert verdict(answer) == UNKNOWN_SYSTEM


@pytest.mark.parametrize(
    "answer",
    [
        result(False, "", issue("too-costly")),
        result(False, "", issue("code-invalid"), issue("processing")),
        result(False, "", issue("something else", "fatal")),
        result(False, "Unable to expand the value set: it is too costly"),
        result(False, "Unable to expand ValueSet because CodeSystem could not be found: http://a"),
        result(False, "Failed to expand ValueSet 'http://a' (in-memory). Could not validate code"),
        result(False, "Failed to expand ValueSet 'http://a' (in-memory)", issue("code-invalid")),
        result(False, "Validator is unable to provide validation - unusable ValueSet[a]"),
        result(False, "Something else is wrong"),
        result(False, message={"valueString": 5}),
        result("false"),
        result(None),
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": {"name": "result"}},
        {"resourceType": "Parameters", "parameter": ["result", {"name": ["result"]}]},
    ],
)  # fmt: skip
def test_anything_else_is_no_answer(answer: Json) -> None:
    found: Verdict = verdict(answer)
    assert found == COULD_NOT_TELL
