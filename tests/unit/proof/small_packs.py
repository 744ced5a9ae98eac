"""Small packs made at random, and everything they can say to anybody, one record after another.

Nothing here knows how the proof works: each set of findings is made and tailored on its own.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from fhir_handout.assess import of_age
from fhir_handout.model import Finding, Findings, Status, Withheld
from fhir_handout.pack_model import (
    Band,
    ContentPack,
    Predicate,
    RiskFactor,
    Statement,
    Topic,
    ValueSetUse,
    Vote,
)
from fhir_handout.patient_record import CLINICAL_PARTS, Gap, Part
from fhir_handout.tailor import tailor
from unit.handouts import TODAY

Ages = tuple[int, int] | None
AGES: tuple[Ages, ...] = (
    *((age, age) for age in (0, 11, 12, 17, 18, 40, 50, 51)),
    *((11, 12), (17, 18), (50, 51), (0, 130), None),
)  # fmt: skip
SEXES = (None, "male")
LEVELS = {"drink": ("D0", "D1", "D2"), "move": ("M0", "M1")}
FACTORS = ("heart", "carrying")


def pack(seed: int) -> ContentPack:
    """A pack with one plain factor, one that is confidential, and ages; the rest is chance."""
    rng = random.Random(seed)
    heart = RiskFactor(
        "heart",
        "Heart",
        (Part.CONDITIONS,),
        (ValueSetUse("v", "weak"), ValueSetUse("w", "fast")),
        votes=(
            Vote(frozenset({"weak"}), {"drink": "D1"}),
            Vote(frozenset(), _levels(rng), frozenset({"carrying"})),
        ),
        when_unknown=_levels(rng),
    )
    carrying = RiskFactor(
        "carrying",
        "Carrying",
        (Part.CONDITIONS, Part.OBSERVATIONS),
        (ValueSetUse("x"),),
        votes=(Vote(frozenset(), _levels(rng)),),
        when_unknown=_levels(rng),
        confidential_under=18,
        plausible_ages=(12, 50),
        implausible_sexes=frozenset({"male"}),
    )
    age = RiskFactor(
        "age",
        "Age",
        (Part.PATIENT,),
        bands=(Band("young", 0, 12), Band("old", 51, 200)),
        votes=(Vote(frozenset({"old"}), _levels(rng)),),
        when_unknown=_levels(rng),
    )
    return ContentPack(
        "small",
        "1",
        "",
        ("plain", "short"),
        {name: Topic(name, name, levels, {}) for name, levels in LEVELS.items()},
        {factor.id: factor for factor in (heart, age, carrying)},
        tuple(_statement(rng, number) for number in range(9)),
        section_limits={"short": 2},
    )


def _levels(rng: random.Random) -> dict[str, str]:
    topic = rng.choice(list(LEVELS))
    return {topic: rng.choice(LEVELS[topic])}


def _statement(rng: random.Random, number: int) -> Statement:
    kind = rng.choice(("call", "emergency", "do"))
    section = rng.choice(("plain", "short", "short"))
    gives_way = (f"s{rng.randrange(9)}",) if rng.random() < 0.3 else ()
    return Statement(f"s{number}", kind, section, _when(rng, 2), None, (), (), (), gives_way)


def _when(rng: random.Random, depth: int) -> Predicate:
    name = rng.choice(("all", "any", "none", "leaf") if depth else ("leaf",))
    if name != "leaf":
        return Predicate(name, {}, tuple(_when(rng, depth - 1) for _ in range(2)))
    return rng.choice((_finding, _finding, _level, _patient, lambda _: Predicate("unread")))(rng)


_ASKED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("heart", ()),
    ("heart", ("weak",)),
    ("carrying", ()),
    ("age", ("young",)),
    ("age", ("young", "old")),
)


def _finding(rng: random.Random) -> Predicate:
    factor, qualifiers = rng.choice(_ASKED)
    flags = {name: rng.random() < 0.3 for name in ("certain", "even_withheld", "unknown_too")}
    reason = rng.choice((None, None, "confidential", "implausible"))
    return finding(factor, qualifiers, reason, **flags)


def finding(
    factor: str, qualifiers: tuple[str, ...] = (), withheld: str | None = None, **flags: bool
) -> Predicate:
    """The condition that there is a finding."""
    asked = {"certain": False, "even_withheld": False, "unknown_too": False, **flags}
    whole = {"factor": factor, "qualifiers": qualifiers, "withheld": withheld, **asked}
    return Predicate("finding", whole)


def _level(rng: random.Random) -> Predicate:
    topic = rng.choice(list(LEVELS))
    return Predicate("level", {"topic": topic, "levels": (rng.choice(LEVELS[topic]),)})


def _patient(rng: random.Random) -> Predicate:
    young = rng.choice((0, 12))
    return Predicate(
        "patient", {"age_from": young, "age_to": rng.choice((17, 50)), "sex_not": ("male",)}
    )


Choice = tuple[Finding | None, ...]


@dataclass(frozen=True)
class Record:
    """One record: who, what is found in each place, what could not be read."""

    ages: Ages
    sex: str | None
    shown: Choice
    unread: frozenset[Part]

    @property
    def size(self) -> int:
        """How many things it holds."""
        return sum(found is not None for found in self.shown) + len(self.unread)

    def findings(self, content: ContentPack) -> Findings:
        """All findings of it."""
        factors = content.risk_factors.values()
        by_age = (f for factor in factors if factor.bands for f in of_age(factor, self.ages))
        unknown = (
            Finding(factor.id, None, Status.UNKNOWN)
            for factor in factors
            if not self.unread.isdisjoint(factor.shows_in)
        )
        gaps = tuple(Gap(part, "", frozenset({part})) for part in self.unread)
        there = filter(None, self.shown)
        found = (*by_age, *unknown, *there)
        return Findings("", TODAY, found, gaps, (), self.ages, self.sex)


def records(people: tuple[tuple[Ages, str | None], ...] = tuple(product(AGES, SEXES))):
    """Every record there can be."""
    gaps = [
        frozenset(some)
        for many in range(len(CLINICAL_PARTS) + 1)
        for some in combinations(sorted(CLINICAL_PARTS), many)
    ]
    for ages, sex in people:
        for shown, unread in product(_shown(ages, sex), gaps):
            yield Record(ages, sex, shown, unread)


def _shown(ages: Ages, sex: str | None) -> Iterator[Choice]:
    plain = (Status.POSSIBLE, Status.PRESENT)
    for weak, fast, carrying in product((None, *plain), (None, *plain), _carrying(ages, sex)):
        yield (
            Finding("heart", "weak", weak) if weak else None,
            Finding("heart", "fast", fast) if fast else None,
            carrying,
        )


def _carrying(ages: Ages, sex: str | None) -> list[Finding | None]:
    plain = (Status.POSSIBLE, Status.PRESENT)
    if sex == "male" or (ages and (ages[1] < 12 or ages[0] > 50)):
        return [None, Finding("carrying", None, Status.POSSIBLE, (), Withheld.IMPLAUSIBLE)]
    told = (None, Withheld.CONFIDENTIAL)
    return [None, *(Finding("carrying", None, s, (), w) for s, w in product(plain, told))]


@dataclass(frozen=True)
class Told:
    """What a handout comes to."""

    said: frozenset[str]
    levels: tuple[str, ...]


def told(record: Record, content: ContentPack) -> Told:
    """What a record's handout comes to, by the code that ships."""
    made = tailor(record.findings(content), content)
    return Told(
        frozenset(advice.statement for advice in made.advice),
        tuple(level.level for level in made.levels.values()),
    )


def one_more(record: Record, every: dict[Record, Told]) -> Iterator[Record]:
    """The records with one more thing, or with one of its findings surer."""
    for part in CLINICAL_PARTS - record.unread:
        yield Record(record.ages, record.sex, record.shown, record.unread | {part})
    for place, found in enumerate(record.shown):
        for other in _shown(record.ages, record.sex):
            is_more = other[place] is not None and (
                found is None
                or (found.status == "possible" and found.withheld == other[place].withheld)
            )
            after = (*record.shown[:place], other[place], *record.shown[place + 1 :])
            if is_more and other[place] != found and after != record.shown:
                grown = Record(record.ages, record.sex, after, record.unread)
                if grown in every:
                    yield grown
