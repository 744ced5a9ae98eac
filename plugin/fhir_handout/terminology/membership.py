"""Whether a value set has a code, from the answer to $validate-code.

In: the answer. Out: True, False, or in a few words why the server could not tell. A server that
does not know the code system or the value set, or can't expand it, answers `false` as it does for a
code that is not a member. Issues tell them apart. Where there are none, a message must be one that
is known to mean no; only a bare `false` is taken at its word.
Sources: FHIR R4, ValueSet/$validate-code; the terminology ecosystem guide's `issues` and
`x-caused-by-unknown-system`; messages of HAPI FHIR, Ontoserver and tx.fhir.org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fhir_handout.ehr import outcome

Verdict = bool | str
"""Whether it is a member, or why that is not known."""

UNKNOWN_SYSTEM = "the terminology server does not know its code system"
COULD_NOT_TELL = "the terminology server could not tell"
_SYSTEM_MARKS = ("x-caused-by-unknown-system", "x-unknown-system")
_UNKNOWN_SYSTEM = re.compile(
    r"\b(unknown|unsupported|no|find|know|load)\W+(the\W+)?code ?system\b"
    r"|\bcode ?system\b.{0,200}?\b(not (be )?(found|known|supported|available|loaded|present)"
    r"|could not|can ?not|can't|unknown|unable|(does not|doesn't) exist)",
    re.IGNORECASE | re.DOTALL,
)
_COULD_NOT_TELL = re.compile(r"\b(unable|failed) to (?!validate code)", re.IGNORECASE)
_NO = re.compile(
    r"\bunknown code\b(?! ?system)|\bnot (found |contained |included |a member )?(in|of) "
    r"(the )?(specified |provided )?value ?set\b|\bnot valid in the (code )?system\b"
    r"|\bnot known to belong to\b",
    re.IGNORECASE,
)


def verdict(parameters: Mapping[str, Any]) -> Verdict:
    """What a Parameters resource says; any part of it may be missing or damaged."""
    result = _value(parameters, "result", "valueBoolean")
    if not isinstance(result, bool):
        return COULD_NOT_TELL
    return result or (_doubt(parameters) or False)


def _doubt(parameters: Mapping[str, Any]) -> str:
    """Why a `false` is no answer, or an empty string."""
    if any(_named(parameters, mark) for mark in _SYSTEM_MARKS):
        return UNKNOWN_SYSTEM
    message = _value(parameters, "message", "valueString") or ""
    if not isinstance(message, str) or _COULD_NOT_TELL.search(message):
        return COULD_NOT_TELL
    issues = outcome.issues(_value(parameters, "issues", "resource"))
    if any(issue.code == "not-found" for issue in issues) or _UNKNOWN_SYSTEM.search(message):
        return UNKNOWN_SYSTEM
    if issues:
        is_doubtful = any(issue.is_error and issue.code != "code-invalid" for issue in issues)
    else:
        is_doubtful = bool(message) and not _NO.search(message)
    return COULD_NOT_TELL if is_doubtful else ""


def _value(parameters: Mapping[str, Any], name: str, value: str) -> Any:
    found = _named(parameters, name)
    return found[0].get(value) if found else None


def _named(parameters: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = parameters.get("parameter")
    found = items if isinstance(items, list) else []
    return [item for item in found if isinstance(item, dict) and item.get("name") == name]
