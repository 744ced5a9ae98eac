"""What endpoints are given of a request: the service, the reference, the body as JSON.

In: a request. Out: dependencies for FastAPI. JSON is parsed fast and strictly; what is no JSON
object is `UsageError` not-json.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import orjson
from fastapi import Depends, Request

from fhir_handout.errors import UsageError
from fhir_handout.service.metrics import Metrics
from fhir_handout.service.running import Ready, Service

_JSON = "application/json"


def service_of(request: Request) -> Service:
    """The running service."""
    return cast(Service, request.app.state.service)


def metrics_of(request: Request) -> Metrics:
    """Its metrics."""
    return cast(Metrics, request.app.state.metrics)


def request_id(request: Request) -> str:
    """The reference by which the log knows this request."""
    return str(request.state.request_id)


async def json_object(request: Request) -> dict[str, Any]:
    """The body, a JSON object."""
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise UsageError("not-json", "the body is no JSON object; send application/json")
    return found


def refuse_other_types(request: Request) -> None:
    """`UsageError` not-json-sent for a body that is not sent as JSON."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != _JSON:
        raise UsageError("not-json-sent", f"the body is not sent as {_JSON}; name that type")


Running = Annotated[Service, Depends(service_of)]
Counting = Annotated[Metrics, Depends(metrics_of)]
RequestId = Annotated[str, Depends(request_id)]
JsonObject = Annotated[dict[str, Any], Depends(json_object)]


def tenant_of(tenant: str, service: Running) -> Ready:
    """The EHR that the path names."""
    return service.tenant(tenant)


Of = Annotated[Ready, Depends(tenant_of)]
