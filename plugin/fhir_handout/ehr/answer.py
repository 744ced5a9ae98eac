"""What a FHIR server answered to one request: a status and, where there is one, a resource.

In: an HTTP answer's status, headers and bytes, or an entry of a batch-response. Out: an `Answer`.
A body that is not a JSON object is a `flaw`, to be judged by whoever asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

NO_ANSWER = 0
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `status` is `NO_ANSWER` where none came, `flaw` says why there is no resource."""

    status: int
    resource: Mapping[str, Any] | None = None
    flaw: str = ""
    location: str | None = None
    retry_after: str | None = None
    in_batch: bool = False

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300

    @property
    def is_redirect(self) -> bool:
        """Whether the server sends us somewhere else."""
        return self.status in (301, 302, 303, 307, 308) and self.location is not None

    @property
    def type(self) -> str:
        """The type of the resource, or an empty string."""
        found = self.resource.get("resourceType") if self.resource else None
        return found if isinstance(found, str) else ""

    @property
    def why(self) -> str:
        """The answer in a few words that hold nothing of the patient's."""
        if self.status == NO_ANSWER:
            return self.flaw
        said = f"the server answered {self.status}"
        return f"{said}, and what it sent is {self.flaw}" if self.ok and self.flaw else said


def from_http(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """An HTTP answer."""
    resource, flaw = _resource(body)
    return Answer(status, resource, flaw, headers.get("Location"), headers.get("Retry-After"))


def from_batch(entry: Any) -> Answer:
    """An entry of a batch-response; an entry that is none is an answer that did not come."""
    response = entry.get("response") if isinstance(entry, dict) else None
    if not isinstance(response, dict):
        return Answer(NO_ANSWER, flaw="the batch holds no answer to it", in_batch=True)
    status = _status(response.get("status"))
    resource = entry.get("resource", response.get("outcome"))
    location = _text(response.get("location"))
    if not isinstance(resource, dict):
        return Answer(status, None, "empty", location, in_batch=True)
    return Answer(status, resource, "", location, in_batch=True)


def _resource(body: bytes) -> tuple[Mapping[str, Any] | None, str]:
    text = body.removeprefix(_BYTE_ORDER_MARK).strip()
    if not text:
        return None, "empty"
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None, "HTML or XML, not JSON" if text.startswith(b"<") else "not JSON, or cut short"
    return (found, "") if isinstance(found, dict) else (None, "JSON, but not a resource")


def _status(text: Any) -> int:
    first = text.split()[0] if isinstance(text, str) and text.split() else ""
    return int(first) if first.isascii() and first.isdigit() and len(first) == 3 else NO_ANSWER


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
