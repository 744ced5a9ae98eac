"""What of an OperationOutcome may be repeated: severity, code and element paths, never free text.

In: a resource that may be an OperationOutcome. Out: its issues, cut down to what FHIR itself
defines. `diagnostics`, `details` and anything that is not a known code or a plain element path
may hold a patient's data, so they stay here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SEVERITIES = frozenset(["fatal", "error", "warning", "information"])
_CODES = frozenset(
    [
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
        "informational",
    ]
)
_TYPES = (
    "Bundle|Patient|Condition|Encounter|Medication|MedicationStatement|MedicationRequest|"
    "DocumentReference|Provenance|Binary"
)
_PATH = re.compile(rf"(?:{_TYPES})(?:\.[a-z][A-Za-z]{{0,40}}(?:\[[0-9x]{{1,4}}\])?){{0,8}}")
_X_PATH = re.compile(rf"/?f:(?:{_TYPES})(?:/f:[a-z][A-Za-z]{{0,40}}(?:\[[0-9]{{1,4}}\])?){{0,8}}")
_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome, fit for a message."""

    severity: str
    code: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        """As a message shows it."""
        said = f"{self.severity}/{self.code}"
        return f"{said} at {', '.join(self.paths)}" if self.paths else said

    @property
    def is_error(self) -> bool:
        """Whether something was not done, rather than merely remarked on."""
        return self.severity in ("fatal", "error")


def issues(resource: Mapping[str, Any] | None) -> tuple[Issue, ...]:
    """The issues of an OperationOutcome; none for anything else."""
    if not resource or resource.get("resourceType") != "OperationOutcome":
        return ()
    found = resource.get("issue")
    return tuple(_issue(item) for item in _list(found) if isinstance(item, dict))


def summary(resource: Mapping[str, Any] | None) -> str:
    """The first few issues for a message, in brackets, or an empty string."""
    shown = [str(issue) for issue in issues(resource)[:_MOST_SHOWN]]
    return f" ({'; '.join(shown)})" if shown else ""


def mentions(resource: Mapping[str, Any] | None, element: str) -> bool:
    """Whether an issue is about this element. Looks at all paths, also ones not fit to be shown."""
    if not issues(resource) or resource is None:
        return False
    paths = [p for item in _list(resource.get("issue")) for p in _paths(item)]
    return any(element in re.split(r"[^A-Za-z]+", path) for path in paths)


def _issue(item: Mapping[str, Any]) -> Issue:
    shown = dict.fromkeys(path for path in _paths(item) if _is_path(path))
    return Issue(
        _known(item.get("severity"), _SEVERITIES),
        _known(item.get("code"), _CODES),
        tuple(shown)[:_MOST_SHOWN],
    )


def _paths(item: Any) -> list[str]:
    if not isinstance(item, dict):
        return []
    found = [path for name in ("expression", "location") for path in _list(item.get(name))]
    return [path for path in found if isinstance(path, str)]


def _is_path(text: str) -> bool:
    return bool(_PATH.fullmatch(text) or _X_PATH.fullmatch(text))


def _known(value: Any, codes: frozenset[str]) -> str:
    return value if isinstance(value, str) and value in codes else "unknown"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
