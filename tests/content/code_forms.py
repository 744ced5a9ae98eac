"""What a code of each system must look like, and what the rows of the tables must not do.

In: a code and its system, or the rows of the source tables. Out: faults, in words; none is good.
The forms: SNOMED CT Release File Specification, SCTID; LOINC Users' Guide, check digit; RxNorm
Technical Documentation, RXCUI; 21 CFR 207.33, NDC; ICD-10-CM tabular list; WHOCC, ATC structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from content.value_sets import ATC, ICD10CM, LOINC, NDC, RXNORM, SNOMED

FORMS = {
    ICD10CM: re.compile(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?"),
    RXNORM: re.compile(r"[1-9][0-9]{0,7}"),
    SNOMED: re.compile(r"[1-9][0-9]{5,17}"),
    # A group or a substance, never a whole chapter.
    ATC: re.compile(r"[A-Z][0-9]{2}[A-Z]([A-Z]([0-9]{2})?)?"),
    LOINC: re.compile(r"[1-9][0-9]{0,6}-[0-9]|LA[1-9][0-9]{0,6}-[0-9]"),
    NDC: re.compile(r"[0-9]{9}"),
}
SCIENTIFIC = re.compile(r"\b[0-9](\.[0-9]+)?E\+?[0-9]{2}\b", re.IGNORECASE)
# Of the third and second digit from the end; the other partitions are descriptions, relationships.
CONCEPT_PARTITIONS = {"00", "10"}

Tables = Mapping[str, Iterable[Mapping[str, str]]]


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the mod-10 check digit of those before it."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def verhoeff_holds(digits: str) -> bool:
    """Whether the last digit is the Verhoeff check digit of those before it."""

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


def fault_of(system: str, code: str) -> str | None:
    """What is wrong with a code of `system`; a system without a form takes any code."""
    form = FORMS.get(system)
    if form is None:
        return None
    if not form.fullmatch(code):
        return "form"
    if system == SNOMED and not verhoeff_holds(code):
        return "check digit"
    if system == SNOMED and code[-3:-1] not in CONCEPT_PARTITIONS:
        return "partition"
    # The check digit of an answer (LA...) follows another rule, which is not published.
    if system == LOINC and code[0] != "L" and not luhn_holds(code.replace("-", "")):
        return "check digit"
    return None


def code_faults(rows: Iterable[Mapping[str, str]], system: str) -> list[str]:
    """The codes of a table that are not of their system's form."""
    faults = ((row["code"], fault_of(system, row["code"])) for row in rows)
    return [f"{code}: {fault}" for code, fault in faults if fault]


def scientific(tables: Tables) -> list[str]:
    """The codes and numbers that a spreadsheet has turned into powers of ten."""
    return [
        f"{name}: {value}"
        for name, rows in tables.items()
        for row in rows
        for value in (row.get("code", ""), row.get("number", ""))
        if SCIENTIFIC.search(value)
    ]


def unsourced(rows: Iterable[Mapping[str, str]], known: Iterable[str]) -> list[str]:
    """The rows that name no source, or one that is not spelled out."""
    sources = set(known)
    return [
        f"{row['value_set']} {row['code']}"
        for row in rows
        if not row["source"].split() or not set(row["source"].split()) <= sources
    ]


def shared(
    members: Mapping[str, set[tuple[str, str]]], apart: Iterable[Iterable[str]]
) -> Iterator[tuple[str, str, str]]:
    """The codes that two value sets of one group share, though they exclude each other."""
    for group in apart:
        ordered = sorted(group)
        for number, one in enumerate(ordered):
            for other in ordered[number + 1 :]:
                for _, code in sorted(members[one] & members[other]):
                    yield one, other, code
