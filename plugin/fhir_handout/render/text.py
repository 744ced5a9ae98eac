"""A sheet as plain text, good enough to be the only thing an EHR takes.

In: a `Document`. Out: UTF-8 text of at most 76 columns, headings underlined, lists with hyphens. A
character of a wide script takes two columns.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from fhir_handout.model import Look, Sheet
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
    Table,
    Words,
)

_WIDTH = 76
_DIARY_LINES = 6
_BEFORE_A_GAP = ("purpose", "date")


def render_text(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as text; of a figure it has the words."""
    return ("\n".join(_lines(document)).strip() + "\n").encode()


def _lines(document: Document) -> Iterator[str]:
    for notice in document.notices:
        yield from (*_paragraph(notice.text), "")
    yield from _header(document)
    for part in document.parts:
        yield from _part(part)
    yield ""
    for paragraph in document.footer:
        yield from _block(paragraph)
    yield from _part(document.diary) if document.diary else ()


def _header(document: Document) -> Iterator[str]:
    above = [line for line in document.header if line.role == "clinic"]
    for paragraph in above:
        yield from _block(paragraph)
    yield from _heading(document.title, "=")
    for paragraph in document.header[len(above) :]:
        yield from _block(paragraph)
        if paragraph.role in _BEFORE_A_GAP:
            yield ""


def _part(part: Part) -> Iterator[str]:
    yield from _heading(part.heading, "-")
    for block in part.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            return iter(_paragraph(block.words.text))
        case Items():
            return (line for item in block.items for line in _item(item))
        case Drawing():
            inside = "; ".join(block.labels)
            return iter(_paragraph(f"[{block.caption.text}{f': {inside}' if inside else ''}]"))
        case Links():
            return (line for link in block.links for line in _wrapped(_link(link), "- "))
        case Table():
            return _table(block)


def _item(item: Item) -> Iterator[str]:
    for at, sentence in enumerate(item.sentences):
        yield from _wrapped(sentence.text, "  " if at else "- ")


def _link(link: Link) -> str:
    label = f"{link.label.text}: {link.text}" if link.text else link.label.text
    return f"{label} ({link.url})" if link.url else label


def _table(table: Table) -> Iterator[str]:
    """What to write down, and a few lines to write it on."""
    yield from _paragraph(" | ".join(column.text for column in table.columns))
    for _ in range(_DIARY_LINES):
        yield from ("", "." * _WIDTH)


def _heading(words: Words, underline: str) -> list[str]:
    lines = _paragraph(words.text)
    return ["", *lines, underline * max(map(len, lines)), ""]


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False) or [""]


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
