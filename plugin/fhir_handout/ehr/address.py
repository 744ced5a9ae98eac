"""The base URL of a FHIR server, and which other URLs belong to the same server.

In: what a person typed, or a URL a server gave. Out: a `BaseUrl` without credentials, or whether a
URL has the same scheme, host and port. URLs are parsed by the library that opens connections, so
that nothing can look like our server here and be another one there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from fhir_handout.errors import UsageError

Origin = tuple[str, str, int]
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A server's base URL, fit for messages; credentials that stood in it are kept apart.

    `endpoint` is where Bundles are sent: the URL with the slash at its end, where one was typed,
    because some servers redirect from one form to the other, and a POST does not follow.
    """

    url: str
    endpoint: str
    userinfo: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """`UsageError` where it is not an http or https URL, or has a query or fragment."""
        parsed = _parsed(text.strip())
        if parsed is None or origin(text.strip()) is None:
            raise UsageError("bad-base-url", "the base URL is not an http(s) URL; correct it")
        if parsed.query is not None or parsed.fragment is not None:
            raise UsageError(
                "bad-base-url", "the base URL has a query or a fragment; give it without"
            )
        userinfo = unquote(parsed.auth) if parsed.auth else None
        bare = parsed._replace(auth=None, query=None, fragment=None)
        url = bare.url.rstrip("/")
        return cls(url, f"{url}/" if bare.url != url else url, userinfo)

    def absolute(self, url: str) -> str:
        """A URL relative to the base, such as `Patient/1`, in full; an absolute one unchanged."""
        return urljoin(f"{self.url}/", url)

    def is_same_server(self, url: str) -> bool:
        """Whether a request to this URL goes where our token may go."""
        return origin(url) == origin(self.url)


def origin(url: str) -> Origin | None:
    """Scheme, host and port, or None for what is not an http(s) URL."""
    parsed = _parsed(url)
    if parsed is None or not parsed.host or parsed.scheme not in _PORTS:
        return None
    return parsed.scheme, parsed.host, parsed.port or _PORTS[parsed.scheme]


def origin_text(url: str) -> str:
    """An origin as a message may show it, without path, query or credentials."""
    found = origin(url)
    return f"{found[0]}://{found[1]}:{found[2]}" if found else "an address that is no http(s) URL"


def _parsed(url: str) -> Url | None:
    try:
        return parse_url(url)
    except LocationParseError:
        return None
