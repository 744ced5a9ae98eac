"""Creating a document at most once where the server can't promise it.

In: the step that creates it, and its entry in the ledger. Out: its reference. The intent is noted,
the record searched, the document sent once, the record searched again. What can't be known is never
tried again; it becomes one of:

    LostAnswer  lost-answer      sent, no answer, and not found
    Conflict    outcome-unknown  an earlier run sent it, and it is not found: a person must look
                written-twice    it is there twice: a person must retract one
"""

from __future__ import annotations

from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.capability import Capability
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.ledger import LedgerEntry, Note, State
from fhir_handout.ehr.lookup import look_up, only_live, written_twice
from fhir_handout.ehr.refusal import refusal
from fhir_handout.ehr.sending import lost_answer, send, write_refusal
from fhir_handout.ehr.steps import DOCUMENT, Step, reference_in, reference_to
from fhir_handout.elements import identity
from fhir_handout.errors import Conflict, HandoutError, LostAnswer, Refused
from fhir_handout.patient_record import Resource

_GONE = (404, 410)


class CreateOnce:
    """One document of one server, with the lock on its ledger entry held."""

    def __init__(self, client: FhirClient, capability: Capability, entry: LedgerEntry) -> None:
        self._client, self._capability, self._entry = client, capability, entry

    def write(self, step: Step) -> str:
        """The document's reference, whether it was there, is new, or was sent by an earlier run."""
        entry = self._entry
        before = entry.read()
        if before is None:
            entry.note(State.INTENDED)
        try:
            found = self._find(step)
        except BaseException:
            if before is None:
                entry.withdraw()  # nothing has been sent
            raise
        reference = found or self._noted(before)
        if reference is None:
            reference = self._create(step)
            entry.note(State.CREATED, reference)
            self._refuse_second(self._find(step), reference)
        entry.note(State.CREATED, reference)
        return reference

    def _find(self, step: Step) -> str | None:
        """The document where it is there already; asked by patient where the server insists."""
        subject = step.resource.get("subject", {}).get("reference", "").rpartition("/")[2]
        try:
            found = look_up(self._client, step, step.parameters)
        except Refused as error:
            if error.status in (401, 429) or not subject:
                raise
            found = look_up(self._client, step, (("patient", subject), *step.parameters))
        document = only_live(self._client, found)
        return identity(document) if document else None

    def _noted(self, before: Note | None) -> str | None:
        """What an earlier run created, though the search does not find it; None if it is gone."""
        if before is None:
            return None
        if before.reference is None:
            raise Conflict(
                "outcome-unknown",
                f"an earlier run sent this handout to {self._client.base.url} and never learnt "
                "what became of it, and it is not found: look in the patient's record; "
                f"if it is not there, delete {self._entry.path} and run again",
            )
        answer = self._client.get(before.reference)
        if answer.ok:
            return before.reference
        if answer.status in _GONE:
            self._entry.note(State.INTENDED)
            return None
        raise refusal(answer, f"reading {before.reference}", self._client.base.url)

    def _refuse_second(self, found: str | None, created: str) -> None:
        """A search may not show yet what was just created; what it shows must not be another."""
        if found not in (None, created):
            raise written_twice(self._client, [str(found), created])

    def _create(self, step: Step) -> str:
        try:
            answer = post(self._client, self._capability, step, step.resource)
        except LostAnswer:
            return self._found_after_all(step)
        except HandoutError:
            self._entry.withdraw()
            raise
        if not answer.ok:
            self._entry.withdraw()
            read_only = not self._capability.offers(DOCUMENT, "create")
            raise write_refusal(self._client, answer, (step,), read_only)
        return reference_of(answer, step) or self._found_after_all(step)

    def _found_after_all(self, step: Step) -> str:
        """The document after an answer that does not name it; the intent stays noted."""
        try:
            found = self._find(step)
        except Conflict:
            raise
        except HandoutError:
            found = None
        if found is None:
            raise lost_answer(self._client, "writing DocumentReference: no usable answer came")
        return found


def post(client: FhirClient, capability: Capability, step: Step, resource: Resource) -> Answer:
    """Create a resource, under its condition where the server understands that."""
    headers = {"Prefer": "return=minimal"}
    if step.condition and capability.creates_once(step.type):
        headers["If-None-Exist"] = step.condition
    return send(client, "POST", step.url, resource, headers)


def reference_of(answer: Answer, step: Step) -> str | None:
    """What was created, where the answer names it."""
    return reference_in(answer.location, step.type) or reference_to(answer.resource, step.type)
