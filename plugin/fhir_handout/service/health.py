"""Whether the service lives, is ready, and how it fares.

`/health/live` answers while the process does, `/health/ready` while its database does, `/metrics`
in Prometheus' text format. None of them says anything of a patient or needs a token.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from fhir_handout.service.asked import Counting, Running
from fhir_handout.service.metrics import MEDIA_TYPE

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How the service is."""

    status: Literal["ok", "unavailable"]


@router.get("/health/live")
async def live() -> Health:
    """The process runs."""
    return Health(status="ok")


@router.get("/health/ready", responses={503: {"model": Health}})
def ready(service: Running, response: Response) -> Health:
    """The process can do its work."""
    if service.store.is_ready():
        return Health(status="ok")
    response.status_code = 503
    return Health(status="unavailable")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(counting: Counting) -> Response:
    """Counts and durations."""
    return Response(counting.exposition(), media_type=MEDIA_TYPE)
