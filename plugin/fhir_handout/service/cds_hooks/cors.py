"""Cross-origin calls from browsers: for each EHR those of its own list, and no others.

In: an ASGI app, and origins by tenant. Out: an app that answers preflights of hook calls, and marks
every answer to them, refusals too, for the origins of the tenant that the path names.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/ehr/"
_MAX_AGE = 600


class Cors:
    """The app with what browsers need to call hooks."""

    def __init__(self, app: ASGIApp, origins: Mapping[str, tuple[str, ...]]) -> None:
        self._app = app
        self._by_tenant = {
            name: CORSMiddleware(
                app,
                allow_origins=allowed,
                allow_methods=("GET", "POST"),
                allow_headers=("Authorization", "Content-Type"),
                max_age=_MAX_AGE,
            )
            for name, allowed in origins.items()
            if allowed
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        name = path.removeprefix(PREFIX).partition("/")[0] if path.startswith(PREFIX) else ""
        await self._by_tenant.get(name, self._app)(scope, receive, send)
