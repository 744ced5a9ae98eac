"""What the workflow asks of others, and what it gets: the ports that adapters fill.

An adapter of an EHR reads in one round trip where the EHR can, and writes one transaction. It never
decides anything about the patient. What it could not read is a `Gap` in the answer; what it could
not do is one of the errors named below. An adapter of a terminology server looks up codes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from fhir_handout.patient_record import Coding, Entry, Identifier, LookedUp, RawRecord, Resource


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One patient's record, perhaps one encounter, and our earlier documents of one series.

    Of Observations only those of `observation_codes` are asked for, dated `observed_since` or later
    where that is set. An adapter may bring more.
    """

    patient_id: str
    encounter_id: str | None
    series: Identifier
    observation_codes: tuple[Coding, ...] = ()
    observed_since: date | None = None


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


class Terminology(Protocol):
    """Somebody who knows the members of value sets that our own tables list in part."""

    def look_up(self, codings: Iterable[Coding]) -> LookedUp:
        """What is known of these codes; what can't be found out is `unchecked`, never an error."""
