"""Giving tokens back before they expire (RFC 7009).

In: `Tokens`, and the configuration of the EHR they came from. Out: whether the EHR took them back;
False where its configuration names no place for that. What is refused, or not reached, is one of
the errors of `fetch` and `own_keys`, or

    Refused  token-kept  the EHR did not take it back
"""

from __future__ import annotations

from fhir_handout.ehr.address import origin_text
from fhir_handout.errors import Refused
from fhir_handout.smart.client import Client, authenticated
from fhir_handout.smart.configuration import Configuration
from fhir_handout.smart.fetch import Limits, post_form


def revoke(
    client: Client,
    configuration: Configuration,
    access_token: str,
    refresh_token: str | None,
    limits: Limits,
    now: float,
) -> bool:
    """Give both back, the refresh token first: with it an EHR ends all that was granted."""
    endpoint = configuration.revocation_endpoint
    if endpoint is None:
        return False
    tokens = (("refresh_token", refresh_token), ("access_token", access_token))
    for hint, token in tokens:
        if token is not None:
            form = {"token": token, "token_type_hint": hint}
            whole = authenticated(
                client, form, configuration.token_endpoint, now, configuration.signing_algorithms
            )
            answer = post_form(endpoint, whole, limits)
            if not answer.ok:
                said = (
                    f"{origin_text(endpoint)}: it did not take a token back; it expires by itself"
                )
                raise Refused("token-kept", said, answer.status)
    return True
