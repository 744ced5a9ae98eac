"""Why the handout says what it says, for programs.

In: a `Handout`. Out: `explanation`, the JSON contract of docs/explain-schema.md, version 1. It
holds findings and alerts, so it is for the clinician alone and never attached to the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fhir_handout.language_choice import IN_SOURCE, Choice
from fhir_handout.model import Conflict, Corrected, Evidence, Finding, Handout, RaisedAlert
from fhir_handout.pack_model import ContentPack
from fhir_handout.reviews import review_status

SCHEMA_VERSION = 1
PATIENT = "patient"
"""Whom the handout speaks to unless the pack says otherwise."""


def explanation(
    handout: Handout, choice: Choice = IN_SOURCE, spoken: Sequence[str] = ()
) -> dict[str, Any]:
    """The handout's findings, levels, statements, omissions and gaps, as documented.

    `choice` is its language, whose words were, or were not, reviewed; `spoken` are the patient's.
    """
    found, pack, language = handout.findings, handout.pack, choice.language
    statements = {statement.id: statement for statement in pack.statements}
    return {
        "schema": SCHEMA_VERSION,
        "patient": found.patient,
        "date": found.today.isoformat(),
        "pack": {"id": pack.id, "version": pack.version, "hash": pack.hashes[language]},
        "language": language,
        "language_choice": {
            "because": choice.because.name.lower(),
            "wanted": choice.other or language,
            "approved": choice.is_approved,
            "spoken": list(spoken),
        },
        "address": handout.address or PATIENT,
        "alerts": [_alert(pack, alert) for alert in handout.alerts],
        "findings": [_finding(finding) for finding in found.findings],
        "corrections": [_corrected(corrected) for corrected in found.corrections],
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
                "citations": _citations(pack, statements[a.statement].citations),
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


def _alert(pack: ContentPack, raised: RaisedAlert) -> dict[str, Any]:
    alert = next(alert for alert in pack.alerts if alert.id == raised.alert)
    return {
        "alert": raised.alert,
        "urgent": raised.urgent,
        "text": raised.text,
        "because": list(raised.because),
        "citations": _citations(pack, alert.citations),
        "rows": list(alert.rows),
    }


def _citations(pack: ContentPack, names: tuple[str, ...]) -> list[dict[str, str]]:
    return [asdict(pack.citations[name]) for name in names]


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


def _corrected(corrected: Corrected) -> dict[str, Any]:
    made = corrected.correction
    return {
        "risk_factor": made.risk_factor,
        "qualifiers": [made.qualifier] if made.qualifier else [],
        "change": made.change.value,
        "reason": made.reason,
        "by": made.by,
        "withheld": corrected.withheld.value if corrected.withheld else None,
        "was": _finding(corrected.was),
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
