"""Which language a handout is in.

In: the language that was asked for, those the patient speaks, the pack's catalogues, and which
languages the site approved. Out: a `Choice`. A patient's language is only chosen unasked where the
site approved its words; else the sheet is in the source language, and asks for an interpreter in
the patient's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


_WRITTEN_AS = {"prs": "fa-af", "yue": "zh-hant", "nan": "zh-hant"}
"""Languages that are read as another one is written: Dari as Persian, Cantonese as Chinese."""

IN_SOURCE = Choice(SOURCE_LANGUAGE, Because.NOTHING_KNOWN)
"""The choice where nothing is known of the patient's languages."""


def choose(
    asked: str | None,
    spoken: Iterable[str],
    catalogues: Catalogues,
    is_approved: Callable[[str], bool],
) -> Choice:
    """The language of a handout: the one asked for, else the first that may be used unasked."""
    wanted = Wanted(catalogues, is_approved)
    return wanted.asked(asked) if asked else wanted.unasked(tuple(spoken))


class Wanted:
    """Looks for catalogues of languages."""

    def __init__(self, catalogues: Catalogues, is_approved: Callable[[str], bool]) -> None:
        self.catalogues = catalogues
        self.is_approved = is_approved

    def asked(self, tag: str) -> Choice:
        found = match(tag, self.catalogues.languages)
        lacking = self._lacking(found)
        if lacking:
            return Choice(SOURCE_LANGUAGE, lacking, found or tag)
        return Choice(found or "", Because.ASKED, is_approved=self._stands_alone(found or ""))

    def unasked(self, spoken: tuple[str, ...]) -> Choice:
        if not spoken:
            return Choice(SOURCE_LANGUAGE, Because.NOTHING_KNOWN)
        matches = [match(tag, self.catalogues.languages) for tag in spoken]
        first = matches[0]
        for found in matches:
            if found and self._stands_alone(found) and not self._lacking(found):
                other = "" if found == first else first or spoken[0]
                return Choice(found, Because.SPOKEN, other)
        return Choice(
            SOURCE_LANGUAGE, self._lacking(first) or Because.UNAPPROVED, first or spoken[0]
        )

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
    plain = tag.strip().replace("_", "-").lower()
    plain = _WRITTEN_AS.get(plain, plain)
    if plain in there:
        return there[plain]
    if plain.partition("-")[0] == SOURCE_LANGUAGE:
        return there.get(SOURCE_LANGUAGE)
    if cldr(plain) is None:
        names = {known: called for called in there.values() for known in _names(called)}
        return names.get(plain)
    written = likely_script(plain)
    return next((name for name in there.values() if likely_script(name) == written), None)


def _names(language: str) -> tuple[str, str]:
    """What it is called in English and by its speakers, in small letters."""
    return (
        language_name_in(language, SOURCE_LANGUAGE).lower(),
        language_name(language).lower(),
    )
