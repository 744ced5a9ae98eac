"""A session's handout: what the workflow is asked, and what it gave, for page, sheet and files.

In: a page and its EHR. Out: `Showing`: the prepared handout with the request it was made for, read
from the EHR once and then remembered. `NotFound` no-patient-chosen where there is nobody yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fastapi import Request as HttpRequest

from fhir_handout.errors import NotFound
from fhir_handout.model import Change, Correction, Findings, Layout, Paper, Rendering, Sheet
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.render import render
from fhir_handout.service.page.asking import ehr_of
from fhir_handout.service.page.remembered import RememberingEhr
from fhir_handout.service.page.session import Page, kept
from fhir_handout.service.page.shared import pages_of
from fhir_handout.translate import translate
from fhir_handout.workflow import Prepared, Request, assessed, prepare

NOBODY = "a user whom the EHR did not name"
"""Who made a correction where no launch said who the user is."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A handout as the page shows it."""

    page: Page
    request: Request
    prepared: Prepared

    @property
    def english(self) -> Sheet:
        """The sheet in the source language, which is the clinician's."""
        sheet = self.prepared.sheet
        if sheet.language == SOURCE_LANGUAGE:
            return sheet
        return sheet.beside or translate(
            self.prepared.handout,
            self.request.pack.catalogues[SOURCE_LANGUAGE],
            SOURCE_LANGUAGE,
            self.request.site,
            self.prepared.record.name,
            self.request.moment.today,
        )

    def rendering(self, format_name: str) -> Rendering:
        """The sheet in a format."""
        figures = self.request.pack.figures
        return render(self.prepared.sheet, format_name, figures, self.prepared.look)


def asked_of(page: Page) -> Request:
    """What the workflow is asked for this page."""
    patient, work = page.open.patient, page.open.work
    by = page.open.user or NOBODY
    if patient is None:
        raise NotFound("no-patient-chosen", "no patient is chosen yet; choose one first")
    return page.ready.request(
        patient,
        page.open.encounter,
        page.ready.moment(page.service.now()),
        confirm_sensitive=work.confirm_sensitive,
        language=work.language,
        layout=Layout(work.layout) if work.layout else None,
        paper=Paper(work.paper) if work.paper else None,
        corrections=tuple(
            Correction(c.risk_factor, c.qualifier, Change(c.change), c.reason, by, c.seen)
            for c in work.corrections
        ),
        note=work.note,
        teach_back=work.teach_back,
    )


def show(http: HttpRequest, page: Page) -> Showing:
    """The handout of a page; the EHR is asked where nothing is remembered."""
    request = asked_of(page)
    with _remembering(http, page) as ehr:
        prepared = prepare(ehr, request)
    return Showing(page, request, prepared)


def findings_of(http: HttpRequest, page: Page) -> Findings:
    """What the page shows of the record; the EHR is asked where nothing is remembered."""
    with _remembering(http, page) as ehr:
        return assessed(ehr, asked_of(page)).findings


@contextmanager
def _remembering(http: HttpRequest, page: Page) -> Iterator[RememberingEhr]:
    """The EHR of a page, whose answers all requests to it share for a while."""
    with ehr_of(http, page) as ehr:
        yield RememberingEhr(ehr, pages_of(http).remembered, page.id, page.open.reads)


def forgotten(http: HttpRequest, page: Page) -> Page:
    """The page, whose next handout is of what the chart then says, in every process."""
    pages_of(http).remembered.forget(page.id)
    return kept(http, page, lambda now: replace(now, reads=now.reads + 1))
