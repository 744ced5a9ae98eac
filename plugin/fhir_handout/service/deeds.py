"""What is written to an EHR goes to the audit trail, whatever becomes of it.

In: who does what to whose handout, and the doing. Out: its outcome. A line is written before it is
begun, so that nothing is done that the trail can't hold, and another when it has ended: as the
workflow says, as the code of an error, or as a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fhir_handout.errors import HandoutError
from fhir_handout.service.metrics import Metrics
from fhir_handout.service.running import Service
from fhir_handout.store.trail import Deed
from fhir_handout.workflow import Outcome

BEGUN = "begun"
FAULT = "internal-error"


def done(service: Service, metrics: Metrics, deed: Deed, doing: Callable[[], Outcome]) -> Outcome:
    """Do it; `deed` has any outcome, which is replaced."""

    def note(outcome: str, document: str | None = None, patient: str | None = None) -> None:
        metrics.deeds.labels(deed.tenant, deed.action, outcome).inc()
        document, patient = document or deed.document, deed.patient or patient
        _add(service, replace(deed, outcome=outcome, document=document, patient=patient))

    _add(service, replace(deed, outcome=BEGUN))
    try:
        outcome = doing()
    except Exception as error:
        note(error.code if isinstance(error, HandoutError) else FAULT)
        raise
    note(outcome.done, outcome.document, outcome.patient)
    return outcome


def _add(service: Service, deed: Deed) -> None:
    service.store.trail.audit(deed, int(service.now().timestamp()))
