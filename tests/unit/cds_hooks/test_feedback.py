"""Feedback as clients send it: accepted, overridden, repeated; and what is none."""

import copy
from datetime import datetime, timezone
from typing import Any

import pytest

from fhir_handout.cds_hooks.feedback import Feedback, feedback
from fhir_handout.cds_hooks.refused import HookRefused
from fhir_handout.patient_record import Coding

SECRET = "Quillon Testperson"
ACCEPTED = {
    "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2026-11-23T10:00:00Z",
}
OVERRIDDEN = {
    "card": "9368d37b-283f-44a0-93ea-547cebab93ed",
    "outcome": "overridden",
    "overrideReason": {
        "reason": {"code": "not-relevant", "system": "urn:fhir-handout:override-reason"},
        "userComment": SECRET,
    },
    "outcomeTimestamp": "2026-11-23T11:30:00+02:00",
}
GONE = object()


def one(entry: Any) -> Feedback:
    (found,) = feedback({"feedback": [entry]})
    return found


def test_a_suggestion_that_was_accepted():
    assert one(ACCEPTED) == Feedback(
        ACCEPTED["card"],
        "accepted",
        datetime(2026, 11, 23, 10, tzinfo=timezone.utc),
        ("e56e1945-20b3-4393-8503-a1a20fd73152",),
    )


def test_a_card_that_was_overridden_with_a_reason_and_a_comment():
    found = one(OVERRIDDEN)
    assert found.reason == Coding("urn:fhir-handout:override-reason", "not-relevant")
    assert found.at == datetime(2026, 11, 23, 9, 30, tzinfo=timezone.utc)
    assert found.comment == SECRET
    assert SECRET not in repr(found)


@pytest.mark.parametrize("reason", [GONE, {}, {"userComment": "x"}])
def test_no_reason_need_be_given(reason):
    entry = {**OVERRIDDEN, "overrideReason": reason}
    if reason is GONE:
        del entry["overrideReason"]
    assert one(entry).reason is None


def test_repeated_and_unknown_feedback_is_as_good_as_any():
    unknown = {**OVERRIDDEN, "card": "never-made-here"}
    found = feedback({"feedback": [ACCEPTED, ACCEPTED, unknown]})
    assert [each.card for each in found] == [ACCEPTED["card"]] * 2 + ["never-made-here"]


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"feedback": []}, {"feedback": {}}, {"feedback": [ACCEPTED] * 101}]
)
def test_a_body_that_is_none(body):
    with pytest.raises(HookRefused) as error:
        feedback(body)
    assert (error.value.status, error.value.code) == (400, "bad-feedback")


@pytest.mark.parametrize(
    ("entry", "where", "values"),
    [
        (ACCEPTED, "card", [GONE, None, "", 5, "x" * 129]),
        (ACCEPTED, "outcome", [GONE, None, "ignored", 5, []]),
        (ACCEPTED, "acceptedSuggestions", [GONE, None, [], {}, ["x"], [{}], [{"id": 5}]]),
        (ACCEPTED, "outcomeTimestamp", [GONE, "", "today", "2026-11-23", "2026-11-23T10:00:00", 5]),
        (ACCEPTED, "outcomeTimestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
        (OVERRIDDEN, "overrideReason", ["x", [], 5]),
        (OVERRIDDEN, "overrideReason.userComment", [5, [], "x" * 10_001]),
        (OVERRIDDEN, "overrideReason.reason", ["x", [], {}, {"code": "x"}, {"system": "x"}]),
        (OVERRIDDEN, "overrideReason.reason.display", [5, "x" * 129]),
    ],
)
def test_an_entry_that_is_not_as_it_must_be(entry, where, values):
    for value in values:
        wrong: Any = copy.deepcopy(entry)
        *path, last = where.split(".")
        inner = wrong
        for step in path:
            inner = inner[step]
        inner[last] = value
        if value is GONE:
            del inner[last]
        with pytest.raises(HookRefused) as error:
            feedback({"feedback": [ACCEPTED, wrong]})
        assert error.value.code == "bad-feedback", value
        assert "feedback[1]" in error.value.message
        assert SECRET not in error.value.message
