"""Attaching the handout, and the page that says where it went.

In: the form of the page, with what was shown. Out: the document in the record, once however often
the form is sent, and a way to the page that says so. The record is always read anew: where it
changed since it was shown, that is `Conflict` changed-since-shown; where this form attached it in
the other way, `Conflict` attached-otherwise. Once it is written, nothing says that it is not.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from fhir_handout import workflow
from fhir_handout.errors import Conflict, HandoutError, UsageError
from fhir_handout.service import deeds
from fhir_handout.service.asked import metrics_of
from fhir_handout.service.page import went
from fhir_handout.service.page.asking import ehr_of
from fhir_handout.service.page.auditing import deed_of
from fhir_handout.service.page.drawing import drawn
from fhir_handout.service.page.findings import link_to
from fhir_handout.service.page.forms import Form, Posted
from fhir_handout.service.page.routes import handout, kept_work
from fhir_handout.service.page.seen import fingerprint_of, is_of
from fhir_handout.service.page.session import Open, Opened, Page, kept, opened
from fhir_handout.service.page.shared import pages_of
from fhir_handout.service.page.showing import Showing, asked_of, forgotten, show
from fhir_handout.service.page.view import banner
from fhir_handout.service.page.ways import DRAFT, FINAL, signature_of, ways
from fhir_handout.service.page.work import Attached

router = APIRouter(prefix="/app/{session_id}", include_in_schema=False)
_THERE = "attached"
_NOT_KEPT = (HandoutError, SQLAlchemyError)


@router.post("/attach")
def attach(request: Request, page: Opened, form: Posted) -> Response:
    """Attach what was shown."""
    doc_status, before = _doc_status(form), page.open.work
    if _is_sent_twice(form, page.open):
        return RedirectResponse(_THERE, 303)
    _refuse_other_way(form, page.open)
    page, found = kept_work(request, page, form)
    if found.mistakes:
        return handout(request, page, found, 422)
    request.state.again = {"as": doc_status, "shown": _shown(form)}
    showing = show(request, page)
    if page.open.work != before and _shown(form) != fingerprint_of(showing, doc_status):
        return handout(request, page, replace(found, looks_again=True))
    if ways(showing).refusal(doc_status):
        return handout(request, page, found, 409)
    done = _attached(request, showing, form)
    if not _is_remembered(request, page, form, done):
        return _told(request, page, done, showing, is_over=True)
    return RedirectResponse(_THERE, 303)


@router.get(f"/{_THERE}")
def attached(request: Request, page: Opened) -> Response:
    """Where it went."""
    done = page.open.work.attached
    if done is None:
        return RedirectResponse("./", 303)
    return _told(request, page, done, _still_shown(request, page))


def _told(
    request: Request, page: Page, done: Attached, showing: Showing | None, is_over: bool = False
) -> Response:
    """The page that says where it went; `is_over` where the session has ended meanwhile."""
    table = page.ready.tenant.table
    record = showing.prepared.record if showing else None
    is_same = showing is not None and is_of(showing, done.shown)
    return drawn(
        request,
        "attached.html.j2",
        table.frame_ancestors,
        done=done,
        link=link_to(table.resource_link, done.document),
        replaced=[(name, link_to(table.resource_link, name)) for name in done.replaced],
        banner=banner(record, table.resource_link) if record else None,
        csrf=page.open.csrf,
        ehr=page.ready.tenant.label,
        is_over=is_over,
        has_changed=showing is not None and not is_same,
        omissions=len(showing.prepared.handout.omissions) if showing and is_same else None,
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
    """Whether this very form attached already, in this way: a second click finds where it went."""
    done = _done_by(form, now)
    return done is not None and form.get("as") == _asked(done)


def _refuse_other_way(form: Form, now: Open) -> None:
    """A form that attached a draft signs nothing: what it shows is older than the draft."""
    if _done_by(form, now) is not None:
        raise Conflict(
            "attached-otherwise",
            "this form attached the handout already, in the other way; load the page again",
        )


def _done_by(form: Form, now: Open) -> Attached | None:
    """What this form attached, where it was the last one to."""
    done = now.work.attached
    return done if done is not None and form.get("revision") == str(done.revision) else None


def _asked(done: Attached) -> str:
    """How it was to be attached; of a session of an earlier version how it was."""
    return done.asked or done.doc_status


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
    except Exception:
        with suppress(*_NOT_KEPT):
            forgotten(request, page)  # it may be there: look before saying that it is not
        raise
    return went.attached(showing, done, doc_status, _shown(form), int(form["revision"]))


def _is_remembered(request: Request, page: Page, form: Form, done: Attached) -> bool:
    """Keep where it went; whoever was a moment faster with this form has kept it too.

    The session is read anew: its tokens may have been renewed since `page` was. False where it
    can't be kept, as where it ended while the EHR wrote: the document is there nevertheless.
    """

    def change(now: Open) -> Open:
        reads = now.reads + 1
        if _is_sent_twice(form, now):
            return replace(now, reads=reads)
        work = replace(now.work, attached=done)
        return replace(now, work=work, revision=now.revision + 1, reads=reads)

    pages_of(request).remembered.forget(page.id)
    try:
        kept(request, opened(request, page.id), change)
    except _NOT_KEPT:
        return False
    return True
