"""A sheet laid out: which blocks it has and in which order, whatever the format.

In: a `Sheet` and a `Layout`. Out: a `Document`. What comes from the record or the site is made one
plain line, and stands in a run of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
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
    Typed,
    Words,
)
from fhir_handout.translate import END_ISOLATE, ISOLATE

NOTE = "care-note"
"""The id and the role of the part with the care team's note."""

_PARAGRAPHS = frozenset({"about", "note"})
_EMERGENCY, _OTHER = "emergency", "other"
_DIARY_LINES = 12
_STANDS_FOR = "\ufffc"
_KEPT = 8192  # messages; a language has some hundred
_ISOLATED = re.compile(f"{ISOLATE}([^{END_ISOLATE}]*){END_ISOLATE}")
# After a full stop and a blank, unless a small letter follows as after an abbreviation; or after
# one that needs no blank.
_END = re.compile(r"(?<=[.?!…؟۔।])(?:\s?[”»\")])?\s+(?![a-zà-öø-ÿа-яё])|(?<=[。？！])(?![”」』）])")

Values = Mapping[str, str]
_NONE: Values = {}


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
        (*pair.note(), *parts, *pair.of_the_site()),
        (pair.version(),),
        pair.diary(),
    )


def sentences(text: str) -> list[str]:
    """The sentences of a line, in any of the languages there are."""
    return [part for part in (found.strip() for found in _parted(text)) if part]


def _by_sentence(runs: tuple[Run, ...]) -> Iterator[tuple[Run, ...]]:
    """Runs by the sentence; what is isolated stays so, and is parted nowhere."""
    alone = [run.text for run in runs if run.is_isolated]
    marked = "".join(_STANDS_FOR if run.is_isolated else run.text for run in runs)
    values = iter(alone)
    for part in sentences(marked):
        pieces = re.split(f"({_STANDS_FOR})", part)
        yield tuple(
            Run(next(values), is_isolated=True) if piece == _STANDS_FOR else Run(piece)
            for piece in pieces
            if piece
        )


def _parted(text: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        closing = end[0].rstrip()
        yield text[start : end.start()] + closing
        start = end.end()
    yield text[start:]


def _one_after_the_other(texts: Iterable[str]) -> str:
    """Sentences in a row; after a full stop that is as wide as a letter there is no blank."""
    row = ""
    for text in texts:
        row += f" {text}" if row and row[-1] not in "。？！" else text
    return row


def filled(message: str, values: Values = _NONE) -> tuple[Run, ...]:
    """A message in runs, each placeholder's value and what is marked as isolated by itself."""
    if not values:
        return _as_it_is(message)
    names = "|".join(map(re.escape, values))
    parts = re.split(f"({names}|{_ISOLATED.pattern.replace('(', '(?:')})", message)
    return tuple(_run(part, values) for part in parts if part)


@lru_cache(_KEPT)
def _as_it_is(message: str) -> tuple[Run, ...]:
    """A message that has nothing of the patient, and so is the same on the next sheet."""
    if ISOLATE not in message:
        return (Run(message),) if message else ()
    parts = re.split(f"({_ISOLATED.pattern.replace('(', '(?:')})", message)
    return tuple(_run(part, _NONE) for part in parts if part)


def _run(part: str, values: Values) -> Run:
    if part in values:
        return Run(plain(values[part]), is_isolated=True)
    marked = _ISOLATED.fullmatch(part)
    return Run(plain(marked[1]), is_isolated=True) if marked else Run(part)


def _pointer(sheet: Sheet) -> str:
    heading = sheet.words[f"section-{sheet.emergency_section}"]
    return sheet.words["sheet-warning-pointer"].replace("{heading}", heading)


class _Pair:
    """A sheet and, where it is bilingual, the same sheet in its other language."""

    def __init__(self, sheet: Sheet, layout: Layout) -> None:
        self.sheet = sheet
        self.beside = sheet.beside
        self.is_easy = layout is Layout.EASY

    def words(
        self, text: Callable[[Sheet], str], values: Callable[[Sheet], Values] = lambda sheet: _NONE
    ) -> Words:
        """What both sheets say in the same place."""
        said = filled(text(self.sheet), values(self.sheet))
        beside = filled(text(self.beside), values(self.beside)) if self.beside else ()
        return Words(said, beside)

    def message(self, *names: str, **values: Callable[[Sheet], str]) -> Words:
        """Messages, one after the other, with their placeholders filled."""
        return self.words(
            lambda sheet: _one_after_the_other(sheet.words[name] for name in names),
            lambda sheet: {f"{{{name}}}": value(sheet) for name, value in values.items()},
        )

    def header(self) -> Iterator[Paragraph]:
        sheet = self.sheet
        if sheet.site.name:
            yield Paragraph("clinic", Words(filled("{name}", {"{name}": sheet.site.name})))
        for words in self._purpose():
            yield Paragraph("purpose", words)
        if sheet.patient_name:
            yield Paragraph("for", self.message("sheet-for", name=lambda s: s.patient_name))
        yield Paragraph("date", self.message("sheet-date", date=lambda s: s.date))
        warnings = self._by_sentence(self.words(_pointer))
        for words in warnings:
            yield Paragraph("pointer", words, leads_to=sheet.emergency_section)

    def _purpose(self) -> Iterator[Words]:
        if self.is_easy:
            for name in ("sheet-purpose", "sheet-care-team"):
                yield from self._by_sentence(self.message(name))
        else:
            yield self.message("sheet-purpose", "sheet-care-team")

    def _by_sentence(self, words: Words) -> tuple[Words, ...]:
        """Words whole, or in the easy layout one sentence after the other."""
        if not self.is_easy:
            return (words,)
        return tuple(Words(part) for part in _by_sentence(words.said))

    def note(self) -> Iterator[Part]:
        """What the care team wrote itself, first of all and only once."""
        if self.sheet.note:
            written = (tuple(each.split("\n")) for each in self.sheet.note.split("\n\n"))
            yield Part(NOTE, NOTE, self.message("sheet-note"), (Typed(tuple(written)),))

    def part(self, section: Section, at: int) -> Part:
        is_marked = section.id == self.sheet.emergency_section
        role = _EMERGENCY if is_marked else section.id if section.id != _EMERGENCY else _OTHER
        heading = self.words(lambda sheet: sheet.sections[at].heading)
        return Part(section.id, role, heading, tuple(self._blocks(section, at)))

    def _blocks(self, section: Section, at: int) -> Iterator[Block]:
        for figure in self.sheet.figures:
            if figure.section == section.id:
                yield self._drawing(figure)
        lead = f"section-{section.id}-lead"
        if lead in self.sheet.words:
            yield from self._lead(lead)
        beside = self.beside.sections[at].lines if self.beside else section.lines
        pairs = zip(section.lines, beside, strict=True)
        for is_list, lines in groupby(pairs, lambda pair: pair[0].kind not in _PARAGRAPHS):
            if is_list:
                yield Items(tuple(self._item(*pair) for pair in lines))
            else:
                yield from (paragraph for pair in lines for paragraph in self._paragraphs(*pair))

    def _lead(self, name: str) -> Iterator[Paragraph]:
        yield from (Paragraph("lead", words) for words in self._by_sentence(self.message(name)))

    def _item(self, line: Line, beside: Line) -> Item:
        return Item(line.statement, line.kind, self._line(line, beside), line.sign)

    def _paragraphs(self, line: Line, beside: Line) -> Iterator[Paragraph]:
        """The first has the statement's id."""
        for at, words in enumerate(self._line(line, beside)):
            yield Paragraph(line.kind, words, "" if at else line.statement)

    def _line(self, line: Line, beside: Line) -> tuple[Words, ...]:
        said = Words(filled(line.text), filled(beside.text) if self.beside else ())
        return self._by_sentence(said)

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
        words = self.sheet.words if self.sheet.site.diary else ()
        columns = [name for name in words if name.startswith(DIARY_COLUMN)]
        if not columns:
            return None
        table = Table(tuple(map(self.message, columns)), _DIARY_LINES)
        return Part(
            "diary", "diary", self.message("diary-heading"), (*self._lead("diary-lead"), table)
        )
