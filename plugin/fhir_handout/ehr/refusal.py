"""What a server's refusal is called, and what to do about it.

In: an answer that is not what was asked for. Out: an error with one of these codes:

    Refused      unauthorized 401        the token is missing, wrong or expired
                 forbidden 403           the token does not cover it
                 not-a-fhir-server 404   nothing speaks FHIR at the base URL
                 gone 410                it was deleted
                 rejected 400, 422       the server found fault with what was sent
                 too-large 413           the server takes no request of that size
                 too-many-requests 429   still so after every retry
                 not-supported           405, 406, 415, 501
                 server-error            any other 5xx
                 redirected              the server moved, and a POST does not follow
                 unexpected-answer       any other status
                 busy                    429 or 503 to a write: not done, `retry_after` says when
    Conflict     changed-meanwhile       409, 412
    InvalidFhir  not-json, not-fhir      a success without the resource that was asked for
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from urllib3 import Retry
from urllib3.exceptions import InvalidHeader

from fhir_handout.ehr import outcome
from fhir_handout.ehr.answer import NO_ANSWER, Answer
from fhir_handout.errors import Conflict, HandoutError, InvalidFhir, Refused, Unreachable

_NOT_SUPPORTED = ("not-supported", "this server can't do it; use another one")
_REJECTED = ("rejected", "see the server's log for what it found wrong")
_MEANINGS = {
    400: _REJECTED,
    401: ("unauthorized", "set a valid access token"),
    403: ("forbidden", "use a token whose scopes cover it"),
    404: ("not-a-fhir-server", "check the base URL"),
    405: _NOT_SUPPORTED,
    406: _NOT_SUPPORTED,
    410: ("gone", "it was deleted; check the id"),
    413: ("too-large", "attach fewer formats"),
    415: _NOT_SUPPORTED,
    422: _REJECTED,
    429: ("too-many-requests", "try again later"),
    501: _NOT_SUPPORTED,
}
_SERVER_ERROR = ("server-error", "try again later, or see the server's log")
_REDIRECTED = ("redirected", "give the address it moved to as base URL")
_MOST_ISSUES = 5
_UNEXPECTED = ("unexpected-answer", "check the base URL")


def refusal(answer: Answer, what: str, where: str) -> HandoutError:
    """The error for an answer that is no success; `what` was asked of the server at `where`."""
    if answer.status == NO_ANSWER:
        return Unreachable("unreachable", f"{what} at {where}: {answer.why}; try again")
    said = f"{what} at {where}: {answer.why}{outcome.summary(answer.resource)}"
    if answer.status in (409, 412):
        return Conflict("changed-meanwhile", f"{said}; read the record again and retry")
    code, hint = _meaning(answer.status)
    found = tuple((each.code, each.paths) for each in outcome.issues(answer.resource))
    return Refused(code, f"{said}; {hint}", answer.status, outcome=found[:_MOST_ISSUES])


def busy(answer: Answer, what: str, where: str, cap_seconds: int) -> Refused:
    """The error for a write that the server puts off."""
    said = f"{what} at {where}: {answer.why}{outcome.summary(answer.resource)}"
    wait = _retry_after(answer, cap_seconds)
    return Refused("busy", f"{said} and did nothing; try again later", answer.status, wait)


def resource_of(answer: Answer, wanted: str, what: str, where: str) -> Mapping[str, Any]:
    """The resource of type `wanted` in a successful answer; raises what is wrong otherwise."""
    if not answer.ok:
        raise refusal(answer, what, where)
    if answer.resource is None:
        raise InvalidFhir("not-json", f"{what} at {where}: {answer.why}; check the base URL")
    if answer.type != wanted:
        raise InvalidFhir(
            "not-fhir", f"{what} at {where}: the answer is no {wanted}; check the base URL"
        )
    return answer.resource


def _meaning(status: int) -> tuple[str, str]:
    if 300 <= status < 400:
        return _REDIRECTED
    if status in _MEANINGS:
        return _MEANINGS[status]
    return _SERVER_ERROR if status >= 500 else _UNEXPECTED


def _retry_after(answer: Answer, cap_seconds: int) -> float:
    """How long the server asks to wait, in seconds; 0 where it does not say."""
    if answer.retry_after is None:
        return 0.0
    try:
        return float(Retry(retry_after_max=cap_seconds).parse_retry_after(answer.retry_after))
    except (InvalidHeader, OverflowError, ValueError):
        return 0.0
