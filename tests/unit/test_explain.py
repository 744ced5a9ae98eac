"""The explanation: the JSON contract, and the same for a reader."""

import json
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from fhir_handout.explain import SCHEMA_VERSION, explanation
from fhir_handout.explain_text import explanation_text
from fhir_handout.language_choice import IN_SOURCE, Because, Choice
from fhir_handout.model import Conflict, Evidence, Handout, RecognisedBy, Status, Withheld
from fhir_handout.pack_model import Review, ReviewStatus
from fhir_handout.patient_record import CLINICAL_PARTS, Coding, Dated, Gap, Part
from fhir_handout.tailor import tailor
from unit.handouts import TODAY, Ages, found, handout, loaded

PACK = loaded().content
DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = json.loads((DOCS / "explain.schema.json").read_text("utf-8"))
PAGE = (DOCS / "explain-schema.md").read_text("utf-8")
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
CODE = Evidence(
    "Condition/c1",
    Coding("urn:s", "c", "words"),
    RecognisedBy.CODE,
    "code",
    Dated("onsetDateTime", "2024-03"),
)
DISAGREEING = Conflict(
    "Condition/c2", Coding("urn:s", "d", "other words"), ("heart-failure",), ("cirrhosis",)
)


def with_gaps(made: Handout) -> Handout:
    gaps = (Gap("Condition/9", "code is of the wrong type", CLINICAL_PARTS),)
    return replace(
        made,
        findings=replace(made.findings, gaps=gaps, not_relevant=(CODE,), conflicts=(DISAGREEING,)),
    )


def text_of(made: Handout) -> list[str]:
    return explanation_text(made, loaded().catalogues["en"]).splitlines()


# --- JSON -----------------------------------------------------------------------------------------


def test_the_parts_of_an_explanation() -> None:
    told = explanation(with_gaps(handout("diuretic.loop")))
    assert told["schema"] == SCHEMA_VERSION == 1
    assert told["patient"] == "Patient/1"
    assert told["date"] == TODAY.isoformat()
    assert told["pack"] == {
        "id": "muscle_cramps",
        "version": PACK.version,
        "hash": loaded().approval_hash("en"),
    }
    assert told["language"] == "en"
    assert told["topics"]["fluids"] == {"level": "F1", "because": ["diuretic"]}
    (asked,) = [a for a in told["advice"] if a["statement"] == "fluids-ask"]
    assert asked["section"] == "prevent"
    assert asked["because"] == ["diuretic"]
    assert {"statement": "fluids-usual", "because": ["diuretic"]} in told["omissions"]
    assert told["gaps"] == [{"what": "Condition/9", "why": "code is of the wrong type"}]
    assert told["not_relevant"] == [
        {
            "reference": "Condition/c1",
            "system": "urn:s",
            "code": "c",
            "display": "words",
            "recognised_by": "code",
            "element": "code",
            "date": "2024-03",
            "dated_by": "onsetDateTime",
            "value": "",
        }
    ]
    assert told["conflicts"] == [
        {
            "reference": "Condition/c2",
            "system": "urn:s",
            "code": "d",
            "display": "other words",
            "by_code": ["heart-failure"],
            "by_display": ["cirrhosis"],
        }
    ]


def finding_of(told: dict[str, Any], factor: str) -> list[dict[str, Any]]:
    return [finding for finding in told["findings"] if finding["risk_factor"] == factor]


@pytest.mark.parametrize(
    ("name", "qualifiers", "status"),
    [
        ("diuretic.loop", ["loop"], "present"),
        ("diuretic.loop?", ["loop"], "possible"),
        ("heart_failure", [], "present"),
        ("pregnancy*", [], "present"),
    ],
)
def test_a_finding_has_its_qualifier_status_and_evidence(
    name: str, qualifiers: list[str], status: str
) -> None:
    factor = name.rstrip("?*").partition(".")[0]
    (found_one,) = finding_of(explanation(handout(name)), factor)
    assert (found_one["qualifiers"], found_one["status"]) == (qualifiers, status)
    assert [evidence["reference"] for evidence in found_one["evidence"]] == [f"Condition/{factor}"]


def test_absent_and_unknown_findings_have_neither_qualifier_nor_evidence() -> None:
    told = explanation(handout(gaps=[Part.MEDICINES]))
    nothing: dict[str, Any] = {"qualifiers": [], "evidence": [], "withheld": None}
    assert finding_of(told, "diuretic") == [
        {"risk_factor": "diuretic", "status": "unknown", **nothing}
    ]
    assert finding_of(told, "diabetes") == [
        {"risk_factor": "diabetes", "status": "absent", **nothing}
    ]


@pytest.mark.parametrize(
    ("name", "withheld"),
    [("pregnancy", None), ("pregnancy?", None), ("pregnancy*", "confidential")],
)
def test_a_finding_says_why_it_is_not_told(name: str, withheld: str | None) -> None:
    (told,) = finding_of(explanation(handout(name)), "pregnancy")
    assert told["withheld"] == withheld


def test_every_statement_has_its_sources_rows_and_review() -> None:
    statements = {statement.id: statement for statement in PACK.statements}
    for advice in explanation(handout("kidney_failure.dialysis", "diabetes.type_1"))["advice"]:
        statement = statements[advice["statement"]]
        assert [source["id"] for source in advice["citations"]] == list(statement.citations)
        assert advice["rows"] == list(statement.rows)
        assert advice["review"] == "drafted"
        for source in advice["citations"]:
            known = PACK.citations[source["id"]]
            assert source == {
                "id": known.id,
                "title": known.title,
                "url": known.url,
                "seen": known.seen,
            }


def reviewed(made: Handout) -> Handout:
    """The handout of a pack in which two people have read three sentences."""
    day = date(2026, 11, 2)
    one = Review(ReviewStatus.REVIEWED, "A. Example", "pharmacist", day)
    other = Review(ReviewStatus.APPROVED, "B. Example\n  present   Age", "physician", day)
    read = {"ease-stop": one, "ease-rest": one, "heat": other}
    return replace(made, pack=replace(made.pack, reviews={"en": read}))


def test_a_review_is_told_of_the_statement_and_language_it_is_of() -> None:
    pack = reviewed(handout()).pack
    hashes = {**pack.hashes, "es": "0" * 64}
    made = replace(handout(), pack=replace(pack, hashes=hashes))
    told = {a["statement"]: a["review"] for a in explanation(made)["advice"]}
    assert (told["ease-stop"], told["heat"], told["ease-stretch"]) == (
        *("reviewed", "approved"),
        "drafted",
    )
    other = explanation(made, Choice("es", Because.ASKED))
    assert {advice["review"] for advice in other["advice"]} == {"drafted"}
    assert (other["language"], other["pack"]["hash"]) == ("es", "0" * 64)


def test_a_factor_can_be_unknown_and_present() -> None:
    told = explanation(handout("diuretic.loop", gaps=[Part.MEDICINES]))
    assert [f["status"] for f in finding_of(told, "diuretic")] == ["unknown", "present"]


def test_an_age_is_evidence_of_itself() -> None:
    (age,) = finding_of(explanation(handout(ages=(70, 70))), "age")
    assert age["qualifiers"] == ["65_and_over"]
    assert [evidence["recognised_by"] for evidence in age["evidence"]] == ["birth_date"]


PEOPLE: list[Ages] = [(8, 8), (11, 12), (40, 40), (70, 70), None]
RECORDS: list[tuple[str, ...]] = [
    (),
    ("diuretic.loop", "diuretic.potassium_sparing?"),
    ("kidney_failure.dialysis", "kidney_failure.end_stage", "heart_failure"),
    ("pregnancy*", "postpartum*", "diabetes.gestational?"),
    *(
        (".".join(filter(None, (factor.id, qualifier))),)
        for factor in PACK.risk_factors.values()
        if not factor.bands
        for qualifier in factor.qualifiers
    ),
]


@pytest.mark.parametrize("names", RECORDS, ids=" ".join)
def test_every_explanation_is_as_the_schema_says(names: tuple[str, ...]) -> None:
    for ages, gaps in product(PEOPLE, ([], [Part.CONDITIONS], sorted(CLINICAL_PARTS))):
        made = handout(*names, ages=ages, gaps=gaps)
        VALIDATOR.validate(explanation(with_gaps(made) if gaps else made))


def explained() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(explanation(with_gaps(handout("diuretic.loop")))))
    return told


def test_the_schema_knows_every_element_and_nothing_else() -> None:
    """An element that were added without being documented would be refused."""
    assert set(SCHEMA["required"]) == set(explained())
    for part in ("findings", "advice", "omissions", "gaps", "conflicts", "not_relevant"):
        told = explained()
        told[part][0]["surprise"] = 1
        assert not VALIDATOR.is_valid(told), part


@pytest.mark.parametrize(
    ("factor", "changes"),
    [
        ("diuretic", {"qualifiers": ["dialysis"]}),  # another factor's
        ("heart_failure", {"qualifiers": ["severe"]}),
        ("heart_failure", {"evidence": [{}]}),  # absent, and yet with evidence
        ("diuretic", {"status": "Present"}),
        ("diuretic", {"risk_factor": "gout"}),
    ],
)
def test_the_schema_refuses_a_finding_that_cannot_be(factor: str, changes: dict[str, Any]) -> None:
    told = explained()
    assert VALIDATOR.is_valid(told)
    finding_of(told, factor)[0].update(changes)
    assert not VALIDATOR.is_valid(told)


def enumerated(*path: str) -> list[str]:
    place: Any = SCHEMA
    for step in path:
        place = place[step]
    values: list[str] = place["enum"]
    return values


def test_the_schema_lists_what_the_pack_and_the_model_have() -> None:
    finding = ("properties", "findings", "items", "properties")
    advice = ("properties", "advice", "items", "properties")
    assert enumerated(*finding, "risk_factor") == list(PACK.risk_factors)
    assert enumerated(*finding, "status") == [status.value for status in Status]
    assert enumerated(*finding, "withheld") == [None, *Withheld]
    assert enumerated(*advice, "review") == list(ReviewStatus)
    assert enumerated(*advice, "citations", "items", "properties", "id") == list(PACK.citations)
    assert enumerated(*advice, "section") == list(PACK.sections)
    assert enumerated(*advice, "statement") == [statement.id for statement in PACK.statements]
    evidence = (*finding, "evidence", "items", "properties", "recognised_by")
    assert enumerated(*evidence) == [by.value for by in RecognisedBy]
    for topic in PACK.topics.values():
        at = ("properties", "topics", "properties", topic.id, "properties", "level")
        assert enumerated(*at) == list(topic.levels)
    qualified = {
        rule["if"]["properties"]["risk_factor"]["const"]: rule["then"]["properties"]["qualifiers"]
        for rule in SCHEMA["properties"]["findings"]["items"]["allOf"]
        if "risk_factor" in rule["if"]["properties"]
    }
    for factor in PACK.risk_factors.values():
        known = {qualifier for qualifier in factor.qualifiers if qualifier}
        assert set(qualified[factor.id].get("items", {}).get("enum", ())) == known


@pytest.mark.parametrize("value", [*Status, *RecognisedBy, *Withheld, *ReviewStatus])
def test_the_page_explains_every_status_and_how_things_are_recognised(value: str) -> None:
    assert f"`{value}`: " in PAGE or f"`{value}`;" in PAGE or f"; `{value}` |" in PAGE


# --- text -----------------------------------------------------------------------------------------


def test_the_text_names_patient_day_and_pack() -> None:
    assert text_of(handout())[0] == f"Patient/1 on 2026-11-23, pack muscle_cramps {PACK.version}"


def test_the_text_says_that_nobody_has_reviewed_the_pack_that_ships() -> None:
    assert text_of(handout())[2] == f"Review: 0 of {len(PACK.statements)} statements reviewed in en"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (IN_SOURCE, ["Language: en: no language of the patient is recorded"]),
        (
            Choice("en", Because.UNAPPROVED, "es"),
            ["Language: en: the site has not approved the other language (es)"],
        ),
        (
            Choice("es", Because.ASKED, is_approved=False),
            [
                "Language: es: it was asked for",
                "  drafted and unreviewed at this site: attached as a draft, and bilingual",
            ],
        ),
    ],
)
def test_the_text_says_why_the_sheet_is_in_its_language(
    choice: Choice, expected: list[str]
) -> None:
    told = explanation_text(handout(), loaded().catalogues["en"], choice).splitlines()
    assert told[1 : 1 + len(expected)] == expected


def test_the_text_says_who_reviewed_how_much() -> None:
    assert text_of(reviewed(handout()))[2:5] == [
        f"Review: 3 of {len(PACK.statements)} statements reviewed in en",
        "  2 reviewed by A. Example, pharmacist, on 2026-11-02",
        "  1 approved by B. Example present Age, physician, on 2026-11-02",
    ]


def test_the_text_lists_what_is_absent_last_and_together() -> None:
    lines = text_of(handout("heart_failure"))
    absent = lines[lines.index("Absent: all that could show it was read") + 1]
    assert "Heart failure" not in absent
    assert absent.startswith("  Age, Diuretic, Kidney failure, ")


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["heart_failure"], "  present   Heart failure"),
        (["heart_failure?"], "  possible  Heart failure"),
        (["diuretic.potassium_sparing"], "  present   Diuretic, potassium sparing"),
        (["pregnancy*"], "  present   Pregnancy (not told to the patient: confidential)"),
    ],
)
def test_the_text_has_each_finding(names: list[str], line: str) -> None:
    assert line in text_of(handout(*names))


def test_the_text_says_what_an_implausible_finding_is() -> None:
    findings = found("pregnancy?*")
    own = tuple(
        replace(f, withheld=Withheld.IMPLAUSIBLE) if f.withheld else f for f in findings.findings
    )
    lines = text_of(tailor(replace(findings, findings=own), PACK))
    assert "  possible  Pregnancy (not told to the patient: implausible)" in lines


def test_the_text_has_evidence_levels_words_and_reasons() -> None:
    lines = text_of(with_gaps(handout("heart_failure")))
    assert (
        "            Condition/heart_failure: urn:test heart_failure; no date; by its code" in lines
    )
    assert (
        "  Condition/c2: other words (urn:s d); the code means heart-failure, the display cirrhosis"
    ) in lines
    assert (
        "  Fluids: F2, keep to the amount the care team set, neither more nor less"
        "  <- heart_failure"
    ) in lines
    assert "  Smoking: K1, get help to quit" in lines
    assert "  ease-stop: Stop what you are doing." in lines
    assert any(
        line.startswith("  fluids-set-amount: Keep to the amount of liquid")
        and line.endswith("…  <- heart_failure")
        for line in lines
    )
    assert "  fluids-usual  <- heart_failure" in lines
    assert "  Condition/9: code is of the wrong type" in lines
    assert "  Condition/c1: words (urn:s c)" in lines


def test_the_headings_come_in_order_even_where_nothing_stands_under_them() -> None:
    lines = [line for line in text_of(handout()) if line and not line.startswith(" ")][3:]
    assert lines == [
        "Findings",
        "Absent: all that could show it was read",
        "Topics",
        "Said",
        "Teach-back: ask",
        "Left out",
        "Gaps",
        "Read, and not relevant here",
    ]


def test_words_of_a_record_forge_no_line_and_no_colour() -> None:
    coding = Coding("urn:s", "c\n  present   Diabetes", "words\n\x1b[31m  present   Pregnancy")
    evidence = replace(CODE, coding=coding, value="5\n  present   Age")
    made = handout("heart_failure")
    findings = replace(made.findings, not_relevant=(evidence,))
    told = explanation_text(replace(made, findings=findings), loaded().catalogues["en"])
    assert not [line for line in told.splitlines() if line.startswith("  present   ")][1:]
    assert "\x1b" not in told


def test_alerts_come_first_the_urgent_before_the_others() -> None:
    made = handout("muscle_relaxant.baclofen", "low_egfr.below_30", "low_sodium_result.below_125")
    assert [alert.alert for alert in made.alerts] == ["sodium-very-low", "baclofen-kidney"]
    turned = replace(made, alerts=made.alerts[::-1])
    lines = [line for line in text_of(turned) if line]
    at = lines.index("Alerts: for the clinician; nothing of them is on the sheet")
    assert lines[at + 1].startswith("  URGENT sodium-very-low: The newest sodium result")
    assert lines.index("Findings") > at
    assert [line for line in lines if line.startswith("  baclofen-kidney: ")]


def test_no_alert_no_heading_for_them() -> None:
    assert not [line for line in text_of(handout()) if line.startswith("Alerts")]


def test_alerts_are_explained_with_their_sources() -> None:
    (alert,) = explanation(handout("magnesium_product", "low_egfr.below_30"))["alerts"]
    assert alert["alert"] == "magnesium-product"
    assert (alert["urgent"], alert["because"]) == (False, ["magnesium_product", "low_egfr"])
    assert alert["rows"] == ["CKD-3"]
    assert [citation["id"] for citation in alert["citations"]] == ["GENERAL"]


def test_whom_the_sheet_speaks_to_is_said() -> None:
    child = handout(ages=(8, 8))
    assert explanation(child)["address"] == "caregiver"
    assert "Said to the caregiver" in text_of(child)
    assert explanation(handout())["address"] == "patient"
