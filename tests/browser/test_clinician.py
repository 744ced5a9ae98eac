"""The clinician's page in a real browser, from its beginning to the attached document on a HAPI."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.pages import OVERFLOWING
from browser.test_accessibility import RULES
from browser.test_accessibility import violations as found_by_axe
from functional.records import condition, patient
from service.page.charts import HOSTILE, Chart
from service.page.opened import Served, served_page
from service.page.test_safe import hostile_chart

expect.set_options(timeout=20_000)  # machines that run several servers are slow
SIZES = {"narrow": (320, 640), "wide": (1440, 900)}
AT_EASE = """() => {
    const element = document.activeElement, box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const bar = document.querySelector(".bar");
    const top = bar && getComputedStyle(bar).position === "sticky" && !bar.contains(element)
        ? bar.getBoundingClientRect().top : innerHeight;
    return {
        id: element.id || element.getAttribute("href") || element.name || element.tagName,
        tag: element.tagName,
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.top < top && box.bottom > 0,
        size: Math.min(box.width, box.height),
    };
}"""
UNTESTED = {"frame-tested": {"enabled": False}}
"""The sheet in its frame has tests of its own."""
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, hapi_base_url: str) -> Iterator[Served]:
    with served_page(tmp_path_factory.mktemp("served"), hapi_base_url) as running:
        yield running


@pytest.fixture
def chart(hapi_base_url: str) -> Chart:
    return Chart(hapi_base_url).usual()


@pytest.fixture
def opened(browser: Browser, served: Served, chart: Chart) -> Iterator[Opened]:
    """Open the page of a chart; a script that is refused or fails ends the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_it(size: str = "wide", of: Chart = chart, **options: Any) -> Page:
        width, height = SIZES[size]
        launched = options.pop("launched", {})
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
        page.goto(served.entrance(of.patient, **launched))
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "status of 4" not in fault] == []


def violations(page: Page, **options: Any) -> list[str]:
    return found_by_axe(page, iframes=False, rules=UNTESTED, **options)


def overflowing(page: Page) -> list[str]:
    """What is wider than the window or cut off, but for what is for screen readers alone."""
    return [each for each in page.evaluate(OVERFLOWING) if 'class="unseen"' not in each]


def sheet_text(page: Page) -> str:
    return page.frame_locator("#sheet").locator("body").inner_text()


def attach(page: Page, button: str = "#as-final") -> None:
    page.click(button)
    expect(page.locator("h1")).to_contain_text("in the chart")


@pytest.mark.parametrize("size", SIZES)
def test_from_the_page_to_the_document_in_the_chart(
    opened: Opened, chart: Chart, size: str
) -> None:
    page = opened(size)
    assert overflowing(page) == []
    assert "Quillon Testperson" in sheet_text(page)
    assert "You have diabetes" in sheet_text(page)
    page.click("#open-taken_out--diabetes--type_2 > summary")
    page.fill("#reason--taken_out--diabetes--type_2", "Lab mix-up")
    page.click("#do-taken_out--diabetes--type_2")
    expect(page.locator("#live")).to_have_text("The handout is up to date.")
    expect(page.frame_locator("#sheet").locator("body")).not_to_contain_text("You have diabetes")
    page.fill("#note", "Come back on Monday.")
    page.click("#as-final")
    expect(page.locator("#look-again")).to_be_focused()
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text("Come back on Monday.")
    assert chart.documents == []
    attach(page)
    assert overflowing(page) == []
    (document,) = chart.documents
    assert document["docStatus"] == "final"
    assert any("Lab mix-up" in reason for reason in chart.reasons)
    expect(page.locator(".facts a").first).to_have_attribute(
        "href", re.compile(f"DocumentReference%2F{document['id']}$")
    )
    page.click('a:text("Back to the handout")')
    expect(page.locator("#region-top")).to_contain_text("in the chart already")


def test_a_chart_that_changes_while_a_note_is_typed_is_looked_at_first(
    opened: Opened, chart: Chart, served: Served
) -> None:
    page = opened()
    assert "You have heart failure" not in sheet_text(page)
    chart.put(condition("I50.9", chart.patient))
    served.app.state.pages.remembered._kept.clear()  # as after two minutes
    page.fill("#note", "Come back on Monday.")
    page.click("#as-final")
    expect(page.locator("#look-again")).to_be_focused()
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text("You have heart failure")
    assert chart.documents == []
    attach(page)
    assert len(chart.documents) == 1


def test_a_choice_is_shown_at_once_and_keeps_what_is_typed(opened: Opened) -> None:
    page = opened()
    page.click("#open-add > summary")
    page.fill("#reason--add", "half a reas")
    page.select_option("#language", "ar")
    expect(page.frame_locator("#sheet").locator("html")).to_have_attribute("dir", "rtl")
    assert page.locator("html").get_attribute("dir") != "rtl"
    assert page.input_value("#reason--add") == "half a reas"
    assert page.locator("#open-add").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.id") == "reason--add"  # where it was
    expect(page.locator("#as-final")).to_have_count(0)
    expect(page.locator("#region-choice")).to_contain_text("The site has not approved")
    page.select_option("#language", "")
    expect(page.locator("#as-final")).to_have_count(1)


def test_arabic_from_the_page_to_the_chart(opened: Opened, hapi_base_url: str) -> None:
    speaks = {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "ar"}]}}
    chart = Chart(hapi_base_url).usual(communication=[speaks])
    page = opened("narrow", chart)
    expect(page.locator("#region-choice")).to_contain_text("call an interpreter")
    page.select_option("#language", "ar")
    expect(page.frame_locator("#sheet").locator("html")).to_have_attribute("dir", "rtl")
    assert overflowing(page) == []
    attach(page, "#as-draft")
    assert [each["language"] for each in chart.documents] == ["ar"]


@pytest.mark.parametrize("size", SIZES)
def test_everything_but_the_live_preview_works_without_scripts(
    opened: Opened, chart: Chart, size: str
) -> None:
    page = opened(size, java_script_enabled=False)
    page.fill("#note", "Come back on Monday.")
    page.select_option("#layout", "large")
    page.click("#do-save")
    assert "Come back on Monday." in sheet_text(page)
    page.click("#open-add > summary")
    page.click("#do-add")
    assert page.locator("#mistakes a").count() == 2
    page.select_option("#add", "heart_failure|")
    page.fill("#reason--add", "Echo today")
    page.click("#do-add")
    assert "Echo today" in page.inner_text("#region-findings")
    page.click("#do-undo-added--heart_failure--")
    page.check("#teach_back")
    attach(page)
    assert len(chart.documents) == 1
    assert any("each-back" in reason for reason in chart.reasons)


def test_the_keyboard_alone_is_enough(opened: Opened, chart: Chart) -> None:
    """Every stop is seen, outlined and large enough; and the way leads to an attached handout."""
    page = opened()
    stops: list[dict[str, Any]] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(AT_EASE))
        if stops[-1]["id"] == "as-final":
            break
    names = [stop["id"] for stop in stops]
    order = ["#findings", "#attach", "language", "layout", "paper", "sheet", "note", "as-final"]
    assert list(dict.fromkeys(name for name in names if name in order)) == order
    for stop in stops:
        if stop["tag"] not in ("BODY", "IFRAME"):
            assert stop["outlined"], stop
            assert stop["seen"], stop
    small = [s for s in stops if s["tag"] in ("BUTTON", "SELECT", "INPUT", "SUMMARY")]
    assert [s for s in small if s["size"] < 20] == []
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("in the chart")
    assert len(chart.documents) == 1


def test_a_mistake_is_where_the_focus_goes(opened: Opened) -> None:
    page = opened()
    page.click("#open-taken_out--diabetes--type_2 > summary")
    page.click("#do-taken_out--diabetes--type_2")
    expect(page.locator("#mistakes")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#reason--taken_out--diabetes--type_2")).to_be_focused()
    assert violations(page, runOnly=RULES) == []


def test_two_windows(opened: Opened) -> None:
    page = opened()
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("#note", "From the other window")
    other.select_option("#paper", "a4")
    expect(other.locator("#live")).to_have_text("The handout is up to date.")
    page.select_option("#paper", "a4")
    expect(page.locator("h1")).to_contain_text("another window")
    expect(page.locator("h1")).to_be_focused()
    page.click('a:text("Back to the handout")')
    assert page.input_value("#note") == "From the other window"


def state_findings(page: Page, chart: Chart) -> None:
    for summary in page.locator("summary").all():
        summary.click()


def state_changed(page: Page, chart: Chart) -> None:
    attach(page)
    chart.put(condition("I50.9", chart.patient))
    page.click('a:text("Back to the handout")')
    page.click("#do-read-again")
    page.click("#open-changes > summary")


def state_attached(page: Page, chart: Chart) -> None:
    attach(page)


def state_looked_at_again(page: Page, chart: Chart) -> None:
    page.fill("#note", "Come back on Monday.")
    page.click("#as-final")
    expect(page.locator("#look-again")).to_be_focused()


def state_attached_before(page: Page, chart: Chart) -> None:
    """Attached, and the chart has changed since."""
    attach(page)
    there = page.url
    chart.put(condition("I50.9", chart.patient))
    page.click('a:text("Back to the handout")')
    page.click("#do-read-again")
    expect(page.locator("#open-changes")).to_be_visible()
    page.goto(there)
    expect(page.locator(".warn")).to_contain_text("would be another one now")


def state_another(page: Page, chart: Chart) -> None:
    page.goto(f"{page.url.partition('#')[0]}sheet?shown=another")
    expect(page.locator("h1")).to_contain_text("has changed")


def state_closed(page: Page, chart: Chart) -> None:
    attach(page)
    page.click("text=Done: close")
    expect(page.locator("h1")).to_contain_text("closed")


def state_failed(page: Page, chart: Chart) -> None:
    page.context.clear_cookies()
    page.reload()
    expect(page.locator("h1")).to_contain_text("not open")


def state_corrected(page: Page, chart: Chart) -> None:
    page.click("#open-add > summary")
    page.select_option("#add", "heart_failure|")
    page.fill("#reason--add", "Echo today")
    page.click("#do-add")
    expect(page.locator("#corrections")).to_be_visible()


def state_language(page: Page, chart: Chart) -> None:
    page.select_option("#language", "ar")
    page.select_option("#layout", "standard")
    expect(page.locator("#as-draft")).to_have_count(0)


STATES = [
    state_findings,
    state_changed,
    state_attached,
    state_attached_before,
    state_looked_at_again,
    state_another,
    state_closed,
    state_failed,
    state_corrected,
    state_language,
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_and_nothing_overflows_in_any_state(
    opened: Opened, chart: Chart, state: Callable[[Page, Chart], None], size: str
) -> None:
    page = opened(size)
    state(page, chart)
    assert violations(page, runOnly=RULES) == []
    page.emulate_media(color_scheme="dark")
    colours = {"type": "rule", "values": ["color-contrast"]}
    assert violations(page, runOnly=colours) == []
    assert overflowing(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_choosing_a_patient(
    browser: Browser, served: Served, hapi_base_url: str, size: str
) -> None:
    chart = Chart(hapi_base_url)
    family = f"Picked{chart.patient.replace('-', '')}"
    known = {"system": "urn:mrn", "value": f"mrn-{chart.patient}"}
    chart.put(patient(chart.patient, name=[{"family": family}], identifier=[known]))
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(served.entrance(None))
    assert violations(page, runOnly=RULES) == []
    page.click("text=Look for patients")
    expect(page.locator("#mistakes")).to_be_focused()
    page.fill("#born", "14.3.1970")
    page.click("text=Look for patients")
    assert page.locator("#born").get_attribute("aria-invalid") == "true"
    assert violations(page, runOnly=RULES) == []
    page.fill("#born", "1970-03-14")
    page.fill("#name", family)
    page.click("text=Look for patients")
    expect(page.locator("#hits")).to_have_text("1 patient")
    expect(page.locator(".hits")).to_contain_text(f"mrn-{chart.patient}")
    assert violations(page, runOnly=RULES) == []
    assert overflowing(page) == []
    assert family not in page.url
    page.click("text=Choose this patient")
    expect(page.locator(".banner .name")).to_have_text(family)
    page.close()


def test_hostile_words_do_nothing(opened: Opened, hapi_base_url: str) -> None:
    chart = hostile_chart(hapi_base_url)
    page = opened(
        "narrow", chart, launched={"encounter": f"e-{chart.patient}", "user_name": HOSTILE}
    )
    page.fill("#note", HOSTILE)
    page.select_option("#layout", "large")
    expect(page.locator("#live")).to_have_text("The handout is up to date.")
    page.click("#open-add > summary")
    page.select_option("#add", "heart_failure|")
    page.fill("#reason--add", HOSTILE)
    page.click("#do-add")
    expect(page.locator("#corrections")).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img").count() == 0
    assert "onerror" in sheet_text(page)  # as words
    assert overflowing(page) == []
    page.goto(f"{page.url.partition('#')[0]}sheet")
    assert page.title() != "owned"


def test_who_wants_no_motion_gets_none_and_printing_opens_a_tab(opened: Opened) -> None:
    page = opened(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")]
        .filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0
    with page.context.expect_page() as printed:
        page.click("#region-attach a.button")
    assert re.search(r"/sheet\.pdf\?shown=\w{64}$", printed.value.url) or printed.value.url in (
        "",
        "about:blank",
        ":",
    )
