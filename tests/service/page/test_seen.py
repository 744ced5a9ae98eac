"""What was seen is what is shown, printed, attached and told of, whichever process answers."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from fhir_handout.service.page.session import opening
from fhir_handout.service.running import Service
from functional.records import condition
from servers.scripted import Received, Reply, scripted_server
from service.page.charts import KIDNEY
from service.page.opened import LINKS, PUBLIC, SIGNER, Client, page_service
from service.page.test_failing_ehr import Ehr
from service.page.test_page import by_id, fields, words
from unit.ehr import fhir
from unit.ehr.fhir import PATIENT, searchset
from unit.readers import html


class Chart(Ehr):
    """A chart that changes and keeps what is attached; `meanwhile` happens as it is written."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def _both(self, received: Received) -> Reply:
        if received.body["type"] != "batch" and not self.answers:
            self.meanwhile()
            self.holds(received.body["entry"][0]["resource"])
        return super()._both(received)

    def holds(self, *documents: Any) -> None:
        """Our documents of it, the ids of new ones as the answer names them."""
        self.says("DocumentReference", searchset(*({"id": "new", **each} for each in documents)))

    def shows_kidney_failure(self) -> None:
        self.says("Condition", searchset(fhir.condition("c1"), condition(KIDNEY)))


@pytest.fixture
def chart() -> Iterator[Chart]:
    with scripted_server() as running:
        yield Chart(running)


@pytest.fixture
def page(tmp_path: Path, chart: Chart) -> Client:
    return Client(create_app(running(tmp_path, chart)), opening(None, PATIENT["id"], user=SIGNER))


@pytest.fixture
def elsewhere(tmp_path: Path, chart: Chart, page: Client) -> Client:
    """The same page, answered by another process of the same service."""
    other = copy.copy(page)
    other.app = create_app(running(tmp_path, chart))
    other.http = TestClient(other.app, PUBLIC, follow_redirects=False)
    return other


def running(folder: Path, chart: Chart) -> Service:
    return page_service(folder, chart.scripted.base_url, tenant=LINKS)


def sheets(page_text: str) -> dict[str, str]:
    """Where a page has its sheet, by what comes before the query."""
    found = re.findall(r'(?:src|href)="((sheet[.\w]*)[^"]*)"', page_text)
    return {name: address for address, name in found}


def attach(page: Client, shown: str, doc_status: str) -> Any:
    return page.post("attach", {**fields(shown), "as": doc_status})


def code(answer: Any) -> str:
    (found,) = re.findall(r"<dt>Code</dt><dd><code>([^<]*)", answer.text)
    return str(found)


def test_every_sheet_of_a_page_is_asked_for_as_the_page_shows_it(page: Client) -> None:
    shown = page.get().text
    assert set(sheets(shown)) == {"sheet", "sheet.pdf", "sheet.txt"}
    for name, address in sheets(shown).items():
        assert address == f"{name}?shown={fields(shown)['shown_final']}"
        assert page.get(address).status_code == 200


def test_page_and_sheet_ask_the_ehr_three_times_at_most(page: Client, chart: Chart) -> None:
    for address in sheets(page.get().text).values():
        assert page.get(address).status_code == 200
    assert 1 <= len(chart.scripted.received) <= 3


def test_a_sheet_is_of_the_page_it_stands_in_whichever_process_draws_it(
    page: Client, elsewhere: Client, chart: Chart
) -> None:
    before = elsewhere.get("sheet.txt").text  # remembered there
    chart.shows_kidney_failure()
    there = sheets(page.get().text)["sheet.txt"]
    assert page.get(there).text != before
    assert elsewhere.get(there).text == page.get(there).text


def test_a_page_older_than_the_chart_gets_no_other_sheet_and_then_is_loaded_anew(
    page: Client, elsewhere: Client, chart: Chart
) -> None:
    old = sheets(page.get().text)
    chart.shows_kidney_failure()
    for address in old.values():
        answer = elsewhere.get(address)
        assert answer.status_code == 409
        assert "has changed since the page was loaded" in answer.text
        assert "kidney" not in answer.text.lower()
        (link,) = [e for e in html(answer.text).iter() if e.tag == "a"]
        assert (link.get("href"), link.get("target")) == ("./", "_parent")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    new = sheets(page.get().text)  # where the old one was remembered
    assert new["sheet"] != old["sheet"]
    assert elsewhere.get(new["sheet"]).status_code == 200


def test_what_is_asked_for_with_no_fingerprint_of_the_page_is_refused(page: Client) -> None:
    page.get()
    for wrong in ("", "x", "0" * 64):
        assert page.get(f"sheet?shown={wrong}").status_code == 409


def test_reading_again_is_reading_again_in_every_process(
    page: Client, elsewhere: Client, chart: Chart
) -> None:
    before = elsewhere.get().text
    chart.shows_kidney_failure()
    page.post("work", page.form(do="read-again"))
    assert fields(elsewhere.get().text)["shown_final"] != fields(before)["shown_final"]


def test_what_is_attached_stands_on_the_page_of_every_process(
    page: Client, elsewhere: Client
) -> None:
    elsewhere.get()
    assert attach(page, page.get().text, "final").status_code == 303
    assert "in the chart already" in words(by_id(elsewhere.get().text, "region-top"))


def test_a_write_nobody_is_sure_of_is_looked_for_by_every_process(
    page: Client, elsewhere: Client, chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fhir_handout.workflow._PAUSE", 0.0)
    elsewhere.get()
    chart.answers = [Reply(200, b"", cut_after=0)] * 5
    assert attach(page, page.get().text, "final").status_code == 504
    chart.holds(chart.written[0]["entry"][0]["resource"])
    assert "in the chart already" in words(by_id(elsewhere.get().text, "region-top"))


def test_reading_again_leaves_forms_of_other_windows_as_good_as_they_were(page: Client) -> None:
    form = page.form(note="Drink tea", do="save")
    page.post("work", page.form(do="read-again"))
    reads = page.open.reads
    assert page.post("work", form).status_code == 303
    assert (page.open.work.note, page.open.reads) == ("Drink tea", reads)


@pytest.mark.parametrize(("first", "then"), [("preliminary", "final"), ("final", "preliminary")])
def test_a_form_that_attached_a_draft_is_not_taken_to_have_signed_it(
    page: Client, chart: Chart, first: str, then: str
) -> None:
    shown = page.get().text
    assert attach(page, shown, first).status_code == 303
    assert attach(page, shown, first).headers["location"] == "attached"  # a double click
    answer = attach(page, shown, then)
    assert (answer.status_code, code(answer)) == (409, "attached-otherwise")
    assert "Nothing was attached or signed this time" in answer.text
    assert len(chart.written) == 1
    assert attach(page, page.get().text, then).status_code == 303
    assert len(chart.written) == (2 if then == "final" else 1)  # final will do for a draft


def test_a_session_that_ends_while_the_ehr_writes_unsays_nothing(
    page: Client, chart: Chart
) -> None:
    shown = page.get().text
    sessions = page.app.state.service.store.sessions
    chart.meanwhile = lambda: sessions.end_session(page.id)
    answer = attach(page, shown, "final")
    assert len(chart.written) == 1
    assert answer.status_code == 200
    said = words(html(answer.text))
    assert "The handout is in the chart." in said
    assert "DocumentReference/new" in said
    assert "This page ended" in said
    assert "othing was attached" not in said
    leads = [e.get("href", "") for e in html(answer.text).iter() if e.tag == "a"]
    assert [where for where in leads if not where.startswith("https://ehr.example/")] == []
    assert not [e for e in html(answer.text).iter() if e.tag in ("form", "button")]
    assert page.get().status_code == 401


def test_a_final_handout_that_was_there_is_told_as_it_is_though_a_draft_was_asked_for(
    page: Client, chart: Chart
) -> None:
    assert attach(page, page.get().text, "final").status_code == 303
    document = chart.written[0]["entry"][0]["resource"]
    other = {"attachment": {"contentType": "application/x-own", "data": "eA=="}}
    content = [
        each for each in document["content"] if "pdf" not in each["attachment"]["contentType"]
    ]
    chart.holds({**document, "content": [other, *content]})
    shown = page.get().text
    assert attach(page, shown, "preliminary").status_code == 303
    said = facts(page.get("attached").text)
    assert said["Status"] == "Final: no draft was added beside it"
    assert said["Formats"] == "Web page, Plain text, application/x-own"
    assert attach(page, shown, "preliminary").headers["location"] == "attached"  # a double click
    assert len(chart.written) == 1


def facts(text: str) -> dict[str, str]:
    """What a page tells as a list of names and values."""
    elements = [e for e in html(text).iter() if e.tag in ("dt", "dd")]
    told = [words(each) for each in elements]
    return dict(zip(told[::2], told[1::2], strict=True))


@pytest.mark.parametrize("spoiled", [{"content": 5}, {"content": [None, {"attachment": []}]}])
def test_a_document_whose_format_can_not_be_read_is_told_without(
    page: Client, chart: Chart, spoiled: dict[str, Any]
) -> None:
    assert attach(page, page.get().text, "final").status_code == 303
    document = chart.written[0]["entry"][0]["resource"]
    del document["docStatus"]
    chart.holds({**document, **spoiled})
    assert attach(page, page.get().text, "final").status_code == 303
    said = facts(page.get("attached").text)
    assert said["Status"] == said["Formats"] == "The EHR names none"


def test_only_what_is_attached_is_printed_from_the_page_that_says_so(
    page: Client, chart: Chart
) -> None:
    attach(page, page.get().text, "preliminary")
    (print_it,) = sheets(page.get("attached").text).values()
    assert page.get(print_it).content.startswith(b"%PDF")
    chart.shows_kidney_failure()
    page.post("work", page.form(do="read-again"))
    text = page.get("attached").text
    assert sheets(text) == {}
    assert "would be another one now" in words(html(text))
    assert "Left out of the sheet" not in facts(text)  # it is of the sheet of now
    answer = page.get(print_it)
    assert answer.status_code == 409
    said = words(html(answer.text))
    assert "another one than what is attached" in said
    assert "DocumentReference/new" in said


def test_where_the_ehr_fails_after_attaching_the_way_to_print_is_still_there(
    page: Client, chart: Chart
) -> None:
    attach(page, page.get().text, "final")
    chart.refusal = Reply(503)
    chart.says("Patient/p1", Reply(503))
    assert sheets(page.get("attached").text)
