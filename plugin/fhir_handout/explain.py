"""Why the handout says what it says, for the clinician and for programs.

In: a `Handout`. Out: `explanation`, the JSON contract of docs/explain-schema.md, version 1, and
`explanation_text`, the same for a reader. Neither is ever attached to the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fhir_handout.model import Coding, Evidence, Finding, Handout

SCHEMA_VERSION = 1


def explanation(handout: Handout) -> dict[str, Any]:
    """The handout's findings, levels, statements, omissions and gaps, as documented."""
    found = handout.findings
    return {
        "schema": SCHEMA_VERSION,
        "patient": found.patient,
        "date": found.today.isoformat(),
        "pack": {"id": handout.pack.id, "version": handout.pack.version},
        "findings": [_finding(finding) for finding in found.findings],
        "topics": {
            level.topic: {"level": level.level, "because": list(level.because)}
            for level in handout.levels.values()
        },
        "advice": [
            {"statement": a.statement, "section": a.section, "because": list(a.because)}
            for a in handout.advice
        ],
        "omissions": [
            {"statement": o.statement, "because": list(o.because)} for o in handout.omissions
        ],
        "gaps": [{"what": gap.what, "why": gap.why} for gap in found.gaps],
        "not_relevant": [_evidence(evidence) for evidence in found.not_relevant],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "risk_factor": finding.risk_factor,
        "qualifiers": [finding.qualifier] if finding.qualifier else [],
        "status": finding.status.value,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
    }


def _evidence(evidence: Evidence) -> dict[str, str]:
    return {
        "reference": evidence.reference,
        "system": evidence.coding.system,
        "code": evidence.coding.code,
        "display": evidence.coding.display,
        "recognised_by": evidence.recognised_by.value,
    }


def explanation_text(handout: Handout, words: Mapping[str, str]) -> str:
    """The explanation for a reader; `words` give the beginning of each statement."""
    return "\n".join(_text(handout, words)) + "\n"


def _text(handout: Handout, words: Mapping[str, str]) -> Iterator[str]:
    found, pack = handout.findings, handout.pack
    yield f"{found.patient} on {found.today.isoformat()}, pack {pack.id} {pack.version}"
    yield from ("", "Findings")
    for finding in found.findings:
        label = pack.risk_factors[finding.risk_factor].label
        qualifier = f", {finding.qualifier.replace('_', ' ')}" if finding.qualifier else ""
        withheld = f" (not told to the patient: {finding.withheld})" if finding.withheld else ""
        yield f"  {finding.status.value:<9} {label}{qualifier}{withheld}"
        for evidence in finding.evidence:
            coding = _coding(evidence.coding)
            yield f"            {evidence.reference}: {coding}, by {evidence.recognised_by.value}"
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
    yield from ("", "Read, and not relevant here")
    yield from (f"  {e.reference}: {_coding(e.coding)}" for e in found.not_relevant)


def _why(because: tuple[str, ...]) -> str:
    return f"  <- {', '.join(because)}" if because else ""


def _coding(coding: Coding) -> str:
    return " ".join(part for part in (coding.system, coding.code, coding.display) if part)


def _start(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + "…"
