"""Which resource types the scopes of a hook's access token allow to read and search.

In: scopes as SMART App Launch 1 or 2 writes them. Out: whether a type may be asked for. A scope
with a query (`?category=…`) gives only part of a type, which is not the whole that is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCOPE = re.compile(r"(?:patient|user|system)/(\*|[A-Z][A-Za-z]+)\.(read|\*|c?r?u?d?s?)")
_OLD = ("read", "*")


def may_read(scopes: Iterable[str], resource_type: str) -> bool:
    """Whether a type can be read and searched."""
    found = (_SCOPE.fullmatch(scope) for scope in scopes)
    return any(
        match[1] in ("*", resource_type) and (match[2] in _OLD or {"r", "s"} <= set(match[2]))
        for match in found
        if match
    )
