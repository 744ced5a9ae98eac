"""What the PDF layout is given: a sheet laid out as plain data, with all drawings in it.

In: a `Document`, its sheet, the look and the pack's drawings. Out: what JSON can hold. Words stay
words: the layout takes no string for markup.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from fhir_handout.languages import direction, own_direction
from fhir_handout.model import Layout, Look, Sheet
from fhir_handout.pack import templates
from fhir_handout.render.blocks import (
    Block,
    Document,
    Drawing,
    Item,
    Items,
    Link,
    Links,
    Paragraph,
    Part,
    Run,
    Table,
    Typed,
    Words,
    text_of,
)
from fhir_handout.render.drawings import drawings
from fhir_handout.render.drawn import Drawn, on_paper, plain
from fhir_handout.render.fonts import setting
from fhir_handout.render.layout import filled
from fhir_handout.render.qr import qr_code
from fhir_handout.translate import END_ISOLATE, ISOLATE

Json = dict[str, Any]
Said = str | dict[str, str]
"""Words: in one language, or in two by the names of `Words`."""

_PROGRAM = "fhir-handout"
_PAPERS = {"a4": "a4", "letter": "us-letter"}
_LABEL_SCALE = 1.96
"""How much larger the labels in a drawing are here than on a screen, to be 10 pt."""

_LETTER_OF_A_CAPTION = 2.3
"""About how wide one is, in millimetres."""

_ROOM = {Layout.STANDARD: 80, Layout.BILINGUAL: 36, Layout.LARGE: 48, Layout.EASY: 54}
"""About how many letters a line has room for."""

_LINES_OF_TWO_PAGES = 90
"""More lines than this stand a little closer together, so that more handouts have two pages."""

_ROOM_OF_A_COLUMN = 26
_LINES_OF_A_LINK = 3
_LONG = re.compile(r"\S{24,}")
_LONG_IN_AN_ADDRESS = re.compile(r"\w{24,}")
_CHUNK = 12
_NO_WIDTH = "\u200b"


def content(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> Json:
    """The sheet as the layout handout.typ takes it."""
    scale = _LABEL_SCALE * setting(document.language).scale
    drawn = {name: on_paper(svg) for name, svg in drawings(sheet, figures, label_scale=scale)}
    put = _Putter(document, drawn, look.layout)
    parts = [put.part(part) for part in document.parts]
    lines = sum(part["lines"] for part in parts)
    return {
        "layout": look.layout.value,
        "dense": look.layout is Layout.STANDARD and lines > _LINES_OF_TWO_PAGES,
        "paper": _PAPERS[look.paper.value],
        "author": sheet.site.name or _PROGRAM,
        "about": sheet.words["sheet-purpose"],
        "page": sheet.words["sheet-page"],
        "language": _language(document.language),
        "beside": _language(document.beside) if document.beside else None,
        "signs": _signs(sheet),
        "title": put.words(document.title),
        "notices": [
            {
                "language": _language(notice.language),
                "text": _text(filled(notice.text, {}), notice.direction == "rtl"),
            }
            for notice in document.notices
        ],
        "header": [put.block(line) for line in document.header],
        "parts": parts,
        "footer": [put.block(line) for line in document.footer],
        "diary": put.part(document.diary) if document.diary else None,
    }


class _Putter:
    """Puts blocks in the shape of JSON, in the directions that a document's two languages have."""

    def __init__(self, document: Document, drawn: Mapping[str, Drawn], layout: Layout) -> None:
        self.said = partial(_text, is_rtl=document.direction == "rtl")
        self.beside = partial(_text, is_rtl=direction(document.beside) == "rtl")
        self.way = partial(own_direction, around=document.direction)
        self.drawn = drawn
        self.room = _ROOM[layout]
        self.is_plain = layout in (Layout.STANDARD, Layout.LARGE)

    def words(self, words: Words) -> Said:
        said = self.said(words.said)
        return {"said": said, "beside": self.beside(words.beside)} if words.beside else said

    def part(self, part: Part) -> Json:
        blocks = [self.block(block) for block in part.blocks if self._is_there(block)]
        return {
            "role": part.role,
            "heading": self.words(part.heading),
            "blocks": blocks,
            "lines": self.lines(part),
        }

    def lines(self, part: Part) -> int:
        """About how many lines a part takes: rather too many than too few."""
        words = [part.heading]
        for block in part.blocks:
            match block:
                case Paragraph():
                    words.append(block.words)
                case Items():
                    words += [sentence for item in block.items for sentence in item.sentences]
                case Links():
                    words += [link.label for link in block.links for _ in range(_LINES_OF_A_LINK)]
                case Typed():
                    words += [Words((Run(line),)) for each in block.paragraphs for line in each]
        return sum(
            max(_lines(text_of(side), self.room) for side in (w.said, w.beside)) for w in words
        )

    def _is_there(self, block: Block) -> bool:
        return not isinstance(block, Drawing) or block.name in self.drawn

    def block(self, block: Block) -> Json:
        match block:
            case Paragraph():
                return {
                    "is": "paragraph",
                    "role": block.role,
                    "words": self.words(block.words),
                }
            case Items():
                return self.items(block)
            case Drawing():
                return self.drawing(block)
            case Links():
                return {"is": "links", "links": [self.link(link) for link in block.links]}
            case Table():
                columns = [self.words(column) for column in block.columns]
                return {"is": "table", "columns": columns, "lines": block.lines}
            case Typed():
                return self.typed(block)

    def items(self, block: Items) -> Json:
        """A list; `plain` where its items are nothing but strings, as most are."""
        plain = half = None
        if self.is_plain:
            plain = [self.words(item.sentences[0]) for item in block.items]
            half = _half(block.items)
        items = [] if self.is_plain else [self.item(item) for item in block.items]
        return {"is": "items", "items": items, "plain": plain, "half": half}

    def item(self, item: Item) -> Json:
        return {
            "sign": item.sign,
            "sentences": [self.words(words) for words in item.sentences],
            "lines": sum(_lines(text_of(words.said), self.room) for words in item.sentences),
        }

    def drawing(self, block: Drawing) -> Json:
        drawn = self.drawn[block.name]
        return {
            "is": "drawing",
            "caption": self.words(block.caption),
            "caption-lines": _lines(block.caption.text, drawn.width / _LETTER_OF_A_CAPTION),
            "description": block.description,
            "svg": drawn.svg,
            "width": drawn.width,
            "height": drawn.height,
            "labels": [asdict(label) for label in drawn.labels],
        }

    def typed(self, block: Typed) -> Json:
        """Lines, each with the direction of its first letter that has one."""
        paragraphs = [
            [{"text": self.said((Run(line, True),)), "dir": self.way(line)} for line in each]
            for each in block.paragraphs
        ]
        return {"is": "typed", "paragraphs": paragraphs}

    def link(self, link: Link) -> Json:
        alone = (Run(link.text, is_isolated=True),) if link.text else ()
        svg = qr_code(link.url) if link.code_description else ""
        return {
            "label": self.words(link.label),
            "text": self.said(alone),
            "url": self.said((Run(link.url, is_isolated=True),)) if link.url else "",
            "to": link.url,
            "code": {"svg": svg, "said": link.code_description} if svg else None,
        }


def _text(runs: tuple[Run, ...], is_rtl: bool) -> str:
    return "".join(_isolated(run.text, is_rtl) if run.is_isolated else run.text for run in runs)


def _isolated(text: str, is_rtl: bool) -> str:
    """Words of others: broken where too long for a line, and marked where the direction is.

    A run that can't act on what is around it gets no mark, for marks are characters too.
    """
    long = _LONG_IN_AN_ADDRESS if "://" in text else _LONG  # typst breaks an address by itself
    text = long.sub(_breakable, text)
    other = ("L", "EN", "ES", "CS", "ET") if is_rtl else ("R", "AL", "AN")
    is_other = any(unicodedata.bidirectional(character) in other for character in text)
    return f"{ISOLATE}{text}{END_ISOLATE}" if is_other else text


def _breakable(long: re.Match[str]) -> str:
    made, since = [], 0
    for character in long[0]:
        is_joined = unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"
        if since >= _CHUNK and not is_joined:
            made.append(_NO_WIDTH)
            since = 0
        made.append(character)
        since += 1
    return "".join(made)


@cache
def _language(language: str) -> Json:
    return {**asdict(setting(language)), "dir": direction(language)}


def _signs(sheet: Sheet) -> Json:
    """The pictograms and what they say."""
    return {
        name: {"svg": svg, "said": sheet.words[f"pictogram-{name}"]}
        for name, svg in _pictograms().items()
        if f"pictogram-{name}" in sheet.words
    }


@cache
def _pictograms() -> Mapping[str, str]:
    folder = templates() / "layouts" / "pictograms"
    files = sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else ()
    return {
        file.name.removesuffix(".svg"): plain(file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".svg")
    }


def _lines(text: str, room: float) -> int:
    """About how many lines a text takes where `room` letters have room; wide ones count twice."""
    width = len(text)
    if not text.isascii():
        width += sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return max(1, math.ceil(width / room))


def _half(items: tuple[Item, ...]) -> int:
    """After how many items the second of two columns begins."""
    lines = [_lines(text_of(item.sentences[0].said), _ROOM_OF_A_COLUMN) for item in items]
    tall = [max(sum(lines[:at]), sum(lines[at:])) for at in range(len(lines) + 1)]
    return tall.index(min(tall))
