"""Attaching the handout, and the page that says where it went.

In: the form of the page, with what was shown. Out: the document in the record, once however often
the form is sent, and a way to the page that says so. The record is always read anew: where it
changed since it was shown, that is `Conflict` changed-since-shown.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from fhir_handout import workflow
from fhir_handout.errors import HandoutError, UsageError
from fhir_handout.service import deeds
from fhir_handout.service.asked import metrics_of
from fhir_handout.service.page.asking import ehr_of
from fhir_handout.service.page.auditing import deed_of
from fhir_handout.service.page.drawing import drawn
from fhir_handout.service.page.findings import link_to
from fhir_handout.service.page.forms import Form, Posted
from fhir_handout.service.page.routes import handout, kept_work
from fhir_handout.service.page.session import Open, Opened, Page, kept, opened
from fhir_handout.service.page.shared import pages_of
from fhir_handout.service.page.showing import Showing, asked_of, show
from fhir_handout.service.page.view import NO_BANNER, banner, fingerprint_of
from fhir_handout.service.page.ways import DRAFT, FINAL, signature_of, ways
from fhir_handout.service.page.work import Attached

router = APIRouter(prefix="/app/{session_id}", include_in_schema=False)
_THERE = "attached"


@router.post("/attach")
def attach(request: Request, page: Opened, form: Posted) -> Response:
    """Attach what was shown."""
    if _is_sent_twice(form, page.open):
        return RedirectResponse(_THERE, 303)
    doc_status, before = _doc_status(form), page.open.work
    page, found = kept_work(request, page, form)
    if found.mistakes:
        return handout(request, page, found, 422)
    request.state.again = {"as": doc_status, "shown": _shown(form)}
    showing = show(request, page)
    if page.open.work != before and _shown(form) != fingerprint_of(showing, doc_status):
        return handout(request, page, replace(found, looks_again=True))
    if ways(showing).refusal(doc_status):
        return handout(request, page, found, 409)
    _remember(request, page, form, _attached(request, showing, form))
    return RedirectResponse(_THERE, 303)


@router.get(f"/{_THERE}")
def attached(request: Request, page: Opened) -> Response:
    """Where it went."""
    done = page.open.work.attached
    if done is None:
        return RedirectResponse("./", 303)
    table = page.ready.tenant.table
    showing = _still_shown(request, page)
    record = showing.prepared.record if showing else None
    return drawn(
        request,
        "attached.html.j2",
        table.frame_ancestors,
        done=done,
        link=link_to(table.resource_link, done.document),
        replaced=[(name, link_to(table.resource_link, name)) for name in done.replaced],
        banner=banner(record, table.resource_link) if record else NO_BANNER,
        csrf=page.open.csrf,
        ehr=page.ready.tenant.label,
        omissions=len(showing.prepared.handout.omissions) if showing else None,
    )


def _still_shown(request: Request, page: Page) -> Showing | None:
    """The handout; None where it can't be made now, which says nothing of what is attached."""
    try:
        return show(request, page)
    except HandoutError:
        return None


@router.post("/close")
def close(request: Request, page: Opened, form: Posted) -> Response:
    """End the session: the cookie opens nothing any more, and the EHR gets its tokens back."""
    pages = pages_of(request)
    pages.remembered.forget(page.id)
    page.service.store.sessions.end_session(page.id)
    table = page.ready.tenant.table
    response = drawn(request, "closed.html.j2", table.frame_ancestors, ehr=page.ready.tenant.label)
    response.background = BackgroundTask(pages.give_back, page.service, page.ready, page.open)
    return response


def _is_sent_twice(form: Form, now: Open) -> bool:
    """Whether this very form attached already: a second click finds where it went."""
    done = now.work.attached
    return done is not None and form.get("revision") == str(done.revision)


def _doc_status(form: Form) -> Any:
    if form.get("as") not in (DRAFT, FINAL):
        raise UsageError("bad-form", "the form does not say how to attach; load the page again")
    return form["as"]


def _shown(form: Form) -> str:
    """The fingerprint of what the form was shown with; it has one for each way of attaching."""
    return form.get(f"shown_{_doc_status(form)}") or form.get("shown", "")


def _attached(request: Request, showing: Showing, form: Form) -> Attached:
    page, doc_status = showing.page, _doc_status(form)
    formats, signature = page.ready.tenant.settings.formats, signature_of(doc_status, ways(showing))

    def write() -> workflow.Outcome:
        with ehr_of(request, page) as ehr:
            return workflow.attach(ehr, asked_of(page), formats, signature, shown=_shown(form))

    details = {"doc_status": doc_status, **asdict(page.open.work)}
    deed = deed_of(request, page, "attach", deeds.BEGUN, details)
    try:
        done = deeds.done(page.service, metrics_of(request), deed, write)
    finally:
        pages_of(request).remembered.forget(page.id)
    kept = tuple(name for name in formats if name != "pdf" or not done.left_out)
    return Attached(
        done.document,
        done.done.name.lower(),
        doc_status,
        kept,
        done.replaced,
        done.left_out,
        showing.prepared.sheet.language,
        page.open.revision,
        page.service.seconds(),
    )


def _remember(request: Request, page: Page, form: Form, done: Attached) -> None:
    """Keep where it went; whoever was a moment faster with this form has kept it too.

    The session is read anew: its tokens may have been renewed since `page` was.
    """
    done = replace(done, revision=int(form["revision"]))

    def change(now: Open) -> Open:
        if _is_sent_twice(form, now):
            return now
        work = replace(now.work, attached=done)
        return replace(now, work=work, revision=now.revision + 1)

    kept(request, opened(request, page.id), change)
