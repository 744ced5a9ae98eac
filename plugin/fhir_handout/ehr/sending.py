"""Sending one write and telling apart what came of it.

In: a method, a URL and a resource. Out: an `Answer`, which the caller may still find to be a
refusal, or one of:

    LostAnswer  lost-answer        sent, and it can't be known whether it was done
    Refused     busy               429 or 503: it was not done
    Conflict    changed-meanwhile  409 or 412
    Unreachable unreachable        never sent

and from `write_refusal`, besides the codes of `refusal`:

    Refused     drafts-not-taken   the server finds fault with a preliminary docStatus
                read-only          its capabilities say that it takes no such write
"""

from __future__ import annotations

from collections.abc import Mapping

from fhir_handout.ehr import outcome
from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.http import SEE_OTHER, FhirClient
from fhir_handout.ehr.refusal import busy, refusal
from fhir_handout.ehr.steps import Step
from fhir_handout.ehr.transport import NeverSent
from fhir_handout.errors import HandoutError, InvalidFhir, LostAnswer, Refused, Unreachable
from fhir_handout.patient_record import Resource

_BUSY = (429, 503)
_OVERTAKEN = (409, 412)
_NOT_IMPLEMENTED = 501
_SIGN = "make it final and name who signs it"


def send(
    client: FhirClient, method: str, url: str, resource: Resource, headers: Mapping[str, str]
) -> Answer:
    """Send a write exactly once."""
    what = _what(method, resource)
    try:
        answer = client.send_once(method, url, resource, headers)
    except NeverSent:
        raise
    except (Unreachable, InvalidFhir) as error:
        raise lost_answer(client, f"{what}: no usable answer came ({error.code})") from None
    if answer.status in _BUSY:
        raise busy(answer, what, client.base.url, client.settings.retry_after_cap_seconds)
    if answer.status in _OVERTAKEN:
        raise refusal(answer, what, client.base.url)
    if answer.status == SEE_OTHER or (500 <= answer.status != _NOT_IMPLEMENTED):
        said = f"{what}: {answer.why}{outcome.summary(answer.resource)}"
        raise lost_answer(client, said)
    return answer


def lost_answer(client: FhirClient, what: str) -> LostAnswer:
    """It may have been done, or not."""
    return LostAnswer(
        "lost-answer",
        f"{what} at {client.base.url}; it may have been done: "
        "read the record before anything is sent again",
    )


def write_refusal(
    client: FhirClient, answer: Answer, steps: tuple[Step, ...], read_only: bool
) -> HandoutError:
    """The error for a write that was refused."""
    draft = any(step.is_draft for step in steps)
    if draft and answer.status in (400, 422) and outcome.mentions(answer.resource, "docStatus"):
        return Refused(
            "drafts-not-taken",
            f"{client.base.url} takes no preliminary document ({answer.why}); {_SIGN}",
            answer.status,
        )
    if read_only and answer.status in (403, 405, _NOT_IMPLEMENTED):
        return Refused(
            "read-only",
            f"{client.base.url} takes no such write, as its capabilities say ({answer.why}); "
            "use a server that does",
            answer.status,
        )
    return refusal(answer, "writing the document", client.base.url)


def _what(method: str, resource: Resource) -> str:
    kind = "the transaction" if resource.get("type") == "transaction" else resource["resourceType"]
    return f"writing {kind} ({method})"
