"""A launch under way, and its tokens, as bytes to be encrypted and kept on the server.

In: `Started` or `Tokens`. Out: bytes, and the same again from these. They hold secrets: whoever
keeps them encrypts them. Bytes that are not ours raise `ValueError`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from fhir_handout.smart.launch import Started
from fhir_handout.smart.tokens import Context, Tokens


def kept(value: Started | Tokens) -> bytes:
    """What to keep of it."""
    return orjson.dumps(asdict(value))


def started_from(data: bytes) -> Started:
    """The launch that was kept."""
    found = _members(data)
    try:
        return Started(**{**found, "scopes": tuple(found["scopes"])})
    except (KeyError, TypeError):
        raise ValueError("no launch was kept here") from None


def tokens_from(data: bytes) -> Tokens:
    """The tokens that were kept."""
    found = _members(data)
    try:
        context = tuple(Context(**each) for each in found["context"])
        return Tokens(**{**found, "scopes": tuple(found["scopes"]), "context": context})
    except (KeyError, TypeError):
        raise ValueError("no tokens were kept here") from None


def _members(data: bytes) -> dict[str, Any]:
    found = orjson.loads(data)
    if not isinstance(found, dict):
        raise ValueError("nothing of ours was kept here")
    return found
