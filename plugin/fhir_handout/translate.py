"""Step 4 of the pipeline: the words of a handout.

In: a `Handout`, a catalogue (message id to words; `id@address` has those for somebody else than the
patient), the site, the patient's printed name. Out: a `Sheet` with every word a layout needs. A
message that is missing is an error, never a blank: a sheet is all in one language or not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from fhir_handout.errors import BadContent
from fhir_handout.model import Advice, Handout, Line, Section, Sheet, Site
from fhir_handout.pack_content import CONTEXT

_NUMBER = "{emergency_number}"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "ur", "yi"})
# Verified for these alone; any other country gets words instead of a guessed number.
_EMERGENCY_NUMBERS = {"911": ("US", "CA", "MX", "PH"), "999": ("GB",)}
_EU = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)


def translate(
    handout: Handout,
    catalogue: Mapping[str, str],
    language: str,
    site: Site,
    patient_name: str,
    today: date,
) -> Sheet:
    """The sheet in `language`; `BadContent` where the catalogue lacks one of its messages."""
    spoken = addressed(catalogue, handout.address)
    number = emergency_number(site) or _message(spoken, "emergency-number-unknown")
    words = {
        name: text.replace(_NUMBER, number) if _NUMBER in text else text
        for name, text in spoken.items()
    }
    sections = (_section(name, handout.advice, words) for name in handout.pack.sections)
    return Sheet(
        pack=handout.pack.id,
        version=handout.pack.version,
        hash=handout.pack.hashes.get(language, handout.pack.digest),
        language=language,
        direction=direction(language),
        title=_message(words, "sheet-title"),
        patient_name=patient_name,
        date=_printed(today, language),
        sections=tuple(section for section in sections if section.lines),
        words=words,
        site=site,
        emergency_section=handout.pack.emergency_section,
        figure=handout.pack.figure,
    )


def addressed(catalogue: Mapping[str, str], address: str) -> dict[str, str]:
    """The words for whoever is spoken to: those of the context `address`, written `id@address`."""
    plain = {name: text for name, text in catalogue.items() if CONTEXT not in name}
    ending = f"{CONTEXT}{address}"
    own = {n.removesuffix(ending): t for n, t in catalogue.items() if n.endswith(ending)}
    return {**plain, **own} if address else plain


def emergency_number(site: Site) -> str:
    """The number the site set, else that of its country where verified, else nothing."""
    if site.emergency_number:
        return site.emergency_number
    wanted = site.country.strip().upper()
    if wanted in _EU:
        return "112"
    return next((n for n, countries in _EMERGENCY_NUMBERS.items() if wanted in countries), "")


def _printed(day: date, language: str) -> str:
    return f"{day:%B} {day.day}, {day.year}" if language == "en" else day.isoformat()


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Which way the script of a language tag runs."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def _section(name: str, advice: tuple[Advice, ...], words: Mapping[str, str]) -> Section:
    lines = tuple(
        Line(item.statement, item.kind, _message(words, item.statement))
        for item in advice
        if item.section == name
    )
    return Section(name, _message(words, f"section-{name}"), lines)


def _message(words: Mapping[str, str], name: str) -> str:
    try:
        return words[name]
    except KeyError:
        raise BadContent(
            "missing-words", f"the catalogue has no words for {name}; add them to the locale file"
        ) from None
