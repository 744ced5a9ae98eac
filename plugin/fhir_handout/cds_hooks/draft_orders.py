"""The draft orders of `order-sign`, as orders of the record.

In: the Bundle of a hook's context. Out: its medicine orders, told apart by `origin`, and a gap for
what is damaged. A draft is no use of a medicine anywhere else; here it is about to be signed, so it
counts as signed. Where the record has an order of the same id, both stand: what is changed was
taken until now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_handout.bundles import entries_of
from fhir_handout.patient_record import Entry, Gap, Part, RawRecord, Resource

ORIGIN = "draftOrders"
_ORDER = "MedicationRequest"
_MEDICINES = frozenset({Part.MEDICINES})


def draft_orders(bundle: Resource) -> RawRecord:
    """The medicines in a Bundle of orders, and the Medications they refer to."""
    found = list(entries_of(bundle, ORIGIN))
    gaps = tuple(Gap(each.what, each.why, _MEDICINES) for each in found if isinstance(each, Gap))
    return RawRecord(tuple(_orders(each for each in found if isinstance(each, Entry))), gaps)


def _orders(entries: Iterator[Entry]) -> Iterator[Entry]:
    for number, entry in enumerate(entries, 1):
        if entry.type == "Medication":
            yield entry
        elif entry.type == _ORDER:
            yield Entry(_signed(entry.resource, number), entry.full_url, ORIGIN)


def _signed(order: Resource, number: int) -> dict[str, Any]:
    signed = dict(order)
    signed.setdefault("id", f"draft-{number}")
    if signed.get("status") == "draft":
        signed["status"] = "active"
    meta = signed.get("meta")
    if isinstance(meta, dict):  # its date would make it the newer version of what it changes
        signed["meta"] = {name: value for name, value in meta.items() if name != "lastUpdated"}
        if not signed["meta"]:
            del signed["meta"]
    return signed
