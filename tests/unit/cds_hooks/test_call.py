"""A call that is not as the specification has it is refused, with the field that is wrong."""

import copy
from typing import Any

import pytest

from fhir_handout.cds_hooks.answer import answer
from fhir_handout.cds_hooks.refused import HookRefused
from unit.cds_hooks.calls import EHR, MOMENT, answered, example

AUTHORIZATION = {
    "access_token": "secret-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "fhir-handout",
}
GONE = object()


def body(hook: str = "patient-view") -> dict[str, Any]:
    names = {"patient-view": "complaint", "encounter-discharge": "visit-for-cramps"}
    found = example(f"{hook}/{names.get(hook, 'draft-linked')}")
    return {**found, "fhirAuthorization": copy.deepcopy(AUTHORIZATION)}


def changed(where: str, value: Any, hook: str = "patient-view") -> dict[str, Any]:
    found = body(hook)
    *path, last = where.split(".")
    inner = found
    for step in path:
        inner = inner[step]
    inner[last] = value
    if value is GONE:
        del inner[last]
    return found


def code_of(sent: Any, to: Any, hook: str = "patient-view") -> str:
    with pytest.raises(HookRefused) as error:
        answered(sent, to, hook)
    assert error.value.status == 400
    assert "secret-token" not in error.value.message
    return error.value.code


@pytest.mark.parametrize("hook", ["patient-view", "encounter-discharge", "order-sign"])
def test_a_call_as_it_must_be_is_answered(alone, hook):
    assert len(answered(body(hook), alone).cards) == 1


@pytest.mark.parametrize("sent", [None, [], 5, {}, [{}]])
def test_a_body_that_is_no_call(alone, sent):
    assert code_of(sent, alone) in ("bad-hook-request", "wrong-hook")


@pytest.mark.parametrize(
    ("where", "values", "code"),
    [
        ("hook", ["order-sign", "patient-View", None, 5, GONE], "wrong-hook"),
        ("hookInstance", ["", "1", "urn:uuid:x", 5, None, GONE, "g" * 36], "bad-hook-instance"),
        ("context", [None, [], "x", GONE], "bad-context"),
        ("context.userId", [None, "", "x", "Device/1", "Practitioner/", 5, GONE], "bad-context"),
        ("context.patientId", [None, "", "a b", "Patient/1", "../x", 5, GONE], "bad-context"),
        ("context.encounterId", ["", "a b", "Encounter/1", 5, []], "bad-context"),
        ("prefetch", [[], "x", 5], "bad-hook-request"),
        ("fhirServer", [None, GONE, "x", "ftp://x/y", 5, f"{EHR}?a=b"], "bad-fhir-server"),
        ("fhirAuthorization", ["x", [], 5], "bad-fhir-authorization"),
        (
            "fhirAuthorization.access_token",
            [None, "", "a b", "a\nb", 5, GONE],
            "bad-fhir-authorization",
        ),
        ("fhirAuthorization.token_type", ["mac", None, 5, GONE], "bad-fhir-authorization"),
        ("fhirAuthorization.expires_in", ["300", None, True, 1.5, GONE], "bad-fhir-authorization"),
        ("fhirAuthorization.scope", [None, "", 5, GONE], "bad-fhir-authorization"),
        ("fhirAuthorization.subject", [None, "", 5, GONE], "bad-fhir-authorization"),
    ],
)
def test_a_field_that_is_not_as_it_must_be(alone, where, values, code):
    for value in values:
        assert code_of(changed(where, value), alone) == code, value


@pytest.mark.parametrize(
    ("hook", "where", "values"),
    [
        ("encounter-discharge", "context.encounterId", [GONE, None, ""]),
        ("encounter-discharge", "context.userId", ["Patient/1", "RelatedPerson/1"]),
        ("order-sign", "context.userId", ["Patient/1", "RelatedPerson/1"]),
        ("order-sign", "context.draftOrders", [GONE, None, [], {}, {"resourceType": "Basic"}]),
    ],
)
def test_each_hook_has_a_context_of_its_own(alone, hook, where, values):
    for value in values:
        assert code_of(changed(where, value, hook), alone, hook) == "bad-context", value


@pytest.mark.parametrize("user", ["Practitioner/1", "PractitionerRole/1", "Patient/1"])
def test_anybody_may_look_at_a_chart(alone, user):
    assert len(answered(changed("context.userId", user), alone).cards) == 1


def test_what_is_optional_may_be_missing_and_more_may_be_there(alone):
    sent = body()
    del sent["fhirServer"], sent["fhirAuthorization"]
    sent |= {"extension": {"org.example.more": 1}, "unheard": []}
    sent["prefetch"]["somebodyElses"] = {"resourceType": "Basic"}
    assert len(answered(sent, alone).cards) == 1


def test_a_service_that_is_not_there(alone):
    for name in ("muscle-cramps", "muscle-cramps-order-select", "", "../patient-view"):
        with pytest.raises(HookRefused) as error:
            answer(body(), name, alone, MOMENT)
        assert (error.value.status, error.value.code) == (404, "no-such-service")
