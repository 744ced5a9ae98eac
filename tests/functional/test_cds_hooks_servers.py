"""Hook calls of a strict EHR with a real FHIR server behind it: HAPI, and sekmet."""

import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from cds_client.direct import BASE_URL, Direct
from cds_client.ehr import StrictEhr
from fhir_handout.cds_hooks.policy import CdsPolicy, CdsTenant, TrustedIssuer
from fhir_handout.dates import calendar_day
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack
from functional.records import condition, patient, result, statement
from unit.smart.tokens import jwk, key_set, private_key

FRESH = {"Cache-Control": "no-cache", "Accept": "application/fhir+json"}
SERVICES = [f"muscle-cramps-{hook}" for hook in ("patient-view", "encounter-discharge")]
ISSUER = "https://ehr.example.org"
FUROSEMIDE, SIMVASTATIN = "4603", "36567"
MOMENT = Moment.on(calendar_day("2026-11-23"))


class Chart:
    """A synthetic patient on a FHIR server, and the EHR that it is in."""

    def __init__(self, fhir: str, folder: Path) -> None:
        self.fhir = fhir.rstrip("/")
        self.id = f"p-{uuid.uuid4().hex[:12]}"
        self.visit = f"v-{self.id}"
        issuer = TrustedIssuer(ISSUER, jwks=key_set(jwk("P-384")))
        tenant = CdsTenant(
            (load_pack(),),
            Site(),
            CdsPolicy(issuers=(issuer,)),
            self.fhir,
            "https://handout.example.org",
            RestSettings(cache_dir=folder / "cache", state_dir=folder / "state"),
        )
        self.service = Direct(tenant, MOMENT)
        key, kid = private_key("P-384"), jwk("P-384")["kid"]
        self.ehr = StrictEhr(BASE_URL, self.fhir, self.service, ISSUER, key, kid)

    def put(self, *resources: dict[str, Any]) -> None:
        entries = [
            {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
            for r in resources
        ]
        body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = requests.post(self.fhir, json=body, headers=FRESH, timeout=60)
        assert answer.ok, answer.text

    def context(self, **more: Any) -> dict[str, Any]:
        named = {"userId": "Practitioner/example", "patientId": self.id}
        return {**named, "encounterId": self.visit, **more}

    def authorization(self, **more: Any) -> dict[str, Any]:
        return {
            "access_token": "opaque",
            "token_type": "Bearer",
            "expires_in": 60,
            "scope": "patient/*.read",
            "subject": "fhir-handout",
            **more,
        }


@pytest.fixture(params=["hapi", "sekmet"])
def chart(request: pytest.FixtureRequest, tmp_path: Path) -> Chart:
    made = Chart(request.getfixturevalue(f"{request.param}_base_url"), tmp_path)
    visit = {
        "resourceType": "Encounter",
        "id": made.visit,
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{made.id}"},
        "period": {"start": "2026-11-22T09:00:00Z"},
    }
    made.put(
        patient(made.id),
        visit,
        condition("R25.2", made.id),
        statement(FUROSEMIDE, made.id),
        result("2823-3", 4.1, "mmol/L", "2026-11-20", made.id),
    )
    assert made.ehr.discover()
    return made


def test_the_server_answers_every_template(chart: Chart) -> None:
    for service in SERVICES:
        found = chart.ehr.prefetch(service, chart.context())
        assert found.keys() == chart.ehr.services[service]["prefetch"].keys()
        names = {key for key, value in found.items() if value is not None}
        assert names >= {"patient", "encounter", "conditions", "medicationStatements"}
        assert "observations" in names
        assert found["documents"] is None


def test_what_is_prefetched_is_enough_and_nothing_more_is_asked_for(chart: Chart) -> None:
    for service in SERVICES:
        (card,) = chart.ehr.invoke(service, chart.context())
        for label in ("Diuretic (loop)", "Cramp or spasm"):
            assert label in card["detail"]
        assert "could not be read" not in card["detail"]
    assert chart.service.requests_sent == [0, 0]


@pytest.mark.parametrize(
    "drop", [["conditions"], ["patient"], ["encounter", "observations"], ["documents"], None]
)
def test_what_is_left_out_is_fetched_and_the_card_is_the_same(chart: Chart, drop: Any) -> None:
    service = SERVICES[1]
    whole = chart.ehr.prefetch(service, chart.context())
    part = {key: whole[key] for key in whole if drop is not None and key not in drop}
    instance = str(uuid.uuid4())
    same = {"hookInstance": instance, "fhirAuthorization": chart.authorization()}
    one, other = (
        chart.ehr.invoke(service, chart.context(), sent, **same) for sent in (whole, part)
    )
    assert one == other
    assert chart.service.requests_sent[0] == 0
    assert 0 < chart.service.requests_sent[1] <= 3


def test_without_a_token_what_is_left_out_fails_the_precondition(chart: Chart) -> None:
    whole = chart.ehr.prefetch(SERVICES[0], chart.context())
    del whole["conditions"]
    status, problem = chart.ehr.post(SERVICES[0], chart.context(), whole)
    assert (status, problem["code"]) == (412, "prefetch-missing")


def test_who_accepts_has_the_draft_in_the_record_and_is_not_asked_again(chart: Chart) -> None:
    service = SERVICES[1]
    (card,) = chart.ehr.invoke(service, chart.context())
    outcome = chart.ehr.accept(card)
    assert chart.ehr.report(service, outcome) == 200
    (document,) = chart.ehr.prefetch(service, chart.context())["documents"]["entry"]
    assert document["resource"]["docStatus"] == "preliminary"
    assert chart.ehr.invoke(service, chart.context()) == []
    assert chart.ehr.report(service, outcome, outcome) == 200
    assert [each.outcome for each in chart.service.feedback] == ["accepted"] * 3


def test_who_declines_says_why(chart: Chart) -> None:
    (card,) = chart.ehr.invoke(SERVICES[0], chart.context())
    assert chart.ehr.report(SERVICES[0], chart.ehr.override(card, "talked about it")) == 200
    (told,) = chart.service.feedback
    assert (told.card, told.comment) == (card["uuid"], "talked about it")
    assert told.reason is not None
    assert told.reason.code in {each["code"] for each in card["overrideReasons"]}


def test_a_draft_order_is_counted(chart: Chart) -> None:
    draft = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{chart.id}"},
        "medicationCodeableConcept": {
            "coding": [
                {
                    "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                    "code": SIMVASTATIN,
                    "display": "simvastatin",
                }
            ]
        },
    }
    orders = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": draft}]}
    context = chart.context(draftOrders=orders)
    (card,) = chart.ehr.invoke("muscle-cramps-order-sign", context)
    assert card["detail"].startswith("**New:** simvastatin")
