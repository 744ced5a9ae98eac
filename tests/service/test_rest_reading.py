"""What is previewed and explained by REST is what the command line previews and explains."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from fhir_handout import workflow
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.explain import explanation
from fhir_handout.explain_schema import explain_schema
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack, pack_folder
from fhir_handout.render import FORMATS
from functional.records import bundle, condition, patient
from service.calling import OTHER_TOKEN, ROOT, Api, code_of, example
from unit.handouts import TODAY

EXAMPLES = sorted(path.parent.name for path in ROOT.glob("fhir_examples/*/expected.yaml"))
KINDS = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "text": "text/plain; charset=utf-8",
    "rtf": "application/rtf",
    "xhtml": "application/xhtml+xml; charset=utf-8",
}
DAY = "2026-11-23"


def of_the_command_line(*args: str) -> bytes:
    command = [sys.executable, "-m", "fhir_handout", *args, "--ehr", "fhir_examples", "--date", DAY]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


def test_a_sheet_as_data_is_that_of_the_command_line(rest: Api):
    told = rest.post("preview", record=example("kidney-failure"), date=DAY, format="json").json()
    shown = json.loads(of_the_command_line("preview", "kidney-failure", "--format", "json"))
    assert told["sheet"] == shown
    assert told["notes"]["gaps"] == 0


@pytest.mark.parametrize("name", FORMATS)
def test_a_rendering_has_the_type_and_the_bytes_of_its_format(rest: Api, name: str):
    answer = rest.post("preview", record=example("child"), date=DAY, format=name, layout="large")
    assert answer.headers["content-type"] == KINDS[name]
    assert answer.headers["content-language"] == "en"
    assert answer.headers["handout-gaps"] == "0"
    asked = ("preview", "child", "--format", name, "--layout", "large", "-o", "/dev/stdout")
    assert answer.content == of_the_command_line(*asked)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_explanation_is_as_the_general_schema_says_and_as_the_workflow_has_it(
    rest: Api, name: str
):
    told = rest.post("explain", record=example(name), date=DAY).json()
    request = workflow.Request(name, None, Moment.on(TODAY), load_pack(), Site())
    prepared = workflow.prepare(FolderEhr(ROOT / "fhir_examples" / name), request)
    assert told == explanation(prepared.handout, prepared.choice, prepared.record.languages)
    jsonschema.validate(told, explain_schema())


@pytest.mark.parametrize("pack", ["muscle_cramps", "bruised_hand"])
def test_a_pack_is_chosen_by_its_name(rest: Api, pack: str):
    told = rest.post("explain", record=example("blood-thinner"), date=DAY, pack=pack).json()
    assert told["pack"]["id"] == pack
    jsonschema.validate(told, explain_schema(load_pack(pack_folder(pack)).content))
    jsonschema.validate(told, explain_schema())


@pytest.mark.parametrize("pack", ["../templates/muscle_cramps", ".", "no_pack", "", "/etc"])
def test_a_pack_is_never_a_folder(rest: Api, pack: str):
    answer = rest.post("preview", record=example("child"), pack=pack)
    assert code_of(answer) == (404, "no-such-pack")


def test_a_tenant_lends_its_furniture_to_a_record_that_is_sent(rest: Api):
    plain, with_site = (
        rest.post("preview", record=example("child"), format="text", **more).text
        for more in ({}, {"tenant": "riverside"})
    )
    assert "Riverside Clinic" not in plain
    assert "Riverside Clinic" in with_site


def test_notes_tell_of_gaps_languages_and_what_is_withheld(rest: Api):
    spanish = example("speaks-spanish")
    spanish["entry"].append({"resource": "broken"})
    told = rest.post("preview", record=spanish, format="json", date=DAY).json()["notes"]
    assert told["gaps"] == 1
    assert told["language"] == {
        "language": "en",
        "because": "spoken",
        "wanted": "es",
        "approved": True,
    }
    young = rest.post("preview", record=example("teenager-pregnant"), format="json", date=DAY)
    assert young.json()["notes"]["withheld"] >= 1
    confirmed = rest.post(
        "preview",
        record=example("teenager-pregnant"),
        format="json",
        date=DAY,
        confirm_sensitive=True,
    )
    assert confirmed.json()["notes"]["withheld"] == 0


def test_languages_and_handouts_are_those_of_the_packs(rest: Api):
    packs = rest.get("handouts").json()["handouts"]
    assert {(item["pack"], item["tenant"]) for item in packs} == {
        ("muscle_cramps", None),
        ("bruised_hand", None),
        ("muscle_cramps", "riverside"),
    }
    assert all(
        item["hash"] == load_pack(pack_folder(item["pack"])).approval_hash("en") for item in packs
    )
    assert all(item["review"]["approved"] == 0 < item["review"]["drafted"] for item in packs)
    tags = [i for i in rest.get("languages").json()["languages"] if i["pack"] == "muscle_cramps"]
    assert [item["tag"] for item in tags] == list(load_pack().catalogues.languages)
    assert all(item["complete"] and not item["approved_by"] for item in tags)
    assert {"es": "Spanish"}.items() <= {i["tag"]: i["name_in_english"] for i in tags}.items()
    theirs = rest.with_token(OTHER_TOKEN).get("handouts").json()["handouts"]
    assert {item["tenant"] for item in theirs} == {None}


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({}, (422, "invalid-request")),
        ({"tenant": "riverside"}, (422, "invalid-request")),
        ({"patient": "p1"}, (422, "invalid-request")),
        ({"record": {"resourceType": "Patient", "id": "p1"}}, (422, "invalid-request")),
        ({"record": bundle()}, (422, "which-patient")),
        ({"record": bundle(patient("p1"), patient("p2"))}, (422, "which-patient")),
        ({"record": bundle(patient("p1")), "patient": "p2"}, (422, "no-such-patient")),
        ({"record": bundle(patient("p1")), "encounter": "e1"}, (422, "no-such-encounter")),
        ({"record": bundle(patient("p1", deceasedBoolean=True))}, (403, "patient-deceased")),
        ({"record": bundle(patient("p1", birthDate=7))}, (422, "invalid-patient")),
        ({"record": bundle(patient("p1")), "date": "2026-02-30"}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "date": 20261123}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "date": "2026-11-23T10:00"}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "language": "e"}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "layout": "huge"}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "confirm_sensitive": "yes"}, (422, "invalid-request")),
        ({"record": bundle(patient("p1")), "Quillon": 1}, (422, "invalid-request")),
        (
            {"record": bundle(patient("p1")), "patient": "Quillon Testperson"},
            (422, "invalid-request"),
        ),
        ({"record": bundle(*[condition("N18.6")] * 501)}, (413, "too-many-entries")),
        ({"record": bundle(bundle(*[condition("N18.6")] * 501))}, (413, "too-many-entries")),
        ({"tenant": "hillside", "patient": "p1"}, (403, "not-your-tenant")),
        ({"tenant": "nowhere", "patient": "p1"}, (403, "not-your-tenant")),
        ({"tenant": "hillside", "record": bundle(patient("p1"))}, (403, "not-your-tenant")),
        ({"tenant": "riverside", "patient": "p1"}, (504, "unreachable")),
    ],
)
def test_what_is_wrong_is_told_by_a_code_and_not_repeated(rest: Api, body: dict, failure):
    answer = rest.post("preview", **body)
    assert code_of(answer) == failure
    assert "Quillon" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "failure"),
    [
        (b"{", "application/json", (400, "not-json")),
        (b"", "application/json", (400, "not-json")),
        (b'{"record": NaN}', "application/json", (400, "not-json")),
        (b"[]", "application/json", (422, "invalid-request")),
        (b"[" * 2000 + b"]" * 2000, "application/json", (400, "not-json")),
        (
            b'{"record":' + b'{"a":' * 1500 + b"1" + b"}" * 1501,
            "application/json",
            (400, "not-json"),
        ),
        (b"{}", "text/plain", (415, "not-json-sent")),
        (b"a=b", "application/x-www-form-urlencoded", (415, "not-json-sent")),
        (b"{}", "", (415, "not-json-sent")),
    ],
)
def test_what_is_no_json_is_refused(rest: Api, content: bytes, kind: str, failure):
    assert code_of(rest.send("preview", content, kind)) == failure


def test_json_as_deep_as_can_be_parsed_makes_no_fault(rest: Api):
    deep = b'{"resourceType":"Patient","id":"p1","extension":' + b"[" * 1000 + b"]" * 1000 + b"}"
    body = b'{"record":{"resourceType":"Bundle","entry":[{"resource":' + deep + b"}]}}"
    assert rest.send("explain", body).status_code in (200, 400, 422)


@pytest.mark.parametrize("what", ["preview", "explain", "attach", "retract"])
@pytest.mark.parametrize(
    ("authorization", "code", "challenge"),
    [
        (None, "no-token", "Bearer"),
        ("Bearer", "no-token", "Bearer"),
        ("Basic YTpi", "no-token", "Bearer"),
        ("Bearer wrong", "invalid-token", 'Bearer error="invalid_token"'),
        ("Bearer \u00e9", "invalid-token", 'Bearer error="invalid_token"'),
    ],
)
def test_without_a_token_nothing_is_looked_at(rest: Api, what, authorization, code, challenge):
    headers = {"Content-Type": "text/plain"}
    if authorization:
        headers["Authorization"] = authorization.encode("latin-1")
    answer = rest.client.post(f"/api/v1/{what}", content=b"{", headers=headers)
    assert code_of(answer) == (401, code)
    assert answer.headers["www-authenticate"] == challenge


def test_a_service_without_clients_lets_nobody_in(tmp_path: Path):
    from starlette.testclient import TestClient

    from fhir_handout.service.app import create_app
    from service.running import service

    with TestClient(create_app(service(tmp_path))) as client:
        for token in ("", "a", "0" * 64):
            answer = client.get("/api/v1/handouts", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401


def test_a_client_without_tenants_has_handouts_for_what_it_sends_alone(rest: Api):
    theirs = rest.with_token(OTHER_TOKEN)
    assert theirs.post("preview", record=example("child")).status_code == 200
    for what, body in (
        ("preview", {"patient": "p1"}),
        ("explain", {"patient": "p1"}),
        ("attach", {"patient": "p1"}),
        ("retract", {"document": "d1"}),
    ):
        answer = theirs.post(what, tenant="riverside", **body)
        assert code_of(answer) == (403, "not-your-tenant")
