"""Where an EHR's authorization server is, and what it can do: its SMART configuration.

In: the base URL of a FHIR server that the site configured. Out: a `Configuration`, kept in memory
for a while. Besides the errors of `fetch`:

    InvalidFhir  bad-smart-configuration  a required member is missing or wrong, or an address in it
                                          is no https one
    Refused      no-pkce                  it does not take S256
                 not-capable              it lacks what is needed
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from fhir_handout.ehr.address import BaseUrl, origin, origin_text
from fhir_handout.errors import InvalidFhir, Refused
from fhir_handout.smart.fetch import Limits, get_json, is_local, is_safe

WELL_KNOWN = ".well-known/smart-configuration"
_KEPT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an EHR says of itself; `base` is the FHIR server's URL as the site wrote it."""

    base: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    issuer: str | None = None
    jwks_uri: str | None = None
    capabilities: frozenset[str] = frozenset()
    challenge_methods: frozenset[str] = frozenset()
    signing_algorithms: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    revocation_endpoint: str | None = None

    def require(self, *capabilities: str) -> None:
        """`Refused` not-capable where it does not claim one of them."""
        lacking = [name for name in capabilities if name not in self.capabilities]
        if lacking:
            raise Refused(
                "not-capable",
                f"{origin_text(self.base)}: its SMART configuration lacks {', '.join(lacking)}; "
                "ask who runs it to switch that on",
            )

    def authorize_at(self) -> str:
        """Where a launch goes; `Refused` where it takes none, or not with S256."""
        if self.authorization_endpoint is None:
            raise _bad(self.base, "no authorization_endpoint")
        if "S256" not in self.challenge_methods:
            raise Refused(
                "no-pkce",
                f"{origin_text(self.base)}: it takes no PKCE challenge of S256, and nothing less "
                "is safe; ask who runs it to switch that on",
            )
        return self.authorization_endpoint


class Configurations:
    """The configurations of a site's EHRs; threads may share it."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        kept_seconds: float = _KEPT_SECONDS,
    ) -> None:
        self._limits, self._clock, self._kept_seconds = limits, clock, kept_seconds
        self._known: dict[str, tuple[float, Configuration]] = {}

    def of(self, base: str) -> Configuration:
        """The configuration of the EHR at a base URL."""
        known = self._known.get(base)
        if known is None or self._clock() - known[0] >= self._kept_seconds:
            known = self._clock(), discovered(base, self._limits)
            self._known[base] = known
        return known[1]

    def forget(self, base: str) -> None:
        """Ask anew the next time, because what it said last turned out to be no more so."""
        self._known.pop(base, None)


def discovered(base: str, limits: Limits) -> Configuration:
    """What the EHR at a base URL says now."""
    url = f"{BaseUrl.parse(base).url}/{WELL_KNOWN}"
    return parsed(base, get_json(url, limits, "reading the SMART configuration"))


def parsed(base: str, said: Mapping[str, Any]) -> Configuration:
    """The configuration as an EHR sent it, its addresses checked."""
    token_endpoint = _address(base, said, "token_endpoint")
    if token_endpoint is None:
        raise _bad(base, "no token_endpoint")
    return Configuration(
        base=base,
        token_endpoint=token_endpoint,
        authorization_endpoint=_address(base, said, "authorization_endpoint"),
        issuer=_address(base, said, "issuer"),
        jwks_uri=_address(base, said, "jwks_uri"),
        capabilities=_names(base, said, "capabilities"),
        challenge_methods=_names(base, said, "code_challenge_methods_supported"),
        signing_algorithms=_names(base, said, "token_endpoint_auth_signing_alg_values_supported"),
        scopes=_names(base, said, "scopes_supported"),
        revocation_endpoint=_address(base, said, "revocation_endpoint"),
    )


def is_as_safe(url: str, base: str) -> bool:
    """Whether an address that a server gave may be asked: only a server here may point to here."""
    return is_safe(url) and (url.startswith("https:") or is_local(base))


def _address(base: str, said: Mapping[str, Any], name: str) -> str | None:
    found = said.get(name)
    if found is None:
        return None
    url = found if isinstance(found, str) else ""
    if url and origin(url) is None:
        # Some older servers give addresses relative to the base URL.
        url = urljoin(f"{base.rstrip('/')}/", url)
    if not is_as_safe(url, base):
        raise _bad(base, f"{name} is no https address")
    return url


def _names(base: str, said: Mapping[str, Any], name: str) -> frozenset[str]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _bad(base, f"{name} is no list of names")
    return frozenset(found)


def _bad(base: str, why: str) -> InvalidFhir:
    return InvalidFhir(
        "bad-smart-configuration",
        f"{origin_text(base)}: its SMART configuration is wrong: {why}; tell who runs it",
    )
