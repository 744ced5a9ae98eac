"""What the record showed, as the page shows it: findings with their evidence, gaps, conflicts.

In: findings, the pack, and how the EHR's own pages of resources are addressed. Out: frozen views
without a word of their own: statuses and kinds are names that the templates have words for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from fhir_handout.corrections import seen_of
from fhir_handout.done_by_hand import named
from fhir_handout.explain_text import coded
from fhir_handout.model import (
    Change,
    Conflict,
    Evidence,
    Finding,
    Findings,
    RecognisedBy,
    Seen,
    Status,
)
from fhir_handout.names import plain
from fhir_handout.pack_model import ContentPack
from fhir_handout.service.page.work import Noted, correction_key

_REFERENCE = re.compile(r"[A-Za-z]{1,64}/[A-Za-z0-9.-]{1,64}")
_PLACE = "{reference}"
_BY_CERTAINTY = (Status.PRESENT, Status.POSSIBLE, Status.UNKNOWN, Status.ABSENT)


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence; `link` is empty where the site has no page of the resource."""

    reference: str
    link: str
    what: str
    value: str
    date: str
    dated_by: str
    how: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding; `key` names the correction that takes it out or answers it, empty for none.

    `is_added` where a clinician stated it; `is_beside` where more of the same is shown.
    """

    label: str
    status: str
    withheld: str
    evidence: tuple[Shown, ...]
    key: str
    is_added: bool
    is_beside: bool


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction that was made, the key by which it is undone, and the evidence it takes out.

    `is_beside` where more of what it answers is shown.
    """

    label: str
    change: str
    reason: str
    key: str
    evidence: tuple[Shown, ...] = ()
    is_beside: bool = False


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A code and a display that disagree."""

    reference: str
    link: str
    what: str
    by_code: tuple[str, ...]
    by_display: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A finding that could be added."""

    value: str
    label: str


def finding_views(
    found: Findings, pack: ContentPack, template: str | None
) -> tuple[FindingView, ...]:
    """The findings that ask for something, the surest first."""
    ordered = sorted(found.findings, key=lambda each: _BY_CERTAINTY.index(each.status))
    return tuple(
        _view(each, found, pack, template) for each in ordered if each.status is not Status.ABSENT
    )


def correction_views(
    made: Iterable[Noted], found: Findings, pack: ContentPack, template: str | None
) -> tuple[CorrectionView, ...]:
    """What was corrected, in the order in which it was."""
    out = {
        correction_key(c.correction.change, c.correction.risk_factor, c.correction.qualifier): c.was
        for c in found.corrections
        if c.correction.change is Change.TAKEN_OUT
    }
    return tuple(
        CorrectionView(
            named(pack, each.risk_factor, each.qualifier),
            each.change,
            each.reason,
            each.key,
            tuple(_shown(out[each.key].evidence, template)) if each.key in out else (),
            each.change == Change.ANSWERED and _is_shown(each.risk_factor, found),
        )
        for each in made
    )


def seen_by_key(found: Findings, pack: ContentPack) -> Mapping[str, Seen]:
    """What the page shows of each finding that can be taken out or answered, by its key."""
    keyed = ((_key(each, pack), each) for each in found.findings)
    return {
        key: seen_of(each, found.gaps, pack.risk_factors[each.risk_factor])
        for key, each in keyed
        if key
    }


def mark_of(seen: Mapping[str, Seen]) -> str:
    """What tells a page that showed this from one that showed anything else."""
    said = [(k, s.status, sorted(s.evidence), sorted(s.gaps)) for k, s in sorted(seen.items())]
    return sha256(repr(said).encode()).hexdigest()[:16]


def absent_labels(found: Findings, pack: ContentPack) -> tuple[str, ...]:
    """What is not there: all that could show it was read."""
    absent = (each for each in found.findings if each.status is Status.ABSENT)
    return tuple(pack.risk_factors[each.risk_factor].label for each in absent)


def conflict_views(conflicts: Iterable[Conflict], template: str | None) -> tuple[ConflictView, ...]:
    """Codes and displays that disagree."""
    return tuple(
        ConflictView(
            plain(each.reference),
            link_to(template, each.reference),
            coded(each.coding),
            each.by_code,
            each.by_display,
        )
        for each in conflicts
    )


def options(found: Findings, pack: ContentPack) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """What could be added, by risk factor; nothing that is there for sure, or was taken out."""
    there = {(f.risk_factor, f.qualifier) for f in found.findings if f.status is Status.PRESENT}
    made = [each.correction for each in found.corrections]
    there |= {(c.risk_factor, c.qualifier) for c in made if c.change is Change.TAKEN_OUT}
    offered = []
    for factor in pack.risk_factors.values():
        if not factor.bands:  # an age comes from the date of birth alone
            lacking = [name for name in factor.qualifiers if (factor.id, name) not in there]
            kinds = tuple(
                Option(f"{factor.id}|{name or ''}", named(pack, factor.id, name))
                for name in lacking
            )
            offered += [(factor.label, kinds)] if kinds else []
    return tuple(offered)


def link_to(template: str | None, reference: str) -> str:
    """The EHR's page of a resource; empty where it has none, or the reference is no plain one."""
    if not template or not _REFERENCE.fullmatch(reference):
        return ""
    is_query = "?" in template.partition(_PLACE)[0]
    return template.replace(_PLACE, quote(reference, safe="" if is_query else "/"))


def _view(
    finding: Finding, found: Findings, pack: ContentPack, template: str | None
) -> FindingView:
    is_unknown = finding.status is Status.UNKNOWN
    return FindingView(
        named(pack, finding.risk_factor, finding.qualifier),
        finding.status.value,
        finding.withheld.value if finding.withheld else "",
        tuple(_shown(finding.evidence, template)),
        _key(finding, pack),
        _is_added(finding),
        is_unknown and _is_shown(finding.risk_factor, found),
    )


def _is_shown(risk_factor: str, found: Findings) -> bool:
    return any(each.is_shown for each in found.of(risk_factor))


def _is_added(finding: Finding) -> bool:
    return any(each.recognised_by is RecognisedBy.CLINICIAN for each in finding.evidence)


def _key(finding: Finding, pack: ContentPack) -> str:
    """Of an age there is none, and what somebody added is undone, not taken out."""
    is_fixed = bool(pack.risk_factors[finding.risk_factor].bands) or _is_added(finding)
    if is_fixed or finding.status is Status.ABSENT:
        return ""
    change = Change.ANSWERED if finding.status is Status.UNKNOWN else Change.TAKEN_OUT
    return correction_key(change, finding.risk_factor, finding.qualifier)


def _shown(evidence: Iterable[Evidence], template: str | None) -> Iterator[Shown]:
    for each in evidence:
        yield Shown(
            plain(each.reference),
            link_to(template, each.reference),
            coded(each.coding),
            plain(each.value),
            plain(each.dated.text),
            plain(each.dated.element),
            each.recognised_by.value,
        )
