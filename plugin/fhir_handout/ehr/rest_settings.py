"""What a site sets for its FHIR server: credentials, limits, and folders for what is kept.

Nothing here is read from the environment; `settings` builds it from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ON_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
"""The hosts that need no https: what is sent to them stays here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestSettings:
    """Every limit is per request; `takes_drafts` is None where the site has not said."""

    cache_dir: Path
    state_dir: Path
    token: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    max_answer_bytes: int = 64 * 1024 * 1024
    page_size: int = 200
    max_pages: int = 50
    retries: int = 3
    retry_backoff: float = 0.5
    retry_after_cap_seconds: int = 30
    lock_timeout: float = 60.0
    takes_drafts: bool | None = None
