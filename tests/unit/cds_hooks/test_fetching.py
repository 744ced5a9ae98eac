"""What was not prefetched is fetched, from the tenant's server alone, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.refused import HookRefused
from servers.scripted import Reply, scripted_server
from unit.cds_hooks.calls import answered, example
from unit.ehr.record_server import RecordServer

TOKEN = "a-token-for-one-call"
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
KEYS = ("patient", "conditions", "medicationStatements", "medicationRequests", "observations")
EVERY_KEY = (*KEYS, "documents")
TYPES = {
    "patient": "Patient/hook-example",
    "conditions": "Condition",
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "observations": "Observation",
    "documents": "DocumentReference",
}


def call(to: CdsTenant, drop: Any = (), scope: str = "patient/*.read", **prefetch: Any) -> Any:
    body = example("patient-view/complaint")
    body["prefetch"] |= prefetch
    for key in drop:
        del body["prefetch"][key]
    body["fhirServer"] = to.fhir_base_url
    body["fhirAuthorization"] = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": scope,
        "subject": "fhir-handout",
    }
    return body


def asked_for(chart: RecordServer) -> list[str]:
    paths = (target.partition("?")[0] for target in chart.asked)
    return sorted(path for path in paths if path != "metadata")


def refused(body: Any, to: CdsTenant) -> HookRefused:
    with pytest.raises(HookRefused) as error:
        answered(body, to)
    assert TOKEN not in error.value.message
    assert "hook-example" not in error.value.message
    assert error.value.status == 412
    return error.value


def test_a_full_prefetch_makes_no_request(chart, served):
    found = answered(call(served), served)
    assert (len(found.cards), found.requests_sent) == (1, 0)
    assert chart.scripted.received == []


@pytest.mark.parametrize("key", EVERY_KEY)
def test_only_what_is_missing_is_fetched(chart, served, key):
    found = answered(call(served, drop=[key]), served)
    assert [card["indicator"] for card in found.cards] == ["info"]
    assert asked_for(chart) == [TYPES[key]]
    sent = [r for r in chart.scripted.received if "metadata" not in r.path]
    assert [r.headers["Authorization"] for r in sent] == [f"Bearer {TOKEN}"]
    assert found.requests_sent == len(chart.scripted.received)


def test_everything_is_fetched_in_one_round_trip_where_nothing_was_sent(chart, served):
    found = answered(call(served, drop=EVERY_KEY), served)
    assert [card["indicator"] for card in found.cards] == ["info"]
    assert asked_for(chart) == sorted(TYPES.values())
    if chart.batch:
        assert found.requests_sent == 2  # metadata, which is kept, and the batch


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("value", [FAILED, {"resourceType": "Basic"}, [], "Patient", 5, {}])
def test_what_is_no_answer_is_as_good_as_missing(chart, served, alone, key, value):
    body = call(served, **{key: value})
    assert len(answered(body, served).cards) == 1
    assert asked_for(chart) == [TYPES[key]]
    del body["fhirAuthorization"]
    assert refused(body, alone).code == "prefetch-missing"
    assert key in refused(body, alone).message


def test_null_for_a_search_is_an_answer_and_for_the_patient_is_none(chart, served):
    assert len(answered(call(served, observations=None), served).cards) == 1
    assert chart.asked == []
    answered(call(served, patient=None), served)
    assert asked_for(chart) == ["Patient/hook-example"]


def test_null_for_every_search_is_not_believed(chart, served, alone):
    nulls = dict.fromkeys(("conditions", "medicationRequests"))
    body = call(served, **nulls)
    assert len(answered(body, served).cards) == 1  # the server has the complaint
    assert {"Condition", "MedicationRequest"} <= set(asked_for(chart))
    del body["fhirAuthorization"]
    body["hook"] = "order-sign"
    body["context"]["draftOrders"] = example("order-sign/draft-linked")["context"]["draftOrders"]
    (card,) = answered(body, alone).cards
    assert "could not be read" in card["detail"]


def test_a_page_that_was_not_sent_is_fetched(chart, served):
    bundle = example("patient-view/complaint")["prefetch"]["conditions"]
    nothing_yet = {**bundle, "entry": bundle["entry"][:1]}
    body = call(served, conditions=nothing_yet)  # two are counted, and the cramp is not sent
    assert len(answered(body, served).cards) == 1
    assert asked_for(chart) == ["Condition"]


def test_next_pages_are_followed_on_the_same_server_only(chart, served):
    bundle = example("patient-view/complaint")["prefetch"]["conditions"]
    first, second = ({**bundle, "total": 2, "entry": [entry]} for entry in bundle["entry"])
    with scripted_server() as other:
        for where, cards in ((chart.scripted, 1), (other, 0)):
            chart.says("pages", second)
            link = [{"relation": "next", "url": f"{where.base_url}/pages"}]
            chart.says("Condition", {**first, "link": link})
            assert len(answered(call(served, drop=["conditions"]), served).cards) == cards
        assert other.received == []


@pytest.mark.parametrize("drop", [["conditions"], ["patient"], EVERY_KEY])
def test_no_other_server_is_ever_asked(chart, served, drop):
    with scripted_server() as other:
        for named in (other.base_url, f"{served.fhir_base_url}.example.org", other.root):
            body = {**call(served, drop=drop), "fhirServer": named}
            assert refused(body, served).code == "fhir-server-unknown"
        assert other.received == []
    assert chart.scripted.received == []


def test_the_slash_at_the_end_of_the_address_is_no_difference(chart, served):
    body = {**call(served, drop=["conditions"]), "fhirServer": f"{served.fhir_base_url}/"}
    assert len(answered(body, served).cards) == 1


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_token_that_is_over_is_not_sent(chart, served, seconds):
    body = call(served, drop=["conditions"])
    body["fhirAuthorization"]["expires_in"] = seconds
    assert refused(body, served).code == "token-expired"
    assert chart.scripted.received == []


@pytest.mark.parametrize(
    ("scope", "is_enough"),
    [
        ("patient/Condition.read", True),
        ("launch openid user/*.*", True),
        ("patient/Condition.rs", True),
        ("patient/*.cruds", True),
        ("patient/Condition.r", False),
        ("patient/Condition.write", False),
        ("patient/Observation.read", False),
        ("patient/Condition.rs?category=problem-list-item", False),
        ("Condition.read", False),
        ("launch", False),
    ],
)
def test_what_the_scopes_do_not_allow_is_not_asked_for(chart, served, scope, is_enough):
    body = call(served, drop=["conditions"], scope=scope)
    if is_enough:
        assert len(answered(body, served).cards) == 1
    else:
        assert refused(body, served).code == "scope-missing"
        assert chart.asked == []


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_server_that_refuses_is_told(chart, served, status):
    chart.refuses("Condition", status)
    assert refused(call(served, drop=["conditions"]), served).code == "fhir-server-failed"


def test_a_server_that_is_slow_is_not_waited_for(chart, served):
    chart.says("Condition", Reply(200, b"{}", delay=3))
    body = call(served, drop=["conditions"])
    body["fhirAuthorization"]["expires_in"] = 1
    assert refused(body, served).code == "fhir-server-failed"


def test_without_our_earlier_documents_a_card_is_made_all_the_same(chart, served, alone):
    chart.refuses("DocumentReference", 403)
    body = call(served, drop=["documents"])
    assert len(answered(body, served).cards) == 1
    del body["fhirAuthorization"]
    assert len(answered(body, alone).cards) == 1


def test_a_medication_that_is_only_referred_to_is_fetched(chart, served):
    bundle = example("patient-view/new-medicine")["prefetch"]["medicationRequests"]
    order = bundle["entry"][1]["resource"]
    medication = {"resourceType": "Medication", "id": "m1"}
    medication["code"] = order.pop("medicationCodeableConcept")
    order["medicationReference"] = {"reference": "Medication/m1"}
    chart.says("Medication/m1", medication)
    conditions = example("patient-view/no-complaint")["prefetch"]["conditions"]
    body = call(served, medicationRequests=bundle, conditions=conditions)
    found = answered(body, served)
    assert found.reasons == ("new_medicine",)
    assert asked_for(chart) == ["Medication/m1"]


def test_a_server_without_a_type_is_missing_nothing(chart, served, alone):
    body = call(served, drop=["medicationStatements"])
    del body["fhirAuthorization"]
    assert refused(body, alone).code == "prefetch-missing"
    without = replace(alone.policy, not_kept=frozenset({"MedicationStatement"}))
    (card,) = answered(body, replace(alone, policy=without)).cards
    assert "could not be read" not in card["detail"]


def test_for_the_deceased_nothing_is_fetched(chart, served):
    body = call(served, drop=["conditions"])
    body["prefetch"]["patient"] = example("patient-view/deceased")["prefetch"]["patient"]
    assert answered(body, served).cards == ()
    assert chart.scripted.received == []


def test_who_is_found_to_be_deceased_when_fetched_gets_no_card(chart, served):
    chart.says("Patient/hook-example", example("patient-view/deceased")["prefetch"]["patient"])
    assert answered(call(served, drop=["patient"]), served).cards == ()
