"""What was read for a page, remembered for a while, so that a choice asks the EHR for nothing.

In: a session's id, how often it was told to read anew, and an `Ehr`. Out: an `Ehr` that reads once
and then gives the same. Records are kept in memory alone, few, and not for long; what is attached
is always read anew. The number comes from the session, which all processes share: what one of them
read before it was raised counts in none.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from fhir_handout.exchange import Ehr, ReadRequest
from fhir_handout.patient_record import Entry, RawRecord, Resource

SECONDS = 120
MOST = 200


@dataclass(frozen=True, slots=True)
class Read:
    """A record, what it answered, at which number, and when it was read."""

    reads: int
    request: ReadRequest
    raw: RawRecord
    at: float


class Remembered:
    """The records of the pages that are open, the last used last."""

    def __init__(
        self, clock: Callable[[], float], seconds: float = SECONDS, most: int = MOST
    ) -> None:
        self._clock, self._seconds, self._most = clock, seconds, most
        self._kept: OrderedDict[str, Read] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str, request: ReadRequest, reads: int = 0) -> Read | None:
        """What was read for this page, if it was asked the same and is fresh enough."""
        with self._lock:
            self._forget_old()
            found = self._kept.get(key)
            if found is None or (found.reads, found.request) != (reads, request):
                return None
            self._kept.move_to_end(key)
            return found

    def keep(self, key: str, request: ReadRequest, raw: RawRecord, reads: int = 0) -> None:
        """Remember it in place of what was read before."""
        with self._lock:
            self._forget_old()
            self._kept.pop(key, None)
            self._kept[key] = Read(reads, request, raw, self._clock())
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """The next page is of what the record then says."""
        with self._lock:
            self._kept.pop(key, None)

    def _forget_old(self) -> None:
        limit = self._clock() - self._seconds
        for key in [key for key, read in self._kept.items() if read.at <= limit]:
            del self._kept[key]


class RememberingEhr:
    """An EHR that is asked for a record once."""

    def __init__(self, ehr: Ehr, remembered: Remembered, key: str, reads: int = 0) -> None:
        self._ehr, self._remembered, self._key, self._reads = ehr, remembered, key, reads

    @property
    def name(self) -> str:
        return self._ehr.name

    def read(self, request: ReadRequest) -> RawRecord:
        found = self._remembered.find(self._key, request, self._reads)
        if found is not None:
            return found.raw
        raw = self._ehr.read(request)
        self._remembered.keep(self._key, request, raw, self._reads)
        return raw

    def read_document(self, document_id: str) -> Entry:
        return self._ehr.read_document(document_id)

    def write(self, transaction: Resource) -> tuple[str, ...]:
        return self._ehr.write(transaction)
