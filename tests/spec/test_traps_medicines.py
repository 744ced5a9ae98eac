"""Traps in medicines: what is not taken, is taken otherwise, or goes by another name.

Each trap is known by its number. Every row is a record and all that may be found in it.
"""

from typing import Any

import pytest

from spec.builders import (
    ATC,
    FUROSEMIDE,
    RXNORM,
    Fhir,
    coded,
    days_ago,
    found,
    handout_of,
    in_days,
    ours,
    prepared,
    reasons,
    request,
    snomed,
    statement,
    text,
    years_ago,
)
from spec.cases import table

TAKEN, PERHAPS = {"diuretic.loop": "present"}, {"diuretic.loop": "possible"}
THIAZIDE = {"diuretic.thiazide": "present"}


@table(
    "elements, expected",
    [
        ("active", {"status": "active"}, TAKEN),
        ("completed", {"status": "completed"}, {}),
        ("completed last week", {"status": "completed", "end": days_ago(7)}, {}),
        ("completed, its course still runs", {"status": "completed", "end": in_days(7)}, TAKEN),
        ("intended", {"status": "intended"}, PERHAPS),
        ("on hold", {"status": "on-hold"}, PERHAPS),
        ("unknown", {"status": "unknown"}, PERHAPS),
        ("not taken", {"status": "not-taken"}, {}),
        ("stopped", {"status": "stopped"}, {}),
        ("entered in error", {"status": "entered-in-error"}, {}),
    ],
)
def test_t23_a_statement_tells_by_its_status_whether_it_is_taken(
    elements: Fhir, expected: Fhir
) -> None:
    handout = handout_of(statement(**elements))

    assert found(handout) == expected
    assert ("why-diuretic" in reasons(handout)) == (expected == TAKEN)


@table(
    "elements, expected",
    [
        *[
            (intent, {"intent": intent}, TAKEN)
            for intent in ("order", "original-order", "reflex-order", "filler-order")
        ],
        ("one instance of an order", {"intent": "instance-order"}, TAKEN),
        ("the patient's own word", {"intent": "plan", "reportedBoolean": True}, TAKEN),
        ("proposed", {"intent": "proposal"}, {}),
        ("an option", {"intent": "option"}, {}),
        ("not to be given", {"doNotPerform": True}, {}),
        ("ordered and cancelled", {"status": "cancelled"}, {}),
        ("ordered and stopped", {"status": "stopped"}, {}),
    ],
)
def test_t24_a_request_tells_by_status_and_intent_together(elements: Fhir, expected: Fhir) -> None:
    assert found(handout_of(request(**elements))) == expected


@table(
    "entry, expected",
    [
        ("a period that is over", statement(end=days_ago(1)), {}),
        ("a period until today", statement(end=days_ago(0)), TAKEN),
        ("a prescription that ran out", {"validityPeriod": {"end": days_ago(1)}}, {}),
        ("a prescription until today", {"validityPeriod": {"end": days_ago(0)}}, TAKEN),
        ("a dosage that is over", request(end=days_ago(1)), {}),
        ("a dosage until today", request(end=days_ago(0)), TAKEN),
        ("one day, years ago", request(start=years_ago(6), end=years_ago(6)), {}),
    ],
)
def test_t25_an_end_in_the_past_beats_an_active_status(entry: Fhir, expected: Fhir) -> None:
    record = entry if "resourceType" in entry else request(dispenseRequest=entry)

    assert found(handout_of(record)) == expected


IN_HOSPITAL = [
    coded(("http://terminology.hl7.org/CodeSystem/medicationrequest-category", "inpatient"))
]
ONCE = [{"timing": {"repeat": {"count": 1}}, "route": text("intravenous")}]


@table(
    "entry, expected",
    [
        ("when needed", statement(as_needed=True), PERHAPS),
        ("ordered for when needed", request(as_needed=True), PERHAPS),
        (
            "once in hospital, last week",
            request(category=IN_HOSPITAL, dosageInstruction=ONCE, authoredOn=days_ago(7)),
            {},
        ),
        (
            "once in hospital, today",
            request(category=IN_HOSPITAL, dosageInstruction=ONCE, authoredOn=days_ago(0)),
            PERHAPS,
        ),
        ("in hospital", request(category=IN_HOSPITAL, authoredOn=days_ago(7)), PERHAPS),
        ("every day", request(authoredOn=days_ago(7)), TAKEN),
    ],
)
def test_t26_when_needed_or_once_in_hospital_is_no_use_to_rely_on(
    entry: Fhir, expected: Fhir
) -> None:
    assert found(handout_of(entry)) == expected


LASIX = {"resourceType": "Medication", "id": "m1", "code": coded((RXNORM, FUROSEMIDE))}
MIXTURE = {
    "resourceType": "Medication",
    "id": "m1",
    "code": text("mixture of the hospital pharmacy"),
    "ingredient": [{"itemCodeableConcept": coded((RXNORM, "4603"))}],
}
FILLER = {**MIXTURE, "ingredient": [{**MIXTURE["ingredient"][0], "isActive": False}]}


def referring(to: str, **more: Any) -> Fhir:
    bare = {k: v for k, v in request(**more).items() if k != "medicationCodeableConcept"}
    return {**bare, "medicationReference": {"reference": to}}


@table(
    "record, expected",
    [
        ("inside the order", [referring("#m1", contained=[LASIX])], TAKEN),
        ("beside it", [referring("Medication/m1"), LASIX], TAKEN),
        ("by its ingredient", [referring("Medication/m1"), MIXTURE], TAKEN),
        ("by a filler that does not act", [referring("Medication/m1"), FILLER], {}),
        ("nowhere", [referring("Medication/lost"), LASIX], None),
        ("in error", [referring("Medication/m1"), {**LASIX, "status": "entered-in-error"}], None),
    ],
)
def test_t28_a_medicine_may_stand_in_another_resource(
    record: list[Fhir], expected: Fhir | None
) -> None:
    handout = handout_of(*record)

    assert len(handout.findings.gaps) == (expected is None)
    assert found(handout).get("diuretic") == ("unknown" if expected is None else None)
    assert found(handout) == expected or expected is None


ACETAZOLAMIDE = "diuretic.carbonic_anhydrase_inhibitor"


@table(
    "medicine, expected",
    [
        ("a cream, by its code", coded((RXNORM, "417569", "acetazolamide Topical Cream")), None),
        ("eye drops in ATC", coded((ATC, "S01EC03", "dorzolamide")), None),
        ("eye drops in words", text("dorzolamide 2 % eye drops"), None),
        ("inhaled mannitol", coded((RXNORM, "2475840", "mannitol 40 MG Inhalation Powder")), None),
        ("its brand", text("Bronchitol"), None),
        ("to rinse with", text("mannitol irrigation solution"), None),
        ("a cream in words", text("spironolactone 5 % cream"), None),
        ("swallowed for the eyes", text("acetazolamide 250 mg for glaucoma"), "possible"),
        ("its ingredient", coded((RXNORM, "167")), "present"),
    ],
)
def test_t35_drops_creams_and_powders_do_not_act_on_the_whole_body(
    medicine: Fhir, expected: str | None
) -> None:
    wanted = {ACETAZOLAMIDE: expected} if expected else {}

    assert found(handout_of(statement(medicine))) == wanted


def test_t35_the_way_it_is_taken_counts_too() -> None:
    for route, expected in (("topical", {}), ("oral", {ACETAZOLAMIDE: "present"})):
        taken = statement(coded((RXNORM, "167")), dosage=[{"route": text(route)}])
        assert found(handout_of(taken)) == expected


@table(
    "entry, expected",
    [
        (
            "running in hospital",
            request(text("mannitol 20 % infusion"), category=IN_HOSPITAL, authoredOn=days_ago(0)),
            {"diuretic.osmotic": "possible"},
        ),
        (
            "given once, last week",
            request(
                coded((RXNORM, "6628")),
                category=IN_HOSPITAL,
                dosageInstruction=ONCE,
                authoredOn=days_ago(7),
            ),
            {},
        ),
        ("a filler in words", statement(text("Ondansetron tablet (contains mannitol)")), {}),
        ("another filler", statement(text("a tablet containing mannitol")), {}),
    ],
)
def test_t36_mannitol_is_given_in_hospital_or_is_a_filler(entry: Fhir, expected: Fhir) -> None:
    assert found(handout_of(entry)) == expected


@pytest.mark.parametrize("code", ["545038", "1112198"], ids=["Salix", "Disal"])
def test_t37_an_animals_brand_is_furosemide_and_is_never_printed(code: str) -> None:
    made = prepared(statement(coded((RXNORM, code, "Salix or Disal"))))
    printed = [line.text for section in made.sheet.sections for line in section.lines]

    assert found(made.handout) == TAKEN
    assert not [line for line in printed if "Salix" in line or "Disal" in line]


ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "code": snomed("860765003", "Allergy to thiazide"),
    "patient": ours(),
}


@table(
    "entry",
    [
        ("as an allergy", ALLERGY),
        ("an allergy to its ingredient", {**ALLERGY, "code": coded((RXNORM, "5487"))}),
        ("as a condition", {**ALLERGY, "resourceType": "Condition", "subject": ours()}),
        ("among the medicines", statement(text("allergic to hydrochlorothiazide"))),
    ],
)
def test_t38_an_allergy_to_a_diuretic_is_not_its_use(entry: Fhir) -> None:
    record = {k: v for k, v in entry.items() if k != "patient" or "subject" not in entry}

    assert found(handout_of(record)) == {}
    assert found(handout_of(record, statement("5487"))) == THIAZIDE
