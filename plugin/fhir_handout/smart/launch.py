"""The way to an authorization code: the URL a browser is sent to, and what comes back.

In: an EHR's configuration, our registration, and for a launch from the EHR its `launch`. Out: a URL
and `Started`, to be kept on the server and tied to that browser; then from the parameters of the
redirect the code. Errors of the way back:

    NotAllowed  state-mismatch   it is not the answer to what this browser began
                wrong-issuer     another authorization server answered
    Refused     access-denied    the user, or a rule of the EHR's, said no
                launch-refused   the authorization server found fault with the request
    InvalidFhir no-code          neither a code nor an error came
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fhir_handout.ehr.address import origin_text
from fhir_handout.errors import InvalidFhir, NotAllowed, Refused
from fhir_handout.smart.configuration import Configuration

_BYTES = 32
_STANDALONE = ("launch/patient", "launch/encounter")
_LONGEST_CODE = 8192


@dataclass(frozen=True, slots=True)
class Started:
    """A launch under way; whoever holds `verifier` may redeem its code."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    base: str
    redirect_uri: str
    scopes: tuple[str, ...]


def start(
    configuration: Configuration,
    client_id: str,
    redirect_uri: str,
    scopes: tuple[str, ...],
    launch: str | None = None,
) -> tuple[str, Started]:
    """The URL to send the browser to; without `launch` we are opened outside of the EHR."""
    asked = _scopes(scopes, launch)
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(asked),
        "state": state,
        "aud": configuration.base,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **({"launch": launch} if launch is not None else {}),
    }
    where = configuration.authorize_at()
    url = f"{where}{'&' if '?' in where else '?'}{urlencode(parameters)}"
    return url, Started(state, nonce, verifier, configuration.base, redirect_uri, asked)


def challenge(verifier: str) -> str:
    """What S256 makes of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def code_of(started: Started, configuration: Configuration, parameters: Mapping[str, str]) -> str:
    """The code among the parameters that the browser brought to our redirect URI."""
    if not secrets.compare_digest(started.state.encode(), parameters.get("state", "").encode()):
        raise NotAllowed(
            "state-mismatch", "this is no answer to a launch of this browser; launch again"
        )
    # RFC 9207: who answers says so, and then it must be who was asked.
    if configuration.issuer and parameters.get("iss") not in (None, configuration.issuer):
        raise NotAllowed("wrong-issuer", "another server answered than was asked; launch again")
    if "error" in parameters:
        raise _refused(configuration, parameters["error"])
    code = parameters.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        raise InvalidFhir(
            "no-code", f"{origin_text(configuration.base)}: no code came back; launch again"
        )
    return code


def _scopes(scopes: tuple[str, ...], launch: str | None) -> tuple[str, ...]:
    """An EHR's launch brings its context along; otherwise each part is asked for by its scope."""
    context = ("launch",) if launch is not None else _STANDALONE
    asked = (scope for scope in scopes if scope.partition("/")[0] != "launch")
    return tuple(dict.fromkeys((*context, *asked)))


def _refused(configuration: Configuration, error: str) -> Refused:
    """What it says besides is not repeated: it may be anything."""
    where = origin_text(configuration.base)
    if error == "access_denied":
        return Refused(
            "access-denied", f"{where}: access was denied; launch again to be asked anew"
        )
    return Refused(
        "launch-refused", f"{where}: it refused the launch; check how this app is registered there"
    )
