"""What a token endpoint answered.

In: its answer. Out: `Tokens`, or one of these errors, which hold nothing of what was sent or came:

    Refused      grant-refused    the code or refresh token is used, expired or withdrawn
                 client-refused   it does not know us, or not by this key
                 scope-refused    it does not give these scopes
                 token-refused    it refused for another reason
                 server-error     5xx or 429
    InvalidFhir  bad-token-answer it said yes, and what it sent is not what it must be
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhir_handout.ehr.address import origin_text
from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.question import is_id
from fhir_handout.errors import HandoutError, InvalidFhir, Refused
from fhir_handout.smart.scopes import split

_UNSAID_LIFE = 300.0
_LONGEST_LIFE = 31_536_000.0
_TOKEN = re.compile(r"[!-~]{1,16384}")
_CODES = {
    "invalid_grant": ("grant-refused", "launch again"),
    "invalid_client": ("client-refused", "check how this app and its keys are registered there"),
    "unauthorized_client": ("client-refused", "check what this app is registered for there"),
    "invalid_scope": ("scope-refused", "register this app for the scopes in docs/smart.md"),
}


@dataclass(frozen=True, slots=True)
class Context:
    """A resource that a launch is about, beside patient and encounter."""

    reference: str
    role: str = "launch"


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token and what came with it; secrets are not printed."""

    access_token: str = field(repr=False)
    expires_at: float
    scopes: tuple[str, ...]
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    patient: str | None = field(default=None, repr=False)
    encounter: str | None = field(default=None, repr=False)
    context: tuple[Context, ...] = field(default=(), repr=False)
    app_context: str | None = field(default=None, repr=False)
    need_patient_banner: bool = True
    intent: str | None = None


def tokens_of(answer: Answer, endpoint: str, asked: tuple[str, ...], now: float) -> Tokens:
    """The tokens of an answer; `asked` are the scopes where it does not say which it gave."""
    if not answer.ok:
        raise _refusal(answer, endpoint)
    said = answer.resource
    if said is None:
        raise _bad(endpoint, f"it is {answer.flaw}")
    if str(said.get("token_type", "")).lower() != "bearer":
        raise _bad(endpoint, "its token is no Bearer token")
    scope = _text(said, "scope", endpoint)
    return Tokens(
        access_token=_token(said, "access_token", endpoint) or _none(endpoint),
        expires_at=now + _life(said, endpoint),
        scopes=asked if scope is None else split(scope),
        refresh_token=_token(said, "refresh_token", endpoint),
        id_token=_token(said, "id_token", endpoint),
        patient=_id(said, "patient", endpoint),
        encounter=_id(said, "encounter", endpoint),
        context=_context(said.get("fhirContext"), endpoint),
        app_context=_text(said, "appContext", endpoint),
        need_patient_banner=said.get("need_patient_banner") is not False,
        intent=_text(said, "intent", endpoint),
    )


def _refusal(answer: Answer, endpoint: str) -> HandoutError:
    where = origin_text(endpoint)
    if answer.status >= 500 or answer.status == 429:
        said = f"{where}: the token endpoint answered {answer.status}; try again later"
        return Refused("server-error", said, answer.status)
    error = answer.resource.get("error") if answer.resource else None
    code, hint = _CODES.get(str(error), ("token-refused", "check the settings of this EHR"))
    return Refused(code, f"{where}: it gave no token ({code}); {hint}", answer.status)


def _life(said: Mapping[str, Any], endpoint: str) -> float:
    """How long it may be used, in seconds; some servers write the number as text."""
    found = said.get("expires_in", _UNSAID_LIFE)
    try:
        seconds = float(found) if not isinstance(found, bool) else -1.0
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if not 0 < seconds <= _LONGEST_LIFE:
        raise _bad(endpoint, "expires_in is no number of seconds")
    return seconds


def _token(said: Mapping[str, Any], name: str, endpoint: str) -> str | None:
    found = _text(said, name, endpoint)
    if found is not None and not _TOKEN.fullmatch(found):
        raise _bad(endpoint, f"{name} holds what no token holds")
    return found


def _id(said: Mapping[str, Any], name: str, endpoint: str) -> str | None:
    found = _text(said, name, endpoint)
    if found is not None and not is_id(found):
        raise _bad(endpoint, f"{name} is no FHIR id")
    return found


def _text(said: Mapping[str, Any], name: str, endpoint: str) -> str | None:
    found = said.get(name)
    if found is not None and not isinstance(found, str):
        raise _bad(endpoint, f"{name} is no text")
    return found or None


def _context(found: Any, endpoint: str) -> tuple[Context, ...]:
    """What else the launch is about; an entry without a reference is none of these."""
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _bad(endpoint, "fhirContext is no list of objects")
    return tuple(
        Context(each["reference"], str(each.get("role") or "launch"))
        for each in found
        if isinstance(each.get("reference"), str)
    )


def _none(endpoint: str) -> str:
    raise _bad(endpoint, "there is no access_token")


def _bad(endpoint: str, why: str) -> InvalidFhir:
    said = f"{origin_text(endpoint)}: its token answer is wrong: {why}; tell who runs it"
    return InvalidFhir("bad-token-answer", said)
