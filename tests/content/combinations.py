"""Every combination of findings there can be, reduced to those that differ in what they lead to.

A handout depends on the findings only through the levels they vote for and through the `finding`,
`patient` and `unread` conditions that statements make. Both join: levels by the greater, conditions
by "or". So each factor's findings are enumerated in full, those that vote and hold alike are taken
together, and the factors are combined one after another. A `Combination` counts what it stands for
and remembers which findings any of those has, and which claims all of them support. `key_of` finds
the one that stands for given findings, so that the reduction itself can be tested.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from fhir_handout.model import Finding, Findings, Status, Withheld
from fhir_handout.pack_model import Predicate, RiskFactor
from fhir_handout.patient_record import CLINICAL_PARTS, Gap, Part
from fhir_handout.predicates import COMBINING, Situation, evaluate
from fhir_handout.tailor import tailor, votes
from unit.handouts import TODAY, Ages, found, loaded

AGES: tuple[Ages, ...] = (
    (0, 0), (8, 8), (9, 10), (10, 11), (11, 12), (12, 12), (17, 17), (17, 18), (18, 18), (40, 40),
    (55, 55), (55, 56), (56, 56), (64, 64), (64, 65), (65, 65), (90, 90), (0, 130), None,
)  # fmt: skip
SEXES = ("female", "male", "other", "unknown", None)
GAPS = tuple(
    tuple(part for part, is_gap in zip(sorted(CLINICAL_PARTS), there, strict=True) if is_gap)
    for there in product((False, True), repeat=len(CLINICAL_PARTS))
)
"""Every set of parts that could not be read."""
GATES: dict[str, tuple[Withheld | None, ...]] = {
    "open": (None,),
    "closed": (Withheld.CONFIDENTIAL, Withheld.IMPLAUSIBLE),
}
"""Whether a confidential factor is told to the patient. Monotone is meant at a fixed gate."""

_DIURETICS = (
    "loop",
    "thiazide",
    "thiazide_like",
    "potassium_sparing",
    "carbonic_anhydrase_inhibitor",
    "osmotic",
    "unspecified",
)
_DIALYSIS = ("hemodialysis", "peritoneal_dialysis", "dialysis")
_FAILING = ("end_stage", *_DIALYSIS, "unspecified")
_DIABETES = ("type_1", "type_2", "secondary", "unspecified")
CLAIMS: dict[str, tuple[tuple[str, tuple[str | None, ...]], ...]] = {
    "why-diuretic": (("diuretic", _DIURETICS),),
    "why-diuretic-minerals": (("diuretic", ("loop", "thiazide", "thiazide_like")),),
    "why-diuretic-levels": (("diuretic", _DIURETICS),),
    "why-kidney-failure": (("kidney_failure", _FAILING),),
    "why-dialysis": (("kidney_failure", _DIALYSIS),),
    "why-kidney-disease": (
        ("chronic_kidney_disease", ("stage_1", "stage_2", "stage_3", "stage_4", "unspecified")),
    ),
    "why-diabetes": (("diabetes", _DIABETES),),
    "why-pregnancy": (("pregnancy", (None,)),),
    "diuretic-review": (("diuretic", _DIURETICS),),
    "pregnancy-diuretic": (("pregnancy", (None,)), ("diuretic", _DIURETICS)),
}
"""What a statement tells the patient as a fact: for each factor one of these has to be certain."""

PACK = loaded().content
TOPICS = tuple(PACK.topics)


def _leaves(predicate: Predicate) -> Iterator[Predicate]:
    if predicate.name in COMBINING:
        for part in predicate.parts:
            yield from _leaves(part)
    elif predicate.name in ("finding", "patient", "unread"):
        yield predicate


LEAVES = tuple(leaf for statement in PACK.statements for leaf in _leaves(statement.when))
_TRIGGERS = tuple(
    sorted({f for factor in PACK.risk_factors.values() for v in factor.votes for f in v.alongside})
)
_COMPANIES = tuple(
    frozenset(f for f, is_there in zip(_TRIGGERS, there, strict=True) if is_there)
    for there in product((False, True), repeat=len(_TRIGGERS))
)
"""The sets of factors in whose company some votes are cast."""


def _bits(names: Iterable[int]) -> int:
    return sum(1 << name for name in names)


_CLINICAL_LEAVES, _PERSONAL_LEAVES = (
    tuple(
        i
        for i, leaf in enumerate(LEAVES)
        if is_personal == (leaf.name == "patient" or leaf.arguments.get("factor") == "age")
    )
    for is_personal in (False, True)
)


@dataclass(frozen=True)
class Effect:
    """What findings lead to: levels in each company, conditions that hold, factors shown.

    Levels are sets of bits, one bit for each level above a topic's first: all up to the level that
    is reached. So the greater of two levels is their union.
    """

    levels: tuple[int, ...]
    holds: int
    shown: frozenset[str]

    def joined(self, other: "Effect") -> "Effect":
        levels = tuple(
            mine | theirs for mine, theirs in zip(self.levels, other.levels, strict=True)
        )
        return Effect(levels, self.holds | other.holds, self.shown | other.shown)

    @property
    def reached(self) -> int:
        """The levels in the company that is there."""
        return self.levels[_COMPANIES.index(self.shown)]


_STEPS = {
    (topic.id, level): number
    for number, (topic, level) in enumerate(
        (topic, level) for topic in PACK.topics.values() for level in topic.levels[1:]
    )
}


def up_to(topic: str, level: str) -> int:
    """The bits of a level of a topic."""
    levels = PACK.topics[topic].levels
    return _bits(_STEPS[topic, below] for below in levels[1 : levels.index(level) + 1])


def effect(findings: Findings, leaves: Iterable[int]) -> Effect:
    """What these findings lead to, by the code that ships, as far as `leaves` look."""
    situation = Situation(findings, {}, PACK.topics)
    shown = {
        f.risk_factor
        for f in findings.findings
        if f.status in (Status.PRESENT, Status.POSSIBLE) and f.risk_factor in _TRIGGERS
    }
    return Effect(
        tuple(_levels(findings.findings, company) for company in _COMPANIES),
        _bits(i for i in leaves if evaluate(LEAVES[i], situation).holds),
        frozenset(shown),
    )


def _levels(findings: Iterable[Finding], company: frozenset[str]) -> int:
    reached = 0
    for finding in findings:
        for topic, level in votes(PACK.risk_factors[finding.risk_factor], finding, company):
            reached |= up_to(topic, level)
    return reached


def name_of(finding: Finding) -> str:
    """`factor`, `factor.qualifier`, or `factor unknown`."""
    if finding.status is Status.UNKNOWN:
        return f"{finding.risk_factor} unknown"
    return (
        f"{finding.risk_factor}.{finding.qualifier}" if finding.qualifier else finding.risk_factor
    )


@dataclass(frozen=True)
class Kind:
    """Sets of findings that are alike in effect: how many, one of them, and what they say.

    `any_has` are the names of the findings that at least one of them has, `all_support` the facts,
    as factor and place in `CLAIMS`, that each of them makes certain.
    """

    count: int
    findings: tuple[Finding, ...]
    any_has: frozenset[str]
    all_support: frozenset[tuple[str, int]]

    def combined(self, other: "Kind") -> "Kind":
        return Kind(
            self.count * other.count,
            (*self.findings, *other.findings),
            self.any_has | other.any_has,
            self.all_support | other.all_support,
        )

    def merged(self, other: "Kind | None") -> "Kind":
        if other is None:
            return self
        return Kind(
            self.count + other.count,
            self.findings,
            self.any_has | other.any_has,
            self.all_support & other.all_support,
        )


Kinds = dict[Effect, Kind]


def _kind(findings: tuple[Finding, ...]) -> Kind:
    return Kind(
        1,
        findings,
        frozenset(name_of(finding) for finding in findings if finding.votes),
        frozenset(
            (statement, i)
            for statement, facts in CLAIMS.items()
            for i, (factor, qualifiers) in enumerate(facts)
            if any(
                f.risk_factor == factor
                and f.qualifier in qualifiers
                and f.status is Status.PRESENT
                and f.withheld is None
                for f in findings
            )
        ),
    )


def _combined(left: Kinds, right: Kinds) -> Kinds:
    both: Kinds = {}
    for (a, mine), (b, theirs) in product(left.items(), right.items()):
        joined = a.joined(b)
        both[joined] = mine.combined(theirs).merged(both.get(joined))
    return both


def _gaps(parts: Iterable[Part]) -> tuple[Gap, ...]:
    return tuple(Gap(part.value, "not read", frozenset({part})) for part in parts)


def clinical_effect(findings: Iterable[Finding], parts: Iterable[Part] = ()) -> Effect:
    """What findings of other factors than age, and these unread parts, lead to."""
    bare = Findings("Patient/1", TODAY, tuple(findings), _gaps(parts), (), None, None)
    return effect(bare, _CLINICAL_LEAVES)


def factors_in(part: Part) -> tuple[RiskFactor, ...]:
    """The factors that show in a part of the record."""
    return tuple(factor for factor in PACK.risk_factors.values() if part in factor.shows_in)


def is_hidden(factor: RiskFactor, parts: Iterable[Part]) -> bool:
    """Whether a gap in one of these parts could hide the factor."""
    return not set(parts).isdisjoint(factor.shows_in)


def gap_effect(part: Part) -> Effect:
    """What it leads to that a part could not be read."""
    unknown = (Finding(factor.id, None, Status.UNKNOWN) for factor in factors_in(part))
    return clinical_effect(unknown, (part,))


def single_findings(factor: RiskFactor, gate: str) -> Iterator[Finding]:
    """Every finding of a factor that is not age: each qualifier, certain or not."""
    gates = GATES[gate] if factor.confidential_under is not None else (None,)
    for qualifier, status, withheld in product(
        factor.qualifiers, (Status.POSSIBLE, Status.PRESENT), gates
    ):
        if withheld is not Withheld.IMPLAUSIBLE or status is Status.POSSIBLE:
            yield Finding(factor.id, qualifier, status, (), withheld)


@cache
def sets_of_findings(factor_id: str, gate: str, hidden: bool) -> tuple[tuple[Finding, ...], ...]:
    """Every set of findings of a factor: each qualifier not there, possible or present."""
    return tuple(_sets_of_findings(PACK.risk_factors[factor_id], gate, hidden))


def _sets_of_findings(factor: RiskFactor, gate: str, hidden: bool) -> Iterator[tuple[Finding, ...]]:
    by_qualifier: dict[str | None, list[tuple[Finding, ...]]] = {}
    for finding in single_findings(factor, gate):
        by_qualifier.setdefault(finding.qualifier, [()]).append((finding,))
    for chosen in product(*by_qualifier.values()):
        own = tuple(finding for findings in chosen for finding in findings)
        if hidden:
            yield (Finding(factor.id, None, Status.UNKNOWN), *own)
        else:
            yield own or (Finding(factor.id, None, Status.ABSENT),)


@cache
def _of_factor(factor_id: str, gate: str) -> Kinds:
    kinds: Kinds = {}
    for findings in sets_of_findings(factor_id, gate, hidden=False):
        what = clinical_effect(findings)
        kinds[what] = _kind(findings).merged(kinds.get(what))
    return kinds


@cache
def _read_whole(gate: str) -> Kinds:
    """What every combination of findings leads to where all of the record was read."""
    kinds: Kinds = {clinical_effect(()): _kind(())}
    for factor in PACK.risk_factors.values():
        if not factor.bands:
            kinds = _combined(kinds, _of_factor(factor.id, gate))
    return kinds


def _clinical(gate: str, parts: tuple[Part, ...]) -> Kinds:
    """The same where these parts were not read: what they could hide is unknown besides."""
    names = {f.id for f in PACK.risk_factors.values() if not f.bands and is_hidden(f, parts)}
    unknown = tuple(Finding(name, None, Status.UNKNOWN) for name in sorted(names))
    gap, said = clinical_effect(unknown, parts), frozenset(map(name_of, unknown))
    kinds: Kinds = {}
    for what, kind in _read_whole(gate).items():
        joined = what.joined(gap)
        hidden = Kind(kind.count, kind.findings, kind.any_has | said, kind.all_support)
        kinds[joined] = hidden.merged(kinds.get(joined))
    return kinds


def _beside_gaps(findings: Iterable[Finding], parts: tuple[Part, ...]) -> Iterator[Finding]:
    """The findings of a record of which these parts were not read."""
    for finding in findings:
        hidden = is_hidden(PACK.risk_factors[finding.risk_factor], parts)
        if hidden:
            yield Finding(finding.risk_factor, None, Status.UNKNOWN)
        if not hidden or finding.status is not Status.ABSENT:
            yield finding


def person(ages: Ages, sex: str | None) -> Findings:
    """Somebody of whom only age and sex are known."""
    nothing = found(ages=ages, sex=sex)
    own = tuple(f for f in nothing.findings if PACK.risk_factors[f.risk_factor].bands)
    return Findings("Patient/1", TODAY, own, (), (), nothing.age, sex)


def whole(who: Findings, findings: Iterable[Finding], parts: Iterable[Part]) -> Findings:
    """All findings of somebody, with the parts that were not read."""
    return Findings(
        "Patient/1", TODAY, (*who.findings, *findings), _gaps(parts), (), who.age, who.sex
    )


Key = tuple[int, int, str]


def key(what: Effect, gate: str) -> Key:
    """What tells two combinations apart: the levels reached, what holds, and the gate."""
    return what.reached, what.holds, gate


def key_of(who: Findings, findings: Iterable[Finding], parts: Iterable[Part], gate: str) -> Key:
    """The combination that stands for these."""
    personal = effect(who, _PERSONAL_LEAVES)
    return key(personal.joined(clinical_effect(findings, parts)), gate)


@dataclass(frozen=True)
class Combination:
    """One of all; `findings` are an instance of it."""

    findings: Findings
    effect: Effect
    gate: str
    kind: Kind


@cache
def combinations() -> dict[Key, Combination]:
    """Every combination that leads to something else."""
    people: dict[Effect, tuple[Findings, Kind]] = {}
    for ages, sex in product(AGES, SEXES):
        who = person(ages, sex)
        what = effect(who, _PERSONAL_LEAVES)
        first, known = people.get(what, (who, None))
        people[what] = (first, _kind(who.findings).merged(known))
    every: dict[Key, Combination] = {}
    for gate in GATES:
        for (what, (kind, parts)), (own, (who, of_person)) in product(
            _clinical_with_any_gaps(gate).items(), people.items()
        ):
            joined = what.joined(own)
            name = key(joined, gate)
            known = every.get(name)
            merged = kind.combined(of_person).merged(known.kind if known else None)
            instance = known.findings if known else _instance(who, kind, parts)
            every[name] = Combination(instance, joined, gate, merged)
    return every


def _clinical_with_any_gaps(gate: str) -> dict[Effect, tuple[Kind, tuple[Part, ...]]]:
    """Every effect of a gate, with the parts that were not read in the instance of its kind."""
    every: dict[Effect, tuple[Kind, tuple[Part, ...]]] = {}
    for parts in GAPS:
        for what, kind in _clinical(gate, parts).items():
            known, instance_parts = every.get(what, (None, parts))
            # The instance that is kept is the one that was known first.
            merged = known.merged(kind) if known else kind
            every[what] = (merged, instance_parts)
    return every


def _instance(who: Findings, kind: Kind, parts: tuple[Part, ...]) -> Findings:
    return whole(who, _beside_gaps(kind.findings, parts), parts)


@dataclass(frozen=True)
class Told:
    """What a combination's handout comes to."""

    levels: dict[str, str]
    said: frozenset[str]


def told_of(findings: Findings) -> Told:
    """By the code that ships."""
    handout = tailor(findings, PACK)
    levels = {topic: level.level for topic, level in handout.levels.items()}
    return Told(levels, frozenset(advice.statement for advice in handout.advice))


@cache
def told() -> dict[Key, Told]:
    """What each combination's handout comes to; the gate tells only why, so once for both."""
    by_effect: dict[tuple[int, int], Told] = {}
    every: dict[Key, Told] = {}
    for (levels, holds, gate), item in combinations().items():
        if (levels, holds) not in by_effect:
            by_effect[levels, holds] = told_of(item.findings)
        every[levels, holds, gate] = by_effect[levels, holds]
    return every
