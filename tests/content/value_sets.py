"""The shipped value sets and the tables they are built from, as the tests of them ask for them.

In: ``templates/*/value_sets/*.json`` and ``tools/terminology/sources/*.csv``.
Out: concepts, members and names, by value set; no two packs have one of the same id.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
TERMINOLOGY = ROOT / "tools" / "terminology"

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
NDC = "http://hl7.org/fhir/sid/ndc"
MEDICINE_NAME = "urn:fhir-handout:CodeSystem:medicine-name"
TABLE_OF = {
    ICD10CM: "icd10cm",
    ICD10: "icd10",
    RXNORM: "rxnorm",
    SNOMED: "snomed",
    ATC: "atc",
    LOINC: "loinc",
    NDC: "ndc",
    MEDICINE_NAME: "medicine_name",
}

LOADED: dict[str, dict[str, Any]] = {
    path.stem: orjson.loads(path.read_bytes())
    for path in sorted(TEMPLATES.glob("*/value_sets/*.json"), key=lambda path: path.stem)
}
PACK_OF = {path.stem: path.parts[-3] for path in TEMPLATES.glob("*/value_sets/*.json")}
CONCEPTS: list[tuple[str, str, dict[str, Any]]] = [
    (value_set, include["system"], concept)
    for value_set, resource in LOADED.items()
    for include in resource["compose"]["include"]
    for concept in include["concept"]
]
MEMBERS: dict[str, set[tuple[str, str]]] = {value_set: set() for value_set in LOADED}
for _value_set, _system, _concept in CONCEPTS:
    MEMBERS[_value_set].add((_system, _concept["code"]))

DIURETICS = sorted(v for v in LOADED if v.startswith("diuretic-"))
KIDNEY_FAILURE = sorted(v for v in LOADED if v.startswith("kidney-failure-"))
CKD = sorted(v for v in LOADED if v.startswith("chronic-kidney-disease-"))
DIABETES = sorted(v for v in LOADED if v.startswith("diabetes-"))
PREGNANCY = sorted(v for v in LOADED if v.startswith("pregnancy"))


def table(name: str) -> list[dict[str, str]]:
    """The rows of one source table."""
    with (TERMINOLOGY / "sources" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(system: str) -> list[str]:
    """Every shipped code of a system, once."""
    return sorted({concept["code"] for _, used, concept in CONCEPTS if used == system})


def sets_of(system: str, code: str, among: Iterable[str] = LOADED) -> set[str]:
    """The value sets that list a code."""
    return {value_set for value_set in among if (system, code) in MEMBERS[value_set]}


def sets_of_atc(code: str) -> set[str]:
    """The value sets an ATC code leads to, as a reader matches it: equal, or below a group."""
    return {
        value_set
        for value_set, members in MEMBERS.items()
        if any(system == ATC and code.startswith(listed) for system, listed in members)
    }


def names_of(concept: dict[str, Any]) -> list[dict[str, Any]]:
    """The names that a concept carries, with their use."""
    found: list[dict[str, Any]] = concept.get("designation", [])
    return found


def spelled(name: str) -> str:
    """A name as it is compared: without case, a hyphen as good as a space."""
    return name.lower().replace("-", " ")


def sets_of_name(name: str) -> set[str]:
    """The value sets that a name leads to."""
    return {
        value_set
        for value_set, _, concept in CONCEPTS
        for designation in names_of(concept)
        if spelled(designation["value"]) == spelled(name)
    }
