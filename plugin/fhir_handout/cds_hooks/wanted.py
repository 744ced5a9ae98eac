"""What a service wants to know of a patient, as prefetch templates and as searches.

In: a service and the day. Out: a `Wanted` for each prefetch key: for discovery with tokens in
place of ids, for a call with the ids. Both are the searches of every other read, so that what a
client prefetches is what would be fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from fhir_handout.cds_hooks.hooks import Service
from fhir_handout.cds_hooks.policy import CdsPolicy
from fhir_handout.dates import plus
from fhir_handout.ehr.question import Question, questions
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Identifier, Part
from fhir_handout.series import SERIES

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 a prefetch token is no secret
ENCOUNTER_TOKEN = "{{context.encounterId}}"  # noqa: S105
_PAGE = 1000
"""Large, because a client may have no way to give the next page."""

_KEYS = {
    "Condition": "conditions",
    "MedicationStatement": "medicationStatements",
    "MedicationRequest": "medicationRequests",
    "Observation": "observations",
    "DocumentReference": "documents",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One prefetch key: the type it holds, what is unknown without it, and how it is asked for.

    A read has no `question`. What is not `is_required` is done without where it can't be had.
    """

    key: str
    type: str
    hides: Part
    url: str
    question: Question | None = None
    is_required: bool = True

    @property
    def template(self) -> str:
        """The URL with prefetch tokens as they are written."""
        found = self.url
        for token in (PATIENT_TOKEN, ENCOUNTER_TOKEN):
            found = found.replace(quote(token), token)
        return found


def wanted(
    service: Service,
    policy: CdsPolicy,
    today: date,
    patient_id: str = PATIENT_TOKEN,
    encounter_id: str | None = ENCOUNTER_TOKEN,
) -> tuple[Wanted, ...]:
    """Everything that one call needs, the patient first."""
    pack = service.pack
    asked = ReadRequest(
        patient_id,
        encounter_id,
        Identifier(SERIES, ""),  # any of ours: a template can't hash the patient
        pack.observation_codes,
        plus(today, -pack.content.observed_days),
    )
    reads = [Wanted("patient", "Patient", Part.PATIENT, f"Patient/{patient_id}")]
    if encounter_id is not None:
        url = f"Encounter/{encounter_id}"
        reads.append(Wanted("encounter", "Encounter", Part.ENCOUNTER, url))
    searches = (_search(each) for each in questions(asked, _PAGE))
    return (*reads, *(each for each in searches if each.type not in policy.not_kept))


def _search(question: Question) -> Wanted:
    # Without our earlier documents all that is lost is to say what is attached already.
    is_required = question.hides is not Part.DOCUMENTS
    key = _KEYS[question.type]
    return Wanted(key, question.type, question.hides, question.url, question, is_required)
