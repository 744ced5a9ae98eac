"""SMART Backend Services: a token for use without a person.

In: our registration, an EHR's configuration and the scopes that are needed. Out: an access token,
kept until shortly before it expires. Besides the errors of `configuration`, `exchange` and `fetch`:

    Refused  scopes-too-few  the EHR gave fewer scopes than are needed
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from fhir_handout.ehr.address import origin_text
from fhir_handout.errors import Refused
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configuration, discovered
from fhir_handout.smart.exchange import asked_for
from fhir_handout.smart.fetch import Limits
from fhir_handout.smart.scopes import missing
from fhir_handout.smart.site_settings import BackendSettings
from fhir_handout.smart.tokens import Tokens

_EARLY_SECONDS = 60.0
_EARLY_PART = 0.2


class BackendTokens:
    """The tokens for one EHR; threads may share it, and one of them fetches for all."""

    def __init__(
        self,
        client: Client,
        configuration: Callable[[], Configuration],
        scopes: tuple[str, ...],
        limits: Limits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._configuration = client, configuration
        self._scopes, self._limits, self._clock = scopes, limits, clock
        self._lock = Lock()
        self._kept: tuple[float, str] | None = None

    def token(self) -> str:
        """An access token that is good for a while yet."""
        with self._lock:
            if self._kept is None or self._clock() >= self._kept[0]:
                self._kept = self._fetched()
            return self._kept[1]

    def forget(self) -> None:
        """Fetch a new one the next time, because the EHR took the last no more."""
        with self._lock:
            self._kept = None

    def _fetched(self) -> tuple[float, str]:
        now = self._clock()
        configuration = self._configuration()
        form = {"grant_type": "client_credentials", "scope": " ".join(self._scopes)}
        found = asked_for(self._client, configuration, form, self._scopes, self._limits, now)
        lacking = missing(found.scopes, self._scopes)
        if lacking:
            raise Refused(
                "scopes-too-few",
                f"{origin_text(configuration.base)}: it did not give {' '.join(lacking)}; "
                "register this client for that",
            )
        return _until(found, now), found.access_token


def tokens_of_site(site: BackendSettings, limits: Limits) -> BackendTokens:
    """The tokens of the EHR that a site's settings name."""

    def configuration() -> Configuration:
        if site.token_endpoint is not None:
            return Configuration(site.url, site.token_endpoint)
        return discovered(site.url, limits)

    client = Client(site.client_id, KeyFile(site.keys))
    return BackendTokens(client, configuration, site.scopes, limits)


def _until(found: Tokens, now: float) -> float:
    """When to fetch the next one: before this one ends, and not so early that it serves nobody."""
    life = found.expires_at - now
    return found.expires_at - min(_EARLY_SECONDS, life * _EARLY_PART)
