"""The table [ehr.backend] of a site's settings file: how the command line gets its own token.

In: the table as parsed TOML, and the settings file. Out: `BackendSettings`, None where there is no
such table, and a problem for each key that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_handout.errors import UsageError
from fhir_handout.smart.scopes import parsed, split

_NEEDED = ("url", "client_id", "keys", "scope")
_KEYS = (*_NEEDED, "token_endpoint")


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """What this program is registered as with one EHR; its tokens go nowhere else."""

    url: str
    client_id: str
    keys: Path
    scopes: tuple[str, ...]
    token_endpoint: str | None = None

    def is_for(self, ehr: str) -> bool:
        """Whether it is this EHR that it is registered with."""
        return _same(ehr) == _same(self.url)


def backend_settings(
    table: Any, settings_file: Path | None, problems: list[str]
) -> BackendSettings | None:
    """What the table says; None where it is not there or wrong."""
    if table is None or settings_file is None:
        return None
    if not isinstance(table, Mapping):
        problems.append("ehr.backend is no table")
        return None
    found = list(_problems(table))
    problems += found
    if found:
        return None
    return BackendSettings(
        table["url"],
        table["client_id"],
        settings_file.parent / table["keys"],
        split(table["scope"]),
        table.get("token_endpoint"),
    )


def _problems(table: Mapping[str, Any]) -> list[str]:
    found = [f"unknown key ehr.backend.{name}" for name in table if name not in _KEYS]
    texts = {name: table[name] for name in _KEYS if name in table}
    wrong = [name for name, value in texts.items() if not isinstance(value, str) or not value]
    found += [f"ehr.backend.{name} is no text" for name in wrong]
    found += [f"ehr.backend has no {name}" for name in _NEEDED if name not in table]
    if found:
        return found
    from fhir_handout.smart.limits import is_safe  # urllib3 is slow to import, and few need it

    for name in ("url", "token_endpoint"):
        if name in texts and not is_safe(texts[name]):
            found.append(f"ehr.backend.{name} is no https address, nor http on this machine")
    if not all(_is_system(scope) for scope in split(texts["scope"])):
        found.append("ehr.backend.scope holds what is no scope such as system/Condition.rs")
    return found


def _is_system(text: str) -> bool:
    scope = parsed(text)
    return scope is not None and scope.level == "system"


def _same(url: str) -> str | None:
    from fhir_handout.ehr.address import BaseUrl

    try:
        return BaseUrl.parse(url).url
    except UsageError:
        return None
