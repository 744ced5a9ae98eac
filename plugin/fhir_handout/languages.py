"""What differs from language to language, whatever is said: dates, plural forms, names, direction.

In: a BCP 47 language tag. Out: how that language writes a day or counts, which way it runs, what it
is called. Source: Unicode CLDR, by Babel; it is imported only for what is not English.
"""

from __future__ import annotations

import gettext
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from fhir_handout.model import Direction

if TYPE_CHECKING:
    from babel import Locale

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur", "yi"})
_ONE_OR_OTHER = "nplurals=2; plural=(n != 1);"
_CLDR_NAMES = {"tl": "fil"}
"""Tags that CLDR has under another one: Tagalog is written as Filipino."""


def direction(language: str) -> Direction:
    """Which way the script of a language runs."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


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
    return (locale.get_display_name(told) or "") if locale and told else ""


def plural_form(count: int, plural_forms: str = "") -> int:
    """Which form of a message goes with a number, by a catalogue's gettext header Plural-Forms."""
    form: int = _plural(plural_forms or _ONE_OR_OTHER)(count)
    return form


def number_of_forms(plural_forms: str) -> int:
    """How many forms a message has, by the same header."""
    return int(plural_forms.partition("nplurals=")[2].partition(";")[0])


@cache
def cldr(language: str) -> Locale | None:
    """What CLDR knows of a language."""
    from babel import Locale, UnknownLocaleError

    primary, mark, rest = language.partition("-")
    try:
        return Locale.parse(_CLDR_NAMES.get(primary, primary) + mark + rest, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _plural(plural_forms: str):  # type: ignore[no-untyped-def]
    return gettext.c2py(plural_forms.partition("plural=")[2].rstrip("; "))
