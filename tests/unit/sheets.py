"""Sheets in every language and layout, for tests of the formats."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from fhir_handout.languages import direction
from fhir_handout.model import Handout, Layout, Look, Notice, Sheet, Site, SiteLink
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.render import render
from fhir_handout.translate import translate
from unit.handouts import TODAY, handout, loaded

NAME = "Quillon Testperson"
SITE = Site(
    name="Bend Clinic",
    phone="555-0100",
    country="US",
    appointment=SiteLink("Friday at 10"),
    find_doctor=SiteLink("Our doctors", "https://clinic.example/doctors?a=1&b=2"),
    related_services=(SiteLink("Foot care", "https://clinic.example/feet"),),
    related_handouts=(SiteLink("Stretching"),),
    link=SiteLink("Portal", "https://clinic.example/portal"),
)
CASES = {
    "plain": handout(),
    "kidney failure": handout("kidney_failure.dialysis", "diuretic.loop"),
    "pregnancy": handout("pregnancy", "diabetes.type_1"),
    "child": handout(ages=(8, 8)),
}


def languages() -> tuple[str, ...]:
    """The languages that the pack has all words of."""
    return tuple(loaded().catalogues)


def right_to_left() -> tuple[str, ...]:
    """Those of them that run from right to left."""
    return tuple(name for name in languages() if direction(name) == "rtl")


def worded(
    made: Handout,
    language: str = SOURCE_LANGUAGE,
    layout: Layout = Layout.STANDARD,
    site: Site = SITE,
    name: str = NAME,
) -> Sheet:
    """A handout in words; in the bilingual layout beside English, which then stands beside itself.

    That is more than a program would print, and leaves no language without a pair.
    """

    def spoken(tag: str) -> Sheet:
        return translate(made, loaded().catalogues[tag], tag, site, name, TODAY)

    beside = spoken(SOURCE_LANGUAGE) if layout is Layout.BILINGUAL else None
    return replace(spoken(language), beside=beside)


@cache
def every_sheet() -> dict[tuple[str, str, str], Sheet]:
    """The cases in every language and layout, with a notice where it is not English."""
    return {
        (case, language, layout.value): replace(
            worded(made, language, layout),
            notices=() if language == SOURCE_LANGUAGE else tuple(_notices(language)),
        )
        for case, made in CASES.items()
        for language in languages()
        for layout in Layout
    }


def _notices(language: str) -> Iterator[Notice]:
    for tag in (language, SOURCE_LANGUAGE):
        words = loaded().catalogues[tag]["sheet-interpreter"].replace("{emergency_number}", "911")
        yield Notice(tag, direction(tag), words)


def rendered(sheet: Sheet, format_name: str, layout: str = "standard") -> str:
    """A sheet in a format."""
    return render(sheet, format_name, loaded().figures, Look(Layout(layout))).data.decode()
