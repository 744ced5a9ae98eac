"""The shipped value sets: which code means what, and which code must never mean it.

In: ``templates/muscle_cramps/value_sets/*.json`` and the tables they are built from. The known
traps (``T03`` and so on) are named in the test ids.
"""

from __future__ import annotations

import csv
import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]
VALUE_SETS = ROOT / "templates" / "muscle_cramps" / "value_sets"
TERMINOLOGY = ROOT / "tools" / "terminology"

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
MEDICINE_NAME = "urn:fhir-handout:CodeSystem:medicine-name"
TABLE_OF = {
    ICD10CM: "icd10cm",
    RXNORM: "rxnorm",
    SNOMED: "snomed",
    ATC: "atc",
    LOINC: "loinc",
    MEDICINE_NAME: "medicine_name",
}

LOADED: dict[str, dict[str, Any]] = {
    path.stem: orjson.loads(path.read_bytes()) for path in sorted(VALUE_SETS.glob("*.json"))
}
CONCEPTS: list[tuple[str, str, dict[str, Any]]] = [
    (value_set, include["system"], concept)
    for value_set, resource in LOADED.items()
    for include in resource["compose"]["include"]
    for concept in include["concept"]
]
MEMBERS: dict[str, set[tuple[str, str]]] = {value_set: set() for value_set in LOADED}
for _value_set, _system, _concept in CONCEPTS:
    MEMBERS[_value_set].add((_system, _concept["code"]))

KIDNEY_FAILURE = sorted(v for v in LOADED if v.startswith("kidney-failure-"))
CKD = sorted(v for v in LOADED if v.startswith("chronic-kidney-disease-"))
DIABETES = sorted(v for v in LOADED if v.startswith("diabetes-"))


def table(name: str) -> list[dict[str, str]]:
    with (TERMINOLOGY / "sources" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(system: str) -> list[str]:
    return sorted({concept["code"] for _, used, concept in CONCEPTS if used == system})


def sets_of(system: str, code: str, among: list[str] | None = None) -> set[str]:
    return {v for v in (among or LOADED) if (system, code) in MEMBERS[v]}


def sets_of_atc(code: str) -> set[str]:
    """As a reader matches ATC: equal, or below a listed group."""
    return {
        value_set
        for value_set, members in MEMBERS.items()
        if any(system == ATC and code.startswith(listed) for system, listed in members)
    }


def sets_of_name(name: str) -> set[str]:
    return {
        value_set
        for value_set, _, concept in CONCEPTS
        for designation in concept.get("designation", ())
        if designation["value"].lower() == name.lower()
    }


def luhn_holds(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def verhoeff_holds(digits: str) -> bool:
    def times(a: int, b: int) -> int:  # the dihedral group of order ten
        if a < 5:
            return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
        return (a - b) % 5 + 5 if b < 5 else (a - b) % 5

    permutation, check = list(range(10)), 0
    step = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    for digit in reversed(digits):
        check = times(check, permutation[int(digit)])
        permutation = [step[value] for value in permutation]
    return check == 0


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_value_sets", TERMINOLOGY / "build_value_sets.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestFilesFollowTheTables:
    def test_shipped_files_are_current(self, builder: ModuleType) -> None:
        assert builder.main(["--check"]) == 0

    @pytest.mark.parametrize("damage", ["edited", "missing", "left over"])
    def test_check_reports_a_file_that_is(
        self, damage: str, builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copy = shutil.copytree(VALUE_SETS, tmp_path / "value_sets")
        victim = copy / "heart-failure.json"
        if damage == "edited":
            victim.write_text(victim.read_text().replace("I50.9", "I50.99"))
        elif damage == "missing":
            victim.unlink()
        else:
            shutil.copy(victim, copy / "no-such-set.json")
        monkeypatch.setattr(builder, "OUTPUT", copy)
        assert builder.main(["--check"]) == 1

    def test_every_concept_has_a_source(self) -> None:
        known = {row["source"] for row in table("sources")}
        sourced = {
            (row["value_set"], system, row["code"])
            for system, name in TABLE_OF.items()
            for row in table(name)
            if row["source"] and set(row["source"].split()) <= known
        }
        shipped = {(value_set, system, concept["code"]) for value_set, system, concept in CONCEPTS}
        assert shipped == sourced

    def test_every_name_has_a_source(self) -> None:
        known = {row["source"] for row in table("sources")}
        sourced = {
            (row["value_set"], row["code"], row["use"], row["name"])
            for row in table("names")
            if row["source"] and set(row["source"].split()) <= known
        }
        shipped = {
            (value_set, concept["code"], name["use"]["code"], name["value"])
            for value_set, _, concept in CONCEPTS
            for name in concept.get("designation", ())
        }
        assert shipped == sourced

    def test_every_quoted_source_is_used(self) -> None:
        tables = [*TABLE_OF.values(), "names"]
        used = {key for name in tables for row in table(name) for key in row["source"].split()}
        assert used == {row["source"] for row in table("sources")}

    @pytest.mark.parametrize("value_set", LOADED)
    def test_is_a_valid_value_set(self, value_set: str) -> None:
        fhir = pytest.importorskip("fhir.resources.R4B.valueset")
        resource = fhir.ValueSet.model_validate(LOADED[value_set])
        assert resource.id == value_set
        assert resource.url == f"urn:fhir-handout:ValueSet:{value_set}"

    def test_together_they_stay_small_enough_to_load_at_start(self) -> None:
        assert sum(path.stat().st_size for path in VALUE_SETS.glob("*.json")) < 1_500_000


class TestCodesAreWellFormed:
    @pytest.mark.parametrize("wrong", ["44054007", "4405406", "108241011"])
    def test_the_check_digit_test_can_fail(self, wrong: str) -> None:
        assert not verhoeff_holds(wrong)

    def test_snomed_identifiers_pass_their_check_digit(self) -> None:
        found = codes(SNOMED)
        assert found
        assert [c for c in found if not re.fullmatch(r"[0-9]{6,18}", c)] == []
        assert [c for c in found if not verhoeff_holds(c)] == []

    def test_icd10cm_codes_are_well_formed_with_their_dot(self) -> None:
        form = re.compile(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?")
        assert [c for c in codes(ICD10CM) if not form.fullmatch(c)] == []

    def test_rxnorm_identifiers_are_numbers(self) -> None:
        assert [c for c in codes(RXNORM) if not re.fullmatch(r"[1-9][0-9]*", c)] == []

    def test_atc_codes_are_groups_or_substances_and_never_the_whole_chapter(self) -> None:
        form = re.compile(r"[A-Z][0-9]{2}[A-Z]([A-Z]([0-9]{2})?)?")
        assert [c for c in codes(ATC) if not form.fullmatch(c)] == []

    def test_loinc_codes_pass_their_check_digit(self) -> None:
        terms = [c for c in codes(LOINC) if not c.startswith("LA")]
        assert terms
        assert [c for c in terms if not re.fullmatch(r"[0-9]{1,7}-[0-9]", c)] == []
        assert [c for c in terms if not luhn_holds(c.replace("-", ""))] == []
        assert not luhn_holds("828104")

    def test_loinc_answers_are_well_formed(self) -> None:
        answers = [c for c in codes(LOINC) if c.startswith("LA")]
        assert [c for c in answers if not re.fullmatch(r"LA[0-9]{1,7}-[0-9]", c)] == []

    def test_no_snomed_or_atc_term_is_shipped(self) -> None:
        shown = [c for _, system, c in CONCEPTS if system in (SNOMED, ATC) and set(c) != {"code"}]
        assert shown == []
        assert "display" not in table("snomed")[0] | table("atc")[0]
        tags = re.compile(r"\((disorder|finding|procedure|situation|substance|product|person)\)")
        assert [row for row in table("snomed") if tags.search(row["note"])] == []

    def test_every_other_concept_has_a_display(self) -> None:
        bare = [c for _, s, c in CONCEPTS if s not in (SNOMED, ATC) and not c.get("display")]
        assert bare == []


def headers() -> Iterator[tuple[str, str]]:
    """Every ICD-10-CM code that has longer codes below it, with its value sets."""
    listed = set(codes(ICD10CM))
    for value_set, members in MEMBERS.items():
        for system, code in sorted(members):
            if system == ICD10CM and any(c != code and c.startswith(code) for c in listed):
                yield value_set, code


# Their titles name the condition while the codes below them differ in stage or type.
GENERAL_HEADERS = {"N18", "I12", "I13", "I13.1", "O24"}


@pytest.mark.parametrize(("value_set", "header"), list(headers()))
def test_a_header_code_means_what_every_code_below_it_means(value_set: str, header: str) -> None:
    below = [c for c in codes(ICD10CM) if c != header and c.startswith(header)]
    differing = [c for c in below if value_set not in sets_of(ICD10CM, c)]
    if header in GENERAL_HEADERS:
        assert value_set in {"chronic-kidney-disease-stage-unspecified", "diabetes-unspecified"}
        assert differing
    else:
        assert differing == []


HELD = [
    pytest.param(RXNORM, "4603", {"diuretic-loop"}, id="furosemide"),
    pytest.param(RXNORM, "5487", {"diuretic-thiazide"}, id="hydrochlorothiazide"),
    pytest.param(RXNORM, "2409", {"diuretic-thiazide-like"}, id="chlorthalidone"),
    pytest.param(RXNORM, "9997", {"diuretic-potassium-sparing"}, id="spironolactone"),
    pytest.param(RXNORM, "62349", {"diuretic-loop"}, id="ethacrynate ingredient"),
    pytest.param(RXNORM, "4109", {"diuretic-loop"}, id="ethacrynic acid precise ingredient"),
    pytest.param(RXNORM, "167", {"diuretic-carbonic-anhydrase-inhibitor"}, id="acetazolamide"),
    pytest.param(RXNORM, "313988", {"diuretic-loop"}, id="furosemide 40 mg tablet"),
    pytest.param(RXNORM, "197885", {"diuretic-thiazide"}, id="lisinopril with a thiazide"),
    pytest.param(
        RXNORM, "208124", {"diuretic-thiazide", "diuretic-potassium-sparing"}, id="Dyazide"
    ),
    pytest.param(
        RXNORM, "17276", {"diuretic-thiazide", "diuretic-potassium-sparing"}, id="Aldactazide"
    ),
    pytest.param(RXNORM, "1234", set(), id="T33 code published by mistake for spironolactone"),
    pytest.param(SNOMED, "387475002", {"diuretic-loop"}, id="furosemide substance"),
    pytest.param(SNOMED, "443058000", set(), id="tolvaptan substance"),
    pytest.param(SNOMED, "860765003", set(), id="T38 allergy to a thiazide"),
    pytest.param(ICD10CM, "N18.6", {"kidney-failure-end-stage"}, id="end-stage renal disease"),
    pytest.param(ICD10CM, "N18.5", {"kidney-failure-end-stage"}, id="CKD stage 5"),
    pytest.param(ICD10CM, "N18.4", {"chronic-kidney-disease-stage-4"}, id="CKD stage 4"),
    pytest.param(ICD10CM, "N18.3", {"chronic-kidney-disease-stage-3"}, id="T15 old CKD stage 3"),
    pytest.param(ICD10CM, "N18.32", {"chronic-kidney-disease-stage-3"}, id="T15 CKD stage 3b"),
    pytest.param(
        ICD10CM, "N18", {"chronic-kidney-disease-stage-unspecified"}, id="CKD without a stage"
    ),
    pytest.param(ICD10CM, "N17.9", {"kidney-failure-acute"}, id="acute kidney failure"),
    pytest.param(ICD10CM, "N19", {"kidney-failure-unspecified"}, id="kidney failure, no kind"),
    pytest.param(ICD10CM, "Z99.2", {"kidney-failure-dialysis"}, id="dependence on dialysis"),
    pytest.param(
        SNOMED,
        "714152005",
        {"kidney-failure-end-stage", "kidney-failure-dialysis"},
        id="CKD stage 5 on dialysis",
    ),
    pytest.param(
        ICD10CM,
        "I13.2",
        {"kidney-failure-end-stage", "heart-failure"},
        id="hypertension with heart failure and CKD stage 5",
    ),
    pytest.param(
        ICD10CM,
        "I13.0",
        {"chronic-kidney-disease-stage-unspecified", "heart-failure"},
        id="hypertension with heart failure and CKD",
    ),
    pytest.param(
        ICD10CM,
        "E11.22",
        {"chronic-kidney-disease-stage-unspecified", "diabetes-type-2"},
        id="CKD due to type 2 diabetes",
    ),
    pytest.param(ICD10CM, "E11.9", {"diabetes-type-2"}, id="type 2 diabetes"),
    pytest.param(ICD10CM, "E10", {"diabetes-type-1"}, id="type 1 diabetes, header"),
    pytest.param(ICD10CM, "E13.9", {"diabetes-secondary"}, id="other specified diabetes"),
    pytest.param(ICD10CM, "O24.410", {"diabetes-gestational", "pregnancy"}, id="gestational"),
    pytest.param(
        ICD10CM, "O24.011", {"diabetes-type-1", "pregnancy"}, id="type 1 diabetes in pregnancy"
    ),
    pytest.param(
        ICD10CM, "O24.13", {"diabetes-type-2", "pregnancy-ended"}, id="type 2 diabetes after birth"
    ),
    pytest.param(ICD10CM, "O24.4", {"diabetes-gestational"}, id="gestational, time not stated"),
    pytest.param(ICD10CM, "Z33.1", {"pregnancy"}, id="pregnant state"),
    pytest.param(ICD10CM, "Z3A.20", {"pregnancy"}, id="20 weeks of gestation"),
    pytest.param(ICD10CM, "O22.30", {"pregnancy"}, id="deep vein thrombosis in pregnancy"),
    pytest.param(ICD10CM, "O88.212", {"pregnancy"}, id="T22 lung clot while pregnant"),
    pytest.param(ICD10CM, "O88.23", {"pregnancy-ended"}, id="T22 lung clot after birth"),
    pytest.param(ICD10CM, "O10.03", {"pregnancy-ended"}, id="T22 hypertension after birth"),
    pytest.param(ICD10CM, "O10", set(), id="T22 header over pregnancy, birth and afterwards"),
    pytest.param(ICD10CM, "O90.3", set(), id="peripartum cardiomyopathy: before or after birth"),
    pytest.param(ICD10CM, "O80", {"pregnancy-ended"}, id="uncomplicated birth"),
    pytest.param(ICD10CM, "O03.9", {"pregnancy-ended", "pregnancy-loss"}, id="miscarriage"),
    pytest.param(ICD10CM, "O36.4XX0", {"pregnancy", "pregnancy-loss"}, id="death before birth"),
    pytest.param(ICD10CM, "O07.4", {"pregnancy-loss"}, id="failed termination ends nothing"),
    pytest.param(
        ICD10CM,
        "O00.01",
        {"pregnancy", "pregnancy-loss"},
        id="ectopic beside a pregnancy that goes on",
    ),
    pytest.param(ICD10CM, "O00.00", {"pregnancy-ended", "pregnancy-loss"}, id="ectopic"),
    pytest.param(
        ICD10CM,
        "O08.4",
        {"kidney-failure-acute", "pregnancy-ended", "pregnancy-loss"},
        id="kidney failure after an ectopic pregnancy",
    ),
    pytest.param(LOINC, "82810-3", {"pregnancy-status"}, id="pregnancy status observation"),
    pytest.param(LOINC, "11778-8", {"pregnancy-due-date"}, id="estimated delivery date"),
    pytest.param(LOINC, "LA15173-0", {"pregnancy-status-pregnant"}, id="T19 answer pregnant"),
    pytest.param(
        SNOMED, "77386006", {"pregnancy", "pregnancy-status-pregnant"}, id="T19 finding pregnant"
    ),
    pytest.param(ICD10CM, "I50.22", {"heart-failure"}, id="chronic systolic heart failure"),
    pytest.param(ICD10CM, "I11.9", set(), id="hypertensive heart disease without failure"),
    pytest.param(SNOMED, "88805009", {"heart-failure"}, id="chronic congestive heart failure"),
    pytest.param(ICD10CM, "K74.60", {"cirrhosis"}, id="cirrhosis"),
    pytest.param(ICD10CM, "K70.31", {"cirrhosis", "cirrhosis-with-ascites"}, id="with ascites"),
    pytest.param(ICD10CM, "K74.00", set(), id="T45 fibrosis is not cirrhosis"),
]


@pytest.mark.parametrize(("system", "code", "expected"), HELD)
def test_a_code_is_in_exactly_these_sets(system: str, code: str, expected: set[str]) -> None:
    assert sets_of(system, code) == expected


NEVER_DIABETES = {
    "T03 family history": [(SNOMED, "160303001"), (ICD10CM, "Z83.3")],
    "T04 insipidus": [(SNOMED, "15771004"), (ICD10CM, "E23.2")],
    "T05 items of published diabetes lists": [
        (SNOMED, "15771004"),
        (SNOMED, "15777000"),
        (SNOMED, "9414007"),
        (SNOMED, "472971004"),
        (SNOMED, "472969004"),
        (SNOMED, "161445009"),
        (ICD10CM, "Z86.32"),
        (ICD10CM, "Z13.1"),
    ],
    "T06 remission and presymptomatic": [
        (ICD10CM, "E11.A"),
        (ICD10CM, "E10.A"),
        (ICD10CM, "E10.A0"),
        (ICD10CM, "E10.A1"),
        (ICD10CM, "E10.A2"),
        (SNOMED, "703138006"),
    ],
    "T07 prediabetes": [
        (ICD10CM, "R73.01"),
        (ICD10CM, "R73.02"),
        (ICD10CM, "R73.03"),
        (ICD10CM, "R73.09"),
        (SNOMED, "714628002"),
    ],
    "T10 nephrogenic insipidus": [(ICD10CM, "N25.1"), (SNOMED, "111395007")],
    "T16 not pregnant": [(SNOMED, "60001007")],
}


@pytest.mark.parametrize("trap", NEVER_DIABETES)
def test_not_diabetes(trap: str) -> None:
    caught = {code: sets_of(system, code, DIABETES) for system, code in NEVER_DIABETES[trap]}
    assert not any(caught.values()), caught


def test_t06_the_plain_types_are_diabetes_all_the_same() -> None:
    assert sets_of(ICD10CM, "E10.9") == {"diabetes-type-1"}
    assert sets_of(ICD10CM, "E11") == {"diabetes-type-2"}


def test_t08_wolfram_syndrome_is_diabetes_mellitus_too() -> None:
    assert sets_of(SNOMED, "70694009") == {"diabetes-unspecified"}


NEVER_KIDNEY = {
    "T10 nephrogenic insipidus": [(ICD10CM, "N25.1"), (SNOMED, "111395007")],
    "T11 stone": [(ICD10CM, "N20"), (ICD10CM, "N20.0"), (SNOMED, "95570007")],
    "T11 single kidney or donor": [(ICD10CM, "Z90.5"), (ICD10CM, "Z52.4")],
    "T11 cyst": [(ICD10CM, "N28.1"), (ICD10CM, "Q61.2")],
    "T11 history and tests": [(ICD10CM, "Z87.448"), (ICD10CM, "R94.4"), (ICD10CM, "Z84.19")],
}


@pytest.mark.parametrize("trap", NEVER_KIDNEY)
def test_not_kidney_disease(trap: str) -> None:
    caught = {code: sets_of(system, code) for system, code in NEVER_KIDNEY[trap]}
    assert not any(caught.values()), caught


@pytest.mark.parametrize(
    ("system", "code"),
    [
        pytest.param(ICD10CM, "Z94.0", id="transplant status"),
        pytest.param(ICD10CM, "T86.11", id="rejection"),
        pytest.param(ICD10CM, "T86.1", id="complication, header"),
        pytest.param(SNOMED, "161665007", id="transplant in the past"),
        pytest.param(SNOMED, "236436003", id="end stage, since transplanted"),
        pytest.param(SNOMED, "714153000", id="stage 5, since transplanted"),
    ],
)
def test_t13_a_transplant_is_not_kidney_failure(system: str, code: str) -> None:
    assert sets_of(system, code) == {"kidney-transplant"}


@pytest.mark.parametrize(("system", "code"), [(ICD10CM, "T86.12"), (SNOMED, "213150003")])
def test_t13_a_failed_transplant_is_kidney_failure(system: str, code: str) -> None:
    expected = {"kidney-transplant", "kidney-transplant-failure", "kidney-failure-unspecified"}
    assert sets_of(system, code) == expected


def test_no_code_is_both_kidney_failure_and_an_earlier_stage() -> None:
    failure = set().union(*(MEMBERS[v] for v in KIDNEY_FAILURE))
    earlier = set().union(*(MEMBERS[v] for v in CKD))
    assert failure
    assert earlier
    assert failure & earlier == set()


NEVER_PREGNANT = {
    "T16 negations in published lists": [
        (SNOMED, "60001007"),
        (SNOMED, "152231000119106"),
        (SNOMED, "146799005"),
        (SNOMED, "237036002"),
        (SNOMED, "86569001"),
        (ICD10CM, "O80"),
        (ICD10CM, "N96"),
    ],
    "T17 elective termination": [(ICD10CM, "Z33.2"), (ICD10CM, "Z33")],
    "T20 intention, fertility, contraception, tests": [
        (LOINC, "86645-9"),
        (ICD10CM, "Z31.41"),
        (ICD10CM, "Z31.441"),
        (ICD10CM, "Z30.02"),
        (ICD10CM, "Z30.9"),
        (ICD10CM, "Z32.00"),
        (ICD10CM, "Z32.02"),
    ],
    "baby's own record": [(ICD10CM, "Z38.00"), (ICD10CM, "P70.0")],
}


@pytest.mark.parametrize("trap", NEVER_PREGNANT)
def test_not_a_current_pregnancy(trap: str) -> None:
    caught = {
        code: sets_of(system, code, ["pregnancy", "pregnancy-status-pregnant"])
        for system, code in NEVER_PREGNANT[trap]
    }
    assert not any(caught.values()), caught


def test_t16_not_pregnant_is_an_answer_and_nothing_else() -> None:
    assert sets_of(SNOMED, "60001007") == {"pregnancy-status-not-pregnant"}
    assert sets_of(LOINC, "LA26683-5") == {"pregnancy-status-not-pregnant"}


def test_t17_one_code_below_z33_is_pregnant_and_one_is_not() -> None:
    assert sets_of(ICD10CM, "Z33.1") == {"pregnancy"}
    assert sets_of(ICD10CM, "Z33.2") == {"pregnancy-ended", "pregnancy-loss"}


def test_no_code_says_both_pregnant_and_no_longer_pregnant() -> None:
    assert MEMBERS["pregnancy"] & MEMBERS["pregnancy-ended"] == set()


def test_no_birth_without_a_loss_is_a_loss() -> None:
    for code in ("O80", "O82", "Z37.0", "Z37.2", "Z37.9", "Z39.2", "F53.0"):
        assert sets_of(ICD10CM, code) == {"pregnancy-ended"}


class TestMedicineGroups:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("C03CA01", {"diuretic-loop"}),
            ("C03AA03", {"diuretic-thiazide"}),
            ("C03BA11", {"diuretic-thiazide-like"}),
            ("C03DA01", {"diuretic-potassium-sparing"}),
            ("C03DB02", {"diuretic-potassium-sparing"}),
            ("C03EA01", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
            ("C03EA06", {"diuretic-thiazide-like", "diuretic-potassium-sparing"}),
            ("C03EB01", {"diuretic-loop", "diuretic-potassium-sparing"}),
            ("C07BB07", {"diuretic-thiazide"}),
            ("C09BA03", {"diuretic-unspecified"}),
            ("C09DA01", {"diuretic-unspecified"}),
            ("C09DX01", {"diuretic-thiazide"}),
            ("S01EC01", {"diuretic-carbonic-anhydrase-inhibitor"}),
            ("B05BC01", {"diuretic-osmotic"}),
        ],
    )
    def test_atc_code_falls_into(self, code: str, expected: set[str]) -> None:
        assert sets_of_atc(code) == expected

    @pytest.mark.parametrize(
        "code",
        [
            pytest.param("C03XA01", id="tolvaptan"),
            pytest.param("C03XA02", id="conivaptan"),
            pytest.param("C03DA05", id="finerenone"),
            pytest.param("C02DA01", id="diazoxide"),
            pytest.param("C09DX04", id="sacubitril and valsartan"),
            pytest.param("S01EC03", id="T35 dorzolamide eye drops"),
            pytest.param("S01EC04", id="T35 brinzolamide eye drops"),
            pytest.param("S01EC54", id="T35 brinzolamide combination eye drops"),
            pytest.param("R05CB16", id="T35 inhaled mannitol"),
        ],
    )
    def test_atc_code_is_no_diuretic(self, code: str) -> None:
        assert sets_of_atc(code) == set()


@pytest.mark.parametrize(
    ("system", "code"),
    [
        pytest.param(RXNORM, "417569", id="acetazolamide cream"),
        pytest.param(RXNORM, "437297", id="acetazolamide cream, no strength"),
        pytest.param(RXNORM, "1152849", id="acetazolamide topical product"),
        pytest.param(RXNORM, "2475840", id="inhaled mannitol"),
        pytest.param(SNOMED, "386925003", id="brinzolamide"),
        pytest.param(SNOMED, "373447009", id="dorzolamide"),
    ],
)
def test_t35_a_form_that_does_not_reach_the_kidney_is_no_diuretic(system: str, code: str) -> None:
    assert sets_of(system, code) == set()


def test_t35_no_product_name_tells_of_a_local_form() -> None:
    local = re.compile(r"Ophthalmic|Topical|Inhal|Irrigation|Otic|Cream", re.IGNORECASE)
    shown = {c["display"] for _, system, c in CONCEPTS if system == RXNORM}
    assert {name for name in shown if local.search(name)} == set()


def test_a_product_is_in_the_set_of_every_diuretic_its_name_spells() -> None:
    kinds = {
        name["value"]: value_set
        for value_set, _, concept in CONCEPTS
        for name in concept.get("designation", ())
        if name["use"]["code"] == "ingredient"
    }
    word = re.compile(rf"\b({'|'.join(map(re.escape, kinds))})\b", re.IGNORECASE)
    missing = {
        (concept["display"], kinds[spelled.lower()])
        for _, system, concept in CONCEPTS
        if system == RXNORM
        for spelled in word.findall(concept["display"])
        if (RXNORM, concept["code"]) not in MEMBERS[kinds[spelled.lower()]]
    }
    assert missing == set()


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Lasix", {"diuretic-loop"}),
            ("frusemide", {"diuretic-loop"}),
            ("torasemide", {"diuretic-loop"}),
            ("etacrynic acid", {"diuretic-loop"}),
            ("HCTZ", {"diuretic-thiazide"}),
            ("chlortalidone", {"diuretic-thiazide-like"}),
            ("Aldactone", {"diuretic-potassium-sparing"}),
            ("Dyazide", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
            ("co-amilozide", {"diuretic-thiazide", "diuretic-potassium-sparing"}),
            ("co-amilofruse", {"diuretic-loop", "diuretic-potassium-sparing"}),
            ("Hyzaar", {"diuretic-thiazide"}),
            ("water pill", {"diuretic-unspecified"}),
            ("water tablets", {"diuretic-unspecified"}),
            ("diuretic", {"diuretic-unspecified"}),
        ],
    )
    def test_a_name_leads_to(self, name: str, expected: set[str]) -> None:
        assert sets_of_name(name) == expected

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("Cozaar", id="also sold without the diuretic"),
            pytest.param("Hydralazine Plus", id="reads as hydralazine plus something else"),
            pytest.param("Spironolactone Plus", id="reads as spironolactone plus something else"),
            pytest.param("Hydromet", id="also a cough syrup"),
            pytest.param("HHR", id="bare abbreviation"),
            pytest.param("HCT", id="also a blood test"),
            pytest.param("Diurese", id="the word for urine flow"),
            pytest.param("Bronchitol", id="T35 inhaled mannitol"),
            pytest.param("Kerendia", id="finerenone"),
            pytest.param("Samsca", id="tolvaptan"),
        ],
    )
    def test_an_ambiguous_name_leads_nowhere(self, name: str) -> None:
        assert sets_of_name(name) == set()

    def test_names_are_of_three_kinds_and_stand_on_ingredients_only(self) -> None:
        products = {row["code"] for row in table("rxnorm") if row["kind"] == "product"}
        named = [(s, c) for _, s, c in CONCEPTS if "designation" in c]
        assert {s for s, _ in named} == {RXNORM, MEDICINE_NAME}
        assert [c["code"] for s, c in named if s == RXNORM and c["code"] in products] == []
        uses = {(d["use"]["system"], d["use"]["code"]) for _, c in named for d in c["designation"]}
        system = "urn:fhir-handout:CodeSystem:name-use"
        assert uses == {(system, kind) for kind in ("ingredient", "brand", "synonym")}

    def test_every_ingredient_can_be_found_by_its_own_name(self) -> None:
        ingredients = {row["code"] for row in table("rxnorm") if row["kind"] == "ingredient"}
        unnamed = [
            concept["display"]
            for _, system, concept in CONCEPTS
            if system == RXNORM and concept["code"] in ingredients
            if concept["display"] not in {d["value"] for d in concept.get("designation", ())}
        ]
        assert unnamed == []

    def test_no_name_is_short_enough_to_be_a_chance_match(self) -> None:
        names = {d["value"] for _, _, c in CONCEPTS for d in c.get("designation", ())}
        assert {name for name in names if len(name) < 4} == set()


def test_every_kind_of_set_is_there() -> None:
    kinds = {
        "diuretic": 7,
        "kidney-failure": 4,
        "chronic-kidney-disease": 5,
        "kidney-transplant": 2,
        "diabetes": 5,
        "pregnancy": 7,
        "cirrhosis": 2,
        "heart-failure": 1,
    }
    counted = {kind: sum(v.startswith(kind) for v in LOADED) for kind in kinds}
    assert counted == kinds
    assert sum(kinds.values()) == len(LOADED)
    assert all(MEMBERS.values())
