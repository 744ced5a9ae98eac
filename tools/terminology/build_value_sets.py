"""Write the FHIR R4 value sets of the content packs.

In: the curated tables under ``sources/`` beside this file. Each row puts one code into one value
set and names its source; ``sources.csv`` spells the sources out, ``value_sets.csv`` titles the
sets and says which pack has them, ``names.csv`` adds names to the concepts that stand for an
ingredient or a condition, ``numbers.csv`` what a code counts, such as the weeks of a pregnancy.
Out: ``templates/<pack>/value_sets/<id>.json``, one concept (and one name) per line, always the same
bytes for the same tables. ``--check`` writes nothing and exits 1 when a file is stale.

SNOMED CT, ATC and the WHO's ICD-10 codes carry no display: their terms are not ours to ship.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "sources"
OUTPUT = Path(__file__).resolve().parents[2] / "templates"
VERSION = "2026.11"
URN = "urn:fhir-handout"
NAME_USE = f"{URN}:CodeSystem:name-use"
MEDICINE_NAME = f"{URN}:CodeSystem:medicine-name"

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
NDC = "http://hl7.org/fhir/sid/ndc"
ORDINAL_VALUE = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
TABLES = {
    "icd10cm": ICD10CM,
    "icd10": ICD10,
    "rxnorm": RXNORM,
    "snomed": SNOMED,
    "atc": ATC,
    "loinc": LOINC,
    "ndc": NDC,
    "medicine_name": MEDICINE_NAME,
}
COPYRIGHT = {
    RXNORM: (
        "RxNorm: this product uses publicly available data from the U.S. National Library of"
        " Medicine (NLM), National Institutes of Health, Department of Health and Human Services;"
        " NLM is not responsible for the product and does not endorse or recommend this or any"
        " other product."
    ),
    SNOMED: (
        "SNOMED CT: identifiers only, no terms. SNOMED and SNOMED CT are registered trademarks of"
        " SNOMED International, which holds the copyright in SNOMED CT; using it in a system may"
        " need a licence from SNOMED International or its national member."
    ),
    ATC: (
        "ATC: codes of the Anatomical Therapeutic Chemical classification, copyright WHO"
        " Collaborating Centre for Drug Statistics Methodology, Oslo."
    ),
    LOINC: (
        "LOINC: this material contains content from LOINC (http://loinc.org). LOINC is copyright"
        " Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes"
        " (LOINC) Committee and is available at no cost under the license at"
        " http://loinc.org/license."
    ),
}

Row = dict[str, str]
Concepts = dict[str, Row]


def read_table(name: str) -> list[Row]:
    """The rows of one source table; an empty cell is an empty string."""
    with (SOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_concepts() -> dict[str, dict[str, Concepts]]:
    """Concepts by value set, system and code; refuses rows that contradict the key tables."""
    value_sets = {row["id"] for row in read_table("value_sets")}
    sources = {row["source"] for row in read_table("sources")}
    found: dict[str, dict[str, Concepts]] = {id_: {} for id_ in value_sets}
    for table, system in TABLES.items():
        for row in read_table(table):
            where = f"{table}.csv: {row['code']} in {row['value_set']}"
            if row["value_set"] not in value_sets:
                raise ValueError(f"{where}: no such value set")
            if not row["source"] or not set(row["source"].split()) <= sources:
                raise ValueError(f"{where}: source unknown")
            concepts = found[row["value_set"]].setdefault(system, {})
            if row["code"] in concepts:
                raise ValueError(f"{where}: listed twice")
            concepts[row["code"]] = row
    return found


def read_numbers() -> dict[tuple[str, str], str]:
    """What codes count, by value set and code."""
    return {(row["value_set"], row["code"]): row["number"] for row in read_table("numbers")}


def read_names() -> dict[tuple[str, str], list[Row]]:
    """Names by value set and code, in their final order."""
    names: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(read_table("names"), key=lambda row: (row["use"], row["name"].lower())):
        names[row["value_set"], row["code"]].append(row)
    return names


def compact(value: object) -> str:
    """JSON without spaces, so that a line holds one thing."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def concept_lines(row: Row, names: Sequence[Row]) -> Iterator[str]:
    """One concept: a single line, or one line for each of its names as well."""
    concept: dict[str, object] = {}
    if row.get("number"):
        concept["extension"] = [{"url": ORDINAL_VALUE, "valueDecimal": float(row["number"])}]
    concept["code"] = row["code"]
    if row.get("display"):
        concept["display"] = row["display"]
    if not names:
        yield compact(concept)
        return
    yield compact(concept)[:-1] + ',"designation":['
    for position, name in enumerate(names, start=1):
        use = {"system": NAME_USE, "code": name["use"]}
        line = compact({"use": use, "value": name["name"]})
        yield line + ("," if position < len(names) else "]}")


def include_text(system: str, rows: Concepts, names: dict[str, list[Row]]) -> str:
    """One ``compose.include``: a code system and its concepts by code."""
    concepts = ",\n".join(
        "\n".join(concept_lines(rows[code], names.get(code, []))) for code in sorted(rows)
    )
    return f'{{"system":{compact(system)},"concept":[\n{concepts}\n]}}'


def value_set_text(about: Row, systems: dict[str, Concepts], names: dict[str, list[Row]]) -> str:
    """The JSON text of one ValueSet resource."""
    known = {code for concepts in systems.values() for code in concepts}
    if not known or not set(names) <= known:
        raise ValueError(f"{about['id']}: no concept for {sorted(set(names) - known) or 'it'}")
    header = {
        "resourceType": "ValueSet",
        "id": about["id"],
        "url": f"{URN}:ValueSet:{about['id']}",
        "version": VERSION,
        "name": "".join(part.capitalize() for part in about["id"].split("-")),
        "title": about["title"],
        "status": "draft",
        "experimental": False,
        "description": about["description"],
    }
    notices = [COPYRIGHT[system] for system in systems if system in COPYRIGHT]
    if notices:
        header["copyright"] = " ".join(notices)
    lines = ",\n".join(f"{compact(key)}:{compact(value)}" for key, value in header.items())
    includes = ",\n".join(include_text(system, systems[system], names) for system in systems)
    return f'{{\n{lines},\n"compose":{{"include":[\n{includes}\n]}}\n}}\n'


def path_of(about: Row) -> str:
    """Where a value set lies: in its pack."""
    return f"{about['pack']}/value_sets/{about['id']}.json"


def build() -> dict[str, str]:
    """Path below the templates to text, for every value set."""
    concepts, names = read_concepts(), read_names()
    for (value_set, code), number in read_numbers().items():
        for rows in concepts[value_set].values():
            if code in rows:
                rows[code] = {**rows[code], "number": number}
    by_set: dict[str, dict[str, list[Row]]] = defaultdict(dict)
    for (value_set, code), rows in names.items():
        by_set[value_set][code] = rows
    return {
        path_of(about): value_set_text(about, concepts[about["id"]], by_set[about["id"]])
        for about in read_table("value_sets")
    }


def stale(files: dict[str, str]) -> list[str]:
    """Paths of files that are missing, differ, or should not be there.

    A pack that no table names has value sets that somebody wrote by hand: they are left alone.
    """
    packs = {name.partition("/")[0] for name in files}
    found = (path for pack in packs for path in (OUTPUT / pack).glob("value_sets/*.json"))
    on_disk = {p.relative_to(OUTPUT).as_posix(): p.read_text(encoding="utf-8") for p in found}
    names = files.keys() | on_disk.keys()
    return sorted(name for name in names if files.get(name) != on_disk.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` only say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    options = parser.parse_args(arguments)
    files = build()
    changed = stale(files)
    if options.check:
        for name in changed:
            print(f"stale: {name}", file=sys.stderr)
        return 1 if changed else 0
    for name in changed:
        if name in files:
            (OUTPUT / name).parent.mkdir(parents=True, exist_ok=True)
            (OUTPUT / name).write_text(files[name], encoding="utf-8", newline="\n")
        else:
            (OUTPUT / name).unlink()
    print(f"{len(files)} value sets, {len(changed)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
