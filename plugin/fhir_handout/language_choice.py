"""Which language a handout is in.

In: the language that was asked for, those the patient speaks, the pack's catalogues, and which
languages the site approved. Out: a `Choice`. A patient's language is only chosen unasked where the
site approved its words; else the sheet is in the source language, and asks for an interpreter in
the patient's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fhir_handout.catalogues import Catalogues
from fhir_handout.languages import cldr, language_name, language_name_in, likely_script
from fhir_handout.pack_words import SOURCE_LANGUAGE


class Because(StrEnum):
    """Why a sheet is in its language."""

    ASKED = "it was asked for"
    SPOKEN = "the patient speaks it"
    NOTHING_KNOWN = "no language of the patient is recorded"
    NOT_THERE = "there are no words in the other language"
    INCOMPLETE = "the other language's catalogue is not complete"
    UNAPPROVED = "the site has not approved the other language"


@dataclass(frozen=True, slots=True)
class Choice:
    """The language of a sheet; `other` is the one that was wanted and is not had, else empty.

    `is_approved` says whether it can stand alone: the source language can, any other where the site
    approved its words.
    """

    language: str
    because: Because
    other: str = ""
    is_approved: bool = True


_WRITTEN_AS = {
    "prs": "fa-af",
    "yue": "zh-hant",
    "nan": "zh-hant",
    "cantonese": "zh-hant",
    "mandarin": "zh-hans",
    "farsi": "fa",
    "dari": "fa",
    "tagalog": "tl",
}
"""Languages that are read as another one is written, and names that CLDR has not."""

IN_SOURCE = Choice(SOURCE_LANGUAGE, Because.NOTHING_KNOWN)
"""The choice where nothing is known of the patient's languages."""


def choose(
    asked: str | None,
    spoken: Iterable[str],
    catalogues: Catalogues,
    is_approved: Callable[[str], bool],
) -> Choice:
    """The language of a handout: the one asked for, else the first that may be used unasked."""
    wanted = Wanted(catalogues, is_approved, tuple(spoken))
    return wanted.asked(asked) if asked else wanted.unasked()


class Wanted:
    """Looks for catalogues of the languages that somebody speaks."""

    def __init__(
        self,
        catalogues: Catalogues,
        is_approved: Callable[[str], bool],
        spoken: tuple[str, ...] = (),
    ) -> None:
        self.catalogues = catalogues
        self.is_approved = is_approved
        self.spoken = spoken
        self.matches = [match(tag, catalogues.languages) for tag in spoken]

    def asked(self, tag: str) -> Choice:
        """The language asked for; where it is not to be had, the patient's."""
        found = match(tag, self.catalogues.languages)
        lacking = self._lacking(found)
        if found is None or lacking:
            if self.spoken:
                return self.unasked()
            return Choice(SOURCE_LANGUAGE, lacking or Because.NOT_THERE, found or tag)
        approved = self._stands_alone(found)
        return Choice(found, Because.ASKED, self.other_than(found), approved)

    def other_than(self, *languages: str) -> str:
        """The language of somebody who speaks none of these; empty where that is not known.

        The source is none to call an interpreter for: whoever hands the sheet over speaks it.
        """
        if any(found in (*languages, SOURCE_LANGUAGE) for found in self.matches):
            return ""
        return (self.matches[0] or self.spoken[0]) if self.spoken else ""

    def unasked(self) -> Choice:
        """The first of the patient's languages that the site approved, else the source."""
        if not self.spoken:
            return Choice(SOURCE_LANGUAGE, Because.NOTHING_KNOWN)
        first, preferred = self.matches[0], self.matches[0] or self.spoken[0]
        for found in self.matches:
            if found and self._stands_alone(found) and not self._lacking(found):
                return Choice(found, Because.SPOKEN, "" if found == first else preferred)
        return Choice(SOURCE_LANGUAGE, self._lacking(first) or Because.UNAPPROVED, preferred)

    def _lacking(self, language: str | None) -> Because | None:
        if language is None:
            return Because.NOT_THERE
        return None if language in self.catalogues else Because.INCOMPLETE

    def _stands_alone(self, language: str) -> bool:
        return language == SOURCE_LANGUAGE or self.is_approved(language)


def match(tag: str, languages: Iterable[str]) -> str | None:
    """The language of these that a tag means: itself, else one of its language and script.

    `zh-TW` is `zh-Hant`, `es-MX` is `es`, `spa` is `es`, and so is "Spanish"; a script that is not
    there is no match.
    """
    there = {language.lower(): language for language in languages}
    plain = re.split("[;(]", tag)[0].strip().replace("_", "-").lower()
    plain = _WRITTEN_AS.get(plain, plain)
    if plain in there:
        return there[plain]
    if plain.partition("-")[0] == SOURCE_LANGUAGE:
        return there.get(SOURCE_LANGUAGE)
    if cldr(plain) is None or " " in plain or plain.startswith("und"):
        called = ((name, known) for name in there.values() for known in _names(name))
        return next((name for name, known in called if known == plain), None)
    written = likely_script(plain)
    return next((name for name in there.values() if likely_script(name) == written), None)


def _names(language: str) -> Iterator[str]:
    """What it is called in English and by its speakers, in small letters; in short as well."""
    for tag in (language, language.partition("-")[0]):
        yield language_name_in(tag, SOURCE_LANGUAGE).lower()
        yield language_name(tag).lower()
