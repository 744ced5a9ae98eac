"""National Drug Codes in their one form of eleven digits: labeler 5, product 4, package 2.

In: a code as a label, a claim or a source of RxNorm writes it. Out: eleven digits, or None where
they can't be known. The rules are those of RxNorm's Technical Documentation, section 6.
"""

from __future__ import annotations

import re

_WIDTHS = (5, 4, 2)
_SHORTEST = 12  # ten digits and two hyphens: no more than one zero is missing
_PARTS = re.compile(r"(\d{4,6})-(\d{3,4})-(\d{1,2})", re.ASCII)
_WHOLE = re.compile(r"0?(\d{11})", re.ASCII)


def eleven_digits(code: str) -> str | None:
    """The code in eleven digits; None for ten without hyphens, where the zero is missing unseen.

    A part that is too short lacks its leading zero; an asterisk is such a zero as some sources
    write it. A sixth digit of the labeler, or a twelfth of the whole, must be a leading zero.
    """
    bare = code.strip().replace("*", "0")
    whole = _WHOLE.fullmatch(bare)
    if whole:
        return whole[1]
    parts = _PARTS.fullmatch(bare)
    if not parts or len(bare) < _SHORTEST or (len(parts[1]) == 6 and parts[1][0] != "0"):
        return None
    return "".join(
        part.zfill(width)[-width:] for part, width in zip(parts.groups(), _WIDTHS, strict=True)
    )
