"""A page's tokens, renewed shortly before they expire, and given back when the page is closed.

In: an app and its tokens. Out: tokens that are good for a while: the same, or new ones, which are
to be kept, because the refresh token may have changed with them.
"""

from __future__ import annotations

from fhir_handout.errors import HandoutError, Refused
from fhir_handout.service.launch.apps import App
from fhir_handout.smart import exchange
from fhir_handout.smart.tokens import Tokens

_OVER = ("grant-refused", "client-refused")


def fresh(app: App, base: str, tokens: Tokens, now: int) -> Tokens:
    """Tokens to use from now on; `Refused` unauthorized where there are none any more.

    Those that still count are used on where the authorization server gives no answer.
    """
    still = now < tokens.expires_at
    if tokens.refresh_token is None:
        if still:
            return tokens
        raise expired()
    try:
        configuration = app.configurations.of(base)
        return exchange.refreshed(app.client, configuration, tokens, app.limits, now)
    except HandoutError as error:
        if still:
            return tokens
        if error.code in _OVER:
            raise expired() from None
        raise


def expired() -> Refused:
    """That it is over; the same that the EHR says of a token it takes no more."""
    said = "the EHR's permission for this page has ended; open the app from the EHR again"
    return Refused("unauthorized", said, 401)
