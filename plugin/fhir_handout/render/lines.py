"""Text in lines of so many columns, in any script.

In: text without markup. Out: lines. A character of a wide script takes two columns, a mark on
another character none. Lines break at blanks, and between the characters of scripts that have no
blanks, as Unicode allows it (UAX 14); what is too long for a line by itself breaks anywhere but
before a mark. What is isolated (UAX 9) and goes on in the next line is isolated there again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from fhir_handout.translate import END_ISOLATE, ISOLATE

# Not what keeps two words together, as French has it before a colon; nor a blank in its place.
_BLANKS = re.compile(r"(?<!«)[ \t\n\r\f\v]++(?![:;?!»])")
_JOINER = "\u200d"
_FIRST_MARK, _FIRST_WIDE = "\u0300", "\u1100"  # no character before it is one
_EMOJI_STYLE = "\ufe0f"  # makes a narrow character a wide picture
WIDE = (
    "\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff9f\uffe0-\uffe6"
    "\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003fffd"
)
"""The wide characters of scripts without blanks, for a pattern; Hangul is wide, and has blanks."""

_WIDE_OR_NOT = re.compile(f"[{WIDE}]|[^{WIDE}]+")
_BOTH_WAYS = "'\"‘’“”«»‹›\u00a0\u202f\u2060" + _JOINER  # attached to what is on either side
_NEVER_LAST = frozenset("([{$£¥€№+±−（［｛〈《「『【〔〖〘〚＄￡￥" + ISOLATE + _BOTH_WAYS)
_NEVER_FIRST = frozenset(
    ")]},.:;!?%/-}|°‰′″…‥、。，．・：；？！％）］｝〉》」』】〕〗〙〛〜ー々〻ゝゞヽヾ゛゜"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ℃¢￠" + END_ISOLATE + _BOTH_WAYS
)


class _Columns(dict[str, int]):
    """How many columns each character takes."""

    def __missing__(self, character: str) -> int:
        is_wide = unicodedata.east_asian_width(character) in "WF"
        is_mark = unicodedata.category(character) in ("Mn", "Me", "Cf")
        narrow = 0 if is_mark and character != _EMOJI_STYLE else 1
        self[character] = found = 2 if is_wide and not is_mark else narrow
        return found


class _Followers(dict[str, bool]):
    """Whether each character can't begin a line."""

    def __missing__(self, character: str) -> bool:
        self[character] = found = character in _NEVER_FIRST or _is_mark(character)
        return found


_columns_of = _Columns().__getitem__
_follows = _Followers().__getitem__


def columns(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return _columns_of(text) if len(text) == 1 else sum(map(_columns_of, text))


def unbroken(text: str, width: int) -> list[str]:
    """A text in lines, of which one that has nowhere to break is longer."""
    parts = (part for word in _words(text) for part in _parts(word))
    return wrapped(text, max(width, *map(columns, parts), 0))


def wrapped(text: str, width: int, first: str = "", more: str = "") -> list[str]:
    """A text in lines: the first begins with `first`, the others with `more`; none for no text."""
    lines: list[str] = []
    line, room = "", width - columns(first)
    following = width - columns(more)
    for word in _words(text):
        needed = columns(word)
        if line and needed < room:
            line += f" {word}"
            room -= needed + 1
            continue
        blank = " " if line else ""
        for part in _units(word, needed, min(following, width - columns(first))):
            needed = columns(part) + len(blank)
            if line and needed > room:
                lines.append(line)
                line, room, blank = "", following, ""
                needed = columns(part)
            line += blank + part
            room -= needed
            blank = ""
    if line:
        lines.append(line)
    return _isolated_again(
        [f"{more if at else first}{made}" for at, made in enumerate(lines)], more
    )


def _words(text: str) -> list[str]:
    return [word for word in _BLANKS.split(text) if word]


def _units(word: str, needed: int, most: int) -> list[str]:
    """A word in what stays together: in parts, and in pieces where it is too long for a line."""
    if needed <= most and max(word) < _FIRST_WIDE:
        return [word]
    found: list[str] = []
    for part in _parts(word):
        if 2 * len(part) <= most or columns(part) <= most:
            found.append(part)
        else:
            found += _pieces(part, most)
    return found


def _parts(word: str) -> list[str]:
    """A word in the parts between which a line can break."""
    if max(word) < _FIRST_WIDE:
        return [word]
    first, *others = _WIDE_OR_NOT.findall(word)
    parts = [first]
    for part in others:
        if _follows(part[0]) or parts[-1][-1] in _NEVER_LAST:
            parts[-1] += part
        else:
            parts.append(part)
    return parts


def _pieces(unit: str, most: int) -> Iterator[str]:
    """What is wider than a line, in pieces that are not."""
    piece, room = "", most
    for cluster in _clusters(unit):
        needed = columns(cluster)
        if needed > room and piece:
            yield piece
            piece, room = "", most
        piece += cluster
        room -= needed
    yield piece


def _clusters(text: str) -> Iterator[str]:
    """Characters, each with the marks on it and what is joined to it."""
    start = 0
    for at in range(1, len(text)):
        is_joined = text[at - 1] in (_JOINER, ISOLATE) or _is_mark(text[at])
        if not is_joined:
            yield text[start:at]
            start = at
    yield text[start:]


def _is_mark(character: str) -> bool:
    """Whether it belongs to what stands before it."""
    if character < _FIRST_MARK:
        return False
    category = unicodedata.category(character)
    is_mark = category[0] == "M" or (category == "Cf" and character != ISOLATE)
    return is_mark or "\U0001f3fb" <= character <= "\U0001f3ff"  # the tone of a skin


def _isolated_again(lines: list[str], more: str) -> list[str]:
    """The lines, what is isolated in each ended there and begun again in the next."""
    if not any(ISOLATE in line for line in lines):
        return lines
    balanced: list[str] = []
    is_open = False
    for line in lines:
        start = f"{more}{ISOLATE}{line[len(more) :]}" if is_open else line
        is_open = start.rfind(ISOLATE) > start.rfind(END_ISOLATE)
        balanced.append(start + END_ISOLATE if is_open else start)
    return balanced
