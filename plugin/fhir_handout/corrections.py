"""A clinician's corrections of what the record shows, between assessing and tailoring.

In: `Findings`, what a clinician says of some of them, and the pack. Out: the findings as corrected,
with every correction and what stood there before (docs/adr/0017). Whatever lowers caution has a
reason, or it is refused (`correction_rules`); one of what the record does not show, or no longer
shows, is a `Conflict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fhir_handout.assess import gate_of
from fhir_handout.correction_rules import refuse_wrong
from fhir_handout.errors import Conflict
from fhir_handout.model import (
    Change,
    Corrected,
    Correction,
    Evidence,
    Finding,
    Findings,
    RecognisedBy,
    Status,
    Withheld,
)
from fhir_handout.pack_model import ContentPack, RiskFactor
from fhir_handout.patient_record import Coding, Gap

_SHOWN = (Status.PRESENT, Status.POSSIBLE)


def corrected(
    findings: Findings,
    corrections: Sequence[Correction],
    pack: ContentPack,
    confirm_sensitive: bool = False,
) -> Findings:
    """The findings with these corrections; their order is of no matter.

    With `confirm_sensitive` a clinician has confirmed what is confidential, as for `assess`.
    """
    refuse_wrong(corrections, pack)
    changed: dict[str, tuple[Finding, ...]] = {}
    made: list[Corrected] = []
    for name, factor in pack.risk_factors.items():
        own = _in_order(factor, corrections)
        if own:
            gate = gate_of(factor, findings.age, findings.sex, confirm_sensitive)
            found = findings.of(name)
            made += [_recorded(each, found, gate) for each in own]
            changed[name] = tuple(_after(factor, found, own, gate))
    if not changed:
        return findings
    now = tuple(f for name in pack.risk_factors for f in changed.get(name) or findings.of(name))
    return replace(
        findings,
        findings=now,
        gaps=tuple(_gaps(findings.gaps, now, made, pack)),
        corrections=(*findings.corrections, *made),
    )


def _in_order(factor: RiskFactor, corrections: Iterable[Correction]) -> list[Correction]:
    """Those of a factor in an order of our own, so that the order in which they came is none."""
    changes, names = list(Change), (None, *filter(None, factor.qualifiers))
    own = (each for each in corrections if each.risk_factor == factor.id)
    return sorted(own, key=lambda c: (changes.index(c.change), names.index(c.qualifier)))


def _gaps(
    gaps: Iterable[Gap], now: Iterable[Finding], made: Iterable[Corrected], pack: ContentPack
) -> Iterator[Gap]:
    """The gaps, which hide nothing more in a part once all that shows in it is answered."""
    no = (m.correction.risk_factor for m in made if m.correction.change is Change.ANSWERED)
    open_ones = (f.risk_factor for f in now if f.status is Status.UNKNOWN)
    answered, unknown = (
        {part for name in names for part in pack.risk_factors[name].shows_in}
        for names in (no, open_ones)
    )
    for gap in gaps:
        closed = gap.hides & answered - unknown
        yield replace(gap, hides=gap.hides - closed) if closed else gap


def _recorded(correction: Correction, found: Sequence[Finding], gate: Withheld | None) -> Corrected:
    """The correction with what it is one of; `Conflict` where there is nothing to lower."""
    was = _before(correction, found)
    if was is None:
        raise Conflict(
            "correction-outdated",
            f"{correction.risk_factor}: the record does not show, or no longer shows, what was "
            "corrected; look at the findings again",
        )
    return Corrected(correction, was, gate or was.withheld)


def _before(correction: Correction, found: Sequence[Finding]) -> Finding | None:
    """The finding that is corrected; None where a lowering one has none."""
    name, qualifier = correction.risk_factor, correction.qualifier
    shown = [f for f in found if f.status in _SHOWN and f.qualifier == qualifier]
    unknown = [f for f in found if f.status is Status.UNKNOWN]
    match correction.change:
        case Change.TAKEN_OUT:
            return next(iter(shown), None)
        case Change.ANSWERED:
            return next(iter(unknown), None)
        case Change.ADDED:
            return next(iter(shown or unknown), Finding(name, None, Status.ABSENT))


def _after(
    factor: RiskFactor,
    found: Sequence[Finding],
    corrections: Sequence[Correction],
    gate: Withheld | None,
) -> Iterator[Finding]:
    """The findings of a factor: unknown first, then what is shown; absent where nothing is left."""
    out = {each.qualifier for each in corrections if each.change is Change.TAKEN_OUT}
    answered = any(each.change is Change.ANSWERED for each in corrections)
    shown = {f.qualifier: f for f in found if f.status in _SHOWN and f.qualifier not in out}
    for each in corrections:
        if each.change is Change.ADDED:
            shown[each.qualifier] = _added(each, shown.get(each.qualifier), gate)
    # An addition answers nothing: the gap may hide more of the same.
    unknown = [f for f in found if f.status is Status.UNKNOWN and not answered]
    yield from (*unknown, *shown.values())
    if not unknown and not shown:
        yield Finding(factor.id, None, Status.ABSENT)


def _added(correction: Correction, before: Finding | None, gate: Withheld | None) -> Finding:
    """What a clinician states, over what the record shows of it.

    What the record holds back stays held back: nobody can confirm that.
    """
    stated = Evidence(correction.by, Coding("", "", ""), RecognisedBy.CLINICIAN)
    is_sure = gate is not Withheld.IMPLAUSIBLE
    return Finding(
        correction.risk_factor,
        correction.qualifier,
        Status.PRESENT if is_sure else Status.POSSIBLE,
        (*(before.evidence if before else ()), stated),
        gate or (before.withheld if before else None),
    )
