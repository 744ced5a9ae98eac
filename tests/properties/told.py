"""What is told of a record: read, assessed and tailored, and how careful that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fhir_handout import workflow
from fhir_handout.assess import assess
from fhir_handout.bundles import entries_of
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.explain import explanation
from fhir_handout.model import Findings, Handout, Moment, Site
from fhir_handout.patient_record import Entry, Gap, Part, PatientRecord, RawRecord
from fhir_handout.read import read_record
from fhir_handout.tailor import tailor
from properties.records import PATIENT, Json
from unit.handouts import TODAY, loaded

WARNINGS = frozenset(s.id for s in loaded().content.statements if s.kind in ("call", "emergency"))
GIVES_WAY_TO = {
    "leg-swollen-call": {"leg-swollen-emergency"},
    "medicines-contact": {"pregnancy-diuretic"},
    "signs-if-pregnant": {"pregnancy-warning-signs"},
    "head-sight-bleeding": {"pregnancy-warning-signs", "signs-if-pregnant"},
    "call-swelling": {"heart-swelling"},
    "call-sore": {"call-feet"},
    "call-long": {"call-long-rest"},
}
"""Warnings that make room for a more urgent or a more exact one."""


@dataclass(frozen=True)
class Told:
    """A record with what was made of it."""

    record: PatientRecord
    handout: Handout

    @property
    def findings(self) -> Findings:
        return self.handout.findings

    @cached_property
    def levels(self) -> dict[str, int]:
        """For each topic, how far up its level is."""
        topics = self.handout.pack.topics
        found = self.handout.levels.values()
        return {level.topic: topics[level.topic].levels.index(level.level) for level in found}

    @cached_property
    def said(self) -> list[str]:
        return [advice.statement for advice in self.handout.advice]

    @cached_property
    def statuses(self) -> set[tuple[str, str | None, str, str | None]]:
        """Every finding without its evidence."""
        found = self.findings.findings
        return {(f.risk_factor, f.qualifier, f.status.value, f.withheld) for f in found}

    @cached_property
    def explained(self) -> dict[str, Any]:
        return explanation(self.handout)

    @property
    def summary(self) -> tuple[Any, ...]:
        """What must not depend on how a record is laid out."""
        return self.statuses, self.levels, self.said

    def hides(self, part: Part) -> bool:
        return any(part in gap.hides for gap in self.findings.gaps)

    def is_as_careful_as(self, other: Told) -> bool:
        """No level lower, no warning sign less."""
        lower = [topic for topic, level in other.levels.items() if self.levels[topic] < level]
        said = set(self.said)
        lost = {w for w in WARNINGS.intersection(other.said) if w not in said}
        return not lower and all(GIVES_WAY_TO.get(warning, set()) & said for warning in lost)


def bundle(resources: Iterable[Any]) -> Json:
    items = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": items}


def raw_of(bundles: Iterable[Any], gaps: Iterable[Gap] = ()) -> RawRecord:
    """What an EHR gives that holds these Bundles."""
    found = [item for held in bundles for item in entries_of(held, "record.json")]
    entries = tuple(item for item in found if isinstance(item, Entry))
    return RawRecord(entries, (*(item for item in found if isinstance(item, Gap)), *gaps))


def told_of_raw(raw: RawRecord) -> Told:
    record = read_record(raw, PATIENT)
    pack = loaded()
    findings = assess(record, pack.content, pack.codes, TODAY)
    return Told(record, tailor(findings, pack.content))


def told_of(resources: Iterable[Any], gaps: Iterable[Gap] = ()) -> Told:
    """What is told of a record that came in one Bundle."""
    return told_of_raw(raw_of([bundle(resources)], gaps))


def told_of_folder(folder: Path, out: Path) -> Told:
    """What is told of a folder of files, with the whole way to the words on the sheet."""
    request = workflow.Request(PATIENT, None, Moment.on(TODAY), loaded(), Site())
    prepared = workflow.prepare(FolderEhr(folder, out), request)
    return Told(prepared.record, prepared.handout)
