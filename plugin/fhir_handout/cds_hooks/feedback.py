"""What a clinician did with cards, as an EHR reports it.

In: the parsed body of a call of the feedback endpoint. Out: a `Feedback` for each entry, or
`HookRefused` 400 bad-feedback. Feedback for a card nobody knows, or again for one that is known, is
as good as any: clients send it late, twice, and for several calls at once. A comment is free text
and may tell of the patient: it is shown in no message and no `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from fhir_handout.cds_hooks.refused import BAD_REQUEST, HookRefused
from fhir_handout.dates import instant
from fhir_handout.names import is_plain
from fhir_handout.patient_record import Coding

ACCEPTED = "accepted"
OVERRIDDEN = "overridden"
_MOST = 100
_LONGEST_ID = 128
_LONGEST_COMMENT = 10_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """One card's outcome: `suggestions` are those accepted, `reason` why it was overridden."""

    card: str
    outcome: str
    at: datetime
    suggestions: tuple[str, ...] = ()
    reason: Coding | None = None
    comment: str | None = field(default=None, repr=False)


def feedback(body: Any) -> tuple[Feedback, ...]:
    """Every outcome that a request body reports."""
    listed = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > _MOST:
        raise _wrong(f"the body is no object with feedback, an array of 1 to {_MOST}")
    return tuple(_one(each, f"feedback[{number}]") for number, each in enumerate(listed))


def _one(raw: Any, where: str) -> Feedback:
    if not isinstance(raw, dict):
        raise _wrong(f"{where} is no object")
    outcome = raw.get("outcome")
    if outcome not in (ACCEPTED, OVERRIDDEN):
        raise _wrong(f"{where}.outcome is neither {ACCEPTED} nor {OVERRIDDEN}")
    suggestions = _suggestions(raw.get("acceptedSuggestions"), where)
    if outcome == ACCEPTED and not suggestions:
        raise _wrong(f"{where}.acceptedSuggestions is missing")
    reason, comment = _override(raw.get("overrideReason"), where)
    return Feedback(
        _text(raw, "card", where), outcome, _at(raw, where), suggestions, reason, comment
    )


def _at(raw: Mapping[str, Any], where: str) -> datetime:
    found = instant(_text(raw, "outcomeTimestamp", where))
    if found is not None:
        with suppress(OverflowError):  # in UTC it may be before the year 1, or after 9999
            return found.astimezone(timezone.utc)
    raise _wrong(f"{where}.outcomeTimestamp is no ISO time with a zone")


def _suggestions(raw: Any, where: str) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > _MOST:
        raise _wrong(f"{where}.acceptedSuggestions is no array")
    if not all(isinstance(each, dict) for each in raw):
        raise _wrong(f"{where}.acceptedSuggestions holds what is no object")
    return tuple(_text(each, "id", f"{where}.acceptedSuggestions") for each in raw)


def _override(raw: Any, where: str) -> tuple[Coding | None, str | None]:
    if raw is None:
        return None, None
    if not isinstance(raw, dict):
        raise _wrong(f"{where}.overrideReason is no object")
    comment, reason = raw.get("userComment"), raw.get("reason")
    if comment is not None and not isinstance(comment, str):
        raise _wrong(f"{where}.overrideReason.userComment is no text")
    if len(comment or "") > _LONGEST_COMMENT:
        raise _wrong(f"{where}.overrideReason.userComment has over {_LONGEST_COMMENT} characters")
    return (None if reason is None else _coding(reason, where)), comment or None


def _coding(raw: Any, where: str) -> Coding:
    where = f"{where}.overrideReason.reason"
    if not isinstance(raw, dict):
        raise _wrong(f"{where} is no object")
    display = raw.get("display", "")
    if not isinstance(display, str) or len(display) > _LONGEST_ID:
        raise _wrong(f"{where}.display is no short text")
    return Coding(_text(raw, "system", where), _text(raw, "code", where), display)


def _text(raw: Mapping[str, Any], name: str, where: str) -> str:
    found = raw.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST_ID or not is_plain(found):
        raise _wrong(f"{where}.{name} is missing, or no short text")
    return found


def _wrong(what: str) -> HookRefused:
    return HookRefused(BAD_REQUEST, "bad-feedback", f"{what}; see CDS Hooks 2.0, Feedback")
