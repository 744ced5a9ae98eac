"""Talking to one FHIR server: reads that are tried again, writes that are sent exactly once.

In: FHIR URLs relative to the base, and resources. Out: an `Answer` of any status. Besides the
errors of `transport`, these are raised:

    Refused  redirected-elsewhere  the server sends us to another one, which gets no request
             redirect-loop         its redirects do not end
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

import orjson
from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import InvalidHeader, MaxRetryError

from fhir_handout.ehr.address import BaseUrl, origin_text
from fhir_handout.ehr.answer import Answer
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.ehr.transport import NeverSent, Transport
from fhir_handout.errors import Refused, Unreachable
from fhir_handout.patient_record import Resource

_WORTH_RETRYING = (429, 502, 503, 504)
_MOST_REDIRECTS = 5
# After a write this does not say no: something was done, and can be seen elsewhere.
SEE_OTHER = 303
# Servers such as HAPI answer a search from a minute-old result otherwise, also inside a batch.
_FRESH = {"Cache-Control": "no-cache"}
_FHIR_BODY = {"Content-Type": "application/fhir+json"}
_FORM_BODY = {"Content-Type": "application/x-www-form-urlencoded"}


class FhirClient:
    """A FHIR server at one base URL."""

    def __init__(self, base: BaseUrl, settings: RestSettings) -> None:
        self.base, self.settings = base, settings
        self._transport = Transport(base, settings)

    @property
    def requests_sent(self) -> int:
        """How many HTTP requests have left, each retry and redirect counted."""
        return self._transport.requests_sent

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def get(self, url: str) -> Answer:
        """Read a URL, following a few redirects on the same server."""
        target = self.base.absolute(url)
        seen: list[str] = []
        while target not in seen and len(seen) <= _MOST_REDIRECTS:
            self._same_server(target)
            answer = self._read("GET", target, None)
            if not answer.is_redirect:
                return answer
            seen.append(target)
            target = urljoin(target, answer.location or "")
        raise Refused(
            "redirect-loop", f"{self.base.url}: its redirects do not end; correct the base URL"
        )

    def post_batch(self, batch: Resource) -> Answer:
        """Send a batch that only reads; it may be sent again. Redirects come back as they are."""
        answer = self._read("POST", self.base.endpoint, orjson.dumps(batch))
        if answer.is_redirect:
            self._same_server(urljoin(self.base.endpoint, answer.location or ""))
        return answer

    def post_search(self, resource_type: str, query: str) -> Answer:
        """Search with the parameters in the body, where no log of addresses has them."""
        target = self.base.absolute(f"{resource_type}/_search")
        return self._read("POST", target, query.encode(), _FORM_BODY)

    def send_once(
        self, method: str, url: str, resource: Resource, headers: Mapping[str, str]
    ) -> Answer:
        """Send a write, once, whatever comes of it."""
        body = orjson.dumps(resource)
        target = self.base.absolute(url) if url else self.base.endpoint
        self._same_server(target)
        answer = self._transport.exchange(method, target, {**_FHIR_BODY, **headers}, body)
        if answer.is_redirect and answer.status != SEE_OTHER:
            self._same_server(urljoin(target, answer.location or ""))
        return answer

    def _read(
        self,
        method: str,
        url: str,
        body: bytes | None,
        of_body: Mapping[str, str] = _FHIR_BODY,
    ) -> Answer:
        headers = {**_FRESH, **of_body} if body else _FRESH
        retry = self._retries()
        while True:
            try:
                answer = self._transport.exchange(method, url, headers, body)
            except Unreachable as error:
                retry = _next_try(retry, method, error)
                continue
            if not retry.is_retry(method, answer.status):
                return answer
            try:
                retry = retry.increment(method, response=_as_urllib3(answer))
            except MaxRetryError:
                return answer
            _wait(retry, answer)

    def _retries(self) -> Retry:
        return Retry(
            total=self.settings.retries,
            allowed_methods=None,
            status_forcelist=_WORTH_RETRYING,
            backoff_factor=self.settings.retry_backoff,
            retry_after_max=self.settings.retry_after_cap_seconds,
            respect_retry_after_header=True,
        )

    def _same_server(self, url: str) -> None:
        if not self.base.is_same_server(url):
            raise Refused(
                "redirected-elsewhere",
                f"{self.base.url} sends us to {origin_text(url)}, which was not asked: "
                "if that is right, give it as base URL",
            )


def _next_try(retry: Retry, method: str, error: Unreachable) -> Retry:
    if isinstance(error, NeverSent) and error.code == "untrusted-certificate":
        raise error  # it would not verify the next time either
    try:
        retry = retry.increment(method, error=error)
    except MaxRetryError:
        raise error from None
    retry.sleep()
    return retry


def _wait(retry: Retry, answer: Answer) -> None:
    try:
        retry.sleep(_as_urllib3(answer))
    except (InvalidHeader, OverflowError, ValueError):
        retry.sleep()


def _as_urllib3(answer: Answer) -> HTTPResponse:
    headers = {"Retry-After": answer.retry_after} if answer.retry_after else {}
    return HTTPResponse(body=b"", status=answer.status, headers=headers)
