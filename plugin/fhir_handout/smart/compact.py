"""A signed token taken apart, strictly, before anything in it is believed.

In: a compact JWS (RFC 7515). Out: its header and payload as bytes that mean one thing only, or
`BadToken` with one of the codes that `signed_tokens` lists; no message holds a part of the token.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from fhir_handout.errors import NotAllowed

LONGEST_TOKEN = 16 * 1024
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)


class BadToken(NotAllowed):
    """A signed token that is not to be believed; its code says why, and nothing says what it is."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A token's header, and its claims, neither of them verified."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)
    token: str = field(repr=False)


def taken_apart(token: str) -> Compact:
    """The parts of a token; nothing is said of its signature."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or not _FORM.fullmatch(token):
        raise malformed("it has not the form of a signed token")
    header, payload, signature = token.split(".")
    _decoded(signature)
    return Compact(_object(_decoded(header)), _object(_decoded(payload)), token)


def malformed(why: str) -> BadToken:
    """The error for what is no token."""
    return BadToken("token-malformed", f"the signed token can't be read: {why}")


def _decoded(part: str) -> bytes:
    """The bytes, only where nothing else would have been written for them."""
    try:
        found = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise malformed("a part is not base64url") from None
    if urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise malformed("a part is not base64url in its one form")
    return found


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise malformed("a part is not JSON, or says something twice") from None
    if not isinstance(found, dict):
        raise malformed("a part is no JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may take different ones of two values for one name, so there must be one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
