"""Findings, handouts and sheets by name, for tests of what comes after a record was read.

A finding is written `factor` or `factor.qualifier`, with `?` after it where it is only possible and
with `*` where it is withheld from the patient, `!` where that is because it can't be so:
`found("diuretic.loop", "pregnancy?*")`.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache

from fhir_handout.assess import assess
from fhir_handout.corrections import seen_of
from fhir_handout.dates import Span
from fhir_handout.model import (
    Change,
    Correction,
    Evidence,
    Finding,
    Findings,
    Handout,
    RecognisedBy,
    Sheet,
    Site,
    Status,
    Withheld,
)
from fhir_handout.pack import LoadedPack, load_pack
from fhir_handout.patient_record import Coding, Gap, Part, PatientRecord
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

TODAY = date(2026, 11, 23)
Ages = tuple[int, int] | None


@cache
def loaded() -> LoadedPack:
    """The pack that ships, read once."""
    return load_pack()


def born(ages: Ages) -> Span | None:
    """The days on which somebody of these ages today was born."""
    if ages is None:
        return None
    youngest, oldest = ages
    return Span(date(TODAY.year - oldest, 1, 1), date(TODAY.year - youngest, 1, 1))


def record(
    ages: Ages = (40, 40), sex: str | None = None, gaps: Iterable[Part] = ()
) -> PatientRecord:
    """A record that shows nothing; `gaps` name the parts that were not read."""
    return PatientRecord(
        reference="Patient/1",
        name="Quillon Testperson",
        born=born(ages),
        sex=sex,
        managing_organization=None,
        conditions=(),
        medicines=(),
        encounter=None,
        documents=(),
        gaps=tuple(Gap(part.value, "not read", frozenset({part})) for part in gaps),
    )


def looked_at(findings: Findings, correction: Correction) -> Correction:
    """The correction, made by somebody who saw these findings."""
    factor = loaded().content.risk_factors.get(correction.risk_factor)
    is_answer = correction.change is Change.ANSWERED
    for each in findings.of(correction.risk_factor):
        is_unknown = each.status is Status.UNKNOWN
        if is_unknown is is_answer and each.qualifier == correction.qualifier:
            assert factor
            return replace(correction, seen=seen_of(each, findings.gaps, factor))
    return correction


@cache
def _nothing_found(ages: Ages, sex: str | None, gaps: frozenset[Part]) -> Findings:
    pack = loaded()
    return assess(record(ages, sex, sorted(gaps)), pack.content, pack.codes, TODAY)


def finding(name: str) -> Finding:
    """One finding with evidence, by its name."""
    bare = name.rstrip("?*!")
    factor, _, qualifier = bare.partition(".")
    evidence = Evidence(f"Condition/{factor}", Coding("urn:test", bare), RecognisedBy.CODE)
    return Finding(
        factor,
        qualifier or None,
        Status.POSSIBLE if "?" in name else Status.PRESENT,
        (evidence,),
        Withheld.IMPLAUSIBLE if "!" in name else Withheld.CONFIDENTIAL if "*" in name else None,
    )


def found(
    *names: str, ages: Ages = (40, 40), sex: str | None = None, gaps: Iterable[Part] = ()
) -> Findings:
    """Findings of these names; every other factor is absent, or unknown where a gap may hide it."""
    nothing = _nothing_found(ages, sex, frozenset(gaps))
    own = [finding(name) for name in names]
    shown = {item.risk_factor for item in own}
    rest = (
        item
        for item in nothing.findings
        if item.status is not Status.ABSENT or item.risk_factor not in shown
    )
    return replace(nothing, findings=(*rest, *own))


def handout(
    *names: str, ages: Ages = (40, 40), sex: str | None = None, gaps: Iterable[Part] = ()
) -> Handout:
    """The handout for these findings."""
    return tailor(found(*names, ages=ages, sex=sex, gaps=gaps), loaded().content)


def said(handout: Handout) -> set[str]:
    """The ids of the statements it makes."""
    return {advice.statement for advice in handout.advice}


def level(handout: Handout, topic: str) -> str:
    """The level a topic came to."""
    return handout.levels[topic].level


def sheet(handout: Handout, site: Site | None = None, name: str = "Quillon Testperson") -> Sheet:
    """The handout in English."""
    return translate(handout, loaded().catalogues["en"], "en", site or Site(), name, TODAY)
