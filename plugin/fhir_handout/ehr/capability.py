"""What a FHIR server says it can do, as far as it matters here.

In: its CapabilityStatement. Out: a `Capability`. What the server did not say is taken to be
possible and found out by trying; only what it plainly leaves out is taken to be impossible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Capability:
    """System interactions, and for each resource type its interactions; empty where not said."""

    fhir_version: str = ""
    system: frozenset[str] = frozenset()
    types: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conditional_create: frozenset[str] = frozenset()

    @property
    def takes_batch(self) -> bool:
        """Whether to try a batch. HAPI lists only `transaction`, and takes both."""
        return not self.system or bool(self.system & {"batch", "transaction"})

    @property
    def takes_transaction(self) -> bool:
        """Whether to try a transaction."""
        return not self.system or "transaction" in self.system

    def knows(self, resource_type: str) -> bool:
        """Whether the server may have this resource type."""
        return not self.types or resource_type in self.types

    def offers(self, resource_type: str, interaction: str) -> bool:
        """Whether the server may do this with resources of that type."""
        if not self.knows(resource_type):
            return False
        stated = self.types.get(resource_type)
        return not stated or interaction in stated

    def creates_once(self, resource_type: str) -> bool:
        """Whether a conditional create can be relied on."""
        return not self.types or resource_type in self.conditional_create


def parse(statement: Mapping[str, Any]) -> Capability:
    """A CapabilityStatement, of which any part may be missing or damaged."""
    rest = _server_part(statement)
    resources = {r["type"]: r for r in _objects(rest.get("resource")) if _is_text(r.get("type"))}
    version = statement.get("fhirVersion")
    return Capability(
        fhir_version=version if isinstance(version, str) else "",
        system=_codes(rest.get("interaction")),
        types={name: _codes(r.get("interaction")) for name, r in resources.items()},
        conditional_create=frozenset(
            name for name, r in resources.items() if r.get("conditionalCreate") is True
        ),
    )


def _server_part(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = _objects(statement.get("rest"))
    servers = [part for part in parts if part.get("mode", "server") == "server"]
    return servers[0] if servers else {}


def _codes(interactions: Any) -> frozenset[str]:
    return frozenset(
        item["code"].strip() for item in _objects(interactions) if _is_text(item.get("code"))
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
