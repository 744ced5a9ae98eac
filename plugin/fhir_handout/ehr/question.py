"""The searches that make up a patient's record, as FHIR URLs.

In: a `ReadRequest` and a page size. Out: `Question`s. What identifies the patient or the document
is never left out of a question; what only shapes the answer is, where a server does not take it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Identifier, Part

_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._\-]{1,255}")


@dataclass(frozen=True, slots=True)
class Question:
    """A search of one resource type, and the part of the record that is unknown if it fails."""

    type: str
    parameters: tuple[tuple[str, str], ...]
    hides: Part

    @property
    def url(self) -> str:
        """Relative to the base URL."""
        return f"{self.type}?{query(self.parameters)}"

    @property
    def what(self) -> str:
        """As a gap or a message names it."""
        return f"{self.type} search"

    def simpler(self) -> Iterator[Question]:
        """The same question with ever fewer demands on the server."""
        left = self
        for name in ("_include", "date", "_count"):
            kept = tuple(p for p in left.parameters if p[0] != name)
            if kept != left.parameters:
                left = replace(left, parameters=kept)
                yield left


def questions(request: ReadRequest, page_size: int) -> tuple[Question, ...]:
    """Every search of one read."""

    def of(resource_type: str, hides: Part, *more: tuple[str, str]) -> Question:
        asked = (("patient", request.patient_id), *more, ("_count", str(page_size)))
        return Question(resource_type, asked, hides)

    def medicines(resource_type: str) -> Question:
        return of(resource_type, Part.MEDICINES, ("_include", f"{resource_type}:medication"))

    return (
        of("Condition", Part.CONDITIONS),
        medicines("MedicationStatement"),
        medicines("MedicationRequest"),
        *(of("Observation", Part.OBSERVATIONS, *about) for about in _observed(request)),
        of("DocumentReference", Part.DOCUMENTS, ("identifier", token(request.series))),
    )


def _observed(request: ReadRequest) -> Iterator[tuple[tuple[str, str], ...]]:
    """Which Observations to ask for, if any."""
    codes = [f"{_escaped(c.system)}|{_escaped(c.code)}" for c in request.observation_codes]
    since = request.observed_since
    dated = (("date", f"ge{since.isoformat()}"),) if since else ()
    if codes:
        yield ("code", ",".join(codes)), *dated


def is_id(text: str) -> bool:
    """Whether this can be a resource id in a URL: FHIR's characters, and the underscore."""
    return _ID.fullmatch(text) is not None


def token(identifier: Identifier) -> str:
    """An identifier as a search parameter: what FHIR gives a meaning to is escaped."""
    return f"{_escaped(identifier.system)}|{_escaped(identifier.value)}"


def query(parameters: tuple[tuple[str, str], ...]) -> str:
    """The part of a URL after the question mark."""
    return "&".join(f"{name}={quote(value, safe=':/')}" for name, value in parameters)


def _escaped(text: str) -> str:
    return re.sub(r"([\\,|$])", r"\\\1", text)
