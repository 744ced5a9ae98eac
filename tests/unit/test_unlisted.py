"""Which codes a terminology server is asked about, and what becomes of its answers."""

from typing import Any

import pytest

from fhir_handout.assess import assess
from fhir_handout.looked_up import ASKED_ABOUT, unlisted
from fhir_handout.model import Evidence, Findings, RecognisedBy, Status
from fhir_handout.patient_record import NOBODY_ASKED, Coding, Gap, LookedUp, Part
from fhir_handout.recognise import Recognised, recognise
from fhir_handout.systems import NDC
from fhir_handout.tailor import tailor
from fhir_handout.terminology.question import FORMS
from unit.builders import (
    ATC,
    DIABETES,
    END_STAGE,
    FUROSEMIDE,
    ICD,
    LOCAL,
    RXNORM,
    SNOMED,
    coded,
    condition,
    medication,
    read,
    referring,
    statement,
    statuses,
)
from unit.handouts import TODAY, level, loaded

HEART, HEART_CODE = "heart-failure", (SNOMED, "999000111000001")  # in no table
LOOP, LOOP_CODE = "diuretic-loop", (RXNORM, "999001")
SPARING = "diuretic-potassium-sparing"
WHY = "the terminology server did not answer"


def of(*keys: tuple[str, str], **words: Any) -> dict[str, Any]:
    """A concept with these codings."""
    return {"coding": [{"system": s, "code": c, "display": "Words"} for s, c in keys], **words}


def unknown_condition(*keys: tuple[str, str], **elements: Any) -> dict[str, Any]:
    return condition(**{"id": "c1", "code": of(*keys or [HEART_CODE]), **elements})


def unknown_medicine(*keys: tuple[str, str], **elements: Any) -> dict[str, Any]:
    return statement(
        **{"id": "s1", "medicationCodeableConcept": of(*keys or [LOOP_CODE]), **elements}
    )


def made_of(concept: Any, *ingredients: Any) -> list[dict[str, Any]]:
    items = [{"itemCodeableConcept": found} for found in ingredients]
    return [
        referring("Medication/m1", id="s1"),
        medication("m1", concept, **({"ingredient": items} if items else {})),
    ]


def asked(*resources: Any) -> list[tuple[str, str]]:
    return [(c.system, c.code) for c in unlisted(read(*resources), loaded().codes)]


def recognised(looked_up: LookedUp, *resources: Any) -> Recognised:
    pack = loaded()
    return recognise(read(*resources), pack.codes, pack.content.wanted, TODAY, looked_up)


def found(looked_up: LookedUp, *resources: Any) -> Findings:
    return assess(read(*resources), loaded().content, loaded().codes, TODAY, looked_up)


# --- what is asked about ---


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([], []),
        ([unknown_condition()], [HEART_CODE]),
        ([unknown_medicine()], [LOOP_CODE]),
        ([unknown_condition(), unknown_condition(id="c2")], [HEART_CODE]),
        ([condition(END_STAGE), statement(FUROSEMIDE)], []),
        ([unknown_condition(HEART_CODE, (ICD, END_STAGE))], []),
        ([unknown_condition((LOCAL, "1"), (SNOMED, " "))], []),
        ([condition(id="c1", code={"text": "heart failure"})], []),
        ([unknown_condition(("urn:oid:2.16.840.1.113883.6.90", "i5189"))], [(ICD, "I51.89")]),
        ([unknown_medicine((ATC, "v03ab"))], [(ATC, "V03AB")]),
        ([unknown_medicine((NDC, "99999829725"))], [(NDC, "99999829725")]),
        ([statement(id="s1", medicationCodeableConcept=of(LOOP_CODE, text="Lasix"))], []),
    ],
)
def test_codes_of_entries_that_nothing_of_ours_recognises(
    resources: list[Any], expected: list[tuple[str, str]]
) -> None:
    assert asked(*resources) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (made_of(of(LOOP_CODE)), [LOOP_CODE]),
        (made_of(of(LOOP_CODE), coded(FUROSEMIDE, RXNORM)), []),
        (made_of(coded(FUROSEMIDE, RXNORM), of(LOOP_CODE)), []),
        (
            made_of(of((RXNORM, "1")), coded(FUROSEMIDE, RXNORM), of((RXNORM, "2"))),
            [(RXNORM, "1"), (RXNORM, "2")],
        ),
        (made_of(of((RXNORM, "1")), {"text": "furosemide"}), []),
    ],
)
def test_a_medicine_is_known_by_its_own_code_or_by_all_its_ingredients(
    resources: list[Any], expected: list[tuple[str, str]]
) -> None:
    assert asked(*resources) == expected


def test_no_display_is_handed_on() -> None:
    assert unlisted(read(unknown_condition()), loaded().codes) == (Coding(*HEART_CODE),)


def test_the_form_of_a_code_is_known_of_every_system_asked_about() -> None:
    assert set(FORMS) == ASKED_ABOUT


# --- what the server placed ---


def test_a_code_the_server_placed_shows_its_value_sets() -> None:
    looked_up = LookedUp({HEART_CODE: (HEART, "diabetes-type-2"), LOOP_CODE: (LOOP,)})
    shown = recognised(looked_up, unknown_condition(), unknown_medicine())
    assert [sign.match.value_set for sign in shown.signs] == [HEART, "diabetes-type-2", LOOP]
    assert shown.signs[0].evidence == Evidence(
        "Condition/c1", Coding(*HEART_CODE, "Words"), RecognisedBy.SERVER, "code"
    )
    assert (shown.gaps, shown.not_relevant) == ((), ())


def test_a_code_the_server_placed_is_as_good_as_one_of_ours() -> None:
    looked_up = LookedUp({HEART_CODE: (HEART,), LOOP_CODE: (LOOP,)})
    shown = found(looked_up, unknown_condition(), unknown_medicine())
    assert statuses(shown, "heart_failure") == {None: "present"}
    assert statuses(shown, "diuretic") == {"loop": "present"}


def test_an_ingredient_the_server_placed_adds_to_those_of_ours() -> None:
    looked_up = LookedUp({(RXNORM, "2"): (SPARING, LOOP)})
    resources = made_of(of((RXNORM, "1")), coded(FUROSEMIDE, RXNORM), of((RXNORM, "2")))
    shown = found(looked_up, *resources)
    assert statuses(shown, "diuretic") == {"loop": "present", "potassium_sparing": "present"}
    (loop,) = [f for f in shown.of("diuretic") if f.qualifier == "loop"]
    assert [e.recognised_by for e in loop.evidence] == [RecognisedBy.INGREDIENT]


def test_an_entry_the_server_recognised_must_be_valid_fhir_too() -> None:
    looked_up = LookedUp({HEART_CODE: (HEART,)})
    shown = recognised(looked_up, unknown_condition(stage={"not": "a list"}))
    assert shown.signs == ()
    assert [gap.what for gap in shown.gaps] == ["Condition/c1"]


def test_a_code_the_server_did_not_place_is_not_relevant() -> None:
    shown = recognised(NOBODY_ASKED, unknown_condition())
    assert (shown.signs, shown.gaps, len(shown.not_relevant)) == ((), (), 1)


def test_what_our_tables_list_stays_as_it_is() -> None:
    both = unknown_condition(HEART_CODE, (ICD, DIABETES))
    shown = recognised(LookedUp({HEART_CODE: (HEART,)}, {HEART_CODE: WHY}), both)
    assert [sign.match.value_set for sign in shown.signs] == ["diabetes-type-2"]
    assert shown.gaps == ()


# --- what it could not check ---

UNCHECKED = LookedUp({}, {HEART_CODE: WHY, LOOP_CODE: WHY})


@pytest.mark.parametrize(
    ("resource", "reference", "part"),
    [
        (unknown_condition(), "Condition/c1", Part.CONDITIONS),
        (unknown_medicine(), "MedicationStatement/s1", Part.MEDICINES),
    ],
)
def test_a_code_that_could_not_be_checked_is_a_gap(
    resource: Any, reference: str, part: Part
) -> None:
    shown = recognised(UNCHECKED, resource)
    assert shown.gaps == (Gap(reference, f"code not checked: {WHY}", frozenset({part})),)
    assert (shown.signs, shown.not_relevant) == ((), ())


def test_each_entry_is_a_gap_once() -> None:
    looked_up = LookedUp({}, {(RXNORM, "1"): WHY, (RXNORM, "2"): WHY})
    shown = recognised(looked_up, *made_of(of((RXNORM, "1")), of((RXNORM, "2"))))
    assert len(shown.gaps) == 1


def test_another_code_of_the_same_concept_that_was_placed_leaves_no_gap() -> None:
    looked_up = LookedUp({HEART_CODE: (HEART,)}, {(ICD, "I51.89"): WHY})
    shown = recognised(looked_up, unknown_condition(HEART_CODE, (ICD, "I51.89")))
    assert [sign.match.value_set for sign in shown.signs] == [HEART]
    assert shown.gaps == ()


def test_a_code_that_was_placed_but_not_checked_against_all_is_both() -> None:
    looked_up = LookedUp({LOOP_CODE: (LOOP,)}, {LOOP_CODE: WHY})
    shown = found(looked_up, unknown_medicine())
    assert [f.status for f in shown.of("diuretic")] == [Status.UNKNOWN, Status.PRESENT]


@pytest.mark.parametrize("resource", [unknown_condition(), unknown_medicine()])
def test_a_handout_with_a_code_that_was_not_checked_is_cautious(resource: Any) -> None:
    handout = tailor(found(UNCHECKED, resource), loaded().content)
    assert [level(handout, t) for t in ("fluids", "supplements", "muscle_relaxant")] == [
        "F1",
        "S2",
        "R1",
    ]
    usual = tailor(found(NOBODY_ASKED, resource), loaded().content)
    assert level(usual, "fluids") == "F0"
