"""What a form makes of the work, and what a session keeps of it: pure, without a request."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fhir_handout.errors import UsageError
from fhir_handout.model import NOTHING_SEEN, Seen, Status
from fhir_handout.service.page.auditing import changes
from fhir_handout.service.page.entering import Choosable, entered
from fhir_handout.service.page.kept_work import keep_work, take_work
from fhir_handout.service.page.session import Open, Tokens, opening
from fhir_handout.service.page.work import Attached, Mistake, Noted, Work
from service.running import NOW, service

SEEN = Seen(Status.POSSIBLE, frozenset({"Condition/1 abc possible"}))
OF_A_GAP = Seen(Status.UNKNOWN, gaps=frozenset({"def"}))
CHOOSABLE = Choosable(
    ("en", "ar"),
    ("large",),
    ("a4",),
    {"f": ("q", None), "g": ("a", "b")},
    {
        "taken_out|f|q": SEEN,
        "taken_out|g|a": SEEN,
        "answered|f|": OF_A_GAP,
        "answered|g|": OF_A_GAP,
    },
    "as-shown",
)
NOTED = Noted.of_seen("taken_out", "f", "q", "wrong", SEEN)
WORK = Work("ar", "large", "a4", True, (NOTED,), "a note", True)
ATTACHED = Attached("DocumentReference/1", "created", "final", ("pdf",), (), "", "en", 3, 17)


@pytest.mark.parametrize(
    "launched",
    [
        opening(None),
        opening(Tokens("a", 5.5, "r", "openid"), "p", "e", "Practitioner/1", "Ada", WORK),
        replace(opening(None, "p"), work=replace(WORK, attached=ATTACHED), revision=7),
    ],
)
def test_a_session_gives_back_what_it_was_given(launched: Open) -> None:
    assert Open.from_json(launched.to_json()) == launched


def test_secrets_are_not_printed() -> None:
    printed = repr(opening(Tokens("the-access", 1, "the-refresh"), "p"))
    assert "the-access" not in printed
    assert "the-refresh" not in printed
    assert opening(None).csrf not in repr(opening(None))


@pytest.mark.parametrize(
    ("user", "signs"),
    [
        ("Practitioner/9", True),
        ("PractitionerRole/a-b.1", True),
        ("Patient/9", False),
        ("Practitioner/", False),
        ("Practitioner/9/_history/1", False),
        ("https://elsewhere.example/Practitioner/9", False),
        ("Practitioner/9\nX", False),
        (None, False),
    ],
)
def test_who_can_sign(user: str | None, signs: bool) -> None:
    assert opening(None, user=user).signer == (user if signs else None)


def test_a_form_without_a_field_leaves_it_as_it_was() -> None:
    assert entered(WORK, {}, CHOOSABLE).work == WORK
    assert entered(WORK, {"do": "save", "other": "x"}, CHOOSABLE).work == WORK


def test_an_empty_choice_leaves_it_to_others_and_an_empty_box_is_no() -> None:
    form = {"language": "", "layout": "", "paper": "", "has_confirm": "1", "has_teach_back": "1"}
    assert entered(WORK, form, CHOOSABLE).work == Work(corrections=(NOTED,), note="a note")


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("  \n ", ""),
        ("x" * 1000, "x" * 1000),
        ("\r\n".join("x" * 500 for _ in range(2)), None),
        ("x" * 1001, None),
    ],
)
def test_a_note_is_plain_lines_of_so_many_characters(note: str, kept: str | None) -> None:
    found = entered(WORK, {"note": note}, CHOOSABLE)
    if kept is None:
        assert found.mistakes == (Mistake("note", "note-too-long"),)
        assert found.typed == {"note": note}
        assert found.work == WORK
    else:
        assert found.mistakes == ()
        assert found.work.note == kept


@pytest.mark.parametrize(
    ("reason", "mistake"),
    [
        ("why", ""),
        ("x" * 500, ""),
        ("", "reason-missing"),
        (" \n\u200b ", "reason-missing"),
        ("x" * 501, "reason-too-long"),
    ],
)
@pytest.mark.parametrize("key", ["taken_out|g|a", "answered|f|", "added|g|b"])
def test_every_correction_needs_a_reason(key: str, reason: str, mistake: str) -> None:
    found = entered(Work(), {"do": key, f"reason|{key}": reason}, CHOOSABLE)
    assert [each.what for each in found.mistakes] == ([mistake] if mistake else [])
    assert [each.key for each in found.work.corrections] == ([] if mistake else [key])


def test_a_correction_again_takes_the_place_of_the_first() -> None:
    form = {"do": NOTED.key, f"reason|{NOTED.key}": "still wrong"}
    (only,) = entered(WORK, form, CHOOSABLE).work.corrections
    assert only == replace(NOTED, reason="still wrong")
    assert entered(WORK, {"do": f"undo|{NOTED.key}"}, CHOOSABLE).work.corrections == ()
    assert entered(WORK, {"do": "undo|taken_out|f|"}, CHOOSABLE).work == WORK
    assert entered(WORK, {"do": "undo-all"}, CHOOSABLE).work.corrections == ()


def test_what_is_lowered_is_kept_with_what_was_seen_of_it() -> None:
    form = {"do": "taken_out|g|a", "reason|taken_out|g|a": "why", "found": "as-shown"}
    (out,) = entered(Work(), form, CHOOSABLE).work.corrections
    assert (out.status, out.evidence, out.seen) == ("possible", ("Condition/1 abc possible",), SEEN)
    form = {"do": "none", "unknown": "answered|f| answered|g|", "reason|none": "why"}
    answers = entered(Work(), form, CHOOSABLE).work.corrections
    assert [each.seen for each in answers] == [OF_A_GAP, OF_A_GAP]
    form = {"do": "add", "add": "g|b", "reason|add": "why"}
    (added,) = entered(Work(), form, CHOOSABLE).work.corrections
    assert added.seen == NOTHING_SEEN


@pytest.mark.parametrize(
    "form",
    [
        {"do": "taken_out|g|a", "reason|taken_out|g|a": "why", "found": "something else"},
        {"do": "taken_out|g|b", "reason|taken_out|g|b": "why", "found": "as-shown"},
        {"do": "answered|f|", "reason|answered|f|": "why", "found": "something else"},
        {"do": "none", "unknown": "answered|f|", "reason|none": "why", "found": "something else"},
    ],
)
def test_a_page_that_showed_something_else_lowers_nothing(form: dict[str, str]) -> None:
    found = entered(WORK, form, CHOOSABLE)
    assert found.mistakes == (Mistake("findings", "chart-changed"),)
    assert found.work == WORK
    assert "why" in found.typed.values()


def test_answers_to_all_gaps_are_kept_together_or_not_at_all() -> None:
    less = replace(CHOOSABLE, seen={"answered|f|": OF_A_GAP})
    form = {"do": "none", "unknown": "answered|f| answered|g|", "reason|none": "why"}
    found = entered(Work(), form, less)
    assert found.work == Work()
    assert found.mistakes == (Mistake("findings", "chart-changed"),)


def test_an_answer_that_was_given_stays_with_its_reason_when_the_rest_is_answered() -> None:
    first = {"do": "answered|f|", "reason|answered|f|": "the first"}
    work = entered(Work(), first, CHOOSABLE).work
    less = replace(CHOOSABLE, seen={"answered|g|": OF_A_GAP})
    form = {"do": "none", "unknown": "answered|f| answered|g|", "reason|none": "the rest"}
    found = entered(work, form, less)
    assert [c.reason for c in found.work.corrections] == ["the first", "the rest"]
    assert found.mistakes == ()


def test_what_was_taken_out_is_not_added_nor_the_other_way_round() -> None:
    add = {"do": "add", "add": "f|q", "reason|add": "why"}
    found = entered(WORK, add, CHOOSABLE)
    assert (found.work, found.mistakes) == (WORK, (Mistake("add", "contradiction"),))
    added = entered(Work(), add, CHOOSABLE).work
    out = {"do": NOTED.key, f"reason|{NOTED.key}": "why"}
    found = entered(added, out, CHOOSABLE)
    assert (found.work, found.mistakes) == (added, (Mistake("corrections", "contradiction"),))


def test_an_answer_and_an_addition_stand_beside_each_other() -> None:
    add = {"do": "add", "add": "f|q", "reason|add": "why"}
    answer = {"do": "answered|f|", "reason|answered|f|": "nothing else"}
    for first, second in ((add, answer), (answer, add)):
        found = entered(entered(Work(), first, CHOOSABLE).work, second, CHOOSABLE)
        assert found.mistakes == ()
        assert {each.key for each in found.work.corrections} == {"added|f|q", "answered|f|"}


def test_some_corrections_are_undone_and_the_others_kept() -> None:
    work = replace(WORK, corrections=(NOTED, Noted("added", "g", "a", "why")))
    form = {"do": "undo-these", "these": f"{NOTED.key} answered|g|"}
    assert [c.key for c in entered(work, form, CHOOSABLE).work.corrections] == ["added|g|a"]


def test_what_an_older_version_kept_is_read_and_takes_out_nothing() -> None:
    old = {"change": "taken_out", "risk_factor": "f", "qualifier": "q", "reason": "wrong"}
    work = Work.from_json({**WORK.to_json(), "corrections": [old]})
    assert [(each.key, each.seen) for each in work.corrections] == [(NOTED.key, NOTHING_SEEN)]


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"add": "g|a"}, ["reason|add"]),
        ({"reason|add": "why"}, ["add"]),
        ({}, ["add", "reason|add"]),
        ({"add": "f|", "reason|add": "why"}, []),
    ],
)
def test_what_is_added_is_chosen_and_has_a_reason(form: dict[str, str], fields: list[str]) -> None:
    found = entered(Work(), {"do": "add", **form}, CHOOSABLE)
    assert [each.field for each in found.mistakes] == fields
    assert len(found.work.corrections) == (0 if fields else 1)


@pytest.mark.parametrize(
    "form",
    [
        {"language": "xx"},
        {"layout": "LARGE"},
        {"paper": "a5"},
        {"do": "taken_out|h|a"},
        {"do": "taken_out|g|c"},
        {"do": "add", "add": "h|", "reason|add": "why"},
        {"do": "add", "add": "g|", "reason|add": "why"},
        {"do": "taken_out|g|", "reason|taken_out|g|": "why"},
        {"do": "answered|g|a", "reason|answered|g|a": "why"},
        {"do": "none", "unknown": "answered|f|q", "reason|none": "why"},
    ],
)
def test_what_no_form_of_the_page_says_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        entered(WORK, form, CHOOSABLE)
    assert caught.value.code == "bad-form"


def test_each_change_is_a_deed() -> None:
    said = [action for action, _ in changes(Work(), WORK)]
    assert said == ["correct", "note", "confirm-sensitive", "teach-back"]
    said = [action for action, _ in changes(WORK, Work())]
    assert said == ["undo-correction", "note", "confirm-sensitive", "teach-back"]
    assert list(changes(WORK, replace(WORK, language="en", layout=None))) == []


def test_work_is_kept_for_the_same_user_patient_visit_and_ehr_for_an_hour(tmp_path: Path) -> None:
    now = [NOW]
    running = replace(service(tmp_path), clock=lambda: now[0])
    launched = opening(None, "p", "e", "Practitioner/1", work=WORK)
    for others in (
        ("other", "Practitioner/1", "p", "e"),
        ("t", "Practitioner/2", "p", "e"),
        ("t", "Practitioner/1", "q", "e"),
        ("t", "Practitioner/1", "p", None),
        ("t", None, "p", "e"),
    ):
        keep_work(running, "t", launched)
        assert take_work(running, *others) is None
    found = take_work(running, "t", "Practitioner/1", "p", "e")
    assert found == replace(WORK, confirm_sensitive=False, teach_back=False)
    assert take_work(running, "t", "Practitioner/1", "p", "e") is None
    keep_work(running, "t", launched)
    now[0] += timedelta(seconds=3600)
    assert take_work(running, "t", "Practitioner/1", "p", "e") is None
    keep_work(running, "t", replace(launched, user=None))
    assert take_work(running, "t", None, "p", "e") is None
    running.store.close()


def test_a_session_stored_by_an_earlier_version_is_read() -> None:
    """It counted no readings, and did not say how a handout was asked for."""
    launched = replace(opening(None, "p"), work=replace(WORK, attached=ATTACHED))
    stored = launched.to_json()
    del stored["reads"]
    del stored["work"]["attached"]["asked"]
    del stored["work"]["attached"]["shown"]
    assert Open.from_json(stored) == launched
