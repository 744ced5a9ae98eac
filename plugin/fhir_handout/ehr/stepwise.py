"""Writing to a server without transactions or conditional creates, one step at a time.

In: the steps of a transaction. Out: the references written, in their order. The document comes
under the ledger's lock, as `create_once` says; then its Provenance, unless it has it already; then
what it replaces. A run that breaks off anywhere can be repeated.
"""

from __future__ import annotations

from fhir_handout.ehr.capability import Capability
from fhir_handout.ehr.create_once import CreateOnce, post, reference_of
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.ledger import Ledger, State
from fhir_handout.ehr.lookup import look_up
from fhir_handout.ehr.refusal import refusal
from fhir_handout.ehr.sending import send, write_refusal
from fhir_handout.ehr.steps import DOCUMENT, Step, pointing
from fhir_handout.elements import identity
from fhir_handout.errors import Conflict, LostAnswer, Refused
from fhir_handout.patient_record import Resource

_CANNOT = (404, 405, 410, 501)


class Stepwise:
    """One write, step by step."""

    def __init__(self, client: FhirClient, capability: Capability, ledger: Ledger) -> None:
        self._client, self._capability, self._ledger = client, capability, ledger

    def write(self, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """Do all steps, in order; repeating it after any failure is safe."""
        creating = next((step for step in steps if step.creates_document), None)
        if creating is None:
            return tuple(self._do(step, {}, needed=True) for step in steps)
        with self._ledger.entry(creating.condition or "") as entry:
            document = CreateOnce(self._client, self._capability, entry).write(creating)
            names = {creating.full_url or "": document}
            done = tuple(
                document if step is creating else self._do(step, names, needed=False)
                for step in steps
            )
            entry.note(State.DONE, document)
            return done

    def _do(self, step: Step, names: dict[str, str], needed: bool) -> str:
        """A step besides the document; `needed` where it is the point of the write."""
        if step.method == "PUT":
            return self._update(step, needed)
        return self._provenance(step, pointing(step.resource, names))

    def _provenance(self, step: Step, resource: Resource) -> str:
        target = resource["target"][0]["reference"]
        known = self._find_provenance(step, target)
        if known is not None:
            return known
        try:
            answer = post(self._client, self._capability, step, resource)
        except LostAnswer:
            known = self._find_provenance(step, target)
            if known is None:
                raise
            return known
        if not answer.ok:
            raise refusal(answer, f"writing Provenance of {target}", self._client.base.url)
        known = reference_of(answer, step) or self._find_provenance(step, target)
        return known or step.type

    def _find_provenance(self, step: Step, target: str) -> str | None:
        try:
            found = look_up(self._client, step, (("target", target),))
        except Refused:
            return None  # a second Provenance harms less than none
        return identity(found[0]) if found else None

    def _update(self, step: Step, needed: bool) -> str:
        headers = {"Prefer": "return=minimal"}
        headers |= {"If-Match": step.version} if step.version else {}
        try:
            answer = send(self._client, "PUT", step.url, step.resource, headers)
        except Conflict:
            if not self._is_done_already(step):
                raise
            return step.url
        # A server that can't update, or has no such document, still has `relatesTo` of the new one.
        if not answer.ok and (needed or answer.status not in _CANNOT):
            read_only = not self._capability.offers(DOCUMENT, "update")
            raise write_refusal(self._client, answer, (step,), read_only)
        return step.url

    def _is_done_already(self, step: Step) -> bool:
        """Whether the server, or an earlier try, has set the status that is wanted."""
        answer = self._client.get(step.url)
        status = (answer.resource or {}).get("status")
        return answer.ok and status in (step.resource.get("status"), "entered-in-error")
