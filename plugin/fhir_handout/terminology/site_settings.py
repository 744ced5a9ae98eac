"""The table [terminology] of a site's settings file.

In: the table as parsed TOML. Out: `TerminologySettings`, None where the site names no server, and a
problem for each key that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fhir_handout.ehr.rest_settings import ON_THIS_MACHINE
from fhir_handout.errors import UsageError

# An implicit value set of SNOMED CT may hold a query with spaces: `…?fhir_vs=ecl/<<1 MINUS <<2`.
_CANONICAL = re.compile(r"(https?://|urn:(oid|uuid):)[^\s/]\S*( +\S+)*")


@dataclass(frozen=True, slots=True)
class TerminologySettings:
    """A terminology server, and which of its value sets stands for which of the content pack's."""

    server: str
    canonical: Mapping[str, str]
    token: str | None = field(default=None, repr=False)

    def refuse_unknown(self, value_sets: Collection[str]) -> None:
        """`UsageError` bad-settings where a value set is mapped that is none of these."""
        unknown = sorted(set(self.canonical) - set(value_sets))
        if unknown:
            raise UsageError(
                "bad-settings",
                f"no risk factor of the content pack has the value set {', '.join(unknown)}; "
                "correct the names in [terminology.canonical]",
            )


def terminology_settings(
    table: Mapping[str, Any], problems: list[str]
) -> TerminologySettings | None:
    """What the table says, without a token; None where it is empty or wrong."""
    known = len(problems)
    server, canonical = table.get("server"), table.get("canonical")
    names = (name for name in table if name not in ("server", "canonical", "value_sets"))
    problems += [f"unknown key terminology.{name}" for name in names]
    if server is not None and not _is_server(server):
        problems.append("terminology.server is no https address, nor http on this machine")
    if isinstance(canonical, dict):
        problems += [
            f"terminology.canonical.{name} is no canonical URL"
            for name, url in canonical.items()
            if not isinstance(url, str) or not _CANONICAL.fullmatch(url)
        ]
    elif canonical is not None:
        problems.append("terminology.canonical is no table")
    if bool(server) != bool(canonical):
        problems.append("terminology.server and terminology.canonical go together")
    if len(problems) > known or server is None:
        return None
    return TerminologySettings(server, dict(canonical or {}))


def _is_server(url: Any) -> bool:
    try:
        parts = urlsplit(url)
        local = parts.hostname in ON_THIS_MACHINE
        is_whole = bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except (AttributeError, TypeError, ValueError):
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and local)
    return safe and is_whole and not re.search(r"\s", url)
