"""Looking for what may have been written already.

In: a step and search parameters. Out: the resources that really meet the step's condition: a
server that ignores a parameter gives everything it has. Raises the server's refusal, or
`Unreachable` search-incomplete where it is not sure that there is none, and `Conflict`
written-twice where there are two of what should be one.
"""

from __future__ import annotations

from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.question import Question
from fhir_handout.ehr.refusal import refusal
from fhir_handout.ehr.search import search
from fhir_handout.ehr.steps import Step
from fhir_handout.errors import Conflict, Unreachable
from fhir_handout.patient_record import Part, Resource

Parameters = tuple[tuple[str, str], ...]


def look_up(client: FhirClient, step: Step, parameters: Parameters) -> list[Resource]:
    """The resources of the step's type that a search finds and the step's condition means."""
    question = Question(step.type, parameters, Part.DOCUMENTS)
    found = search(client, question)
    if found.refusal is not None:
        raise refusal(found.refusal, question.what, client.base.url)
    matches = [e.resource for e in found.entries if step.is_met_by(e.resource)]
    if found.gaps and not matches:
        raise Unreachable(
            "search-incomplete",
            f"{question.what} at {client.base.url}: {found.gaps[0].why}; try again",
        )
    return [match for match in matches if match.get("resourceType") == step.type]


def only_live(client: FhirClient, documents: list[Resource]) -> Resource | None:
    """The one document of several that counts; two that are not retracted are one too many."""
    live = [d for d in documents if d.get("status") != "entered-in-error"]
    if len(live) > 1:
        raise written_twice(client, [f"DocumentReference/{d.get('id')}" for d in live])
    return next(iter([*live, *documents]), None)


def written_twice(client: FhirClient, references: list[str]) -> Conflict:
    """The same document is there more than once: nobody but a person may choose."""
    return Conflict(
        "written-twice",
        f"{client.base.url} holds the same handout {len(references)} times "
        f"({', '.join(sorted(references))}); retract all but one",
    )
