r"""A sheet as Rich Text Format 1.9, for EHRs that take no other format with headings and lists.

In: a `Document`, and how it looks. Out: ASCII. A character that has a meaning in RTF, or is not
ASCII, is written by its number, so that no name or note can act as a control word. The words are
those of the plain text, in its order; a bilingual sheet has each pair one below the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fhir_handout.languages import direction, own_direction
from fhir_handout.model import Layout, Look, Notice, Paper, Sheet
from fhir_handout.render.blocks import (
    Block,
    Document,
    Drawing,
    Items,
    Links,
    Paragraph,
    Part,
    Run,
    Table,
    Typed,
    Words,
)
from fhir_handout.render.layout import filled
from fhir_handout.render.rtf_words import Voice, escaped

_TWIPS = 1440  # in an inch
_PAPERS = {Paper.A4: (11906, 16838), Paper.LETTER: (12240, 15840)}
_MARGIN = _TWIPS * 3 // 4
_INDENT = 360
_ROW = 620
_HEADER = r"""{\rtf1\ansi\ansicpg1252\uc1\deff0\deflang1033
{\fonttbl{\f0\fswiss\fcharset0 Arial{\*\falt Helvetica};}}
{\stylesheet{\s0 Normal;}{\s1\outlinelevel0\b heading 1;}{\s2\outlinelevel1\b heading 2;}}
{\*\listtable{\list\listtemplateid1\listsimple{\listlevel\levelnfc23\leveljc0\levelstartat1\levelfollow0
{\leveltext\'01\u8226 ?;}{\levelnumbers;}\f0\fi-360\li360}\listid1}}
{\*\listoverridetable{\listoverride\listid1\listoverridecount0\ls1}}
"""


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Half-points of the text and its headings; twips between paragraphs, percent between lines."""

    text: int
    heading: int
    title: int
    gap: int
    line: int


_SIZES = {
    Layout.STANDARD: _Sizes(24, 28, 36, 60, 110),
    Layout.LARGE: _Sizes(36, 44, 56, 160, 140),
    Layout.EASY: _Sizes(30, 38, 48, 140, 140),
    Layout.BILINGUAL: _Sizes(24, 28, 36, 60, 110),
}


def render_rtf(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as RTF; of a figure it has the words."""
    page = _Page(document, _SIZES[look.layout])
    width, height = _PAPERS[look.paper]
    paper = (
        f"\\paperw{width}\\paperh{height}\\margl{_MARGIN}\\margr{_MARGIN}"
        f"\\margt{_MARGIN}\\margb{_MARGIN}\\widowctrl"
    )
    way = "\\rtldoc\n" if document.direction == "rtl" else "\\ltrdoc\n"
    info = f"{{\\info{{\\title {escaped(document.title.text)}}}}}\n"
    lines = page.lines(document, width - 2 * _MARGIN)
    return "".join((_HEADER, info, paper, way, *lines, "}\n")).encode("ascii")


class _Page:
    """How a sheet's blocks are written in paragraphs."""

    def __init__(self, document: Document, sizes: _Sizes) -> None:
        self.said = Voice(document.language, document.direction)
        self.beside = Voice(document.beside, direction(document.beside))
        self.sizes = sizes

    def lines(self, document: Document, width: int) -> Iterator[str]:
        for notice in document.notices:
            yield self._notice(notice)
        above = [line for line in document.header if line.role == "clinic"]
        for line in above:
            yield from self._block(line, width)
        yield from self._heading(document.title, 1)
        for line in document.header[len(above) :]:
            yield from self._block(line, width)
        for part in document.parts:
            yield from self._part(part, width)
        for line in document.footer:
            yield from self._block(line, width)
        if document.diary:
            yield "\\page\n"
            yield from self._part(document.diary, width)

    def _notice(self, notice: Notice) -> str:
        voice = Voice(notice.language, notice.direction)
        return self._paragraph(voice, filled(notice.text, {}), bold=True)

    def _part(self, part: Part, width: int) -> Iterator[str]:
        yield from self._heading(part.heading, 2)
        for block in part.blocks:
            yield from self._block(block, width)

    def _heading(self, words: Words, level: int) -> Iterator[str]:
        size = self.sizes.title if level == 1 else self.sizes.heading
        above = 4 * self.sizes.gap if level > 1 else self.sizes.gap
        ranked = f"\\s{level}\\outlinelevel{level - 1}\\keepn\\sb{above}\\sa{self.sizes.gap}"
        yield self._written(self.said, words.said, ranked, self._format(size, True))
        if words.beside:
            yield self._written(
                self.beside, words.beside, f"\\keepn\\sa{self.sizes.gap}", self._format(size, True)
            )

    def _block(self, block: Block, width: int) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from self._words(block.words, bold=block.role in ("lead", "clinic"))
            case Items():
                yield from self._items(item.sentences for item in block.items)
            case Drawing():
                yield from self._drawing(block)
            case Links():
                yield from self._items((link.line,) for link in block.links)
            case Table():
                yield from self._table(block, width)
            case Typed():
                yield from self._typed(block)

    def _words(self, words: Words, bold: bool = False) -> Iterator[str]:
        yield self._paragraph(self.said, words.said, bold=bold)
        if words.beside:
            yield self._paragraph(self.beside, words.beside, leading=_INDENT, bold=bold)

    def _items(self, items: Iterable[tuple[Words, ...]]) -> Iterator[str]:
        for item in items:
            for at, sentence in enumerate(item):
                yield from self._item(sentence, is_first=at == 0)

    def _item(self, words: Words, is_first: bool) -> Iterator[str]:
        """A sentence of an item: the first with a bullet, the others in line with it."""
        if is_first:
            bullet = "{\\listtext\\f0 \\u8226 ?\\tab}\\ls1\\ilvl0 "
            yield self._paragraph(self.said, words.said, _INDENT, _INDENT, mark=bullet)
        else:
            yield self._paragraph(self.said, words.said, _INDENT)
        if words.beside:
            yield self._paragraph(self.beside, words.beside, 2 * _INDENT)

    def _drawing(self, drawing: Drawing) -> Iterator[str]:
        """Its caption in brackets, and the words in it."""
        inside = "; ".join(drawing.labels)
        if not drawing.caption.beside:
            said = f"[{drawing.caption.text}: {inside}]" if inside else f"[{drawing.caption.text}]"
            yield self._paragraph(self.said, (Run(said),))
            return
        bracketed = (Run("["), *drawing.caption.said, Run("]"))
        yield from self._words(Words(bracketed, drawing.caption.beside))
        if inside:
            yield self._paragraph(self.said, (Run(inside),), leading=_INDENT)

    def _typed(self, block: Typed) -> Iterator[str]:
        """Each line a paragraph in its own direction, and an empty one between paragraphs."""
        for at, paragraph in enumerate(block.paragraphs):
            for line in (*([""] if at else ()), *paragraph):
                way = own_direction(line, self.said.direction)
                yield self._paragraph(Voice(self.said.language, way), (Run(line),))

    def _table(self, table: Table, width: int) -> Iterator[str]:
        """What to write down over each column, and empty lines."""
        step = width // len(table.columns)
        way = "\\rtlrow" if self.said.direction == "rtl" else "\\ltrrow"
        border = "".join(f"\\clbrdr{side}\\brdrs\\brdrw10" for side in "tlbr")
        edges = "".join(f"{border}\\cellx{step * (at + 1)}" for at in range(len(table.columns)))
        heads = "".join(f"{self._head(column)}\\cell\n" for column in table.columns)
        yield f"\\trowd{way}\\trgaph80\\trhdr\\trkeep{edges}\n{heads}\\row\n"
        empty = f"{self.said.paragraph(0)}\\intbl \\cell" * len(table.columns)
        row = f"\\trowd{way}\\trgaph80\\trrh{_ROW}\\trkeep{edges}\n{empty}\\row\n"
        yield row * table.lines
        yield "\\pard\\plain\\par\n"

    def _head(self, column: Words) -> str:
        format_ = self._format(self.sizes.text, True)
        said = self.said.runs(column.said, format_)
        beside = f"\\line {self.beside.runs(column.beside, format_)}" if column.beside else ""
        return f"{self.said.paragraph(0)}\\intbl {said}{beside}"

    def _paragraph(
        self,
        voice: Voice,
        runs: tuple[Run, ...],
        leading: int = 0,
        hanging: int = 0,
        bold: bool = False,
        mark: str = "",
    ) -> str:
        format_ = self._format(self.sizes.text, bold)
        spaced = f"\\sa{self.sizes.gap}"
        return self._written(voice, runs, f"{spaced}{mark}", format_, leading, hanging)

    def _written(
        self,
        voice: Voice,
        runs: tuple[Run, ...],
        spaced: str,
        format_: str,
        leading: int = 0,
        hanging: int = 0,
    ) -> str:
        stands = f"{voice.paragraph(leading, hanging)}\\sl{self._line()}\\slmult1{spaced}"
        return f"{stands}\n{voice.runs(runs, format_)}\\par\n"

    def _line(self) -> int:
        return 240 * self.sizes.line // 100

    @staticmethod
    def _format(half_points: int, bold: bool) -> str:
        heavy = "\\b\\ab" if bold else ""
        return f"\\f0\\fs{half_points}\\afs{half_points}{heavy}"
