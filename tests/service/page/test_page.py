"""The page in front of a real EHR: seen, questioned, adjusted, attached, by its forms."""

from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from functional.records import condition, patient, statement
from service.page.charts import KIDNEY, Chart
from service.page.opened import SIGNER, Client, opened_page, page_service
from unit.readers import html

TAKE_OUT_SUGAR = "taken_out|diabetes|type_2"
ANSWER_KIND = "answered"


def fields(answer_text: str) -> dict[str, str]:
    """What the form of a page sends as it stands, but for its buttons."""
    sent: dict[str, str] = {}
    for each in html(answer_text).iter():
        tag, name = str(each.tag).rpartition("}")[2], each.get("name", "")
        if tag == "input" and (each.get("type") != "checkbox" or each.get("checked") is not None):
            sent[name] = each.get("value", "")
        elif tag == "textarea":
            sent[name] = "".join(each.itertext())
        elif tag == "select":
            chosen = [o.get("value", "") for o in each.iter() if o.get("selected") is not None]
            sent[name] = next(iter(chosen), "")
    return sent


def attach(page: Client, doc_status: str = "final", **more: str) -> str:
    """Attach from the page as it is now; where it went."""
    shown = fields(page.get().text)
    answer = page.post("attach", {**shown, "as": doc_status, **more})
    assert answer.status_code == 303, answer.text
    return str(page.get("attached").text)


def by_id(text: str, name: str) -> Element:
    return next(e for e in html(text).iter() if e.get("id") == name)


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_the_page_shows_patient_findings_lines_and_alerts(page: Client, chart: Chart) -> None:
    answer = page.get()
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    text = words(html(answer.text))
    assert "Quillon Testperson" in text
    assert "1970-03-14" in text
    assert words(by_id(answer.text, "region-top")).index("Urgent") >= 0
    shown = words(by_id(answer.text, "region-findings"))
    assert shown.count("Present") == 4
    assert "6.2 mmol/L" in shown
    link = f'href="https://ehr.example/open?resource=Condition%2Fc-n18-6-{chart.patient}"'
    assert f'{link} target="_blank" rel="noreferrer"' in answer.text


def test_everything_asks_the_ehr_once(page: Client, asked: list[str]) -> None:
    page.get()
    reads = len(asked)
    page.get("sheet")
    page.get("sheet.pdf")
    page.get("sheet.txt")
    page.post("work", page.form(language="es", layout="bilingual", do="save"))
    page.get()
    assert (reads, len(asked)) == (1, 1)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the EHR, the capability statement left out."""
    from fhir_handout.ehr.transport import Transport

    sent: list[str] = []
    real = Transport.exchange

    def exchange(self: Transport, method: str, url: str, *rest: object) -> object:
        if not url.endswith("/metadata"):
            sent.append(method)
        return real(self, method, url, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Transport, "exchange", exchange)
    return sent


def test_a_finding_taken_out_is_no_more_on_the_sheet_and_stands_in_provenance(
    page: Client, chart: Chart
) -> None:
    before = page.get("sheet.txt").text
    said = {f"reason|{TAKE_OUT_SUGAR}": "Lab mix-up", "do": TAKE_OUT_SUGAR}
    answer = page.post("work", page.form(**said))
    assert (answer.status_code, answer.headers["location"]) == (303, "./#corrections")
    after = page.get("sheet.txt").text
    assert "You have diabetes" in before
    assert "You have diabetes" not in after
    assert "Lab mix-up" in words(by_id(page.get().text, "region-findings"))
    attach(page)
    (document,) = chart.documents
    assert document["docStatus"] == "final"
    assert document["authenticator"]["reference"] == SIGNER
    (why,) = chart.reasons
    assert "Lab mix-up" in why
    assert SIGNER in why


def test_a_correction_without_a_reason_is_refused_beside_its_field(page: Client) -> None:
    answer = page.post("work", page.form(do=TAKE_OUT_SUGAR, note="Come back soon"))
    assert answer.status_code == 422
    field = by_id(answer.text, "reason--taken_out--diabetes--type_2")
    assert field.get("aria-invalid") == "true"
    assert words(by_id(answer.text, str(field.get("aria-describedby"))))
    assert page.open.work.corrections == ()
    assert page.open.work.note == "Come back soon"  # nothing that was written is lost


def test_what_is_added_and_undone(page: Client) -> None:
    page.post("work", page.form(do="add", add="heart_failure|", **{"reason|add": "Echo today"}))
    shown = page.get().text
    assert "Echo today" in shown
    assert "Heart failure" in words(by_id(shown, "region-findings"))
    page.post("work", page.form(do="undo|added|heart_failure|"))
    assert "Echo today" not in page.get().text
    assert page.open.work.corrections == ()


def test_gaps_are_answered_together_and_only_then_lower_anything(
    page: Client, chart: Chart
) -> None:
    """A medicine that nobody can read may be any; one answer alone leaves it to be the others."""
    local = {"coding": [{"system": "urn:oid:1.2.3", "code": "x7"}]}
    chart.put(statement("unread", chart.patient, medicationCodeableConcept=local))
    careful = page.get("sheet.txt").text
    shown = by_id(page.get().text, "region-findings")
    (listed,) = [each.get("value") for each in shown.iter() if each.get("name") == "unknown"]
    keys = str(listed).split()
    assert len(keys) > 1
    page.post("work", page.form(do=keys[0], **{f"reason|{keys[0]}": "Asked them"}))
    assert page.get("sheet.txt").text == careful
    refused = page.post("work", page.form(do="none", unknown=str(listed)))
    assert refused.status_code == 422
    reason = {"reason|none": "Saw the package"}
    page.post("work", page.form(do="none", unknown=str(listed), **reason))
    assert len(page.open.work.corrections) == len(keys)
    assert page.get("sheet.txt").text != careful
    attach(page)
    (why,) = [each for each in chart.reasons if "Saw the package" in each][:1]
    assert SIGNER in why


def test_note_and_teach_back_reach_sheet_and_record(page: Client, chart: Chart) -> None:
    note = "Call Ada on Monday.\nBring <b>your</b> pills."
    page.post("work", page.form(note=note, has_teach_back="1", teach_back="1", do="save"))
    assert "Call Ada on Monday." in page.get("sheet.txt").text
    sheet = page.get("sheet").text
    assert "<b>your</b>" not in sheet
    assert "&lt;b&gt;your&lt;/b&gt;" in sheet
    went = attach(page, "preliminary")
    assert "Draft" in went
    assert chart.documents[0]["docStatus"] == "preliminary"
    assert len(chart.reasons) == 2


def test_attaching_twice_says_so_and_adds_nothing(page: Client, chart: Chart) -> None:
    first = fields(page.get().text)
    assert page.post("attach", {**first, "as": "final"}).status_code == 303
    assert page.post("attach", {**first, "as": "final"}).status_code == 303  # a double click
    assert len(chart.documents) == 1
    shown = page.get().text
    there = f"DocumentReference/{chart.documents[0]['id']}"
    assert there in words(by_id(shown, "region-top"))
    assert "already" in attach(page)
    assert len(chart.documents) == 1


def test_a_chart_that_changed_says_what_would_change(page: Client, chart: Chart) -> None:
    attach(page)
    chart.put(condition("I50.9", chart.patient))
    page.post("work", page.form(do="read-again"))
    shown = page.get().text
    assert "An earlier handout is in the chart" in shown
    assert words(by_id(shown, "open-changes")).count("Added:") >= 1
    went = attach(page)
    assert "Replaced" in went
    assert len(chart.documents) == 1


def test_a_chart_that_changed_since_it_was_shown_is_not_attached(
    page: Client, chart: Chart
) -> None:
    shown = fields(page.get().text)
    chart.put(condition("I50.9", chart.patient))
    answer = page.post("attach", {**shown, "as": "final"})
    assert answer.status_code == 409
    assert "changed-since-shown" in answer.text
    assert chart.documents == []
    attach(page)
    assert len(chart.documents) == 1


def test_two_windows_do_not_undo_each_other(page: Client) -> None:
    first = page.form(note="From the first window", do="save")
    second = page.form(note="From the second window", do="save")
    assert page.post("work", first).status_code == 303
    answer = page.post("work", second)
    assert answer.status_code == 409
    assert "session-changed" in answer.text
    assert page.open.work.note == "From the first window"


def test_a_language_nobody_approved_is_a_draft_beside_english(page: Client, chart: Chart) -> None:
    page.post("work", page.form(language="ar", do="save"))
    shown = page.get().text
    assert 'id="as-draft"' in shown
    assert 'id="as-final"' not in shown
    assert page.post("attach", {**fields(shown), "as": "final"}).status_code == 409
    page.post("work", page.form(layout="standard", do="save"))
    alone = page.get().text
    assert 'id="as-draft"' not in alone
    assert "sheet.pdf" not in alone
    refused = page.get("sheet.pdf")
    assert refused.status_code == 403
    assert "not-alone" in refused.text
    page.post("work", page.form(layout="", do="save"))
    assert page.get("sheet.pdf").content.startswith(b"%PDF")
    attach(page, "preliminary")
    assert chart.documents[0]["language"] == "ar"
    assert 'dir="rtl"' in page.get("sheet").text


@pytest.mark.parametrize("user", [None, "Patient/x", "Person/1", "RelatedPerson/2"])
def test_who_can_not_sign_attaches_drafts_alone(
    tmp_path: Path, chart: Chart, user: str | None
) -> None:
    page = opened_page(page_service(tmp_path, chart.base), chart.patient, user=user)
    shown = page.get().text
    assert 'id="as-final"' not in shown
    assert page.post("attach", {**fields(shown), "as": "final"}).status_code == 409
    assert chart.documents == []
    attach(page, "preliminary")
    assert "authenticator" not in chart.documents[0]


def test_an_ehr_without_drafts_is_offered_none(tmp_path: Path, chart: Chart) -> None:
    without = "[tenants.riverside.ehr]\ntakes_drafts = false\n"
    page = opened_page(page_service(tmp_path, chart.base, more=without), chart.patient)
    shown = page.get().text
    assert 'id="as-draft"' not in shown
    assert page.post("attach", {**fields(shown), "as": "preliminary"}).status_code == 409
    attach(page, "final")
    assert len(chart.documents) == 1


def test_what_is_confidential_is_told_only_when_confirmed(
    tmp_path: Path, hapi_base_url: str
) -> None:
    chart = Chart(hapi_base_url)
    chart.put(
        patient(chart.patient, gender="female", birthDate="2011-01-01"),
        condition("Z33.1", chart.patient),
    )
    page = opened_page(page_service(tmp_path, chart.base), chart.patient)
    shown = page.get()
    assert by_id(shown.text, "confirm").get("checked") is None
    before = page.get("sheet.txt").text
    page.post("work", page.form(has_confirm="1", confirm="1", do="save"))
    assert by_id(page.get().text, "confirm").get("checked") is not None
    assert page.get("sheet.txt").text != before
    page.post("work", page.form(has_confirm="1", do="save"))
    assert page.get("sheet.txt").text == before


def test_everything_that_was_done_is_in_the_audit_trail(page: Client, chart: Chart) -> None:
    said = {f"reason|{TAKE_OUT_SUGAR}": "Lab mix-up", "do": TAKE_OUT_SUGAR}
    page.post("work", page.form(note="Drink tea", has_teach_back="1", teach_back="1", **said))
    attach(page)
    running = page.app.state.service
    trail = [deed for deed, _ in running.store.trail.audited(f"Patient/{chart.patient}")]
    assert [deed.action for deed in trail] == ["correct", "note", "teach-back", "attach", "attach"]
    assert [deed.outcome for deed in trail[3:]] == ["begun", "created"]
    assert {deed.actor for deed in trail} == {SIGNER}
    assert trail[0].details["reason"] == "Lab mix-up"
    assert trail[-1].document == f"DocumentReference/{chart.documents[0]['id']}"
    assert 'action="attach"' not in page.http.get("/metrics").text
    assert 'deed="attach",outcome="created"' in page.http.get("/metrics").text


def test_where_it_went_and_closing(page: Client, chart: Chart) -> None:
    assert page.get("attached").headers["location"] == "./"
    went = attach(page)
    assert f"DocumentReference/{chart.documents[0]['id']}" in went
    assert "PDF, Web page, Plain text" in words(html(went)), words(html(went))
    assert page.post("close", page.form()).status_code == 200
    assert page.get().status_code == 401


def test_a_finding_that_the_chart_lost_can_be_let_go(page: Client, chart: Chart) -> None:
    key = "taken_out|kidney_failure|end_stage"
    page.post("work", page.form(do=key, **{f"reason|{key}": "Old chart"}))
    refuted = {"coding": [{"code": "entered-in-error"}]}
    chart.put(condition(KIDNEY, chart.patient, verificationStatus=refuted, clinicalStatus=None))
    page.post("work", page.form(do="read-again"))
    answer = page.get()
    assert answer.status_code == 409
    assert "undo-all" in answer.text
    assert page.post("work", page.form(do="undo-all")).status_code == 303
    assert page.get().status_code == 200
