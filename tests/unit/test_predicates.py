"""When a statement applies, and which risk factors decided that."""

from typing import Any

import pytest

from fhir_handout.model import Level
from fhir_handout.pack_model import Predicate
from fhir_handout.patient_record import Part
from fhir_handout.predicates import COMBINING, NAMES, Outcome, Situation, evaluate
from unit.handouts import Ages, found, loaded

TOPICS = loaded().content.topics
HOLDS, FAILS = Outcome(True), Outcome(False)


def situation(*names: str, fluids: Level | None = None, **about: Any) -> Situation:
    levels = {topic.id: Level(topic.id, topic.levels[0], ()) for topic in TOPICS.values()}
    return Situation(
        found(*names, **about), levels | ({"fluids": fluids} if fluids else {}), TOPICS
    )


def finding(
    factor: str, *qualifiers: str, certain: bool = False, withheld: bool = False
) -> Predicate:
    return Predicate(
        "finding",
        {
            "factor": factor,
            "qualifiers": qualifiers,
            "certain": certain,
            "even_withheld": withheld,
        },
    )


def fluids(*levels: str) -> Predicate:
    return Predicate("level", {"topic": "fluids", "levels": levels})


def patient(age_from: int = 0, age_to: int = 200, sex_not: tuple[str, ...] = ()) -> Predicate:
    return Predicate("patient", {"age_from": age_from, "age_to": age_to, "sex_not": sex_not})


def combined(name: str, *parts: Predicate) -> Predicate:
    return Predicate(name, {}, parts)


ALWAYS = Predicate("always")
NEVER = combined("none", ALWAYS)


def test_always_holds() -> None:
    assert evaluate(ALWAYS, situation()) == HOLDS


@pytest.mark.parametrize(
    ("reached", "wanted", "expected"),
    [
        ("F1", ("F1",), Outcome(True, ("diuretic",))),
        ("F1", ("F0", "F1"), Outcome(True, ("diuretic",))),
        ("F1", ("F0",), Outcome(False, ("diuretic",))),  # the findings displaced it
        ("F1", ("F2",), FAILS),  # nothing of this patient's asked for it
        ("F1", ("F0", "F2"), FAILS),
    ],
)
def test_level(reached: str, wanted: tuple[str, ...], expected: Outcome) -> None:
    level = Level("fluids", reached, ("diuretic",))
    assert evaluate(fluids(*wanted), situation(fluids=level)) == expected


DIURETIC = Outcome(True, ("diuretic",))
NOT_DIURETIC = Outcome(False, ("diuretic",))


@pytest.mark.parametrize(
    ("names", "wanted", "expected"),
    [
        ([], finding("diuretic"), FAILS),
        (["diuretic.loop"], finding("diuretic"), DIURETIC),
        (["diuretic.loop?"], finding("diuretic"), DIURETIC),
        (["diuretic.loop"], finding("diuretic", certain=True), DIURETIC),
        (["diuretic.loop?"], finding("diuretic", certain=True), NOT_DIURETIC),
        (["diuretic.loop"], finding("diuretic", "loop", "thiazide"), DIURETIC),
        (["diuretic.loop"], finding("diuretic", "thiazide"), FAILS),
        (["diuretic"], finding("diuretic", "thiazide"), DIURETIC),  # of a kind that nobody knows
        (["diuretic.loop?", "diuretic.thiazide"], finding("diuretic", certain=True), DIURETIC),
        (
            ["diuretic.loop", "diuretic.thiazide?"],
            finding("diuretic", "thiazide", certain=True),
            NOT_DIURETIC,
        ),
        (["diuretic.loop*"], finding("diuretic"), NOT_DIURETIC),
        (["diuretic.loop*"], finding("diuretic", withheld=True), DIURETIC),
        (["diuretic.loop?*"], finding("diuretic", certain=True, withheld=True), NOT_DIURETIC),
        (["diuretic.loop*", "diuretic.thiazide"], finding("diuretic"), DIURETIC),
        (["heart_failure"], finding("diuretic"), FAILS),
    ],
)
def test_finding(names: list[str], wanted: Predicate, expected: Outcome) -> None:
    assert evaluate(wanted, situation(*names)) == expected


def test_an_unknown_finding_does_not_hold_and_says_why() -> None:
    where = situation(gaps=[Part.MEDICINES])
    assert evaluate(finding("diuretic", "loop"), where) == NOT_DIURETIC
    assert evaluate(finding("heart_failure"), where) == FAILS


IN_MEDICINES = tuple(
    factor.id
    for factor in loaded().content.risk_factors.values()
    if factor.shows_in == (Part.MEDICINES,)
)


@pytest.mark.parametrize(
    ("gaps", "holds", "named"),
    [
        ([], False, ()),
        ([Part.ENCOUNTER, Part.DOCUMENTS, Part.PATIENT], False, ()),
        ([Part.MEDICINES], True, IN_MEDICINES),
        ([Part.MEDICINES, Part.DOCUMENTS], True, IN_MEDICINES),
    ],
)
def test_unread(gaps: list[Part], holds: bool, named: tuple[str, ...]) -> None:
    assert evaluate(Predicate("unread"), situation(gaps=gaps)) == Outcome(holds, named)


def test_unread_does_not_hold_for_an_unknown_age() -> None:
    assert evaluate(Predicate("unread"), situation(ages=None)) == FAILS


@pytest.mark.parametrize(
    ("ages", "sex", "holds"),
    [
        ((10, 10), "female", True),
        ((55, 55), "female", True),
        ((9, 9), "female", False),
        ((56, 56), "female", False),
        ((9, 10), "female", True),
        ((55, 56), "female", True),
        ((40, 40), "male", False),
        ((40, 40), "other", True),
        ((40, 40), "unknown", True),
        ((40, 40), None, True),
        (None, "female", True),
        (None, None, True),
        (None, "male", False),
    ],
)
def test_patient(ages: Ages, sex: str | None, holds: bool) -> None:
    predicate = patient(10, 55, ("male",))
    assert evaluate(predicate, situation(ages=ages, sex=sex)) == Outcome(holds)


A, B = finding("diuretic"), finding("heart_failure")
BOTH = "diuretic heart_failure"


@pytest.mark.parametrize(
    ("names", "predicate", "expected"),
    [
        (["diuretic.loop", "heart_failure"], combined("all", A, B), (True, BOTH)),
        (["diuretic.loop"], combined("all", A, B), (False, "")),
        (["diuretic.loop", "heart_failure*"], combined("all", A, B), (False, "heart_failure")),
        (["diuretic.loop*", "heart_failure*"], combined("all", A, B), (False, BOTH)),
        (["diuretic.loop*"], combined("all", A, B), (False, "")),
        ([], combined("all"), (True, "")),
        (["diuretic.loop"], combined("any", A, B), (True, "diuretic")),
        (["diuretic.loop", "heart_failure"], combined("any", A, B), (True, BOTH)),
        (["diuretic.loop*"], combined("any", A, B), (False, "diuretic")),
        ([], combined("any", A, B), (False, "")),
        ([], combined("none", A, B), (True, "")),
        (["heart_failure"], combined("none", A, B), (False, "heart_failure")),
        (["heart_failure*"], combined("none", A, B), (True, "")),
        (["diuretic.loop"], combined("all", A, combined("none", B)), (True, "diuretic")),
        ([], combined("any", ALWAYS, A), (True, "")),
        ([], NEVER, (False, "")),
    ],
)  # fmt: skip
def test_combined(names: list[str], predicate: Predicate, expected: tuple[bool, str]) -> None:
    holds, because = expected
    assert evaluate(predicate, situation(*names)) == Outcome(holds, tuple(because.split()))


def test_who_decided_is_named_once() -> None:
    assert evaluate(combined("all", A, A), situation("diuretic.loop")) == DIURETIC


def test_the_combining_ones_are_among_the_names() -> None:
    assert COMBINING < NAMES
    assert {"always", "level", "finding", "unread", "patient"} == NAMES - COMBINING
