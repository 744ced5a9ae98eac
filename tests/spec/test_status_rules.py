"""When a condition or a medicine counts: present, possible, absent or unknown, and what follows.

Each row is a sentence, a record and what must come of it. The rules are the design's and the
decision table's; the code is not asked what it does.
"""

import re
from collections.abc import Iterable

import pytest

from fhir_handout.model import Withheld
from fhir_handout.patient_record import Gap, Part
from fhir_handout.workflow import Prepared
from spec import decision_table
from spec.builders import (
    FUROSEMIDE,
    HYDROCHLOROTHIAZIDE,
    LISINOPRIL_HYDROCHLOROTHIAZIDE,
    LOCAL,
    MRN,
    RXNORM,
    SPIRONOLACTONE,
    YOUNG_WOMAN,
    Fhir,
    condition,
    days_ago,
    handout_of,
    in_days,
    levels,
    patient,
    prepared,
    reasons,
    request,
    said,
    statement,
    status,
    statuses,
    text,
    weeks_ago,
    years_ago,
)

NOT_ABSENT = ("present", "possible")
NOT_PRESENT = ("possible", "absent")


def table(names: str, rows: Iterable[tuple[object, ...]]) -> pytest.MarkDecorator:
    """Cases whose first column is the sentence they are known by."""
    return pytest.mark.parametrize(names, [pytest.param(*row[1:], id=str(row[0])) for row in rows])


# --- conditions that do not go away -------------------------------------------------------------

PERMANENT = [
    ("end stage kidney disease", "N18.6", "kidney_failure"),
    ("kidney disease stage 5", "N18.5", "kidney_failure"),
    ("dialysis", "Z99.2", "kidney_failure"),
    ("kidney disease stage 4", "N18.4", "chronic_kidney_disease"),
    ("heart failure", "I50.9", "heart_failure"),
    ("cirrhosis", "K74.60", "cirrhosis"),
]


@table("code, factor", PERMANENT)
@table(
    "elements, expected",
    [
        ("active and confirmed", {}, "present"),
        ("back again", {"clinical": "recurrence"}, "present"),
        ("active, not said how sure", {"verification": None}, "present"),
        ("inactive", {"clinical": "inactive"}, "possible"),
        ("resolved", {"clinical": "resolved"}, "possible"),
        ("resolved, long ago", {"clinical": "resolved", "abated": years_ago(8)}, "possible"),
        ("in remission", {"clinical": "remission"}, "possible"),
        ("no status", {"clinical": None, "recorded": days_ago(30)}, "possible"),
        ("no status, and over", {"clinical": None, "abated": years_ago(2)}, "possible"),
        ("a suspicion", {"verification": "unconfirmed"}, "possible"),
        ("refuted", {"verification": "refuted"}, "absent"),
        ("entered in error", {"clinical": None, "verification": "entered-in-error"}, "absent"),
    ],
)
def test_a_condition_that_does_not_go_away(
    code: str, factor: str, elements: Fhir, expected: str
) -> None:
    assert status(handout_of(condition(code, **elements)), factor) == expected


@table("code, factor", PERMANENT)
@pytest.mark.parametrize("clinical", ["active", "inactive", "resolved"])
def test_an_old_date_never_makes_it_absent(code: str, factor: str, clinical: str) -> None:
    old = condition(code, clinical, onset="1998", recorded="1998-04-01")

    assert status(handout_of(old), factor) in NOT_ABSENT


# --- conditions that last until they are resolved -----------------------------------------------

LASTING = [
    ("type 2 diabetes", "E11.9", "diabetes"),
    ("kidney disease stage 3a", "N18.31", "chronic_kidney_disease"),
]


@table("code, factor", LASTING)
@table(
    "elements, expected",
    [
        ("active and confirmed", {}, "present"),
        ("back again", {"clinical": "recurrence"}, "present"),
        ("relapsed", {"clinical": "relapse"}, "present"),
        ("active, not said how sure", {"verification": None}, "present"),
        ("active for 20 years", {"onset": years_ago(20)}, "present"),
        ("active, to end next month", {"abated": in_days(30)}, "present"),
        ("a suspicion", {"verification": "unconfirmed"}, "possible"),
        ("for the time being", {"verification": "provisional"}, "possible"),
        ("one of several ideas", {"verification": "differential"}, "possible"),
        ("no status, noted lately", {"clinical": None, "recorded": days_ago(30)}, "possible"),
        ("active, and yet over", {"abated": years_ago(1)}, "possible"),
        ("inactive", {"clinical": "inactive"}, "absent"),
        ("in remission", {"clinical": "remission"}, "absent"),
        ("resolved", {"clinical": "resolved", "abated": years_ago(1)}, "absent"),
        ("no status, and over", {"clinical": None, "abated": years_ago(1)}, "absent"),
        ("active, and over in words", {"abatementString": "after surgery"}, "possible"),
        (
            "a suspicion that went away",
            {"clinical": "resolved", "verification": "unconfirmed"},
            "absent",
        ),
        ("refuted", {"verification": "refuted"}, "absent"),
        ("refuted and inactive", {"clinical": "inactive", "verification": "refuted"}, "absent"),
        ("entered in error", {"clinical": None, "verification": "entered-in-error"}, "absent"),
    ],
)
def test_a_condition_that_lasts_until_it_is_resolved(
    code: str, factor: str, elements: Fhir, expected: str
) -> None:
    assert status(handout_of(condition(code, **elements)), factor) == expected


@table("code, factor", [*PERMANENT, *LASTING])
def test_a_condition_that_has_not_begun_is_not_told_as_a_fact(code: str, factor: str) -> None:
    assert status(handout_of(condition(code, onset=in_days(30))), factor) in NOT_PRESENT


def test_one_certain_entry_outweighs_a_doubtful_one() -> None:
    doubtful = condition("E11.9", verification="provisional")
    certain = condition("E11.65")

    for record in ([doubtful, certain], [certain, doubtful]):
        assert statuses(handout_of(*record), "diabetes") == {"type_2": "present"}


# --- conditions that last a number of days ------------------------------------------------------


@table(
    "elements, expected",
    [
        ("80 days ago", {"onset": days_ago(80)}, ("present",)),
        ("90 days ago", {"onset": days_ago(90)}, ("present",)),
        ("91 days ago", {"onset": days_ago(91)}, ("absent",)),
        ("100 days ago", {"onset": days_ago(100)}, ("absent",)),
        ("recorded 80 days ago", {"recorded": days_ago(80)}, ("present",)),
        ("recorded 100 days ago", {"recorded": days_ago(100)}, ("absent",)),
        ("4 years ago and still active", {"onset": years_ago(4)}, ("absent",)),
        ("some day in a month that began too long ago", {"onset": "2026-08"}, NOT_ABSENT),
        ("at no stated time", {}, ("possible",)),
        (
            "10 days ago, a suspicion",
            {"onset": days_ago(10), "verification": "differential"},
            ("possible",),
        ),
        ("10 days ago, resolved", {"onset": days_ago(10), "clinical": "resolved"}, ("absent",)),
        ("10 days ago, refuted", {"onset": days_ago(10), "verification": "refuted"}, ("absent",)),
    ],
)
def test_an_acute_kidney_injury_counts_for_90_days(
    elements: Fhir, expected: tuple[str, ...]
) -> None:
    handout = handout_of(condition("N17.9", **elements))

    assert status(handout, "kidney_failure") in expected
    asked = "" if expected == ("absent",) else decision_table.ASKS_FOR["kidney_failure", "acute"]
    assert levels(handout) == decision_table.levels(asked)


def test_an_acute_kidney_injury_is_not_told_as_kidney_failure() -> None:
    assert reasons(handout_of(condition("N17.9", onset=days_ago(10)))) == set()


# --- kidney transplant --------------------------------------------------------------------------

DIALYSIS_2015 = condition("Z99.2", onset="2015-03-02", recorded="2015-03-02")
END_STAGE_2014 = condition("N18.6", onset="2014-06-10", recorded="2014-06-10")
TRANSPLANT_2020 = condition("Z94.0", onset="2020-06-27", recorded="2020-06-27")


@table(
    "record, failure, fluids",
    [
        ("dialysis, then a transplant", [DIALYSIS_2015, TRANSPLANT_2020], ("absent",), "F1"),
        (
            "end stage and dialysis, then a transplant",
            [END_STAGE_2014, DIALYSIS_2015, TRANSPLANT_2020],
            ("absent",),
            "F1",
        ),
        (
            "a transplant, then dialysis again",
            [TRANSPLANT_2020, condition("Z99.2", onset="2024-01-15")],
            ("present",),
            "F2",
        ),
        (
            "dialysis, then a transplant that failed",
            [DIALYSIS_2015, TRANSPLANT_2020, condition("T86.12", onset="2024-01-15")],
            ("present",),
            "F2",
        ),
        (
            "dialysis, then a transplant whose failure was refuted",
            [
                DIALYSIS_2015,
                TRANSPLANT_2020,
                condition("T86.12", verification="refuted", onset="2024-01-15"),
            ],
            ("absent",),
            "F1",
        ),
        (
            "dialysis, then a transplant that was refuted",
            # What is left is a dialysis code of years ago: it may be of an acute injury.
            [DIALYSIS_2015, condition("Z94.0", verification="refuted", onset="2020-06-27")],
            ("possible",),
            "F2",
        ),
        (
            "dialysis, then perhaps a transplant",
            [DIALYSIS_2015, condition("Z94.0", verification="unconfirmed", onset="2020-06-27")],
            ("present",),
            "F2",
        ),
        (
            "dialysis, and a transplant that is planned",
            [DIALYSIS_2015, condition("Z94.0", onset=in_days(30))],
            ("present",),
            "F2",
        ),
        (
            "a transplant, then dialysis, and the transplant recorded once more",
            [condition("Z94.0", onset="2010-05-05", recorded="2024-02-02"), DIALYSIS_2015],
            ("present",),
            "F2",
        ),
        (
            "dialysis at no stated time, and a transplant",
            [condition("Z99.2"), TRANSPLANT_2020],
            NOT_ABSENT,
            "F2",
        ),
        (
            "dialysis, and a transplant at no stated time",
            [DIALYSIS_2015, condition("Z94.0")],
            NOT_ABSENT,
            "F2",
        ),
        (
            "dialysis and a transplant in the same year",
            [condition("Z99.2", onset="2020"), condition("Z94.0", onset="2020")],
            NOT_ABSENT,
            "F2",
        ),
    ],
)
def test_a_transplant_ends_kidney_failure_only_when_it_is_later_and_has_not_failed(
    record: list[Fhir], failure: tuple[str, ...], fluids: str
) -> None:
    for order in (record, record[::-1]):
        handout = handout_of(*order)
        assert set(statuses(handout, "kidney_failure").values()) <= set(failure)
        assert levels(handout)["fluids"] == fluids


def test_dialysis_after_the_transplant_means_that_it_ended_nothing() -> None:
    """Only a transplant later than all dialysis evidence removes kidney failure."""
    handout = handout_of(END_STAGE_2014, TRANSPLANT_2020, condition("Z99.2", onset="2024-01-15"))

    assert set(statuses(handout, "kidney_failure")) == {"end_stage", "dialysis"}


def test_a_transplant_that_failed_ended_nothing() -> None:
    failed = condition("T86.12", onset="2024-01-15")

    handout = handout_of(DIALYSIS_2015, TRANSPLANT_2020, failed)

    assert statuses(handout, "kidney_failure")["dialysis"] == "present"
    assert "why-dialysis" in reasons(handout)


def test_a_transplant_is_a_risk_of_its_own() -> None:
    handout = handout_of(DIALYSIS_2015, TRANSPLANT_2020)

    assert status(handout, "kidney_transplant") == "present"
    assert levels(handout) == decision_table.levels(
        decision_table.ASKS_FOR["kidney_transplant", None]
    )
    assert reasons(handout) == {"why-transplant"}


# --- pregnancy ----------------------------------------------------------------------------------

PREGNANT = "Z34.90"
BORN = "Z37.0"


@table(
    "record, expected",
    [
        ("begun 30 weeks ago", [condition(PREGNANT, onset=weeks_ago(30))], ("present",)),
        ("begun 43 weeks ago", [condition(PREGNANT, onset=weeks_ago(43))], ("absent",)),
        ("recorded 30 weeks ago", [condition(PREGNANT, recorded=weeks_ago(30))], ("present",)),
        ("recorded 43 weeks ago", [condition(PREGNANT, recorded=weeks_ago(43))], ("absent",)),
        ("active for years", [condition(PREGNANT, onset="2021-02-01")], ("absent",)),
        ("at no stated time", [condition(PREGNANT)], ("possible",)),
        ("resolved", [condition(PREGNANT, "resolved", onset=weeks_ago(30))], ("absent",)),
        ("refuted", [condition(PREGNANT, verification="refuted", onset=weeks_ago(9))], ("absent",)),
        (
            "a suspicion",
            [condition(PREGNANT, verification="provisional", onset=weeks_ago(9))],
            ("possible",),
        ),
        (
            "begun 46 weeks ago, recorded 10 weeks later: 42 weeks count from its beginning",
            [condition(PREGNANT, onset=weeks_ago(46), recorded=weeks_ago(36))],
            NOT_PRESENT,
        ),
        (
            "ended by a birth",
            [condition(PREGNANT, onset=weeks_ago(41)), condition(BORN, recorded=weeks_ago(2))],
            ("absent",),
        ),
        (
            "ended by a delivery",
            [condition(PREGNANT, onset=weeks_ago(41)), condition("O80", recorded=weeks_ago(2))],
            ("absent",),
        ),
        (
            "after an earlier birth",
            [condition(PREGNANT, onset=weeks_ago(20)), condition(BORN, recorded=years_ago(3))],
            ("present",),
        ),
        (
            "with a birth that was refuted",
            [
                condition(PREGNANT, onset=weeks_ago(30)),
                condition(BORN, verification="refuted", recorded=weeks_ago(2)),
            ],
            ("present",),
        ),
        (
            "with a birth at no stated time",
            [condition(PREGNANT, onset=weeks_ago(30)), condition(BORN)],
            NOT_ABSENT,
        ),
        ("a termination only", [condition("Z33.2", recorded=weeks_ago(1))], ("absent",)),
    ],
)
def test_a_pregnancy_lasts_42_weeks_or_until_it_ends(
    record: list[Fhir], expected: tuple[str, ...]
) -> None:
    for order in (record, record[::-1]):
        assert status(handout_of(YOUNG_WOMAN, *order), "pregnancy") in expected


@table(
    "record, expected",
    [
        ("in pregnancy", [condition("O24.419", recorded=weeks_ago(12))], "present"),
        (
            "11 weeks after the birth",
            [condition("O24.419", recorded=weeks_ago(20)), condition(BORN, recorded=weeks_ago(11))],
            "present",
        ),
        (
            "13 weeks after the birth",
            [condition("O24.419", recorded=weeks_ago(20)), condition(BORN, recorded=weeks_ago(13))],
            "absent",
        ),
        ("resolved", [condition("O24.419", "resolved", recorded=weeks_ago(12))], "absent"),
        ("of a pregnancy years ago", [condition("O24.419", recorded=years_ago(4))], "absent"),
    ],
)
def test_gestational_diabetes_ends_12_weeks_after_birth(record: list[Fhir], expected: str) -> None:
    assert status(handout_of(YOUNG_WOMAN, *record), "diabetes") == expected


@table(
    "born, asked, leg",
    [
        ("8 weeks ago", weeks_ago(8), "S1 R1 X1 C1", "leg-swollen-emergency"),
        ("11 months ago", days_ago(335), "S1 R1 X1 C1", "leg-swollen-emergency"),
        ("14 months ago", days_ago(425), "", "leg-swollen-call"),
    ],
)
def test_the_year_after_a_birth_asks_for_what_pregnancy_does(
    born: str, asked: str, leg: str
) -> None:
    """Decision table, votes: "pregnancy / <= 12 months after"; RF-1 is an emergency then."""
    handout = handout_of(YOUNG_WOMAN, condition(BORN, recorded=born))
    wanted, reached = decision_table.levels(asked), levels(handout)

    for topic in ("supplements", "muscle_relaxant", "exercise", "caffeine"):
        assert reached[topic] == wanted[topic]
    assert said(handout) & {"leg-swollen-call", "leg-swollen-emergency"} == {leg}


# --- whom a pregnancy is told to ----------------------------------------------------------------

NOW_PREGNANT = condition(PREGNANT, onset=weeks_ago(20), recorded=weeks_ago(14))
ABOUT_PREGNANCY = re.compile(r"pregnan|prenatal|baby|birth", re.IGNORECASE)
FOR_EVERYBODY = {"pregnancy-may-be", "cause-pregnancy", "signs-if-pregnant"}
"""Said to people of whom nothing is known, so they give nothing away."""


def _names_the_pregnancy(prepared: Prepared) -> set[str]:
    lines = [line for section in prepared.sheet.sections for line in section.lines]
    named = {line.statement for line in lines if ABOUT_PREGNANCY.search(line.text)}
    return named - FOR_EVERYBODY


@table(
    "who",
    [
        ("a man", patient("1990-01-01", "male")),
        ("a woman of 70", patient("1956-01-01")),
        ("a woman of 56", patient("1970-01-01")),
        ("a girl of 9", patient("2017-01-01")),
        ("a boy of 16", patient("2010-01-01", "male")),
    ],
)
def test_a_pregnancy_that_cannot_be_is_possible_and_not_told(who: Fhir) -> None:
    made = prepared(who, NOW_PREGNANT)
    (finding,) = made.handout.findings.of("pregnancy")

    assert finding.status == "possible"
    assert finding.withheld is Withheld.IMPLAUSIBLE
    assert levels(made.handout)["muscle_relaxant"] == "R1"
    assert levels(made.handout)["supplements"] == "S1"
    assert _names_the_pregnancy(made) == set()


@table(
    "who, withheld",
    [
        ("a woman of 31", patient("1995-02-02"), None),
        ("a woman of 55", patient("1971-01-01"), None),
        ("18 years old today", patient("2008-11-23"), None),
        ("somebody of 31 whose sex is not recorded", patient("1995-02-02", None), None),
        ("somebody of 31 recorded as other", patient("1995-02-02", "other"), None),
        ("18 years old tomorrow", patient("2008-11-24"), Withheld.CONFIDENTIAL),
        ("a girl of 16", patient("2010-01-01"), Withheld.CONFIDENTIAL),
        ("a girl of 10", patient("2016-01-01"), Withheld.CONFIDENTIAL),
        ("17 or 18 years old", patient("2008"), Withheld.CONFIDENTIAL),
        ("of unknown age", patient(None), Withheld.CONFIDENTIAL),
    ],
)
def test_a_minors_pregnancy_is_withheld_and_votes(who: Fhir, withheld: Withheld | None) -> None:
    made = prepared(who, NOW_PREGNANT)
    (finding,) = made.handout.findings.of("pregnancy")
    reached = levels(made.handout)

    assert finding.status == "present"
    assert finding.withheld is withheld
    assert (_names_the_pregnancy(made) == set()) == (withheld is not None)
    for topic in ("muscle_relaxant", "exercise", "medicines"):
        asked = decision_table.levels(decision_table.ASKS_FOR["pregnancy", None])
        assert reached[topic] == asked[topic]


@table(
    "who",
    [("a girl of 16", patient("2010-01-01")), ("of unknown age", patient(None))],
)
def test_a_closed_gate_hides_no_safety(who: Fhir) -> None:
    """A clot in the leg is an emergency, and belly cramps or bleeding need care now."""
    handout = handout_of(who, NOW_PREGNANT, statement(HYDROCHLOROTHIAZIDE))

    assert {"pregnancy-may-be", "leg-swollen-emergency", "medicines-contact"} <= said(handout)
    assert levels(handout)["medicines"] == "D2"


@table(
    "who, printed",
    [
        ("a girl of 9", patient("2017-01-01"), False),
        ("a girl of 10", patient("2016-01-01"), True),
        ("a woman of 55", patient("1971-01-01"), True),
        ("a woman of 56", patient("1970-01-01"), False),
        ("a man of 30", patient("1996-01-01", "male"), False),
        ("somebody of 30 whose sex is not recorded", patient("1996-01-01", None), True),
        ("of unknown age", patient(None), True),
    ],
)
def test_the_neutral_line_is_for_everyone_from_10_to_55_not_recorded_male(
    who: Fhir, printed: bool
) -> None:
    assert ("pregnancy-may-be" in said(handout_of(who))) == printed


# --- age ----------------------------------------------------------------------------------------


@table(
    "born, expected, asked",
    [
        ("46", "1980-05-05", {None: "absent"}, ""),
        ("18 today", "2008-11-23", {None: "absent"}, ""),
        ("18 tomorrow", "2008-11-24", {"12_to_17": "present"}, "R1"),
        ("12 today", "2014-11-23", {"12_to_17": "present"}, "R1"),
        ("12 tomorrow", "2014-11-24", {"under_12": "present"}, "R1 C2 K2"),
        ("64", "1961-11-24", {None: "absent"}, ""),
        ("65 today", "1961-11-23", {"65_and_over": "present"}, "R1"),
        ("64 or 65", "1961", {"65_and_over": "possible"}, "R1"),
        ("not known", None, {None: "unknown"}, "S2 R1"),
        ("impossible, born next year", "2027-01-01", {None: "unknown"}, "S2 R1"),
    ],
)
def test_age(born: str | None, expected: dict[str | None, str], asked: str) -> None:
    handout = handout_of(patient(born))

    assert statuses(handout, "age") == expected
    assert levels(handout) == decision_table.levels(asked)


# --- medicines ----------------------------------------------------------------------------------


@table(
    "entry, expected",
    [
        # MedicationStatement: what the patient takes
        ("taken", statement(), ("present",)),
        ("taken since last year", statement(start=years_ago(1)), ("present",)),
        ("taken until next week", statement(start=days_ago(7), end=in_days(7)), ("present",)),
        ("taken until today", statement(end=days_ago(0)), ("present",)),
        ("taken until yesterday, though active", statement(end=days_ago(1)), ("absent",)),
        ("to be taken from next week", statement(start=in_days(7)), NOT_PRESENT),
        ("planned", statement(status="intended"), NOT_PRESENT),
        ("on hold", statement(status="on-hold"), ("possible",)),
        ("on hold, and over", statement(status="on-hold", end=days_ago(30)), ("absent",)),
        ("perhaps taken", statement(status="unknown"), ("possible",)),
        ("taken when needed", statement(as_needed=True), ("possible",)),
        ("completed", statement(status="completed", end=days_ago(9)), ("absent",)),
        ("completed at no stated time", statement(status="completed"), ("absent",)),
        (
            "completed, in a course that still runs",
            statement(status="completed", start=days_ago(9), end=in_days(9)),
            ("present",),
        ),
        ("stopped", statement(status="stopped"), ("absent",)),
        ("stopped, with days left", statement(status="stopped", end=in_days(9)), ("absent",)),
        ("not taken", statement(status="not-taken"), ("absent",)),
        ("entered in error", statement(status="entered-in-error"), ("absent",)),
        (
            "taken every day and more when needed",
            statement(dosage=[{"text": "daily"}, {"text": "extra", "asNeededBoolean": True}]),
            ("present",),
        ),
        (
            "taken when the ankles swell",
            statement(dosage=[{"asNeededCodeableConcept": text("swollen ankles")}]),
            ("possible",),
        ),
        # MedicationRequest: what is ordered for the patient
        ("ordered", request(), ("present",)),
        ("ordered originally", request(intent="original-order"), ("present",)),
        ("ordered in turn", request(intent="reflex-order"), ("present",)),
        ("ordered of the pharmacy", request(intent="filler-order"), ("present",)),
        ("ordered, one instance", request(intent="instance-order"), ("present",)),
        ("said by the patient, in a US Core record", request(intent="plan"), ("present",)),
        ("proposed", request(intent="proposal"), ("absent",)),
        ("one option", request(intent="option"), ("absent",)),
        ("a draft order", request(status="draft"), ("absent",)),
        ("an order on hold", request(status="on-hold"), ("possible",)),
        ("an order in an unknown state", request(status="unknown"), ("possible",)),
        ("a cancelled order", request(status="cancelled"), ("absent",)),
        ("a stopped order", request(status="stopped"), ("absent",)),
        ("a completed order", request(status="completed"), ("absent",)),
        ("an order in error", request(status="entered-in-error"), ("absent",)),
        ("an order not to give it", request(doNotPerform=True), ("absent",)),
        ("an order that is not negated", request(doNotPerform=False), ("present",)),
        ("ordered for when needed", request(as_needed=True), ("possible",)),
        ("ordered until next week", request(end=in_days(7)), ("present",)),
        ("ordered until last week, though active", request(end=days_ago(7)), ("absent",)),
        (
            "one dose in hospital, years ago, still active",
            request(start="2020-07-06", end="2020-07-06"),
            ("absent",),
        ),
        (
            "a prescription that has run out",
            request(dispenseRequest={"validityPeriod": {"end": days_ago(30)}}),
            ("absent",),
        ),
        (
            "a prescription that is still good",
            request(dispenseRequest={"validityPeriod": {"end": in_days(30)}}),
            ("present",),
        ),
        ("proposed and on hold", request(intent="proposal", status="on-hold"), ("absent",)),
        ("a draft for when needed", request(status="draft", as_needed=True), ("absent",)),
    ],
)
def test_a_medicine_counts_while_it_is_taken(entry: Fhir, expected: tuple[str, ...]) -> None:
    handout = handout_of(entry)
    found = status(handout, "diuretic")

    assert found in expected
    asked = "" if found == "absent" else decision_table.ASKS_FOR["diuretic", "loop"]
    assert levels(handout) == decision_table.levels(asked)
    assert ("why-diuretic" in reasons(handout)) == (found == "present")


def _coded(*codings: tuple[str, str], words: str | None = None) -> Fhir:
    concept: Fhir = {"coding": [{"system": system, "code": code} for system, code in codings]}
    return concept | (text(words) if words else {})


@table(
    "medicine, expected",
    [
        ("a product code", FUROSEMIDE, {"loop": "present"}),
        (
            "a combination, by its product code",
            LISINOPRIL_HYDROCHLOROTHIAZIDE,
            {"thiazide": "present"},
        ),
        (
            "both parts of a combination",
            "198224",
            {"thiazide": "present", "potassium_sparing": "present"},
        ),
        (
            "a code of the vendor's beside one everybody knows",
            _coded((LOCAL, "4711"), (RXNORM, FUROSEMIDE)),
            {"loop": "present"},
        ),
        ("a brand in free text", text("Lasix 40 mg daily"), {"loop": "possible"}),
        ("an ingredient in free text", text("spironolactone"), {"potassium_sparing": "possible"}),
        ("a water pill in free text", text("a water pill"), {"unspecified": "possible"}),
        ("text that says no", text("not on furosemide"), {None: "absent"}),
        ("text that says it was stopped", text("stopped Lasix in May"), {None: "absent"}),
        ("text of an allergy", text("allergic to furosemide"), {None: "absent"}),
        ("a well-formed code of something else", "311372", {None: "absent"}),
        ("a local code with text", _coded((LOCAL, "9"), words="Vitamin D"), {None: "absent"}),
    ],
)
def test_how_a_medicine_is_recognised(
    medicine: str | Fhir, expected: dict[str | None, str]
) -> None:
    for entry in (statement(medicine), request(medicine)):
        handout = handout_of(entry)
        assert statuses(handout, "diuretic") == expected
        assert handout.findings.gaps == ()


# --- what each finding asks for -----------------------------------------------------------------


@table(
    "record, found",
    [
        ("a loop diuretic", [statement(FUROSEMIDE)], [("diuretic", "loop")]),
        ("a thiazide", [statement(HYDROCHLOROTHIAZIDE)], [("diuretic", "thiazide")]),
        ("a thiazide-like diuretic", [statement("197499")], [("diuretic", "thiazide_like")]),
        ("spironolactone", [statement(SPIRONOLACTONE)], [("diuretic", "potassium_sparing")]),
        ("acetazolamide", [statement("167")], [("diuretic", "carbonic_anhydrase_inhibitor")]),
        ("kidney disease stage 1", [condition("N18.1")], [("chronic_kidney_disease", "stage_1")]),
        ("kidney disease stage 2", [condition("N18.2")], [("chronic_kidney_disease", "stage_2")]),
        ("kidney disease stage 3", [condition("N18.30")], [("chronic_kidney_disease", "stage_3")]),
        ("kidney disease stage 4", [condition("N18.4")], [("chronic_kidney_disease", "stage_4")]),
        ("kidney disease", [condition("N18.9")], [("chronic_kidney_disease", "unspecified")]),
        ("kidney disease stage 5", [condition("N18.5")], [("kidney_failure", "end_stage")]),
        ("end stage", [condition("N18.6")], [("kidney_failure", "end_stage")]),
        ("dialysis", [condition("Z99.2")], [("kidney_failure", "dialysis")]),
        ("a transplant", [condition("Z94.0")], [("kidney_transplant", None)]),
        ("heart failure", [condition("I50.9")], [("heart_failure", None)]),
        ("cirrhosis", [condition("K74.60")], [("cirrhosis", None)]),
        (
            "cirrhosis with fluid in the belly",
            [condition("K70.31")],
            [("cirrhosis", None), ("cirrhosis", "with_ascites")],
        ),
        ("type 1 diabetes", [condition("E10.9")], [("diabetes", "type_1")]),
        ("type 2 diabetes", [condition("E11.9")], [("diabetes", "type_2")]),
        (
            "kidney disease due to diabetes",
            [condition("E11.22")],
            [("diabetes", "type_2"), ("chronic_kidney_disease", "unspecified")],
        ),
        ("pregnancy", [NOW_PREGNANT], [("pregnancy", None)]),
        (
            "pregnancy with a diuretic",
            [NOW_PREGNANT, statement()],
            [("pregnancy", None), ("diuretic", "loop")],
        ),
        ("diabetes insipidus, no diabetes", [condition("E23.2")], []),
        ("raised blood sugar, no diabetes", [condition("R73.03")], []),
        ("a family history of diabetes", [condition("Z83.3")], []),
        ("a kidney stone", [condition("N20.0")], []),
        ("one kidney given away", [condition("Z52.4")], []),
    ],
)
def test_what_a_finding_asks_for(record: list[Fhir], found: list[tuple[str, str | None]]) -> None:
    handout = handout_of(*record)

    present = [f for f in handout.findings.findings if f.status == "present"]
    assert {(f.risk_factor, f.qualifier) for f in present} == set(found)
    assert levels(handout) == decision_table.levels_of(found)


@table(
    "record",
    [
        ("a diuretic when needed", [statement(as_needed=True)]),
        ("diabetes, a suspicion", [condition("E11.9", verification="provisional")]),
        ("kidney failure, resolved", [condition("N18.6", "resolved")]),
        ("heart failure, inactive", [condition("I50.9", "inactive")]),
        ("pregnancy, a suspicion", [condition(PREGNANT, verification="provisional")]),
    ],
)
def test_what_is_possible_votes_and_gives_no_reason(record: list[Fhir]) -> None:
    handout = handout_of(*record)
    found = [(f.risk_factor, f.qualifier) for f in handout.findings.findings if f.votes]

    assert levels(handout) == decision_table.levels_of(found)
    assert reasons(handout) == set()


# --- whose record it is -------------------------------------------------------------------------

ANOTHER = {
    **patient(born="1950-01-01"),
    "id": "another",
    "identifier": [{"system": MRN, "value": "SYNTHETIC-2"}],
}


@table(
    "subject",
    [
        ("by reference", {"reference": "Patient/another"}),
        ("by the reference of a patient who is not there", {"reference": "Patient/third"}),
        ("by identifier", {"identifier": {"system": MRN, "value": "SYNTHETIC-2"}}),
    ],
)
def test_another_patients_condition_is_never_used(subject: Fhir) -> None:
    theirs = [condition("N18.6", subject=subject), {**statement(), "subject": subject}]

    handout = handout_of(patient(), ANOTHER, *theirs)

    assert status(handout, "kidney_failure") == "absent"
    assert status(handout, "diuretic") == "absent"
    assert handout.findings.gaps == ()
    assert levels(handout) == decision_table.levels()


@table(
    "subject",
    [
        ("an absolute one", {"reference": "https://ehr.example.org/fhir/Patient/synthetic"}),
        ("one with a version", {"reference": "Patient/synthetic/_history/3"}),
        ("an identifier", {"identifier": {"system": MRN, "value": "SYNTHETIC-1"}}),
    ],
)
def test_a_subject_that_is_ours_or_may_be_is_not_passed_over(subject: Fhir) -> None:
    handout = handout_of(condition("N18.6", subject=subject))

    assert status(handout, "kidney_failure") in ("present", "unknown")


@table(
    "subject",
    [
        ("nowhere", {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}),
        ("at an identifier of an unknown kind", {"identifier": {"value": "17"}}),
        ("at words", {"display": "the patient"}),
    ],
)
def test_a_condition_whose_subject_points_nowhere_is_a_gap(subject: Fhir) -> None:
    handout = handout_of(condition("N18.6", subject=subject))

    assert status(handout, "kidney_failure") == "unknown"
    assert len(handout.findings.gaps) == 1
    assert levels(handout) == decision_table.levels(decision_table.UNREAD)
    assert reasons(handout) == set()


# --- what could not be read ---------------------------------------------------------------------

DAMAGED_MEDICINES = [
    ("a medicine without a status", statement(status=None)),
    ("a medicine with neither known code nor text", statement(_coded((LOCAL, "4711")))),
    (
        "a medicine that is not in the record",
        {
            **{k: v for k, v in request().items() if k != "medicationCodeableConcept"},
            "medicationReference": {"reference": "Medication/lost"},
        },
    ),
    ("a medicine with a date that is none", statement(start="last spring")),
    ("a medicine with a status of another world", statement(status="paused")),
    ("an order without an intent", {k: v for k, v in request().items() if k != "intent"}),
]


@table("damaged", DAMAGED_MEDICINES)
def test_a_damaged_medicine_makes_diuretics_unknown(damaged: Fhir) -> None:
    handout = handout_of(damaged, condition("E11.9"))

    assert status(handout, "diuretic") == "unknown"
    assert len(handout.findings.gaps) == 1
    assert levels(handout) == decision_table.levels(decision_table.UNREAD)
    assert reasons(handout) == {"why-diabetes"}  # nothing of medicines, all that it can't hide
    assert "note-unread" in said(handout)


@table("damaged", DAMAGED_MEDICINES)
def test_no_reason_rests_on_a_mineral_that_a_damaged_medicine_may_raise(damaged: Fhir) -> None:
    """The one that can't be read may keep potassium in, so it is never called low."""
    handout = handout_of(damaged, statement(FUROSEMIDE))

    assert levels(handout)["supplements"] == "S2"
    assert said(handout) & {"why-diuretic-minerals", "cause-low-minerals"} == set()


@table(
    "damaged",
    [
        ("neither code nor text", {**condition("N18.6"), "code": {"coding": [{"system": LOCAL}]}}),
        ("a date that is none", condition("N18.6", onset="last spring")),
        ("a status of the wrong type", {**condition("N18.6"), "clinicalStatus": []}),
    ],
)
def test_a_damaged_condition_makes_every_condition_unknown(damaged: Fhir) -> None:
    handout = handout_of(damaged, statement(FUROSEMIDE))

    in_conditions = {
        factor.id
        for factor in handout.pack.risk_factors.values()
        if Part.CONDITIONS in factor.shows_in
    }
    assert {status(handout, factor) for factor in in_conditions} == {"unknown"}
    assert levels(handout) == decision_table.levels(decision_table.UNREAD, "D1")
    assert reasons(handout) == {"why-diuretic", "why-diuretic-levels"}


def test_what_is_known_stays_known_beside_a_gap() -> None:
    handout = handout_of(condition("N18.6"), condition("I50.9", onset="last spring"))

    assert statuses(handout, "kidney_failure") == {None: "unknown", "end_stage": "present"}
    assert status(handout, "heart_failure") == "unknown"
    assert levels(handout)["fluids"] == "F2"


IN_MEDICINES = {
    "diuretic",
    "fluid_regulating_medicine",
    "potassium_raising_medicine",
    "magnesium_product",
    "muscle_relaxant",
    "sedating_medicine",
    "statin",
    "cramp_linked_medicine",
    "estrogen",
    "glucose_lowering_medicine",
}
IN_OBSERVATIONS = {
    "pregnancy",
    "breastfeeding",
    "low_egfr",
    "high_potassium_result",
    "low_sodium_result",
}


@table(
    "hides, unknown",
    [
        ("medicines", Part.MEDICINES, IN_MEDICINES),
        ("observations", Part.OBSERVATIONS, IN_OBSERVATIONS),
        ("documents, which hide no risk", Part.DOCUMENTS, set()),
    ],
)
def test_a_failed_read_makes_only_what_it_could_show_unknown(
    hides: Part, unknown: set[str]
) -> None:
    handout = handout_of(gaps=(Gap("a search", "it failed", frozenset({hides})),))

    assert {f.risk_factor for f in handout.findings.findings if f.status == "unknown"} == unknown
    asked = decision_table.UNREAD if unknown else ""
    assert levels(handout) == decision_table.levels(asked)
