"""WCAG 2.2 AA by axe-core, and a walk through each page by keyboard alone."""

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from browser.pages import LAYOUTS, html, several, show
from unit.sheets import languages

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
FOCUSED = """() => {
    const element = document.activeElement;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return {
        href: element.getAttribute("href"),
        outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.top < innerHeight && box.bottom > 0 && box.width > 0,
        high: box.height,
    };
}"""
SETTLED = """() => Promise.allSettled(
    document.getAnimations().map(animation => animation.finished)
).then(() => null)"""


def violations(page: Page, **options: Any) -> list[str]:
    """What axe-core holds against the page; what it can't tell only where a drawing has words.

    A colour on its way from one to another is nobody's to judge: the page is asked once it has
    come to rest.
    """
    page.evaluate(SETTLED)
    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete"], **options})
    told = [*found.response["violations"]]
    told += [
        {**each, "nodes": nodes}
        for each in found.response["incomplete"]
        if (nodes := [n for n in each["nodes"] if not n["html"].startswith("<text ")])
    ]
    return [
        f"{each['id']}: {json.dumps([n['html'][:120] for n in each['nodes']])}" for each in told
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages())
def test_axe_finds_nothing_in_any_language_and_layout(
    page: Page, language: str, layout: str
) -> None:
    show(page, html(language, layout))
    page.emulate_media(color_scheme="light")
    assert violations(page, runOnly=RULES) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, runOnly={"type": "rule", "values": ["color-contrast"]}) == []
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_page_of_all_languages(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    show(page, several())
    assert violations(page, runOnly=RULES) == []
    page.locator("nav a").last.click()
    assert violations(page, runOnly=RULES) == []
    page.emulate_media(color_scheme="light")


def test_axe_would_find_something_where_it_is_wrong(page: Page) -> None:
    show(page, html().replace("--ink: #111", "--ink: #999").replace(' lang="en"', "", 1))
    told = " ".join(violations(page, runOnly=RULES))
    assert "color-contrast" in told
    assert "html-has-lang" in told


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages()[:3])
def test_every_link_is_reached_in_order_by_keyboard_and_is_seen(
    page: Page, language: str, layout: str
) -> None:
    page.goto("about:blank")  # or the last page's focus is where this one's begins
    show(page, html(language, layout))
    expected = [a.get_attribute("href") for a in page.locator("a").all()]
    assert "#emergency" in expected
    reached = []
    for _ in expected:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        reached.append(focused["href"])
        assert focused["outline"], focused
        assert focused["seen"], focused
    assert reached == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_pointer_leads_to_the_warning_signs(page: Page, layout: str) -> None:
    show(page, html("en", layout))
    page.locator("a").first.focus()
    page.keyboard.press("Enter")
    box = page.locator("#emergency").bounding_box()
    assert box
    assert 0 <= box["y"] <= 200
    page.keyboard.press("Tab")  # and on from there, not from the top
    assert page.evaluate(FOCUSED)["href"].startswith("https://clinic.example/")


def test_what_is_pressed_is_large_enough_for_a_finger(page: Page) -> None:
    """24 pixels at least (WCAG 2.5.8), but for links inside a sentence."""
    show(page, several(), width=320)
    for link in page.locator("nav a").all():
        box = link.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
    pointer = page.locator("article:first-child .pointer a").bounding_box()
    assert pointer
    assert pointer["height"] >= 24
