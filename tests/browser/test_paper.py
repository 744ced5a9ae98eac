"""Printed: all that the screen shows, in black on white, and nothing told by colour alone."""

import re

import pytest
from playwright.sync_api import Page

from browser.pages import LAYOUTS, WORDS, html, several, show
from unit.sheets import languages

COLOURS = """() => [...new Set([...document.querySelectorAll("body, body *")].flatMap(element => {
    const style = getComputedStyle(element);
    const edges = ["Top", "Right", "Bottom", "Left"].filter(
        side => parseFloat(style[`border${side}Width`]) > 0);
    return [style.color, ...edges.map(side => style[`border${side}Color`]),
        ...(style.backgroundColor === "rgba(0, 0, 0, 0)" ? [] : [style.backgroundColor])];
}))]"""
BLACK_AND_WHITE = {"rgb(0, 0, 0)", "rgb(255, 255, 255)"}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_has_all_that_the_screen_has_in_black_on_white(
    page: Page, layout: str, scheme: str
) -> None:
    page.emulate_media(media="screen", color_scheme=scheme)  # type: ignore[arg-type]
    for language in (languages()[0], languages()[1]):
        show(page, html(language, layout))
        told = page.evaluate(WORDS)
        page.emulate_media(media="print")
        assert page.evaluate(WORDS) == told
        assert set(page.evaluate(COLOURS)) <= BLACK_AND_WHITE
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        page.emulate_media(media="screen")
    page.emulate_media(media="screen", color_scheme="light")


def test_only_paper_has_the_code_of_the_sites_link(page: Page) -> None:
    show(page, html())
    assert not page.locator(".code").is_visible()
    page.emulate_media(media="print")
    box = page.locator(".code svg").bounding_box()
    page.emulate_media(media="screen")
    assert box
    assert box["width"] == pytest.approx(26 / 25.4 * 96, abs=1)
    assert box["height"] == pytest.approx(box["width"], abs=1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_code_stands_beside_the_words_and_not_on_them(page: Page, layout: str) -> None:
    for language in languages()[:2]:
        show(page, html(language, layout), width=718)  # A4 without its margins
        page.emulate_media(media="print")
        covered = page.evaluate(
            """() => {
                const code = document.querySelector(".code svg").getBoundingClientRect();
                const words = [...document.querySelectorAll("section.site :is(h2, p, a)")];
                return words.filter(element => [...element.getClientRects()].some(
                    box => box.width && box.left < code.right - 1 && box.right > code.left + 1
                        && box.top < code.bottom - 1 && box.bottom > code.top + 1)
                ).map(element => element.outerHTML.slice(0, 90));
            }"""
        )
        page.emulate_media(media="screen")
        assert covered == []


def test_no_sign_leaves_its_item(page: Page) -> None:
    """Or a printer puts a part of it on the page before."""
    for width in (320, 1280):
        show(page, html("en", "easy"), width=width)
        for media in ("print", "screen"):
            page.emulate_media(media=media)  # type: ignore[arg-type]
            outside = page.evaluate(
                """() => [...document.querySelectorAll(".sign")].filter(sign => {
                    const own = sign.getBoundingClientRect();
                    const item = sign.parentElement.getBoundingClientRect();
                    return own.top < item.top || own.bottom > item.bottom + 1;
                }).length"""
            )
            assert outside == 0


def test_the_large_layout_has_letters_of_18_points_or_more(page: Page) -> None:
    show(page, html("en", "large"))
    page.emulate_media(media="print")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("main :is(h1, h2, p, li, th, a, figcaption)")]
            .map(element => parseFloat(getComputedStyle(element).fontSize))"""
    )
    columns = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .map(element => getComputedStyle(element).columnCount)"""
    )
    page.emulate_media(media="screen")
    assert min(sizes) >= 24  # CSS pixels: 18 points
    assert set(columns) == {"auto"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_told_by_colour_alone(page: Page, layout: str) -> None:
    """The warning signs have a frame and a heading; links have a line under them."""
    show(page, html("en", layout))
    frames = page.evaluate(
        """() => [...document.querySelectorAll("section.emergency, section.top")]
            .map(element => parseFloat(getComputedStyle(element).borderTopWidth))"""
    )
    assert min(frames) >= 1
    assert page.locator("section.emergency h2").inner_text()
    lines = page.evaluate(
        """() => [...document.querySelectorAll("main a")]
            .map(element => getComputedStyle(element).textDecorationLine)"""
    )
    assert set(lines) == {"underline"}


def test_a_page_of_several_languages_prints_the_one_that_is_chosen(page: Page) -> None:
    show(page, several())
    for tag in (None, languages()[2]):
        if tag:
            page.locator(f"nav a[hreflang='{tag}']").click()
        told = page.evaluate(WORDS)
        chooser = [link.inner_text() for link in page.locator("nav a").all()]
        page.emulate_media(media="print")
        printed = page.evaluate(WORDS)
        page.emulate_media(media="screen")
        assert printed == told[len(chooser) :]
        assert told[: len(chooser)] == chooser


def test_it_prints_no_empty_page_for_a_language_that_is_not_shown(page: Page) -> None:
    def count(content: str) -> int:
        show(page, content)
        return max(int(n) for n in re.findall(rb"/Count (\d+)", page.pdf(format="A4")))

    assert count(several()) == count(html())
