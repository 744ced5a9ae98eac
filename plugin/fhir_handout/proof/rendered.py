"""Whether what a pack says is what a reader gets: every statement, and whole handouts, rendered.

In: a loaded pack and its rules. Out: what is wrong with any of them. Every statement is laid out in
every language, to every address, as HTML and text; whole handouts are made for people who together
have every two things, in the source language and in those that have limits of reading. The text
that comes out is read again: each line there once and in order, no placeholder left, no words that
no sentence may have, nothing that only the clinician is to know, no handout too hard to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fhir_handout.catalogues import file_of
from fhir_handout.model import Advice, Handout, Sheet, Site
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.proof.covering import covering
from fhir_handout.proof.pages import Page, page, plain
from fhir_handout.proof.reading import Difficulty, can_measure, frame
from fhir_handout.proof.space import Case, Space
from fhir_handout.proof.words import encourages, rules_of, sentences
from fhir_handout.render import render
from fhir_handout.rules_model import Rules, for_language
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

_DAY = date(2000, 1, 1)
_NAME = "Quillon Testperson"
_READ = ("html", "text")
"""The formats that are read again; the others draw the same blocks in the same order."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")

Wrong = Iterator[tuple[str, str]]
"""Messages, and what is wrong with how each came out; no message where it is none's fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a rendering: by which item of which file, and whose it is."""

    file: str
    item: str
    what: str
    case: Case | None = None

    @property
    def cost(self) -> int:
        """What orders faults from plain to particular."""
        return self.case.cost if self.case else 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """How many renderings were read, and what is wrong with them, each thing once."""

    statements: int
    handouts: int
    faults: tuple[Fault, ...]


def rendered(pack: LoadedPack, rules: Rules, space: Space) -> Rendered:
    """Render everything that a pack can say, and read it again."""
    single = [(made, None) for made in _every_statement(pack)]
    whole = [(tailor(case.findings(pack.content), pack.content), case) for case in covering(space)]
    found: dict[tuple[str, str, str], Fault] = {}
    measured = [name for name in pack.catalogues if _is_read_whole(name, rules)]
    for language in pack.catalogues:
        for made, case in (*single, *(whole if language in measured else ())):
            for fault in _faults(pack, rules, made, language, case):
                key = (fault.file, fault.item, fault.what)
                found[key] = min(found.get(key, fault), fault, key=lambda each: each.cost)
    statements = len(pack.content.statements) * len(single) * len(pack.catalogues)
    handouts = len(whole) * len(measured)
    return Rendered(statements * len(_READ), handouts * len(_READ), tuple(found.values()))


def _is_read_whole(language: str, rules: Rules) -> bool:
    """Whether whole handouts tell more than each statement by itself: how hard they are to read."""
    return language == SOURCE_LANGUAGE or for_language(language, rules.reading) is not None


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
    file = file_of(language)
    for name in _READ:
        read = page(name, render(sheet, name, pack.figures).data.decode())
        for message, what in _wrong(sheet, read):
            yield Fault(file, message, f"{name}: {what}", case)
        for message, what in _forbidden(sheet, read, rules) if name == "html" else ():
            yield Fault(file, message, f"{name}: {what}", case)
        for alert in _told(pack, read):
            yield Fault("alerts.yaml", alert, f"{name}: is on the sheet", case)
    if case and _is_too_hard(sheet, rules):  # nobody reads the handout that says everything
        yield Fault(file, "", "a whole handout is harder to read than rules.yaml allows", case)


def _wrong(sheet: Sheet, read: Page) -> Wrong:
    pieces = list(_pieces(sheet))
    yield from _misplaced(pieces, read.text)
    yield from _repeated(sheet, pieces, read.text)
    for block in read.everything:
        for left in _PLACEHOLDER.findall(block):
            yield _message(left, block, sheet), f"{left} is not filled in"


def _pieces(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """What has to follow on each other, by its message: headings, their leads, and lines."""
    for section in sheet.sections:
        lead = f"section-{section.id}-lead"
        yield f"section-{section.id}", plain(section.heading)
        if lead in sheet.words:
            yield lead, plain(sheet.words[lead])
        yield from ((line.statement, plain(line.text)) for line in section.lines)


def _misplaced(pieces: list[tuple[str, str]], text: str) -> Wrong:
    """What does not stand right after what is before it, from the first heading on."""
    at = max(0, text.find(plain(" ".join(said for _, said in pieces[:2]))))
    for number, (message, said) in enumerate(pieces):
        found = text.find(said, at)
        if found < 0:
            yield message, "is not there, or not in its place"
            continue
        if number and text[at:found].strip():
            yield message, "does not follow what stands before it"
        at = found + len(said)


def _repeated(sheet: Sheet, pieces: list[tuple[str, str]], text: str) -> Wrong:
    around = [text for name, text in sheet.words.items() if name.startswith("sheet-")]
    whole = plain(" ".join((*around, *(said for _, said in pieces))))
    for message, said in pieces:
        if message in _statements(sheet) and text.count(said) > whole.count(said):
            yield message, "is there more than once"


def _statements(sheet: Sheet) -> frozenset[str]:
    return frozenset(line.statement for section in sheet.sections for line in section.lines)


def _forbidden(sheet: Sheet, read: Page, rules: Rules) -> Wrong:
    """Every sentence of the page that breaks a rule."""
    words = rules_of(sheet.language, rules.words)
    said = ((sentence, block) for block in read.everything for sentence in sentences(block))
    for sentence, block in dict.fromkeys(said):
        for rule in words.never:
            explained = (sheet.words.get(m, "") for m, p in words.explained if p == rule.written)
            is_explained = any(sentence in plain(text) for text in explained)
            if not is_explained and encourages(rule, words, sentence):
                yield _message(sentence, block, sheet), f'{rule.rule}: says "{sentence}"'


def _told(pack: LoadedPack, read: Page) -> Iterator[str]:
    """The alerts whose text is on the page."""
    everything = " ".join(read.everything)
    return (each.id for each in pack.content.alerts if plain(each.text) in everything)


def _message(part: str, block: str, sheet: Sheet) -> str:
    """The message in this block that has it in its words; none where no single one has."""
    said = ((name, plain(text)) for name, text in sheet.words.items())
    return next((name for name, text in said if part in text and text in block), "")


def _is_too_hard(sheet: Sheet, rules: Rules) -> bool:
    limits = for_language(sheet.language, rules.reading)
    if limits is None or not can_measure():
        return False
    lines = (line.text for section in sheet.sections for line in section.lines)
    around = frame(sheet.words, (section.id for section in sheet.sections))
    return Difficulty.of((*around, *lines)).exceeds(limits)
