"""Everything the page shows, put together: what its template is given.

In: a `Showing`, and what a form got wrong. Out: a frozen `PageView` without a word of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from fhir_handout.explain_text import TEACH_BACK
from fhir_handout.model import Withheld
from fhir_handout.names import plain
from fhir_handout.note import LONGEST as LONGEST_NOTE
from fhir_handout.pack_model import Citation
from fhir_handout.patient_record import Gap, PatientRecord
from fhir_handout.service.page.choices import ChoiceView, choice_view
from fhir_handout.service.page.entering import ANSWERED
from fhir_handout.service.page.findings import (
    ConflictView,
    CorrectionView,
    FindingView,
    Option,
    absent_labels,
    conflict_views,
    correction_views,
    finding_views,
    link_to,
    mark_of,
    options,
    seen_by_key,
)
from fhir_handout.service.page.lines import (
    AlertView,
    LineView,
    SectionView,
    TopicView,
    alert_views,
    omission_views,
    section_views,
    sensitive_labels,
    topic_views,
)
from fhir_handout.service.page.seen import fingerprint_of
from fhir_handout.service.page.showing import Showing
from fhir_handout.service.page.standing import StandingView, standing_view
from fhir_handout.service.page.ways import DRAFT, FINAL, Ways, ways
from fhir_handout.service.page.work import Entered, Mistake, Work
from fhir_handout.translate import addressed


@dataclass(frozen=True, slots=True)
class Banner:
    """Whose page this is, as the chart has it; empty where it says nothing."""

    name: str
    born: str
    visit: str
    visit_link: str
    started: str
    ended: str


@dataclass(frozen=True, slots=True)
class PageView:
    """The page."""

    ehr: str
    site: str
    user: str
    csrf: str
    revision: int
    resumed: bool
    banner: Banner
    work: Work
    title: str
    address: str
    choice: ChoiceView
    alerts: tuple[AlertView, ...]
    findings: tuple[FindingView, ...]
    absent: tuple[str, ...]
    gaps: tuple[Gap, ...]
    conflicts: tuple[ConflictView, ...]
    topics: tuple[TopicView, ...]
    sections: tuple[SectionView, ...]
    omissions: tuple[LineView, ...]
    corrections: tuple[CorrectionView, ...]
    found: str
    options: tuple[tuple[str, tuple[Option, ...]], ...]
    confidential: tuple[str, ...]
    implausible: tuple[str, ...]
    teach_back: str
    ways: Ways
    shown: Mapping[str, str]
    standing: StandingView | None
    longest_note: int
    looks_again: bool
    mistakes: tuple[Mistake, ...]
    typed: Mapping[str, str]

    @property
    def sources(self) -> tuple[Citation, ...]:
        """Where everything on the page comes from, each once."""
        named = [each.citations for each in self.alerts]
        named += [line.citations for section in self.sections for line in section.lines]
        named += [line.citations for line in self.omissions]
        return tuple(dict.fromkeys(chain.from_iterable(named)))

    @property
    def unknown(self) -> tuple[FindingView, ...]:
        """What a gap may hide and a clinician can answer."""
        return tuple(each for each in self.findings if each.key.startswith(f"{ANSWERED}|"))

    def mistake(self, field: str) -> str:
        """The name of what is wrong with a field; empty for nothing."""
        return next((each.what for each in self.mistakes if each.field == field), "")


def page_view(showing: Showing, entered: Entered | None = None) -> PageView:
    """The page of a handout; `entered` is a form that was not in order."""
    page, prepared = showing.page, showing.prepared
    handout, pack, tenant = prepared.handout, prepared.handout.pack, page.ready.tenant
    found, template = handout.findings, tenant.table.resource_link
    spoken = addressed(showing.request.pack.catalogues["en"], handout.address)
    english = showing.english
    return PageView(
        ehr=tenant.label,
        site=plain(tenant.settings.site.name),
        user=plain(page.open.user_name or page.open.user or ""),
        csrf=page.open.csrf,
        revision=page.open.revision,
        resumed=page.open.resumed,
        banner=banner(prepared.record, template),
        work=page.open.work,
        title=english.title,
        address=handout.address,
        choice=choice_view(showing),
        alerts=alert_views(handout),
        findings=finding_views(found, pack, template),
        absent=absent_labels(found, pack),
        gaps=found.gaps,
        conflicts=conflict_views(found.conflicts, template),
        topics=topic_views(handout),
        sections=section_views(handout, english, prepared.sheet.language),
        omissions=omission_views(handout, {**spoken, **english.words}),
        corrections=correction_views(page.open.work.corrections, found, pack, template),
        found=mark_of(seen_by_key(found, pack)),
        options=options(found, pack),
        confidential=_confidential(showing),
        implausible=sensitive_labels(handout, Withheld.IMPLAUSIBLE),
        teach_back=spoken.get(TEACH_BACK, ""),
        ways=ways(showing),
        shown={status: fingerprint_of(showing, status) for status in (DRAFT, FINAL)},
        standing=standing_view(showing),
        longest_note=LONGEST_NOTE,
        looks_again=entered is not None and entered.looks_again,
        mistakes=entered.mistakes if entered else (),
        typed=entered.typed if entered else {},
    )


def banner(record: PatientRecord, template: str | None) -> Banner:
    """The patient and the visit."""
    visit = record.encounter
    return Banner(
        record.name,
        record.born.text if record.born else "",
        plain(visit.reference) if visit else "",
        link_to(template, visit.reference) if visit else "",
        _day(visit.start if visit else None),
        _day(visit.end if visit else None),
    )


def _confidential(showing: Showing) -> tuple[str, ...]:
    """What a clinician has to confirm before it is told, or has confirmed."""
    return sensitive_labels(showing.prepared.handout, Withheld.CONFIDENTIAL)


def _day(moment: str | None) -> str:
    """The day of an instant, as the chart writes it."""
    return plain(moment or "")[:10]
