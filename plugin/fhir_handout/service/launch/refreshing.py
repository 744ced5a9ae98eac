"""A page's access token, renewed shortly before it expires.

In: a tenant and its tokens. Out: tokens that are good for a while: the same, or new ones, which
are to be kept, because the refresh token may have changed with them.
"""

from __future__ import annotations

from fhir_handout.errors import HandoutError
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import exchange
from fhir_handout.smart.tokens import Tokens

_EARLY_SECONDS = 30


class Expired(HandoutError):
    """The access ended and can't be renewed."""


def fresh(service: Service, apps: Apps, ready: Ready, tokens: Tokens) -> Tokens:
    """Tokens to use now; `Expired` access-expired where there are none any more."""
    now = service.seconds()
    if now < tokens.expires_at - _EARLY_SECONDS:
        return tokens
    if tokens.refresh_token is None:
        if now < tokens.expires_at:
            return tokens
        raise expired()
    configuration = apps.configurations.of(ready.tenant.base_url)
    client = apps.client(ready.tenant)
    try:
        return exchange.refreshed(client, configuration, tokens, apps.limits, now)
    except HandoutError as error:
        if error.code in ("grant-refused", "client-refused"):
            raise expired() from None
        raise


def expired() -> Expired:
    """That it is over."""
    return Expired("access-expired", "the EHR's permission has ended; open the app from it again")
