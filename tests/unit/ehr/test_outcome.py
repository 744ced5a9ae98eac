"""What of a server's explanation is repeated, and what stays unsaid."""

from typing import Any

import pytest

from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.outcome import mentions, summary
from fhir_handout.ehr.refusal import refusal
from unit.ehr.fhir import SECRET, outcome


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("DocumentReference.docStatus", True),
        ("Bundle.entry[0].resource.docStatus", True),
        ("/f:DocumentReference/f:content[1]/f:attachment", True),
        ("Patient.name[0].family", True),
        (SECRET, False),
        ("Testperson", False),
        ("Patient/12345", False),
        ("DocumentReference.identifier.where(value='12345')", False),
        ("Bundle.entry[0].resource/*DocumentReference/12345*/.docStatus", False),
    ],
)
def test_only_plain_element_paths_are_shown(path: str, shown: bool) -> None:
    said = summary(outcome("value", path))
    assert (path in said) is shown
    assert said.startswith(" (error/value")


@pytest.mark.parametrize(
    "issue",
    [
        {"severity": SECRET, "code": SECRET},
        {"severity": ["error"], "code": {"text": SECRET}},
        {"expression": SECRET, "location": [SECRET, 3]},
        {"expression": [{"text": SECRET}, ["x"]]},
        SECRET,
        None,
    ],
)
def test_free_text_is_never_repeated(issue: Any) -> None:
    said = summary({"resourceType": "OperationOutcome", "issue": [issue], "text": SECRET})
    assert SECRET not in said


def test_a_message_says_what_where_and_what_to_do_on_one_line() -> None:
    answer = Answer(422, outcome("invariant", "DocumentReference.date", text={"div": SECRET}))
    error = refusal(answer, "writing the document", "https://ehr.example/fhir")
    assert error.message == (
        "writing the document at https://ehr.example/fhir: the server answered 422 "
        "(error/invariant at DocumentReference.date); see the server's log for what it found wrong"
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (300, "redirected"),
        (399, "redirected"),
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not-a-fhir-server"),
        (405, "not-supported"),
        (406, "not-supported"),
        (409, "changed-meanwhile"),
        (410, "gone"),
        (412, "changed-meanwhile"),
        (413, "too-large"),
        (415, "not-supported"),
        (418, "unexpected-answer"),
        (422, "rejected"),
        (429, "too-many-requests"),
        (500, "server-error"),
        (501, "not-supported"),
        (599, "server-error"),
        (0, "unreachable"),
    ],
)
def test_each_status_has_a_code_that_does_not_change(status: int, code: str) -> None:
    assert refusal(Answer(status), "reading", "https://ehr.example").code == code


def test_a_page_of_issues_is_cut_short() -> None:
    many = {"resourceType": "OperationOutcome", "issue": outcome("value")["issue"] * 50}
    assert summary(many).count("error/value") == 3


def test_damaged_issues_mention_nothing() -> None:
    assert not mentions({"resourceType": "OperationOutcome", "issue": [None, {}]}, "docStatus")


@pytest.mark.parametrize(
    ("path", "mentioned"),
    [
        ("DocumentReference.docStatus", True),
        ("Bundle.entry[0].resource/*DocumentReference/1*/.docStatus", True),
        ("/f:DocumentReference/f:docStatus", True),
        ("DocumentReference.status", False),
        ("DocumentReference.docStatusReason", False),
    ],
)
def test_an_element_is_recognised_in_any_path(path: str, mentioned: bool) -> None:
    assert mentions(outcome("value", path), "docStatus") is mentioned
    assert mentions({**outcome("value", path), "resourceType": "Basic"}, "docStatus") is False
