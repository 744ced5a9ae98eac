"""The page: shown, and changed by its form.

In: requests under /app/{session}/. Out: HTML, the sheet as the patient gets it, or the way back to
the page. A form that a script sent is answered with the page as it then is, any other with a
redirect, so that loading again sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from fhir_handout.errors import NotAllowed
from fhir_handout.service.page import drawing
from fhir_handout.service.page.auditing import audit_changes
from fhir_handout.service.page.choices import choosable
from fhir_handout.service.page.drawing import drawn
from fhir_handout.service.page.entering import entered, lowers
from fhir_handout.service.page.findings import link_to
from fhir_handout.service.page.forms import Form, Posted, refuse_old
from fhir_handout.service.page.picking import picker
from fhir_handout.service.page.seen import seen, wanted_of
from fhir_handout.service.page.session import Opened, Page, with_form
from fhir_handout.service.page.showing import findings_of, forgotten, show
from fhir_handout.service.page.view import page_view
from fhir_handout.service.page.ways import ways
from fhir_handout.service.page.work import Entered, Work

router = APIRouter(prefix="/app/{session_id}", include_in_schema=False)
FROM_SCRIPT = "X-From-Script"
READ_AGAIN = "read-again"
_BACK = {"add": "corrections", "undo": "corrections", "taken_out": "corrections"}
_BACK |= {"answered": "corrections", "teach_back": "teach-back", "undo-these": "findings"}


@router.get("/")
def page(request: Request, page: Opened) -> Response:
    """The page; or a form to choose a patient, where the launch brought none."""
    if page.open.patient is None:
        return picker(request, page)
    return handout(request, page)


@router.get("/sheet")
def sheet(request: Request, page: Opened) -> Response:
    """The handout as HTML, as the patient gets it."""
    return _of_the_page(request, page, "html", drawing.sheet_headers(_ancestors(page)))


@router.get("/sheet.pdf")
def sheet_pdf(request: Request, page: Opened) -> Response:
    """The handout on paper."""
    headers = drawing.file_headers(_ancestors(page), "handout.pdf")
    return _of_the_page(request, page, "pdf", headers)


@router.get("/sheet.txt")
def sheet_text(request: Request, page: Opened) -> Response:
    """The handout as plain text."""
    headers = drawing.file_headers(_ancestors(page), "handout.txt")
    return _of_the_page(request, page, "text", headers)


def _of_the_page(
    request: Request, page: Page, format_name: str, headers: Mapping[str, str]
) -> Response:
    """The handout that its page shows, in a format; never another one in its place."""
    showing = seen(request, page)
    if showing is None:
        return _another(request, page)
    if format_name == "pdf" and ways(showing).not_printed:
        raise NotAllowed(
            "not-alone", "the site has not approved this language: it goes beside English alone"
        )
    made = showing.rendering(format_name)
    return Response(made.data, headers=headers, media_type=made.media_type)


def _another(request: Request, page: Page) -> Response:
    """Said in place of a handout that is another one by now, in a frame or alone."""
    tenant, done = page.ready.tenant, page.open.work.attached
    document = done.document if done and done.shown == wanted_of(request) else ""
    return drawn(
        request,
        "another.html.j2",
        _ancestors(page),
        409,
        ehr=tenant.label,
        document=document,
        link=link_to(tenant.table.resource_link, document),
    )


@router.post("/work")
def work(request: Request, page: Opened, form: Posted) -> Response:
    """Keep what the form says, and show what comes of it."""
    kept, found = kept_work(request, page, form)
    if form.get("do") == READ_AGAIN:
        kept = forgotten(request, kept)
    if found.mistakes:
        return handout(request, kept, found, 422)
    if FROM_SCRIPT in request.headers:
        return handout(request, kept)
    return RedirectResponse(f"./#{_BACK.get(form.get('do', '').partition('|')[0], 'choices')}", 303)


def kept_work(request: Request, page: Page, form: Form) -> tuple[Page, Entered]:
    """The page with what its form says of the work."""
    refuse_old(form, page)
    kept, shown = page, None
    try:
        if lowers(form):
            # The rest of the form is kept even where the chart can't be read.
            chosen = entered(page.open.work, {**form, "do": ""}, choosable(page.ready.pack))
            kept = _keep(request, page, chosen.work)
            shown = findings_of(request, kept)
        found = entered(kept.open.work, form, choosable(page.ready.pack, shown))
        kept = _keep(request, kept, found.work)
    finally:
        audit_changes(request, kept, page.open.work)
    return kept, found


def _keep(request: Request, page: Page, work: Work) -> Page:
    if work != page.open.work:
        page = with_form(request, page, work=work)
    request.state.page = page
    return page


def handout(
    request: Request, page: Page, found: Entered | None = None, status: int = 200
) -> Response:
    """The page of a handout."""
    view = page_view(show(request, page), found)
    return drawn(request, "page.html.j2", _ancestors(page), status, view=view)


def _ancestors(page: Page) -> tuple[str, ...]:
    return page.ready.tenant.table.frame_ancestors
