"""Fetching what a client did not prefetch, with the token that it sent for this one call.

In: what is had, the call and the tenant. Out: the same with what was missing, and how many requests
that took: none where nothing is missing. Only the tenant's own server is ever asked, whatever
`fhirServer` says. What can't be had is `HookRefused` 412:

    prefetch-missing      a key is missing, and there is no `fhirAuthorization`
    fhir-server-unknown   a key is missing, and `fhirServer` is not this EHR's
    token-expired         a key is missing, and `expires_in` is over
    scope-missing         a key is missing, and the scopes do not allow to read it
    fhir-server-failed    the server refused, or gave no answer in time
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fhir_handout.cds_hooks.call import HookCall
from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.prefetched import Answered, Had
from fhir_handout.cds_hooks.refused import PRECONDITION_FAILED, HookRefused
from fhir_handout.cds_hooks.scopes import may_read
from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.deadline import within
from fhir_handout.ehr.reading import missing_medications
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.ehr.search import Found
from fhir_handout.errors import HandoutError
from fhir_handout.patient_record import Entry, Gap

_SECONDS = 10.0
"""For all requests of one call: a clinician waits for the card."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is had after fetching, Medications that were only referred to, and the requests."""

    had: tuple[Had, ...]
    medications: tuple[Entry, ...] = ()
    requests: int = 0


def completed(
    had: Sequence[Had], orders: Sequence[Entry], call: HookCall, tenant: CdsTenant
) -> Fetched:
    """All that is needed; what was sent in part is made do with where no more can be had.

    Medications that the record or the `orders` only refer to are fetched where they can be.
    """
    short = [each for each in had if each.answered is not Answered.WHOLLY]
    entries = [*(entry for each in had for entry in each.entries), *orders]
    references = missing_medications(entries, BaseUrl.parse(tenant.fhir_base_url).url)
    if not short and not references:
        return Fetched(tuple(had))
    why_not = _why_not(call, tenant)
    if why_not is None:
        askable = [each for each in short if may_read(_scopes(call), each.wanted.type)]
        _refuse_without([each for each in short if each not in askable], _out_of_scope())
        readable = references if may_read(_scopes(call), "Medication") else []
        return _fetched(tuple(had), askable, readable, call, tenant)
    _refuse_without(short, why_not)
    return Fetched(tuple(map(_made_do, had)))


def _why_not(call: HookCall, tenant: CdsTenant) -> HookRefused | None:
    """Why nothing can be fetched for this call, if so."""
    if call.fhir_server is None or call.authorization is None:
        return _refused("prefetch-missing", "send it, or fhirServer and fhirAuthorization")
    if call.fhir_server != BaseUrl.parse(tenant.fhir_base_url).url:
        return _refused("fhir-server-unknown", "fhirServer is not the server that is configured")
    if call.authorization.expires_in <= 0:
        return _refused("token-expired", "the access token has expired")
    return None


def _out_of_scope() -> HookRefused:
    return _refused("scope-missing", "the scopes of fhirAuthorization do not allow to read it")


def _refused(code: str, hint: str) -> HookRefused:
    return HookRefused(PRECONDITION_FAILED, code, hint)


def _refuse_without(short: Sequence[Had], why: HookRefused) -> None:
    """`HookRefused` with the keys that are needed and are not there at all."""
    keys = [h.wanted.key for h in short if h.wanted.is_required and h.answered is Answered.NOT]
    if keys:
        raise HookRefused(
            why.status, why.code, f"the call lacks prefetch {', '.join(keys)}: {why.message}"
        )


def _made_do(had: Had) -> Had:
    """Without what is not required: a gap says that it was not read."""
    if had.answered is not Answered.NOT or had.gaps:
        return had
    gap = Gap(f"prefetch {had.wanted.key}", "it was not sent", frozenset({had.wanted.hides}))
    return replace(had, gaps=(gap,))


def _fetched(
    had: tuple[Had, ...],
    short: Sequence[Had],
    references: Sequence[str],
    call: HookCall,
    tenant: CdsTenant,
) -> Fetched:
    reads = [each.wanted for each in short if each.wanted.question is None]
    searches = [each.wanted for each in short if each.wanted.question is not None]
    urls = [*(each.url for each in reads), *references]
    with RestEhr(tenant.fhir_base_url, _limits(call, tenant.rest)) as ehr:
        asked = [each.question for each in searches if each.question]
        try:
            found = within(_seconds(call), lambda: ehr.read_each(urls, asked))
        except (HandoutError, TimeoutError) as error:
            code = error.code if isinstance(error, HandoutError) else "too-slow"
            raise _failed(short, f"reading failed ({code})") from None
        requests = ehr.requests_sent
    mine = (*found[: len(reads)], *found[len(urls) :])
    by_key = dict(zip([w.key for w in (*reads, *searches)], mine, strict=True))
    now = tuple(_replaced(h, by_key.get(h.wanted.key)) for h in had)
    _refuse_without(now, _refused("fhir-server-failed", "the FHIR server did not give it"))
    medications = found[len(reads) : len(urls)]
    return Fetched(
        tuple(map(_made_do, now)), tuple(e for f in medications for e in f.entries), requests
    )


def _failed(short: Sequence[Had], why: str) -> HookRefused:
    keys = ", ".join(each.wanted.key for each in short) or "medications"
    return _refused("fhir-server-failed", f"the call lacks prefetch {keys}: {why}")


def _replaced(had: Had, found: Found | None) -> Had:
    if found is None or found.refusal is not None:
        return had
    return Had(had.wanted, Answered.WHOLLY, found.entries, found.gaps)


def _limits(call: HookCall, rest: RestSettings) -> RestSettings:
    assert call.authorization is not None  # noqa: S101 asked before
    return replace(
        rest,
        token=call.authorization.access_token,
        retries=0,
        connect_timeout=min(rest.connect_timeout, _seconds(call)),
        read_timeout=min(rest.read_timeout, _seconds(call)),
    )


def _seconds(call: HookCall) -> float:
    assert call.authorization is not None  # noqa: S101 asked before
    return min(_SECONDS, float(call.authorization.expires_in))


def _scopes(call: HookCall) -> frozenset[str]:
    return call.authorization.scopes if call.authorization else frozenset()
