"""What the sheet says and leaves out, line by line, with why: for the clinician, in English.

In: a handout and its words in the source language. Out: frozen views without a word of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fhir_handout.model import Handout, Sheet, Status
from fhir_handout.pack_model import Citation, ContentPack
from fhir_handout.reviews import review_status


@dataclass(frozen=True, slots=True)
class LineView:
    """A statement with the findings that asked for it, its sources, and how far it is reviewed."""

    text: str
    statement: str
    because: tuple[str, ...]
    citations: tuple[Citation, ...]
    rows: tuple[str, ...]
    review: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section of the sheet."""

    heading: str
    lines: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class AlertView:
    """Something for the clinician alone."""

    text: str
    urgent: bool
    because: tuple[str, ...]
    citations: tuple[Citation, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicView:
    """A subject on which findings can disagree, what it came to, and who asked for that."""

    label: str
    meaning: str
    because: tuple[str, ...]


def section_views(handout: Handout, english: Sheet, language: str) -> tuple[SectionView, ...]:
    """The sheet's lines by section; `language` is that of the sheet, whose words were reviewed."""
    because = {each.statement: each.because for each in handout.advice}
    statements = {each.id: each for each in handout.pack.statements}
    return tuple(
        SectionView(
            section.heading,
            tuple(
                LineView(
                    line.text,
                    line.statement,
                    labels(handout.pack, because[line.statement]),
                    _citations(handout.pack, statements[line.statement].citations),
                    statements[line.statement].rows,
                    review_status(handout.pack, line.statement, language).value,
                )
                for line in section.lines
            ),
        )
        for section in english.sections
    )


def omission_views(handout: Handout, words: Mapping[str, str]) -> tuple[LineView, ...]:
    """What would have been said, and the findings that left it out."""
    statements = {each.id: each for each in handout.pack.statements}
    return tuple(
        LineView(
            words[each.statement],
            each.statement,
            labels(handout.pack, each.because),
            _citations(handout.pack, statements[each.statement].citations),
            statements[each.statement].rows,
            "",
        )
        for each in handout.omissions
    )


def alert_views(handout: Handout) -> tuple[AlertView, ...]:
    """The alerts, the urgent first."""
    known = {alert.id: alert for alert in handout.pack.alerts}
    return tuple(
        AlertView(
            each.text,
            each.urgent,
            labels(handout.pack, each.because),
            _citations(handout.pack, known[each.alert].citations),
            known[each.alert].rows,
        )
        for each in sorted(handout.alerts, key=lambda alert: not alert.urgent)
    )


def topic_views(handout: Handout) -> tuple[TopicView, ...]:
    """What each topic came to."""
    topics = handout.pack.topics
    return tuple(
        TopicView(
            topics[level.topic].label,
            topics[level.topic].meanings[level.level],
            labels(handout.pack, level.because),
        )
        for level in handout.levels.values()
    )


def labels(pack: ContentPack, factors: Sequence[str]) -> tuple[str, ...]:
    """What risk factors are called."""
    return tuple(pack.risk_factors[name].label for name in factors)


def sensitive_labels(handout: Handout, reason: str) -> tuple[str, ...]:
    """The findings that are withheld for this reason."""
    found = (
        each.risk_factor
        for each in handout.findings.findings
        if each.withheld == reason and each.status is not Status.ABSENT
    )
    return labels(handout.pack, tuple(dict.fromkeys(found)))


def _citations(pack: ContentPack, names: Sequence[str]) -> tuple[Citation, ...]:
    return tuple(pack.citations[name] for name in names)
