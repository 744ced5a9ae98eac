"""Step 4 of the pipeline: the words of a handout.

In: a `Handout`, a catalogue (message id to words; `id@address` has those for somebody else than the
patient), the site, the patient's printed name. Out: a `Sheet` with every word a layout needs. A
message that is missing is an error, never a blank: a sheet is all in one language or not made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from fhir_handout.errors import BadContent
from fhir_handout.languages import direction, plural_form, printed_day
from fhir_handout.model import Handout, Line, Section, Sheet, Site
from fhir_handout.names import plain
from fhir_handout.pack_content import CONTEXT
from fhir_handout.pack_model import Figure
from fhir_handout.pack_words import PLURAL_FORMS, counted_form

ISOLATE, END_ISOLATE = "\u2068", "\u2069"
"""Around what stands in a right-to-left text and has a direction of its own (Unicode UAX 9)."""

_NUMBER = "{emergency_number}"
NUMBER_UNKNOWN = "emergency-number-unknown"
_COUNT = "{count}"
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
    plurals = spoken.pop(PLURAL_FORMS, "")
    number = _number(spoken, language, site)
    words = {
        name: text.replace(_NUMBER, number) if _NUMBER in text else text
        for name, text in spoken.items()
    }
    lines = _lines(handout, words)
    sections = [
        Section(name, _counted(words, f"section-{name}", len(lines[name]), plurals), lines[name])
        for name in handout.pack.sections
    ]
    words |= {f"section-{section.id}": section.heading for section in sections}
    return Sheet(
        pack=handout.pack.id,
        version=handout.pack.version,
        hash=handout.pack.hashes.get(language, handout.pack.digest),
        language=language,
        direction=direction(language),
        title=_message(words, "sheet-title"),
        patient_name=patient_name,
        date=printed_day(today, language),
        sections=tuple(section for section in sections if section.lines),
        words=words,
        site=site,
        emergency_section=handout.pack.emergency_section,
        figures=tuple(_figures(handout)),
    )


def addressed(catalogue: Mapping[str, str], address: str) -> dict[str, str]:
    """The words for whoever is spoken to: those of the context `address`, written `id@address`."""
    plain = {name: text for name, text in catalogue.items() if CONTEXT not in name}
    if not address:
        return plain
    ending = f"{CONTEXT}{address}"
    own = {n.removesuffix(ending): t for n, t in catalogue.items() if n.endswith(ending)}
    return {**plain, **own}


def emergency_number(site: Site) -> str:
    """The number the site set, else that of its country where verified, else nothing."""
    own = plain(site.emergency_number)
    if own:
        return own
    wanted = site.country.strip().upper()
    if wanted in _EU:
        return "112"
    return next((n for n, countries in _EMERGENCY_NUMBERS.items() if wanted in countries), "")


def with_number(words: Mapping[str, str], name: str, language: str, site: Site) -> str:
    """One message with the emergency number in it."""
    return words[name].replace(_NUMBER, _number(words, language, site))


def _number(words: Mapping[str, str], language: str, site: Site) -> str:
    """The emergency number, or what the language says where nobody knows it."""
    return _isolated(emergency_number(site), language) or _message(words, NUMBER_UNKNOWN)


def _isolated(number: str, language: str) -> str:
    """A number as it stands among words that run the other way."""
    is_needed = number and direction(language) == "rtl"
    return f"{ISOLATE}{number}{END_ISOLATE}" if is_needed else number


def _figures(handout: Handout) -> Iterator[Figure]:
    """The drawings of what is said; none that shows what this patient is not told to do."""
    told = {advice.statement for advice in handout.advice}
    for figure in handout.pack.figures:
        if figure.shown_with is None or figure.shown_with in told:
            yield figure


def _lines(handout: Handout, words: Mapping[str, str]) -> dict[str, tuple[Line, ...]]:
    """What is said, by section."""
    signs = {each.id: each.sign for each in handout.pack.statements if each.sign}
    found: dict[str, list[Line]] = {name: [] for name in handout.pack.sections}
    for said in handout.advice:
        text = _message(words, said.statement)
        line = Line(said.statement, said.kind, text, signs.get(said.statement, ""))
        found[said.section].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def _counted(words: Mapping[str, str], name: str, count: int, plurals: str) -> str:
    """A message in the form that goes with a number, where it has forms."""
    form = words.get(counted_form(name, plural_form(count, plurals)))
    return (form or _message(words, name)).replace(_COUNT, str(count))


def _message(words: Mapping[str, str], name: str) -> str:
    try:
        return words[name]
    except KeyError:
        raise BadContent(
            "missing-words", f"the catalogue has no words for {name}; add them to the locale file"
        ) from None
