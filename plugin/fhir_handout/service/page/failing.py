"""A failure as a page: what happened, what to do, and the reference by which the log knows it.

In: an error and its request. Out: HTML in words from templates/service/failures.yaml, by stable
code; for a code that has none there, the words for any other. Where a page's session is known it
leads back to it, and where attaching failed it sends the same again. Where corrections stand in the
way it names them, and leaves out those alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from starlette.responses import Response

from fhir_handout.done_by_hand import in_words, named
from fhir_handout.errors import HandoutError, Refused
from fhir_handout.model import Correction
from fhir_handout.service.asked import service_of
from fhir_handout.service.page.drawing import drawn, texts
from fhir_handout.service.page.findings import CorrectionView
from fhir_handout.service.page.session import Page
from fhir_handout.service.page.work import Noted, correction_key
from fhir_handout.service.problems import Failure

_FILE = "failures.yaml"
_PATHS = re.compile(r"/(launch|callback|app|ehr/[^/]*/open)(/|$)")
_OTHER = "other"
_KEPT = ", work kept"


@dataclass(frozen=True, slots=True)
class Text:
    """The words for a code; with `again` the same can be sent once more."""

    title: str
    happened: str
    do: str
    again: bool = False


def is_met_by_people(request: Request) -> bool:
    """Whether a browser shows the answer; everything else is for programs."""
    return _PATHS.match(request.scope["path"]) is not None


def failure_page(request: Request, failure: Failure, error: Exception) -> Response:
    """The page of a failure."""
    page: Page | None = getattr(request.state, "page", None)
    again: Mapping[str, str] | None = getattr(request.state, "again", None)
    return drawn(
        request,
        "failure.html.j2",
        _ancestors(request, page),
        failure.status,
        failure=failure,
        text=text_of(failure.code, getattr(request.state, "work_kept", False)),
        outcomes=outcomes_of(error),
        page=page,
        again=again if page else None,
        undoes=bool(page and page.open.work.corrections and is_of_corrections(failure.code)),
        clashing=clashing_of(error, page) if page else (),
    )


def clashing_of(error: Exception, page: Page) -> tuple[CorrectionView, ...]:
    """The corrections of a page that stand in the way of its handout."""
    about = error.about if isinstance(error, HandoutError) else ()
    keys = {
        correction_key(each.change, each.risk_factor, each.qualifier)
        for each in about
        if isinstance(each, Correction)
    }
    return tuple(
        CorrectionView(_label(each, page), each.change, each.reason, each.key)
        for each in page.open.work.corrections
        if each.key in keys
    )


def _label(noted: Noted, page: Page) -> str:
    """Its name; by the ids alone where the pack has no such factor any more."""
    pack = page.ready.pack.content
    if noted.risk_factor in pack.risk_factors:
        return named(pack, noted.risk_factor, noted.qualifier)
    return in_words(", ".join(filter(None, (noted.risk_factor, noted.qualifier))))


def text_of(code: str, is_kept: bool = False) -> Text:
    """The words for a code; where the work was kept, those that say so."""
    known = _texts()
    return known.get(f"{code}{_KEPT}" if is_kept else code) or known.get(code, known[_OTHER])


def is_of_corrections(code: str) -> bool:
    """Whether no page can be shown until the corrections are undone."""
    return code.startswith(("correction-", "reason-"))


def known_codes() -> frozenset[str]:
    """The codes that have words of their own."""
    return frozenset(_texts())


def outcomes_of(error: Exception) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What an EHR found fault with, in plain words, and where in what it was sent."""
    if not isinstance(error, Refused):
        return ()
    words = texts(_FILE)["outcomes"]
    return tuple((words.get(code, words[_OTHER]), paths) for code, paths in error.outcome)


@cache
def _texts() -> Mapping[str, Text]:
    groups: list[dict[str, Any]] = texts(_FILE)["failures"]
    return {
        code: Text(**{name: value for name, value in group.items() if name != "codes"})
        for group in groups
        for code in group["codes"]
    }


def _ancestors(request: Request, page: Page | None) -> tuple[str, ...]:
    """Before a session is known, a failure is shown in the frames of every EHR that has any."""
    tenants = [page.ready] if page else service_of(request).tenants.values()
    return tuple(
        dict.fromkeys(name for each in tenants for name in each.tenant.table.frame_ancestors)
    )
