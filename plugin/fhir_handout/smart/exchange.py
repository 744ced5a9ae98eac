"""Trading a code for tokens, and a refresh token for new ones.

In: what was `Started`, and the code that came; later the `Tokens` of that. Out: `Tokens`. Nothing
is sent twice: a code and a refresh token that rotates serve once. Besides the errors of `fetch`,
`tokens` and `own_keys`:

    UsageError   no-refresh-token   there is none to refresh with: launch again
    InvalidFhir  context-changed    new tokens came for another patient or encounter
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fhir_handout.ehr.address import origin_text
from fhir_handout.errors import InvalidFhir, UsageError
from fhir_handout.smart.client import Client, authenticated
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.fetch import Limits, post_form
from fhir_handout.smart.launch import Started
from fhir_handout.smart.tokens import Tokens, tokens_of


def redeemed(
    client: Client,
    configuration: Configuration,
    started: Started,
    code: str,
    limits: Limits,
    now: float,
) -> Tokens:
    """The tokens for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": started.redirect_uri,
        "code_verifier": started.verifier,
    }
    return asked_for(client, configuration, form, started.scopes, limits, now)


def refreshed(
    client: Client, configuration: Configuration, old: Tokens, limits: Limits, now: float
) -> Tokens:
    """New tokens in place of old ones; a refresh token that comes with them replaces the old."""
    if old.refresh_token is None:
        raise UsageError("no-refresh-token", "the EHR gave no refresh token; launch again")
    form = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
    new = asked_for(client, configuration, form, old.scopes, limits, now)
    for was, now_is in ((old.patient, new.patient), (old.encounter, new.encounter)):
        if now_is not in (None, was):
            raise InvalidFhir(
                "context-changed",
                f"{origin_text(configuration.base)}: the refreshed token is for another patient or "
                "encounter; launch again",
            )
    return replace(
        old,
        access_token=new.access_token,
        expires_at=new.expires_at,
        scopes=new.scopes,
        refresh_token=new.refresh_token or old.refresh_token,
        id_token=new.id_token or old.id_token,
    )


def asked_for(
    client: Client,
    configuration: Configuration,
    form: Mapping[str, str],
    scopes: tuple[str, ...],
    limits: Limits,
    now: float,
) -> Tokens:
    """What the token endpoint gives for a form of any grant type."""
    endpoint = configuration.token_endpoint
    whole = authenticated(client, form, endpoint, now, configuration.signing_algorithms)
    return tokens_of(post_form(endpoint, whole, limits), endpoint, scopes, now)
