"""Step 2 of the pipeline: what the record shows of each risk factor, with the evidence.

In: a `PatientRecord`, the pack's risk factors and value sets, and the day. Out: `Findings`. A
factor is present or possible with evidence, unknown where a gap could hide it, and absent only
when everything that could show it was read. Where a gap could hide more of a factor that was
found, it is both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from fhir_handout import dates
from fhir_handout.codes import CodeIndex
from fhir_handout.current import (
    condition_status,
    first_date,
    is_ruled_out,
    is_unsure,
    latest_date,
    medicine_status,
)
from fhir_handout.model import (
    Coding,
    Condition,
    Evidence,
    Finding,
    Findings,
    PatientRecord,
    RecognisedBy,
    RiskFactor,
    Status,
    ValueSetUse,
    Withheld,
)
from fhir_handout.recognise import Sign, recognise

_OLDEST = 130


def assess(
    record: PatientRecord, risk_factors: Iterable[RiskFactor], codes: CodeIndex, today: date
) -> Findings:
    """The findings of `record` on the day `today`."""
    shown = recognise(record, codes)
    gaps = (*record.gaps, *shown.gaps)
    hidden = frozenset(part for gap in gaps for part in gap.hides)
    age = _age(record, today)
    findings: list[Finding] = []
    for factor in risk_factors:
        if factor.bands:
            findings += _of_age(factor, record, age)
        else:
            found = list(_of_factor(factor, shown.signs, today))
            findings += _completed(factor, found, factor.shows_in in hidden, age, record.sex)
    return Findings(
        record.reference,
        today,
        tuple(findings),
        tuple(dict.fromkeys(gaps)),
        shown.not_relevant,
        age,
        record.sex,
    )


def _age(record: PatientRecord, today: date) -> tuple[int, int] | None:
    """The age in years, None where it is not known or can't be right."""
    age = dates.age_on(today, record.born) if record.born else None
    return (max(age[0], 0), age[1]) if age and age[1] >= 0 and age[0] <= _OLDEST else None


def _of_factor(factor: RiskFactor, signs: tuple[Sign, ...], today: date) -> Iterator[Finding]:
    """One finding for each qualifier that the signs show, the surest status of its evidence."""
    found: dict[str | None, dict[Status, dict[str, Evidence]]] = {}
    for use in factor.value_sets:
        for sign in signs:
            if sign.match.value_set != use.value_set or _is_ended(sign, use, factor, signs, today):
                continue
            status = _status(sign, use, today)
            if status:
                by_status = found.setdefault(use.qualifier, {})
                by_status.setdefault(status, {})[sign.entry.reference] = sign.evidence
    for qualifier, by_status in found.items():
        surest = Status.PRESENT if Status.PRESENT in by_status else Status.POSSIBLE
        evidence = {**by_status.get(Status.POSSIBLE, {}), **by_status.get(Status.PRESENT, {})}
        yield Finding(factor.id, qualifier, surest, tuple(evidence.values()))


def _status(sign: Sign, use: ValueSetUse, today: date) -> Status | None:
    if isinstance(sign.entry, Condition):
        return condition_status(sign.entry, use, today)
    status = medicine_status(sign.entry, today)
    return status if status is None or sign.match.certain else Status.POSSIBLE


def _is_ended(
    sign: Sign, use: ValueSetUse, factor: RiskFactor, signs: Iterable[Sign], today: date
) -> bool:
    """Whether something later in the record, and not still to come, shows that this is over.

    What lasts a number of days ends on its own. What lasts longer ends only together with all else
    that shows the factor, and not by an old event that was recorded again.
    """
    ended_by = use.ended_by or factor.ended_by
    if not ended_by or not isinstance(sign.entry, Condition):
        return False
    conditions = [
        (other.match.value_set, other.entry)
        for other in signs
        if isinstance(other.entry, Condition) and not is_ruled_out(other.entry)
    ]
    if any(value_set in factor.not_ended_with for value_set, _ in conditions):
        return False
    lasting = [other.value_set for other in factor.value_sets if isinstance(other.lasts, str)]
    is_lasting = isinstance(use.lasts, str)
    together = [entry for value_set, entry in conditions if value_set in lasting]
    known = [latest_date(entry) for entry in (together if is_lasting else [sign.entry])]
    ends = [
        first_date(entry) if is_lasting else latest_date(entry)
        for value_set, entry in conditions
        if value_set in ended_by and not is_unsure(entry)
    ]
    return any(
        end
        and end.shifted(use.ended_after).last <= today
        and all(span and span.last < end.first for span in known)
        for end in ends
    )


def _completed(
    factor: RiskFactor,
    found: list[Finding],
    hidden: bool,
    age: tuple[int, int] | None,
    sex: str | None,
) -> Iterator[Finding]:
    """The findings with what is withheld marked, after an unknown one where a gap may hide more."""
    if hidden:
        yield Finding(factor.id, None, Status.UNKNOWN)
    elif not found:
        yield Finding(factor.id, None, Status.ABSENT)
    for finding in found:
        withheld = _withheld(factor, age, sex)
        implausible = withheld is Withheld.IMPLAUSIBLE
        status = Status.POSSIBLE if implausible else finding.status
        yield replace(finding, status=status, withheld=withheld)


def _withheld(factor: RiskFactor, age: tuple[int, int] | None, sex: str | None) -> Withheld | None:
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


def _of_age(
    factor: RiskFactor, record: PatientRecord, age: tuple[int, int] | None
) -> Iterator[Finding]:
    if age is None:
        yield Finding(factor.id, None, Status.UNKNOWN)
        return
    coding = Coding("", "", "birthDate")
    evidence = Evidence(record.reference, coding, RecognisedBy.BIRTH_DATE)
    bands = [b for b in factor.bands if b.at_least <= age[1] and age[0] < b.under]
    for band in bands:
        sure = band.at_least <= age[0] and age[1] < band.under
        status = Status.PRESENT if sure else Status.POSSIBLE
        yield Finding(factor.id, band.qualifier, status, (evidence,))
    if not bands:
        yield Finding(factor.id, None, Status.ABSENT)
