"""How far a condition or a medicine is still true on TODAY."""

from typing import Any

import pytest

from fhir_handout.current import condition_status, first_date, latest_date, medicine_status
from fhir_handout.pack_model import ValueSetUse
from unit.builders import (
    clinical,
    coded,
    condition,
    days_ago,
    in_days,
    medicine,
    read,
    request,
    statement,
    verification,
)
from unit.handouts import TODAY

USUAL = ValueSetUse("any", None)
ALWAYS = ValueSetUse("any", None, "always")
NINETY_DAYS = ValueSetUse("any", None, 90)
NO_STATUS = {"clinicalStatus": ...}
OTHER_EXTENSION = {"modifierExtension": [{"url": "https://ehr.example.org/of-a-relative"}]}


def told(use: ValueSetUse, **elements: Any) -> str | None:
    (found,) = read(condition(**elements)).conditions
    status = condition_status(found, use, TODAY)
    return status.value if status else None


def status(code: str, **elements: Any) -> dict[str, Any]:
    return {"clinicalStatus": clinical(code), **elements}


def verified(code: str, **elements: Any) -> dict[str, Any]:
    return {"verificationStatus": verification(code), **elements}


PRESENT, POSSIBLE, NO = "present", "possible", None


@pytest.mark.parametrize(
    ("elements", "usual", "always"),
    [
        (status("active"), PRESENT, PRESENT),
        (status("recurrence"), PRESENT, PRESENT),
        (status("relapse"), PRESENT, PRESENT),
        (status("inactive"), NO, POSSIBLE),
        (status("remission"), NO, POSSIBLE),
        (status("resolved"), NO, POSSIBLE),
        (status("banana"), POSSIBLE, POSSIBLE),
        (NO_STATUS, POSSIBLE, POSSIBLE),
        ({"clinicalStatus": {"text": "resolved"}}, POSSIBLE, POSSIBLE),
        (
            {
                "clinicalStatus": {
                    "coding": [{"code": "x"}, *clinical("resolved")["coding"]],
                }
            },
            NO,
            POSSIBLE,
        ),
        (verified("confirmed"), PRESENT, PRESENT),
        (verified("unconfirmed"), POSSIBLE, POSSIBLE),
        (verified("provisional"), POSSIBLE, POSSIBLE),
        (verified("differential"), POSSIBLE, POSSIBLE),
        (verified("banana"), POSSIBLE, POSSIBLE),
        (verified("refuted"), NO, NO),
        (verified("entered-in-error"), NO, NO),
        ({"verificationStatus": coded("REFUTED", "urn:x")}, NO, NO),
        (verified("refuted", **OTHER_EXTENSION), NO, NO),
        (OTHER_EXTENSION, POSSIBLE, POSSIBLE),
        ({"onsetDateTime": days_ago(0)}, PRESENT, PRESENT),
        ({"onsetDateTime": days_ago(9000)}, PRESENT, PRESENT),
        ({"onsetDateTime": str(TODAY.year)}, PRESENT, PRESENT),
        ({"onsetDateTime": in_days(1)}, POSSIBLE, POSSIBLE),
        ({"onsetDateTime": "9999-12-31"}, POSSIBLE, POSSIBLE),
        ({"onsetPeriod": {"start": in_days(9)}}, POSSIBLE, POSSIBLE),
        ({"abatementDateTime": days_ago(0)}, POSSIBLE, POSSIBLE),
        ({"abatementDateTime": in_days(1)}, PRESENT, PRESENT),
        ({"abatementDateTime": str(TODAY.year)}, POSSIBLE, POSSIBLE),
        ({"abatementString": "long ago"}, POSSIBLE, POSSIBLE),
        (status("resolved", abatementDateTime=in_days(1)), NO, POSSIBLE),
        ({**NO_STATUS, "abatementDateTime": days_ago(1)}, NO, POSSIBLE),
        ({**NO_STATUS, "abatementDateTime": days_ago(0)}, NO, POSSIBLE),
        ({**NO_STATUS, "abatementDateTime": in_days(1)}, POSSIBLE, POSSIBLE),
        ({**NO_STATUS, "abatementDateTime": str(TODAY.year)}, POSSIBLE, POSSIBLE),
        ({**NO_STATUS, "abatementAge": {"value": 40}}, NO, POSSIBLE),
        (
            {**NO_STATUS, "abatementPeriod": {"start": "2020", "end": in_days(1)}},
            POSSIBLE,
            POSSIBLE,
        ),
    ],
    ids=str,
)
def test_a_condition_holds_as_far_as_its_record_says(
    elements: dict[str, Any], usual: str | None, always: str | None
) -> None:
    assert told(USUAL, **elements) == usual
    assert told(ALWAYS, **elements) == always


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"onsetDateTime": days_ago(90)}, PRESENT),
        ({"onsetDateTime": days_ago(91)}, NO),
        ({"recordedDate": days_ago(90)}, PRESENT),
        ({"recordedDate": days_ago(91)}, NO),
        ({"onsetDateTime": days_ago(80), "recordedDate": days_ago(1)}, PRESENT),
        ({"onsetDateTime": days_ago(91), "recordedDate": days_ago(1)}, POSSIBLE),
        ({"onsetDateTime": days_ago(91), "recordedDate": days_ago(91)}, NO),
        ({"onsetDateTime": str(TODAY.year)}, POSSIBLE),
        ({"onsetDateTime": str(TODAY.year - 1)}, NO),
        ({"onsetDateTime": in_days(5)}, POSSIBLE),
        ({"onsetDateTime": "9999"}, POSSIBLE),
        ({}, POSSIBLE),
        (status("resolved", onsetDateTime=days_ago(1)), NO),
        (verified("provisional", onsetDateTime=days_ago(1)), POSSIBLE),
        ({**NO_STATUS, "onsetDateTime": days_ago(1)}, POSSIBLE),
    ],
    ids=str,
)
def test_what_lasts_a_number_of_days_is_over_after_them(
    elements: dict[str, Any], expected: str | None
) -> None:
    assert told(NINETY_DAYS, **elements) == expected


@pytest.mark.parametrize(
    ("elements", "first", "latest"),
    [
        ({}, None, None),
        ({"onsetDateTime": "2020"}, "2020-01-01", "2020-01-01"),
        ({"recordedDate": "2021"}, "2021-01-01", "2021-01-01"),
        ({"onsetDateTime": "2020", "recordedDate": "2021"}, "2020-01-01", "2021-01-01"),
        ({"onsetDateTime": "2021", "recordedDate": "2020"}, "2021-01-01", "2021-01-01"),
        ({"onsetDateTime": "2020", "recordedDate": "2020-05-05"}, "2020-01-01", "2020-01-01"),
    ],
)
def test_a_condition_has_a_first_and_a_latest_date(
    elements: dict[str, Any], first: str | None, latest: str | None
) -> None:
    (found,) = read(condition(**elements)).conditions
    spans = [first_date(found), latest_date(found)]
    assert [span.first.isoformat() if span else None for span in spans] == [first, latest]


def taken(resource: dict[str, Any]) -> str | None:
    found = medicine_status(medicine(resource), TODAY)
    return found.value if found else None


def ends(when: str) -> dict[str, Any]:
    return {"effectivePeriod": {"end": when}}


def starts(when: str) -> dict[str, Any]:
    return {"effectivePeriod": {"start": when}}


AS_NEEDED = {"dosage": [{"asNeededBoolean": True}]}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, PRESENT),
        ({"status": "stopped"}, NO),
        ({"status": "not-taken"}, NO),
        ({"status": "entered-in-error"}, NO),
        ({"status": "on-hold"}, POSSIBLE),
        ({"status": "unknown"}, POSSIBLE),
        ({"status": "intended"}, POSSIBLE),
        ({"status": "completed"}, NO),
        ({"status": "completed", "effectiveDateTime": days_ago(1)}, NO),
        ({"status": "completed", **ends(days_ago(1))}, NO),
        ({"status": "completed", **ends(days_ago(0))}, PRESENT),
        (ends(days_ago(1)), NO),
        (ends(days_ago(0)), PRESENT),
        (ends(str(TODAY.year)), PRESENT),
        (ends(str(TODAY.year - 1)), NO),
        (ends("9999-12-31"), PRESENT),
        (starts(days_ago(0)), PRESENT),
        (starts(in_days(1)), POSSIBLE),
        (starts(str(TODAY.year)), PRESENT),
        ({"effectiveDateTime": in_days(1)}, POSSIBLE),
        (AS_NEEDED, POSSIBLE),
        ({**AS_NEEDED, **ends(days_ago(1))}, NO),
        (OTHER_EXTENSION, POSSIBLE),
        ({"status": "stopped", **OTHER_EXTENSION}, NO),
    ],
    ids=str,
)
def test_a_stated_medicine_is_taken_as_far_as_its_record_says(
    elements: dict[str, Any], expected: str | None
) -> None:
    assert taken(statement(**elements)) == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        *(({"intent": intent}, PRESENT) for intent in ("order", "original-order", "plan")),
        *(({"intent": f"{kind}-order"}, PRESENT) for kind in ("reflex", "filler", "instance")),
        ({"intent": ...}, PRESENT),
        ({"intent": "proposal"}, NO),
        ({"intent": "option"}, NO),
        ({"status": "draft"}, NO),
        ({"status": "cancelled"}, NO),
        ({"status": "stopped"}, NO),
        ({"status": "on-hold"}, POSSIBLE),
        ({"doNotPerform": True}, NO),
        ({"doNotPerform": False}, PRESENT),
        ({"dispenseRequest": {"validityPeriod": {"end": days_ago(1)}}}, NO),
        ({"dispenseRequest": {"validityPeriod": {"end": in_days(1)}}}, PRESENT),
        (
            {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": days_ago(1)}}}}]},
            NO,
        ),
        ({"dosageInstruction": [{"asNeededCodeableConcept": {"text": "swelling"}}]}, POSSIBLE),
    ],
    ids=str,
)
def test_a_requested_medicine_is_taken_as_far_as_its_record_says(
    elements: dict[str, Any], expected: str | None
) -> None:
    assert taken(request(**elements)) == expected
