"""From statement ids to words: complete, in order, with the right number, or not at all."""

from dataclasses import replace
from datetime import date

import pytest

from fhir_handout.errors import BadContent
from fhir_handout.languages import direction
from fhir_handout.model import Site
from fhir_handout.translate import emergency_number, translate
from unit.handouts import TODAY, handout, loaded, sheet

ENGLISH = loaded().catalogues["en"]
EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        *((country, "911") for country in ("US", "CA", "MX", "PH", "us", " US ")),
        *((country, "112") for country in EU),
        ("GB", "999"),
        *((country, "") for country in ("", "AU", "NZ", "IN", "CH", "NO", "JP", "BR", "XX", "USA")),
    ],
)
def test_emergency_number_of_a_country(country: str, expected: str) -> None:
    assert emergency_number(Site(country=country)) == expected


def test_the_sites_own_emergency_number_comes_first() -> None:
    assert emergency_number(Site(country="US", emergency_number="77")) == "77"
    assert emergency_number(Site(emergency_number="77")) == "77"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "ltr"),
        ("es", "ltr"),
        ("zh-Hans", "ltr"),
        ("ar", "rtl"),
        ("AR-EG", "rtl"),
        ("fa", "rtl"),
        ("he", "rtl"),
        ("ps", "rtl"),
        ("ur", "rtl"),
        ("yi", "rtl"),
        ("arn", "ltr"),  # Mapudungun, not Arabic
    ],
)
def test_direction(language: str, expected: str) -> None:
    assert direction(language) == expected


@pytest.mark.parametrize(
    ("language", "day", "expected"),
    [
        ("en", date(2026, 11, 23), "November 23, 2026"),
        ("en", date(2026, 1, 3), "January 3, 2026"),
        ("es", date(2026, 1, 3), "3 de enero de 2026"),
        ("zh-Hant", date(2026, 1, 3), "2026年1月3日"),
        ("ar", date(2026, 1, 3), "3 يناير 2026"),
        ("tl", date(2026, 1, 3), "Enero 3, 2026"),
        ("ht", date(2026, 1, 3), "2026-01-03"),  # CLDR has no names of its months
        ("xx", date(2026, 1, 3), "2026-01-03"),
    ],
)
def test_the_date_is_printed(language: str, day: date, expected: str) -> None:
    assert translate(handout(), ENGLISH, language, Site(), "", day).date == expected


def test_sections_stand_in_the_order_of_the_pack_and_only_those_that_say_something() -> None:
    bare = [section.id for section in sheet(handout()).sections]
    told = [section.id for section in sheet(handout("pregnancy")).sections]
    assert told == list(loaded().content.sections)
    assert bare == [name for name in told if name != "for-you"]


def test_each_line_has_the_words_of_its_statement() -> None:
    made = handout("heart_failure")
    lines = [line for section in sheet(made).sections for line in section.lines]
    assert {line.statement for line in lines} == {a.statement for a in made.advice}
    assert all(line.text == ENGLISH[line.statement] for line in lines)
    assert {line.statement: line.kind for line in lines} == {
        a.statement: a.kind for a in made.advice
    }


def test_a_sheet_carries_what_a_layout_needs() -> None:
    site = Site(name="Clinic", country="US")
    made = translate(handout(), ENGLISH, "ar", site, "Quillon", TODAY)
    assert (made.pack, made.version) == ("muscle_cramps", loaded().content.version)
    assert sheet(handout()).hash == loaded().approval_hash("en")
    assert (made.language, made.direction) == ("ar", "rtl")
    assert (made.title, made.patient_name, made.site) == (ENGLISH["sheet-title"], "Quillon", site)
    assert "911" in made.words["section-emergency-lead"]


def test_without_a_number_the_catalogue_says_what_to_call() -> None:
    lead = sheet(handout()).words["section-emergency-lead"]
    assert lead == "Call your local emergency number right away for any of these:"


@pytest.mark.parametrize("missing", ["heat", "sheet-title", "section-first"])
def test_a_missing_message_is_an_error_and_never_a_blank(missing: str) -> None:
    some = {name: text for name, text in ENGLISH.items() if name != missing}
    with pytest.raises(BadContent, match=f"no words for {missing}") as caught:
        translate(handout(), some, "en", Site(), "", TODAY)
    assert caught.value.code == "missing-words"


def test_words_for_an_unknown_number_are_needed_only_where_it_is_unknown() -> None:
    some = {n: text for n, text in ENGLISH.items() if n != "emergency-number-unknown"}
    translate(handout(), some, "en", Site(country="US"), "", TODAY)
    with pytest.raises(BadContent, match="emergency-number-unknown"):
        translate(handout(), some, "en", Site(), "", TODAY)


def test_what_is_not_said_needs_no_words() -> None:
    some = {name: text for name, text in ENGLISH.items() if name != "why-pregnancy"}
    translate(handout(), some, "en", Site(), "", TODAY)
    with pytest.raises(BadContent):
        translate(handout("pregnancy"), some, "en", Site(), "", TODAY)


def test_words_keep_the_section_of_their_statement() -> None:
    made = handout()
    moved = replace(made, advice=tuple(replace(a, section="about") for a in made.advice[:1]))
    assert [section.id for section in sheet(moved).sections] == ["about"]
