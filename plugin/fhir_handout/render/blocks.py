"""The vocabulary of a sheet that is laid out, whatever the format: parts, and the blocks in them.

Formats differ in markup alone. Each draws these blocks in their order, so that all say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from fhir_handout.model import Direction, Notice


@dataclass(frozen=True, slots=True)
class Run:
    """Some words; isolated ones (a name, a number, an address) have a direction of their own."""

    text: str
    is_isolated: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is said, and on a bilingual sheet the same in its other language."""

    said: tuple[Run, ...]
    beside: tuple[Run, ...] = ()

    @property
    def text(self) -> str:
        """What is said, as it is."""
        return text_of(self.said)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words that stand by themselves; `role` says what they are, `id` names a statement or a link.

    `leads_to` is the part that a pointer points to.
    """

    role: str
    words: Words
    id: str = ""
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A statement in a list, sentence by sentence where the layout has one idea a line.

    `sign` is its pictogram: do, avoid, call, emergency, or empty.
    """

    id: str
    kind: str
    sentences: tuple[Words, ...]
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure by its name, with what stands over it, in it, and for whoever can't see it."""

    name: str
    caption: Words
    labels: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Link:
    """A line that the site prints about itself.

    Its address is a QR code too where there are words for whoever can't see one.
    """

    label: Words
    text: str
    url: str
    code_description: str = ""

    @property
    def line(self) -> Words:
        """The whole of it in words, with the address for paper; once is enough for that."""
        text = (Run(": "), Run(self.text, is_isolated=True)) if self.text else ()
        url = (Run(" ("), Run(self.url, is_isolated=True), Run(")")) if self.url else ()
        beside = (*self.label.beside, *text) if self.label.beside else ()
        return Words((*self.label.said, *text, *url), beside)


@dataclass(frozen=True, slots=True)
class Links:
    """The lines that the site prints about itself."""

    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A page to fill in: what each column is for, and how many lines there are."""

    columns: tuple[Words, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed for this patient, by the paragraph and in it by the line.

    It is in the language that they chose, and each line in a direction of its own.
    """

    paragraphs: tuple[tuple[str, ...], ...]


Block = Paragraph | Items | Drawing | Links | Table | Typed


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the sheet with its heading: a section of the pack, or one that all packs have.

    `role` is its id, but `emergency` where it has the warning signs that the sheet points to.
    """

    id: str
    role: str
    heading: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A sheet, laid out. `beside` is the other language of a bilingual one, else empty.

    The notices, each in its own language, stand before all else; after the parts the footer, and
    on a page of its own the diary.
    """

    language: str
    direction: Direction
    beside: str
    title: Words
    notices: tuple[Notice, ...]
    header: tuple[Paragraph, ...]
    parts: tuple[Part, ...]
    footer: tuple[Paragraph, ...]
    diary: Part | None


def text_of(said: tuple[Run, ...]) -> str:
    """The words of some runs, as they are."""
    return "".join(run.text for run in said)
