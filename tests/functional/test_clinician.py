"""What a clinician does to a handout, from the record to the folder it is attached in."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fhir_handout import workflow
from fhir_handout.document import Signature
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.errors import Conflict, HandoutError
from fhir_handout.model import Change, Correction, Layout, Moment, Site
from fhir_handout.render import USUAL
from fhir_handout.standing import Standing, standing
from fhir_handout.workflow import Done, Request
from functional.records import bundle, condition, patient
from unit.handouts import loaded, looked_at
from unit.readers import everything_in

NOTE = "Please come back on Friday.\nBring your list."
WHY = "seen on the echo today"
ADDED = Correction("heart_failure", None, Change.ADDED, WHY, "Practitioner/dr-1")
OUT = Correction("diabetes", "type_2", Change.TAKEN_OUT, "it was ruled out", "Practitioner/dr-1")
DRAFT, SIGNED = Signature("preliminary"), Signature("final", signed_by="Practitioner/dr-1")
TODAY = date(2026, 11, 23)
Chart = Callable[..., FolderEhr]


def looking(ehr: FolderEhr, request: Request) -> Request:
    """The same by somebody who sees what the record shows now, and corrects that."""
    shown = workflow.assessed(ehr, replace(request, corrections=())).findings
    return replace(request, corrections=tuple(looked_at(shown, c) for c in request.corrections))


@pytest.fixture
def chart(tmp_path: Path) -> Chart:
    """A folder with these resources, and one beside it to write to."""

    def made(*resources: dict[str, Any], **of_patient: Any) -> FolderEhr:
        record = bundle(patient(**of_patient), *resources)
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / "record.json").write_text(json.dumps(record), "utf-8")
        (tmp_path / "out").mkdir(exist_ok=True)
        return FolderEhr(tmp_path / "in", tmp_path / "out")

    return made


def asked(**elements: Any) -> Request:
    return Request("p1", None, Moment.on(TODAY), loaded(), Site(), **elements)


def attach(
    ehr: FolderEhr, request: Request, signature: Signature = DRAFT, **more: Any
) -> workflow.Outcome:
    return workflow.attach(ehr, request, more.pop("formats", USUAL), signature, **more)


def written(tmp_path: Path, kind: str) -> list[dict[str, Any]]:
    found = (json.loads(p.read_text("utf-8")) for p in (tmp_path / "out").rglob("*.json"))
    return [resource for resource in found if resource["resourceType"] == kind]


def reasons(tmp_path: Path) -> list[str]:
    (provenance,) = written(tmp_path, "Provenance")
    return [reason["text"] for reason in provenance.get("reason", [])]


# --- provenance -----------------------------------------------------------------------------------


def test_what_a_clinician_did_stands_in_the_provenance(chart: Chart, tmp_path: Path) -> None:
    ehr = chart(condition("E11.9"))
    request = looking(ehr, asked(corrections=(OUT, ADDED), note=NOTE, teach_back=True))
    made = attach(ehr, request, SIGNED).prepared
    assert made
    assert reasons(tmp_path) == [
        "Diabetes, type 2: taken out, though the record shows it, by Practitioner/dr-1. "
        "Why: it was ruled out",
        "Heart failure: added, though the record lacks it, by Practitioner/dr-1. "
        "Why: seen on the echo today",
        "A note to the patient was added by Practitioner/dr-1.",
        "Teach-back was done by Practitioner/dr-1.",
    ]
    (provenance,) = written(tmp_path, "Provenance")
    assert [e["what"]["reference"] for e in provenance["entity"]] == ["Patient/p1"]
    assert "why-heart-failure" in {a.statement for a in made.handout.advice}
    assert not made.handout.findings.of("diabetes")[0].votes


def test_without_any_of_it_there_is_no_reason(chart: Chart, tmp_path: Path) -> None:
    attach(chart(), asked())
    assert "reason" not in written(tmp_path, "Provenance")[0]


def test_nobody_is_named_where_nobody_is_known(chart: Chart, tmp_path: Path) -> None:
    attach(chart(), asked(note=NOTE, teach_back=True))
    assert reasons(tmp_path) == ["A note to the patient was added.", "Teach-back was done."]


# --- the note -------------------------------------------------------------------------------------


def test_a_note_is_in_every_format_and_part_of_which_document_it_is(
    chart: Chart, tmp_path: Path
) -> None:
    ehr = chart()
    first = attach(ehr, asked(note=NOTE))
    assert attach(ehr, asked(note=f"  {NOTE}\r\n")).done is Done.ALREADY_THERE
    other = attach(ehr, asked(note=f"{NOTE}!"))
    assert (other.done, other.replaced) == (Done.REPLACED, (first.document,))
    assert attach(ehr, asked()).replaced == (other.document,)
    assert first.prepared
    for made in first.prepared.renderings(loaded(), USUAL):
        text = everything_in(made.data)
        assert "Please come back on Friday." in text
        assert "Bring your list." in text


def test_a_note_that_no_font_can_show_leaves_out_the_pdf_and_the_rest_goes(chart: Chart) -> None:
    done = attach(chart(), asked(note="ᎣᏏᏲ"))
    assert done.done is Done.CREATED
    assert "no font has U+13A3" in done.left_out


def test_nothing_is_read_for_a_note_that_is_too_long_or_a_correction_of_nothing() -> None:
    class Unread:
        def read(self, request: object) -> None:
            raise AssertionError("it was read")

    unknown = replace(ADDED, risk_factor="bogus")
    for wrong in (asked(note="x" * 1001), asked(corrections=(unknown,))):
        with pytest.raises(HandoutError):
            workflow.prepare(Unread(), wrong)  # type: ignore[arg-type]


# --- bound to what was shown ----------------------------------------------------------------------


@pytest.mark.parametrize("formats", [USUAL, ("text",)])
@pytest.mark.parametrize("signature", [DRAFT, SIGNED])
def test_what_was_shown_is_attached(
    chart: Chart, formats: tuple[str, ...], signature: Signature
) -> None:
    ehr, request = chart(condition("E11.9")), asked(note="ᎣᏏᏲ", corrections=(ADDED,))
    prepared = workflow.prepare(ehr, request)
    shown = workflow.fingerprint(prepared, formats, signature.doc_status)
    tomorrow = replace(request, moment=Moment.on(date(2026, 11, 24)))
    assert attach(ehr, tomorrow, signature, formats=formats, shown=shown).done is Done.CREATED
    again = attach(ehr, request, signature, formats=formats, shown=shown)
    assert again.done is Done.ALREADY_THERE


def test_another_one_than_was_shown_is_not_attached(chart: Chart, tmp_path: Path) -> None:
    prepared = workflow.prepare(chart(), asked())
    shown = workflow.fingerprint(prepared, USUAL, "preliminary")
    changed = chart(condition("N18.6"))
    with pytest.raises(Conflict) as refused:
        attach(changed, asked(), shown=shown)
    assert refused.value.code == "changed-since-shown"
    assert written(tmp_path, "DocumentReference") == written(tmp_path, "Provenance") == []
    for other in (asked(note=NOTE), asked(corrections=(ADDED,))):
        with pytest.raises(Conflict, match="has changed since"):
            attach(chart(), other, shown=shown)


def test_an_entry_that_changes_no_word_is_no_other_handout(chart: Chart) -> None:
    shown = workflow.fingerprint(workflow.prepare(chart(), asked()), USUAL, "preliminary")
    assert attach(chart(condition("J06.9")), asked(), shown=shown).done is Done.CREATED


# --- what is there, and what would change ---------------------------------------------------------


def stands(ehr: FolderEhr, request: Request, signature: Signature = DRAFT, **more: Any) -> Standing:
    return standing(workflow.prepare(ehr, request), loaded(), more.get("formats", USUAL), signature)


def test_nothing_is_there_before_the_first(chart: Chart) -> None:
    assert stands(chart(), asked()) == Standing()


@pytest.mark.parametrize("note", ["", "ᎣᏏᏲ"])
def test_this_very_one_is_there_after_it(chart: Chart, note: str) -> None:
    """Also where its PDF was left out."""
    ehr = chart()
    done = attach(ehr, asked(note=note))
    assert bool(done.left_out) == bool(note)
    assert stands(ehr, asked(note=note)) == Standing(done.document)
    signed = attach(ehr, asked(note=note), SIGNED)
    assert stands(ehr, asked(note=note)) == Standing(signed.document)


def test_other_formats_are_another_document(chart: Chart) -> None:
    ehr = chart()
    done = attach(ehr, asked(), formats=("html", "text"))
    found = stands(ehr, asked())
    assert (found.same, found.replaced) == ("", (done.document,))
    assert found.change
    assert (found.change.added, found.change.removed) == ((), ())


@pytest.mark.parametrize("formats", [USUAL, ("html",), ("text",), ("pdf", "html")])
@pytest.mark.parametrize("layout", [Layout.STANDARD, Layout.EASY])
def test_an_older_one_is_compared_by_whole_lines(
    chart: Chart, formats: tuple[str, ...], layout: Layout
) -> None:
    old = attach(chart(), asked(layout=layout), formats=formats)
    ehr = chart(condition("N18.6"))
    later = replace(asked(layout=layout, note=NOTE), moment=Moment.on(date(2026, 11, 24)))
    found = stands(ehr, later, formats=formats)
    assert (found.same, found.replaced) == ("", (old.document,))
    assert found.change
    new = workflow.prepare(ehr, later)
    assert old.prepared
    was, now = ({a.statement for a in p.handout.advice} for p in (old.prepared, new))
    words = {n: t.partition(". ")[0] for n, t in loaded().catalogues["en"].items()}
    added, removed = "\n".join(found.change.added), "\n".join(found.change.removed)
    assert found.change.added[:3] == ("A note from the care team", *NOTE.split("\n"))
    for gone, there, told in ((was, now, removed), (now, was, added)):
        only = [words[name] for name in gone - there if "{" not in words[name]]
        assert only
        assert [text for text in only if text not in told] == []
    assert "November" not in added + removed  # the day alone changes every day
    both = [words[name] for name in was & now]
    assert not set(both) & {*found.change.added, *found.change.removed}


def test_a_pdf_alone_and_what_stands_elsewhere_can_not_be_compared(
    chart: Chart, tmp_path: Path
) -> None:
    old = attach(chart(), asked(), formats=("pdf",))
    found = stands(chart(condition("N18.6")), asked(), formats=("pdf",))
    assert found == Standing("", (old.document,), None)


@pytest.mark.parametrize(
    "content",
    [
        [],
        "no list",
        [None, {"attachment": 3}, {"attachment": {"contentType": "text/plain"}}],
        [{"attachment": {"contentType": "text/plain", "url": "Binary/1"}}],
        [{"attachment": {"contentType": "text/plain", "data": "!"}}],
        [{"attachment": {"contentType": "application/pdf", "data": "JVBERi0="}}],
    ],
)
def test_whatever_an_older_one_holds_breaks_nothing(chart: Chart, content: Any) -> None:
    ehr = chart()
    attach(ehr, asked())
    prepared = workflow.prepare(ehr, asked(note=NOTE))
    documents = tuple({**old, "content": content} for old in prepared.record.documents)
    spoiled = replace(prepared, record=replace(prepared.record, documents=documents))
    assert standing(spoiled, loaded(), USUAL, DRAFT).change is None


def test_a_foreign_page_is_read_as_text(chart: Chart) -> None:
    ehr = chart()
    attach(ehr, asked(), formats=("html",))
    prepared = workflow.prepare(ehr, asked(note=NOTE))
    page = b"<p>Old <b>line</b> &lt;1&gt;</p><script>no()</script><p>An<br>other"
    attachment = {"contentType": "text/html; charset=utf-8", "data": b64encode(page).decode()}
    documents = tuple(
        {**old, "content": [{"attachment": attachment}]} for old in prepared.record.documents
    )
    spoiled = replace(prepared, record=replace(prepared.record, documents=documents))
    found = standing(spoiled, loaded(), ("html",), DRAFT).change
    assert found
    assert found.removed == ("Old line <1>", "An", "other")
