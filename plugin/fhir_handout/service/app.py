"""The app factory.

In: a running `Service`. Out: a FastAPI app that closes the service's store when it stops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from fhir_handout import __version__
from fhir_handout.errors import HandoutError
from fhir_handout.service import health
from fhir_handout.service.bodies import Bodies
from fhir_handout.service.described import App
from fhir_handout.service.headers import Headers
from fhir_handout.service.logs import logger
from fhir_handout.service.metrics import Metrics
from fhir_handout.service.observing import Observing
from fhir_handout.service.problems import OF_THE_DATABASE, failure_of, problem
from fhir_handout.service.rest.examples import answers
from fhir_handout.service.rest.router import router as rest
from fhir_handout.service.running import Service

_OURS = (HandoutError, RequestValidationError, HTTPException, *OF_THE_DATABASE)


def create_app(service: Service) -> FastAPI:
    """The app of one service."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.store.close()

    app = App(
        lambda: answers(service.handout(None)),
        title="fhir-handout",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,  # it would build the address of what the caller calls us
    )
    app.state.service, app.state.metrics = service, Metrics()
    limits = service.settings.table
    app.add_middleware(
        Bodies, largest=limits.max_body_bytes, seconds=limits.body_seconds, told=told
    )
    app.add_middleware(Headers)
    app.add_middleware(Observing, metrics=app.state.metrics, told=told)
    for kind in _OURS:
        app.add_exception_handler(kind, told)
    app.include_router(health.router)
    app.include_router(rest)
    return app


async def told(request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    failure = failure_of(error)
    logger().info("failed", code=failure.code, status=failure.status)
    return problem(failure, request.state.request_id)
