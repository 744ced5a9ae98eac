"""What differs from language to language, whatever is said: dates, plural forms, names, direction.

In: a BCP 47 language tag. Out: how that language writes a day or counts, which way it runs, what it
is called. Source: Unicode CLDR, by Babel; it is imported only for what is not English.
"""

from __future__ import annotations

import gettext
import unicodedata
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from fhir_handout.model import Direction

if TYPE_CHECKING:
    from babel import Locale

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset("Adlm Arab Hebr Mand Nkoo Rohg Samr Syrc Thaa".split())
_ONE_OR_OTHER = "nplurals=2; plural=(n != 1);"


def direction(language: str) -> Direction:
    """Which way the script of a language runs."""
    if language == "en":  # most sheets need nothing of CLDR
        return "ltr"
    if language.partition("-")[0].lower() in _RIGHT_TO_LEFT:
        return "rtl"
    return "rtl" if likely_script(language)[1] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"


def own_direction(text: str, around: Direction) -> Direction:
    """The direction of a text: that of its first letter that has one."""
    for character in text:
        found = unicodedata.bidirectional(character)
        if found in ("R", "AL"):
            return "rtl"
        if found == "L":
            return "ltr"
    return "ltr" if any(character.isdigit() for character in text) else around


def printed_day(day: date, language: str) -> str:
    """A day in words; as ISO 8601 where the language's months are not known."""
    if language == "en":  # as CLDR has it, and most sheets need no more
        return f"{day:%B} {day.day}, {day.year}"
    locale = cldr(language)
    if locale is None or locale.months["format"]["wide"][day.month][1:].isdigit():
        return day.isoformat()
    from babel.dates import format_date

    return format_date(day, "long", locale=locale)


def language_name(language: str) -> str:
    """What speakers of a language call it; empty where that is not known."""
    locale = cldr(language)
    name = locale.get_display_name() if locale else None
    return name[:1].upper() + name[1:] if name else ""


def language_name_in(language: str, other: str) -> str:
    """What a language is called in another one; empty where that is not known."""
    locale, told = cldr(language), cldr(other)
    if not (locale and told):
        return str(told.languages.get(language.partition("-")[0].lower(), "")) if told else ""
    return locale.get_display_name(told) or ""


def plural_form(count: int, plural_forms: str = "") -> int:
    """Which form of a message goes with a number, by a catalogue's gettext header Plural-Forms."""
    form: int = _plural(plural_forms or _ONE_OR_OTHER)(count)
    return form


def plural_forms_of(language: str) -> str:
    """The gettext header Plural-Forms of a language, as CLDR counts."""
    from babel.messages.plurals import get_plural

    locale = cldr(language)
    return str(get_plural(locale).plural_forms) if locale else _ONE_OR_OTHER


def number_of_forms(plural_forms: str) -> int:
    """How many forms a message has, by the same header."""
    return int(plural_forms.partition("nplurals=")[2].partition(";")[0])


@cache
def cldr(language: str) -> Locale | None:
    """What CLDR knows of a language, or of the one whose tag is left when its end is taken off.

    Source: RFC 4647, lookup.
    """
    from babel import Locale, UnknownLocaleError

    parts = _known_parts(language)
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError, TypeError):
            parts.pop()
    return None


def _known_parts(language: str) -> list[str]:
    """The parts of a tag up to an extension, the language in CLDR's name for it."""
    from babel.core import get_global

    primary, *rest = language.split("-")
    name = str(get_global("language_aliases").get(primary.lower()) or primary.lower())
    extension = next((at for at, part in enumerate(rest) if len(part) == 1), len(rest))
    return [*name.split("_"), *rest[:extension]] if primary else []


@cache
def _plural(plural_forms: str):  # type: ignore[no-untyped-def]
    return gettext.c2py(plural_forms.partition("plural=")[2].rstrip("; "))


def likely_script(language: str) -> tuple[str, str]:
    """A language and the script that it says, or is most likely written in."""
    locale = cldr(language)
    if locale is None:
        return language, ""
    from babel.core import get_global

    parts = _known_parts(language)[1:]
    said = next((part.title() for part in parts if len(part) == 4 and part.isalpha()), "")
    likely = get_global("likely_subtags")
    name, place = locale.language, f"{locale.language}_{locale.territory}"
    whole = likely.get(place) or likely.get(name) or ""
    usual = locale.script or (whole.split("_")[1] if whole.count("_") == 2 else "")
    return name, said or usual
