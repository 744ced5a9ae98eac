"""A hook call as the specification has it, checked field by field.

In: the parsed body of a request and the service it was sent to. Out: a `HookCall`, or `HookRefused`
400 with the field that is wrong:

    bad-hook-request        the body is no JSON object, or `prefetch` is none
    wrong-hook              the service answers another hook
    bad-hook-instance       `hookInstance` is no UUID
    bad-context             a field of `context` is missing or of the wrong kind
    bad-fhir-server         `fhirServer` is no URL, or missing beside `fhirAuthorization`
    bad-fhir-authorization  `fhirAuthorization` is not as it must be
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhir_handout.cds_hooks.hooks import Hook, Service
from fhir_handout.cds_hooks.refused import BAD_REQUEST, HookRefused
from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.question import is_id
from fhir_handout.errors import UsageError
from fhir_handout.patient_record import Resource

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_ACCESS_TOKEN = re.compile(r"[!-~]{1,8192}")


@dataclass(frozen=True, slots=True)
class Authorization:
    """A token for this one call, with the scopes it has and the seconds it lives."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call; `prefetch` may hold anything at all."""

    hook: Hook
    instance: str
    patient_id: str
    encounter_id: str | None
    draft_orders: Resource | None
    prefetch: Mapping[str, Any]
    fhir_server: str | None = None
    authorization: Authorization | None = None


def hook_call(body: Any, service: Service) -> HookCall:
    """The call that a request body is."""
    if not isinstance(body, dict):
        raise _wrong("bad-hook-request", "the body is no JSON object")
    hook = service.hook
    if body.get("hook") != hook.name:
        raise _wrong("wrong-hook", f"this service answers {hook.name}, and hook names another")
    instance = body.get("hookInstance")
    if not isinstance(instance, str) or not _UUID.fullmatch(instance):
        raise _wrong("bad-hook-instance", "hookInstance is no UUID")
    prefetch = _object(body, "prefetch", "bad-hook-request") or {}
    server = _server(body)
    return HookCall(
        hook,
        instance.lower(),
        *_context(body.get("context"), hook),
        prefetch,
        server,
        _authorization(_object(body, "fhirAuthorization", "bad-fhir-authorization"), server),
    )


def _context(context: Any, hook: Hook) -> tuple[str, str | None, Resource | None]:
    if not isinstance(context, dict):
        raise _wrong("bad-context", "context is no JSON object")
    _check_user(context.get("userId"), hook)
    patient_id = _id(context, "patientId")
    if patient_id is None:
        raise _wrong("bad-context", "context.patientId is missing")
    encounter_id = _id(context, "encounterId")
    if hook.needs_encounter and encounter_id is None:
        raise _wrong("bad-context", "context.encounterId is missing")
    return patient_id, encounter_id, _draft_orders(context) if hook.has_orders else None


def _check_user(user: Any, hook: Hook) -> None:
    kind, _, own = user.partition("/") if isinstance(user, str) else ("", "", "")
    if kind not in hook.users or not is_id(own):
        allowed = ", ".join(f"{name}/ID" for name in sorted(hook.users))
        raise _wrong("bad-context", f"context.userId is none of {allowed}")


def _id(context: Mapping[str, Any], name: str) -> str | None:
    found = context.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or not is_id(found):
        raise _wrong("bad-context", f"context.{name} is no FHIR id")
    return found


def _draft_orders(context: Mapping[str, Any]) -> Resource:
    found = context.get("draftOrders")
    if not isinstance(found, dict) or found.get("resourceType") != "Bundle":
        raise _wrong("bad-context", "context.draftOrders is no FHIR Bundle")
    return found


def _object(body: Mapping[str, Any], name: str, code: str) -> Mapping[str, Any] | None:
    found = body.get(name)
    if found is not None and not isinstance(found, dict):
        raise _wrong(code, f"{name} is no JSON object")
    return found


def _server(body: Mapping[str, Any]) -> str | None:
    found = body.get("fhirServer")
    if found is None:
        return None
    try:
        return BaseUrl.parse(found).url if isinstance(found, str) else _no_url()
    except UsageError:
        return _no_url()


def _no_url() -> str:
    raise _wrong("bad-fhir-server", "fhirServer is no http(s) URL")


def _authorization(given: Mapping[str, Any] | None, server: str | None) -> Authorization | None:
    if given is None:
        return None
    if server is None:
        raise _wrong("bad-fhir-server", "fhirServer is missing, and fhirAuthorization is given")
    token, lives, kind = (given.get(n) for n in ("access_token", "expires_in", "token_type"))
    if not isinstance(token, str) or not _ACCESS_TOKEN.fullmatch(token):
        raise _not_authorized("access_token is no token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise _not_authorized("token_type is not Bearer")
    if not isinstance(lives, int) or isinstance(lives, bool):
        raise _not_authorized("expires_in is no whole number")
    for name in ("scope", "subject"):
        if not isinstance(given.get(name), str) or not given[name]:
            raise _not_authorized(f"{name} is no text")
    return Authorization(token, lives, frozenset(given["scope"].split()))


def _not_authorized(what: str) -> HookRefused:
    return _wrong("bad-fhir-authorization", f"fhirAuthorization.{what}")


def _wrong(code: str, what: str) -> HookRefused:
    return HookRefused(BAD_REQUEST, code, f"{what}; see CDS Hooks 2.0")
