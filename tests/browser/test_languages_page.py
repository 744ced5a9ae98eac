"""One page in several languages: a chooser that works by keyboard, with no script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from browser.pages import several
from fhir_handout.languages import direction, language_name
from unit.sheets import languages


@pytest.fixture(scope="module")
def scriptless(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def chooser(scriptless: Page) -> Page:
    scriptless.goto("about:blank")
    scriptless.set_content(several())
    return scriptless


def shown(page: Page) -> list[str | None]:
    return [a.get_attribute("id") for a in page.locator("article").all() if a.is_visible()]


def test_the_first_language_is_shown_until_one_is_chosen(chooser: Page) -> None:
    assert shown(chooser) == [languages()[0]]


def test_each_language_is_chosen_by_keyboard_and_shown_alone(chooser: Page) -> None:
    for at, language in enumerate(languages()):
        chooser.goto("about:blank")
        chooser.set_content(several())
        for _ in range(at + 1):
            chooser.keyboard.press("Tab")
        chooser.keyboard.press("Enter")
        assert shown(chooser) == [language]
        heading = chooser.locator(f"[id='{language}'] h1").bounding_box()
        assert heading
        assert heading["y"] >= 0


def test_the_next_key_goes_into_the_chosen_sheet(chooser: Page) -> None:
    language = languages()[1]
    chooser.locator(f"nav a[hreflang='{language}']").press("Enter")
    chooser.keyboard.press("Tab")
    assert chooser.locator(f"[id='{language}'] .pointer a").evaluate(
        "element => element === document.activeElement"
    )


def test_a_pointer_inside_a_sheet_keeps_its_language(chooser: Page) -> None:
    language = languages()[-1]
    chooser.locator(f"nav a[hreflang='{language}']").click()
    chooser.locator(f"[id='{language}'] .pointer a").click()
    assert shown(chooser) == [language]
    box = chooser.locator(f"[id='{language}-emergency']").bounding_box()
    assert box
    assert 0 <= box["y"] <= 200


def test_the_chosen_language_is_marked_and_not_by_colour_alone(chooser: Page) -> None:
    def marked() -> list[str | None]:
        weights = {
            link.get_attribute("hreflang"): link.evaluate("e => getComputedStyle(e).fontWeight")
            for link in chooser.locator("nav a").all()
        }
        return [tag for tag, weight in weights.items() if int(weight) >= 600]

    assert marked() == [languages()[0]]
    chooser.locator("nav a").nth(2).click()
    assert marked() == [languages()[2]]


def test_each_link_is_in_its_own_language(chooser: Page) -> None:
    for link, language in zip(chooser.locator("nav a").all(), languages(), strict=True):
        assert link.inner_text() == language_name(language)
        for name in ("lang", "hreflang"):
            assert link.get_attribute(name) == language
        assert link.get_attribute("dir") == direction(language)
        assert link.get_attribute("href") == f"#{language}"


def test_a_screen_reader_hears_one_sheet_and_the_chooser(chooser: Page) -> None:
    tree = chooser.locator("body").aria_snapshot()
    assert tree.count("[level=1]") == 1
    assert tree.count("- navigation") == 1
    assert tree.count("- main") == 1


def test_where_a_browser_cannot_tell_what_is_chosen_all_are_there(scriptless: Page) -> None:
    scriptless.set_content(several().replace("@supports selector(:has(a))", "@supports (x: y)"))
    assert shown(scriptless) == list(languages())
