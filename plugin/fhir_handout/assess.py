"""Step 2 of the pipeline: what the record shows of each risk factor, with the evidence.

In: a `PatientRecord`, the pack's rules and value sets, and the day. Out: `Findings`. A factor is
present or possible with evidence, unknown where a gap could hide it, and absent only when
everything that could show it was read. Where a gap could hide more of a factor that was found, it
is both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from fhir_handout import dates
from fhir_handout.codes import CodeIndex
from fhir_handout.factors import Showing, showings
from fhir_handout.model import Evidence, Finding, Findings, RecognisedBy, Status, Withheld
from fhir_handout.pack_model import ContentPack, RiskFactor
from fhir_handout.patient_record import NOBODY_ASKED, Coding, Dated, LookedUp, PatientRecord
from fhir_handout.recognise import recognise
from fhir_handout.shown import Shown

_OLDEST = 130


def assess(
    record: PatientRecord,
    content: ContentPack,
    codes: CodeIndex,
    today: date,
    looked_up: LookedUp = NOBODY_ASKED,
    confirm_sensitive: bool = False,
) -> Findings:
    """The findings of `record` on the day `today`.

    With `confirm_sensitive` a clinician has confirmed what is confidential, and it is told. What is
    implausible is not, nor a pregnancy that may have been lost since: nobody can confirm that.
    """
    recognised = recognise(record, codes, content.wanted, today, looked_up)
    shown = Shown.of(recognised.signs, recognised.readings)
    gaps = (*record.gaps, *recognised.gaps)
    hidden = frozenset(part for gap in gaps for part in gap.hides)
    age = _age(record, today)
    findings: list[Finding] = []
    for factor in content.risk_factors.values():
        if factor.bands:
            findings += of_age(factor, age, (_of_birth(record),))
        else:
            found = list(_findings(factor, showings(factor, content, shown, today)))
            is_hidden = not hidden.isdisjoint(factor.shows_in)
            withheld = gate_of(factor, age, record.sex, confirm_sensitive)
            findings += _completed(factor, found, is_hidden, withheld)
    return Findings(
        record.reference,
        today,
        tuple(findings),
        tuple(dict.fromkeys(gaps)),
        recognised.not_relevant,
        age,
        record.sex,
        recognised.conflicts,
    )


def _age(record: PatientRecord, today: date) -> tuple[int, int] | None:
    """The age in years, None where it is not known or can't be right."""
    age = dates.age_on(today, record.born) if record.born else None
    return (max(age[0], 0), age[1]) if age and age[1] >= 0 and age[0] <= _OLDEST else None


def _findings(factor: RiskFactor, showings: Iterable[Showing]) -> Iterator[Finding]:
    """One finding for each qualifier that is shown, the surest status of its evidence."""
    found: dict[str | None, dict[Status, dict[str, Evidence]]] = {}
    open_ones: set[str | None] = set()
    for showing in showings:
        if not showing.may_have_ended:
            open_ones.add(showing.qualifier)
        by_status = found.setdefault(showing.qualifier, {})
        shown = showing.evidence
        if showing.status is not Status.PRESENT:
            shown = replace(shown, is_sure=False)
        by_status.setdefault(showing.status, {})[shown.reference] = shown
    for qualifier, by_status in found.items():
        surest = Status.PRESENT if Status.PRESENT in by_status else Status.POSSIBLE
        evidence = {**by_status.get(Status.POSSIBLE, {}), **by_status.get(Status.PRESENT, {})}
        # What is confidential, and may have ended, is not told: it may be a loss.
        is_told = qualifier in open_ones or factor.confidential_under is None
        withheld = None if is_told else Withheld.CONFIDENTIAL
        yield Finding(factor.id, qualifier, surest, tuple(evidence.values()), withheld)


def _completed(
    factor: RiskFactor, found: list[Finding], hidden: bool, withheld: Withheld | None
) -> Iterator[Finding]:
    """The findings with what is withheld marked, after an unknown one where a gap may hide more."""
    if hidden:
        yield Finding(factor.id, None, Status.UNKNOWN)
    elif not found:
        yield Finding(factor.id, None, Status.ABSENT)
    for finding in found:
        implausible = withheld is Withheld.IMPLAUSIBLE
        status = Status.POSSIBLE if implausible else finding.status
        yield replace(finding, status=status, withheld=withheld or finding.withheld)


def reason_to_withhold(
    factor: RiskFactor, age: tuple[int, int] | None, sex: str | None
) -> Withheld | None:
    """Why findings of a factor are kept from the text of somebody of this age and sex, if so."""
    if sex in factor.implausible_sexes:
        return Withheld.IMPLAUSIBLE
    if factor.plausible_ages and age:
        youngest, oldest = factor.plausible_ages
        if age[1] < youngest or age[0] > oldest:
            return Withheld.IMPLAUSIBLE
    limit = factor.confidential_under
    if limit is not None and (age is None or age[0] < limit):
        return Withheld.CONFIDENTIAL
    return None


def gate_of(
    factor: RiskFactor, age: tuple[int, int] | None, sex: str | None, confirm_sensitive: bool
) -> Withheld | None:
    """The same, once a clinician has or has not confirmed what is confidential."""
    withheld = reason_to_withhold(factor, age, sex)
    is_open = confirm_sensitive and withheld is Withheld.CONFIDENTIAL
    return None if is_open else withheld


def _of_birth(record: PatientRecord) -> Evidence:
    return Evidence(
        record.reference,
        Coding("", "", "birthDate"),
        RecognisedBy.BIRTH_DATE,
        "birthDate",
        Dated("birthDate", record.born.text if record.born else ""),
    )


def of_age(
    factor: RiskFactor, age: tuple[int, int] | None, evidence: tuple[Evidence, ...] = ()
) -> Iterator[Finding]:
    """The findings of a factor that is an age, for the youngest and the oldest it can be."""
    if age is None:
        yield Finding(factor.id, None, Status.UNKNOWN)
        return
    bands = [b for b in factor.bands if b.at_least <= age[1] and age[0] < b.under]
    for band in bands:
        sure = band.at_least <= age[0] and age[1] < band.under
        status = Status.PRESENT if sure else Status.POSSIBLE
        yield Finding(factor.id, band.qualifier, status, evidence)
    if not bands:
        yield Finding(factor.id, None, Status.ABSENT)
