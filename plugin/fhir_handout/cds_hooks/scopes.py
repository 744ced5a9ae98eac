"""Which resource types the scopes of a hook's access token allow to read and search.

In: scopes as SMART App Launch 1 or 2 writes them. Out: whether a type may be asked for. A scope
with a query (`?category=…`) gives only part of a type, which is not the whole that is needed.
"""

from __future__ import annotations

from collections.abc import Iterable

from fhir_handout.smart.scopes import parsed

_READING = frozenset("rs")


def may_read(scopes: Iterable[str], resource_type: str) -> bool:
    """Whether a type can be read and searched."""
    return any(
        scope.type in ("*", resource_type) and not scope.query and scope.verbs >= _READING
        for scope in map(parsed, scopes)
        if scope
    )
