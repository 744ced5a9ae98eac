"""A hook call as the record of its patient.

In: a call, its service, the tenant and the day. Out: a `RawRecord` of what was prefetched, what had
to be fetched, and the draft orders. Nothing more is fetched for a patient whose Patient, sent with
the call, says that there is no handout to be made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fhir_handout.cds_hooks.call import HookCall
from fhir_handout.cds_hooks.draft_orders import draft_orders
from fhir_handout.cds_hooks.fetching import completed
from fhir_handout.cds_hooks.hooks import Service
from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.prefetched import Had, prefetched
from fhir_handout.cds_hooks.wanted import wanted
from fhir_handout.patient_record import Part, RawRecord
from fhir_handout.read import read_record


@dataclass(frozen=True, slots=True)
class HookRecord:
    """What a call brought; `orders` are the references of its draft orders."""

    raw: RawRecord
    orders: frozenset[str]
    requests: int


def hook_record(call: HookCall, service: Service, tenant: CdsTenant, today: date) -> HookRecord:
    """Everything that is known for a call; `HookRefused` 412 where it is too little."""
    asked = wanted(service, tenant.policy, today, call.patient_id, call.encounter_id)
    had = prefetched(asked, call.prefetch, call.patient_id)
    _stop_where_none_is_made(had, call)
    drafts = draft_orders(call.draft_orders) if call.draft_orders is not None else RawRecord(())
    fetched = completed(had, drafts.entries, call, tenant)
    orders = frozenset(e.name for e in drafts.entries if e.name and e.type != "Medication")
    entries = (e for each in fetched.had for e in each.entries)
    gaps = (gap for each in fetched.had for gap in each.gaps)
    raw = RawRecord(
        (*entries, *fetched.medications, *drafts.entries),
        (*gaps, *drafts.gaps),
    )
    return HookRecord(raw, orders, fetched.requests)


def _stop_where_none_is_made(had: Iterable[Had], call: HookCall) -> None:
    patient = next((each for each in had if each.wanted.hides is Part.PATIENT), None)
    if patient is not None and patient.entries:
        read_record(RawRecord(patient.entries), call.patient_id)
