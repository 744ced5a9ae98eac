"""One request for JSON to an address that the configuration gave, within limits.

In: an https URL, or an http one on this machine. Out: a JSON object, or for a form the `Answer` of
any status. Nothing is sent twice, no redirect is followed, and no credentials are looked for. The
errors name the server alone, never a path or a query:

    UsageError   bad-address            no https URL, nor http on this machine
                 no-ca-bundle           the CA bundle of the settings is not there
    Unreachable  unreachable            no connection, or no whole answer in time
                 untrusted-certificate  its TLS certificate does not verify
                 answer-broken-off      the connection ended before the answer did
    Refused      not-there              404 or 410
                 redirected             it moved; nothing is sent to where
                 server-error           5xx or 429
                 unexpected-answer      any other status that is no success
    InvalidFhir  answer-too-large       more bytes than the limit
                 not-json               no JSON object, or one that is too deep
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fhir_handout.ehr.address import BaseUrl, origin_text
from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.deadline import within
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.ehr.transport import Transport
from fhir_handout.errors import HandoutError, InvalidFhir, Refused, Unreachable, UsageError
from fhir_handout.smart.limits import Limits, is_local, is_safe

__all__ = ["Limits", "get_json", "is_local", "is_safe", "json_object", "post_form"]

_JSON = {"Accept": "application/json"}
_FORM = {**_JSON, "Content-Type": "application/x-www-form-urlencoded", "Cache-Control": "no-store"}
_NOWHERE = Path()


def get_json(url: str, limits: Limits, what: str = "reading JSON") -> Mapping[str, Any]:
    """The JSON object at a URL; `what` says in messages what it was wanted for."""
    return json_object(_exchange("GET", url, limits, _JSON, None), what, url)


def post_form(
    url: str, form: Mapping[str, str], limits: Limits, headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer to a form, also where it says no."""
    return _exchange("POST", url, limits, {**_FORM, **(headers or {})}, urlencode(form).encode())


def json_object(answer: Answer, what: str, url: str) -> Mapping[str, Any]:
    """The object of a successful answer; raises what is wrong otherwise."""
    where = origin_text(url)
    if not answer.ok:
        code, hint = _meaning(answer.status)
        said = f"{what} at {where}: the server answered {answer.status}; {hint}"
        raise Refused(code, said, answer.status)
    if answer.resource is None:
        raise InvalidFhir("not-json", f"{what} at {where}: what it sent is {answer.flaw}")
    return answer.resource


def _exchange(
    method: str, url: str, limits: Limits, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    if not is_safe(url):
        raise UsageError(
            "bad-address",
            f"{origin_text(url)}: no https URL, nor http on this machine; correct the settings",
        )
    base = BaseUrl.parse(origin_text(url))
    transport = Transport(base, _rest(limits))
    try:
        return within(limits.seconds, lambda: transport.exchange(method, url, headers, body))
    except TimeoutError:
        raise _late(base) from None
    except InvalidFhir:
        raise _too_large(base, limits) from None
    finally:
        transport.close()


def _rest(limits: Limits) -> RestSettings:
    return RestSettings(
        cache_dir=_NOWHERE,
        state_dir=_NOWHERE,
        ca_bundle=limits.ca_bundle,
        connect_timeout=limits.connect_timeout,
        read_timeout=limits.read_timeout,
        max_answer_bytes=limits.max_bytes,
        retries=0,
    )


def _late(base: BaseUrl) -> HandoutError:
    return Unreachable("unreachable", f"{base.url}: no whole answer came in time; try again")


def _too_large(base: BaseUrl, limits: Limits) -> HandoutError:
    return InvalidFhir(
        "answer-too-large",
        f"{base.url}: its answer is over {limits.max_bytes} bytes; check the address",
    )


def _meaning(status: int) -> tuple[str, str]:
    if status in (404, 410):
        return "not-there", "check the address"
    if 300 <= status < 400:
        return "redirected", "give the address it moved to"
    if status >= 500 or status == 429:
        return "server-error", "try again later"
    return "unexpected-answer", "check the address"
