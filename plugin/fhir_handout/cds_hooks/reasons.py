"""Whether there is a reason for a card: a complaint, or a new medicine.

In: what was found in a record, the pack's cards, the site's policy and the day. Out: `Reason`s. A
medicine is new where an order about to be signed shows it, or an entry that was written or begun
not many days ago; it is what the pack calls linked with its subject. What is unknown is no reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from fhir_handout.cds_hooks.policy import COMPLAINT, NEW_MEDICINE, CdsPolicy
from fhir_handout.dates import Span, plus
from fhir_handout.model import Evidence, Finding, Findings
from fhir_handout.pack_model import Cards
from fhir_handout.patient_record import Medicine, PatientRecord


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `evidence` is that of the new medicines, each once."""

    kind: str
    evidence: tuple[Evidence, ...] = ()


def reasons(
    record: PatientRecord,
    found: Findings,
    orders: frozenset[str],
    cards: Cards,
    policy: CdsPolicy,
    today: date,
) -> tuple[Reason, ...]:
    """Why there is a card for this patient today, the complaint first."""
    shown = [finding for finding in found.findings if finding.is_shown]
    new = orders | _new_in(record, policy.new_medicine_days, today)
    told = [
        *_complaints(shown, cards),
        *_new_medicines((f for f in shown if f.risk_factor in cards.new_medicines), new),
    ]
    return tuple(reason for reason in told if reason.kind in policy.reasons)


def touched_by(found: Findings, orders: frozenset[str]) -> frozenset[str]:
    """The risk factors that an order about to be signed shows."""
    return frozenset(
        finding.risk_factor
        for finding in found.findings
        if any(evidence.reference in orders for evidence in finding.evidence)
    )


def _complaints(shown: Iterable[Finding], cards: Cards) -> Iterator[Reason]:
    if any(finding.risk_factor in cards.complaints for finding in shown):
        yield Reason(COMPLAINT)


def _new_medicines(linked: Iterable[Finding], new: frozenset[str]) -> Iterator[Reason]:
    found = (e for finding in linked for e in finding.evidence if e.reference in new)
    evidence = {each.reference: each for each in found}
    if evidence:
        yield Reason(NEW_MEDICINE, tuple(evidence.values()))


def _new_in(record: PatientRecord, days: int, today: date) -> frozenset[str]:
    since = plus(today, -days)
    return frozenset(m.reference for m in record.medicines if _is_since(m, since))


def _is_since(medicine: Medicine, since: date) -> bool:
    """Whether it was written, or begins, on that day or later; an undated one is not new."""
    dated: tuple[Span | None, ...] = (medicine.written, medicine.start)
    return any(when is not None and when.first >= since for when in dated)
