"""A server's capabilities, asked for once a day and kept on disk between runs.

In: a client and a folder. Out: a `Capability`. A copy that is old, damaged or of another layout
is fetched again; a server that does not show its capabilities is taken to be able to do all.
Raises `InvalidFhir` unsupported-fhir-version for a server that speaks another FHIR than R4.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from fhir_handout.ehr.capability import Capability, parse
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.kept_file import replace_file
from fhir_handout.ehr.refusal import resource_of
from fhir_handout.errors import InvalidFhir
from fhir_handout.fhir_version import is_r4

_LAYOUT = 1
_LIFE_SECONDS = 24 * 60 * 60


class CapabilityCache:
    """The capabilities of one server."""

    def __init__(self, client: FhirClient, clock: Callable[[], float] = time.time) -> None:
        self._client, self._clock = client, clock
        name = hashlib.sha256(client.base.url.encode()).hexdigest()
        self._file = client.settings.cache_dir / f"{name}.json"
        self._known: tuple[float, Capability] | None = None

    def get(self) -> Capability:
        """From memory, from disk, or from the server."""
        known = self._known or _load(self._file)
        if known is None or not 0 <= self._clock() - known[0] < _LIFE_SECONDS:
            return self._fetch()
        self._known = known
        return known[1]

    def _fetch(self) -> Capability:
        answer = self._client.get("metadata")
        if not answer.ok or answer.type == "OperationOutcome":
            return Capability()
        if answer.type == "Conformance":
            raise self._unsupported("DSTU2")
        found = parse(resource_of(answer, "CapabilityStatement", "metadata", self._client.base.url))
        if found.fhir_version and not is_r4(found.fhir_version):
            raise self._unsupported(found.fhir_version)
        self._known = self._clock(), found
        _save(self._file, *self._known)
        return found

    def _unsupported(self, version: str) -> InvalidFhir:
        shown = version if len(version) < 20 and version.isprintable() else "another version"
        return InvalidFhir(
            "unsupported-fhir-version",
            f"{self._client.base.url} speaks FHIR {shown}; give the base URL of its R4 interface",
        )


def _load(file: Path) -> tuple[float, Capability] | None:
    try:
        return _from_json(orjson.loads(file.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _from_json(kept: Mapping[str, Any]) -> tuple[float, Capability]:
    if kept["layout"] != _LAYOUT:
        raise ValueError("another layout")
    return float(kept["fetched"]), Capability(
        fhir_version=str(kept["fhir_version"]),
        system=frozenset(kept["system"]),
        types={name: frozenset(codes) for name, codes in kept["types"].items()},
        conditional_create=frozenset(kept["conditional_create"]),
    )


def _save(file: Path, fetched: float, found: Capability) -> None:
    kept = {
        "layout": _LAYOUT,
        "fetched": fetched,
        "fhir_version": found.fhir_version,
        "system": sorted(found.system),
        "types": {name: sorted(codes) for name, codes in found.types.items()},
        "conditional_create": sorted(found.conditional_create),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, orjson.dumps(kept))
    except OSError:
        return  # without a cache the next run asks again; that is all
