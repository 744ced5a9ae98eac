"""A clinician's corrections of findings: what can be said, and what becomes of each finding."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from fhir_handout.corrections import corrected
from fhir_handout.errors import Conflict, HandoutError, NotAllowed, UsageError
from fhir_handout.explain_text import explanation_text
from fhir_handout.model import (
    Change,
    Correction,
    Evidence,
    Finding,
    Findings,
    RecognisedBy,
    Status,
    Withheld,
)
from fhir_handout.patient_record import CLINICAL_PARTS, Dated, Gap, Part
from fhir_handout.tailor import tailor
from unit.handouts import found, level, loaded, looked_at, said

PACK = loaded().content
WHO = "Practitioner/dr-1"
WHY = "Seen on the ward today"


def correction(
    name: str, change: Change = Change.ADDED, reason: str = WHY, by: str = WHO
) -> Correction:
    factor, _, qualifier = name.partition(".")
    return Correction(factor, qualifier or None, change, reason, by)


def after(before: Findings, *made: Correction, confirm: bool = False) -> Findings:
    return corrected(before, [looked_at(before, each) for each in made], PACK, confirm)


def shown(findings: Findings, factor: str) -> list[tuple[Any, ...]]:
    return [(f.qualifier, f.status.value, f.withheld) for f in findings.of(factor)]


# --- what becomes of a finding --------------------------------------------------------------------


def test_what_the_record_lacks_is_present_and_says_who_stated_it() -> None:
    made = after(found(), correction("diuretic.loop"))
    (finding,) = made.of("diuretic")
    assert shown(made, "diuretic") == [("loop", "present", None)]
    (evidence,) = finding.evidence
    assert (evidence.reference, evidence.recognised_by) == (WHO, RecognisedBy.CLINICIAN)
    assert (evidence.element, evidence.value, *evidence.coding) == ("", "", "", "", "")
    (record,) = made.corrections
    assert (record.was.status, record.withheld) == (Status.ABSENT, None)
    assert level(tailor(made, PACK), "fluids") == "F1"


def test_a_possible_one_becomes_certain_and_keeps_its_evidence() -> None:
    made = after(found("heart_failure?"), correction("heart_failure"))
    (finding,) = made.of("heart_failure")
    assert finding.status is Status.PRESENT
    assert [e.recognised_by.value for e in finding.evidence] == ["code", "clinician"]


def test_one_taken_out_leaves_the_others_of_its_factor() -> None:
    made = after(
        found("diuretic.loop", "diuretic.thiazide"), correction("diuretic.loop", Change.TAKEN_OUT)
    )
    assert shown(made, "diuretic") == [("thiazide", "present", None)]


@pytest.mark.parametrize("name", ["heart_failure", "heart_failure?"])
def test_the_last_one_taken_out_is_absence_and_stays_visible(name: str) -> None:
    before = found(name)
    made = after(before, correction("heart_failure", Change.TAKEN_OUT))
    assert shown(made, "heart_failure") == [(None, "absent", None)]
    assert [each.was for each in made.corrections] == [*before.of("heart_failure")]
    text = explanation_text(tailor(made, PACK), loaded().catalogues["en"])
    assert "Corrected by a clinician" in text
    assert f"by {WHO}: {WHY}" in text
    assert "Condition/heart_failure" in text


def test_what_is_taken_out_does_not_answer_for_a_gap() -> None:
    before = found("heart_failure", gaps=[Part.CONDITIONS])
    made = after(before, correction("heart_failure", Change.TAKEN_OUT))
    assert shown(made, "heart_failure") == [(None, "unknown", None)]


def test_what_is_added_does_not_answer_for_a_gap() -> None:
    made = after(found(gaps=CLINICAL_PARTS), correction("diuretic.loop"))
    assert shown(made, "diuretic") == [(None, "unknown", None), ("loop", "present", None)]
    assert [each.was.status for each in made.corrections] == [Status.UNKNOWN]


def test_an_answer_of_no_is_absence() -> None:
    made = after(found(gaps=CLINICAL_PARTS), correction("pregnancy", Change.ANSWERED))
    assert shown(made, "pregnancy") == [(None, "absent", None)]


def test_answers_leave_what_else_a_gap_may_hide_as_cautious_as_before() -> None:
    """Whoever votes for it: a pack may have one factor vote for all that was not read."""
    before = found(gaps=[Part.CONDITIONS])
    voters = [f for f in PACK.risk_factors.values() if f.when_unknown and not f.bands]
    hidden = [f.id for f in voters if before.of(f.id)[0].status is Status.UNKNOWN]
    assert {"kidney_failure", "heart_failure"} <= {*hidden}
    made = after(before, *(correction(name, Change.ANSWERED) for name in hidden))
    was, now = tailor(before, PACK), tailor(made, PACK)
    assert {t: x.level for t, x in now.levels.items()} == {
        t: x.level for t, x in was.levels.items()
    }
    assert now.levels["fluids"].because == ("cramp_complaint",)  # it votes nothing by itself
    assert "note-unread" in said(now)


def test_once_all_that_a_gap_could_hide_is_answered_it_is_a_gap_no_more() -> None:
    before = found(gaps=CLINICAL_PARTS)
    unknown = [f.risk_factor for f in before.findings if f.status is Status.UNKNOWN]
    made = tailor(after(before, *(correction(n, Change.ANSWERED) for n in unknown)), PACK)
    whole = tailor(found(), PACK)
    assert said(made) == said(whole)
    assert {t: x.level for t, x in made.levels.items()} == {
        t: x.level for t, x in whole.levels.items()
    }


def test_the_order_of_corrections_changes_nothing() -> None:
    before = found("heart_failure", "diuretic.loop", gaps=[Part.MEDICINES])
    made = (
        correction("heart_failure", Change.TAKEN_OUT),
        correction("diabetes.type_2"),
        correction("diabetes.type_1"),
        correction("statin", Change.ANSWERED),
    )
    assert len({after(before, *some) for some in permutations(made)}) == 1


def test_an_answer_beside_an_addition_says_that_there_is_nothing_more_of_it() -> None:
    """She takes furosemide and nothing else: as sure as if the list had been read and said so."""
    before = found(gaps=[Part.MEDICINES])
    unknown = [f.risk_factor for f in before.findings if f.status is Status.UNKNOWN]
    answers = [correction(name, Change.ANSWERED) for name in unknown]
    made = after(before, correction("diuretic.loop"), *answers)
    assert shown(made, "diuretic") == [("loop", "present", None)]
    whole, now = tailor(found("diuretic.loop"), PACK), tailor(made, PACK)
    assert said(now) == said(whole)
    assert {t: x.level for t, x in now.levels.items()} == {
        t: x.level for t, x in whole.levels.items()
    }


# --- bound to what was seen -----------------------------------------------------------------------


OLD = found("heart_failure?")
(POSSIBLY,) = OLD.of("heart_failure")
(EVIDENCE,) = POSSIBLY.evidence
RULED_OUT = looked_at(OLD, correction("heart_failure", Change.TAKEN_OUT))


def with_heart_failure(status: Status, *evidence: Evidence) -> Findings:
    own = Finding("heart_failure", None, status, evidence)
    others = (f for f in OLD.findings if f.risk_factor != "heart_failure")
    return replace(OLD, findings=(*others, own))


@pytest.mark.parametrize(
    "now",
    [
        with_heart_failure(Status.POSSIBLE, EVIDENCE, replace(EVIDENCE, reference="Condition/new")),
        with_heart_failure(Status.PRESENT, EVIDENCE),
        with_heart_failure(Status.POSSIBLE, replace(EVIDENCE, reference="Condition/new")),
        with_heart_failure(
            Status.POSSIBLE, replace(EVIDENCE, coding=EVIDENCE.coding._replace(code="I50.23"))
        ),
        with_heart_failure(Status.POSSIBLE, replace(EVIDENCE, value="900 pg/mL")),
        with_heart_failure(
            Status.POSSIBLE, replace(EVIDENCE, dated=Dated("recordedDate", "2026-11-23"))
        ),
    ],
    ids=["more", "surer", "another", "another code", "another value", "another date"],
)
def test_what_was_taken_out_takes_out_nothing_that_came_since(now: Findings) -> None:
    with pytest.raises(Conflict, match="heart_failure") as refused:
        corrected(now, [RULED_OUT], PACK)
    assert refused.value.code == "correction-outdated"
    assert refused.value.about == (RULED_OUT,)


def test_evidence_that_is_confirmed_since_is_new_though_other_was_certain_before() -> None:
    """Two entries, one of them certain, were taken out: now the other one is certain too."""
    other = replace(EVIDENCE, reference="Condition/other", is_sure=False)
    both = with_heart_failure(Status.PRESENT, EVIDENCE, other)
    made = looked_at(both, correction("heart_failure", Change.TAKEN_OUT))
    assert corrected(both, [made], PACK).corrections
    confirmed = with_heart_failure(Status.PRESENT, EVIDENCE, replace(other, is_sure=True))
    with pytest.raises(Conflict):
        corrected(confirmed, [made], PACK)


def test_what_was_taken_out_stays_out_where_less_shows_it() -> None:
    two = with_heart_failure(
        Status.PRESENT, EVIDENCE, replace(EVIDENCE, reference="Condition/other")
    )
    made = looked_at(two, correction("heart_failure", Change.TAKEN_OUT))
    fewer = with_heart_failure(Status.POSSIBLE, replace(EVIDENCE, is_sure=False))
    assert shown(corrected(fewer, [made], PACK), "heart_failure") == [(None, "absent", None)]


def unread(*gaps: Gap) -> Findings:
    """Every medicine is unknown, for these reasons."""
    return replace(found(gaps=[Part.MEDICINES]), gaps=gaps)


def medicine_gap(what: str, why: str = "no known code", about: str = "") -> Gap:
    return Gap(what, why, frozenset({Part.MEDICINES}), about)


VITAMIN = medicine_gap("MedicationStatement/x7", about="x7")
SEARCH = medicine_gap("MedicationRequest", "the search failed (403)")
ON_VITAMIN = looked_at(unread(VITAMIN), correction("diuretic", Change.ANSWERED))


@pytest.mark.parametrize(
    "gaps",
    [
        [VITAMIN, SEARCH],
        [SEARCH],
        [replace(VITAMIN, why="it is damaged")],
        [replace(VITAMIN, about="x8")],
    ],
    ids=["one more", "another", "another why", "another medicine"],
)
def test_an_answer_to_one_gap_answers_no_other(gaps: Iterable[Gap]) -> None:
    """That x7 is her vitamin says nothing of a medicine list that could not be read at all."""
    with pytest.raises(Conflict, match="diuretic") as refused:
        corrected(unread(*gaps), [ON_VITAMIN], PACK)
    assert refused.value.about == (ON_VITAMIN,)


def test_an_answer_to_gaps_stands_where_fewer_of_them_are_left() -> None:
    both = looked_at(unread(VITAMIN, SEARCH), correction("diuretic", Change.ANSWERED))
    assert shown(corrected(unread(VITAMIN), [both], PACK), "diuretic") == [(None, "absent", None)]


def test_a_gap_elsewhere_leaves_an_answer_as_it_is() -> None:
    conditions = Gap("Condition", "the search failed", frozenset({Part.CONDITIONS}))
    made = corrected(unread(VITAMIN, conditions), [ON_VITAMIN], PACK)
    assert shown(made, "diuretic") == [(None, "absent", None)]


@pytest.mark.parametrize("change", [Change.TAKEN_OUT, Change.ANSWERED])
def test_what_nobody_looked_at_is_never_lowered(change: Change) -> None:
    """As one that an older version kept, which did not say what it was made of."""
    blind = correction("heart_failure", change)
    with pytest.raises(Conflict):
        corrected(found("heart_failure", gaps=CLINICAL_PARTS), [blind], PACK)


def test_all_that_is_outdated_is_named_at_once_and_nothing_else() -> None:
    before = found("heart_failure", "diabetes.type_2", "diuretic.loop")
    out = [
        looked_at(before, correction(name, Change.TAKEN_OUT))
        for name in ("heart_failure", "diabetes.type_2", "diuretic.loop")
    ]
    now = found("diuretic.loop")
    with pytest.raises(Conflict) as refused:
        corrected(now, [*out, correction("pregnancy")], PACK)
    assert {each.risk_factor for each in refused.value.about} == {"heart_failure", "diabetes"}


# --- the gate -------------------------------------------------------------------------------------


def test_what_is_confidential_is_withheld_when_it_is_added_unless_it_is_confirmed() -> None:
    girl = found(ages=(15, 15), sex="female")
    closed = after(girl, correction("pregnancy"))
    assert shown(closed, "pregnancy") == [(None, "present", Withheld.CONFIDENTIAL)]
    assert closed.corrections[0].withheld is Withheld.CONFIDENTIAL
    opened = after(girl, correction("pregnancy"), confirm=True)
    assert shown(opened, "pregnancy") == [(None, "present", None)]
    assert opened.corrections[0].withheld is None


def test_an_answer_about_what_is_confidential_is_as_confidential() -> None:
    girl = found(ages=(15, 15), sex="female", gaps=CLINICAL_PARTS)
    assert after(girl, correction("pregnancy", Change.ANSWERED)).corrections[0].withheld
    assert not after(girl, correction("heart_failure", Change.ANSWERED)).corrections[0].withheld


def test_what_can_not_be_is_possible_and_never_told() -> None:
    made = after(found(sex="male"), correction("pregnancy"), confirm=True)
    assert shown(made, "pregnancy") == [(None, "possible", Withheld.IMPLAUSIBLE)]


def test_what_the_record_holds_back_stays_held_back_when_it_is_added() -> None:
    """It may have been lost since: nobody can confirm that away."""
    made = after(found("pregnancy?*", sex="female"), correction("pregnancy"), confirm=True)
    assert shown(made, "pregnancy") == [(None, "present", Withheld.CONFIDENTIAL)]
    taken = after(found("pregnancy?*"), correction("pregnancy", Change.TAKEN_OUT), confirm=True)
    assert taken.corrections[0].withheld is Withheld.CONFIDENTIAL


# --- what is refused ------------------------------------------------------------------------------


SECRET = "Testperson"
ADDED, OUT, ANSWERED = Change.ADDED, Change.TAKEN_OUT, Change.ANSWERED


@pytest.mark.parametrize(
    ("code", "kind", "made"),
    [
        ("reason-missing", NotAllowed, [correction("diabetes.type_2", ADDED, "")]),
        ("reason-missing", NotAllowed, [correction("diuretic.loop", OUT, "")]),
        ("reason-missing", NotAllowed, [correction("pregnancy", ANSWERED, "  ")]),
        ("reason-missing", NotAllowed, [correction("pregnancy", ADDED, " \u200d ")]),
        ("reason-missing", NotAllowed, [correction("pregnancy", by="")]),
        ("reason-too-long", UsageError, [correction("pregnancy", reason="x" * 501)]),
        ("reason-too-long", UsageError, [correction("pregnancy", by="x" * 501)]),
        *(
            ("reason-unprintable", UsageError, [correction("pregnancy", reason=f"{SECRET}{c}x")])
            for c in "\n\r\t\x00\x1b\x85\u202e\u2066\u200b\u2028\ue000\ufdd0\ufffe\ud800"
        ),
        ("correction-unknown-factor", UsageError, [correction(SECRET)]),
        ("correction-unknown-qualifier", UsageError, [correction(f"diuretic.{SECRET}")]),
        ("correction-unknown-qualifier", UsageError, [correction("diuretic")]),
        ("correction-unknown-qualifier", UsageError, [correction("diuretic.loop", ANSWERED)]),
        ("correction-of-age", UsageError, [correction("age.65_and_over")]),
        ("correction-of-age", UsageError, [correction("age", ANSWERED)]),
        ("correction-twice", UsageError, [correction("pregnancy"), correction("pregnancy")]),
        (
            "correction-contradiction",
            UsageError,
            [correction("pregnancy"), correction("pregnancy", OUT)],
        ),
        ("correction-outdated", Conflict, [correction("pregnancy", OUT)]),
        ("correction-outdated", Conflict, [correction("pregnancy", ANSWERED)]),
        ("correction-outdated", Conflict, [correction("diuretic.thiazide", OUT)]),
    ],
)
def test_what_makes_no_sense_is_refused_by_a_stable_code(
    code: str, kind: type[HandoutError], made: list[Correction]
) -> None:
    with pytest.raises(kind) as refused:
        after(found("diuretic.loop"), *made)
    assert (type(refused.value), refused.value.code) == (kind, code)
    assert SECRET not in refused.value.message
    if code != "correction-unknown-factor":
        assert made[0].risk_factor in refused.value.message


def test_a_reason_may_be_as_long_as_that_and_in_any_script() -> None:
    for reason in ("x" * 500, "نمی‌خورد", "विज्ञान"):
        assert after(found(), correction("pregnancy", reason=reason)).corrections


def test_no_correction_changes_nothing() -> None:
    before = found("diuretic.loop")
    assert after(before) is before
