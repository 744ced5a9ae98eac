"""Which entries show which value sets, what can't be used, and what bears on nothing."""

from typing import Any

import pytest

from fhir_handout.codes import UNREADABLE
from fhir_handout.model import Evidence, RecognisedBy
from fhir_handout.patient_record import Coding, Part
from fhir_handout.recognise import Recognised, recognise
from fhir_handout.systems import NDC
from unit.builders import (
    DIABETES,
    END_STAGE,
    FUROSEMIDE,
    IBUPROFEN,
    ICD,
    LOCAL,
    RXNORM,
    coded,
    condition,
    medication,
    read,
    reference,
    referring,
    statement,
)
from unit.handouts import TODAY, loaded

LOOP, SPARING = "diuretic-loop", "diuretic-potassium-sparing"


def recognised(*resources: Any) -> Recognised:
    pack = loaded()
    return recognise(read(*resources), pack.codes, pack.content.wanted, TODAY)


def signs(*resources: Any) -> dict[str, str]:
    """The value sets that are shown, and by what."""
    return {
        sign.match.value_set: sign.evidence.recognised_by.value
        for sign in recognised(*resources).signs
    }


def named(text: str) -> dict[str, Any]:
    return statement(medicationCodeableConcept={"text": text})


def of_code(code: str) -> dict[str, Any]:
    return {"itemCodeableConcept": coded(code, RXNORM)}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([], {}),
        ([condition(END_STAGE)], {"kidney-failure-end-stage": "code"}),
        (
            [condition("E11.22")],
            {"diabetes-type-2": "code", "chronic-kidney-disease-stage-unspecified": "code"},
        ),
        (
            [condition(code={"text": "end stage renal disease"})],
            {"kidney-failure-end-stage": "text"},
        ),
        ([condition(code={"text": "family history of end stage renal disease"})], {}),
        ([condition(code={"text": "a bad back"})], {}),
        ([condition(code=coded("1", LOCAL, display="Furosemide"))], {}),
        ([statement(FUROSEMIDE)], {LOOP: "code"}),
        ([statement(IBUPROFEN)], {}),
        ([named("furosemide 40 mg")], {LOOP: "ingredient"}),
        ([named("Lasix")], {LOOP: "brand"}),
        ([named("water pill")], {"diuretic-unspecified": "text"}),
        ([named("not on diuretics")], {}),
        ([named("acetazolamide eye drops")], {}),
        (
            [
                referring("Medication/m1"),
                medication("m1", IBUPROFEN, ingredient=[of_code(FUROSEMIDE)]),
            ],
            {LOOP: "ingredient"},
        ),
        (
            [
                referring("Medication/m1"),
                medication("m1", FUROSEMIDE, ingredient=[of_code(FUROSEMIDE)]),
            ],
            {LOOP: "code"},
        ),
        (
            [
                referring("Medication/m1"),
                medication("m1", ingredient=[{"itemCodeableConcept": {"text": "Aldactone"}}]),
            ],
            {SPARING: "brand"},
        ),
        (
            [statement(medicationCodeableConcept=coded("1", LOCAL, display="Lasix"))],
            {LOOP: "brand"},
        ),
        (
            [
                statement(
                    medicationCodeableConcept={**coded(FUROSEMIDE, RXNORM), "text": "Aldactone"}
                )
            ],
            {LOOP: "code", SPARING: "brand"},
        ),
    ],
)
def test_entries_show_value_sets(resources: list[Any], expected: dict[str, str]) -> None:
    assert signs(*resources) == expected


def test_a_sign_is_evidence_with_the_coding_that_showed_it() -> None:
    (sign,) = recognised(condition(END_STAGE)).signs
    assert sign.evidence == Evidence(
        "Condition/c-N18.6", Coding(ICD, END_STAGE), RecognisedBy.CODE, "code"
    )


def test_a_medicine_that_is_not_there_shows_what_it_is_called_and_is_nothing_irrelevant() -> None:
    pointer = {"reference": "Medication/nowhere", "display": "Lasix"}
    assert signs(referring("", medicationReference=pointer)) == {LOOP: "brand"}
    assert recognised(referring("Medication/nowhere")).not_relevant == ()


INVALID = {"stage": {"not": "a list"}}


@pytest.mark.parametrize(
    ("resources", "what", "part"),
    [
        ([condition(END_STAGE, id="c1", **INVALID)], "Condition/c1", Part.CONDITIONS),
        (
            [condition(id="c1", code=coded(" N18.6"))],
            "Condition/c1",
            Part.CONDITIONS,
        ),
        ([statement(id="s1", status="taken")], "MedicationStatement/s1", Part.MEDICINES),
        ([statement(id="s1", dosage=[{"text": ["x"]}])], "MedicationStatement/s1", Part.MEDICINES),
        (
            [referring("Medication/m1", id="s1"), medication("m1", FUROSEMIDE, amount="one")],
            "MedicationStatement/s1",
            Part.MEDICINES,
        ),
        ([statement(id="s1", extension=[{"url": 5}])], "MedicationStatement/s1", Part.MEDICINES),
    ],
)
def test_what_would_be_evidence_and_is_not_valid_is_a_gap(
    resources: list[Any], what: str, part: Part
) -> None:
    found = recognised(*resources)
    assert found.signs == ()
    assert [(gap.what, gap.hides) for gap in found.gaps] == [(what, {part})]
    assert found.gaps[0].why.startswith("not valid FHIR R4 at ")


def test_what_bears_on_nothing_is_listed_and_may_be_invalid() -> None:
    found = recognised(
        condition("M54.5", **INVALID),
        condition(id="c2", code={"text": "a bad back"}),
        statement(IBUPROFEN, status="taken"),
        referring("Medication/m1"),
        medication("m1", ingredient=[of_code(IBUPROFEN)]),
    )
    assert (found.signs, found.gaps) == ((), ())
    assert found.not_relevant == (
        Evidence("Condition/c-M54.5", Coding(ICD, "M54.5"), RecognisedBy.CODE),
        Evidence("Condition/c2", Coding("", "", "a bad back"), RecognisedBy.TEXT),
        Evidence("MedicationStatement/s-5640", Coding(RXNORM, IBUPROFEN), RecognisedBy.CODE),
        Evidence("MedicationStatement/s-referring", Coding(RXNORM, IBUPROFEN), RecognisedBy.CODE),
    )


@pytest.mark.parametrize(
    "concept",
    [coded("123", LOCAL), coded("00093-0734-01", NDC), coded("4603", ...), coded("N18.6", ...)],
    ids=["a local code", "a package code", "a code of no system", "an ICD code of no system"],
)
def test_a_code_that_nobody_knows_and_no_words_is_a_gap(concept: dict[str, Any]) -> None:
    for entry, part in (
        (condition(code=concept, id="c1"), Part.CONDITIONS),
        (statement(medicationCodeableConcept=concept, id="s1"), Part.MEDICINES),
    ):
        found = recognised(entry)
        assert [(gap.why, gap.hides) for gap in found.gaps] == [(UNREADABLE, {part})]
        assert (found.signs, found.not_relevant) == ((), ())


@pytest.mark.parametrize(
    ("code", "certain"),
    [
        ("00054-8297-25", True),
        ("0054-8297-25", True),
        ("00054829725", True),
        ("000548297", True),
        ("*0054-8297-25", True),
        ("0054829725", False),  # ten bare digits: the missing zero can be in three places
    ],
)
def test_a_package_code_is_known_in_every_written_form(code: str, certain: bool) -> None:
    (sign,) = recognised(statement(medicationCodeableConcept=coded(code, NDC))).signs
    assert (sign.match.value_set, sign.match.certain) == (LOOP, certain)


@pytest.mark.parametrize("words", ["Unknown", "SEE LIST", "unable to obtain", "Masked."])
def test_words_that_say_that_nothing_is_known_are_a_gap(words: str) -> None:
    found = recognised(condition(code={"text": words}), named(words))
    assert [gap.hides for gap in found.gaps] == [{Part.CONDITIONS}, {Part.MEDICINES}]
    assert found.not_relevant == ()


def test_words_that_say_nothing_beside_a_code_or_other_words_are_no_gap() -> None:
    coded_one = {**coded(IBUPROFEN, RXNORM), "text": "unknown"}
    found = recognised(
        statement(medicationCodeableConcept=coded_one), named("a syrup of unknown strength")
    )
    assert found.gaps == ()


def test_one_damaged_sign_takes_no_other_with_it() -> None:
    found = recognised(condition(END_STAGE, **INVALID), condition(DIABETES), statement(FUROSEMIDE))
    assert [sign.match.value_set for sign in found.signs] == ["diabetes-type-2", LOOP]


@pytest.mark.parametrize(
    "subject", [reference("Patient/p2"), {"display": "somebody"}], ids=["another", "nobody"]
)
def test_nothing_of_anybody_else_is_recognised(subject: Any) -> None:
    found = recognised(condition(END_STAGE, subject=subject))
    assert (found.signs, found.not_relevant) == ((), ())
