"""What a clinician corrected lowers what they saw alone, and never locks the page.

In front of an EHR in this process, whose chart changes under the page.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from fhir_handout.ehr.given import GivenEhr
from fhir_handout.errors import NotFound, Unreachable
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Entry, Gap, Part, RawRecord, Resource
from fhir_handout.service.running import Ready
from functional.records import bundle, condition, patient, statement
from service.page.opened import SIGNER, Client, opened_page, page_service
from unit.readers import html

HEART, SUGAR, KIDNEY = "I50.9", "E11.9", "N18.6"
OUT = "taken_out|heart_failure|"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


class Chart:
    """A chart that tests change; it is its own EHR, and takes every document."""

    name = "a chart"

    def __init__(self) -> None:
        self.resources: list[Resource] = [patient(), condition(SUGAR)]
        self.gaps: tuple[Gap, ...] = ()
        self.written: list[Resource] = []
        self.is_down = False

    def __enter__(self) -> "Chart":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, request: ReadRequest) -> RawRecord:
        if self.is_down:
            raise Unreachable("unreachable", "the EHR can't be reached")
        raw = GivenEhr(bundle(*deepcopy(self.resources)), self.name).read(request)
        return RawRecord(raw.entries, (*raw.gaps, *self.gaps))

    def read_document(self, document_id: str) -> Entry:
        raise NotFound("no-such-document", "there is none")

    def write(self, transaction: Resource) -> tuple[str, ...]:
        self.written.append(transaction)
        return (f"DocumentReference/d{len(self.written)}",)

    @property
    def reasons(self) -> list[str]:
        """What the Provenance of the last document says that somebody did."""
        made = [entry["resource"] for entry in self.written[-1]["entry"]]
        (provenance,) = (each for each in made if each["resourceType"] == "Provenance")
        return [reason["text"] for reason in provenance.get("reason", [])]


@pytest.fixture
def chart(monkeypatch: pytest.MonkeyPatch) -> Chart:
    made = Chart()
    monkeypatch.setattr(Ready, "ehr", lambda _self, _token: made)
    return made


@pytest.fixture
def page(tmp_path: Path, chart: Chart) -> Iterator[Client]:
    opened = opened_page(page_service(tmp_path, "http://127.0.0.1:9/fhir"), "p1")
    yield opened
    opened.app.state.service.store.close()


def verified(status: str) -> dict[str, Any]:
    return {"verificationStatus": {"coding": [{"system": VERIFICATION, "code": status}]}}


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page."""
    inputs = (e for e in html(text).iter() if str(e.tag).endswith("input"))
    return {e.get("name", ""): e.get("value", "") for e in inputs if e.get("type") == "hidden"}


def words(text: str, name: str) -> str:
    """The words of an element by its id; empty where there is none."""
    found = [e for e in html(text).iter() if e.get("id") == name]
    return " ".join("".join(found[0].itertext()).split()) if found else ""


def say(page: Client, do: str, reason: str = "I know", **more: str) -> Any:
    """Send the page's form as it stands by a button with a reason."""
    return page.post("work", {**hidden(page.get().text), "do": do, f"reason|{do}": reason, **more})


def attach(page: Client, shown: dict[str, str]) -> tuple[int, str]:
    """The status and the code of attaching what was shown."""
    answer = page.post("attach", {**shown, "as": "final"})
    code = re.search(r"<code>([a-z-]+)</code></dd><dt>Details", answer.text)
    return answer.status_code, code[1] if code else ""


def read_again(page: Client) -> None:
    page.post("work", page.form(do="read-again"))


# --- what is taken out ----------------------------------------------------------------------------


def test_a_confirmed_heart_failure_that_comes_after_the_first_was_ruled_out_is_seen(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(condition(HEART, condition_id="c-old", **verified("unconfirmed")))
    assert say(page, OUT, "Echo normal").status_code == 303
    shown = hidden(page.get().text)
    chart.resources.append(condition("I50.23", condition_id="c-new", **verified("confirmed")))
    assert attach(page, shown) == (409, "correction-outdated")
    assert chart.written == []
    failed = page.get()
    assert failed.status_code == 409
    assert "Echo normal" in words(failed.text, "clashing")
    page.post("work", page.form(do="undo-these", these=hidden(failed.text)["these"]))
    now = page.get().text
    assert "c-new" in now
    assert words(now, f"open-{OUT}".replace("|", "--"))


def test_a_heart_failure_that_is_confirmed_after_it_was_ruled_out_is_seen(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(condition(HEART, **verified("unconfirmed")))
    say(page, OUT)
    shown = hidden(page.get().text)
    chart.resources[-1] = condition(HEART, **verified("confirmed"))
    assert attach(page, shown) == (409, "correction-outdated")


def test_a_second_entry_that_is_confirmed_later_is_seen_too(page: Client, chart: Chart) -> None:
    """The first was certain before, so that the finding itself is as sure as it was."""
    chart.resources.append(condition(HEART, condition_id="c-1", **verified("confirmed")))
    chart.resources.append(condition(HEART, condition_id="c-2", **verified("unconfirmed")))
    say(page, OUT)
    shown = hidden(page.get().text)
    chart.resources[-1] = condition(HEART, condition_id="c-2", **verified("confirmed"))
    assert attach(page, shown) == (409, "correction-outdated")


def test_what_changed_while_the_page_was_open_is_not_taken_out_unseen(
    page: Client, chart: Chart
) -> None:
    """What was read is forgotten after a while: the form would be of what nobody looked at."""
    chart.resources.append(condition(HEART, condition_id="c-old", **verified("unconfirmed")))
    shown = hidden(page.get().text)
    page.app.state.pages.remembered.forget(page.id)
    chart.resources.append(condition(HEART, condition_id="c-new", **verified("confirmed")))
    form = {**shown, "do": OUT, f"reason|{OUT}": "Echo normal"}
    answer = page.post("work", form)
    assert answer.status_code == 422
    assert page.open.work.corrections == ()
    assert "another one" in words(answer.text, "findings-wrong")
    assert "c-new" in answer.text
    assert 'value="Echo normal"' in answer.text
    again = {**hidden(answer.text), "do": OUT, f"reason|{OUT}": "Echo normal"}
    assert page.post("work", again).status_code == 303


def test_the_page_lists_what_a_correction_takes_out(page: Client, chart: Chart) -> None:
    chart.resources.append(condition(HEART, condition_id="c-old"))
    say(page, OUT, "Echo normal")
    assert "c-old" in page.get().text.partition("What you corrected")[2]
    assert "c-old" not in page.get().text.partition("What you corrected")[0]
    assert attach(page, hidden(page.get().text))[0] == 303
    (why,) = chart.reasons
    assert "Echo normal" in why
    assert "c-old" not in why


def test_what_an_older_version_kept_takes_out_nothing_and_can_be_let_go(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(condition(HEART))
    say(page, OUT)
    running = page.app.state.service
    secret = page.cookie.partition("=")[2]
    session = running.store.sessions.session(page.id, secret, running.seconds())
    (kept,) = session.data["work"]["corrections"]
    old = {name: kept[name] for name in ("change", "risk_factor", "qualifier", "reason")}
    data = {**session.data, "work": {**session.data["work"], "corrections": [old]}}
    running.store.sessions.keep(session, data)
    failed = page.get()
    assert failed.status_code == 409
    assert "correction-outdated" in failed.text
    page.post("work", page.form(do="undo-these", these=hidden(failed.text)["these"]))
    assert page.get().status_code == 200


# --- gaps -----------------------------------------------------------------------------------------


def failed_searches() -> tuple[Gap, ...]:
    return tuple(
        Gap(kind, "the search failed (403)", frozenset({Part.MEDICINES}))
        for kind in ("MedicationRequest", "MedicationStatement")
    )


def unreadable(code: str) -> Resource:
    local = {"coding": [{"system": "urn:oid:1.2.3", "code": code}]}
    return statement("unread", medicationCodeableConcept=local)


def answer_all(page: Client, reason: str = "Asked her") -> Any:
    shown = hidden(page.get().text)
    return page.post("work", {**shown, "do": "none", "reason|none": reason})


def test_that_a_medicine_is_a_vitamin_says_nothing_of_a_list_that_can_not_be_read(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(unreadable("x7"))
    assert answer_all(page, "x7 is her vitamin C").status_code == 303
    shown = hidden(page.get().text)
    chart.resources.pop()
    chart.gaps = failed_searches()
    assert attach(page, shown) == (409, "correction-outdated")
    assert chart.written == []
    failed = page.get().text
    assert words(failed, "clashing").count("x7 is her vitamin C") > 1
    page.post("work", page.form(do="undo-these", these=hidden(failed)["these"]))
    assert "Unknown" in words(page.get().text, "region-findings")


def test_that_a_medicine_is_a_vitamin_says_nothing_of_another_medicine_in_its_place(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(unreadable("x7"))
    answer_all(page)
    shown = hidden(page.get().text)
    chart.resources[-1] = unreadable("x8")
    assert attach(page, shown) == (409, "correction-outdated")


def test_a_gap_that_comes_while_the_page_is_open_is_not_answered_unseen(
    page: Client, chart: Chart
) -> None:
    chart.resources.append(unreadable("x7"))
    shown = hidden(page.get().text)
    page.app.state.pages.remembered.forget(page.id)
    chart.gaps = failed_searches()
    answer = page.post("work", {**shown, "do": "none", "reason|none": "x7 is her vitamin C"})
    assert answer.status_code == 422
    assert page.open.work.corrections == ()


# --- what can be said together --------------------------------------------------------------------


@pytest.mark.parametrize("is_added_first", [True, False])
def test_she_takes_furosemide_and_nothing_else(
    page: Client, chart: Chart, is_added_first: bool
) -> None:
    chart.gaps = failed_searches()
    for is_addition in (is_added_first, not is_added_first):
        if is_addition:
            assert say(page, "add", "Her pill box", add="diuretic|loop").status_code == 303
        else:
            assert answer_all(page, "Her pill box").status_code == 303
    shown = page.get()
    assert shown.status_code == 200
    assert "Unknown" not in words(shown.text, "region-findings")
    assert "nothing more of it" in words(shown.text, "region-findings")
    assert attach(page, hidden(shown.text))[0] == 303
    said = [each for each in chart.reasons if each.startswith("Diuretic")]
    assert len(said) == 2
    assert sum("nothing more of it" in each for each in said) == 1


def test_an_answer_beside_what_is_shown_is_asked_for_as_nothing_more(
    page: Client, chart: Chart
) -> None:
    chart.gaps = failed_searches()
    say(page, "add", add="diuretic|loop")
    shown = page.get().text
    assert "nothing more of it" in words(shown, "open-answered--diuretic--")
    assert "not so" in words(shown, "open-answered--statin--")


def test_what_was_taken_out_is_not_offered_to_be_added(page: Client, chart: Chart) -> None:
    out = "taken_out|diabetes|type_2"
    say(page, out)
    assert 'value="diabetes|type_2"' not in page.get().text
    answer = say(page, "add", add="diabetes|type_2")
    assert answer.status_code == 422
    assert "Undo that first" in words(answer.text, "add-wrong")
    assert len(page.open.work.corrections) == 1
    assert page.get().status_code == 200


def test_what_was_added_is_undone_and_not_taken_out(page: Client, chart: Chart) -> None:
    chart.resources.append(condition(HEART, **verified("unconfirmed")))
    say(page, "add", "Echo today", add="heart_failure|")
    shown = page.get().text
    assert f'value="{OUT}"' not in shown
    assert "You added this" in words(shown, "region-findings")
    answer = say(page, OUT)
    assert answer.status_code == 422
    assert words(answer.text, "corrections-wrong")
    assert [c.key for c in page.open.work.corrections] == ["added|heart_failure|"]
    assert page.get().status_code == 200


def test_only_what_is_in_the_way_is_undone(page: Client, chart: Chart) -> None:
    chart.resources.append(condition(HEART))
    say(page, OUT, "Echo normal")
    say(page, "add", "Her dialysis card", add="kidney_failure|dialysis")
    say(page, "taken_out|diabetes|type_2", "Lab mix-up")
    chart.resources.pop()
    read_again(page)
    failed = page.get()
    assert failed.status_code == 409
    named = words(failed.text, "clashing")
    assert "Heart failure" in named
    assert "Diabetes" not in named
    assert words(failed.text, "do-undo-all")
    page.post("work", page.form(do="undo-these", these=hidden(failed.text)["these"]))
    assert [c.reason for c in page.open.work.corrections] == ["Her dialysis card", "Lab mix-up"]
    assert page.get().status_code == 200


# --- what else a form says ------------------------------------------------------------------------


def test_a_chart_that_can_not_be_read_loses_no_note(page: Client, chart: Chart) -> None:
    chart.resources.append(condition(HEART))
    shown = hidden(page.get().text)
    page.app.state.pages.remembered.forget(page.id)
    chart.is_down = True
    form = {**shown, "do": OUT, f"reason|{OUT}": "Echo normal", "note": "Come back on Monday."}
    assert page.post("work", form).status_code == 504
    assert page.open.work.note == "Come back on Monday."
    assert page.open.work.corrections == ()
    running = page.app.state.service
    trail = [deed for deed, _ in running.store.trail.audited("Patient/p1")]
    assert [(deed.action, deed.actor) for deed in trail] == [("note", SIGNER)]
