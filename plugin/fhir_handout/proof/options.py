"""What a record can show, piece by piece: each finding there can be, and each part not read.

In: content packs. Out: a `Slot` for each risk factor and qualifier, with the `Option`s there are
for it; a `Part` that could not be read is an option too. A person decides only which factors are
implausible: what is confidential may be told once a clinician confirmed it, and may be withheld
from anybody because it may be over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from fhir_handout.assess import of_age, reason_to_withhold
from fhir_handout.model import Finding, Status, Withheld
from fhir_handout.pack_model import ContentPack, RiskFactor
from fhir_handout.patient_record import CLINICAL_PARTS, Part
from fhir_handout.proof.people import Person

Implausible = tuple[bool, ...]
"""For each pack, whether a factor can't be right for a person."""

_A_THING, _A_GAP, _WITHHELD = 1000, 100, 10
_SHOWN = (Status.POSSIBLE, Status.PRESENT)


@dataclass(eq=False, slots=True)
class Option:
    """One thing a record can show; `findings` has what it is for each pack, `effect` its bits.

    `cost` orders cases from small to large.
    """

    findings: tuple[tuple[Finding, ...], ...]
    part: Part | None = None
    effect: int = 0
    cost: int = field(init=False)

    def __post_init__(self) -> None:
        shown = [finding for of_pack in self.findings for finding in of_pack]
        is_withheld = any(finding.withheld for finding in shown)
        self.cost = _A_THING + _A_GAP * (self.part is not None) + _WITHHELD * is_withheld

    def __str__(self) -> str:
        if self.part:
            return f"{self.part.value} not read"
        finding = next(finding for of_pack in self.findings for finding in of_pack)
        qualifier = f" ({finding.qualifier})" if finding.qualifier else ""
        reason = f" and withheld: {finding.withheld.value}" if finding.withheld else ""
        return f"{finding.risk_factor}{qualifier} {finding.status.value}{reason}"

    def is_no_more_than(self, other: Option) -> bool:
        """Whether the other is the same finding, as sure or surer, and told likewise."""
        for mine, theirs in zip(self.findings, other.findings, strict=True):
            if [f.withheld for f in mine] != [f.withheld for f in theirs]:
                return False
            if any(f.status is Status.PRESENT for f in mine):
                return all(f.status is Status.PRESENT for f in theirs)
        return True


@dataclass(frozen=True, eq=False)
class Slot:
    """A risk factor and qualifier: no finding, or one of the options."""

    factor: str
    qualifier: str | None
    options: dict[Implausible, tuple[Option, ...]]


def slots(packs: tuple[ContentPack, ...], everybody: tuple[Person, ...]) -> Iterator[Slot]:
    """Every factor and qualifier of these packs that is not an age."""
    names = {
        (factor.id, qualifier): None
        for pack in packs
        for factor in pack.risk_factors.values()
        if not factor.bands
        for qualifier in factor.qualifiers
    }
    for name, qualifier in names:
        of_packs = tuple(_known(pack, name, qualifier) for pack in packs)
        kinds = dict.fromkeys(implausible(packs, name, person) for person in everybody)
        yield Slot(
            name, qualifier, {kind: tuple(_options(of_packs, qualifier, kind)) for kind in kinds}
        )


def implausible(packs: tuple[ContentPack, ...], name: str, person: Person) -> Implausible:
    """In which of the packs the factor can't be right for this person."""
    return tuple(
        name in pack.risk_factors
        and reason_to_withhold(pack.risk_factors[name], person.age, person.sex)
        is Withheld.IMPLAUSIBLE
        for pack in packs
    )


def _known(pack: ContentPack, name: str, qualifier: str | None) -> RiskFactor | None:
    factor = pack.risk_factors.get(name)
    is_known = factor is not None and not factor.bands and qualifier in factor.qualifiers
    return factor if is_known else None


def _options(
    factors: tuple[RiskFactor | None, ...], qualifier: str | None, kind: Implausible
) -> Iterator[Option]:
    seen = set()
    for status, is_told in product(_SHOWN, (True, False)):
        findings = tuple(
            _finding(factor, qualifier, status, is_told, is_implausible)
            for factor, is_implausible in zip(factors, kind, strict=True)
        )
        if findings not in seen:
            seen.add(findings)
            yield Option(findings)


def _finding(
    factor: RiskFactor | None,
    qualifier: str | None,
    status: Status,
    is_told: bool,
    is_implausible: bool,
) -> tuple[Finding, ...]:
    if factor is None:
        return ()
    if is_implausible:
        return (Finding(factor.id, qualifier, Status.POSSIBLE, (), Withheld.IMPLAUSIBLE),)
    is_kept = factor.confidential_under is not None and not is_told
    return (Finding(factor.id, qualifier, status, (), Withheld.CONFIDENTIAL if is_kept else None),)


def gaps(packs: tuple[ContentPack, ...]) -> tuple[Option, ...]:
    """Every part of a record that can't be read on its own and could hide something."""
    shown = {part for pack in packs for f in _clinical(pack) for part in f.shows_in}
    return tuple(
        Option(tuple(_unknown(pack, part) for pack in packs), part)
        for part in sorted(shown | CLINICAL_PARTS)
    )


def _unknown(pack: ContentPack, part: Part) -> tuple[Finding, ...]:
    hidden = (factor for factor in _clinical(pack) if part in factor.shows_in)
    return tuple(Finding(factor.id, None, Status.UNKNOWN) for factor in hidden)


def _clinical(pack: ContentPack) -> list[RiskFactor]:
    return [factor for factor in pack.risk_factors.values() if not factor.bands]


def of_person(pack: ContentPack, person: Person) -> tuple[Finding, ...]:
    """What is found of somebody by age alone."""
    banded = (factor for factor in pack.risk_factors.values() if factor.bands)
    return tuple(finding for factor in banded for finding in of_age(factor, person.age))
