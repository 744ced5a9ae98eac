"""Every shipped code is of its system's form, and codes that exclude each other stay apart.

Each check is given one mistake of each kind as well, and must find it.
"""

from __future__ import annotations

import re

import pytest

from content.code_forms import code_faults, fault_of, scientific, shared
from content.value_sets import (
    ATC,
    CKD,
    DIABETES,
    ICD10CM,
    KIDNEY_FAILURE,
    LOADED,
    LOINC,
    MEMBERS,
    NDC,
    RXNORM,
    SNOMED,
    TABLE_OF,
    codes,
    sets_of,
    sets_of_name,
    table,
)

COUNTED = {name: table(name) for name in [*TABLE_OF.values(), "numbers", "names"]}


@pytest.mark.parametrize("system", TABLE_OF)
def test_codes_are_of_their_systems_form(system: str) -> None:
    rows = table(TABLE_OF[system])
    assert rows
    assert code_faults(rows, system) == []


@pytest.mark.parametrize(
    ("system", "code", "fault"),
    [
        pytest.param(SNOMED, "44054007", "check digit", id="one digit changed"),
        pytest.param(SNOMED, "40454006", "check digit", id="two neighbours changed places"),
        pytest.param(SNOMED, "4405406", "check digit", id="a digit lost"),
        pytest.param(SNOMED, "4.0801E+13", "form", id="T40 a power of ten"),
        pytest.param(SNOMED, "44054006 ", "form", id="a space"),
        pytest.param(SNOMED, "73211009|Diabetes|", "form", id="a term beside it"),
        pytest.param(SNOMED, "12345", "form", id="too short"),
        pytest.param(SNOMED, "0440540068", "form", id="leading zero"),
        pytest.param(SNOMED, "680946014", "partition", id="a description's identifier"),
        pytest.param(RXNORM, "04603", "form", id="leading zero"),
        pytest.param(RXNORM, "4603.0", "form", id="a number of a spreadsheet"),
        pytest.param(ICD10CM, "E119", "form", id="T41 without its dot"),
        pytest.param(ICD10CM, "e11.9", "form", id="T41 small letter"),
        pytest.param(ICD10CM, "\ufeffE11.9", "form", id="T41 byte order mark"),
        pytest.param(ICD10CM, "O24.", "form", id="dot without digits"),
        pytest.param(ATC, "C03", "form", id="a chapter"),
        pytest.param(ATC, "C03CA1", "form", id="a digit lost"),
        pytest.param(ATC, "C3CA01", "form", id="a digit lost in front"),
        pytest.param(LOINC, "82810-4", "check digit", id="wrong check digit"),
        pytest.param(LOINC, "82801-3", "check digit", id="two neighbours changed places"),
        pytest.param(LOINC, "828103", "form", id="without its hyphen"),
        pytest.param(NDC, "40121", "form", id="T42 leading zeros lost"),
        pytest.param(NDC, "00004-0121", "form", id="T42 with its hyphen"),
        pytest.param(NDC, "00004012101", "form", id="T42 with its package"),
    ],
)
def test_a_damaged_code_is_caught(system: str, code: str, fault: str) -> None:
    assert fault_of(system, code) == fault


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (SNOMED, "44054006"),
        (SNOMED, "90741000119107"),
        (RXNORM, "4603"),
        (ICD10CM, "Z3A.20"),
        (ICD10CM, "O36.4XX0"),
        (ATC, "C03CA"),
        (ATC, "C03CA01"),
        (LOINC, "82810-3"),
        (LOINC, "LA15173-0"),
        (NDC, "000040121"),
    ],
)
def test_a_sound_code_passes(system: str, code: str) -> None:
    assert fault_of(system, code) is None


def test_t40_no_code_or_number_is_a_power_of_ten() -> None:
    assert scientific(COUNTED) == []


@pytest.mark.parametrize("damage", ["4.0801E+13", "5.62E+15", "1e16"])
def test_t40_a_power_of_ten_is_caught(damage: str) -> None:
    assert scientific({"snomed": [{"code": damage}]}) == [f"snomed: {damage}"]
    assert scientific({"numbers": [{"code": "Z3A.20", "number": damage}]}) == [f"numbers: {damage}"]


LOW_AND_HIGH = sorted(v for v in LOADED if re.match(r"(low|high)-", v))
APART = {
    "pregnant or not, by answer": {"pregnancy-status-pregnant", "pregnancy-status-not-pregnant"},
    "pregnant or not, as finding": {"pregnancy", "pregnancy-status-not-pregnant"},
    "pregnant or no longer": {"pregnancy", "pregnancy-ended"},
    "types of diabetes": {v for v in DIABETES if v != "diabetes-neuropathy"},
    "stages of kidney disease": set(CKD),
    "minerals of the blood": {*LOW_AND_HIGH, "electrolyte-disorder-unspecified"},
    "clot now or in the past": {"deep-vein-thrombosis-current", "deep-vein-thrombosis-past"},
    "ways of dialysis": {"kidney-failure-hemodialysis", "kidney-failure-peritoneal-dialysis"},
    "kinds of result": {
        "breastfeeding-status",
        "egfr",
        "gestational-age",
        "potassium-blood",
        "pregnancy-due-date",
        "pregnancy-status",
        "sodium-blood",
    },
    "finerenone is no diuretic": {"finerenone", "diuretic-potassium-sparing"},
    "vaptans are no diuretic": {"vaptan", "diuretic-unspecified"},
    "potassium sparing or giving": {"diuretic-potassium-sparing", "potassium-product"},
    "muscle relaxants": {
        "muscle-relaxant-baclofen",
        "muscle-relaxant-cyclobenzaprine",
        "muscle-relaxant-other",
    },
    "lowering blood sugar": {"glinide", "insulin", "sulfonylurea"},
}


@pytest.mark.parametrize("group", APART)
def test_sets_that_exclude_each_other_share_no_code(group: str) -> None:
    assert list(shared(MEMBERS, [APART[group]])) == []


@pytest.mark.parametrize("group", APART)
def test_a_shared_code_is_caught(group: str) -> None:
    one, other = sorted(APART[group])[:2]
    planted = {**MEMBERS, other: MEMBERS[other] | {min(MEMBERS[one])}}
    assert [(a, b) for a, b, _ in shared(planted, [APART[group]])] == [(one, other)]


@pytest.mark.parametrize("group", APART)
def test_sets_that_exclude_each_other_share_no_name(group: str) -> None:
    names = {row["name"] for row in table("names") if row["value_set"] in APART[group]}
    assert [name for name in names if len(sets_of_name(name) & APART[group]) > 1] == []


def test_both_ends_of_every_mineral_are_there() -> None:
    minerals = ("sodium", "potassium", "magnesium", "calcium")
    assert {f"{end}-{mineral}" for end in ("low", "high") for mineral in minerals} == (
        set(LOW_AND_HIGH)
    )


def test_no_code_is_both_kidney_failure_and_an_earlier_stage() -> None:
    failure = set().union(*(MEMBERS[v] for v in KIDNEY_FAILURE))
    earlier = set().union(*(MEMBERS[v] for v in CKD))
    assert failure
    assert earlier
    assert failure & earlier == set()


# Their titles name the condition while the codes below them differ in stage or type.
GENERAL_HEADERS = {"N18", "I12", "I13", "I13.1", "O24"}
# Below these headers, what is over or has not begun is no longer what the header says.
DIED_BEFORE_BIRTH = ["O36.4", *(f"O36.4XX{fetus}" for fetus in "0123459")]
APART_FROM_THEIR_HEADER = {
    "diabetes-type-2 E11": ["E11.A"],
    "pregnancy O36": DIED_BEFORE_BIRTH,  # a loss, which nothing may name
}
# They count no weeks, so no code below them means the same.
COUNTING_NOTHING = {"Z3A", "Z3A.0", "Z3A.1", "Z3A.2", "Z3A.3", "Z3A.4"}
HEADERS = [
    (value_set, code)
    for value_set, members in MEMBERS.items()
    for system, code in sorted(members)
    if system == ICD10CM and any(c != code and c.startswith(code) for c in codes(ICD10CM))
]


@pytest.mark.parametrize(("value_set", "header"), HEADERS)
def test_a_header_code_means_what_every_code_below_it_means(value_set: str, header: str) -> None:
    below = [c for c in codes(ICD10CM) if c != header and c.startswith(header)]
    differing = [c for c in below if value_set not in sets_of(ICD10CM, c)]
    if header in GENERAL_HEADERS:
        assert value_set in {"chronic-kidney-disease-stage-unspecified", "diabetes-unspecified"}
        assert differing
    elif value_set == "pregnancy-weeks":
        assert set(differing) <= COUNTING_NOTHING
    else:
        assert differing == APART_FROM_THEIR_HEADER.get(f"{value_set} {header}", [])
