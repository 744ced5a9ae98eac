"""What a failure is told as: a status, a stable code, one line, and a reference to the log.

In: an error of ours or of the framework. Out: a `Failure`; as JSON it is problem details
(RFC 9457). Codes are those of the command line; nothing of what was sent is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

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

_STATUS: dict[type[HandoutError], int] = {
    UsageError: 400,
    NotFound: 404,
    NotAllowed: 403,
    Conflict: 409,
    InvalidFhir: 422,
    Refused: 502,
    LostAnswer: 504,
    Unreachable: 504,
    BadContent: 500,
    HandoutError: 500,
}
_BY_CODE = {
    "unauthorized": 401,
    "too-large": 413,
    "too-slow": 408,
    "not-acceptable": 406,
    "not-json": 400,
}


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

    def __init__(self, message: str, code: str = "unauthorized") -> None:
        super().__init__(code, message)


def failure_of(error: Exception) -> Failure:
    """What an error is told as; one that is none of ours says nothing of itself."""
    if isinstance(error, Unauthorized):
        return Failure(401, error.code, error.message, (("WWW-Authenticate", "Bearer"),))
    if isinstance(error, HandoutError):
        return Failure(_status(error), error.code, error.message)
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


def _status(error: HandoutError) -> int:
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def _of_framework(error: HTTPException) -> Failure:
    phrase = HTTPStatus(error.status_code).phrase
    headers = tuple((error.headers or {}).items())
    code = phrase.lower().replace(" ", "-")
    return Failure(error.status_code, code, f"{phrase}; check the address and method", headers)


def _wrong(error: RequestValidationError) -> str:
    """Where a request is wrong and how, without what stood there."""
    found = [
        f"{'.'.join(str(part) for part in each['loc'])}: {_said(each)}" for each in error.errors()
    ]
    return "; ".join(found[:20])


def _said(each: dict[str, Any]) -> str:
    told = ("missing", "extra_forbidden")
    return str(each["msg"]) if each["type"] in told else f"is wrong ({each['type']})"
