"""How a REST endpoint is come to: first the token, then the body as strict JSON.

In: a request. Out: the same with its caller and its parsed body; `Unauthorized` before anything of
the body is looked at, `UsageError` not-json and not-json-sent. JSON nested over 1,024 deep is none.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from fhir_handout.errors import UsageError
from fhir_handout.service.asked import refuse_other_types
from fhir_handout.service.rest.callers import authorized


class _JsonRequest(Request):
    """A request whose body is parsed fast, and once."""

    _parsed: Any = None

    async def json(self) -> Any:
        if self._parsed is None:
            self._parsed = _strict(await self.body())
        return self._parsed


class ApiRoute(APIRoute):
    """A route for clients of `service.clients` alone."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            request.state.caller = authorized(request)
            asked = _JsonRequest(request.scope, request.receive)
            if asked.method == "POST":
                refuse_other_types(asked)
                await asked.json()
            return await handle(asked)

        return handler


def _strict(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UsageError("not-json", "the body is no JSON, or nested too deep; mend it") from None
