"""The endpoints of CDS Hooks: discovery, a call of each service, its feedback.

In: requests with a signed token of an issuer that the tenant trusts. Out: JSON, or problem details.
Discovery needs no token: it tells nothing of anybody. The token is looked at before the body is.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBearer

from fhir_handout.cds_hooks import feedback as outcomes
from fhir_handout.cds_hooks.answer import HookAnswer as HookAnswered
from fhir_handout.cds_hooks.answer import answer
from fhir_handout.cds_hooks.cards import OVERRIDE
from fhir_handout.cds_hooks.discovery import discovery
from fhir_handout.cds_hooks.hooks import service as service_of_id
from fhir_handout.service.asked import Counting, JsonObject, Running, refuse_other_types
from fhir_handout.service.cds_hooks.answers import CALL, OUTCOMES, DiscoveryAnswer, HookAnswer
from fhir_handout.service.cds_hooks.tenants import Hooks, HookTenant
from fhir_handout.service.described import answered, problems
from fhir_handout.store.trail import Feedback

_TOKEN = HTTPBearer(auto_error=False, scheme_name="ehr", description="The EHR's signed token")
_REFUSED = problems(400, 401, 404, 408, 412, 413, 415, 500, 503)
_LONGEST_REASON = 128

router = APIRouter(
    prefix="/ehr/{tenant}/cds-services", tags=["CDS Hooks"], default_response_class=Response
)


def tenant_of(tenant: str, request: Request) -> HookTenant:
    """The EHR that the path names."""
    return cast(Hooks, request.app.state.hooks).of_name(tenant)


Of = Annotated[HookTenant, Depends(tenant_of)]


def trusted(request: Request, tenant: Of, service: Running) -> None:
    """`HookRefused` where the call has no token that is in order; feedback may name its service."""
    path = request.path_params["service_id"]
    urls = {f"{tenant.url}/{path}"}
    if request.url.path.endswith("/feedback"):
        urls.add(f"{tenant.url}/{path}/feedback")
    tenant.trust.caller(request.headers.get("authorization"), urls, service.now().timestamp())
    refuse_other_types(request)


_CALLED = [Depends(trusted), Depends(_TOKEN)]


def _json(data: Any) -> Response:
    return Response(orjson.dumps(data), media_type="application/json")


@router.get("", responses=answered(DiscoveryAnswer) | problems(404, 500))
def services(tenant: Of, running: Running) -> Response:
    """Every service, and what it wants prefetched."""
    return _json(discovery(tenant.cds, tenant.ready.moment(running.now()).today))


@router.post(
    "/{service_id}",
    responses=answered(HookAnswer) | _REFUSED,
    dependencies=_CALLED,
    openapi_extra=CALL,
)
def call(
    service_id: str, tenant: Of, running: Running, counting: Counting, body: JsonObject
) -> Response:
    """Cards where there is a reason for them."""
    found = answer(body, service_id, tenant.cds, tenant.ready.moment(running.now()))
    counting.deeds.labels(tenant.ready.tenant.name, "card", _shown(found)).inc()
    return _json(found.body)


def _shown(found: HookAnswered) -> str:
    """For the metrics: what a call was answered with."""
    if not found.cards:
        return "none"
    return found.reasons[0] if found.reasons else "alert"


@router.post(
    "/{service_id}/feedback",
    responses={200: {"description": "Taken"}, **_REFUSED},
    dependencies=_CALLED,
    openapi_extra=OUTCOMES,
)
def feedback(
    service_id: str, tenant: Of, running: Running, counting: Counting, body: JsonObject
) -> Response:
    """What clinicians did with cards, however late and often it is told."""
    service_of_id(tenant.cds, service_id)
    told = outcomes.feedback(body)
    name = tenant.ready.tenant.name
    kept = [_kept(each, name, service_id) for each in told]
    running.store.trail.add_feedback(kept, running.seconds())
    for each in told:
        counting.deeds.labels(name, "feedback", each.outcome).inc()
    return Response(status_code=200)


def _kept(told: outcomes.Feedback, tenant: str, service_id: str) -> Feedback:
    """As it is stored: what somebody wrote is sealed."""
    return Feedback(
        tenant,
        service_id,
        told.card,
        told.outcome,
        told.at.isoformat(),
        _reason(told),
        told.comment,
    )


def _reason(told: outcomes.Feedback) -> str | None:
    """A reason of ours by its code; one that the EHR added with its system."""
    if told.reason is None:
        return None
    system, code, _ = told.reason
    return (code if system == OVERRIDE else f"{system}|{code}")[:_LONGEST_REASON]
