"""Whether a handout is the one that was looked at: sheets and files are of the page they stand in.

In: a request for a sheet that names the fingerprint of its page, a hash that tells nothing. Out:
that handout, or None where there is another one by now. What was remembered is read anew first: the
page may come from one process, and its sheet from another.
"""

from __future__ import annotations

from fastapi import Request

from fhir_handout.service.page.session import Page
from fhir_handout.service.page.showing import Showing, forgotten, show
from fhir_handout.service.page.ways import DRAFT, FINAL
from fhir_handout.workflow import fingerprint

SHOWN = "shown"


def seen(request: Request, page: Page) -> Showing | None:
    """The handout that the request names; of now, where it names none."""
    showing, wanted = show(request, page), wanted_of(request)
    if wanted is None or is_of(showing, wanted):
        return showing
    showing = show(request, forgotten(request, page))
    return showing if is_of(showing, wanted) else None


def wanted_of(request: Request) -> str | None:
    """The fingerprint of the handout that is asked for."""
    return request.query_params.get(SHOWN)


def is_of(showing: Showing, wanted: str) -> bool:
    """Whether it has this fingerprint, as a draft or as final."""
    return wanted in (fingerprint_of(showing, DRAFT), fingerprint_of(showing, FINAL))


def fingerprint_of(showing: Showing, doc_status: str) -> str:
    """What tells this handout from any other one, attached in this way."""
    formats = showing.page.ready.tenant.settings.formats
    return fingerprint(showing.prepared, formats, doc_status)
