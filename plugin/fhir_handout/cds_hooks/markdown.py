"""Text in a card's Markdown that stays text, whoever wrote it.

In: words of a chart, or of a content pack. Out: the same on one line as GitHub Flavored Markdown.
A chart's words keep letters, digits and what medicine names are written with; nothing that markup,
a link, an address that is linked unasked, or HTML could be made of gets through.
"""

from __future__ import annotations

import re

from fhir_handout.names import plain

_LONGEST = 60
_KEPT = " ,()-/%+"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")


def of_chart(text: str) -> str:
    """A chart's words: short, and without any sign that Markdown or HTML has a use for."""
    line = plain(text)
    kept = (_safe(line, at) for at in range(len(line)))
    short = " ".join("".join(kept).split())
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1].rstrip()}…"


def of_pack(text: str) -> str:
    """A pack's words, with what Markdown has a use for escaped."""
    return _MARKUP.sub(r"\\\1", plain(text))


def _safe(line: str, at: int) -> str:
    character = line[at]
    if character.isalnum() or character in _KEPT:
        return character
    is_decimal = character in ".," and line[at - 1 : at].isdigit() and line[at + 1 :][:1].isdigit()
    return character if is_decimal else " "
