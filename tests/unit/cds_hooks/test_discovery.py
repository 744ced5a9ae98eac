"""The discovery document, by the strict client, and what each service wants prefetched."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from cds_client.checks import discovery_problems, response_problems
from fhir_handout.cds_hooks.discovery import discovery
from unit.cds_hooks.calls import MOMENT, answered

SERVICES = [
    f"{pack}-{hook}"
    for pack in ("muscle-cramps", "bruised-hand")
    for hook in ("encounter-discharge", "patient-view", "order-sign")
]


@pytest.fixture
def found(alone) -> Any:
    return discovery(alone, MOMENT.today)


def test_it_is_as_the_specification_has_it(found):
    assert discovery_problems(found) == []


def test_every_pack_has_a_service_at_every_hook(found):
    assert [service["id"] for service in found["services"]] == SERVICES
    for service in found["services"]:
        assert service["id"].endswith(service["hook"])
        assert service["usageRequirements"]


def test_a_pack_without_cards_has_none(alone):
    pack = alone.packs[1]
    silent = replace(pack, content=replace(pack.content, cards=None))
    left = discovery(replace(alone, packs=(silent,)), MOMENT.today)
    assert left == {"services": []}


def test_only_the_patient_and_the_encounter_are_named_in_templates(found):
    for service in found["services"]:
        for key, template in service["prefetch"].items():
            token = "encounterId" if key == "encounter" else "patientId"
            assert template.count("{{") == 1
            assert f"{{{{context.{token}}}}}" in template


def test_templates_are_short_enough_to_be_sent(found):
    for service in found["services"]:
        assert all(len(template) < 2000 for template in service["prefetch"].values())


def test_what_an_ehr_does_not_keep_is_not_wanted(of_policy):
    without = of_policy(not_kept=frozenset({"MedicationStatement"}))
    for service in discovery(without, MOMENT.today)["services"]:
        assert "medicationStatements" not in service["prefetch"]
        assert "medicationRequests" in service["prefetch"]


# --- the strict client sees what is wrong ---


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("services", {}),
        ("services.0.hook", None),
        ("services.0.id", ""),
        ("services.0.id", "a/b"),
        ("services.0.description", 5),
        ("services.0.title", None),
        ("services.0.prefetch", {}),
        ("services.0.prefetch.patient", "Patient/{{context.patient.id}}"),
        ("services.0.prefetch.patient", "Patient/{{patientId}}"),
        ("services.0.prefetch.patient", "Patient/{context.patientId}"),
        ("services.0.prefetch.patient", "https://ehr.example.org/Patient/{{context.patientId}}"),
        ("services.0.prefetch.patient", "Patient"),
        ("services.0.prefetch.patient", "Condition?_has:x=1"),
        ("services.0.prefetch.patient", "Observation?patient=1&date=2026"),
        ("services.1.id", "muscle-cramps-encounter-discharge"),
    ],
)
def test_a_discovery_document_that_is_wrong_is_seen(found, where, value):
    found["services"][1]["hook"] = "encounter-discharge"
    assert discovery_problems(found) == []
    assert discovery_problems(with_at(found, where, value)) != []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("cards", {}),
        ("cards", None),
        ("more", 1),
        ("systemActions", []),
        ("cards.0.uuid", 5),
        ("cards.0.summary", "x" * 140),
        ("cards.0.summary", ""),
        ("cards.0.summary", None),
        ("cards.0.detail", ""),
        ("cards.0.indicator", "hard-stop"),
        ("cards.0.source", None),
        ("cards.0.source.label", ""),
        ("cards.0.source.url", "/relative"),
        ("cards.0.source.topic.code", 5),
        ("cards.0.source.topic", "cramps"),
        ("cards.0.selectionBehavior", "one"),
        ("cards.0.suggestions", {}),
        ("cards.0.suggestions.0.label", ""),
        ("cards.0.suggestions.0.isRecommended", "yes"),
        ("cards.0.suggestions.0.actions.0.type", "attach"),
        ("cards.0.suggestions.0.actions.0.description", ""),
        ("cards.0.suggestions.0.actions.0.resource", "DocumentReference/1"),
        ("cards.0.suggestions.0.actions.0.resource.id", "1"),
        ("cards.0.overrideReasons.0.display", ""),
        ("cards.0.overrideReasons.0.system", 5),
        ("cards.0.links.0.type", "absolute"),
        ("cards.0.links.0.url", "launch"),
        ("cards.0.links.0.label", 5),
        ("cards.0.links.0.appContext", {"pack": "x"}),
    ],
)
def test_a_response_that_is_wrong_is_seen(alone, where, value):
    body = answered("patient-view/complaint", alone).body
    assert response_problems(with_at(body, where, value)) != []


def with_at(whole: Any, where: str, value: Any) -> Any:
    changed = copy.deepcopy(whole)
    *path, last = where.split(".")
    inner = changed
    for step in path:
        inner = inner[int(step) if step.isdigit() else step]
    inner[int(last) if last.isdigit() else last] = value
    return changed
