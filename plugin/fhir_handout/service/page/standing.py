"""What of this handout is in the chart already, and what attaching it would change.

In: a `Showing`. Out: a frozen view, None where there is no handout of the series. Nothing is
written.
"""

from __future__ import annotations

from dataclasses import dataclass

from fhir_handout.document import Signature
from fhir_handout.elements import identity
from fhir_handout.names import plain
from fhir_handout.service.page.findings import link_to
from fhir_handout.service.page.showing import Showing
from fhir_handout.standing import standing


@dataclass(frozen=True, slots=True)
class There:
    """A document in the chart."""

    reference: str
    link: str
    date: str
    doc_status: str


@dataclass(frozen=True, slots=True)
class StandingView:
    """`same` says just this, as a draft or as final; `replaced` are those that would be replaced.

    `is_compared` is False where what they say can't be read here.
    """

    same: There | None
    replaced: tuple[There, ...]
    is_compared: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]


def standing_view(showing: Showing) -> StandingView | None:
    """How the chart stands to this handout."""
    tenant = showing.page.ready.tenant
    pack, formats = showing.request.pack, tenant.settings.formats
    # Where a draft is wanted the same in its final form will do, so this finds either.
    found = standing(showing.prepared, pack, formats, Signature("preliminary"))
    if not (found.same or found.replaced):
        return None
    return StandingView(
        _there(showing, found.same) if found.same else None,
        tuple(_there(showing, name) for name in found.replaced),
        found.change is not None,
        _lines(found.change.added) if found.change else (),
        _lines(found.change.removed) if found.change else (),
    )


def _lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines of the plain text, without what marks an item of a list there."""
    return tuple(line.removeprefix("- ") for line in lines)


def _there(showing: Showing, reference: str) -> There:
    documents = showing.prepared.record.documents
    document = next((each for each in documents if identity(each) == reference), {})
    return There(
        reference,
        link_to(showing.page.ready.tenant.table.resource_link, reference),
        plain(str(document.get("date", "")))[:10],
        plain(str(document.get("docStatus", ""))),
    )
