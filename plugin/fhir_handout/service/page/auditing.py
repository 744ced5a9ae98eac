"""What a clinician did on the page, for the audit trail and the metrics.

In: the work before and after a form, or what became of attaching. Out: `Deed`s; what they say of
the patient is sealed in their details.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fastapi import Request

from fhir_handout.service.asked import metrics_of, request_id
from fhir_handout.service.page.session import Page
from fhir_handout.service.page.work import Work
from fhir_handout.store.trail import Deed

DONE = "done"
NOBODY = "unknown"


def audit_changes(request: Request, page: Page, before: Work) -> None:
    """Write down what changed since `before`."""
    for action, details in changes(before, page.open.work):
        audit(request, page, action, DONE, details)


def changes(before: Work, after: Work) -> Iterator[tuple[str, Any]]:
    """What a form changed that somebody may have to answer for: an action and its details."""
    old, new = set(before.corrections), set(after.corrections)
    yield from (("correct", asdict(each)) for each in after.corrections if each not in old)
    yield from (("undo-correction", asdict(each)) for each in before.corrections if each not in new)
    if before.note != after.note:
        yield "note", {"note": after.note}
    if before.confirm_sensitive != after.confirm_sensitive:
        yield "confirm-sensitive", {"confirmed": after.confirm_sensitive}
    if before.teach_back != after.teach_back:
        yield "teach-back", {"done": after.teach_back}


def audit(
    request: Request,
    page: Page,
    action: str,
    outcome: str,
    details: Any = None,
) -> None:
    """Write down one deed, and count it."""
    deed = deed_of(request, page, action, outcome, details)
    page.service.store.trail.audit(deed, page.service.seconds())
    metrics_of(request).deeds.labels(deed.tenant, action, outcome).inc()


def deed_of(request: Request, page: Page, action: str, outcome: str, details: Any = None) -> Deed:
    """What the user of a page did, for its patient."""
    patient = page.open.patient
    return Deed(
        request_id(request),
        page.ready.tenant.name,
        page.open.user or NOBODY,
        action,
        outcome,
        f"Patient/{patient}" if patient else None,
        details=details,
    )
