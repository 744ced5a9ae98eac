"""What OpenAPI says of hook calls: the specification of CDS Hooks 2.0 in short.

The bodies themselves are checked by `fhir_handout.cds_hooks`, which says what is wrong with them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class _Said(BaseModel):
    model_config = ConfigDict(extra="allow")


class DiscoveryAnswer(_Said):
    """The services there are."""

    services: list[dict[str, Any]]


class HookAnswer(_Said):
    """Cards, and nothing that acts on its own."""

    cards: list[dict[str, Any]]


def body(required: dict[str, str], description: str) -> dict[str, Any]:
    """A JSON body with these fields at least, by their JSON types."""
    schema = {
        "type": "object",
        "required": list(required),
        "properties": {name: {"type": kind} for name, kind in required.items()},
    }
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


CALL = body(
    {"hook": "string", "hookInstance": "string", "context": "object"},
    "A hook call of CDS Hooks 2.0",
)
OUTCOMES = body({"feedback": "array"}, "What was done with cards")
