"""Reading one patient's record: one batch, and what it could not bring on its own.

In: a client, the server's capabilities and a `ReadRequest`. Out: a `RawRecord`. Without the
Patient there is no record, and the error says why; everything else that is missing is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from fhir_handout.ehr.answer import NO_ANSWER, Answer
from fhir_handout.ehr.batch import read_all
from fhir_handout.ehr.capability import Capability
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.question import Question, is_id, questions
from fhir_handout.ehr.refusal import refusal, resource_of
from fhir_handout.ehr.search import Found, search
from fhir_handout.elements import identity, resource_type
from fhir_handout.errors import HandoutError, NotFound
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Entry, Gap, Part, RawRecord

_STATEMENT = "MedicationStatement"
_MISSING = (404, 410)


class Reading:
    """One read of one patient."""

    def __init__(self, client: FhirClient, capability: Capability) -> None:
        self._client, self._capability = client, capability

    def read(self, request: ReadRequest) -> RawRecord:
        """Patient, encounter, conditions, medicines and our documents."""
        alone = [f"Patient/{_checked_id(request.patient_id)}"]
        if request.encounter_id is not None and is_id(request.encounter_id):
            alone.append(f"Encounter/{request.encounter_id}")
        asked = [q for q in self._questions(request) if self._is_worth_asking(q)]
        urls = [*alone, *(question.url for question in asked)]
        answers = read_all(self._client, urls, self._capability.takes_batch)
        patient = self._patient(alone[0], answers[0])
        encounter = self._encounter(alone[1:], answers[1 : len(alone)])
        found = [encounter]
        for question, answer in zip(asked, answers[len(alone) :], strict=True):
            found.append(self._found(question, answer))
        entries = [patient, *(entry for part in found for entry in part.entries)]
        entries += self._missing_medications(entries)
        return RawRecord(tuple(entries), tuple(gap for part in found for gap in part.gaps))

    def each(self, urls: Sequence[str], asked: Sequence[Question]) -> tuple[Found, ...]:
        """What each of these reads and searches gave, in their order, and nothing else.

        One that gave nothing has a refusal, but for what the server does not keep at all.
        """
        worth = [q for q in asked if self._is_worth_asking(q)]
        wanted = [*urls, *(question.url for question in worth)]
        answers = read_all(self._client, wanted, self._capability.takes_batch) if wanted else []
        found = dict(zip(wanted, answers, strict=True))
        return (
            *(self._alone(url, found[url]) for url in urls),
            *(self._found(q, found[q.url]) if q.url in found else Found(()) for q in asked),
        )

    def _alone(self, url: str, given: Answer) -> Found:
        answer = self._client.get(url) if _is_passing(given) else given
        if answer.ok and answer.resource is not None and answer.type == url.partition("/")[0]:
            return Found((Entry(answer.resource, f"{self._client.base.url}/{url}"),))
        return Found((), (), answer)

    def _questions(self, request: ReadRequest) -> tuple[Question, ...]:
        return questions(request, self._client.settings.page_size)

    def _is_worth_asking(self, question: Question) -> bool:
        # US Core servers have only MedicationRequest, and say so.
        return question.type != _STATEMENT or self._capability.knows(_STATEMENT)

    def _patient(self, url: str, answer: Answer) -> Entry:
        if _is_passing(answer):
            answer = self._client.get(url)
        if answer.status in _MISSING and self._is_fhir(answer):
            raise NotFound(
                "no-such-patient", f"{url} is not at {self._client.base.url}; check the id"
            )
        resource = resource_of(answer, "Patient", f"reading {url}", self._client.base.url)
        return Entry(resource, f"{self._client.base.url}/{url}")

    def _is_fhir(self, answer: Answer) -> bool:
        return bool(answer.type or self._capability.types or self._capability.fhir_version)

    def _encounter(self, urls: list[str], answers: list[Answer]) -> Found:
        for url, given in zip(urls, answers, strict=True):
            answer = self._client.get(url) if _is_passing(given) else given
            if answer.ok and answer.resource is not None and answer.type == "Encounter":
                return Found((Entry(answer.resource, f"{self._client.base.url}/{url}"),))
            if answer.status in (401, 403):
                self._refuse(answer, f"reading {url}")
            if answer.status not in _MISSING:
                return Found((), (Gap(url, answer.why, frozenset({Part.ENCOUNTER})),))
        return Found(())

    def _found(self, question: Question, answer: Answer) -> Found:
        found = search(self._client, question, answer)
        unknown = question.type == _STATEMENT and found.refusal is not None
        if unknown and found.refusal and self._is_unknown_type(found.refusal):
            return Found(())
        return found

    def _is_unknown_type(self, answer: Answer) -> bool:
        """Whether a search failed because the server has no such resource type."""
        if self._capability.types:
            return False  # it says that it has it, or it would not have been asked
        return answer.status in (404, 501) or (answer.status == 400 and _names_its_types(answer))

    def _missing_medications(self, entries: Sequence[Entry]) -> list[Entry]:
        """What medicines refer to and no `_include` brought."""
        wanted = missing_medications(entries, self._client.base.url)
        size, found = self._client.settings.page_size, list[Entry]()
        for start in range(0, len(wanted), size):
            part = wanted[start : start + size]
            answers = self._answers(part)
            found += [
                Entry(answer.resource, f"{self._client.base.url}/{url}")
                for url, answer in zip(part, answers, strict=True)
                if answer.ok and answer.resource is not None and answer.type == "Medication"
            ]
        return found

    def _answers(self, urls: list[str]) -> list[Answer]:
        try:
            return read_all(self._client, urls, self._capability.takes_batch)
        except HandoutError as error:  # references that stay open are gaps to whoever reads on
            return [Answer(NO_ANSWER, flaw=error.code)] * len(urls)

    def _refuse(self, answer: Answer, what: str) -> NoReturn:
        raise refusal(answer, what, self._client.base.url)


def missing_medications(entries: Sequence[Entry], base_url: str) -> list[str]:
    """The URLs of the Medications at this server that entries refer to and that are not there."""
    have = {identity(entry.resource) for entry in entries}
    referred_to = dict.fromkeys(_medications_referred_to(entries, base_url))
    return [url for url in referred_to if url not in have]


def _medications_referred_to(entries: Iterable[Entry], base_url: str) -> Iterator[str]:
    for entry in entries:
        if resource_type(entry.resource) not in (_STATEMENT, "MedicationRequest"):
            continue
        reference = entry.resource.get("medicationReference")
        target = reference.get("reference") if isinstance(reference, dict) else None
        if isinstance(target, str):
            bare = target.removeprefix(f"{base_url}/").partition("/_history/")[0]
            kind, _, found = bare.partition("/")
            if kind == "Medication" and is_id(found):
                yield bare


def _checked_id(patient_id: str) -> str:
    if not is_id(patient_id):
        raise NotFound("no-such-patient", f"{patient_id!r} is not an id FHIR allows; check the id")
    return patient_id


def _is_passing(answer: Answer) -> bool:
    """Whether asking once more may help: what came alone has been tried often enough."""
    return answer.in_batch and (answer.status in (NO_ANSWER, 429) or answer.status >= 500)


def _names_its_types(answer: Answer) -> bool:
    issues = (answer.resource or {}).get("issue")
    codes = [item.get("code") for item in issues or () if isinstance(item, dict)]
    return "not-supported" in codes
