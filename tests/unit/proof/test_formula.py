"""Formulas hold as their truth tables say, and simplify as bits become known."""

from itertools import product

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from fhir_handout.proof.formula import (
    FALSE,
    TRUE,
    Formula,
    bit,
    every,
    fewer,
    given,
    holds,
    no,
    some,
)

A, B, C = bit(0), bit(1), bit(2)
BITS = 4


def formulas() -> st.SearchStrategy[Formula]:
    leaves = st.sampled_from([TRUE, FALSE, *map(bit, range(BITS))])

    def larger(parts: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        some_parts = st.lists(parts, max_size=3)
        counted = st.builds(fewer, st.integers(0, 3), some_parts)
        return st.one_of(parts.map(no), some_parts.map(every), some_parts.map(some), counted)

    return st.recursive(leaves, larger, max_leaves=12)


def truth(formula: Formula, bits: int) -> bool:
    """By the definition of each kind, without simplifying."""
    parts = [truth(part, bits) for part in formula.parts]
    return {
        "constant": lambda: formula is TRUE,
        "bit": lambda: bool(bits >> formula.number & 1),
        "not": lambda: not parts[0],
        "all": lambda: all(parts),
        "any": lambda: any(parts),
        "fewer": lambda: sum(parts) < formula.number,
    }[formula.kind]()


@examples(formulas(), st.integers(0, 2**BITS - 1), st.integers(0, 2**BITS - 1))
def test_knowing_some_bits_changes_no_answer(formula: Formula, bits: int, known: int) -> None:
    left = given(formula, bits & known, known & ~bits)
    assert left.mask & known == 0
    assert truth(left, bits) == truth(formula, bits) == holds(formula, bits)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (every([]), TRUE),
        (some([]), FALSE),
        (no(no(A)), A),
        (every([A, TRUE, A]), A),
        (every([A, no(A)]), FALSE),
        (some([B, no(B), C]), TRUE),
        (every([A, every([B, C])]), every([C, B, A])),
        (fewer(2, [A]), TRUE),
        (fewer(0, [A]), FALSE),
        (fewer(1, [TRUE, A]), FALSE),
    ],
)
def test_what_is_the_same_is_one_object(made: Formula, expected: Formula) -> None:
    assert made is expected


def test_one_that_is_there_twice_counts_twice() -> None:
    for bits in product((False, True), repeat=2):
        number = sum(1 << place for place, is_set in enumerate(bits) if is_set)
        assert holds(fewer(2, [A, A, B]), number) == (2 * bits[0] + bits[1] < 2)
