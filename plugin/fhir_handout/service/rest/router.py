"""The endpoints under /api/v1: preview, explain, attach, retract, handouts, languages.

In: requests with a client's token, and JSON bodies. Out: JSON, or a rendering with its own
Content-Type; problem details where something is wrong. Who is asked about stands in no URL.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Response
from fastapi.security import HTTPBearer

from fhir_handout import workflow
from fhir_handout.document import signature
from fhir_handout.explain import explanation
from fhir_handout.model import Moment
from fhir_handout.render import in_order, render
from fhir_handout.service.asked import Counting, RequestId, Running
from fhir_handout.service.deeds import done
from fhir_handout.service.described import answered, explanation_of, problems, rendering_or
from fhir_handout.service.rest import examples
from fhir_handout.service.rest.answers import (
    AttachAnswer,
    HandoutsAnswer,
    LanguagesAnswer,
    PreviewAnswer,
    RetractAnswer,
    attached,
    notes,
    previewed,
)
from fhir_handout.service.rest.bodies import AttachBody, ExplainBody, PreviewBody, RetractBody
from fhir_handout.service.rest.callers import Caller, tenant_for
from fhir_handout.service.rest.contents import handouts_of, languages_of
from fhir_handout.service.rest.records import asked_of, request_of
from fhir_handout.service.rest.routes import ApiRoute
from fhir_handout.store.trail import Deed

_TOKEN = HTTPBearer(auto_error=False, scheme_name="client", description="A client's token")
_READS = problems(400, 401, 403, 404, 408, 413, 415, 422, 500, 502, 503, 504)
_WRITES = _READS | problems(409)
_PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)

router = APIRouter(
    prefix="/api/v1",
    tags=["handouts"],
    route_class=ApiRoute,
    default_response_class=Response,
    dependencies=[Depends(_TOKEN)],
)


def _json(data: Any) -> Response:
    return Response(orjson.dumps(data), media_type="application/json")


@router.post("/preview", responses=rendering_or(PreviewAnswer) | _READS)
def preview(
    asked: Annotated[PreviewBody, Body(openapi_examples=examples.PREVIEW)],
    caller: Caller,
    service: Running,
) -> Response:
    """A handout to look at, in the `format` asked for; nothing is written."""
    with asked_of(asked, caller, service) as (ehr, request):
        prepared = workflow.prepare(ehr, request)
    if asked.format == "json":
        return _json(previewed(prepared))
    made = render(prepared.sheet, asked.format, request.pack.figures, prepared.look)
    told = {
        "Content-Language": made.language,
        "Content-Security-Policy": _PAGE,
        "Handout-Gaps": str(notes(prepared)["gaps"]),
    }
    return Response(made.data, headers=told, media_type=made.media_type)


@router.post("/explain", responses=explanation_of() | _READS)
def explain(
    asked: Annotated[ExplainBody, Body(openapi_examples=examples.EXPLAIN)],
    caller: Caller,
    service: Running,
) -> Response:
    """Findings with their evidence, levels, statements, omissions and gaps: for clinicians."""
    with asked_of(asked, caller, service) as (ehr, request):
        prepared = workflow.prepare(ehr, request)
    return _json(explanation(prepared.handout, prepared.choice, prepared.record.languages))


@router.post("/attach", responses=answered(AttachAnswer) | _WRITES)
def attach(
    asked: Annotated[AttachBody, Body(openapi_examples=examples.ATTACH)],
    caller: Caller,
    service: Running,
    counting: Counting,
    request_id: RequestId,
) -> Response:
    """Write a handout to the EHR, once, however often it is asked for."""
    ready = tenant_for(caller, asked.tenant, service)
    signed = signature(asked.status == "final", asked.signed_by, asked.author, asked.organization)
    formats = in_order(asked.formats or ready.tenant.settings.formats)
    request = request_of(asked, asked.patient, ready, service)

    def write() -> workflow.Outcome:
        with ready.unattended() as ehr:
            return workflow.attach(ehr, request, formats, signed, asked.dry_run)

    if asked.dry_run:
        return _json(attached(write(), dry_run=True))
    deed = Deed(
        request_id,
        asked.tenant,
        f"api:{caller.name}",
        "attach",
        "",
        f"Patient/{asked.patient}",
        details=asked.model_dump(mode="json", exclude={"tenant", "patient"}),
    )
    return _json(attached(done(service, counting, deed, write), dry_run=False))


@router.post("/retract", responses=answered(RetractAnswer) | _WRITES)
def retract(
    asked: Annotated[RetractBody, Body(openapi_examples=examples.RETRACT)],
    caller: Caller,
    service: Running,
    counting: Counting,
    request_id: RequestId,
) -> Response:
    """Mark a handout of ours as entered in error."""
    ready = tenant_for(caller, asked.tenant, service)
    moment = Moment.on(asked.date) if asked.date else ready.moment(service.now())

    def write() -> workflow.Outcome:
        with ready.unattended() as ehr:
            return workflow.retract(ehr, asked.document, moment)

    name = f"DocumentReference/{asked.document}"
    deed = Deed(request_id, asked.tenant, f"api:{caller.name}", "retract", "", None, document=name)
    outcome = done(service, counting, deed, write)
    return _json({"done": outcome.done, "document": outcome.document})


@router.get(
    "/handouts",
    responses=answered(HandoutsAnswer) | problems(401, 500),
)
def handouts(caller: Caller, service: Running) -> Response:
    """The content packs, as they came and as the caller's EHRs have them."""
    return _json({"handouts": list(handouts_of(caller, service))})


@router.get(
    "/languages",
    responses=answered(LanguagesAnswer) | problems(401, 500),
)
def languages(caller: Caller, service: Running) -> Response:
    """The languages of each content pack, complete or not, and which EHRs' sites approved them."""
    return _json({"languages": list(languages_of(caller, service))})
