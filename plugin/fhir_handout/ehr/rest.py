"""An EHR that is a FHIR R4 REST server.

In: a base URL and `RestSettings`. Out: `exchange.Ehr`. A first attachment takes three requests
(metadata, a batch that reads, a transaction that writes), later ones two. Which errors there are,
by stable code, is listed in the modules `refusal`, `transport`, `http`, `capability_cache`,
`write`, `sending`, `stepwise` and `ledger`; besides:

    NotFound    no-such-patient   404 or 410 for the Patient
                no-such-document  404 or 410 for a DocumentReference
    UsageError  bad-base-url, bad-token, no-ca-bundle
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.capability_cache import CapabilityCache
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.patients import find_patients
from fhir_handout.ehr.question import Question, is_id
from fhir_handout.ehr.reading import Reading
from fhir_handout.ehr.refusal import resource_of
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.ehr.search import Found
from fhir_handout.ehr.write import Writing
from fhir_handout.errors import NotFound
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Entry, RawRecord, Resource

_MISSING = (404, 410)


class RestEhr:
    """A FHIR server; keeps its connections until closed."""

    def __init__(self, base_url: str, settings: RestSettings) -> None:
        self._client = FhirClient(BaseUrl.parse(base_url), settings)
        self._capabilities = CapabilityCache(self._client)

    def __enter__(self) -> RestEhr:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        return self._client.base.url

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests have been sent."""
        return self._client.requests_sent

    def read(self, request: ReadRequest) -> RawRecord:
        return Reading(self._client, self._capabilities.get()).read(request)

    def read_each(self, urls: Sequence[str], asked: Sequence[Question]) -> tuple[Found, ...]:
        """What each of these reads and searches gave, in their order, in one round trip."""
        return Reading(self._client, self._capabilities.get()).each(urls, asked)

    def read_document(self, document_id: str) -> Entry:
        url = f"DocumentReference/{document_id}"
        missing = NotFound("no-such-document", f"{url} is not at {self.name}; check the id")
        if not is_id(document_id):
            raise missing
        answer = self._client.get(url)
        if answer.status in _MISSING:
            raise missing
        resource = resource_of(answer, "DocumentReference", f"reading {url}", self.name)
        return Entry(resource, f"{self.name}/{url}")

    def read_user(self, name: str) -> Resource | None:
        """The resource `Type/id` of a user; None where the server does not give it."""
        kind, _, user_id = name.partition("/")
        answer = self._client.get(name) if kind.isalpha() and is_id(user_id) else None
        return answer.resource if answer and answer.ok and answer.type == kind else None

    def find_patients(self, wanted: Mapping[str, str]) -> tuple[Resource, ...]:
        """A few Patients for which all of these search parameters hold."""
        return find_patients(self._client, wanted)

    def write(self, transaction: Resource) -> tuple[str, ...]:
        return Writing(self._client, self._capabilities.get()).write(transaction)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
