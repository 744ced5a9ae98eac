"""Bodies of requests: taken in whole, or refused as too large or too slow.

In: an ASGI app, a size in bytes and a time in seconds. Out: an app whose requests have their whole
body at hand, so that no later code waits for a sender. A failure is 413 too-large or 408 too-slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fhir_handout.errors import HandoutError

Told = Callable[[Request, Exception], Awaitable[Response]]


class Bodies:
    """Reads the body before the app is called."""

    def __init__(self, app: ASGIApp, largest: int, seconds: float, told: Told) -> None:
        self._app, self._largest, self._seconds, self._told = app, largest, seconds, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(self._whole(scope, receive), self._seconds)
        except (HandoutError, TimeoutError) as error:
            late = HandoutError("too-slow", "the body did not come in time; send it again")
            failure = error if isinstance(error, HandoutError) else late
            response = await self._told(Request(scope), failure)
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _given(body, receive), send)

    async def _whole(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None where the sender has gone."""
        self._refuse(_announced(scope))
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            self._refuse(len(body))
            if not message.get("more_body"):
                return bytes(body)

    def _refuse(self, size: int) -> None:
        if size > self._largest:
            raise HandoutError("too-large", f"the body is over {self._largest} bytes; send less")


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _given(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole body at once, and then what the server says."""
    is_given = False

    async def giving() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return giving
