"""How a sheet is laid out, whatever the format: paragraphs, lists, and the site's own lines.

In: a `Sheet`. Out: its sections as blocks of lines, and its site furniture as labelled items.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from fhir_handout.model import Line, Section, Sheet, SiteLink
from fhir_handout.pack_words import DIARY_COLUMN

_PARAGRAPHS = frozenset({"about", "note"})


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together: items of one list, or paragraphs."""

    is_list: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LaidOutSection:
    """A section as every format shows it."""

    id: str
    heading: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Furniture:
    """A line that the site prints about itself."""

    label: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Diary:
    """A page to fill in: what each column is for, and how many lines there are."""

    heading: str
    lead: str
    columns: tuple[str, ...]
    lines: int = 12


def diary(sheet: Sheet) -> Diary | None:
    """The diary, where the site wants one and the pack has the words of one."""
    words = sheet.words
    columns = tuple(words[name] for name in words if name.startswith(DIARY_COLUMN))
    if not (sheet.site.diary and columns):
        return None
    return Diary(words["diary-heading"], words["diary-lead"], columns)


def laid_out(sheet: Sheet) -> tuple[LaidOutSection, ...]:
    """The sheet's sections in order."""
    return tuple(
        LaidOutSection(
            section.id,
            section.heading,
            sheet.words.get(f"section-{section.id}-lead", ""),
            tuple(_blocks(section)),
        )
        for section in sheet.sections
    )


def _blocks(section: Section) -> Iterator[Block]:
    for is_list, lines in groupby(section.lines, lambda line: line.kind not in _PARAGRAPHS):
        yield Block(is_list, tuple(lines))


def furniture(sheet: Sheet) -> tuple[Furniture, ...]:
    """What the site set, in a fixed order; nothing where it set nothing."""
    site, words = sheet.site, sheet.words
    items: list[Furniture] = []
    if site.phone:
        items.append(Furniture("", words["site-phone"].replace("{phone}", site.phone), ""))
    for name in ("appointment", "find_doctor", "find_location"):
        link: SiteLink | None = getattr(site, name)
        if link:
            items.append(Furniture(words[f"site-{name}"], link.text, link.url))
    for name in ("related_services", "related_handouts"):
        links: tuple[SiteLink, ...] = getattr(site, name)
        items += [Furniture(words[f"site-{name}"], link.text, link.url) for link in links]
    return tuple(items)
