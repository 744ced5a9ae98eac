"""Which document a handout is: series, fingerprint, identifier, and what it replaces."""

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from fhir_handout.model import Handout, Layout, Line, Look, Notice, Paper, Sheet, Site
from fhir_handout.patient_record import Identifier
from fhir_handout.series import (
    DOCUMENT,
    FINGERPRINT,
    SERIES,
    Decision,
    decide,
    fingerprint_of,
    series_of,
    values,
)
from unit.handouts import handout, sheet

THIS = series_of("Patient/1", "muscle_cramps", None)
Document = dict[str, Any]


# --- series ---------------------------------------------------------------------------------------


def test_a_series_is_a_patient_a_pack_and_an_encounter() -> None:
    every = {
        series_of(patient, pack, encounter).value
        for patient in ("Patient/1", "Patient/2")
        for pack in ("muscle_cramps", "other")
        for encounter in (None, "Encounter/1", "Encounter/2")
    }
    assert len(every) == 12
    assert series_of("Patient/1", "muscle_cramps", None) == THIS
    assert THIS.system == SERIES
    assert "Patient" not in THIS.value


# --- fingerprint ----------------------------------------------------------------------------------

HANDOUT = handout("diuretic.loop")
SHEET = sheet(HANDOUT)
PLAIN = Look()


def fingerprint(
    made: Handout = HANDOUT,
    worded: Sheet = SHEET,
    formats: Iterable[str] = ("html", "text"),
    status: str = "preliminary",
    look: Look = PLAIN,
) -> str:
    return fingerprint_of(made, worded, look, tuple(formats), status)


def with_another_line(worded: Sheet) -> Sheet:
    first, *rest = worded.sections
    line = replace(first.lines[0], text="Other words.")
    return replace(worded, sections=(replace(first, lines=(line, *first.lines[1:])), *rest))


DIFFERENT = {
    "another statement": lambda: fingerprint(handout("heart_failure"), SHEET),
    "statements in another order": lambda: fingerprint(
        replace(HANDOUT, advice=HANDOUT.advice[::-1])
    ),
    "other words": lambda: fingerprint(worded=with_another_line(SHEET)),
    "another heading": lambda: fingerprint(
        worded=replace(SHEET, words={**SHEET.words, "section-first": "Read this"})
    ),
    "another language": lambda: fingerprint(worded=replace(SHEET, language="es")),
    "another format": lambda: fingerprint(formats=["html"]),
    "another site": lambda: fingerprint(worded=replace(SHEET, site=Site(phone="1"))),
    "another emergency number": lambda: fingerprint(worded=sheet(HANDOUT, Site(country="US"))),
    "another name": lambda: fingerprint(worded=replace(SHEET, patient_name="Other")),
    "another pack": lambda: fingerprint(worded=replace(SHEET, hash="other")),
    "another layout": lambda: fingerprint(look=Look(Layout.LARGE)),
    "another paper": lambda: fingerprint(formats=["pdf"], look=Look(paper=Paper.LETTER)),
    "another language beside it": lambda: fingerprint(worded=replace(SHEET, beside=SHEET)),
    "a notice": lambda: fingerprint(
        worded=replace(SHEET, notices=(Notice("es", "ltr", "Pida un intérprete."),))
    ),
    "another status": lambda: fingerprint(status="final"),
}


@pytest.mark.parametrize("change", DIFFERENT)
def test_what_the_patient_would_see_change_changes_the_fingerprint(change: str) -> None:
    assert DIFFERENT[change]() not in (fingerprint(), fingerprint(formats=["pdf"]))


def test_the_size_of_paper_is_nothing_to_what_has_none() -> None:
    assert fingerprint(look=Look(paper=Paper.LETTER)) == fingerprint()


def test_the_same_has_the_same_fingerprint() -> None:
    assert fingerprint() == fingerprint(handout("diuretic.loop"), sheet(handout("diuretic.loop")))


def test_a_date_is_no_part_of_the_fingerprint() -> None:
    later = replace(SHEET, date="December 24, 2026")
    assert fingerprint(worded=later) == fingerprint()


def test_evidence_is_no_part_of_the_fingerprint() -> None:
    """The same advice for another reason is the same sheet."""
    other = replace(HANDOUT, findings=handout("heart_failure").findings)
    assert fingerprint(other) == fingerprint()


# --- decision -------------------------------------------------------------------------------------


def document(number: int, wanted: str, after: str = "first", **elements: Any) -> Document:
    """A document of the series with the identifier it gets where `after` came before it."""
    identifier = decide(THIS, wanted, wanted, [] if after == "first" else [named(after)]).identifier
    return {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "date": f"2026-11-{number:02}T12:00:00Z",
        "identifier": [
            {"system": DOCUMENT, "value": identifier.value},
            {"system": SERIES, "value": THIS.value},
            {"system": FINGERPRINT, "value": wanted},
        ],
        **elements,
    }


def named(name: str) -> Document:
    """A document of which only its place in the series matters."""
    return {
        "resourceType": "DocumentReference",
        "id": name.partition("/")[2],
        "identifier": [{"system": SERIES, "value": THIS.value}],
    }


def decided(wanted: str, *documents: Document, as_good: str = "") -> Decision:
    return decide(THIS, wanted, as_good or wanted, documents)


A1 = document(1, "a")
B2 = document(2, "b", after="DocumentReference/d1")
A1_OLD = {**A1, "status": "superseded"}


def test_the_first_document_replaces_nothing() -> None:
    decision = decided("a")
    assert (decision.existing, decision.replaces, decision.fingerprint) == (None, (), "a")
    assert decision.identifier.system == DOCUMENT


def test_six_writers_at_once_want_the_same_document() -> None:
    assert len({decided("a").identifier for _ in range(6)}) == 1
    assert decided("a", A1).identifier != decided("b", A1).identifier


def test_what_is_there_already_is_not_written_again() -> None:
    decision = decided("a", A1)
    assert (decision.existing, decision.replaces) == ("DocumentReference/d1", ())


def test_a_changed_handout_replaces_the_current_one() -> None:
    decision = decided("b", A1)
    assert (decision.existing, decision.replaces) == (None, (A1,))


def test_a_handout_that_changes_back_is_a_new_document() -> None:
    decision = decided("a", A1_OLD, B2)
    assert (decision.existing, decision.replaces) == (None, (B2,))
    assert decision.identifier.value not in values(A1, DOCUMENT)


def test_a_handout_is_attached_anew_after_it_was_retracted() -> None:
    retracted = {**A1, "status": "entered-in-error"}
    decision = decided("a", retracted)
    assert (decision.existing, decision.replaces) == (None, ())
    assert decision.identifier.value not in values(A1, DOCUMENT)


def test_documents_of_other_series_do_not_matter() -> None:
    other = copy.deepcopy(A1)
    other["identifier"][1]["value"] = "another series"
    assert decided("a", other) == decided("a")


def test_a_draft_does_not_replace_the_same_final_one() -> None:
    final = document(1, "final")
    assert decided("draft", final, as_good="final").existing == "DocumentReference/d1"
    assert decided("final", document(1, "draft")).replaces == (document(1, "draft"),)


def test_all_current_documents_are_replaced() -> None:
    """Two writers who knew nothing of each other left two."""
    other = document(3, "c", id="d3")
    assert decided("b", A1, other).replaces == (A1, other)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_last_of_a_series_is_known_in_any_order_and_whatever_its_date(
    order: tuple[int, ...],
) -> None:
    c3 = document(3, "c", after="DocumentReference/d2", date="2020-01-01T12:00:00Z")
    chain = [A1_OLD, {**B2, "status": "superseded"}, c3]
    expected = decided("a", named("DocumentReference/d3")).identifier
    assert decided("a", *(chain[i] for i in order)).identifier == expected


def test_of_several_last_ones_the_newest_counts() -> None:
    newer = document(9, "c")
    expected = decided("z", named("DocumentReference/d9")).identifier
    assert decided("z", A1, newer).identifier == expected
    assert decided("z", newer, A1).identifier == expected


def test_documents_without_a_name_or_a_date_are_no_obstacle() -> None:
    nameless = {name: value for name, value in A1.items() if name not in ("id", "date")}
    assert decided("z", nameless).identifier == decided("z").identifier
    assert decided("a", nameless).existing is None


# --- identifiers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ([{"system": SERIES, "value": "x"}], ["x"]),
        ([{"system": SERIES, "value": "x"}, {"system": SERIES, "value": "y"}], ["x", "y"]),
        ([{"system": "other", "value": "x"}], []),
        ([{"value": "x"}, "x", None], []),
        ([{"system": SERIES}], []),
        ([{"system": SERIES, "value": {"odd": 1}}], []),
        ({"system": SERIES, "value": "x"}, []),
        ("x", []),
        (None, []),
    ],
)
def test_identifiers_are_read_from_anything(identifier: Any, expected: list[str]) -> None:
    assert (
        values({"resourceType": "DocumentReference", "identifier": identifier}, SERIES) == expected
    )


def test_an_identifier_is_written_as_a_search_has_it() -> None:
    assert str(Identifier("urn:a", "b")) == "urn:a|b"


def test_a_line_is_a_value() -> None:
    assert Line("a", "do", "A.") == Line("a", "do", "A.")
