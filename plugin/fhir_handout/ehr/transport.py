"""One HTTP request and its answer, within limits of time and size.

In: a method, an absolute URL of our server, headers and a body. Out: an `Answer`, or one of:

    NeverSent    unreachable            no connection: the server has not seen the request
                 untrusted-certificate  its TLS certificate does not verify
    Unreachable  unreachable            connected, and no answer in time
                 answer-broken-off      the connection ended before the answer did
    InvalidFhir  answer-too-large       more bytes than the settings allow

Redirects are not followed here and nothing is sent twice. Proxies are taken from the environment,
as everywhere; credentials are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from ssl import SSLCertVerificationError

import requests
from requests import exceptions
from urllib3.exceptions import HTTPError, NewConnectionError

from fhir_handout import __version__
from fhir_handout.ehr.address import BaseUrl
from fhir_handout.ehr.answer import Answer, from_http
from fhir_handout.ehr.auth import Authorization
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.errors import InvalidFhir, Unreachable, UsageError

_CHUNK = 64 * 1024


class NeverSent(Unreachable):
    """No connection came about, so the server cannot have done anything."""


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: `requests` would read a redirect's body without limit to prepare the next step."""
        return None


class Transport:
    """A pool of connections to one server; counts what it sends."""

    def __init__(self, base: BaseUrl, settings: RestSettings) -> None:
        self._base, self._settings = base, settings
        self._session = _Session()
        self._session.auth = Authorization(base, settings.token)
        self._session.headers["User-Agent"] = f"fhir-handout/{__version__}"
        self._session.headers["Accept"] = "application/fhir+json"
        # Given with each request, because the session's own would yield to REQUESTS_CA_BUNDLE.
        self._verify = _verify(settings)
        self.requests_sent = 0

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send once, and take in the whole answer."""
        self.requests_sent += 1
        with self._send(method, url, headers, body) as response:
            return from_http(response.status_code, response.headers, self._body(response))

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> requests.Response:
        limits = (self._settings.connect_timeout, self._settings.read_timeout)
        try:
            return self._session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=limits,
                verify=self._verify,
                stream=True,
                allow_redirects=False,
            )
        except exceptions.SSLError as error:
            if _is_untrusted(error):
                raise self._untrusted() from None
            raise NeverSent(*self._said("unreachable", "TLS can't be agreed on")) from None
        except (exceptions.RequestException, HTTPError, OSError) as error:
            if _never_connected(error):
                raise NeverSent(*self._said("unreachable", "it can't be reached")) from None
            if isinstance(error, exceptions.Timeout):
                raise Unreachable(*self._said("unreachable", "it did not answer in time")) from None
            raise self._broken_off() from None

    def _body(self, response: requests.Response) -> bytes:
        limit, body = self._settings.max_answer_bytes, bytearray()
        try:
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > limit:
                    raise InvalidFhir(
                        "answer-too-large",
                        f"{self._base.url}: its answer is over {limit} bytes; "
                        "lower the page size or raise the limit",
                    )
        except (exceptions.RequestException, HTTPError, OSError):
            raise self._broken_off() from None
        return bytes(body)

    def _broken_off(self) -> Unreachable:
        return Unreachable(*self._said("answer-broken-off", "the connection broke off"))

    def _untrusted(self) -> NeverSent:
        return NeverSent(
            "untrusted-certificate",
            f"{self._base.url}: its TLS certificate does not verify; "
            "name the site's certificate authority in the CA bundle setting",
        )

    def _said(self, code: str, what: str) -> tuple[str, str]:
        hint = "check the address and the network, then try again"
        return code, f"{self._base.url}: {what}; {hint}"


def _never_connected(error: Exception) -> bool:
    if isinstance(error, exceptions.ConnectTimeout | exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def _is_untrusted(error: Exception) -> bool:
    """Whether it is the certificate, somewhere down in what the error was made from."""
    wrapped: object = error
    while isinstance(wrapped, Exception):
        if isinstance(wrapped, SSLCertVerificationError):
            return True
        wrapped = getattr(wrapped, "reason", None) or next(iter(wrapped.args), None)
    return False


def _verify(settings: RestSettings) -> bool | str:
    if settings.ca_bundle is None:
        return True
    if not settings.ca_bundle.exists():
        raise UsageError("no-ca-bundle", f"{settings.ca_bundle} is not there; correct the setting")
    return str(settings.ca_bundle)
