"""Why the handout says what it says, for the clinician and for programs.

In: a `Handout`. Out: `explanation`, the JSON contract of docs/explain-schema.md, version 1, and
`explanation_text`, the same for a reader. Neither is ever attached to the record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from textwrap import wrap
from typing import Any

from fhir_handout.model import Conflict, Evidence, Finding, Handout, RecognisedBy, Status
from fhir_handout.names import plain
from fhir_handout.pack_content import SOURCE_LANGUAGE
from fhir_handout.pack_model import ContentPack, Statement
from fhir_handout.patient_record import Coding
from fhir_handout.reviews import review_status
from fhir_handout.systems import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED_CT,
    normal_system,
)

SCHEMA_VERSION = 1


def explanation(handout: Handout, language: str = SOURCE_LANGUAGE) -> dict[str, Any]:
    """The handout's findings, levels, statements, omissions and gaps, as documented.

    `language` is the one whose words were, or were not, reviewed.
    """
    found, pack = handout.findings, handout.pack
    statements = {statement.id: statement for statement in pack.statements}
    return {
        "schema": SCHEMA_VERSION,
        "patient": found.patient,
        "date": found.today.isoformat(),
        "pack": {"id": pack.id, "version": pack.version, "hash": pack.hashes[language]},
        "language": language,
        "findings": [_finding(finding) for finding in found.findings],
        "topics": {
            level.topic: {"level": level.level, "because": list(level.because)}
            for level in handout.levels.values()
        },
        "advice": [
            {
                "statement": a.statement,
                "section": a.section,
                "because": list(a.because),
                "review": review_status(pack, a.statement, language).value,
                "citations": _citations(pack, statements[a.statement]),
                "rows": list(statements[a.statement].rows),
            }
            for a in handout.advice
        ],
        "omissions": [
            {"statement": o.statement, "because": list(o.because)} for o in handout.omissions
        ],
        "gaps": [{"what": gap.what, "why": gap.why} for gap in found.gaps],
        "conflicts": [_conflict(conflict) for conflict in found.conflicts],
        "not_relevant": [_evidence(evidence) for evidence in found.not_relevant],
    }


def _citations(pack: ContentPack, statement: Statement) -> list[dict[str, str]]:
    return [asdict(pack.citations[name]) for name in statement.citations]


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "reference": conflict.reference,
        "system": conflict.coding.system,
        "code": conflict.coding.code,
        "display": conflict.coding.display,
        "by_code": list(conflict.by_code),
        "by_display": list(conflict.by_display),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "risk_factor": finding.risk_factor,
        "qualifiers": [finding.qualifier] if finding.qualifier else [],
        "status": finding.status.value,
        "withheld": finding.withheld.value if finding.withheld else None,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, str]:
    return {
        "reference": evidence.reference,
        "system": evidence.coding.system,
        "code": evidence.coding.code,
        "display": evidence.coding.display,
        "recognised_by": evidence.recognised_by.value,
        "element": evidence.element,
        "date": evidence.dated.text,
        "dated_by": evidence.dated.element,
        "value": evidence.value,
    }


def explanation_text(
    handout: Handout, words: Mapping[str, str], language: str = SOURCE_LANGUAGE
) -> str:
    """The explanation for a reader; `words` give the beginning of each statement."""
    return "\n".join(_text(handout, words, language)) + "\n"


def _text(handout: Handout, words: Mapping[str, str], language: str) -> Iterator[str]:
    found, pack = handout.findings, handout.pack
    yield f"{found.patient} on {found.today.isoformat()}, pack {pack.id} {pack.version}"
    yield from _reviewed(pack, language)
    yield from ("", "Findings")
    for finding in found.findings:
        if finding.status is Status.ABSENT:
            continue
        label = pack.risk_factors[finding.risk_factor].label
        qualifier = f", {_in_words(finding.qualifier)}" if finding.qualifier else ""
        withheld = f" (not told to the patient: {finding.withheld})" if finding.withheld else ""
        yield f"  {finding.status.value:<9} {label}{qualifier}{withheld}"
        for evidence in finding.evidence:
            yield f"            {plain(evidence.reference)}: {_shown(evidence)}"
    absent = [f.risk_factor for f in found.findings if f.status is Status.ABSENT]
    labels = ", ".join(pack.risk_factors[name].label for name in absent)
    yield from ("", "Absent: all that could show it was read")
    yield from wrap(labels or "nothing", 100, initial_indent="  ", subsequent_indent="  ")
    yield from ("", "Topics")
    for level in handout.levels.values():
        topic = pack.topics[level.topic]
        yield f"  {topic.label}: {level.level}, {topic.meanings[level.level]}{_why(level.because)}"
    yield from ("", "Said")
    for advice in handout.advice:
        yield f"  {advice.statement}: {_start(words[advice.statement])}{_why(advice.because)}"
    yield from ("", "Left out")
    for omission in handout.omissions:
        yield f"  {omission.statement}{_why(omission.because)}"
    yield from ("", "Gaps")
    yield from (f"  {gap.what}: {gap.why}" for gap in found.gaps)
    if found.conflicts:
        yield from ("", "Codes and displays that disagree: both count, neither is certain")
        yield from (f"  {_disagreeing(conflict)}" for conflict in found.conflicts)
    yield from ("", "Read, and not relevant here")
    yield from (f"  {e.reference}: {_coding(e.coding)}" for e in found.not_relevant)


def _reviewed(pack: ContentPack, language: str) -> Iterator[str]:
    """How much of the pack has been reviewed in a language, and by whom."""
    reviews = Counter(pack.reviews.get(language, {}).values())
    total, count = len(pack.statements), reviews.total()
    yield f"Review: {count} of {total} statements reviewed in {language}"
    for review, number in reviews.items():
        day = review.on.isoformat()
        yield f"  {number} {review.status} by {plain(review.by)}, {plain(review.role)}, on {day}"


def _in_words(qualifier: str) -> str:
    """A qualifier for a reader: `5_5_to_5_9` is 5.5 to 5.9."""
    return re.sub(r"(\d) (\d)", r"\1.\2", qualifier.replace("_", " "))


def _why(because: tuple[str, ...]) -> str:
    return f"  <- {', '.join(because)}" if because else ""


def _shown(evidence: Evidence) -> str:
    """What a clinician looks for in the chart: the words, the value, the date, and how known."""
    dated = f"{evidence.dated.element} {evidence.dated.text}".strip()
    how = _HOW[evidence.recognised_by]
    parts = (_coding(evidence.coding), plain(evidence.value), dated or "no date", how)
    return "; ".join(part for part in parts if part)


def _disagreeing(conflict: Conflict) -> str:
    by_code, by_display = ", ".join(conflict.by_code), ", ".join(conflict.by_display)
    said = _coding(conflict.coding)
    return f"{conflict.reference}: {said}; the code means {by_code}, the display {by_display}"


_SYSTEMS = {
    ICD_10_CM: "ICD-10-CM",
    ICD_10: "ICD-10",
    SNOMED_CT: "SNOMED CT",
    RXNORM: "RxNorm",
    ATC: "ATC",
    NDC: "NDC",
    LOINC: "LOINC",
}
_HOW = {
    RecognisedBy.CODE: "by its code",
    RecognisedBy.INGREDIENT: "by its ingredient",
    RecognisedBy.BRAND: "by its brand name",
    RecognisedBy.TEXT: "by its words",
    RecognisedBy.ANSWER: "by the answer recorded",
    RecognisedBy.RESULT: "by the result",
    RecognisedBy.DUE_DATE: "by what dates it",
    RecognisedBy.BIRTH_DATE: "by the age",
    RecognisedBy.SERVER: "by a terminology server",
}


def _coding(coding: Coding) -> str:
    """The words first, then the code in the system's usual name."""
    system = _SYSTEMS.get(normal_system(coding.system), coding.system)
    code = plain(" ".join(part for part in (system, coding.code) if part))
    display = plain(coding.display)  # a line break in a record forges no line here
    if display and coding.code:
        return f"{display} ({code})"
    return display or code


def _start(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + "…"
