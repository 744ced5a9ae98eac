"""A Bundle that does not hold all of its search is unknown in part, however it shows that."""

from typing import Any

import pytest

from fhir_handout.cds_hooks.hooks import service
from fhir_handout.cds_hooks.prefetched import Answered, Had, prefetched
from fhir_handout.cds_hooks.wanted import wanted
from unit.cds_hooks.calls import MOMENT, answered, example

UNREAD = "could not be read"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
REMARK = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "value"}]}
NEXT = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]


def conditions() -> dict[str, Any]:
    found: dict[str, Any] = example("patient-view/complaint")["prefetch"]["conditions"]
    return found


def of_another(reference: str) -> dict[str, Any]:
    entry = conditions()["entry"][0]["resource"]
    return {"resource": {**entry, "id": "other", "subject": {"reference": reference}}}


def spoilt(**change: Any) -> dict[str, Any]:
    found = {**conditions(), **change}
    found.pop("total", None)
    return found


def more(entry: Any) -> list[Any]:
    return [*conditions()["entry"], entry]


IN_PART = {
    "its next page is missing": spoilt(link=NEXT),
    "its links are damaged": spoilt(link=5),
    "fewer than were counted": {**conditions(), "total": 3},
    "an error among its entries": spoilt(entry=more({"resource": OUTCOME})),
    "an entry that is none": spoilt(entry=more(5)),
    "an entry without a resource": spoilt(entry=more({})),
    "another patient's entry": spoilt(entry=more(of_another("Patient/somebody-else"))),
    "another patient's by address": spoilt(entry=more(of_another("https://x.org/Patient/2"))),
    "another type": spoilt(entry=more({"resource": {"resourceType": "Observation", "id": "o"}})),
    "a Bundle in it": spoilt(entry=more({"resource": conditions()})),
}
WHOLE = {
    "as it is": conditions(),
    "without a total": spoilt(),
    "with other links": spoilt(link=[{"relation": "self", "url": "https://x.org"}]),
    "with a remark": spoilt(entry=more({"resource": REMARK, "search": {"mode": "outcome"}})),
    "with an address for its subject": spoilt(
        entry=more(of_another("https://ehr.example.org/fhir/Patient/hook-example"))
    ),
    "empty": {"resourceType": "Bundle", "type": "searchset", "total": 0},
}
NOTHING = {
    "an error alone": spoilt(entry=[{"resource": OUTCOME}]),
    "all of another patient": spoilt(entry=[of_another("Patient/somebody-else")]),
    "entries that are no list": spoilt(entry={}),
    "a next page alone": spoilt(entry=[], link=NEXT),
}


def had(alone: Any, value: Any) -> Had:
    asked = wanted(
        service(alone, "muscle-cramps-patient-view"),
        alone.policy,
        MOMENT.today,
        "hook-example",
        None,
    )
    prefetch = {**example("patient-view/complaint")["prefetch"], "conditions": value}
    found = prefetched(asked, prefetch, "hook-example")
    return next(each for each in found if each.wanted.key == "conditions")


@pytest.mark.parametrize("value", IN_PART.values(), ids=IN_PART)
def test_a_part_is_no_whole_and_makes_the_handout_careful(alone, value):
    found = had(alone, value)
    assert found.answered is Answered.IN_PART
    assert found.gaps
    body = example("patient-view/complaint")
    body["prefetch"]["conditions"] = value
    (card,) = answered(body, alone).cards
    assert UNREAD in card["detail"]


@pytest.mark.parametrize("value", WHOLE.values(), ids=WHOLE)
def test_a_whole_is_a_whole(alone, value):
    assert had(alone, value).answered is Answered.WHOLLY
    assert had(alone, value).gaps == ()


@pytest.mark.parametrize("value", NOTHING.values(), ids=NOTHING)
def test_nothing_of_ours_in_what_is_not_whole_is_no_answer(alone, value):
    assert had(alone, value).answered is Answered.NOT


def test_what_is_another_patients_is_never_read(alone):
    found = had(alone, IN_PART["another patient's entry"])
    assert "other" not in {entry.resource["id"] for entry in found.entries}


def test_an_alert_that_no_draft_concerns_stays_unsaid(alone):
    body = example("order-sign/draft-not-linked")
    labs = example("encounter-discharge/with-an-alert")["prefetch"]["observations"]
    body["prefetch"]["observations"] = labs
    assert answered(body, alone).cards == ()
