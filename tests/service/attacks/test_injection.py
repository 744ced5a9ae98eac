"""Text of a chart, a note, a reason, a search: none of it becomes more than text, wherever it goes.

Every text of every resource that we read is replaced by an attempt at HTML, Markdown, typst, RTF,
templates, headers and terminals: all of the free ones at once, and every one alone.
"""

import base64
import json
from typing import Any

import pytest

from service.attacks.chart import MARK, PAYLOAD, Path, free_texts, full_chart, spoiled, texts
from service.attacks.conftest import Session, World, hook_body, token, value_of
from service.attacks.looking import (
    shape,
    told_by,
    wrong_in_cards,
    wrong_in_html,
    wrong_in_pdf,
    wrong_in_rtf,
    wrong_in_text,
    wrong_in_xhtml,
)

CHART = full_chart()
FREE = free_texts(CHART)
ALL_FREE = spoiled(CHART, *FREE)
EVERY = list(texts(CHART))
KINDS = ["html", "xhtml", "text", "rtf", "pdf"]


def bundle(chart: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in chart],
    }


def sheet(world: World, chart: list[dict[str, Any]], kind: str) -> bytes:
    patient = next((r["id"] for r in chart if r["resourceType"] == "Patient"), "p1")
    whose = {} if len(patient) > 64 else {"patient": patient}
    answer = world.rest("preview", record=bundle(chart), format=kind, date="2026-11-23", **whose)
    assert answer.status_code in (200, 422), answer.text[:300]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer.content if answer.status_code == 200 else b""


@pytest.fixture(scope="module")
def usual(shared_world: World) -> dict[str, bytes]:
    """What is written of the chart without an attempt."""
    found = {kind: sheet(shared_world, CHART, kind) for kind in KINDS}
    other = json.loads(json.dumps(CHART))
    other[0]["communication"][0]["language"]["coding"][0]["code"] = "qaa"
    for kind in ("html", "xhtml"):  # with what is said of a language that is not to be had
        found[kind] += sheet(shared_world, other, kind)
    return found


def wrong_in(kind: str, data: bytes, usual: bytes) -> list[str]:
    if not data:
        return []
    if kind == "pdf":
        return wrong_in_pdf(data)
    text, before = data.decode(), usual.decode()
    if kind == "text":
        return wrong_in_text(text)
    if kind == "rtf":
        return wrong_in_rtf(text, before)
    looked = {"html": wrong_in_html, "xhtml": wrong_in_xhtml}[kind]
    return looked(text, shape(before))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_says_what_the_chart_says_and_does_nothing(world: World, usual: Any, kind: str):
    made = sheet(world, ALL_FREE, kind)
    told = told_by(made) if kind == "pdf" else made.decode()
    assert MARK in told  # the name at least is on it
    assert wrong_in(kind, made, usual[kind]) == []


# --- the page ---


def page_of(world: World, chart: list[dict[str, Any]]) -> Session:
    world.riverside.resources = chart
    return world.open("p1", encounter="e1")


@pytest.fixture(scope="module")
def shapes(shared_world: World) -> set[tuple[str, str]]:
    """What pages consist of when nobody attempts anything: findings, gaps, mistakes."""
    found: set[tuple[str, str]] = set()
    damaged = spoiled(CHART, (2, "subject", "reference"), (8, "effectiveDateTime"))
    for chart in (CHART, damaged):
        shared_world.riverside.resources = chart
        page = shared_world.open("p1", encounter="e1")
        found |= shape(page.get().text)
        found |= shape(page.get("sheet").text)
        for form in FORMS:
            found |= shape(page.post("work", page.form(**{**form, **plainly(form)})).text)
            found |= shape(page.get().text) | shape(page.get("sheet").text)
    for looked_for in ({}, {"name": "Quillon"}, {"name": "x" * 300, "identifier": "x" * 300}):
        page = shared_world.open(None)
        found |= shape(page.post("patient", page.form(**looked_for, born="x")).text)
        found |= shape(page.post("patient", page.form(**looked_for)).text)
    return found


TAKEN_OUT = "taken_out|kidney_failure|end_stage"
FORMS: list[dict[str, str]] = [
    {"note": PAYLOAD},
    {"note": PAYLOAD, "do": "add", "add": "heart_failure|", "reason|add": PAYLOAD[:300]},
    {"do": TAKEN_OUT, f"reason|{TAKEN_OUT}": PAYLOAD[:300]},
    {"note": PAYLOAD, "do": "add", "add": "", "reason|add": PAYLOAD},
    {"note": PAYLOAD, "do": "add", "add": "heart_failure|", "reason|add": PAYLOAD * 20},
    {"note": PAYLOAD * 50},
]


def plainly(form: dict[str, str]) -> dict[str, str]:
    """The form with words of the same length in place of the attempts."""
    return {k: "x" * len(v) if MARK in v else v for k, v in form.items()}


def test_the_page_and_its_sheet_show_the_chart_and_nothing_of_it_is_markup(
    world: World, shapes: set[tuple[str, str]]
):
    page = page_of(world, ALL_FREE)
    shown = page.get().text
    assert shown.count(MARK) > 5
    assert wrong_in_html(shown, shapes) == []
    assert wrong_in_text(shown) == []
    assert wrong_in_html(page.get("sheet").text, shapes) == []
    assert wrong_in_text(page.get("sheet").text) == []
    assert wrong_in_text(page.get("sheet.txt").text) == []
    assert wrong_in_pdf(page.get("sheet.pdf").content) == []


@pytest.mark.parametrize("path", EVERY, ids=lambda path: ".".join(map(str, path)))
def test_no_single_text_of_the_chart_becomes_markup(
    world: World, usual: dict[str, bytes], shapes: set[tuple[str, str]], path: Path
):
    """Codes, ids, references and dates too: a wrong one takes another way through the code."""
    chart = spoiled(CHART, path)
    page = page_of(world, chart)
    shown = page.get()
    assert shown.status_code in (200, 404, 502), shown.text[:300]
    assert wrong_in_html(shown.text, shapes | FAILED) == []
    for kind in ("html", "text", "rtf"):
        assert wrong_in(kind, sheet(world, chart, kind), usual[kind]) == []
    answer = world.call(token(world), called(chart))
    assert answer.status_code in (200, 412), answer.text
    assert wrong_in_cards(answer.json().get("cards", []), cards(world, CHART)) == []


FAILED = {
    ("dl", "class"),
    ("main", "class"),
    ("p", "class"),
    ("code", ""),
    ("ul", ""),
    ("h1", "id"),
    ("h1", "tabindex"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_a_clinician_types_is_text(
    world: World, shapes: set[tuple[str, str]], form: dict[str, str]
):
    page = page_of(world, CHART)
    answer = page.post("work", page.form(**form))
    assert answer.status_code in (303, 422)
    allowed = shapes | {("option", "selected")}  # what was chosen beside what was too long
    for shown in (answer.text, page.get().text, page.get("sheet").text):
        assert wrong_in_html(shown, allowed) == []
    assert wrong_in_text(page.get("sheet.txt").text) == []
    assert wrong_in_pdf(page.get("sheet.pdf").content) == []
    assert "a" not in answer.cookies


@pytest.mark.parametrize("field", ["name", "identifier", "born", "patient"])
def test_what_is_looked_for_is_text(world: World, shapes: set[tuple[str, str]], field: str):
    page = world.open(None)
    world.riverside.resources = ALL_FREE
    answer = page.post("patient", page.form(**{field: PAYLOAD[:190]}))
    assert answer.status_code in (200, 400, 422)
    assert wrong_in_html(answer.text, shapes | FAILED) == []
    asked = [r.target for r in world.riverside.server.received if r.path == "Patient"]
    assert not [each for each in asked if "<" in each or "\n" in each or each.count("?") > 1]


# --- cards ---


def called(chart: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A hook call that brings this chart."""
    from unit.ehr.fhir import searchset

    def of(kind: str) -> dict[str, Any]:
        return searchset(*(r for r in chart if r["resourceType"] == kind))

    prefetch = {
        "patient": chart[0],
        "conditions": of("Condition"),
        "medicationStatements": of("MedicationStatement"),
        "medicationRequests": of("MedicationRequest"),
        "observations": of("Observation"),
    }
    return hook_body(prefetch=prefetch, **more)


def cards(world: World, chart: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = world.call(token(world), called(chart))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def test_a_card_has_no_markup_of_the_chart(world: World):
    usual, made = cards(world, CHART), cards(world, ALL_FREE)
    assert usual
    assert made
    assert wrong_in_cards(made, usual) == []


def test_the_draft_on_a_card_is_as_safe_as_the_sheet(world: World, usual: dict[str, bytes]):
    (document,) = [
        action["resource"]
        for card in cards(world, ALL_FREE)
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
    ]
    for content in document["content"]:
        attached = content["attachment"]
        data = base64.b64decode(attached["data"])
        kind = {"text/html": "html", "text/plain": "text"}[
            attached["contentType"].partition(";")[0]
        ]
        assert wrong_in(kind, data, usual[kind]) == []


# --- what is attached, and what is said when that fails ---


def test_what_is_attached_is_as_safe_as_what_was_shown(
    world: World, usual: dict[str, bytes], shapes: set[tuple[str, str]]
):
    page = page_of(world, ALL_FREE)
    page.post("work", page.form(note=PAYLOAD))
    shown = value_of(page.get().text, "shown_preliminary")
    done = page.post("attach", page.form(**{"as": "preliminary", "shown_preliminary": shown}))
    assert done.status_code == 303, done.text[:500]
    document = world.riverside.documents[0]
    for content in document["content"]:
        data = base64.b64decode(content["attachment"]["data"])
        kind = {"application/pdf": "pdf", "text/html": "html", "text/plain": "text"}[
            content["attachment"]["contentType"].partition(";")[0]
        ]
        if kind == "html":
            assert wrong_in_html(data.decode(), shapes | shape(usual["html"].decode())) == []
        else:
            assert wrong_in(kind, data, usual[kind]) == []


def test_what_an_ehr_says_of_a_refusal_is_not_repeated(world: World):
    from servers.scripted import Received, Reply

    page = page_of(world, CHART)
    shown = value_of(page.get().text, "shown_preliminary")
    form, ehr = page.form(**{"as": "preliminary", "shown_preliminary": shown}), world.riverside
    issue = {
        "severity": "error",
        "code": PAYLOAD,
        "diagnostics": PAYLOAD,
        "details": {"text": PAYLOAD},
        "expression": [PAYLOAD, "DocumentReference.type"],
    }
    outcome = {"resourceType": "OperationOutcome", "issue": [issue, {**issue, "code": "invalid"}]}

    def refusing(received: Received) -> Reply:
        is_read = received.body["type"] == "batch"
        return ehr._bundle(received) if is_read else Reply(422, outcome)

    ehr.server.on("POST", "", refusing)
    answer = page.post("attach", form)
    assert answer.status_code == 502, answer.text[:300]
    assert MARK not in answer.text
    assert "<svg" not in answer.text


HEADERS = ["User-Agent", "Referer", "Accept-Language", "X-Request-Id", "X-Forwarded-For", "Accept"]


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_of_a_request_is_shown(world: World, name: str):
    attempt = "zqmark<svg/onload=alert(1)>"
    for answer in (
        page_of(world, CHART).get(**{name: attempt}),
        world.open().get("x", **{name: attempt}),
    ):
        assert MARK not in answer.text + str(answer.headers)
