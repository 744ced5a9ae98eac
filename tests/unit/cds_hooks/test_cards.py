"""The cards: when there are any, what they say, and that a chart's words stay words."""

import base64
import copy
import json
import re
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_handout.cds_hooks.answer import answer
from fhir_handout.cds_hooks.markdown import of_chart, of_pack
from fhir_handout.dates import calendar_day
from fhir_handout.model import Moment
from fhir_handout.validation import problem
from unit.cds_hooks.calls import MOMENT, answered, example

COMPLAINT = "patient-view/complaint"


def document_of(card: dict[str, Any]) -> dict[str, Any]:
    ((action,),) = [s["actions"] for s in card["suggestions"]]
    assert action["type"] == "create"
    found: dict[str, Any] = action["resource"]
    return found


def medicines(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [e["resource"] for e in body["prefetch"]["medicationRequests"]["entry"]]


# --- when ---


@pytest.mark.parametrize(
    ("name", "reason"),
    [(COMPLAINT, "complaint"), ("patient-view/new-medicine", "new_medicine")],
)
def test_a_reason_that_the_site_does_not_want_is_none(of_policy, name, reason):
    assert answered(name, of_policy()).reasons == (reason,)
    others = frozenset({"complaint", "new_medicine"}) - {reason}
    assert answered(name, of_policy(reasons=others)).cards == ()


@pytest.mark.parametrize(("days", "cards"), [(0, 0), (2, 0), (3, 1), (14, 1)])
def test_a_medicine_is_new_for_as_many_days_as_the_site_says(of_policy, days, cards):
    to = of_policy(new_medicine_days=days)  # it was written three days ago
    assert len(answered("patient-view/new-medicine", to).cards) == cards


def test_a_medicine_about_to_begin_is_new(alone):
    body = example("patient-view/new-medicine")
    medicines(body)[1] |= {"authoredOn": "2020-01-01"}
    medicines(body)[1]["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"] = {
        "start": "2026-11-24"
    }
    assert answered(body, alone).reasons == ("new_medicine",)


def test_a_medicine_without_a_date_is_not_new(alone):
    body = example("patient-view/new-medicine")
    order = medicines(body)[1]
    del order["authoredOn"], order["dosageInstruction"]
    assert answered(body, alone).cards == ()


@pytest.mark.parametrize("status", ["stopped", "cancelled", "entered-in-error", "draft"])
def test_a_medicine_that_is_not_taken_is_no_reason(alone, status):
    body = example("patient-view/new-medicine")
    medicines(body)[1]["status"] = status
    assert answered(body, alone).cards == ()


def test_a_draft_that_changes_an_order_of_the_chart_stands_beside_it(alone):
    body = example("order-sign/draft-not-linked")
    statin = medicines(example("patient-view/old-medicine"))[1]
    statin["meta"]["lastUpdated"] = "2026-01-01T00:00:00Z"
    body["prefetch"]["medicationRequests"]["entry"].append({"resource": statin})
    body["prefetch"]["medicationRequests"]["total"] += 1
    stopped = {
        **copy.deepcopy(statin),
        "status": "stopped",
        "meta": {"lastUpdated": "2026-11-23T00:00:00Z"},
    }
    body["context"]["draftOrders"]["entry"] = [{"resource": stopped}]
    assert answered(body, alone).reasons == ("new_medicine",)  # until signed, it is taken


def test_a_damaged_draft_may_be_any_medicine(alone):
    body = example("order-sign/draft-linked")
    body["context"]["draftOrders"]["entry"].append({"resource": {"resourceType": 5}})
    (card,) = answered(body, alone).cards
    assert "could not be read" in card["detail"]


def test_drafts_bring_nothing_but_medicines(alone):
    body = example("order-sign/draft-not-linked")
    cramp = example(COMPLAINT)["prefetch"]["conditions"]["entry"][1]["resource"]
    patient = {**body["prefetch"]["patient"], "birthDate": "1999-01-01"}
    body["context"]["draftOrders"]["entry"] += [{"resource": cramp}, {"resource": patient}]
    assert answered(body, alone).cards == ()


def test_what_is_attached_already_is_not_offered_again(alone):
    body = example(COMPLAINT)
    document = {**document_of(answered(body, alone).cards[0]), "id": "d1"}
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 1}
    body["prefetch"]["documents"] = {**bundle, "entry": [{"resource": document}]}
    assert answered(body, alone).cards == ()
    document["status"] = "entered-in-error"
    assert len(answered(body, alone).cards) == 1


def test_a_handout_that_changed_replaces_the_one_that_is_there(alone):
    body = example(COMPLAINT)
    document = {**document_of(answered(body, alone).cards[0]), "id": "d1"}
    document["identifier"][2]["value"] = "as it was before"
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 1}
    body["prefetch"]["documents"] = {**bundle, "entry": [{"resource": document}]}
    (card,) = answered(body, alone).cards
    target = {"reference": "DocumentReference/d1"}
    assert document_of(card)["relatesTo"] == [{"code": "replaces", "target": target}]


# --- what ---


def test_the_same_call_has_the_same_cards_and_another_one_other_ids(alone):
    body = example("encounter-discharge/with-an-alert")
    one, same = answered(body, alone), answered(body, alone)
    assert one.body == same.body
    other = answered({**body, "hookInstance": str(uuid.uuid4())}, alone)
    ids = [{card["uuid"] for card in found.cards} for found in (one, other)]
    assert not ids[0] & ids[1]
    assert len(ids[0]) == len(one.cards)


def test_the_suggestion_is_a_draft_that_is_valid_and_holds_no_findings(alone):
    document = document_of(answered(COMPLAINT, alone).cards[0])
    assert problem(document) is None
    assert (document["status"], document["docStatus"]) == ("current", "preliminary")
    assert "id" not in document
    assert "authenticator" not in document
    attachments = [content["attachment"] for content in document["content"]]
    kinds = [each["contentType"].partition(";")[0] for each in attachments]
    assert kinds == ["text/html", "text/plain"]
    everything = json.dumps(document) + "".join(
        base64.b64decode(each["data"]).decode() for each in attachments
    )
    assert "risk_factor" not in everything
    assert "cramp_complaint" not in everything


@pytest.mark.parametrize("formats", [("text",), ("html",), ("pdf", "html", "text")])
def test_the_document_has_the_formats_that_the_site_chose(of_policy, formats):
    document = document_of(answered(COMPLAINT, of_policy(formats=formats)).cards[0])
    assert len(document["content"]) == len(formats)


def test_the_link_launches_the_app_and_tells_nothing_of_the_patient(alone):
    (card,) = answered(COMPLAINT, alone).cards
    (link,) = card["links"]
    assert (link["type"], link["url"]) == ("smart", "https://handout.example.org/launch")
    context = json.loads(link["appContext"])
    assert context == {"pack": "muscle_cramps", "card": card["uuid"]}


def test_the_findings_stand_in_a_line_with_how_sure_they_are(alone):
    body = example("patient-view/complaint")
    cramp = body["prefetch"]["conditions"]["entry"][1]["resource"]
    cramp["verificationStatus"]["coding"][0]["code"] = "provisional"
    (card,) = answered(body, alone).cards
    assert "**Found:** Cramp or spasm (possible)" in card["detail"]
    assert "\n" not in card["detail"]


def test_what_is_kept_from_the_patient_is_shown_to_the_clinician(alone):
    body = example("order-sign/draft-linked")
    body["prefetch"]["patient"] |= {"birthDate": "2010-11-01", "gender": "female"}
    draft = body["context"]["draftOrders"]["entry"][0]["resource"]
    draft["medicationCodeableConcept"] = {
        "coding": [
            {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "4124",
                "display": "ethinyl estradiol",
            }
        ]
    }
    card = answered(body, alone).cards[-1]
    assert "Medicine with estrogen (not told to the patient)" in card["detail"]
    text = base64.b64decode(document_of(card)["content"][1]["attachment"]["data"]).decode()
    assert "estrogen" not in text.lower()


def test_an_alert_is_told_in_full_and_its_reasons_are_its_own(alone):
    alert, handout = answered("encounter-discharge/with-an-alert", alone).cards
    assert alert["summary"] == "The newest potassium result is 6.0 or more."
    assert "suggestions" not in alert
    codes = [{c["code"] for c in card["overrideReasons"]} for card in (alert, handout)]
    assert codes[0] != codes[1]


def test_every_alert_of_every_pack_has_a_summary_that_fits(alone):
    from fhir_handout.cds_hooks.cards import CardMaker
    from fhir_handout.model import RaisedAlert

    for pack in alone.packs:
        assert pack.content.cards
        maker = CardMaker(pack.content, pack.content.cards, "x", "y", "https://example.org")
        for alert in pack.content.alerts:
            card = maker.alert(RaisedAlert(alert.id, alert.urgent, alert.text, ()))
            assert 20 < len(card["summary"]) < 140
            assert card["summary"].endswith((".", "…"))


def test_the_same_day_decides(alone):
    """A complaint of long ago is none."""
    later = Moment.on(calendar_day("2028-01-01"))
    assert answer(example(COMPLAINT), "muscle-cramps-patient-view", alone, later).cards == ()


# --- a chart's words ---

ATTACKS = [
    "[click](https://evil.example.org)",
    "![x](https://evil.example.org/x.png)",
    "<img src=x onerror=alert(1)>",
    "<https://evil.example.org>",
    "https://evil.example.org/a_b",
    "www.evil.example.org",
    "someone@evil.example.org",
    "simva\n\n# Heading\n- item\n1. one",
    "**bold** _it_ ~~no~~ `code` | a | b |",
    "&lt;b&gt; &#106;avascript:alert(1)",
    "a\u202egnp.exe",
    "\\[x\\]\\(y\\)",
]
DANGEROUS = re.compile(r"[\[\]<>`*_#|~\\&@!:\n]|www\.|//?\w+\.\w")


@pytest.mark.parametrize("text", ATTACKS)
def test_a_medicine_named_by_an_attacker_is_words(alone, text):
    body = example("patient-view/new-medicine")
    coding = medicines(body)[1]["medicationCodeableConcept"]
    coding["coding"][0]["display"] = coding["text"] = text
    found = answered(body, alone)
    (card,) = found.cards
    line = card["detail"].partition("\n")[0].removeprefix("**New:** ")
    assert not DANGEROUS.search(line), line
    assert "evil.example" not in json.dumps([c | {"suggestions": 0} for c in found.cards])


@given(st.text(max_size=200))
def test_no_text_of_a_chart_has_a_sign_that_means_something(text):
    line = of_chart(text)
    assert not DANGEROUS.search(line)
    assert len(line) <= 60
    assert of_chart(line).rstrip("…") == line.rstrip("…")


def test_what_medicines_are_called_stays_readable():
    for name in ("simvastatin 20 mg", "amoxicillin 0.5 g/5 mL (oral)", "5-fluorouracil 2,5 %"):
        assert of_chart(name) == name


def test_a_pack_says_what_it_says():
    assert of_pack("Ask *today*: <5 & more_so.") == r"Ask \*today\*: \<5 \& more\_so."


def test_the_moment_is_the_callers(alone):
    document = document_of(answered(COMPLAINT, alone).cards[0])
    assert document["date"].startswith(MOMENT.today.isoformat())
