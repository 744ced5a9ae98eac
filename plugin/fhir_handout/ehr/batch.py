"""Many reads in one round trip, or one by one where the server takes no batch.

In: URLs relative to the base. Out: an `Answer` for each, in order.
"""

from __future__ import annotations

from collections.abc import Sequence

from fhir_handout.ehr.answer import Answer, from_batch
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.refusal import refusal
from fhir_handout.ehr.search import ask
from fhir_handout.errors import InvalidFhir

# To these, asking one by one would get the same answer, several times.
_FINAL = (401, 429, 502, 503, 504)


def read_all(client: FhirClient, urls: Sequence[str], takes_batch: bool) -> list[Answer]:
    """Every URL's answer; raises only where no answer can come at all."""
    together = _together(client, urls) if takes_batch and len(urls) > 1 else None
    if together is not None:
        return together
    first = client.get(urls[0])  # where the server is out of reach, this says so
    return [first, *(ask(client, url) for url in urls[1:])]


def _together(client: FhirClient, urls: Sequence[str]) -> list[Answer] | None:
    try:
        answer = client.post_batch(_bundle(urls))
    except InvalidFhir:
        return None  # too large for one answer; part by part it may do
    if answer.status in _FINAL:
        raise refusal(answer, "reading the record", client.base.url)
    entries = (answer.resource or {}).get("entry")
    is_response = answer.ok and (answer.resource or {}).get("type") == "batch-response"
    if not is_response or not isinstance(entries, list) or len(entries) != len(urls):
        return None
    return [from_batch(entry) for entry in entries]


def _bundle(urls: Sequence[str]) -> dict[str, object]:
    return {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": url}} for url in urls],
    }
