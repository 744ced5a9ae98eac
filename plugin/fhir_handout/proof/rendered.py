"""Whether what a pack says is what a reader gets: every statement, and whole handouts, rendered.

In: a loaded pack and its rules. Out: what is wrong with any of them. Every statement is laid out in
every language, to every address, in every format; whole handouts are made for people who together
have every two things. The text that comes out is read again: each line there once and in order, no
placeholder left, no words that no sentence may have, no handout too hard to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser

from fhir_handout.model import Advice, Handout, Sheet, Site
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_rules import Rules
from fhir_handout.proof.covering import covering
from fhir_handout.proof.reading import Size, Worst, can_measure, size
from fhir_handout.proof.space import Case, Space
from fhir_handout.proof.words import encourages, rules_of, sentences
from fhir_handout.render import FORMATS, render
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

_DAY = date(2000, 1, 1)
_NAME = "Quillon Testperson"
_HIDDEN = ("style", "title", "svg")
_BLOCKS = frozenset({"p", "li", "h1", "h2", "th", "td", "span", "figcaption"})
_PLACEHOLDER = re.compile(r"\{\w+\}")
_LIST_SIGNS = re.compile(r"^- ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a rendering: in which language and format, of which message, whose."""

    language: str
    format: str
    message: str
    what: str
    case: Case | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many renderings were read, and what is wrong with them."""

    statements: int
    handouts: int
    faults: tuple[Fault, ...]


def rendered(pack: LoadedPack, rules: Rules, space: Space) -> Rendered:
    """Render everything that a pack can say, and read it again."""
    single = list(_every_statement(pack))
    whole = [(tailor(case.findings(pack.content), pack.content), case) for case in covering(space)]
    faults: list[Fault] = []
    for language in pack.catalogues:
        for made in single:
            faults += _faults(pack, rules, made, language, None)
        for made, case in whole:
            faults += _faults(pack, rules, made, language, case)
    count = len(FORMATS) * len(pack.catalogues)
    statements = len(pack.content.statements) * len(single) * count
    return Rendered(statements, len(whole) * count, tuple(faults))


def _every_statement(pack: LoadedPack) -> Iterator[Handout]:
    """A handout that says everything, to each address: nobody's, but nothing is left out of it."""
    nobody = tailor(Case(Space((pack.content,)).people[0]).findings(pack.content), pack.content)
    advice = tuple(Advice(s.id, s.kind, s.section, ()) for s in pack.content.statements)
    for address in ("", *(each.id for each in pack.content.addresses)):
        yield Handout(pack.content, nobody.findings, nobody.levels, advice, (), (), address)


def _faults(
    pack: LoadedPack, rules: Rules, made: Handout, language: str, case: Case | None
) -> Iterator[Fault]:
    sheet = translate(made, pack.catalogues[language], language, Site(), _NAME, _DAY)
    for name in FORMATS:
        blocks = _blocks(name, render(sheet, name, pack.figures).data.decode())
        for message, what in _wrong(sheet, _plain(" ".join(blocks))):
            yield Fault(language, name, message, what, case)
        for rule, sentence in _forbidden(sheet, blocks, rules) if name == "html" else ():
            yield Fault(language, name, rule, f'says "{sentence}"', case)
    if case:  # nobody reads the handout that says everything
        yield from _too_hard(sheet, rules, language, case)


def _wrong(sheet: Sheet, text: str) -> Iterator[tuple[str, str]]:
    """The message, and what is wrong with how it came out."""
    at = 0
    for section in sheet.sections:
        for line in section.lines:
            said = _plain(line.text)
            found = text.find(said, at)
            if found < 0:
                yield line.statement, "is not there, or not in its place"
                continue
            at = found + len(said)
    for left in _PLACEHOLDER.findall(text):
        yield "", f"{left} is not filled in"


def _forbidden(sheet: Sheet, blocks: list[str], rules: Rules) -> Iterator[tuple[str, str]]:
    """The rule, and the sentence of the page that breaks it."""
    words = rules_of(sheet.language, rules.words)
    said = {sentence for block in blocks for sentence in sentences(_plain(block))}
    for sentence in sorted(said):
        for rule in words.never:
            explained = (sheet.words.get(m, "") for m, p in words.explained if p == rule.written)
            is_explained = any(sentence in _plain(text) for text in explained)
            if not is_explained and encourages(rule, words, sentence):
                yield rule.rule, sentence


def _too_hard(sheet: Sheet, rules: Rules, language: str, case: Case) -> Iterator[Fault]:
    limits = rules.reading.get(language)
    if limits is None or not can_measure():
        return
    lines = (line.text for section in sheet.sections for line in section.lines)
    of = sum(map(size, lines), Size())
    got = Worst(language, "", of.words / of.sentences, of.syllables / of.words)
    if got.grade > limits.grade or got.words_a_sentence > limits.words_a_sentence:
        yield Fault(language, "text", "", str(got), case)


def _blocks(format_name: str, source: str) -> list[str]:
    """The words of a rendering: of a page by its paragraphs and items, of text as a whole."""
    if format_name != "html":
        return [_LIST_SIGNS.sub("", source)]
    reader = _Reader()
    reader.feed(source)
    return ["".join(block) for block in reader.found]


def _plain(text: str) -> str:
    return " ".join(text.split())


class _Reader(HTMLParser):
    """What a page says, by its blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = [[]]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.found.append([])

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in _HIDDEN

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found[-1].append(data)
