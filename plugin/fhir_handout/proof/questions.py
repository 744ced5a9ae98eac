"""What is asked of a pack: each question is a case that there must be, or must not be.

In: a `Space` of one pack and its `Rules`. Out: `Question`s, in the order of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from fhir_handout.pack_model import Predicate, Statement
from fhir_handout.proof.formula import Formula, every, no, some
from fhir_handout.proof.space import Space
from fhir_handout.rules_model import Contradiction, Rules, SafetyRule, Tag, TagPattern, tags_of

REACHABLE, CLAIMS, MONOTONE = "reachable", "claims", "monotone"
STATEMENTS, RULES = "statements.yaml", "rules.yaml"
WARNINGS = ("call", "emergency")
"""The kinds of statements that are warnings."""


@dataclass(frozen=True, slots=True)
class Question:
    """A formula that must hold in no case, or with `wanted` in some; `what` says what is wrong.

    What it is about is `item` of `file`.
    With `steps` it must besides hold in no case that one more finding or gap leads out of: `kept`
    is then what has to hold after it.
    """

    rule: str
    file: str
    item: str
    what: str
    formula: Formula
    wanted: bool = False
    kept: Formula | None = None


def questions(space: Space, rules: Rules) -> Iterator[Question]:
    """Every question there is."""
    pack = space.packs[0]
    for rule in rules.rules:
        yield from _of_rule(space, rule)
    for contradiction in rules.contradictions:
        yield from _of_contradiction(space, contradiction)
    for statement in pack.statements:
        yield from _claims(space, statement)
    yield from _reachable(space)
    yield from _monotone(space)


def carrying(space: Space, patterns: Iterable[TagPattern]) -> list[Statement]:
    """The statements with a tag of one of these patterns."""
    wanted = tuple(patterns)
    return [
        statement
        for statement in space.packs[0].statements
        if any(pattern.matches(tag) for pattern in wanted for tag in tags_of(statement))
    ]


def _some_said(space: Space, statements: Iterable[Statement]) -> Formula:
    return some(space.said(statement.id) for statement in statements)


def _of_rule(space: Space, rule: SafetyRule) -> Iterator[Question]:
    applies = [space.when(rule.when, for_clinician=True), no(space.when(rule.unless))]
    if rule.said:
        applies.append(_some_said(space, carrying(space, rule.said)))
    for statement in carrying(space, rule.never):
        formula = every([*applies, space.said(statement.id)])
        yield Question(rule.id, STATEMENTS, statement.id, "is said", formula)
    for pattern in rule.always:
        nothing = no(_some_said(space, carrying(space, [pattern])))
        what = f"nothing says {pattern}"
        yield Question(rule.id, RULES, rule.id, what, every([*applies, nothing]))


def _of_contradiction(space: Space, rule: Contradiction) -> Iterator[Question]:
    ones, others = (carrying(space, [side]) for side in (rule.one, rule.other))
    pairs = {frozenset((one.id, other.id)) for one, other in product(ones, others)}
    for pair in sorted(map(sorted, pairs)):
        what = f"is said beside {pair[-1]}"
        both = every(map(space.said, pair))
        yield Question(rule.id, STATEMENTS, pair[0], what, both)


def is_claim(tag: Tag) -> bool:
    """Whether a statement with this tag tells the patient a fact: its object is the factor."""
    return (tag.topic, tag.action) == ("claim", "state")


def _claims(space: Space, statement: Statement) -> Iterator[Question]:
    """What is told as a fact is certain and may be told."""
    for tag in tags_of(statement):
        if is_claim(tag):
            told = {"factor": tag.object, "qualifiers": (), "withheld": None, "certain": True}
            told |= {"even_withheld": False, "unknown_too": False}
            untrue = no(space.when(Predicate("finding", told)))
            yield Question(
                CLAIMS,
                STATEMENTS,
                statement.id,
                f"states {tag.object}, which is not certain or not to be told",
                every([space.said(statement.id), untrue]),
            )


def _reachable(space: Space) -> Iterator[Question]:
    pack = space.packs[0]
    for statement in pack.statements:
        yield _wanted("statements", statement.id, "is never said", space.said(statement.id))
    for alert in pack.alerts:
        raised = space.when(alert.when, for_clinician=True)
        yield _wanted("alerts", alert.id, "is never raised", raised)
    earlier: list[Formula] = []
    for address in pack.addresses:
        spoken = space.when(address.when)
        yield _wanted("pack", address.id, "is never spoken to", every([spoken, no(some(earlier))]))
        earlier.append(spoken)
    for topic in pack.topics.values():
        for level in topic.levels:
            reached = space.level(topic.id, level)
            yield _wanted("topics", topic.id, f"never comes to {level}", reached)


def _wanted(table: str, item: str, what: str, formula: Formula) -> Question:
    return Question(REACHABLE, f"{table}.yaml", item, what, formula, wanted=True)


def _monotone(space: Space) -> Iterator[Question]:
    pack = space.packs[0]
    for statement in pack.statements:
        if statement.kind in WARNINGS:
            kept = _some_said(space, [statement, *_giving_way(space, statement)])
            yield Question(
                MONOTONE,
                STATEMENTS,
                statement.id,
                "is no longer said",
                space.said(statement.id),
                kept=kept,
            )
    for topic in pack.topics.values():
        for number, level in enumerate(topic.levels[1:], 1):
            step = space.step(topic.id, number)
            what = f"falls below {level}"
            yield Question(MONOTONE, "topics.yaml", topic.id, what, step, kept=step)


def _giving_way(space: Space, statement: Statement) -> list[Statement]:
    return [s for s in space.packs[0].statements if s.id in statement.gives_way_to]
