"""What a medicine is made of, wherever the record keeps it, and when it is taken."""

from datetime import date
from typing import Any

import pytest

from fhir_handout.dates import Span
from fhir_handout.dosing import dosing
from fhir_handout.elements import Damaged
from fhir_handout.medication import Contents, contents
from fhir_handout.patient_record import Entry
from fhir_handout.references import References
from unit.builders import (
    FUROSEMIDE,
    IBUPROFEN,
    LOCAL,
    RXNORM,
    SPIRONOLACTONE,
    coded,
    condition,
    medication,
    no_others,
    reference,
    referring,
    request,
    statement,
    texts,
)

NDC = "http://hl7.org/fhir/sid/ndc"


def contents_of(resource: dict[str, Any], *others: dict[str, Any]) -> Contents:
    return contents(resource, References(map(Entry, others)))


def of_code(code: str) -> dict[str, Any]:
    return {"itemCodeableConcept": coded(code, RXNORM)}


def of_resource(target: str) -> dict[str, Any]:
    return {"itemReference": reference(target)}


def test_a_medicine_in_the_entry_itself() -> None:
    found = contents_of(statement(FUROSEMIDE))
    assert (texts((found.concept,)), found.ingredients, found.medication, found.missing) == (
        [FUROSEMIDE],
        (),
        None,
        (),
    )


def test_a_medicine_in_a_resource_of_its_own() -> None:
    product = medication("m1", FUROSEMIDE, ingredient=[of_code(SPIRONOLACTONE)])
    found = contents_of(referring("Medication/m1"), product)
    assert texts((found.concept, *found.ingredients)) == [FUROSEMIDE, SPIRONOLACTONE]
    assert found.medication is product


def test_a_medicine_that_the_entry_contains() -> None:
    found = contents_of(referring("#m1", contained=[medication("m1", FUROSEMIDE)]))
    assert texts((found.concept,)) == [FUROSEMIDE]


def test_what_a_contained_medicine_is_made_of_may_stand_beside_it() -> None:
    inside = [medication("m1", ingredient=[of_resource("#s1")]), substance("s1", FUROSEMIDE)]
    found = contents_of(referring("#m1", contained=inside))
    assert texts(found.ingredients) == [FUROSEMIDE]


def test_what_a_medicine_contains_is_found_in_it_and_not_in_the_entry() -> None:
    product = medication(
        "m1", ingredient=[of_resource("#s1")], contained=[substance("s1", FUROSEMIDE)]
    )
    found = contents_of(
        referring("Medication/m1", contained=[substance("s1", SPIRONOLACTONE)]), product
    )
    assert texts(found.ingredients) == [FUROSEMIDE]


def substance(substance_id: str, code: str) -> dict[str, Any]:
    return {"resourceType": "Substance", "id": substance_id, "code": coded(code, RXNORM)}


def test_ingredients_may_be_medicines_that_have_ingredients() -> None:
    found = contents_of(
        referring("Medication/m1"),
        medication("m1", ingredient=[of_resource("Medication/m2"), of_code(IBUPROFEN)]),
        medication("m2", ingredient=[of_resource("Medication/m3")]),
        medication("m3", FUROSEMIDE),
    )
    assert texts(found.ingredients) == [FUROSEMIDE, IBUPROFEN]


def test_a_substance_is_not_taken_apart() -> None:
    mixture = {
        **substance("s1", FUROSEMIDE),
        "ingredient": [{"substanceCodeableConcept": coded(IBUPROFEN, RXNORM)}],
    }
    product = medication("m1", ingredient=[of_resource("Substance/s1")])
    assert texts(contents_of(referring("Medication/m1"), product, mixture).ingredients) == [
        FUROSEMIDE
    ]


def test_one_ingredient_may_be_in_two_parts() -> None:
    found = contents_of(
        referring("Medication/m1"),
        medication("m1", ingredient=[of_resource("Medication/m2"), of_resource("Medication/m2")]),
        medication("m2", FUROSEMIDE),
    )
    assert texts(found.ingredients) == [FUROSEMIDE, FUROSEMIDE]


def test_an_inactive_ingredient_is_nothing_that_is_taken() -> None:
    excipient = {**of_code(FUROSEMIDE), "isActive": False}
    active = {**of_code(IBUPROFEN), "isActive": True}
    product = medication("m1", ingredient=[excipient, active])
    assert texts(contents_of(referring("Medication/m1"), product).ingredients) == [IBUPROFEN]


def test_a_round_of_medicines_is_damaged() -> None:
    one = medication("m1", FUROSEMIDE, ingredient=[of_resource("Medication/m2")])
    two = medication("m2", ingredient=[of_resource("Medication/m1")])
    with pytest.raises(Damaged, match="^its medication contains itself$"):
        contents_of(referring("Medication/m1"), one, two)


def test_a_medicine_of_endless_layers_is_damaged() -> None:
    layers = [
        medication(f"m{n}", FUROSEMIDE, ingredient=[of_resource(f"Medication/m{n + 1}")])
        for n in range(2000)
    ]
    with pytest.raises(Damaged, match="^its medication is made of too many layers$"):
        contents_of(referring("Medication/m0"), *layers)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (of_resource("Medication/nowhere"), "an ingredient's reference does not resolve"),
        (of_resource("Condition/c-N18.6"), "an ingredient's reference does not resolve"),
        (of_resource("#nowhere"), "an ingredient's reference does not resolve"),
        (
            {"itemReference": {"display": "furosemide"}},
            "an ingredient's reference does not resolve",
        ),
        ({"strength": {"numerator": {"value": 1}}}, "an ingredient is not named"),
        ({"item": {"concept": coded(FUROSEMIDE, RXNORM)}}, "an ingredient is not named"),
        ({}, "ingredient holds an item of the wrong type"),
        ({**of_code(FUROSEMIDE), "isActive": "no"}, "isActive is of the wrong type"),
    ],
)
def test_an_ingredient_that_can_not_be_read_is_damaged(item: dict[str, Any], why: str) -> None:
    product = medication("m1", IBUPROFEN, ingredient=[item])
    with pytest.raises(Damaged) as damaged:
        contents_of(referring("Medication/m1"), product, condition())
    assert str(damaged.value) == why


@pytest.mark.parametrize(
    "target", ["Medication/nowhere", "#nowhere", "Condition/c-N18.6", "urn:uuid:x", ""]
)
def test_a_medicine_that_is_not_there_is_missing_and_not_damaged(target: str) -> None:
    pointer = {"reference": target, "display": "Furosemide 40 mg"}
    found = contents_of(referring("", medicationReference=pointer), condition())
    assert found.missing == ("its medication reference does not resolve",)
    assert found.medication is None
    assert found.concept.text == "Furosemide 40 mg"


def test_a_medicine_that_is_not_there_may_have_no_name_at_all() -> None:
    found = contents_of(referring("Medication/nowhere"))
    assert found.missing
    assert (found.concept.text, found.concept.codings) == ("", ())


def test_the_entrys_own_concept_comes_before_that_of_its_medication() -> None:
    entry = statement(FUROSEMIDE, medicationReference=reference("Medication/m1"))
    found = contents_of(entry, medication("m1", IBUPROFEN))
    assert texts((found.concept,)) == [FUROSEMIDE]
    assert texts((contents_of(entry).concept,)) == [FUROSEMIDE]


@pytest.mark.parametrize(
    "concept",
    [
        coded("   ", RXNORM),
        {"text": "?"},
        {"text": "40"},
        {"coding": [{"system": RXNORM}]},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}]},
    ],
)
def test_a_medicine_that_says_nothing_is_damaged(concept: Any) -> None:
    with pytest.raises(Damaged, match="neither a code in a known system nor readable text"):
        contents_of(statement(medicationCodeableConcept=concept))
    with pytest.raises(Damaged, match="neither a code in a known system nor readable text"):
        contents_of(referring("Medication/m1"), medication("m1", concept))


@pytest.mark.parametrize("entry", [statement(medicationCodeableConcept=...), medication("m1")])
def test_an_entry_without_any_medicine_is_damaged(entry: dict[str, Any]) -> None:
    with pytest.raises(Damaged, match="neither a code in a known system nor readable text"):
        contents(entry, no_others())


@pytest.mark.parametrize(
    "concept",
    [
        coded("123", LOCAL, display="Furosemide"),
        coded("00093-0734-01", NDC, display="Furosemide"),
        {"text": "water pill"},
        {"text": "利尿薬"},
        coded("999999", RXNORM),
    ],
)
def test_a_medicine_that_says_something_is_not(concept: Any) -> None:
    assert contents_of(statement(medicationCodeableConcept=concept)).missing == ()


def test_a_readable_ingredient_is_enough() -> None:
    product = medication("m1", coded("123", LOCAL), ingredient=[of_code(FUROSEMIDE)])
    assert texts(contents_of(referring("Medication/m1"), product).ingredients) == [FUROSEMIDE]


def span(text: str | None) -> Span | None:
    return Span(date.fromisoformat(text), date.fromisoformat(text)) if text else None


def dose(end: str | None = None, **elements: Any) -> dict[str, Any]:
    bounds = {"timing": {"repeat": {"boundsPeriod": {"end": end}}}} if end else {}
    return {"text": "once a day", **bounds, **elements}


EARLY, LATE = "2026-01-31", "2026-06-30"


@pytest.mark.parametrize(
    ("entry", "start", "end"),
    [
        (statement(), None, None),
        (statement(effectiveDateTime=EARLY), EARLY, None),
        (statement(effectivePeriod={"start": EARLY}), EARLY, None),
        (statement(effectivePeriod={"start": EARLY, "end": LATE}), EARLY, LATE),
        (statement(effectivePeriod={"end": LATE}), None, LATE),
        (statement(effectivePeriod={"end": LATE}, dosage=[dose(EARLY)]), None, LATE),
        (statement(dosage=[dose(EARLY)]), None, EARLY),
        (request(dosageInstruction=[dose(EARLY)]), None, EARLY),
        (request(dosageInstruction=[dose(LATE), dose(EARLY)]), None, LATE),
        (request(dosageInstruction=[dose(EARLY), dose()]), None, None),
        (request(dosageInstruction=[dose()]), None, None),
        (request(dispenseRequest={"validityPeriod": {"end": LATE}}), None, LATE),
        (request(dispenseRequest={"validityPeriod": {"start": EARLY}}), None, None),
        (
            request(
                dosageInstruction=[dose(EARLY)], dispenseRequest={"validityPeriod": {"end": LATE}}
            ),
            None,
            EARLY,
        ),
    ],
)
def test_taking_starts_and_ends(entry: dict[str, Any], start: str | None, end: str | None) -> None:
    taken = dosing(entry, None)
    assert (taken.start, taken.end) == (span(start), span(end))


def test_an_endless_supply_ends_on_the_last_day_there_is() -> None:
    supply = {"numberOfRepeatsAllowed": 99, "expectedSupplyDuration": {"value": 1e308, "code": "d"}}
    taken = dosing(request(authoredOn=EARLY, dispenseRequest=supply), None)
    assert taken.supplied_until == Span(date.max, date.max)


@pytest.mark.parametrize(
    "entry",
    [
        statement(effectiveDateTime="last week"),
        statement(effectiveDateTime=True),
        statement(effectivePeriod="2026"),
        statement(effectivePeriod={"end": "2026-02-30"}),
        statement(dosage={"text": "daily"}),
        statement(dosage=[{"timing": "daily"}]),
        request(dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"end": "0000"}}}}]),
        request(dispenseRequest=[]),
    ],
)
def test_a_damaged_time_is_damaged(entry: dict[str, Any]) -> None:
    with pytest.raises(Damaged):
        dosing(entry, None)


PAIN = {"asNeededCodeableConcept": {"text": "swelling"}}


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        (..., False),
        ([dose()], False),
        ([dose(asNeededBoolean=True)], True),
        ([dose(asNeededBoolean=False)], False),
        ([dose(**PAIN)], True),
        ([dose(asNeededBoolean=True), dose(**PAIN)], True),
        ([dose(asNeededBoolean=True), dose()], False),
    ],
)
def test_a_medicine_is_as_needed_when_every_dose_is(doses: Any, expected: bool) -> None:
    assert dosing(statement(dosage=doses), None).as_needed is expected
    assert dosing(request(dosageInstruction=doses), None).as_needed is expected


@pytest.mark.parametrize("damaged", [{"asNeededBoolean": "yes"}, {"asNeededCodeableConcept": None}])
def test_a_damaged_as_needed_is_damaged(damaged: dict[str, Any]) -> None:
    with pytest.raises(Damaged):
        dosing(statement(dosage=[dose(**damaged)]), None)
