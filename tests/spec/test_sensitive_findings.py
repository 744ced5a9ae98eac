"""What is sensitive is held back from everything attached until a clinician confirms it.

A minor's pregnancy and the time after a loss vote all along. Each row is a record; what is looked
through is every byte that would be written to the chart.
"""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from fhir_handout import workflow
from fhir_handout.document import Signature, attach_transaction
from fhir_handout.done_by_hand import reasons
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.model import Change, Correction, Moment, Site
from fhir_handout.patient_record import Gap, Part
from fhir_handout.render import FORMATS
from fhir_handout.series import decide, fingerprint_of
from spec.builders import (
    TODAY,
    YOUNG_WOMAN,
    Fhir,
    condition,
    observation,
    pack,
    patient,
    pregnant,
    prepared,
    snomed,
    weeks_ago,
)
from spec.cases import table
from unit.readers import everything_in

EXAMPLES = Path(__file__).parents[2] / "fhir_examples"
GIRL = patient("2009-05-02", "female")
NEUTRAL = ("pregnancy-may-be", "cause-pregnancy", "signs-if-pregnant")
"""The lines that speak of pregnancy to everybody of an age for it, or to everybody."""

OF_PREGNANCY = re.compile(
    r"pregnan|baby|birth|labou?r|unborn|prenatal|miscarr|abortion|terminat|fetus|fetal|womb"
    r"|trimester|gestation|postpartum|ectopic|stillb",
    re.IGNORECASE,
)
OF_A_CHILD = re.compile(r"bab(y|ies)|birth|newborn|breast", re.IGNORECASE)

SECRET = "sensitive-entry"
PREGNANT_GIRL = [GIRL, {**pregnant(recorded=weeks_ago(8)), "id": SECRET}]
LOSS = [YOUNG_WOMAN, {**condition("O03.9", recorded=weeks_ago(6)), "id": SECRET}]
TERMINATION = [YOUNG_WOMAN, {**condition("Z33.2", recorded=weeks_ago(6)), "id": SECRET}]
GIRL_AFTER_A_LOSS = [GIRL, {**condition("O03.9", recorded=weeks_ago(6)), "id": SECRET}]
LOST_SINCE = [
    YOUNG_WOMAN,
    {**pregnant(recorded=weeks_ago(20)), "id": f"{SECRET}-before"},
    {**condition("O03.9", recorded=weeks_ago(6)), "id": SECRET},
]
MAYBE_LOST = [
    YOUNG_WOMAN,
    {**pregnant(recorded=weeks_ago(3)), "id": f"{SECRET}-before"},
    {**condition("O03.9"), "id": SECRET},  # of no known day
]
# One entry that shows two things is as secret as the one of them that is.
DIABETES_IN_PREGNANCY = [GIRL, {**condition("O24.410", recorded=weeks_ago(5)), "id": SECRET}]
KIDNEYS_IN_PREGNANCY = [GIRL, {**condition("O10.211", recorded=weeks_ago(5)), "id": SECRET}]
PREGNANCIES = [
    ("a pregnant girl", PREGNANT_GIRL),
    ("a girl's diabetes in pregnancy", DIABETES_IN_PREGNANCY),
    ("a girl's kidney disease in pregnancy", KIDNEYS_IN_PREGNANCY),
]
AFTER_A_LOSS = [
    ("a loss", LOSS),
    ("a termination", TERMINATION),
    ("a girl's loss", GIRL_AFTER_A_LOSS),
    ("a pregnancy that was lost", LOST_SINCE),
    ("a pregnancy that may have been lost", MAYBE_LOST),
]
SENSITIVE = [*PREGNANCIES, *AFTER_A_LOSS]
UNREAD = (Gap("Condition/x", "not read", frozenset({Part.CONDITIONS})),)
LOST = ("postpartum",)
OTHERS = [condition("N18.6"), condition("E11.9")]


def transaction_of(made: workflow.Prepared) -> Fhir:
    """What an attach would write."""
    fingerprint = fingerprint_of(made.handout, made.sheet, made.look, FORMATS, "preliminary")
    return attach_transaction(
        made.record,
        made.handout,
        made.renderings(pack(), FORMATS),
        decide(made.series, fingerprint, fingerprint, ()),
        made.series,
        Signature("preliminary"),
        Moment.on(TODAY),
        reasons(made.handout, True, True, "Practitioner/dr-1"),
    )


def written(made: workflow.Prepared) -> tuple[str, set[str]]:
    """The same, decoded, and the references in it."""
    transaction = transaction_of(made)
    contents = transaction["entry"][0]["resource"]["content"]
    pages = [everything_in(b64decode(c["attachment"]["data"])) for c in contents]
    entities = transaction["entry"][1]["resource"]["entity"]
    references = {entity["what"]["reference"] for entity in entities}
    return "\n".join([json.dumps(transaction), *pages]), references


def said(made: workflow.Prepared) -> set[str]:
    return {advice.statement for advice in made.handout.advice}


def without_neutral_lines(text: str) -> str:
    """Its words on one line, without the ids and the words of the neutral lines."""
    flat = " ".join(text.split())
    for name in NEUTRAL:
        flat = flat.replace(f'id="{name}"', "")
        words = " ".join(pack().catalogues["en"][name].split())
        flat = flat.replace(f">{words}<", "><")
        flat = re.sub(rf"[-•·] ?{re.escape(words)} (?=[-•·]|[A-Z])", "", flat)
    return flat


@table("record", SENSITIVE)
@pytest.mark.parametrize("others", [[], OTHERS], ids=["alone", "beside other findings"])
def test_nothing_attached_tells_of_it(record: Any, others: list[Fhir]) -> None:
    made = prepared(*record, *others)
    text, references = written(made)
    codes = {c["code"] for r in record[1:] for c in r["code"]["coding"]}
    assert SECRET not in text
    assert not [code for code in codes if code in text]
    assert set(NEUTRAL) <= said(made)
    assert OF_PREGNANCY.findall(without_neutral_lines(text.partition("<!DOCTYPE")[2])) == []
    assert {f"Condition/r{number}" for number in range(len(record), len(record) + len(others))} == {
        name for name in references if name.startswith("Condition/")
    }


@pytest.mark.parametrize("confirm", [False, True])
def test_the_example_of_a_pregnant_girl_is_told_only_once_it_is_confirmed(confirm: bool) -> None:
    name = "teenager-pregnant"
    request = workflow.Request(
        name, None, Moment.on(TODAY), pack(), Site(), confirm_sensitive=confirm
    )
    text, references = written(workflow.prepare(FolderEhr(EXAMPLES / name), request))
    told = OF_PREGNANCY.findall(without_neutral_lines(text.partition("<!DOCTYPE")[2]))
    assert (f"Condition/{name}-pregnancy" in references) is confirm
    assert ("You are pregnant" in text) is confirm
    assert bool(told) is confirm
    if not confirm:
        assert not re.search(r"teenager-pregnant-|Z34\.02|77386006|trimester", text)


@table("record", SENSITIVE)
def test_it_votes_whether_it_is_confirmed_or_not(record: Any) -> None:
    kept, told = prepared(*record), prepared(*record, confirm_sensitive=True)
    assert kept.handout.levels == told.handout.levels
    assert kept.handout.levels["exercise"].level == "X1"
    warnings = {s.id for s in pack().content.statements if s.kind == "emergency"}
    assert "leg-swollen-emergency" in said(kept) & warnings


def test_a_girls_pregnancy_is_told_once_it_is_confirmed() -> None:
    made = prepared(*PREGNANT_GIRL, confirm_sensitive=True)
    assert {"why-pregnancy", "pregnancy-belly", "pregnancy-warning-signs"} <= said(made)
    assert not {"signs-if-pregnant", "head-sight-bleeding"} & said(made)
    assert f"Condition/{SECRET}" in written(made)[1]
    assert [f.withheld for f in made.handout.findings.of("pregnancy")] == [None]


@table("record", AFTER_A_LOSS)
def test_after_a_loss_no_child_is_spoken_of_confirmed_or_not(record: Any) -> None:
    for confirm in (False, True):
        made = prepared(*record, confirm_sensitive=confirm)
        assert "signs-if-pregnant" in said(made)
        lines = " ".join(line.text for s in made.sheet.sections for line in s.lines)
        assert OF_A_CHILD.findall(lines) == []


@table(
    "record",
    [
        ("a loss", LOSS),
        ("a termination", TERMINATION),
        ("a girl's loss", GIRL_AFTER_A_LOSS),
        ("a pregnancy that was lost", LOST_SINCE),
    ],
)
def test_a_loss_that_is_confirmed_is_no_secret_of_the_provenance(record: Any) -> None:
    made = prepared(*record, confirm_sensitive=True)
    assert f"Condition/{SECRET}" in written(made)[1]
    assert [f.withheld for f in made.handout.findings.of("postpartum")] == [None]


def test_a_pregnancy_that_may_have_been_lost_can_not_be_confirmed_with_the_loss() -> None:
    made = prepared(*MAYBE_LOST, confirm_sensitive=True)
    assert [f.withheld for f in made.handout.findings.of("pregnancy")] == ["confidential"]
    assert not {"why-pregnancy", "pregnancy-belly", "pregnancy-warning-signs"} & said(made)
    assert f"Condition/{SECRET}-before" not in written(made)[1]


WHY = "told-in-confidence"


def by_hand(change: Change, factor: str = "pregnancy", qualifier: str | None = None) -> Correction:
    return Correction(factor, qualifier, change, WHY, "Practitioner/dr-1")


@table(
    ("record", "gaps", "correction"),
    [
        ("added to a girl", [GIRL], (), by_hand(Change.ADDED)),
        ("added to a girl who has it", PREGNANT_GIRL, (), by_hand(Change.ADDED)),
        ("taken out of a girl's record", PREGNANT_GIRL, (), by_hand(Change.TAKEN_OUT)),
        ("answered for a girl", [GIRL], UNREAD, by_hand(Change.ANSWERED)),
        (
            "an entry that shows something else too",
            DIABETES_IN_PREGNANCY,
            (),
            by_hand(Change.TAKEN_OUT),
        ),
        ("a loss that is added", [YOUNG_WOMAN], (), by_hand(Change.ADDED, *LOST)),
        ("a loss that is taken out", LOSS, (), by_hand(Change.TAKEN_OUT, *LOST)),
    ],
)
def test_no_correction_of_it_is_attached_either(
    record: Any, gaps: Any, correction: Correction
) -> None:
    made = prepared(*record, gaps=gaps, corrections=(correction,))
    (corrected,) = made.handout.findings.corrections
    assert corrected.withheld == "confidential"
    text, _ = written(made)
    assert WHY not in text
    assert SECRET not in text
    assert OF_PREGNANCY.findall(without_neutral_lines(text.partition("<!DOCTYPE")[2])) == []
    assert [
        reason["text"] for reason in transaction_of(made)["entry"][1]["resource"]["reason"]
    ] == [
        "A note to the patient was added by Practitioner/dr-1.",
        "Teach-back was done by Practitioner/dr-1.",
    ]
    other = by_hand(Change.ADDED, "heart_failure")
    beside = prepared(*record, gaps=gaps, corrections=(correction, other))
    assert written(beside)[0].count(WHY) == 1


def test_a_correction_of_it_is_attached_once_it_is_confirmed() -> None:
    made = prepared(GIRL, confirm_sensitive=True, corrections=(by_hand(Change.ADDED),))
    text, references = written(made)
    assert WHY in text
    assert "You are pregnant" in text
    assert "Practitioner/dr-1" not in references


def test_a_pregnancy_that_may_have_been_lost_is_no_word_of_a_correction() -> None:
    made = prepared(*MAYBE_LOST, confirm_sensitive=True, corrections=(by_hand(Change.TAKEN_OUT),))
    assert WHY not in written(made)[0]


def test_an_answer_beside_it_does_not_say_that_there_is_some_of_it() -> None:
    answer = by_hand(Change.ANSWERED)
    beside = prepared(*MAYBE_LOST, gaps=UNREAD, confirm_sensitive=True, corrections=(answer,))
    assert [f.withheld for f in beside.handout.findings.of("pregnancy")] == ["confidential"]
    alone = prepared(YOUNG_WOMAN, gaps=UNREAD, confirm_sensitive=True, corrections=(answer,))
    assert list(reasons(beside.handout, False, False, None)) == list(
        reasons(alone.handout, False, False, None)
    )


IMPLAUSIBLE = [
    ("a man's", patient("1990-01-01", "male")),
    ("a child's", patient("2018-01-01", "female")),
    ("an old woman's", patient("1950-01-01", "female")),
]


@table("who", IMPLAUSIBLE)
@pytest.mark.parametrize("confirm", [False, True])
def test_what_can_not_be_is_never_told(who: Any, confirm: bool) -> None:
    entry = {**pregnant(recorded=weeks_ago(8)), "id": SECRET}
    made = prepared(who, entry, confirm_sensitive=confirm)
    assert [f.withheld for f in made.handout.findings.of("pregnancy")] == ["implausible"]
    assert not {"why-pregnancy", "pregnancy-belly", "pregnancy-warning-signs"} & said(made)
    assert SECRET not in written(made)[0]


def test_an_adults_pregnancy_is_no_secret() -> None:
    record = [YOUNG_WOMAN, {**pregnant(recorded=weeks_ago(8)), "id": SECRET}]
    assert said(prepared(*record)) == said(prepared(*record, confirm_sensitive=True))
    assert "why-pregnancy" in said(prepared(*record))


def due(when: str) -> Fhir:
    return observation("11778-8", when, valueDateTime="2027-05-01")


def says_pregnant(when: str) -> Fhir:
    return observation("82810-3", when, valueCodeableConcept=snomed("77386006", "Pregnant"))


@table(
    "sign",
    [
        ("a due date", due(weeks_ago(6))),
        ("an answer", says_pregnant(weeks_ago(6))),
    ],
)
@table(
    "loss, told",
    [
        ("a loss of no known day", condition("O03.9"), False),
        ("a loss of the same day", condition("O03.9", recorded=weeks_ago(6)), False),
        ("an earlier loss", condition("O03.9", recorded=weeks_ago(30)), True),
    ],
)
def test_no_child_is_spoken_of_where_a_loss_may_have_come_after_a_due_date_or_an_answer(
    sign: Fhir, loss: Fhir, told: bool
) -> None:
    made = prepared(YOUNG_WOMAN, sign, loss)
    assert made.handout.levels["exercise"].level == "X1"
    assert ("pregnancy-warning-signs" in said(made)) is told
    assert {"pregnancy-warning-signs", "signs-if-pregnant"} & said(made)
