"""What corrections of the findings can and can't do, over records at random and one by one."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from content.combinations import PACK, SPACE, Told, random_case, told_of, whole
from fhir_handout.corrections import corrected
from fhir_handout.model import Change, Correction, Finding, Findings, Status
from fhir_handout.pack import pack_folder
from fhir_handout.pack_rules import load_ruled
from fhir_handout.predicates import Situation, evaluate
from fhir_handout.proof.space import Case
from fhir_handout.rules_model import TagPattern, tags_of
from fhir_handout.tailor import tailor
from unit.handouts import looked_at

WARNINGS = {s.id: s.gives_way_to for s in PACK.statements if s.kind in ("call", "emergency")}
TAGS = {s.id: tags_of(s) for s in PACK.statements}
ADDABLE = [
    (factor.id, qualifier)
    for factor in PACK.risk_factors.values()
    if not factor.bands
    for qualifier in factor.qualifiers
]
RULES = load_ruled(pack_folder("muscle_cramps")).rules
CONFIRMED = [False, True]


def by(change: Change, factor: str, qualifier: str | None) -> Correction:
    return Correction(factor, qualifier, change, "as the patient says", "Practitioner/1")


def after(findings: Findings, made: Iterable[Correction], is_confirmed: bool = False) -> Findings:
    """As corrected by somebody who saw them."""
    return corrected(findings, [looked_at(findings, c) for c in made], PACK, is_confirmed)


def ordered(findings: Findings) -> Findings:
    """In the pack's order, each once, as a record's findings are."""
    unique = dict.fromkeys(findings.findings)
    own = {name: [f for f in unique if f.risk_factor == name] for name in PACK.risk_factors}
    return replace(findings, findings=tuple(f for some in own.values() for f in some))


def records(seed: int, count: int) -> Iterator[tuple[random.Random, Findings]]:
    rng = random.Random(seed)
    for _ in range(count):
        yield rng, ordered(whole(random_case(rng)))


def shown(findings: Findings) -> list[Finding]:
    banded = {f.id for f in PACK.risk_factors.values() if f.bands}
    return [
        f
        for f in findings.findings
        if f.status in (Status.PRESENT, Status.POSSIBLE) and f.risk_factor not in banded
    ]


def some_of_each(rng: random.Random, findings: Findings) -> list[Correction]:
    """Corrections that contradict nothing; what is added may be all of what is answered."""
    banded = {f.id for f in PACK.risk_factors.values() if f.bands}
    found = shown(findings)
    out = [f for f in found if rng.random() < 0.3]
    unknown = [f.risk_factor for f in findings.findings if f.status is Status.UNKNOWN]
    share = rng.choice([0.2, 0.9, 1.0])
    answered = {n for n in unknown if n not in banded and rng.random() < share}
    taken = {(f.risk_factor, f.qualifier) for f in out}
    free = [key for key in ADDABLE if key not in taken]
    return [
        *(by(Change.TAKEN_OUT, *key) for key in sorted(taken, key=str)),
        *(by(Change.ANSWERED, name, None) for name in sorted(answered)),
        *(by(Change.ADDED, *key) for key in rng.sample(free, min(len(free), rng.randrange(4)))),
    ]


def is_no_less_careful(was: Told, now: Told) -> bool:
    for name in was.said & WARNINGS.keys():
        if not now.said & {name, *WARNINGS[name]}:
            return False
    return all(
        topic.levels.index(now.levels[name]) >= topic.levels.index(was.levels[name])
        for name, topic in PACK.topics.items()
    )


@pytest.mark.parametrize("is_confirmed", CONFIRMED)
def test_adding_never_lowers_a_level_nor_removes_a_warning(is_confirmed: bool) -> None:
    """Each there is to everybody there is, and to records at random."""
    for person in SPACE.people:
        empty = ordered(whole(random_case(random.Random(0), person)))
        before = told_of(empty)
        for key in ADDABLE:
            added = after(empty, [by(Change.ADDED, *key)], is_confirmed)
            assert is_no_less_careful(before, told_of(added)), (person, key)
    for rng, findings in records(1, 400):
        key = rng.choice(ADDABLE)
        added = after(findings, [by(Change.ADDED, *key)], is_confirmed)
        assert is_no_less_careful(told_of(findings), told_of(added)), key


@pytest.mark.parametrize("is_confirmed", CONFIRMED)
def test_taking_out_what_was_added_gives_back_the_same(is_confirmed: bool) -> None:
    for rng, findings in records(2, 200):
        there = {(f.risk_factor, f.qualifier) for f in shown(findings)}
        key = rng.choice([each for each in ADDABLE if each not in there])
        added = after(findings, [by(Change.ADDED, *key)], is_confirmed)
        assert added.findings != findings.findings
        back = after(added, [by(Change.TAKEN_OUT, *key)], is_confirmed)
        assert back.findings == findings.findings
        assert told_of(back) == told_of(findings)


def test_the_order_is_irrelevant_and_other_factors_are_left_alone() -> None:
    for rng, findings in records(3, 300):
        made = [looked_at(findings, each) for each in some_of_each(rng, findings)]
        once = corrected(findings, made, PACK)
        rng.shuffle(made)
        assert corrected(findings, made, PACK) == once
        touched = {each.risk_factor for each in made}
        for name in PACK.risk_factors.keys() - touched:
            assert once.of(name) == findings.of(name)
        assert {c.correction for c in once.corrections} == set(made)


def broken(findings: Findings) -> list[str]:
    """The rules of the pack that what is said breaks."""
    handout = tailor(findings, PACK)
    seen = Situation(findings, handout.levels, PACK.topics, for_clinician=True)
    told = Situation(findings, handout.levels, PACK.topics)
    tags = {tag for advice in handout.advice for tag in TAGS[advice.statement]}

    def says(patterns: tuple[TagPattern, ...]) -> list[bool]:
        return [any(map(pattern.matches, tags)) for pattern in patterns]

    wrong = []
    for rule in RULES.rules:
        applies = evaluate(rule.when, seen).holds and not evaluate(rule.unless, told).holds
        if applies and (not rule.said or any(says(rule.said))):
            wrong += [rule.id] if any(says(rule.never)) or not all(says(rule.always)) else []
    wrong += [
        rule.id
        for rule in RULES.contradictions
        if all(says((rule.one,))) and any(says((rule.other,)))
    ]
    return wrong


@pytest.mark.parametrize("is_confirmed", CONFIRMED)
def test_every_rule_of_the_pack_holds_whatever_is_corrected(is_confirmed: bool) -> None:
    for rng, findings in records(4, 500):
        assert broken(findings) == []
        assert broken(after(findings, some_of_each(rng, findings), is_confirmed)) == []


@pytest.mark.parametrize("part", [gap.part for gap in SPACE.gaps], ids=str)
def test_while_anything_is_unknown_what_was_not_read_is_as_cautious_as_before(part: object) -> None:
    """All but one answered with no, for each that a part hides."""
    gap = next(each for each in SPACE.gaps if each.part is part)
    before = ordered(whole(Case(min(SPACE.people, key=lambda p: p.oddity), (gap,))))
    banded = {f.id for f in PACK.risk_factors.values() if f.bands}
    unknown = [
        f.risk_factor
        for f in before.findings
        if f.status is Status.UNKNOWN and f.risk_factor not in banded
    ]
    for left in unknown:
        answers = [by(Change.ANSWERED, name, None) for name in unknown if name != left]
        answered = after(before, answers)
        assert told_of(answered).levels == told_of(before).levels, left
