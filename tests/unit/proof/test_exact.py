"""The proof against brute force: small packs, of which every record can be tailored on its own."""

from dataclasses import replace
from functools import cache

import pytest

from fhir_handout.pack_model import ContentPack, Predicate
from fhir_handout.proof.check import answer
from fhir_handout.proof.count import numbers
from fhir_handout.proof.formula import every, no
from fhir_handout.proof.questions import MONOTONE, STATEMENTS, questions
from fhir_handout.proof.search import Search
from fhir_handout.proof.space import Case, Space
from fhir_handout.rules_model import NO_RULES
from fhir_handout.tailor import tailor
from unit.proof import small_packs
from unit.proof.small_packs import Record, Told

SEEDS = range(4)


@cache
def made(seed: int) -> tuple[ContentPack, Space, dict[Record, Told]]:
    content = small_packs.pack(seed)
    every_record = {record: small_packs.told(record, content) for record in small_packs.records()}
    return content, Space((content,)), every_record


def smallest(found: list[Record]) -> int | None:
    return min((record.size for record in found), default=None)


def size(case: Case | None) -> int | None:
    return len(case.shown) if case else None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_statement_is_said_in_the_smallest_record_there_is(seed: int) -> None:
    content, space, told = made(seed)
    for statement in (s.id for s in content.statements):
        said = [record for record, what in told.items() if statement in what.said]
        silent = [record for record, what in told.items() if statement not in what.said]
        formula = space.said(statement)
        assert size(Search(space).smallest(formula)) == smallest(said)
        assert size(Search(space).smallest(no(formula))) == smallest(silent)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_statements_are_said_together_in_the_smallest_record_there_is(seed: int) -> None:
    content, space, told = made(seed)
    names = [statement.id for statement in content.statements]
    for one, other in zip(names, names[1:], strict=False):
        both = [record for record, what in told.items() if {one, other} <= what.said]
        found = Search(space).smallest(every([space.said(one), space.said(other)]))
        assert size(found) == smallest(both)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_level_is_reached_in_the_smallest_record_there_is(seed: int) -> None:
    content, space, told = made(seed)
    for place, topic in enumerate(content.topics.values()):
        for level in topic.levels:
            reached = [record for record, what in told.items() if what.levels[place] == level]
            found = Search(space).smallest(space.level(topic.id, level))
            assert size(found) == smallest(reached)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_case_that_is_shown_is_tailored_as_it_claims(seed: int) -> None:
    content, space, _ = made(seed)
    for statement in (s.id for s in content.statements):
        for formula, expected in (
            (space.said(statement), True),
            (no(space.said(statement)), False),
        ):
            case = Search(space).smallest(formula)
            if case:
                advice = tailor(case.findings(content), content).advice
                assert (statement in {each.statement for each in advice}) is expected


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_thing_takes_something_away_exactly_where_it_does(seed: int) -> None:
    content, space, told = made(seed)
    asked = [q for q in questions(space, NO_RULES) if q.rule == MONOTONE and q.file == STATEMENTS]
    assert {q.item for q in asked} == {s.id for s in content.statements if s.kind != "do"}
    for question in asked:
        statement = next(s for s in content.statements if question.item == s.id)
        keep = {statement.id, *statement.gives_way_to}
        losing = [
            record
            for record, what in told.items()
            if statement.id in what.said
            and any(told[more].said.isdisjoint(keep) for more in small_packs.one_more(record, told))
        ]
        problems = list(answer(Search(space), question))
        assert [size(problem.case) for problem in problems] == (
            [smallest(losing)] if losing else []
        )


def test_some_of_the_packs_lose_a_warning_and_some_do_not() -> None:
    """Else the test above would say nothing."""
    found = {
        bool(list(answer(Search(made(seed)[1]), question)))
        for seed in SEEDS
        for question in questions(made(seed)[1], NO_RULES)
        if question.rule == MONOTONE
    }
    assert found == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_those_that_counting_gives(seed: int) -> None:
    _, space, told = made(seed)
    found = numbers(space)
    people = tuple((person.age, person.sex) for person in space.people)
    assert found.sets_of_findings == sum(1 for _ in small_packs.records(people))
    assert found.levels == len({what.levels for what in told.values()})
    assert found.choices == len({what.said for what in told.values()})
    assert (found.factors, found.single_findings, found.gaps) == (3, 9, 3)


def test_confirming_what_was_withheld_is_no_further_finding() -> None:
    """Monotone is meant at a fixed gate: neutral words may go once the fact is told."""
    hidden = small_packs.finding("carrying", withheld="confidential")
    neutral = Predicate(
        "all", {}, (hidden, Predicate("none", {}, (small_packs.finding("carrying"),)))
    )
    content = small_packs.pack(1)
    first = replace(content.statements[0], kind="call", section="plain", when=neutral)
    space = Space((replace(content, statements=(first,)),))
    asked = [q for q in questions(space, NO_RULES) if q.rule == MONOTONE]
    assert asked
    assert [problem for question in asked for problem in answer(Search(space), question)] == []
