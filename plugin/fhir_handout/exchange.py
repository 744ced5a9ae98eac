"""What the workflow asks of an EHR, and what it gets: the port that every EHR adapter fills.

An adapter reads in one round trip where the EHR can, and writes one transaction. It never decides
anything about the patient. What it could not read is a `Gap` in the answer; what it could not do is
one of the errors named below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fhir_handout.model import Entry, Identifier, RawRecord, Resource


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One patient's record, perhaps one encounter, and our earlier documents of one series."""

    patient_id: str
    encounter_id: str | None
    series: Identifier


class Ehr(Protocol):
    """An electronic health record: a folder of FHIR JSON, or a FHIR server."""

    @property
    def name(self) -> str:
        """What to call it in messages: a folder or a base URL, without credentials."""

    def read(self, request: ReadRequest) -> RawRecord:
        """All asked for; `NotFound`, `InvalidFhir`, `Refused` or `Unreachable` if nothing."""

    def read_document(self, document_id: str) -> Entry:
        """One DocumentReference; `NotFound` if there is none."""

    def write(self, transaction: Resource) -> tuple[str, ...]:
        """Do all of a transaction Bundle or nothing; the references written, in its order.

        An entry with `ifNoneExist` creates nothing where that already exists, one with `ifMatch`
        changes only that version. `Conflict` when somebody else was first, `LostAnswer` when it
        can't be known what happened, `Refused` when the EHR said no.
        """
