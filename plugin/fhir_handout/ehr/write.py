"""Writing a transaction: all at once where the server can be trusted with it, else step by step.

In: the workflow's transaction Bundle. Out: the references written, in its order. It is sent once.
Raises, before anything is sent:

    NotAllowed  drafts-not-taken  the site says its server takes no preliminary document
    Refused     read-only         the server's capabilities say that it takes no such write

and whatever `sending` and `stepwise` name.
"""

from __future__ import annotations

from fhir_handout.ehr import outcome
from fhir_handout.ehr.answer import Answer, from_batch
from fhir_handout.ehr.capability import Capability
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.ledger import Ledger
from fhir_handout.ehr.lookup import look_up, only_live
from fhir_handout.ehr.sending import lost_answer, send, write_refusal
from fhir_handout.ehr.steps import (
    DOCUMENT,
    PROVENANCE,
    Step,
    bundle_of,
    reference_in,
    reference_to,
    steps_of,
)
from fhir_handout.ehr.stepwise import Stepwise
from fhir_handout.elements import identity
from fhir_handout.errors import Conflict, HandoutError, NotAllowed, Refused
from fhir_handout.patient_record import Resource

_NO_TRANSACTIONS = (404, 405, 501)


class Writing:
    """One write to one server."""

    def __init__(self, client: FhirClient, capability: Capability) -> None:
        self._client, self._capability = client, capability

    def write(self, transaction: Resource) -> tuple[str, ...]:
        """Do what the transaction says, once."""
        steps = tuple(step for step in steps_of(transaction) if self._is_taken(step))
        self._refuse_drafts(steps)
        self._refuse_if_read_only(steps)
        if self._can_do_all_at_once(steps):
            answer = send(self._client, "POST", "", bundle_of(steps), {"Prefer": "return=minimal"})
            if answer.status not in _NO_TRANSACTIONS:
                return self._references(answer, steps)
        settings = self._client.settings
        ledger = Ledger(settings.state_dir, self._client.base.url, settings.lock_timeout)
        return Stepwise(self._client, self._capability, ledger).write(steps)

    def _is_taken(self, step: Step) -> bool:
        # Many EHRs keep their own provenance and take none; the document itself is still wanted.
        return step.type != PROVENANCE or self._capability.offers(PROVENANCE, "create")

    def _can_do_all_at_once(self, steps: tuple[Step, ...]) -> bool:
        creates = [step for step in steps if step.method == "POST"]
        certain = all(self._capability.creates_once(step.type) for step in creates)
        return self._capability.takes_transaction and certain

    def _refuse_drafts(self, steps: tuple[Step, ...]) -> None:
        creates_draft = any(step.is_draft and step.creates_document for step in steps)
        if self._client.settings.takes_drafts is False and creates_draft:
            raise NotAllowed(
                "drafts-not-taken",
                f"{self._client.base.url} takes no preliminary document, as the settings say; "
                "make it final and name who signs it",
            )

    def _refuse_if_read_only(self, steps: tuple[Step, ...]) -> None:
        if self._is_read_only(steps) and "transaction" not in self._capability.system:
            raise Refused(
                "read-only",
                f"{self._client.base.url} takes no documents, as its capabilities say; "
                "use a server that does",
            )

    def _is_read_only(self, steps: tuple[Step, ...]) -> bool:
        interaction = "create" if any(step.creates_document for step in steps) else "update"
        return not self._capability.offers(DOCUMENT, interaction)

    # --- what came of it ------------------------------------------------------------------------

    def _references(self, answer: Answer, steps: tuple[Step, ...]) -> tuple[str, ...]:
        if not answer.ok:
            raise write_refusal(self._client, answer, steps, self._is_read_only(steps))
        entries = (answer.resource or {}).get("entry")
        if not isinstance(entries, list) or len(entries) != len(steps):
            raise lost_answer(self._client, f"writing the transaction: {answer.why}")
        answers = [from_batch(entry) for entry in entries]
        for part in answers:
            self._refuse_part(part, steps)
        return tuple(self._reference(a, step) for a, step in zip(answers, steps, strict=True))

    def _refuse_part(self, answer: Answer, steps: tuple[Step, ...]) -> None:
        """A transaction that was done in part is against FHIR, and happens."""
        if answer.ok:
            return
        if not 400 <= answer.status < 500:
            said = f"writing a part of the transaction: {answer.why}"
            raise lost_answer(self._client, said + outcome.summary(answer.resource))
        raise write_refusal(self._client, answer, steps, self._is_read_only(steps))

    def _reference(self, answer: Answer, step: Step) -> str:
        if step.method == "PUT":
            return step.url
        found = reference_in(answer.location, step.type)
        return found or reference_to(answer.resource, step.type) or self._look_up(step)

    def _look_up(self, step: Step) -> str:
        """What a conditional create found there, where the server does not say which it was."""
        try:
            found = only_live(self._client, look_up(self._client, step, step.parameters))
        except Conflict:
            raise
        except HandoutError as error:
            said = f"looking up what was written ({error.code})"
            raise lost_answer(self._client, said) from None
        if found is None:
            raise lost_answer(self._client, "looking up what was written: it is not found")
        return identity(found) or step.type
