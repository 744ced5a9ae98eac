"""What a failure is told as: a status, a stable code, one line, and a reference to the log.

In: an error of ours or of the framework. Out: a `Failure`; as JSON it is problem details
(RFC 9457). Codes are those of the command line; nothing of what was sent is repeated.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from fhir_handout.cds_hooks.refused import HookRefused
from fhir_handout.errors import (
    BadContent,
    Conflict,
    HandoutError,
    InvalidFhir,
    LostAnswer,
    NotAllowed,
    NotFound,
    Refused,
    Unreachable,
    UsageError,
)

MEDIA_TYPE = "application/problem+json"

_TOLD = 20
_REFERENCE = re.compile(
    r"\b(Patient|Encounter|DocumentReference|Condition|Observation|Medication[A-Za-z]*|"
    r"Practitioner[A-Za-z]*|Provenance)/[\w.-]*\w"
)
_UNKNOWN_KEY = "extra_forbidden"
_BY_CODE = {
    "too-large": 413,
    "too-slow": 408,
    "not-acceptable": 406,
    "not-json": 400,
    "not-json-sent": 415,
    "too-many-entries": 413,
    "missing-glyph": 422,
    "missing-font": 422,
    "database-unusable": 503,
}
_OF_THE_SETTINGS = frozenset(
    {"bad-base-url", "bad-token", "no-ca-bundle", "token-in-the-clear"}
    | {"no-keys", "bad-keys", "keys-exposed", "no-key-for-this"}
)
"""Wrong calls, but of whoever set the service up: nothing that a caller can mend."""
_ILL_SET_UP = "this service is not set up as it has to be; tell who runs it"


_OF_ANOTHER_SERVER = (Refused, InvalidFhir, Unreachable)
"""What became of a call to an EHR; its code may be that of a failure of a call to us."""

_BUSY = (429, 503)
_WAIT = 5
OF_THE_DATABASE = (InterfaceError, OperationalError, NoConnection)
"""It does not run, is full, or is not let in: what later may be otherwise."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request was not done; `code` is stable, `detail` says what to do."""

    status: int
    code: str
    detail: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """What the status says."""
        return HTTPStatus(self.status).phrase


class Unauthorized(HandoutError):
    """Nobody who may, as far as the request shows."""

    def __init__(self, message: str, code: str = "unauthorized", challenge: str = "Bearer") -> None:
        super().__init__(code, message)
        self.challenge = challenge


class Unprocessable(HandoutError):
    """What was sent is well formed, and nothing can be made of it."""


_STATUS: dict[type[HandoutError], int] = {
    UsageError: 400,
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    InvalidFhir: 502,
    Unprocessable: 422,
    Refused: 502,
    LostAnswer: 504,
    Unreachable: 504,
    BadContent: 500,
    HandoutError: 500,
}


def failure_of(error: Exception) -> Failure:
    """What an error is told as; one that is none of ours says nothing of itself."""
    if isinstance(error, Unauthorized):
        return Failure(401, error.code, error.message, (("WWW-Authenticate", error.challenge),))
    if isinstance(error, Refused) and (error.retry_after or error.status in _BUSY):
        wait = math.ceil(error.retry_after or _WAIT)
        return Failure(503, error.code, _of_nobody(error.message), (("Retry-After", str(wait)),))
    if isinstance(error, HookRefused):
        challenge = (("WWW-Authenticate", "Bearer"),) if error.status == 401 else ()
        return Failure(error.status, error.code, error.message, challenge)
    if isinstance(error, HandoutError):
        return Failure(_status(error), error.code, _detail(error))
    if isinstance(error, OF_THE_DATABASE):
        told = "the service's database can't be used now; try again later"
        return Failure(503, "database-unusable", told)
    if isinstance(error, RequestValidationError):
        return Failure(422, "invalid-request", _wrong(error))
    if isinstance(error, HTTPException):
        return _of_framework(error)
    return Failure(
        500, "internal-error", "a fault in this program; the log has it under this reference"
    )


def problem(failure: Failure, request_id: str) -> Response:
    """A failure as problem details."""
    body = {
        "type": f"urn:fhir-handout:problem:{failure.code}",
        "title": failure.title,
        "status": failure.status,
        "detail": failure.detail,
        "code": failure.code,
        "instance": f"urn:uuid:{request_id}",
    }
    return Response(
        orjson.dumps(body),
        failure.status,
        headers=dict(failure.headers),
        media_type=MEDIA_TYPE,
    )


def _detail(error: HandoutError) -> str:
    """What to do; of the settings nothing more, since our words name files of this machine."""
    return _ILL_SET_UP if error.code in _OF_THE_SETTINGS else _of_nobody(error.message)


def _of_nobody(message: str) -> str:
    """A message of ours without the ids that the command line may show to who typed them."""
    return _REFERENCE.sub(r"\1/…", message)


def _status(error: HandoutError) -> int:
    if error.code in _BY_CODE and not isinstance(error, _OF_ANOTHER_SERVER):
        return _BY_CODE[error.code]
    if error.code in _OF_THE_SETTINGS:
        return 500
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def _of_framework(error: HTTPException) -> Failure:
    phrase = HTTPStatus(error.status_code).phrase
    headers = tuple((error.headers or {}).items())
    code = phrase.lower().replace(" ", "-")
    return Failure(error.status_code, code, f"{phrase}; check the address and method", headers)


def _wrong(error: RequestValidationError) -> str:
    """Where a request is wrong and how, without what stood there."""
    return "; ".join(f"{_place(each)}: {_said(each)}" for each in error.errors()[:_TOLD])


def _place(each: dict[str, Any]) -> str:
    """Where it is; the name of an unknown key is the sender's, and not repeated."""
    parts = each["loc"][:-1] if each["type"] == _UNKNOWN_KEY else each["loc"]
    return ".".join(str(part) for part in parts)


def _said(each: dict[str, Any]) -> str:
    if each["type"] == "value_error":  # ours: it says what is needed, not what was there
        return str(each["msg"]).removeprefix("Value error, ")
    if each["type"] == _UNKNOWN_KEY:
        return "has an unknown key"
    return "is missing" if each["type"] == "missing" else f"is wrong ({each['type']})"
