"""How languages write days, count, and are called: as CLDR has it."""

from datetime import date, timedelta

import pytest
from babel.dates import format_date

from fhir_handout.languages import (
    direction,
    language_name,
    language_name_in,
    likely_script,
    plural_form,
    printed_day,
)
from unit.handouts import loaded

LANGUAGES = loaded().catalogues.languages


def test_english_days_are_as_cldr_has_them() -> None:
    """They are written here without it, to start faster."""
    for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
        assert printed_day(day, "en") == format_date(day, "long", locale="en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_has_its_year_and_its_number_in_western_digits(language: str) -> None:
    for month in range(1, 13):
        said = printed_day(date(2026, month, 23), language)
        assert "2026" in said
        assert "23" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_name_of_its_own_and_an_english_one(language: str) -> None:
    assert language_name(language)
    assert language_name_in(language, "en")
    assert language_name(language)[0] == language_name(language)[0].upper()


def test_an_unknown_language_has_no_name_and_breaks_nothing() -> None:
    for tag in ("xx", "", "not a tag", "x-private", "en-"):
        assert isinstance(language_name(tag), str)
        assert printed_day(date(2026, 1, 3), tag)
    assert language_name_in("xx", "en") == ""
    assert likely_script("xx") == ("xx", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_right_to_left_are_the_languages_whose_script_is(language: str) -> None:
    from babel import Locale

    name = "fil" if language == "tl" else language
    assert direction(language) == Locale.parse(name, sep="-").text_direction


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_lines_has_a_form(language: str) -> None:
    words = loaded().catalogues[language]
    for count in range(1, 31):
        form = plural_form(count, words.get("plural-forms", ""))
        assert f"section-top[{form}]" in words or language in (
            "ja",
            "ko",
            "vi",
            "zh-Hans",
            "zh-Hant",
        )
