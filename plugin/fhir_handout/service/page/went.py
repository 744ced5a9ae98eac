"""What became of attaching, for the page that says where the handout went.

In: the workflow's outcome, and how the form wanted it. Out: an `Attached`. Of a document that was
there already, status and formats are the document's own; the chart may hold anything there.
"""

from __future__ import annotations

from collections.abc import Iterator

from fhir_handout.elements import identity
from fhir_handout.names import plain
from fhir_handout.patient_record import Resource
from fhir_handout.render import format_of, in_order
from fhir_handout.service.page.showing import Showing
from fhir_handout.service.page.work import Attached
from fhir_handout.workflow import Outcome


def attached(showing: Showing, done: Outcome, asked: str, shown: str, revision: int) -> Attached:
    """Where it went; `asked` and `shown` are the form's, as is `revision`."""
    page, found = showing.page, _found(done)
    formats = page.ready.tenant.settings.formats
    written = tuple(name for name in formats if name != "pdf" or not done.left_out)
    return Attached(
        done.document,
        done.done.name.lower(),
        asked if found is None else plain(str(found.get("docStatus", ""))),
        written if found is None else _formats(found),
        done.replaced,
        done.left_out,
        showing.prepared.sheet.language,
        revision,
        page.service.seconds(),
        asked,
        shown,
    )


def _found(done: Outcome) -> Resource | None:
    """The document, where it stood in the chart when that was read for attaching."""
    documents = done.prepared.record.documents if done.prepared else ()
    return next((each for each in documents if identity(each) == done.document), None)


def _formats(document: Resource) -> tuple[str, ...]:
    """The formats of a document, ours in their order; another is told by its media type."""
    names = [format_of(each) or plain(each) for each in _media_types(document)]
    known = in_order(names)
    return known + tuple(dict.fromkeys(name for name in names if name not in known))


def _media_types(document: Resource) -> Iterator[str]:
    contents = document.get("content")
    for content in contents if isinstance(contents, list) else ():
        attachment = content.get("attachment") if isinstance(content, dict) else None
        media_type = attachment.get("contentType") if isinstance(attachment, dict) else None
        if isinstance(media_type, str):
            yield media_type
