"""Forgetting what has expired, every few minutes for as long as the service runs.

In: a service. Out: a context for its life. A database that can't be used now is tried again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.concurrency import run_in_threadpool

from fhir_handout.service.logs import logger
from fhir_handout.service.problems import OF_THE_DATABASE
from fhir_handout.service.running import Service

SECONDS = 300.0


@asynccontextmanager
async def forgetting(service: Service, seconds: float = SECONDS) -> AsyncIterator[None]:
    """Forget at once, and then every so many seconds, until the context ends."""
    task = asyncio.create_task(_forget(service, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget(service: Service, seconds: float) -> None:
    while True:
        try:
            await run_in_threadpool(service.store.forget, service.seconds())
        except OF_THE_DATABASE as fault:
            logger().warning("nothing forgotten", exception=type(fault).__name__)
        await asyncio.sleep(seconds)
