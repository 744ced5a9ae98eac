"""Around every request: a reference, a line in the log, the metrics, and no fault left uncaught.

In: an ASGI app. Out: the same with the header X-Request-Id, the id in `scope["state"]`, and a plain
failure where the app raised. Path and query are not logged: the route is, as the program writes it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fhir_handout.service.logs import logger, where
from fhir_handout.service.metrics import Metrics

Told = Callable[[Request, Exception], Awaitable[Response]]
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
NO_ROUTE = "(none)"


class Observing:
    """Around all but the headers that every answer has."""

    def __init__(self, app: ASGIApp, metrics: Metrics, told: Told) -> None:
        self._app, self._metrics, self._told = app, metrics, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status, started = 0, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            logger().error("fault", exception=type(error).__name__, where=where(error))
            if not status:
                response = await self._told(Request(scope), error)
                await response(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        milliseconds = round(seconds * 1000, 1)
        logger().info("request", method=method, route=route, status=status, ms=milliseconds)
