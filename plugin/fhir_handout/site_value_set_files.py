"""The files of a site's own value sets.

In: a folder. Out: the bytes of its JSON files, and what they say; a folder that can't be read or
has none is a `UsageError`, a file that is no JSON a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from fhir_handout.errors import UsageError

_SETTING = "check the setting terminology.value_sets"


def site_files(folder: Path) -> dict[str, bytes]:
    """Every value set of the site by its file name."""
    try:
        found = {
            path.name: path.read_bytes()
            for path in sorted(folder.iterdir())
            if path.suffix == ".json" and not path.name.startswith(".")
        }
    except OSError as error:
        why = f"can't read the value sets in {folder}: {error.strerror}; {_SETTING}"
        raise UsageError("no-value-sets", why) from None
    if not found:
        raise UsageError("no-value-sets", f"no .json file in {folder}; {_SETTING}")
    return found


def readable(files: Mapping[str, bytes], problems: list[str]) -> dict[str, Any]:
    """What those files say that are JSON."""
    found = {}
    for name, data in files.items():
        try:
            found[name] = orjson.loads(data)
        except ValueError:
            problems.append(f"{name}: not JSON; save it as FHIR JSON in UTF-8")
    return found
