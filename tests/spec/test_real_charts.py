"""Charts as real servers emit them: codes of other countries, words of other people, half answers.

Every row is a record and all that may be found in it.
"""

from typing import Any

import pytest

from spec.builders import (
    EGFR,
    FUROSEMIDE,
    ICD,
    LOCAL,
    RXNORM,
    YOUNG_WOMAN,
    Fhir,
    coded,
    condition,
    days_ago,
    found,
    handout_of,
    in_days,
    lab,
    observation,
    ours,
    patient,
    reasons,
    request,
    snomed,
    statement,
    text,
    weeks_ago,
    years_ago,
)
from spec.cases import table

WHO = "http://hl7.org/fhir/sid/icd-10"
GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
OLD_GERMAN = "http://fhir.de/CodeSystem/dimdi/icd-10-gm"
GERMAN_ATC = "http://fhir.de/CodeSystem/bfarm/atc"
PERHAPS_HEART, PERHAPS_LOOP = {"heart_failure": "possible"}, {"diuretic.loop": "possible"}
FAILING_HEART, PREGNANT = {"heart_failure": "present"}, {"pregnancy": "present"}


def linked(how: str, other: Fhir, **elements: Any) -> Fhir:
    """A patient with a link to another."""
    return patient() | {"link": [{"other": other, "type": how}]} | elements


@table(
    "coding, expected",
    [
        ("congestive heart failure", (WHO, "I50.0"), FAILING_HEART),
        ("as German hospitals divide it", (GERMAN, "I50.01", "Herzinsuffizienz"), FAILING_HEART),
        ("left heart failure, finer than the US", (GERMAN, "I50.13"), FAILING_HEART),
        ("diabetes of no type", (WHO, "E14.9"), {"diabetes.unspecified": "present"}),
        ("diabetes with a German digit", (GERMAN, "E11.90"), {"diabetes.type_2": "present"}),
        (
            "by the old German address",
            (OLD_GERMAN, "N18.5"),
            {"kidney_failure.end_stage": "present"},
        ),
        ("with a dagger", (GERMAN, "N18.4+"), {"chronic_kidney_disease.stage_4": "present"}),
        (
            "end stage before there were stages",
            (WHO, "N18.0"),
            {"kidney_failure.end_stage": "present"},
        ),
        ("dialysis", (WHO, "Z49.2"), {"kidney_failure.dialysis": "present"}),
        ("pregnant, incidental", (WHO, "Z33"), PREGNANT),
        ("a pregnancy of high risk", (WHO, "Z35.9"), PREGNANT),
        ("nothing of ours", (GERMAN, "Z94.1"), {}),
        ("a procedure", ("http://hl7.org/fhir/sid/icd-10-pcs", "I50.0", "Bypass"), {}),
        ("the US code does not exist", (ICD, "I50.0"), {}),
    ],
)
def test_icd_10_is_not_the_same_in_every_country(coding: tuple[str, ...], expected: Fhir) -> None:
    record = condition(coded(coding), recorded=days_ago(20))

    assert found(handout_of(YOUNG_WOMAN, record)) == expected


KIDNEYS_GONE = condition("N18.6", recorded=years_ago(3))
STILL = {"kidney_failure.end_stage": "present", "kidney_transplant": "possible"}


@table(
    "words",
    [
        ("a workup", "Kidney transplant workup"),
        ("a plan", "Kidney transplant planned"),
        ("a list", "Listed for kidney transplant"),
        ("a word alone", "Kidney transplant"),
    ],
)
def test_words_about_a_transplant_do_not_end_kidney_failure(words: str) -> None:
    later = condition(text(words), recorded=days_ago(20))

    assert found(handout_of(KIDNEYS_GONE, later)) == STILL


@table(
    "words",
    [
        ("a loss before", "History of ectopic pregnancy"),
        ("several losses before", "Recurrent pregnancy loss"),
    ],
)
def test_words_about_an_earlier_loss_do_not_end_a_pregnancy(words: str) -> None:
    record = [
        condition("Z34.90", recorded=weeks_ago(9)),
        condition(text(words), recorded=weeks_ago(2)),
    ]

    assert found(handout_of(YOUNG_WOMAN, *record))["pregnancy"] == "present"


def test_a_child_that_died_before_birth_is_named_to_nobody() -> None:
    record = [
        condition("Z34.90", recorded=weeks_ago(20)),
        condition("O36.4XX0", recorded=days_ago(2)),
    ]
    handout = handout_of(YOUNG_WOMAN, *record)

    assert found(handout) == {"postpartum": "present"}
    assert reasons(handout) == set()


@table(
    "words, expected",
    [
        ("high risk is no risk of it", "High-risk pregnancy", {"pregnancy": "possible"}),
        ("high risk after it", "Pregnancy, high risk", {"pregnancy": "possible"}),
        (
            "a risk of something else",
            "CKD stage 4, high risk of falls",
            {"chronic_kidney_disease.stage_4": "possible"},
        ),
        (
            "somebody else's illness too",
            "Heart failure; mother has diabetes mellitus",
            PERHAPS_HEART,
        ),
        ("somebody at home", "Heart failure - lives with wife", PERHAPS_HEART),
        ("a word that denies another", "Non ischemic heart failure", PERHAPS_HEART),
        ("a liver", "Non-alcoholic cirrhosis of liver", {"cirrhosis": "possible"}),
        ("badly kept", "Not well controlled type 2 diabetes", {"diabetes.type_2": "possible"}),
        (
            "badly kept to",
            "Not compliant with dialysis",
            {"kidney_failure.dialysis": "possible"},
        ),
        ("before a pregnancy", "Pre existing type 2 diabetes", {"diabetes.type_2": "possible"}),
        ("a risk of it", "High risk of heart failure", {}),
        ("a family's, with all that follows", "Family history of CKD, heart failure", {}),
        ("none", "No heart failure", {}),
    ],
)
def test_a_word_denies_or_excludes_only_what_it_is_about(words: str, expected: Fhir) -> None:
    assert found(handout_of(YOUNG_WOMAN, condition(text(words), recorded=days_ago(20)))) == expected


@table(
    "words, expected",
    [
        ("beside a cream", "furosemide 40 mg daily, hydrocortisone 1 % cream", PERHAPS_LOOP),
        ("beside eye drops", "Furosemide 40 mg, artificial tears eye drops", PERHAPS_LOOP),
        ("drops to swallow", "furosemide 10 mg/mL oral drops", PERHAPS_LOOP),
        ("not to be stopped", "do not stop furosemide", PERHAPS_LOOP),
        ("a number with a comma", "trimethoprim-polymyxin 10,000 unit/mL eye drops", {}),
        ("eye drops alone", "acetazolamide eye drops", {}),
        ("discontinued", "discontinued furosemide", {}),
    ],
)
def test_a_local_use_is_of_its_own_medicine_only(words: str, expected: Fhir) -> None:
    assert found(handout_of(statement(text(words)))) == expected


def test_drops_to_swallow_act_on_the_whole_body() -> None:
    medication = {
        "resourceType": "Medication",
        "id": "drops",
        "code": coded((RXNORM, FUROSEMIDE)),
        "form": text("Oral drops"),
    }
    order = request(contained=[medication], medicationReference={"reference": "#drops"})
    del order["medicationCodeableConcept"]

    assert found(handout_of(order)) == {"diuretic.loop": "present"}


@table(
    "words",
    [
        ("a family's", "Family history of heart failure"),
        ("denied", "No heart failure"),
        ("to be ruled out", "Rule out heart failure"),
        ("ruled out", "Heart failure - ruled out"),
        ("a suspicion", "Suspected heart failure"),
        ("a screening", "Screening for heart failure"),
        ("denied at the end", "Heart failure: no"),
    ],
)
def test_a_code_whose_own_words_deny_it_is_no_fact(words: str) -> None:
    """The code may be the nearest there was: it still asks for caution, but nobody is told so."""
    handout = handout_of(condition(coded((ICD, "I50.9"), words=words), recorded=days_ago(20)))

    assert found(handout) == PERHAPS_HEART
    assert reasons(handout) == set()


@table(
    "words", [("after it", "furosemide 40 mg - DISCONTINUED"), ("before it", "Not taking Lasix")]
)
def test_a_coded_medicine_whose_words_say_it_was_stopped_is_no_fact(words: str) -> None:
    assert found(handout_of(statement(coded((RXNORM, FUROSEMIDE), words=words)))) == PERHAPS_LOOP


IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


@table(
    "what, is_known",
    [
        (
            "none, as IPS says it",
            coded((IPS, "no-known-medications", "No known medications")),
            True,
        ),
        ("none, without words", coded((IPS, "no-known-medications")), True),
        ("no list", coded((IPS, "no-medication-info", "No information about medications")), False),
        ("no list, without words", coded((IPS, "no-medication-info")), False),
        ("unknown", coded((NULL, "UNK", "Unknown"), words="unknown"), False),
        ("masked", coded((ABSENT, "masked", "Masked")), False),
        ("a code unknown, but named", coded((NULL, "UNK", "Unknown"), words="Aspirin 81 mg"), True),
        ("a code of no vocabulary", coded((NULL, "OTH", "Aspirin 81 mg")), True),
    ],
)
def test_no_information_is_not_no_medicine(what: Fhir, is_known: bool) -> None:
    handout = handout_of(statement(what))

    assert ("diuretic" in found(handout)) != is_known
    assert (handout.findings.gaps == ()) == is_known


@table(
    "what, is_known",
    [
        ("none", coded((IPS, "no-known-problems", "No known problems")), True),
        ("no list", coded((IPS, "no-problem-info", "No information about problems")), False),
    ],
)
def test_no_information_is_not_no_problem(what: Fhir, is_known: bool) -> None:
    assert ("heart_failure" in found(handout_of(condition(what)))) != is_known


def test_a_name_is_read_though_its_code_is_unknown() -> None:
    named = coded((NULL, "UNK", "Unknown"), words="furosemide 40 mg")

    assert found(handout_of(statement(named))) == PERHAPS_LOOP


@pytest.mark.parametrize(
    "unit",
    ["mL/min/1.73m*2", "mL/min/1.73 m*2", "mL/min/1,73m²", "mL/min/1.73 qm", "mL/min per 1.73m2"],
)
def test_a_filtration_is_read_in_the_units_laboratories_write(unit: str) -> None:
    assert found(handout_of(lab(EGFR, 25, unit=unit))) == {"low_egfr.below_30": "present"}


@pytest.mark.parametrize("how", ["valueString", "valueCodeableConcept"])
def test_an_answer_in_words_is_not_read_as_no(how: str) -> None:
    value = "Pregnant" if how == "valueString" else text("Pregnant")
    answer = observation("82810-3", days_ago(20), **{how: value})

    assert found(handout_of(YOUNG_WOMAN, answer))["pregnancy"] == "unknown"


def ordered(written: int, **elements: Any) -> Fhir:
    """An order of furosemide written so many days ago."""
    return request(authoredOn=days_ago(written), **elements)


def lasting(days: int) -> list[Fhir]:
    return [{"timing": {"repeat": {"boundsDuration": {"value": days, "code": "d"}}}}]


def supplied(days: int, refills: int) -> Fhir:
    supply = {"value": days, "code": "d"}
    return {"expectedSupplyDuration": supply, "numberOfRepeatsAllowed": refills}


ACE = "potassium_raising_medicine.ace_inhibitor"
TAKEN = {"diuretic.loop": "present"}


@table(
    "order, expected",
    [
        ("five days, long over", ordered(60, dosageInstruction=lasting(5)), {}),
        ("ninety days, not over", ordered(60, dosageInstruction=lasting(90)), TAKEN),
        (
            "over by its dosage, with refills left",
            request(start=days_ago(40), end=days_ago(10), authoredOn=days_ago(40))
            | {"dispenseRequest": supplied(30, 11)},
            PERHAPS_LOOP,
        ),
        (
            "completed, with the supply not used up",
            ordered(10, status="completed", dispenseRequest=supplied(90, 0)),
            PERHAPS_LOOP,
        ),
        (
            "completed, and used up",
            ordered(100, status="completed", dispenseRequest=supplied(90, 0)),
            {},
        ),
        (
            "stopped, whatever was supplied",
            ordered(9, status="stopped", dispenseRequest=supplied(90, 3)),
            {},
        ),
        ("to begin next week", request(start=in_days(7), authoredOn=days_ago(1)), PERHAPS_LOOP),
        ("begun last week", request(start=days_ago(7), authoredOn=days_ago(8)), TAKEN),
        (
            "begun years ago, without an end",
            request(start=years_ago(3), authoredOn=years_ago(3)),
            PERHAPS_LOOP,
        ),
    ],
)
def test_an_order_is_as_current_as_its_dosage_and_its_supply(order: Fhir, expected: Fhir) -> None:
    assert found(handout_of(order)) == expected


@table(
    "words, expected",
    [
        ("German", "Chronische Linksherzinsuffizienz", PERHAPS_HEART),
        ("French", "Insuffisance cardiaque", PERHAPS_HEART),
        ("Dutch", "Hartfalen", PERHAPS_HEART),
        ("Spanish", "Insuficiencia cardíaca", PERHAPS_HEART),
        ("German, of the kidneys", "Hämodialyse", {"kidney_failure.hemodialysis": "possible"}),
        ("French, a child to come", "Grossesse", {"pregnancy": "possible"}),
        ("German, denied", "Keine Herzinsuffizienz", {}),
        ("French, denied", "Pas de grossesse", {}),
        ("French, of water", "Diabète insipide", {}),
        ("in short", "T2DM (DM type 2)", {"diabetes.type_2": "possible"}),
        ("in short, on the belly", "CAPD", {"kidney_failure.peritoneal_dialysis": "possible"}),
        ("in short, of the ears", "Central auditory processing disorder (CAPD)", {}),
        ("a kidney given", "Deceased donor kidney transplant", {"kidney_transplant": "possible"}),
        ("a kidney given away", "Living kidney donor", {}),
        ("a liver given", "Donor liver transplant", {}),
        ("a test that was positive", "Pregnancy test positive", {"pregnancy": "possible"}),
        ("a test that was negative", "Pregnancy test negative", {}),
        ("a past pregnancy", "Gravida 2 para 2", {}),
    ],
)
def test_the_gravest_conditions_are_known_by_what_people_call_them(
    words: str, expected: Fhir
) -> None:
    assert found(handout_of(YOUNG_WOMAN, condition(text(words), recorded=days_ago(20)))) == expected


@table(
    "words, expected",
    [
        ("German", "Furosemid-ratiopharm 40", PERHAPS_LOOP),
        ("Spanish", "Furosemida 40 mg", PERHAPS_LOOP),
        ("a German combination", "Ramipril HCT", {"diuretic.thiazide", ACE}),
        ("another", "Triamteren comp.", {"diuretic.potassium_sparing", "diuretic.thiazide"}),
        ("a German kind", "Wassertablette morgens", {"diuretic.unspecified"}),
        ("a salt", "Kaliumchlorid", {"potassium_raising_medicine.potassium_product"}),
        ("denied", "kein Furosemid", {}),
    ],
)
def test_a_water_pill_is_known_by_its_name_in_other_languages(words: str, expected: Fhir) -> None:
    assert set(found(handout_of(statement(text(words))))) == set(expected)


def test_atc_is_read_at_its_german_address() -> None:
    both = coded((GERMAN_ATC, "C03EA01"))

    assert {"diuretic.thiazide", "diuretic.potassium_sparing"} == set(
        found(handout_of(statement(both)))
    )


@table(
    "code, expected",
    [
        ("of the right heart", "128404006", FAILING_HEART),
        ("a kidney that works", "737295003", {"kidney_transplant": "present"}),
        ("a heart that was given", "737297006", {}),
        ("weak kidneys", "723188008", {"chronic_kidney_disease.unspecified": "present"}),
        ("an ectopic pregnancy", "34801009", {"postpartum": "present"}),
        ("a pregnancy that came to nothing", "35999006", {"postpartum": "present"}),
    ],
)
def test_codes_that_synthetic_and_national_charts_use(code: str, expected: Fhir) -> None:
    handout = handout_of(YOUNG_WOMAN, condition(snomed(code), recorded=days_ago(20)))

    assert found(handout) == expected
    assert ("why-pregnancy" in reasons(handout)) is False


OLD = {"reference": "Patient/old"}


@table(
    "patients",
    [
        ("by its own link", [linked("replaces", OLD)]),
        ("by the other's", [patient(), linked("replaced-by", ours(), id="old")]),
    ],
)
def test_what_is_filed_under_a_merged_patient_is_a_gap(patients: list[Fhir]) -> None:
    """The same person's, unless the merge was a mistake: neither told nor passed over."""
    record = condition("I50.9", recorded=days_ago(20), subject=OLD)

    assert found(handout_of(*patients, record))["heart_failure"] == "unknown"


def test_what_is_filed_under_somebody_similar_is_somebody_elses() -> None:
    record = condition("I50.9", recorded=days_ago(20), subject=OLD)

    assert found(handout_of(linked("seealso", OLD), record)) == {}


def test_a_code_beside_one_of_a_family_history_of_it_is_no_fact() -> None:
    both = coded((ICD, "I50.9"), (LOCAL, "4711", "Family history of heart failure"))

    assert found(handout_of(condition(both, recorded=days_ago(20)))) == PERHAPS_HEART
