"""From 320 pixels to 4K, and magnified four times: nothing is cut off, lost or out of sight."""

import pytest
from playwright.sync_api import Page

from browser.pages import LAYOUTS, OVERFLOWING, WORDS, html, several, show
from unit.sheets import languages


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages())
def test_320_pixels_are_enough(page: Page, language: str, layout: str) -> None:
    """As a phone has them, and a window of 1280 pixels that is magnified four times."""
    show(page, html(language, layout), width=1280)
    told = page.evaluate(WORDS)
    show(page, html(language, layout), width=320, height=256)
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(WORDS) == told


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages()[:3])
def test_300_letters_without_a_blank_break_no_page(page: Page, language: str, layout: str) -> None:
    for width in (320, 1280):
        show(page, html(language, layout, is_hard=True), width=width)
        assert page.evaluate(OVERFLOWING) == [], width


@pytest.mark.parametrize("layout", LAYOUTS)
def test_letters_four_times_as_large_break_no_page(page: Page, layout: str) -> None:
    show(page, html(languages()[-1], layout), width=1280)
    told = page.evaluate(WORDS)
    page.add_style_tag(content=":root { font-size: 400%; }")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(WORDS) == told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_blanks_between_letters_and_lines_as_readers_set_them_lose_nothing(
    page: Page, layout: str
) -> None:
    """WCAG 1.4.12, text spacing."""
    show(page, html("en", layout), width=320)
    told = page.evaluate(WORDS)
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
        " word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }"
    )
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(WORDS) == told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_on_a_4k_screen_lines_stay_short_enough_to_read(page: Page, layout: str) -> None:
    show(page, html("en", layout), width=3840, height=2160)
    assert page.evaluate(OVERFLOWING) == []
    box = page.locator("main").bounding_box()
    assert box
    letters = box["width"] / page.evaluate(
        "() => parseFloat(getComputedStyle(document.querySelector('main')).fontSize)"
    )
    assert letters <= (70 if layout == "bilingual" else 46)
    assert abs(box["x"] - (3840 - box["x"] - box["width"])) <= 1


def test_a_page_of_all_languages_fits_too(page: Page) -> None:
    for width in (320, 3840):
        for is_hard in (False, True):
            show(page, several(is_hard=is_hard), width=width)
            assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("width", [320, 479, 481, 1280])
def test_the_two_languages_stand_side_by_side_where_there_is_room(page: Page, width: int) -> None:
    for language in languages():
        if language == "en":
            continue
        show(page, html(language, "bilingual"), width=width)
        own, english = (
            page.locator("section.first li .pair > p").nth(at).bounding_box() for at in (0, 1)
        )
        assert own
        assert english
        if width < 480:
            assert own["y"] + own["height"] <= english["y"]
        elif page.locator("html").get_attribute("dir") == "rtl":
            assert english["x"] + english["width"] <= own["x"]
        else:
            assert own["x"] + own["width"] <= english["x"]
