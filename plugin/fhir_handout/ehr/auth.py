"""The Authorization header: a Bearer token, a name and password from the base URL, or none.

In: the base URL and the token. Out: an auth object for the HTTP session. It is always set, even
without credentials, because otherwise `requests` would look for some in a netrc file.
"""

from __future__ import annotations

from base64 import b64encode

from requests import PreparedRequest
from requests.auth import AuthBase

from fhir_handout.ehr.address import BaseUrl
from fhir_handout.errors import UsageError


class Authorization(AuthBase):
    """Puts the credentials on requests to our server, and on no others."""

    def __init__(self, base: BaseUrl, token: str | None) -> None:
        self._base = base
        self._value = _value(base, token)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Called by `requests` with each request before it is sent."""
        if self._value and self._base.is_same_server(r.url or ""):
            r.headers["Authorization"] = self._value
        return r


def _value(base: BaseUrl, token: str | None) -> str | None:
    if token is not None and token.strip():
        return f"Bearer {_checked(token.strip())}"
    if base.userinfo is not None:
        return f"Basic {b64encode(base.userinfo.encode()).decode()}"
    return None


def _checked(token: str) -> str:
    # The library's own error would print the token.
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("bad-token", "the access token holds characters no token has; set it anew")
    return token
