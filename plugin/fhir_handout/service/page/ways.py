"""In which ways a handout can be attached, and why not in the others.

In: a prepared handout, what the site and its EHR allow, who signs. Out: `Ways`: names of reasons,
empty where nothing stands in the way; the templates have the words.
"""

from __future__ import annotations

from dataclasses import dataclass

from fhir_handout.document import DocStatus, Signature
from fhir_handout.service.page.showing import Showing
from fhir_handout.sheets import stands_alone

DRAFT: DocStatus = "preliminary"
FINAL: DocStatus = "final"


@dataclass(frozen=True, slots=True)
class Ways:
    """Why not as a draft, not as final, not on paper; `signer` signs, None for the site."""

    not_draft: str
    not_final: str
    not_printed: str
    signer: str | None

    def refusal(self, doc_status: str) -> str:
        """What stands in the way of this one."""
        return self.not_final if doc_status == FINAL else self.not_draft


def ways(showing: Showing) -> Ways:
    """The ways of this handout."""
    prepared, launched = showing.prepared, showing.page.open
    unfit = "" if stands_alone(prepared.choice, prepared.look) else "unapproved-alone"
    takes_drafts = showing.page.ready.tenant.settings.takes_drafts is not False
    return Ways(
        unfit or ("" if takes_drafts else "no-drafts"),
        unfit or _not_final(showing, launched.signer),
        unfit,
        launched.signer,
    )


def _not_final(showing: Showing, signer: str | None) -> str:
    sheet, request = showing.prepared.sheet, showing.request
    if not showing.prepared.choice.is_approved:
        return "language-unapproved"
    languages = [sheet.language, *([sheet.beside.language] if sheet.beside else [])]
    if signer or all(map(request.is_approved, languages)):
        return ""
    return "no-signer"


def signature_of(doc_status: DocStatus, found: Ways) -> Signature:
    """The signature of what is attached in this way."""
    return Signature(doc_status, signed_by=found.signer if doc_status == FINAL else None)
