"""What a reader gets of a rendering: its words, without what lays them out.

In: a rendering's format and source. Out: a `Page`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from fhir_handout.render.lines import WIDE

_ASIDE = frozenset({"title", "svg", "figcaption"})
_BLOCKS = frozenset({"p", "li", "h1", "h2", "th", "td", "span", "desc", "text", *_ASIDE})
_UNDERLINES = re.compile(r"^(-+|=+)$", re.MULTILINE)
_LIST_SIGNS = re.compile(r"^- ", re.MULTILINE)
_CAPTIONS = re.compile(r"^\[[^\]]*\]$", re.MULTILINE)
_BETWEEN_LINES = re.compile(f"(?<=[{WIDE}]) | (?=[{WIDE}])")


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of a page in order: of the text, and of the drawing and the tab beside it."""

    blocks: tuple[str, ...]
    aside: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text on one line."""
        return plain(" ".join(self.blocks))

    @property
    def everything(self) -> tuple[str, ...]:
        """All blocks."""
        return self.blocks + self.aside


def page(format_name: str, source: str) -> Page:
    """The page that a rendering is; text without markup is one block."""
    if format_name != "html":
        captions = tuple(map(plain, _CAPTIONS.findall(source)))
        bare = _LIST_SIGNS.sub("", _UNDERLINES.sub("", _CAPTIONS.sub("", source)))
        return Page((plain(bare),), captions)
    reader = _Reader()
    reader.feed(source)
    reader.close()
    text, aside = (
        tuple(filter(None, (plain("".join(block)) for block in blocks)))
        for blocks in (reader.text, reader.aside)
    )
    return Page(text, aside)


def plain(text: str) -> str:
    """Text on one line.

    A line can break between letters of a script without blanks, so a blank there means nothing.
    """
    return _BETWEEN_LINES.sub("", " ".join(text.split()))


class _Reader(HTMLParser):
    """Parts a page into blocks, as its elements begin."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[list[str]] = [[]]
        self.aside: list[list[str]] = [[]]
        self.inside_aside = 0
        self.is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside_aside += tag in _ASIDE
        self.is_style = tag == "style"
        if tag in _BLOCKS:
            self._blocks.append([])

    def handle_endtag(self, tag: str) -> None:
        self.is_style = False
        if tag in _BLOCKS:
            self._blocks.append([])
        self.inside_aside -= tag in _ASIDE

    def handle_data(self, data: str) -> None:
        if not self.is_style:
            self._blocks[-1].append(data)

    @property
    def _blocks(self) -> list[list[str]]:
        return self.aside if self.inside_aside else self.text
