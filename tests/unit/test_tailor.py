"""What findings vote, what topics come to, which statements are said and why others are not."""

from itertools import permutations

import pytest

from fhir_handout.model import Advice, Finding, Omission, Status
from fhir_handout.pack_model import RiskFactor, Vote
from fhir_handout.patient_record import Part
from fhir_handout.tailor import tailor, votes
from unit.handouts import Ages, finding, found, handout, loaded, said

PACK = loaded().content
FACTOR = RiskFactor(
    id="factor",
    label="Factor",
    shows_in=Part.CONDITIONS,
    votes=(
        Vote(frozenset(), {"fluids": "F1"}),
        Vote(frozenset({"severe"}), {"fluids": "F2", "exercise": "X1"}),
        Vote(frozenset(), {"medicines": "D2"}, frozenset({"other"})),
    ),
    when_unknown={"supplements": "S2"},
)


@pytest.mark.parametrize(
    ("status", "qualifier", "together", "expected"),
    [
        (Status.PRESENT, None, (), {("fluids", "F1")}),
        (Status.POSSIBLE, None, (), {("fluids", "F1")}),
        (Status.PRESENT, "mild", (), {("fluids", "F1")}),
        (Status.PRESENT, "severe", (), {("fluids", "F1"), ("fluids", "F2"), ("exercise", "X1")}),
        (Status.PRESENT, "mild", ("other",), {("fluids", "F1"), ("medicines", "D2")}),
        (Status.UNKNOWN, None, ("other",), {("supplements", "S2")}),
        (Status.ABSENT, None, ("other",), set()),
    ],
)
def test_votes(
    status: Status, qualifier: str | None, together: tuple[str, ...], expected: set[tuple[str, str]]
) -> None:
    cast = votes(FACTOR, Finding("factor", qualifier, status), frozenset(together))
    assert set(cast) == expected


ADULT: Ages = (40, 40)
LEVELS = {
    "nothing": ([], ADULT, [], "F0 S1 R0 X0 M0 C0 K1 D0"),
    "loop diuretic": (["diuretic.loop"], ADULT, [], "F1 S1 R0 X0 M0 C0 K1 D1"),
    "thiazide": (["diuretic.thiazide"], ADULT, [], "F1 S1 R0 X0 M0 C0 K1 D1"),
    "potassium-sparing": (["diuretic.potassium_sparing"], ADULT, [], "F1 S2 R0 X0 M0 C0 K1 D1"),
    "an unknown diuretic": (["diuretic.unspecified"], ADULT, [], "F1 S2 R0 X0 M0 C0 K1 D1"),
    "acute kidney injury": (["kidney_failure.acute"], ADULT, [], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "dialysis": (["kidney_failure.dialysis"], ADULT, [], "F2 S2 R1 X1 M0 C0 K1 D0"),
    "possible dialysis": (["kidney_failure.dialysis?"], ADULT, [], "F2 S2 R1 X1 M0 C0 K1 D0"),
    "stage 3": (["chronic_kidney_disease.stage_3"], ADULT, [], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "stage 4": (["chronic_kidney_disease.stage_4"], ADULT, [], "F2 S2 R1 X1 M0 C0 K1 D0"),
    "transplant": (["kidney_transplant"], ADULT, [], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "diabetes": (["diabetes.type_2"], ADULT, [], "F0 S1 R0 X0 M0 C0 K1 D0"),
    "heart failure": (["heart_failure"], ADULT, [], "F2 S2 R1 X1 M0 C0 K1 D0"),
    "cirrhosis": (["cirrhosis"], ADULT, [], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "cirrhosis with ascites": (["cirrhosis.with_ascites"], ADULT, [], "F2 S2 R1 X0 M0 C0 K1 D0"),
    "pregnancy": (["pregnancy"], ADULT, [], "F0 S1 R1 X1 M0 C1 K1 D0"),
    "pregnancy and a diuretic": (
        ["pregnancy", "diuretic.loop?"],
        ADULT,
        [],
        "F1 S1 R1 X1 M0 C1 K1 D2",
    ),
    "a child": ([], (8, 8), [], "F0 S1 R1 X0 M0 C2 K2 D0"),
    "a teenager": ([], (15, 15), [], "F0 S1 R1 X0 M0 C0 K1 D0"),
    "an older adult": ([], (65, 65), [], "F0 S1 R1 X0 M0 C0 K1 D0"),
    "an unknown age": ([], None, [], "F0 S2 R1 X0 M0 C0 K1 D0"),
    "conditions not read": ([], ADULT, [Part.CONDITIONS], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "medicines not read": ([], ADULT, [Part.MEDICINES], "F1 S2 R1 X0 M0 C0 K1 D0"),
    "documents not read": ([], ADULT, [Part.DOCUMENTS], "F0 S1 R0 X0 M0 C0 K1 D0"),
}


@pytest.mark.parametrize("case", LEVELS)
def test_levels(case: str) -> None:
    names, ages, gaps, expected = LEVELS[case]
    made = handout(*names, ages=ages, gaps=gaps)
    assert [level.level for level in made.levels.values()] == expected.split()


def test_the_pack_has_these_topics_in_this_order() -> None:
    assert [topic.levels[0][0] for topic in PACK.topics.values()] == list("FSRXMCKD")


@pytest.mark.parametrize(
    ("names", "topic", "because"),
    [
        ([], "fluids", ()),
        (["diuretic.loop"], "fluids", ("diuretic",)),
        (["diuretic.loop", "heart_failure"], "fluids", ("heart_failure",)),
        (
            ["kidney_failure.dialysis", "kidney_failure.end_stage", "heart_failure"],
            "fluids",
            ("kidney_failure", "heart_failure"),
        ),
        (["pregnancy"], "supplements", ("pregnancy",)),  # a vote for the lowest level counts too
    ],
)
def test_a_level_names_whoever_asked_for_it_once(
    names: list[str], topic: str, because: tuple[str, ...]
) -> None:
    assert handout(*names).levels[topic].because == because


def test_unknown_factors_are_named_too() -> None:
    because = handout(gaps=[Part.MEDICINES]).levels["fluids"].because
    assert because[0] == "diuretic"
    assert {"statin", "potassium_raising_medicine"} <= set(because)
    assert not {"heart_failure", "low_egfr"} & set(because)


def test_every_order_of_findings_gives_the_same() -> None:
    names = ["diuretic.loop", "heart_failure?", "pregnancy", "kidney_failure.dialysis"]
    made = {
        (
            frozenset(said(one)),
            tuple((level.level, frozenset(level.because)) for level in one.levels.values()),
        )
        for order in permutations(names)
        for one in [handout(*order)]
    }
    assert len(made) == 1


def test_statements_keep_the_order_of_the_pack() -> None:
    order = [statement.id for statement in PACK.statements]
    advice = [item.statement for item in handout("diuretic.loop", "diabetes.type_2").advice]
    assert advice == sorted(advice, key=order.index)


def test_advice_says_what_kind_it_is_where_it_stands_and_why() -> None:
    made = handout("heart_failure")
    assert Advice("fluids-set-amount", "replace", "prevent", ("heart_failure",)) in made.advice
    assert Advice("ask-first", "avoid", "first", ()) in made.advice


def test_an_omission_says_which_findings_displaced_it() -> None:
    made = handout("heart_failure", "kidney_transplant")
    assert Omission("fluids-usual", ("heart_failure",)) in made.omissions
    assert Omission("relaxant-maybe", ("heart_failure", "kidney_transplant")) in made.omissions


def test_what_had_nothing_to_do_with_this_patient_is_no_omission() -> None:
    assert "why-pregnancy" not in {omission.statement for omission in handout().omissions}


def test_what_is_merely_possible_is_not_told_as_a_fact() -> None:
    made = handout("diuretic.loop?")
    assert "why-diuretic" not in said(made)
    assert Omission("why-diuretic", ("diuretic",)) in made.omissions
    assert {"fluids-ask", "call-dizzy"} <= said(made)


def test_present_and_unknown_at_once_tells_the_fact_and_keeps_the_caution() -> None:
    made = handout("diuretic.loop", gaps=[Part.MEDICINES])
    assert {"why-diuretic", "note-unread", "supplements-none"} <= said(made)
    assert made.levels["supplements"].level == "S2"


def test_a_handout_keeps_what_it_was_made_of() -> None:
    findings = found("pregnancy")
    made = tailor(findings, PACK)
    assert made.findings is findings
    assert made.pack is PACK


def test_a_closed_gate_says_it_in_other_words() -> None:
    opened, closed = handout("pregnancy", "diuretic.loop"), handout("pregnancy*", "diuretic.loop")
    assert {"pregnancy-diuretic", "why-pregnancy"} <= said(opened)
    assert "medicines-contact" in said(closed)
    assert not {"pregnancy-diuretic", "why-pregnancy"} & said(closed)
    assert "leg-swollen-emergency" in said(closed)


def test_findings_are_written_as_their_names_say() -> None:
    assert finding("pregnancy?*").status is Status.POSSIBLE
    assert finding("pregnancy?*").withheld
    assert [f.status for f in found("diuretic.loop", gaps=[Part.MEDICINES]).of("diuretic")] == [
        Status.UNKNOWN,
        Status.PRESENT,
    ]
