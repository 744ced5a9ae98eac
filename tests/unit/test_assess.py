"""What a record shows of each risk factor: present, possible, absent or unknown, with evidence."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fhir_handout.assess import assess
from fhir_handout.model import Evidence, Finding, RecognisedBy, Status, Withheld
from fhir_handout.pack_model import RiskFactor, ValueSetUse
from fhir_handout.patient_record import Coding, Dated, Gap, Part
from fhir_handout.read import read_record
from unit.builders import (
    ACUTE,
    BORN,
    DIABETES,
    DIALYSIS,
    END_STAGE,
    FAILED_TRANSPLANT,
    FUROSEMIDE,
    HEART_FAILURE,
    IBUPROFEN,
    ICD,
    PREGNANT,
    SPIRONOLACTONE,
    STAGE_3,
    TRANSPLANT,
    clinical,
    condition,
    days_ago,
    found_in,
    in_days,
    patient,
    raw,
    read,
    shown,
    statement,
    statuses,
    verification,
)
from unit.handouts import TODAY, loaded

ABSENT, UNKNOWN = {None: "absent"}, {None: "unknown"}
FACTORS = loaded().content.risk_factors
IN_CONDITIONS = [f.id for f in FACTORS.values() if f.shows_in is Part.CONDITIONS and not f.bands]


def test_nothing_in_a_whole_record_is_absence() -> None:
    findings = found_in()
    assert {f.status for f in findings.findings} == {Status.ABSENT}
    assert [f.risk_factor for f in findings.findings] == list(FACTORS)
    assert (findings.patient, findings.today, findings.age) == ("Patient/p1", TODAY, (46, 46))
    assert (findings.sex, findings.gaps, findings.not_relevant) == ("female", (), ())


@pytest.mark.parametrize(
    ("resource", "factor", "expected"),
    [
        (condition(END_STAGE), "kidney_failure", {"end_stage": "present"}),
        (condition(ACUTE, recordedDate=days_ago(9)), "kidney_failure", {"acute": "present"}),
        (condition(STAGE_3), "chronic_kidney_disease", {"stage_3": "present"}),
        (condition(HEART_FAILURE), "heart_failure", {None: "present"}),
        (condition(DIABETES), "diabetes", {"type_2": "present"}),
        (statement(FUROSEMIDE), "diuretic", {"loop": "present"}),
        (statement(medicationCodeableConcept={"text": "Lasix"}), "diuretic", {"loop": "possible"}),
        (
            statement(medicationCodeableConcept={"text": "Lasix"}, status="stopped"),
            "diuretic",
            ABSENT,
        ),
        (
            condition(END_STAGE, clinicalStatus=clinical("resolved")),
            "kidney_failure",
            {"end_stage": "possible"},
        ),
        (
            condition(END_STAGE, verificationStatus=verification("refuted")),
            "kidney_failure",
            ABSENT,
        ),
        (condition(DIABETES, clinicalStatus=clinical("resolved")), "diabetes", ABSENT),
        (statement(IBUPROFEN), "diuretic", ABSENT),
    ],
)
def test_a_finding_is_as_sure_as_its_entry(
    resource: Any, factor: str, expected: dict[str | None, str]
) -> None:
    findings = found_in(resource)
    assert statuses(findings, factor) == expected
    assert shown(findings) == (set() if expected == ABSENT else {factor})


def test_each_qualifier_is_a_finding_of_its_own() -> None:
    findings = found_in(
        statement(FUROSEMIDE), statement(SPIRONOLACTONE, status="on-hold"), condition(DIALYSIS)
    )
    assert statuses(findings, "diuretic") == {"loop": "present", "potassium_sparing": "possible"}
    assert statuses(findings, "kidney_failure") == {"dialysis": "present"}


def test_a_code_may_feed_several_factors() -> None:
    findings = found_in(condition("E11.22"))
    assert shown(findings) == {"diabetes", "chronic_kidney_disease"}


@pytest.mark.parametrize("order", [1, -1])
def test_the_surest_evidence_decides_and_all_of_it_is_kept(order: int) -> None:
    sure = condition(DIABETES, id="sure")
    unsure = condition(DIABETES, id="unsure", clinicalStatus=...)
    (finding,) = found_in(*[sure, unsure][::order]).of("diabetes")
    assert finding.status is Status.PRESENT
    assert [e.reference for e in finding.evidence] == ["Condition/unsure", "Condition/sure"]


def test_evidence_is_the_entry_and_its_coding() -> None:
    (finding,) = found_in(condition(DIABETES)).of("diabetes")
    assert finding.evidence == (
        Evidence("Condition/c-E11.9", Coding(ICD, DIABETES), RecognisedBy.CODE, "code"),
    )


def test_what_bears_on_nothing_is_listed() -> None:
    findings = found_in(condition("M54.5"), statement(IBUPROFEN))
    assert [e.reference for e in findings.not_relevant] == [
        "Condition/c-M54.5",
        "MedicationStatement/s-5640",
    ]


# --- gaps ---------------------------------------------------------------------------------------


def with_gap(*parts: Part, **elements: Any) -> Any:
    gap = Gap("x", "not read", frozenset(parts))
    record = read_record(raw(patient(**elements), gaps=(gap, gap)), "p1")
    return assess(record, loaded().content, loaded().codes, TODAY)


@pytest.mark.parametrize(
    ("part", "unknown"),
    [
        (Part.CONDITIONS, set(IN_CONDITIONS)),
        (Part.MEDICINES, {"diuretic", "statin"}),
        (Part.OBSERVATIONS, {"low_egfr", "pregnancy"}),
        (Part.DOCUMENTS, set()),
        (Part.ENCOUNTER, {"cramp_complaint"}),
        (Part.PATIENT, set()),
    ],
)
def test_a_gap_hides_the_factors_that_would_show_there_and_no_others(
    part: Part, unknown: set[str]
) -> None:
    findings = with_gap(part)
    found = {f.risk_factor for f in findings.findings if f.status is Status.UNKNOWN}
    assert found >= unknown
    assert all(part in FACTORS[name].shows_in for name in found)
    assert len(findings.gaps) == 1


def test_a_factor_that_was_found_may_be_hidden_too() -> None:
    findings = found_in(condition(DIABETES), condition(END_STAGE, code=5))
    assert [(f.qualifier, f.status.value) for f in findings.of("diabetes")] == [
        (None, "unknown"),
        ("type_2", "present"),
    ]
    assert statuses(findings, "kidney_failure") == UNKNOWN
    assert statuses(findings, "diuretic") == ABSENT


def test_evidence_that_is_not_valid_makes_a_gap() -> None:
    findings = found_in(condition(END_STAGE, stage={"not": "a list"}))
    assert statuses(findings, "kidney_failure") == UNKNOWN
    assert len(findings.gaps) == 1


# --- what ends ----------------------------------------------------------------------------------


def since(code: str, when: str, **elements: Any) -> dict[str, Any]:
    return condition(code, onsetDateTime=when, **elements)


DIALYSIS_2015, TRANSPLANT_2020 = since(DIALYSIS, "2015-05-05"), since(TRANSPLANT, "2020-02-02")
ON_DIALYSIS, BOTH = {"dialysis": "present"}, {"dialysis": "present", "end_stage": "present"}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([DIALYSIS_2015, TRANSPLANT_2020], ABSENT),
        ([since(DIALYSIS, "2024-01-01"), TRANSPLANT_2020], ON_DIALYSIS),
        ([since(DIALYSIS, "2020-02-02"), TRANSPLANT_2020], ON_DIALYSIS),
        ([since(DIALYSIS, "2020"), since(TRANSPLANT, "2020")], ON_DIALYSIS),
        ([condition(DIALYSIS), TRANSPLANT_2020], ON_DIALYSIS),
        ([DIALYSIS_2015, condition(TRANSPLANT)], ON_DIALYSIS),
        ([DIALYSIS_2015, condition(TRANSPLANT, recordedDate="2020-02-02")], ABSENT),
        ([DIALYSIS_2015, since(TRANSPLANT, "2010-01-01", recordedDate="2026-01-01")], ON_DIALYSIS),
        ([DIALYSIS_2015, since(TRANSPLANT, in_days(30))], ON_DIALYSIS),
        ([DIALYSIS_2015, since(TRANSPLANT, str(TODAY.year))], ON_DIALYSIS),
        (
            # Nothing stands beside a dialysis code of years ago: it may be of an acute injury.
            [DIALYSIS_2015, {**TRANSPLANT_2020, "verificationStatus": verification("refuted")}],
            {"dialysis": "possible"},
        ),
        (
            [DIALYSIS_2015, {**TRANSPLANT_2020, "verificationStatus": verification("provisional")}],
            ON_DIALYSIS,
        ),
        ([DIALYSIS_2015, {**TRANSPLANT_2020, "modifierExtension": [{"url": "x"}]}], ON_DIALYSIS),
        (
            [DIALYSIS_2015, TRANSPLANT_2020, since(FAILED_TRANSPLANT, "2024-01-01")],
            {"dialysis": "present", "unspecified": "present"},
        ),
        (
            [
                DIALYSIS_2015,
                TRANSPLANT_2020,
                condition(FAILED_TRANSPLANT, verificationStatus=verification("refuted")),
            ],
            ABSENT,
        ),
        ([DIALYSIS_2015, since(END_STAGE, "2024-01-01"), TRANSPLANT_2020], BOTH),
        ([since(DIALYSIS, "2024-01-01"), since(END_STAGE, "2014"), TRANSPLANT_2020], BOTH),
        (
            [
                DIALYSIS_2015,
                since(END_STAGE, "2024", verificationStatus=verification("refuted")),
                TRANSPLANT_2020,
            ],
            ABSENT,
        ),
        ([DIALYSIS_2015, since(ACUTE, days_ago(9)), TRANSPLANT_2020], {"acute": "present"}),
    ],
)
def test_a_transplant_ends_kidney_failure_only_when_all_of_that_was_before(
    resources: list[Any], expected: dict[str | None, str]
) -> None:
    for order in (resources, resources[::-1]):
        findings = found_in(*order)
        assert statuses(findings, "kidney_failure") == expected
        assert (TRANSPLANT in str(resources)) == bool(findings.of("kidney_transplant"))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([since(PREGNANT, days_ago(200))], "present"),
        ([since(PREGNANT, days_ago(200)), since(BORN, days_ago(20))], "absent"),
        ([since(PREGNANT, days_ago(200)), since(BORN, days_ago(400))], "present"),
        ([since(PREGNANT, days_ago(200)), since(BORN, in_days(20))], "present"),
        # A birth of no date may be an earlier one, or the end of this pregnancy.
        ([since(PREGNANT, days_ago(200)), condition(BORN)], "possible"),
        ([condition(PREGNANT), since(BORN, days_ago(20))], "possible"),
        ([condition(PREGNANT), condition(BORN, recordedDate=days_ago(20))], "possible"),
        (
            [
                condition(PREGNANT, recordedDate=days_ago(20)),
                since(BORN, days_ago(21), recordedDate=days_ago(19)),
            ],
            "absent",
        ),
        (
            [
                since(PREGNANT, days_ago(250), id="c1"),
                since(BORN, days_ago(200)),
                since(PREGNANT, days_ago(100), id="c2"),
            ],
            "present",
        ),
    ],
)
def test_a_pregnancy_ends_with_what_came_after_its_beginning(
    resources: list[Any], expected: str
) -> None:
    for order in (resources, resources[::-1]):
        assert statuses(found_in(*order), "pregnancy") == {None: expected}


def test_a_pregnancy_that_ended_is_no_evidence_of_the_next() -> None:
    (finding,) = found_in(
        since(PREGNANT, days_ago(250), id="c1"),
        since(BORN, days_ago(200)),
        since(PREGNANT, days_ago(100), id="c2"),
    ).of("pregnancy")
    assert [e.reference for e in finding.evidence] == ["Condition/c2"]


def test_a_medicine_is_not_ended_by_a_condition() -> None:
    factor = RiskFactor(
        "diuretic",
        "Diuretic",
        (Part.MEDICINES,),
        (ValueSetUse("diuretic-loop", None),),
        ended_by=("kidney-transplant",),
    )
    record = read(statement(FUROSEMIDE), TRANSPLANT_2020)
    (finding,) = assess(
        record, replace(loaded().content, risk_factors={factor.id: factor}), loaded().codes, TODAY
    ).findings
    assert finding.status is Status.PRESENT


# --- what is withheld ---------------------------------------------------------------------------


def pregnant(**about: Any) -> Finding:
    (finding,) = found_in(since(PREGNANT, days_ago(100)), of=patient(**about)).of("pregnancy")
    return finding


def aged(years: int) -> str:
    return date(TODAY.year - years, 1, 1).isoformat()


@pytest.mark.parametrize(
    ("about", "status", "withheld"),
    [
        ({"birthDate": aged(30)}, "present", None),
        ({"birthDate": aged(18)}, "present", None),
        ({"birthDate": aged(55)}, "present", None),
        ({"birthDate": aged(30), "gender": "other"}, "present", None),
        ({"birthDate": aged(30), "gender": "unknown"}, "present", None),
        ({"birthDate": aged(30), "gender": ...}, "present", None),
        ({"birthDate": aged(17)}, "present", Withheld.CONFIDENTIAL),
        ({"birthDate": aged(10)}, "present", Withheld.CONFIDENTIAL),
        ({"birthDate": str(TODAY.year - 18)}, "present", Withheld.CONFIDENTIAL),
        ({"birthDate": ...}, "present", Withheld.CONFIDENTIAL),
        ({"birthDate": aged(9)}, "possible", Withheld.IMPLAUSIBLE),
        ({"birthDate": aged(56)}, "possible", Withheld.IMPLAUSIBLE),
        ({"birthDate": str(TODAY.year - 56)}, "present", None),
        ({"birthDate": aged(30), "gender": "male"}, "possible", Withheld.IMPLAUSIBLE),
        ({"birthDate": aged(17), "gender": "male"}, "possible", Withheld.IMPLAUSIBLE),
    ],
)
def test_a_pregnancy_is_withheld_where_it_is_confidential_or_implausible(
    about: dict[str, Any], status: str, withheld: Withheld | None
) -> None:
    finding = pregnant(**about)
    assert (finding.status.value, finding.withheld) == (status, withheld)
    assert finding.evidence


def test_nothing_else_is_withheld() -> None:
    findings = found_in(condition(DIABETES), of=patient(birthDate=aged(5), gender="male"))
    assert {f.withheld for f in findings.findings} == {None}


# --- age ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "age", "expected"),
    [
        (aged(0), (0, 0), {"under_12": "present"}),
        (aged(11), (11, 11), {"under_12": "present"}),
        (aged(12), (12, 12), {"12_to_17": "present"}),
        (aged(17), (17, 17), {"12_to_17": "present"}),
        (aged(18), (18, 18), ABSENT),
        (aged(64), (64, 64), ABSENT),
        (aged(65), (65, 65), {"65_and_over": "present"}),
        (aged(120), (120, 120), {"65_and_over": "present"}),
        (str(TODAY.year - 12), (11, 12), {"under_12": "possible", "12_to_17": "possible"}),
        (str(TODAY.year - 65), (64, 65), {"65_and_over": "possible"}),
        (str(TODAY.year), (0, 0), {"under_12": "present"}),
        (in_days(1), None, UNKNOWN),
        (str(TODAY.year + 1), None, UNKNOWN),
        ("9999-12-31", None, UNKNOWN),
        (aged(131), None, UNKNOWN),
        ("0001", None, UNKNOWN),
        (..., None, UNKNOWN),
    ],
)
def test_age_is_a_finding_of_its_band(
    born: Any, age: tuple[int, int] | None, expected: dict[str | None, str]
) -> None:
    findings = found_in(of=patient(birthDate=born))
    assert findings.age == age
    assert statuses(findings, "age") == expected


def test_the_evidence_of_age_is_the_birth_date() -> None:
    (finding,) = found_in(of=patient(birthDate=aged(70))).of("age")
    (evidence,) = finding.evidence
    assert evidence.reference == "Patient/p1"
    assert evidence.recognised_by is RecognisedBy.BIRTH_DATE
    assert evidence.coding == Coding("", "", "birthDate")


@pytest.mark.parametrize("born", ["1950", "1950-02", "1950-02-28"])
def test_a_birth_date_is_told_no_more_exactly_than_it_is_known(born: str) -> None:
    (finding,) = found_in(of=patient(birthDate=born)).of("age")
    assert [evidence.dated for evidence in finding.evidence] == [Dated("birthDate", born)]
