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
from fhir_handout.service.cds_hooks.cors import Cors
from fhir_handout.service.cds_hooks.router import router as hooks
from fhir_handout.service.cds_hooks.tenants import Hooks
from fhir_handout.service.described import App
from fhir_handout.service.forgetting import forgetting
from fhir_handout.service.headers import Headers
from fhir_handout.service.launch.apps import Apps
from fhir_handout.service.launch.opening import giving_back, renewing
from fhir_handout.service.launch.routes import router as launches
from fhir_handout.service.logs import logger, where
from fhir_handout.service.metrics import Metrics
from fhir_handout.service.observing import Observing
from fhir_handout.service.page import attaching, drawing, picking, routes
from fhir_handout.service.page.failing import failure_page, is_met_by_people
from fhir_handout.service.page.shared import Pages
from fhir_handout.service.problems import OF_THE_DATABASE, failure_of, problem
from fhir_handout.service.rest.examples import answers
from fhir_handout.service.rest.router import router as rest
from fhir_handout.service.running import Service

PAGE = (drawing.router, routes.router, attaching.router, picking.router)
_OURS = (HandoutError, RequestValidationError, HTTPException, *OF_THE_DATABASE)


def create_app(service: Service) -> FastAPI:
    """The app of one service."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with forgetting(service):
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
    app.state.apps = Apps.of(service.settings)
    app.state.hooks = Hooks.of(service)
    app.state.pages = Pages(fresh=renewing(app.state.apps), give_back=giving_back(app.state.apps))
    limits = service.settings.table
    app.add_middleware(
        Bodies, largest=limits.max_body_bytes, seconds=limits.body_seconds, told=told
    )
    app.add_middleware(Cors, origins=app.state.hooks.origins)
    app.add_middleware(Observing, metrics=app.state.metrics, told=told)
    app.add_middleware(Headers)  # the outermost: on preflights and after faults too
    for kind in _OURS:
        app.add_exception_handler(kind, told)
    for router in (health.router, rest, hooks, launches, *PAGE):
        app.include_router(router)
    return app


async def told(request: Request, error: Exception) -> Response:
    """The answer to a request that failed: a page for people, problem details for programs."""
    failure = failure_of(error)
    logger().info("failed", code=failure.code, status=failure.status)
    if is_met_by_people(request):
        try:
            return failure_page(request, failure, error)
        except Exception as fault:  # nobody is left without an answer
            logger().error("fault", exception=type(fault).__name__, where=where(fault))
    return problem(failure, request.state.request_id)
