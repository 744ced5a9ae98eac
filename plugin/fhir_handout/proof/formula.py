"""Boolean formulas over numbered bits, simplified as bits become known.

In: bits, and formulas of them. Out: a `Formula`; two that are written alike are one object, so that
searching can take them together. `mask` has the bits that a formula still looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Literal

Kind = Literal["constant", "bit", "not", "all", "any", "fewer"]
_serials = count()


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """One formula; `number` is a constant's value, a bit, or how many parts are too many."""

    kind: Kind
    parts: tuple[Formula, ...]
    number: int
    mask: int
    serial: int = field(default_factory=lambda: next(_serials))


@cache
def _made(kind: Kind, parts: tuple[Formula, ...], number: int) -> Formula:
    mask = 1 << number if kind == "bit" else 0
    for part in parts:
        mask |= part.mask
    return Formula(kind, parts, number, mask)


FALSE = _made("constant", (), 0)
TRUE = _made("constant", (), 1)


def bit(number: int) -> Formula:
    """Whether a bit is set."""
    return _made("bit", (), number)


def no(formula: Formula) -> Formula:
    """Its negation."""
    if formula.kind == "constant":
        return FALSE if formula is TRUE else TRUE
    return formula.parts[0] if formula.kind == "not" else _made("not", (formula,), 0)


def every(parts: Iterable[Formula]) -> Formula:
    """Whether all of them hold."""
    return _joined("all", parts, TRUE)


def some(parts: Iterable[Formula]) -> Formula:
    """Whether one of them holds."""
    return _joined("any", parts, FALSE)


def _joined(kind: Kind, parts: Iterable[Formula], empty: Formula) -> Formula:
    decided = no(empty)
    found: set[Formula] = set()
    for part in parts:
        if part is decided:
            return decided
        if part is not empty:
            found.update(part.parts if part.kind == kind else (part,))
    if any(part.kind == "not" and part.parts[0] in found for part in found):
        return decided
    if len(found) < 2:
        return next(iter(found), empty)
    return _made(kind, tuple(sorted(found, key=lambda part: part.serial)), 0)


def fewer(number: int, parts: Iterable[Formula]) -> Formula:
    """Whether fewer than `number` of them hold; one that is there twice counts twice."""
    open_ones = []
    for part in parts:
        if part is TRUE:
            number -= 1
        elif part is not FALSE:
            open_ones.append(part)
    if number <= 0:
        return FALSE
    if len(open_ones) < number:
        return TRUE
    return _made("fewer", tuple(sorted(open_ones, key=lambda part: part.serial)), number)


def given(formula: Formula, true: int, false: int = 0) -> Formula:
    """What is left of it once these bits are known."""
    if not formula.mask & (true | false):
        return formula
    return _given(formula, true & formula.mask, false & formula.mask)


@cache
def _given(formula: Formula, true: int, false: int) -> Formula:
    if formula.kind == "bit":
        return TRUE if true else FALSE
    return _MADE_OF[formula.kind](formula, [given(part, true, false) for part in formula.parts])


_MADE_OF: dict[Kind, Callable[[Formula, list[Formula]], Formula]] = {
    "not": lambda _, parts: no(parts[0]),
    "all": lambda _, parts: every(parts),
    "any": lambda _, parts: some(parts),
    "fewer": lambda formula, parts: fewer(formula.number, parts),
}


def holds(formula: Formula, bits: int) -> bool:
    """Whether it holds where these bits are set and no others."""
    return given(formula, bits, formula.mask & ~bits) is TRUE
