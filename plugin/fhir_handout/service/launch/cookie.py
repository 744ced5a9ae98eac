"""The cookie that ties a launch to the browser that began it, so that nobody else can end it.

In: a state and a secret. Out: a `Set-Cookie` value, one cookie for each launch, so that several can
be under way at once; and whether a request brings it. It works inside another site's frame.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fhir_handout.store.sealing import fingerprint

PATH = "/callback"
_PREFIX = "__Secure-launch-"


def name(state: str) -> str:
    """The cookie's name; it says nothing of the state itself."""
    return _PREFIX + fingerprint(state)[:16]


def set_cookie(redirect_uri: str, state: str, secret: str, seconds: int) -> str:
    """The header that sets it for where the browser comes back, or with 0 seconds takes it away."""
    where = f"Path={urlsplit(redirect_uri).path}; Max-Age={seconds}"
    return f"{name(state)}={secret}; {where}; Secure; HttpOnly; SameSite=None; Partitioned"
