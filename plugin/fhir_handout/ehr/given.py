"""An EHR that is what a caller sent: a Bundle, or a list of resources and Bundles.

In: parsed FHIR JSON, whatever it turns out to be. Out: everything in it, once and as it was sent;
what is damaged, reported as failed or was not read to its end is a `Gap`, as in a folder. There is
nothing more to read (`NotFound`) and nothing to write to (`NotAllowed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fhir_handout.bundles import entries_of_json, raw_record
from fhir_handout.errors import NotAllowed, NotFound
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Entry, Gap, RawRecord, Resource


class GivenEhr:
    """The record that came with a call; `name` is what messages and gaps call it."""

    def __init__(self, sent: Any, name: str = "the record sent") -> None:
        self._name = name
        self._raw = raw_record(_entries(sent, name))

    @classmethod
    def of(cls, raw: RawRecord, name: str) -> GivenEhr:
        """An EHR that is what was made of a call already."""
        found = cls([], name)
        found._raw = raw
        return found

    @property
    def name(self) -> str:
        return self._name

    def read(self, request: ReadRequest) -> RawRecord:
        return self._raw

    def read_document(self, document_id: str) -> Entry:
        raise NotFound(
            "no-such-document", f"{self._name} is no EHR to read documents from; name the EHR"
        )

    def write(self, transaction: Resource) -> tuple[str, ...]:
        raise NotAllowed(
            "no-ehr-to-write", f"{self._name} is no EHR to write to; name the EHR and the patient"
        )


def _entries(sent: Any, name: str) -> Iterator[Entry | Gap]:
    if not isinstance(sent, list):
        yield from entries_of_json(sent, name)
        return
    for number, item in enumerate(sent):
        yield from entries_of_json(item, f"{name} item {number}")
