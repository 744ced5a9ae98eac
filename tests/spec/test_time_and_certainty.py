"""When something counts, how sure it is, and what tells so: what the traps don't cover.

Conditions of every precision, supplies and doses, evidence, conflicts, and whose record it is.
Laboratory results and what dates a pregnancy have files of their own.
"""

from dataclasses import astuple

import pytest

from fhir_handout.errors import NotFound
from fhir_handout.explain import explanation
from fhir_handout.explain_text import explanation_text
from fhir_handout.model import Evidence, RecognisedBy
from fhir_handout.patient_record import Gap, Part
from spec.builders import (
    EGFR,
    FUROSEMIDE,
    HYDROCHLOROTHIAZIDE,
    ICD,
    LOINC,
    RXNORM,
    TODAY,
    Fhir,
    coded,
    condition,
    days_ago,
    encounter,
    found,
    handout_of,
    in_days,
    lab,
    observation,
    pack,
    patient,
    reasons,
    request,
    snomed,
    statement,
    text,
    years_ago,
)
from spec.cases import table

TAKEN, PERHAPS = {"diuretic.loop": "present"}, {"diuretic.loop": "possible"}
ACUTE, PERHAPS_ACUTE = {"kidney_failure.acute": "present"}, {"kidney_failure.acute": "possible"}


def years(value: float, unit: str = "a") -> Fhir:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


@table(
    "elements, expected",
    [
        ("a day", {"onsetDateTime": days_ago(90)}, ACUTE),
        ("a day too long ago", {"onsetDateTime": days_ago(91)}, {}),
        ("an instant", {"onsetDateTime": f"{days_ago(90)}T23:59:59-08:00"}, ACUTE),
        ("a month that is all in reach", {"onsetDateTime": "2026-09"}, ACUTE),
        ("a month that is partly in reach", {"onsetDateTime": "2026-08"}, PERHAPS_ACUTE),
        ("a month that is out of reach", {"onsetDateTime": "2026-07"}, {}),
        ("this year", {"onsetDateTime": "2026"}, PERHAPS_ACUTE),
        ("last year", {"onsetDateTime": "2025"}, {}),
        ("a period, by its start", {"onsetPeriod": {"start": days_ago(60)}}, ACUTE),
        ("a period that began too long ago", {"onsetPeriod": {"start": days_ago(200)}}, {}),
        ("the age she has", {"onsetAge": years(46)}, PERHAPS_ACUTE),
        ("an age long past", {"onsetAge": years(30)}, {}),
        (
            "a range of ages that holds hers",
            {"onsetRange": {"low": years(40), "high": years(46)}},
            PERHAPS_ACUTE,
        ),
        ("a range of ages", {"onsetRange": {"low": years(20), "high": years(30)}}, {}),
        ("words", {"onsetString": "after the operation"}, PERHAPS_ACUTE),
        ("words, recorded lately", {"onsetString": "May", "recordedDate": days_ago(9)}, ACUTE),
        ("recorded on a day", {"recordedDate": days_ago(90)}, ACUTE),
        ("recorded too long ago", {"recordedDate": days_ago(91)}, {}),
        ("recorded at an instant", {"recordedDate": f"{days_ago(90)}T08:00:00Z"}, ACUTE),
        ("nothing", {}, PERHAPS_ACUTE),
    ],
)
def test_an_onset_of_any_precision(elements: Fhir, expected: Fhir) -> None:
    """What lasts 90 days is a fact where all of the date is in reach, possible where some is."""
    assert found(handout_of(condition("N17.9", **elements))) == expected


@table(
    "elements",
    [
        ("a day", {"abatementDateTime": days_ago(1)}),
        ("a month", {"abatementDateTime": "2026-05"}),
        ("a year", {"abatementDateTime": "2024"}),
        ("an instant", {"abatementDateTime": f"{days_ago(1)}T10:00:00Z"}),
        ("a period", {"abatementPeriod": {"start": days_ago(90), "end": days_ago(60)}}),
        ("an age", {"abatementAge": years(40)}),
        ("a range of ages", {"abatementRange": {"low": years(38), "high": years(40)}}),
        ("words", {"abatementString": "after she lost weight"}),
    ],
)
def test_an_abatement_of_any_precision_ends_what_has_no_status(elements: Fhir) -> None:
    assert found(handout_of(condition("E11.9", clinical=None, **elements))) == {}
    assert found(handout_of(condition("E11.9", **elements))) == {"diabetes.type_2": "possible"}


@table(
    "elements",
    [
        ("a day to come", {"abatementDateTime": in_days(9)}),
        ("a period that runs", {"abatementPeriod": {"start": days_ago(9), "end": in_days(9)}}),
        ("an age to come", {"abatementAge": years(60)}),
    ],
)
def test_what_is_yet_to_end_has_not_ended(elements: Fhir) -> None:
    assert found(handout_of(condition("E11.9", **elements))) == {"diabetes.type_2": "present"}


def test_an_age_counts_from_the_birth_date() -> None:
    """Of somebody whose birth date is not known it tells only that there was an onset."""
    aged = condition("N17.9", onsetAge=years(30))

    assert found(handout_of(patient(None), aged)) == PERHAPS_ACUTE


# --- medicines ----------------------------------------------------------------------------------


def supply(days: float, repeats: int = 0, unit: str = "d") -> Fhir:
    return {"expectedSupplyDuration": years(days, unit), "numberOfRepeatsAllowed": repeats}


@table(
    "supplied, written, expected",
    [
        ("30 days, written lately", supply(30), days_ago(20), TAKEN),
        ("30 days, over for 90", supply(30), days_ago(120), TAKEN),
        ("30 days, over for 91", supply(30), days_ago(121), PERHAPS),
        ("30 days and 3 repeats", supply(30, repeats=3), days_ago(121), TAKEN),
        ("4 weeks", supply(4, unit="wk"), days_ago(118), TAKEN),
        ("4 weeks, long over", supply(4, unit="wk"), days_ago(119), PERHAPS),
        ("no time", {}, days_ago(121), TAKEN),
    ],
)
def test_a_supply_that_is_long_used_up_makes_the_order_possible(
    supplied: Fhir, written: str, expected: Fhir
) -> None:
    ordered = request(dispenseRequest=supplied or None, authoredOn=written)

    assert found(handout_of(ordered)) == expected


@table(
    "order, expected",
    [
        ("15 months ago, without an end", request(authoredOn=days_ago(456)), TAKEN),
        ("longer ago, without an end", request(authoredOn=days_ago(457)), PERHAPS),
        (
            "longer ago, with an end to come",
            request(authoredOn=days_ago(457), end=in_days(30)),
            TAKEN,
        ),
        ("longer ago, said to be taken", statement(dateAsserted=days_ago(457)), PERHAPS),
        ("at no stated time", request(), TAKEN),
    ],
)
def test_an_order_of_15_months_ago_that_says_no_end_is_possible(
    order: Fhir, expected: Fhir
) -> None:
    assert found(handout_of(order)) == expected


INPATIENT = coded(
    ("http://terminology.hl7.org/CodeSystem/medication-statement-category", "inpatient")
)


def doses(**repeat: object) -> list[Fhir]:
    return [{"timing": {"repeat": repeat}}]


@table(
    "entry, expected",
    [
        ("one dose, today", request(dosageInstruction=doses(count=1)), PERHAPS),
        ("ten doses", request(dosageInstruction=doses(count=10)), TAKEN),
        (
            "one dose among others",
            request(dosageInstruction=[*doses(count=1), *doses(frequency=1)]),
            TAKEN,
        ),
        ("in hospital", statement(category=INPATIENT), PERHAPS),
        (
            "one dose in hospital, yesterday",
            statement(category=INPATIENT, dosage=doses(count=1), start=days_ago(1)),
            {},
        ),
        (
            "one dose in hospital, at no stated time",
            statement(category=INPATIENT, dosage=doses(count=1)),
            PERHAPS,
        ),
        (
            "for swelling, when needed",
            request(dosageInstruction=[{"asNeededCodeableConcept": text("swelling")}]),
            PERHAPS,
        ),
        (
            "daily, and more when needed",
            request(dosageInstruction=[{"text": "daily"}, {"asNeededBoolean": True}]),
            TAKEN,
        ),
        ("not when needed", request(dosageInstruction=[{"asNeededBoolean": False}]), TAKEN),
    ],
)
def test_single_inpatient_and_as_needed_doses_are_not_relied_on(
    entry: Fhir, expected: Fhir
) -> None:
    assert found(handout_of(entry)) == expected


# --- certainty and evidence ---------------------------------------------------------------------

CLINICAL = [Part.CONDITIONS, Part.MEDICINES, Part.OBSERVATIONS]


@pytest.mark.parametrize("hidden", CLINICAL)
def test_absent_is_said_only_after_a_complete_read(hidden: Part) -> None:
    handout = handout_of(gaps=(Gap("a search", "it failed", frozenset({hidden})),))

    for factor in handout.pack.risk_factors.values():
        (finding,) = handout.findings.of(factor.id)
        assert finding.status == ("unknown" if hidden in factor.shows_in else "absent")


def evidence_of(factor: str, *record: Fhir) -> Evidence:
    (finding,) = (f for f in handout_of(*record).findings.of(factor) if f.evidence)
    (evidence,) = finding.evidence
    return evidence


@table(
    "factor, entry, coding, by, element, dated, value",
    [
        (
            "a condition, by its onset",
            "diabetes",
            condition("E11.9", onset="2019-03", recorded="2020-01-01"),
            (ICD, "E11.9", ""),
            RecognisedBy.CODE,
            "code",
            ("onsetDateTime", "2019-03"),
            "",
        ),
        (
            "a condition, in words",
            "diabetes",
            condition(text("Type 2 diabetes"), recorded="2020-01-01T09:00:00Z"),
            ("", "", "Type 2 diabetes"),
            RecognisedBy.TEXT,
            "code",
            ("recordedDate", "2020-01-01T09:00:00Z"),
            "",
        ),
        (
            "a statement",
            "diuretic",
            statement(start="2026-01-02"),
            (RXNORM, FUROSEMIDE, ""),
            RecognisedBy.CODE,
            "medicationCodeableConcept",
            ("effectivePeriod", "2026-01-02"),
            "",
        ),
        (
            "an order, by its brand",
            "diuretic",
            request(text("Lasix"), authoredOn="2026-10-01"),
            ("", "", "Lasix"),
            RecognisedBy.BRAND,
            "medicationCodeableConcept",
            ("authoredOn", "2026-10-01"),
            "",
        ),
        (
            "an order without a date",
            "diuretic",
            request(text("furosemide")),
            ("", "", "furosemide"),
            RecognisedBy.INGREDIENT,
            "medicationCodeableConcept",
            ("", ""),
            "",
        ),
        (
            "a result",
            "low_egfr",
            lab(EGFR, 25, "2026-10-01"),
            (LOINC, EGFR, ""),
            RecognisedBy.RESULT,
            "value",
            ("effectiveDateTime", "2026-10-01"),
            "25 mL/min/{1.73_m2}",
        ),
        (
            "an answer",
            "pregnancy",
            observation("82810-3", "2026-10-01", valueCodeableConcept=snomed("77386006")),
            (LOINC, "82810-3", ""),
            RecognisedBy.ANSWER,
            "value",
            ("effectiveDateTime", "2026-10-01"),
            "",
        ),
        (
            "a due date",
            "pregnancy",
            observation("11778-8", "2026-10-01", valueDateTime="2027-02-01"),
            (LOINC, "11778-8", ""),
            RecognisedBy.DUE_DATE,
            "value",
            ("effectiveDateTime", "2026-10-01"),
            "2027-02-01",
        ),
    ],
)
def test_evidence_says_where_what_when_and_how(
    factor: str,
    entry: Fhir,
    coding: tuple[str, str, str],
    by: RecognisedBy,
    element: str,
    dated: tuple[str, str],
    value: str,
) -> None:
    evidence = evidence_of(factor, {**entry, "id": "e1"})

    assert evidence.reference == f"{entry['resourceType']}/e1"
    assert tuple(evidence.coding) == coding
    assert evidence.recognised_by is by
    assert (evidence.element, astuple(evidence.dated), evidence.value) == (element, dated, value)


def test_a_medicine_in_another_resource_is_known_by_its_ingredient() -> None:
    medication = {
        "resourceType": "Medication",
        "id": "m1",
        "ingredient": [{"itemCodeableConcept": coded((RXNORM, "4603"))}],
    }
    order = {k: v for k, v in request().items() if k != "medicationCodeableConcept"}

    evidence = evidence_of(
        "diuretic", medication, {**order, "medicationReference": {"reference": "Medication/m1"}}
    )

    assert evidence.recognised_by is RecognisedBy.INGREDIENT
    assert evidence.element == "medicationReference"


# --- a code and a display that disagree ---------------------------------------------------------


@table(
    "entry, both, by_code, by_display",
    [
        (
            "a medicine",
            statement(coded((RXNORM, FUROSEMIDE, "hydrochlorothiazide 25 MG Oral Tablet"))),
            {"diuretic.loop": "possible", "diuretic.thiazide": "possible"},
            "diuretic-loop",
            "diuretic-thiazide",
        ),
        (
            "a condition",
            condition(coded((ICD, "I50.9", "Cirrhosis of liver"))),
            {"heart_failure": "possible", "cirrhosis": "possible"},
            "heart-failure",
            "cirrhosis",
        ),
    ],
)
def test_a_code_and_a_display_that_disagree_both_vote_and_are_shown(
    entry: Fhir, both: Fhir, by_code: str, by_display: str
) -> None:
    handout = handout_of({**entry, "id": "e1"})
    (conflict,) = handout.findings.conflicts
    (told,) = explanation(handout)["conflicts"]
    reference = f"{entry['resourceType']}/e1"

    assert found(handout) == both
    assert reasons(handout) == set()
    assert conflict.reference == told["reference"] == reference
    assert (told["by_code"], told["by_display"]) == ([by_code], [by_display])
    lines = explanation_text(handout, pack().catalogues["en"]).splitlines()
    assert [
        li for li in lines if reference in li and f"display {by_display}" in li and by_code in li
    ]


@table(
    "entry",
    [
        ("the same in other words", statement(coded((RXNORM, FUROSEMIDE, "Lasix 40 mg")))),
        ("words that name nothing", statement(coded((RXNORM, FUROSEMIDE, "as discussed")))),
        ("no words", statement(FUROSEMIDE)),
    ],
)
def test_without_a_disagreement_nothing_is_shown(entry: Fhir) -> None:
    handout = handout_of(entry)

    assert found(handout) == TAKEN
    assert explanation(handout)["conflicts"] == []
    assert "disagree" not in explanation_text(handout, pack().catalogues["en"])


# --- whose it is --------------------------------------------------------------------------------

SOMEBODY = {**patient("1950-01-01"), "id": "another"}
THEIRS = {"subject": {"reference": "Patient/another"}}
OURS = {
    "Condition": condition("N18.6"),
    "MedicationStatement": statement(),
    "MedicationRequest": request(HYDROCHLOROTHIAZIDE),
    "Observation": lab(EGFR, 25),
}
each_kind = pytest.mark.parametrize("kind", OURS)


@each_kind
def test_what_is_of_another_subject_is_passed_over(kind: str) -> None:
    handout = handout_of(patient(), SOMEBODY, {**OURS[kind], **THEIRS})

    assert found(handout_of(OURS[kind])) != {}
    assert found(handout) == {}
    assert handout.findings.gaps == ()


@each_kind
def test_what_was_entered_in_error_is_nothing(kind: str) -> None:
    in_error = {**OURS[kind], "status": "entered-in-error"}
    if kind == "Condition":
        in_error = condition("N18.6", clinical=None, verification="entered-in-error")

    handout = handout_of(in_error)

    assert found(handout) == {}
    assert handout.findings.gaps == ()


def test_a_visit_entered_in_error_has_no_handout() -> None:
    with pytest.raises(NotFound, match="not in the EHR"):
        handout_of(encounter(status="entered-in-error"))


def test_a_visit_tells_why_the_handout_is_asked_for_and_nothing_else() -> None:
    reasons_for_it = encounter(coded((ICD, "R25.2")), coded((ICD, "N18.6")))

    assert found(handout_of(reasons_for_it)) == {"cramp_complaint": "present"}


@table(
    "entry",
    [
        ("the mother's diabetes", condition("P70.1", recorded=TODAY.isoformat())),
        ("the mother's kidney disease", condition("P00.1", recorded=TODAY.isoformat())),
        ("a birth", condition("Z38.00", recorded=TODAY.isoformat())),
    ],
)
def test_a_newborns_chart_tells_of_the_mother_and_not_of_the_child(entry: Fhir) -> None:
    assert found(handout_of(patient("2026-11-20"), entry)) == {}


@pytest.mark.parametrize("code", ["Z83.3", "Z84.1", "Z82.49", "Z81.1"])
def test_a_relatives_disease_is_not_the_patients(code: str) -> None:
    assert found(handout_of(condition(code, recorded=years_ago(1)))) == {}
