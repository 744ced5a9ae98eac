"""The table [content] of a site's settings file.

In: the table as parsed TOML, and where the settings file lies. Out: the file of the site's
approvals, None where it names none, and a problem for each key that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def approvals_file(
    table: Mapping[str, Any], settings_file: Path | None, problems: list[str]
) -> Path | None:
    """The file of approvals; a relative one is beside the settings file."""
    problems += [f"unknown key content.{name}" for name in table if name != "approvals"]
    named = table.get("approvals")
    if named is None or settings_file is None:
        return None
    if not isinstance(named, str) or not named.strip():
        problems.append("content.approvals is no file")
        return None
    return settings_file.parent / named
