"""A clinician's corrections of what the record shows, between assessing and tailoring.

In: `Findings`, what a clinician says of some of them, and the pack. Out: the findings as corrected,
with every correction and what stood there before (docs/adr/0017). Whatever lowers caution has a
reason, or it is refused (`correction_rules`), and lowers what its maker saw alone: where the record
no longer shows that, or shows more of it, that is a `Conflict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

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
    Seen,
    Status,
    Withheld,
)
from fhir_handout.pack_model import ContentPack, RiskFactor
from fhir_handout.patient_record import Coding, Gap

_STILL: Mapping[Status, tuple[Status, ...]] = {
    Status.PRESENT: (Status.PRESENT,),
    Status.POSSIBLE: (Status.PRESENT, Status.POSSIBLE),
    Status.UNKNOWN: (Status.UNKNOWN,),
}
"""By what a finding is now: what it was for one who lowered it then, so that it is no surer now."""


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
    _refuse_outdated(corrections, findings, pack)
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


def seen_of(finding: Finding, gaps: Iterable[Gap], factor: RiskFactor) -> Seen:
    """What somebody sees who looks at a finding of a factor: its evidence, or what may hide it.

    Its names tell one piece of evidence from another, and from what it was before the record was
    changed; what is certain is possible too.
    """
    if finding.status is not Status.UNKNOWN:
        names = (name for each in finding.evidence for name in _names(each))
        return Seen(finding.status, frozenset(names))
    hiding = ((each, each.hides.intersection(factor.shows_in)) for each in gaps)
    named = (_digest(each.what, each.why, each.about, *sorted(h)) for each, h in hiding if h)
    return Seen(finding.status, gaps=frozenset(named))


def _names(evidence: Evidence) -> Iterator[str]:
    dated, how = evidence.dated, evidence.recognised_by
    said = (*evidence.coding, how, evidence.element, dated.element, dated.text, evidence.value)
    name = f"{evidence.reference} {_digest(*said)}"
    yield f"{name} {Status.POSSIBLE}"
    if evidence.is_sure:
        yield f"{name} {Status.PRESENT}"


def _digest(*said: str) -> str:
    return sha256("\n".join(map(repr, map(str, said))).encode()).hexdigest()[:16]


def _refuse_outdated(
    corrections: Iterable[Correction], findings: Findings, pack: ContentPack
) -> None:
    outdated = [
        each
        for each in corrections
        if each.change is not Change.ADDED
        and not _holds(each, findings, pack.risk_factors[each.risk_factor])
    ]
    if outdated:
        raise Conflict(
            "correction-outdated",
            f"{', '.join(sorted({each.risk_factor for each in outdated}))}: the record no longer "
            "shows what was corrected, or has more of it; look at the findings again",
        ).of(outdated)


def _holds(correction: Correction, findings: Findings, factor: RiskFactor) -> bool:
    """Whether all that a lowering correction would lower was seen by who made it."""
    was, then = _before(correction, findings.of(factor.id)), correction.seen
    now = seen_of(was, findings.gaps, factor)
    is_seen = now.evidence <= then.evidence and now.gaps <= then.gaps
    return is_seen and then.status in _STILL.get(was.status, ())


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
    """The correction with what it is one of."""
    was = _before(correction, found)
    return Corrected(correction, was, gate or was.withheld)


def _before(correction: Correction, found: Sequence[Finding]) -> Finding:
    """The finding that is corrected; an absent one where there is none."""
    name, qualifier = correction.risk_factor, correction.qualifier
    shown = [f for f in found if f.is_shown and f.qualifier == qualifier]
    unknown = [f for f in found if f.status is Status.UNKNOWN]
    match correction.change:
        case Change.TAKEN_OUT:
            one_of = shown
        case Change.ANSWERED:
            one_of = unknown
        case Change.ADDED:
            one_of = shown or unknown
    return next(iter(one_of), Finding(name, None, Status.ABSENT))


def _after(
    factor: RiskFactor,
    found: Sequence[Finding],
    corrections: Sequence[Correction],
    gate: Withheld | None,
) -> Iterator[Finding]:
    """The findings of a factor: unknown first, then what is shown; absent where nothing is left."""
    out = {each.qualifier for each in corrections if each.change is Change.TAKEN_OUT}
    answered = any(each.change is Change.ANSWERED for each in corrections)
    shown = {f.qualifier: f for f in found if f.is_shown and f.qualifier not in out}
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
