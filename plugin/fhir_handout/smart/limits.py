"""Which addresses may be asked at all, and what one request may take.

In: a URL. Out: whether it is safe: an https one, or an http one that stays on this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fhir_handout.ehr.address import BaseUrl, origin
from fhir_handout.ehr.rest_settings import ON_THIS_MACHINE

_LONGEST_URL = 2000
# Printable ASCII without space, and without the backslash, which some read as a slash.
_PLAIN = r"[!-\[\]-~]+"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take; `seconds` is for all of it."""

    ca_bundle: Path | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    seconds: float = 15.0
    max_bytes: int = 1024 * 1024


def is_safe(url: str) -> bool:
    """Whether it is an https URL without credentials, or an http one on this machine."""
    if not re.fullmatch(_PLAIN, url) or len(url) > _LONGEST_URL:
        return False
    found = origin(url)
    if found is None or BaseUrl.parse(_bare(url)).userinfo is not None:
        return False
    return found[0] == "https" or is_local(url)


def is_local(url: str) -> bool:
    """Whether the host is this machine."""
    found = origin(url)
    return found is not None and found[1].strip("[]") in ON_THIS_MACHINE


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]
