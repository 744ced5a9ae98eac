"""A sheet laid out: which blocks it has and in which order, whatever the format.

In: a `Sheet` and a `Layout`. Out: a `Document`. What comes from the record or the site is made one
plain line, and stands in a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from fhir_handout.model import Layout, Line, Section, Sheet, Site, SiteLink
from fhir_handout.names import plain
from fhir_handout.pack_model import Figure
from fhir_handout.pack_words import DIARY_COLUMN
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
    Words,
)
from fhir_handout.translate import END_ISOLATE, ISOLATE

_PARAGRAPHS = frozenset({"about", "note"})
_DIARY_LINES = 12
_ISOLATED = re.compile(f"{ISOLATE}([^{END_ISOLATE}]*){END_ISOLATE}")
# After a full stop and a blank, unless a small letter follows as after an abbreviation; or after
# one that needs no blank.
_END = re.compile(r"(?<=[.?!…؟۔।])(?:\s?[”»\")])?\s+(?![a-zà-öø-ÿа-яё])|(?<=[。？！])(?![”」』）])")

Values = Mapping[str, str]


def laid_out(sheet: Sheet, layout: Layout = Layout.STANDARD) -> Document:
    """The sheet as every format shows it."""
    pair = _Pair(sheet, layout)
    parts = (pair.part(section, at) for at, section in enumerate(sheet.sections))
    return Document(
        sheet.language,
        sheet.direction,
        sheet.beside.language if sheet.beside else "",
        pair.message("sheet-title"),
        sheet.notices,
        tuple(pair.header()),
        (*parts, *pair.of_the_site()),
        (pair.version(),),
        pair.diary(),
    )


def sentences(text: str) -> list[str]:
    """The sentences of a line, in any of the languages there are."""
    return [part for part in (found.strip() for found in _parted(text)) if part]


def _parted(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        closing = end[0].rstrip()
        yield text[start : end.start()] + closing
        start = end.end()
    yield text[start:]


def filled(message: str, values: Values) -> tuple[Run, ...]:
    """A message in runs, each placeholder's value and what is marked as isolated by itself."""
    names = "|".join(map(re.escape, values)) or r"(?!)"
    parts = re.split(f"({names}|{_ISOLATED.pattern.replace('(', '(?:')})", message)
    return tuple(_run(part, values) for part in parts if part)


def _run(part: str, values: Values) -> Run:
    if part in values:
        return Run(plain(values[part]), is_isolated=True)
    marked = _ISOLATED.fullmatch(part)
    return Run(plain(marked[1]), is_isolated=True) if marked else Run(part)


class _Pair:
    """A sheet and, where it is bilingual, the same sheet in its other language."""

    def __init__(self, sheet: Sheet, layout: Layout) -> None:
        self.sheet = sheet
        self.beside = sheet.beside
        self.is_easy = layout is Layout.EASY

    def words(self, text: Callable[[Sheet], str], values: Callable[[Sheet], Values]) -> Words:
        """What both sheets say in the same place."""
        said = filled(text(self.sheet), values(self.sheet))
        beside = filled(text(self.beside), values(self.beside)) if self.beside else ()
        return Words(said, beside)

    def message(self, *names: str, **values: Callable[[Sheet], str]) -> Words:
        """Messages, one after the other, with their placeholders filled."""
        return self.words(
            lambda sheet: " ".join(sheet.words[name] for name in names),
            lambda sheet: {f"{{{name}}}": value(sheet) for name, value in values.items()},
        )

    def header(self) -> Iterator[Paragraph]:
        sheet = self.sheet
        if sheet.site.name:
            yield Paragraph("clinic", Words(filled("{name}", {"{name}": sheet.site.name})))
        yield Paragraph("purpose", self.message("sheet-purpose", "sheet-care-team"))
        if sheet.patient_name:
            yield Paragraph("for", self.message("sheet-for", name=lambda s: s.patient_name))
        yield Paragraph("date", self.message("sheet-date", date=lambda s: s.date))
        warnings = self.words(
            lambda s: s.words["sheet-warning-pointer"].replace(
                "{heading}", s.words[f"section-{s.emergency_section}"]
            ),
            lambda s: {},
        )
        yield Paragraph("pointer", warnings, leads_to=sheet.emergency_section)

    def part(self, section: Section, at: int) -> Part:
        role = "emergency" if section.id == self.sheet.emergency_section else section.id
        heading = self.words(lambda sheet: sheet.sections[at].heading, lambda sheet: {})
        return Part(section.id, role, heading, tuple(self._blocks(section, at)))

    def _blocks(self, section: Section, at: int) -> Iterator[Block]:
        for figure in self.sheet.figures:
            if figure.section == section.id:
                yield self._drawing(figure)
        lead = f"section-{section.id}-lead"
        if lead in self.sheet.words:
            yield Paragraph("lead", self.message(lead))
        numbered = enumerate(section.lines)
        for is_list, lines in groupby(numbered, lambda pair: pair[1].kind not in _PARAGRAPHS):
            if is_list:
                yield Items(tuple(self._item(line, at, number) for number, line in lines))
            else:
                for number, line in lines:
                    first, *more = self._sentences(at, number)
                    yield Paragraph(line.kind, first, line.statement)
                    yield from (Paragraph(line.kind, words) for words in more)

    def _item(self, line: Line, at: int, number: int) -> Item:
        return Item(line.statement, line.kind, self._sentences(at, number), line.sign)

    def _sentences(self, at: int, number: int) -> tuple[Words, ...]:
        """A line: whole, or in the easy layout one sentence after the other."""
        if self.is_easy:
            text = self.sheet.sections[at].lines[number].text
            return tuple(Words(filled(part, {})) for part in sentences(text))
        return (self.words(lambda s: s.sections[at].lines[number].text, lambda s: {}),)

    def _drawing(self, figure: Figure) -> Drawing:
        words = self.sheet.words
        return Drawing(
            figure.name,
            self.message(figure.caption),
            tuple(words[name] for name in figure.labels),
            words[figure.description],
        )

    def of_the_site(self) -> Iterator[Part]:
        """What the site says of itself, in a fixed order; nothing where it says nothing."""
        links = tuple(self._links(self.sheet.site))
        if links:
            yield Part("site", "site", self.message("site-heading"), (Links(links),))

    def _links(self, site: Site) -> Iterator[Link]:
        if site.phone:
            yield Link(self.message("site-phone", phone=lambda s: s.site.phone), "", "")
        for name in ("appointment", "find_doctor", "find_location"):
            link: SiteLink | None = getattr(site, name)
            if link:
                yield self._link(name, link)
        for name in ("related_services", "related_handouts"):
            links: tuple[SiteLink, ...] = getattr(site, name)
            yield from (self._link(name, link) for link in links)
        if site.link:
            code = self.sheet.words["sheet-link-code"].replace("{url}", plain(site.link.url))
            yield replace(self._link("link", site.link), code_description=code)

    def _link(self, name: str, link: SiteLink) -> Link:
        return Link(self.message(f"site-{name}"), plain(link.text), plain(link.url))

    def version(self) -> Paragraph:
        sheet = self.sheet
        printed = self.message(
            "sheet-version", version=lambda s: sheet.version, hash=lambda s: sheet.printed_hash
        )
        return Paragraph("version", printed)

    def diary(self) -> Part | None:
        """The diary, where the site wants one and the pack has the words of one."""
        columns = [name for name in self.sheet.words if name.startswith(DIARY_COLUMN)]
        if not (self.sheet.site.diary and columns):
            return None
        lead = Paragraph("lead", self.message("diary-lead"))
        table = Table(tuple(map(self.message, columns)), _DIARY_LINES)
        return Part("diary", "diary", self.message("diary-heading"), (lead, table))
