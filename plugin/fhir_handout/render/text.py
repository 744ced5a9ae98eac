"""A sheet as plain text, good enough to be the only thing an EHR takes.

In: a `Document`. Out: UTF-8 text of at most 76 columns, headings underlined, lists with hyphens.
On a bilingual sheet the other language stands beneath what it says, further in. What has a
direction of its own is isolated wherever it, or the text around it, runs from right to left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from itertools import groupby

from fhir_handout.languages import direction
from fhir_handout.model import Direction, Look, Notice, Sheet
from fhir_handout.render.blocks import (
    Block,
    Document,
    Drawing,
    Item,
    Items,
    Links,
    Paragraph,
    Part,
    Run,
    Table,
    Typed,
    Words,
    text_of,
)
from fhir_handout.render.layout import filled
from fhir_handout.render.lines import columns, wrapped
from fhir_handout.translate import END_ISOLATE, ISOLATE

_WIDTH = 76
_DIARY_LINES = 6
_BEFORE_A_GAP = ("purpose", "date")
_ITEM, _INSIDE = "- ", "  "
_BESIDE = "  "
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
"""The bidirectional classes that run that way by themselves (UAX 9)."""


def render_text(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as text; of a figure it has the words."""
    page = _Page(document.direction, direction(document.beside))
    return ("\n".join(page.lines(document)).strip() + "\n").encode()


def isolated(runs: tuple[Run, ...], around: Direction) -> str:
    """The words of some runs, each isolated one marked as such where that makes a difference."""
    if len(runs) == 1 and not runs[0].is_isolated:
        return runs[0].text
    return "".join(
        f"{ISOLATE}{run.text}{END_ISOLATE}" if run.is_isolated and _turns(run, around) else run.text
        for run in runs
    )


def whole_lines(text: str) -> list[str]:
    """What a rendered text says, each item and paragraph in one line again.

    A line goes on in the next where the first word of that had no room any more.
    """
    said: list[str] = []
    before = ""
    for line in text.splitlines():
        words = line.split()
        if not words or set(line) in ({"="}, {"-"}, {"."}):
            before = ""
            continue
        is_more = bool(before) and columns(before) + 1 + columns(words[0]) > _WIDTH
        if is_more and not line.startswith(_ITEM):
            said[-1] += f" {' '.join(words)}"
        else:
            said.append(" ".join(words))
        before = line
    return said


def _turns(run: Run, around: Direction) -> bool:
    """Whether a run's words would not stand as they are in a text of that direction."""
    if around == "rtl":
        return True
    classes = map(unicodedata.bidirectional, run.text)
    return not run.text.isascii() and any(each in _RIGHT_TO_LEFT for each in classes)


class _Page:
    """How a sheet's blocks are written in lines."""

    def __init__(self, said: Direction, beside: Direction) -> None:
        self.said = said
        self.beside = beside

    def lines(self, document: Document) -> Iterator[str]:
        for notice in document.notices:
            yield from (*self._notice(notice), "")
        yield from self._header(document)
        for part in document.parts:
            yield from self._part(part)
        yield ""
        for paragraph in document.footer:
            yield from self._block(paragraph)
        yield from self._part(document.diary) if document.diary else ()

    def _notice(self, notice: Notice) -> list[str]:
        return wrapped(isolated(filled(notice.text, {}), notice.direction), _WIDTH)

    def _header(self, document: Document) -> Iterator[str]:
        above = [line for line in document.header if line.role == "clinic"]
        for paragraph in above:
            yield from self._block(paragraph)
        yield from self._heading(document.title, "=")
        for role, lines in groupby(document.header[len(above) :], lambda line: line.role):
            yield from (line for paragraph in lines for line in self._block(paragraph))
            if role in _BEFORE_A_GAP:
                yield ""

    def _part(self, part: Part) -> Iterator[str]:
        yield from self._heading(part.heading, "-")
        for block in part.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph():
                return self._words(block.words)
            case Items():
                return (line for item in block.items for line in self._item(item))
            case Drawing():
                return self._drawing(block)
            case Links():
                found = (link.line for link in block.links)
                return (line for words in found for line in self._words(words, _ITEM, _INSIDE))
            case Table():
                return self._table(block)
            case Typed():
                return self._typed(block)

    def _words(self, words: Words, first: str = "", more: str = "") -> Iterator[str]:
        """What is said, and beneath it the same in the other language."""
        yield from self._wrapped(words.said, self.said, first, more)
        if words.beside:
            inside = more + _BESIDE
            yield from self._wrapped(words.beside, self.beside, inside, inside)

    def _wrapped(
        self, runs: tuple[Run, ...], around: Direction, first: str, more: str
    ) -> list[str]:
        return wrapped(isolated(runs, around), _WIDTH, first, more) or [""]

    def _item(self, item: Item) -> Iterator[str]:
        for at, sentence in enumerate(item.sentences):
            yield from self._words(sentence, _INSIDE if at else _ITEM, _INSIDE)

    def _drawing(self, drawing: Drawing) -> Iterator[str]:
        """Its caption in brackets, and the words in it."""
        inside = "; ".join(drawing.labels)
        if not drawing.caption.beside:
            said = f"{drawing.caption.text}: {inside}" if inside else drawing.caption.text
            yield from wrapped(f"[{said}]", _WIDTH)
            return
        bracketed = (Run("["), *drawing.caption.said, Run("]"))
        yield from self._words(Words(bracketed, drawing.caption.beside))
        yield from wrapped(inside, _WIDTH, _BESIDE, _BESIDE)

    def _table(self, table: Table) -> Iterator[str]:
        """What to write down, and a few lines to write it on."""
        heads = (
            f"{column.text} / {text_of(column.beside)}" if column.beside else column.text
            for column in table.columns
        )
        yield from wrapped(" | ".join(heads), _WIDTH)
        for _ in range(_DIARY_LINES):
            yield from ("", "." * _WIDTH)

    def _typed(self, block: Typed) -> Iterator[str]:
        for at, paragraph in enumerate(block.paragraphs):
            yield from [""] if at else ()
            for line in paragraph:
                yield from self._wrapped((Run(line, is_isolated=True),), self.said, "", "")

    def _heading(self, words: Words, underline: str) -> list[str]:
        lines = [
            *self._wrapped(words.said, self.said, "", ""),
            *(self._wrapped(words.beside, self.beside, "", "") if words.beside else ()),
        ]
        return ["", *lines, underline * max(map(columns, lines)), ""]
