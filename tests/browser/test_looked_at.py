"""With scripts on, nothing is attached that its clinician has not had in view: a press counts for
what was there when it began. The EHR is scripted, so that charts change when they have to."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.pages import OVERFLOWING
from browser.test_accessibility import RULES
from browser.test_accessibility import violations as found_by_axe
from servers.scripted import scripted_server
from service.page.opened import Served, served_page
from service.page.test_failing_ehr import base64_texts
from service.page.test_seen import Chart
from unit.ehr.fhir import PATIENT

expect.set_options(timeout=20_000)  # machines that run several servers are slow
NOTE, KIDNEYS = "See you on Monday", "You have kidney failure"
WIDTHS = (320, 1440)


@pytest.fixture
def chart() -> Iterator[Chart]:
    with scripted_server() as running:
        yield Chart(running)


@pytest.fixture
def served(tmp_path: Path, chart: Chart) -> Iterator[Served]:
    with served_page(tmp_path, chart.scripted.base_url) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, served: Served) -> Iterator[Callable[[int], Page]]:
    pages: list[Page] = []

    def open_it(width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800})
        pages.append(context.new_page())
        pages[-1].goto(served.entrance(PATIENT["id"]))
        return pages[-1]

    yield open_it
    for page in pages:
        page.context.close()


@pytest.fixture
def page(opened: Callable[[int], Page]) -> Page:
    return opened(1440)


def time_passes(served: Served) -> None:
    """What was read for the page is forgotten, as it is after two minutes."""
    served.app.state.pages.remembered._kept.clear()


def looks_again(page: Page, chart: Chart) -> None:
    note = page.locator("#look-again")
    expect(note).to_be_focused()
    expect(note).to_contain_text("Nothing is attached yet.")
    expect(note).to_be_in_viewport()
    assert chart.written == []


def is_attached(page: Page, chart: Chart) -> str:
    expect(page.locator("h1")).to_contain_text("in the chart")
    (written,) = chart.written
    (text,) = base64_texts(written)
    return text


def is_in_view(page: Page, words: str) -> None:
    """The sheet in the page says so, and has come whole."""
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text(words)
    for frame in page.frames:  # before it has come, no press counts for it
        frame.wait_for_load_state()


def sheet(page: Page) -> str:
    return page.frame_locator("#sheet").locator("body").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_note_that_is_just_typed_is_looked_at_before_it_is_attached(
    opened: Callable[[int], Page], chart: Chart, width: int
) -> None:
    page = opened(width)
    page.fill("#note", NOTE)
    page.click("#as-final")
    looks_again(page, chart)
    is_in_view(page, NOTE)
    assert (
        found_by_axe(page, iframes=False, rules={"frame-tested": {"enabled": False}}, runOnly=RULES)
        == []
    )
    assert [e for e in page.evaluate(OVERFLOWING) if 'class="unseen"' not in e] == []
    page.click("#as-final")
    assert NOTE in is_attached(page, chart)


def test_a_chart_that_changed_meanwhile_is_looked_at_before_it_is_attached(
    page: Page, chart: Chart, served: Served
) -> None:
    seen = sheet(page)
    time_passes(served)
    chart.shows_kidney_failure()
    page.check("#teach_back")  # which is on no sheet, but is kept, and the chart read with it
    page.fill("#note", NOTE)
    page.click("#as-final")
    looks_again(page, chart)
    is_in_view(page, KIDNEYS)
    assert KIDNEYS not in seen
    page.click("#as-final")
    assert KIDNEYS in is_attached(page, chart)


def test_a_choice_that_changes_no_sheet_is_attached_with_one_press(
    page: Page, chart: Chart
) -> None:
    page.check("#teach_back")
    page.click("#as-final")
    is_attached(page, chart)


def test_a_chart_that_changes_with_such_a_choice_is_looked_at(
    page: Page, chart: Chart, served: Served
) -> None:
    time_passes(served)
    chart.shows_kidney_failure()
    with Held(page, "**/work") as go_on:
        page.check("#teach_back")
        page.click("#as-final")
        go_on()
        looks_again(page, chart)


class Held:
    """Requests to an address wait until they are told to go on."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.waiting: list[Route] = []
        self.is_open = False

    def __enter__(self) -> Callable[[], None]:
        self.page.route(self.address, self._hold)
        return self._go_on

    def __exit__(self, *_: object) -> None:
        self._go_on()
        self.page.unroute(self.address)

    def _hold(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def _go_on(self) -> None:
        self.is_open = True
        while self.waiting:
            self.waiting.pop().continue_()


def test_an_answer_that_comes_within_the_press_is_looked_at(page: Page, chart: Chart) -> None:
    """A slow press: it leaves the note, which is sent and shown before the button is let go."""
    page.fill("#note", NOTE)
    box = page.locator("#as-final").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text(NOTE)
    page.mouse.up()
    looks_again(page, chart)


def test_a_sheet_that_is_still_on_its_way_is_waited_for(page: Page, chart: Chart) -> None:
    with Held(page, re.compile(r"/sheet\?")) as go_on:
        page.fill("#note", NOTE)
        page.locator("#note").blur()
        expect(page.locator("#live")).to_have_text("The handout is up to date.")
        page.click("#as-final")
        looks_again(page, chart)
        go_on()
        is_in_view(page, NOTE)
    page.click("#as-final")
    assert NOTE in is_attached(page, chart)


def test_a_double_click_is_no_second_look(page: Page, chart: Chart) -> None:
    page.fill("#note", NOTE)
    page.dblclick("#as-final")
    looks_again(page, chart)


def test_the_keyboard_presses_twice_as_well(page: Page, chart: Chart) -> None:
    page.focus("#note")
    page.keyboard.type(NOTE)
    with Held(page, "**/work") as go_on:
        page.focus("#as-final")
        page.keyboard.press("Enter")
        go_on()
        looks_again(page, chart)
    is_in_view(page, NOTE)
    page.focus("#as-final")
    page.keyboard.press("Space")
    assert NOTE in is_attached(page, chart)


def test_what_could_not_be_sent_is_said_and_sent_with_the_next_press(
    page: Page, chart: Chart
) -> None:
    page.route("**/work", lambda route: route.abort())
    page.fill("#note", NOTE)
    page.click("#as-final")
    expect(page.locator("#look-again")).to_contain_text("could not be sent")
    looks_again(page, chart)
    page.unroute("**/work")
    page.click("#as-final")  # with the form, as without scripts
    looks_again(page, chart)
    page.click("#as-final")
    assert NOTE in is_attached(page, chart)


def test_a_frame_without_the_sheet_attaches_nothing(
    page: Page, chart: Chart, served: Served
) -> None:
    """Between page and sheet the chart changes: the frame says so, and leads to the page of now."""
    with Held(page, re.compile(r"/sheet\?")) as go_on:
        page.fill("#note", NOTE)
        page.locator("#note").blur()
        expect(page.locator("#live")).to_have_text("The handout is up to date.")
        time_passes(served)
        chart.shows_kidney_failure()
        go_on()
        frame = page.frame_locator("#sheet")
        expect(frame.locator("h1")).to_contain_text("has changed")
    page.click("#as-final")
    looks_again(page, chart)
    frame.locator("a").click()
    is_in_view(page, KIDNEYS)
    assert page.locator("#look-again").count() == 0
    page.click("#as-final")
    assert KIDNEYS in is_attached(page, chart)


def test_who_comes_back_to_a_page_sees_its_sheet(page: Page) -> None:
    address = page.url
    page.select_option("#layout", "large")
    expect(page.locator("#live")).to_have_text("The handout is up to date.")
    page.goto("about:blank")
    other = page.context.new_page()
    other.goto(address)
    other.fill("#note", NOTE)
    other.locator("#note").blur()
    expect(other.locator("#live")).to_have_text("The handout is up to date.")
    page.go_back()
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text(NOTE)
    page.reload()
    expect(page.frame_locator("#sheet").locator("body")).to_contain_text(NOTE)
