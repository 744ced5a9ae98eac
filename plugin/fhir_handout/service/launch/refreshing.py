"""A page's access token, renewed shortly before it expires.

In: a tenant and its tokens. Out: tokens that are good for a while: the same, or new ones, which
are to be kept, because the refresh token may have changed with them.
"""

from __future__ import annotations

from fhir_handout.errors import HandoutError, Refused
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.running import Ready, Service
from fhir_handout.smart import exchange
from fhir_handout.smart.tokens import Tokens

_EARLY_SECONDS = 30


def fresh(service: Service, apps: Apps, ready: Ready, tokens: Tokens) -> Tokens:
    """Tokens to use now; `Refused` unauthorized where there are none any more."""
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


def expired() -> Refused:
    """That it is over; the same that the EHR says of a token it takes no more."""
    said = "the EHR's permission for this page has ended; open the app from the EHR again"
    return Refused("unauthorized", said, 401)
