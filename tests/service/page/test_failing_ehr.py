"""An EHR that fails: every failure is a page, nothing is attached twice, and the work is kept."""

import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.errors import HandoutError, InvalidFhir, Refused, UsageError
from fhir_handout.service.page.kept_work import take_work
from fhir_handout.service.page.session import Tokens, opening
from fhir_handout.service.page.work import Work
from fhir_handout.service.running import Service
from servers.scripted import Received, Reply, ScriptedServer, scripted_server
from service.page.opened import SIGNER, TENANT, Client, page_service
from service.page.test_page import by_id, fields, words
from unit.ehr.fhir import PATIENT
from unit.ehr.record_server import RecordServer
from unit.readers import html

OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {
            "severity": "error",
            "code": "business-rule",
            "diagnostics": "<script>Quillon</script>",
            "expression": ["DocumentReference.type"],
        }
    ],
}


class Ehr(RecordServer):
    """The record, and what a transaction is answered, in order."""

    def __init__(self, scripted: ScriptedServer) -> None:
        super().__init__(scripted, batch=True)
        self.written: list[Any] = []
        self.answers: list[Reply] = []
        self.refusal: Reply | None = None
        scripted.on("POST", "", self._both)

    def _both(self, received: Received) -> Reply:
        if self.refusal:
            return self.refusal
        if received.body["type"] == "batch":
            return self._batch(received)
        self.written.append(received.body)
        return self.answers.pop(0) if self.answers else _taken(received)


def _taken(received: Received) -> Reply:
    entries = [
        {
            "response": {
                "status": "201",
                "location": f"{e['resource']['resourceType']}/new/_history/1",
            }
        }
        for e in received.body["entry"]
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    return Reply(200, bundle)


@pytest.fixture
def ehr() -> Iterator[Ehr]:
    with scripted_server() as running:
        yield Ehr(running)


@pytest.fixture
def page(tmp_path: Path, ehr: Ehr) -> Client:
    return opened(tmp_path, ehr)


def opened(tmp_path: Path, ehr: Ehr, tokens: Tokens | None = None) -> Client:
    from fhir_handout.service.app import create_app

    running = page_service(tmp_path, ehr.scripted.base_url)
    return Client(create_app(running), opening(tokens, PATIENT["id"], user=SIGNER))


def base64_texts(transaction: Any) -> list[str]:
    """The plain text of what was written."""
    contents = transaction["entry"][0]["resource"]["content"]
    texts = [each["attachment"] for each in contents]
    return [b64decode(t["data"]).decode() for t in texts if t["contentType"].startswith("text/p")]


def again(answer: Any) -> dict[str, str]:
    """What the button "Try again" of a failure's page sends."""
    root = html(answer.text)
    (form,) = [e for e in root.iter() if e.tag == "form"]
    assert str(form.get("action")).endswith("/attach")
    return {e.get("name", ""): e.get("value", "") for e in form.iter() if e.tag == "input"}


def test_a_refusal_is_told_in_plain_words_and_attached_when_tried_again(
    page: Client, ehr: Ehr
) -> None:
    ehr.answers = [Reply(422, OUTCOME)]
    page.post("work", page.form(note="Drink tea", do="save"))
    answer = page.post("attach", {**fields(page.get().text), "as": "final"})
    assert answer.status_code == 502
    said = words(html(answer.text))
    assert "A rule of the site does not allow it. (DocumentReference.type)" in said
    assert "Quillon" not in answer.text
    assert answer.headers["x-request-id"] in said
    assert page.open.work.note == "Drink tea"
    then = page.post("attach", again(answer))
    assert then.status_code == 303
    assert len(ehr.written) == 2
    assert "The handout is in the chart" in page.get("attached").text


def test_an_answer_that_never_came_is_looked_for_before_anything_is_sent_again(
    page: Client, ehr: Ehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fhir_handout.workflow._PAUSE", 0.0)
    ehr.answers = [Reply(200, b"", cut_after=0)] * 5
    answer = page.post("attach", {**fields(page.get().text), "as": "final"})
    assert answer.status_code == 504
    assert "lost-answer" in answer.text
    written = ehr.written[0]["entry"][0]["resource"]
    ehr.says(
        "DocumentReference",
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": {**written, "id": "there"}}],
        },
    )
    count = len(ehr.written)
    assert page.post("attach", again(answer)).status_code == 303
    assert len(ehr.written) == count  # it was there: nothing is sent again
    assert "DocumentReference/there" in page.get("attached").text


def test_an_ehr_that_is_down_keeps_the_work(page: Client, ehr: Ehr) -> None:
    shown = fields(page.get().text)
    ehr.refusal = Reply(503)
    more = {"has_teach_back": "1", "teach_back": "1"}
    answer = page.post("attach", {**shown, **more, "as": "final"})
    assert "does not answer" in answer.text
    assert page.open.work.teach_back
    ehr.refusal = None
    assert page.post("attach", again(answer)).status_code == 303


def test_what_was_changed_with_the_same_click_is_looked_at_first(page: Client, ehr: Ehr) -> None:
    answer = page.post("attach", {**fields(page.get().text), "as": "final", "note": "Drink tea"})
    assert answer.status_code == 200
    assert by_id(answer.text, "look-again") is not None
    assert ehr.written == []
    assert page.post("attach", {**fields(answer.text), "as": "final"}).status_code == 303
    assert "Drink tea" in str(base64_texts(ehr.written[0]))


def test_a_token_that_counts_no_more_keeps_the_work_for_the_next_launch(
    tmp_path: Path, ehr: Ehr
) -> None:
    page = opened(tmp_path, ehr, Tokens("first", 9e9))
    page.post("work", page.form(note="Drink tea", do="save"))
    page.get()
    ehr.refusal = Reply(401)
    answer = page.post("attach", {**fields(page.get().text), "as": "final"})
    assert "sign-in has expired" in answer.text
    running = page.app.state.service
    assert take_work(running, TENANT, "Practitioner/else", PATIENT["id"], None) is None
    assert take_work(running, TENANT, SIGNER, "else", None) is None
    work = take_work(running, TENANT, SIGNER, PATIENT["id"], None)
    assert work.note == "Drink tea"
    assert take_work(running, TENANT, SIGNER, PATIENT["id"], None) is None
    ehr.refusal = None
    resumed = Client(page.app, opening(None, PATIENT["id"], user=SIGNER, work=work))
    shown = resumed.get().text
    assert "is here again" in words(by_id(shown, "region-top"))
    assert by_id(shown, "note").text == "Drink tea"


def test_from_the_launch_to_the_sheet_the_ehr_is_asked_three_times_at_most(
    page: Client, ehr: Ehr
) -> None:
    """The page, with the sheet in its frame, and then every choice that is made on it."""
    assert page.get().status_code == 200
    assert page.get("sheet").status_code == 200
    asked = len(ehr.scripted.received)
    assert 1 <= asked <= 3
    page.post("work", page.form(language="es", do="save"))
    assert page.get("sheet").status_code == 200
    assert len(ehr.scripted.received) == asked


def renewing(page: Client, meanwhile: Callable[[], object] = lambda: None) -> list[str]:
    """Give the page's EHR new tokens to give, once; the list is of those that were renewed."""
    calls: list[str] = []

    def fresh(_service: Any, _ready: Any, launched: Any) -> Any:
        calls.append(launched.tokens.access_token)
        meanwhile()
        return replace(launched, tokens=Tokens("new", 9e9, "next"))

    page.app.state.pages = replace(page.app.state.pages, fresh=fresh)
    return calls


def test_a_token_about_to_end_is_renewed_once(tmp_path: Path, ehr: Ehr) -> None:
    page = opened(tmp_path, ehr, Tokens("old", 0.0, "refresh"))
    calls = renewing(page)
    form = page.form(note="x", do="save")
    page.get()
    page.get("sheet")
    assert calls == ["old"]
    assert page.open.token == "new"
    sent = [r for r in ehr.scripted.received if r.method == "POST"]
    assert sent[-1].headers["Authorization"] == "Bearer new"
    assert page.post("work", form).status_code == 303  # a form made before it is still good


def test_new_tokens_are_kept_though_a_form_changed_the_page_meanwhile(
    tmp_path: Path, ehr: Ehr
) -> None:
    page = opened(tmp_path, ehr, Tokens("old", 0.0, "refresh"))
    calls = renewing(page, lambda: page.post("work", page.form(note="Drink tea")))
    assert page.get().status_code == 200
    assert calls == ["old"]
    assert (page.open.token, page.open.work.note) == ("new", "Drink tea")


def test_what_is_attached_while_a_token_is_renewed_is_told(tmp_path: Path, ehr: Ehr) -> None:
    page = opened(tmp_path, ehr, Tokens("soon", 9e9, "refresh"))
    form = {**fields(page.get().text), "as": "preliminary"}
    session_ends(page)
    calls = renewing(page)
    answer = page.post("attach", form)
    assert calls == ["soon"]
    assert len(ehr.written) == 1
    assert (answer.status_code, answer.headers.get("location")) == (303, "attached")
    assert page.open.work.attached
    assert page.open.token == "new"


def session_ends(page: Client) -> None:
    """Let the page's token be about to end, and nothing be remembered."""
    running: Service = page.app.state.service
    secret = page.cookie.partition("=")[2]
    session = running.store.sessions.session(page.id, secret, running.seconds())
    assert session is not None
    ending = replace(page.open, tokens=Tokens("soon", 0.0, "refresh"))
    running.store.sessions.keep(session, ending.to_json())


def test_an_ehr_that_fails_after_attaching_does_not_unsay_it(page: Client, ehr: Ehr) -> None:
    form = {**fields(page.get().text), "as": "preliminary"}
    assert page.post("attach", form).status_code == 303
    ehr.refusal = Reply(503, OUTCOME)
    ehr.says("Patient/p1", Reply(503, OUTCOME))
    answer = page.get("attached")
    assert answer.status_code == 200
    assert "DocumentReference/new" in answer.text
    assert "The handout is in the chart." in words(html(answer.text))


# --- the work of a page whose permission has ended ---


def ends(page: Client, ehr: Ehr) -> str:
    """The EHR takes the token no more; what the page then says."""
    running = page.app.state.service
    page.app.state.pages.remembered.forget(page.id)
    ehr.refusal = Reply(401)
    said = page.get()
    ehr.refusal = None
    assert running.store.is_ready()
    assert "sign-in has expired" in said.text
    return words(html(said.text))


def taken(page: Client, patient: str = PATIENT["id"], user: str = SIGNER) -> Work | None:
    return take_work(page.app.state.service, TENANT, user, patient, None)


def test_work_that_was_attached_is_done_and_not_kept(page: Client, ehr: Ehr) -> None:
    page.post("work", page.form(note="Drink tea", do="save"))
    form = {**fields(page.get().text), "as": "preliminary"}
    assert page.post("attach", form).status_code == 303
    assert page.open.work.attached
    assert "is kept" not in ends(page, ehr)
    assert taken(page) is None


def test_a_page_without_work_takes_the_place_of_no_work(page: Client, ehr: Ehr) -> None:
    other = Client(page.app, opening(None, PATIENT["id"], user=SIGNER))
    page.post("work", page.form(note="Drink tea", do="save"))
    assert "Your choices and your note will be there" in ends(page, ehr)
    assert "is kept" not in ends(other, ehr)
    assert taken(page).note == "Drink tea"


def test_work_is_put_by_once_and_again_only_where_it_changed(page: Client, ehr: Ehr) -> None:
    """A window left open must not bring back what the next page undid."""
    page.post("work", page.form(note="Drink tea", do="save"))
    ends(page, ehr)
    assert taken(page).note == "Drink tea"
    ends(page, ehr)
    assert taken(page) is None
    page.post("work", page.form(note="Drink milk", do="save"))
    ends(page, ehr)
    assert taken(page).note == "Drink milk"


def test_what_was_confirmed_or_said_back_is_not_taken_over(page: Client, ehr: Ehr) -> None:
    boxes = {"has_teach_back": "1", "teach_back": "1", "has_confirm": "1", "confirm": "1"}
    page.post("work", page.form(note="Drink tea", do="save", **boxes))
    assert page.open.work.teach_back
    assert page.open.work.confirm_sensitive
    ends(page, ehr)
    assert taken(page) == Work(note="Drink tea")


def test_of_a_user_nobody_knows_nothing_is_kept_and_nothing_else_said(
    page: Client, ehr: Ehr
) -> None:
    unknown = Client(page.app, opening(None, PATIENT["id"]))
    unknown.post("work", unknown.form(note="Drink tea", do="save"))
    assert "is kept" not in ends(unknown, ehr)


def test_kept_work_is_there_again_when_the_patient_is_chosen_here(page: Client, ehr: Ehr) -> None:
    page.post("work", page.form(note="Drink tea", do="save"))
    ends(page, ehr)
    chooser = Client(page.app, opening(None, None, user=SIGNER))
    form = {**chooser.form(), "patient": PATIENT["id"]}
    assert chooser.post("patient", form).status_code == 303
    assert chooser.open.work.note == "Drink tea"
    assert "is here again" in words(html(chooser.get().text))


@pytest.mark.parametrize(
    "error",
    [
        Refused("grant-refused", "over", 400),
        UsageError("no-refresh-token", "over"),
        InvalidFhir("context-changed", "another patient's"),
    ],
)
def test_however_the_permission_ended_the_work_is_kept(
    tmp_path: Path, ehr: Ehr, error: HandoutError
) -> None:
    page = opened(tmp_path, ehr, Tokens("first", 0.0, "refresh"))

    def fresh(*_: Any) -> Any:
        raise error

    page.post("work", page.form(note="Drink tea"))
    page.app.state.pages = replace(page.app.state.pages, fresh=fresh)
    assert "is kept" in words(html(page.get().text))
    assert taken(page).note == "Drink tea"


def test_nothing_is_attached_that_the_trail_can_not_hold(
    page: Client, ehr: Ehr, tmp_path: Path
) -> None:
    form = {**fields(page.get().text), "as": "preliminary"}
    (database,) = tmp_path.rglob("service.db")
    with sqlite3.connect(database) as other:
        other.execute("ALTER TABLE audit RENAME TO away")
    other.close()
    answer = page.post("attach", form)
    assert (answer.status_code, ehr.written) == (503, [])
    assert "it is not sure whether the handout is in the chart" in answer.text
    with sqlite3.connect(database) as other:
        other.execute("ALTER TABLE away RENAME TO audit")
    other.close()
    assert page.post("attach", again(answer)).status_code == 303
    assert len(ehr.written) == 1


@pytest.mark.parametrize(
    ("path", "reply", "said"),
    [
        ("Patient/p1", Reply(404, OUTCOME), "The patient was not found"),
        ("Patient/p1", Reply(200, {**PATIENT, "deceasedBoolean": True}), "patient has died"),
        ("Patient/p1", Reply(200, {**PATIENT, "birthDate": 5}), "entry can’t be used"),
        ("Patient/p1", Reply(403, OUTCOME), "does not allow it"),
    ],
)
def test_a_patient_who_can_not_be_read(
    page: Client, ehr: Ehr, path: str, reply: Reply, said: str
) -> None:
    ehr.says(path, reply)
    for where in ("", "sheet", "sheet.pdf"):
        answer = page.get(where)
        assert answer.status_code >= 400
        assert said in words(html(answer.text))
        assert f"/app/{page.id}/" in answer.text


def test_pages_are_forgotten_in_time_and_number() -> None:
    from fhir_handout.exchange import ReadRequest
    from fhir_handout.patient_record import Identifier, RawRecord
    from fhir_handout.service.page.remembered import Remembered

    now = [0.0]
    kept = Remembered(lambda: now[0], seconds=120, most=2)
    request = ReadRequest("p", None, Identifier("s", "v"))
    for name in ("a", "b", "c"):
        kept.keep(name, request, RawRecord(()))
    assert kept.find("a", request) is None
    assert kept.find("c", request)
    assert kept.find("c", ReadRequest("other", None, Identifier("s", "v"))) is None
    now[0] = 120.0
    assert kept.find("c", request) is None
