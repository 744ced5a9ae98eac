"""The page in a frame of another origin: there where the site says so, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from servers.scripted import BASE_PATH, Reply, scripted_server
from service.page.charts import Chart
from service.page.opened import LINKS, served_page


@contextmanager
def ehr_window(browser: Browser) -> Iterator[tuple[Page, str]]:
    """A window of an EHR on another origin, whose page frames what its address says."""
    with scripted_server() as server:
        origin = server.root.replace("127.0.0.1", "localhost")
        framing = b"""<!doctype html><title>EHR</title><iframe style="width:60rem;height:40rem"
            id="app"></iframe><script>
            document.getElementById("app").src = decodeURIComponent(location.hash.slice(1));
            </script>"""
        server.on("GET", "chart", Reply(200, framing))
        page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
        yield page, origin
        page.context.close()


def framed(page: Page, origin: str, address: str) -> Frame:
    page.goto(f"{origin}{BASE_PATH}/chart#{address}")
    element = page.wait_for_selector("#app")
    assert element
    frame = element.content_frame()
    assert frame
    return frame


@pytest.fixture
def chart(hapi_base_url: str) -> Chart:
    return Chart(hapi_base_url).usual()


def test_in_the_frame_of_the_site_everything_works(
    browser: Browser, tmp_path: Path, chart: Chart
) -> None:
    with ehr_window(browser) as (page, origin):
        table = f'{LINKS}frame_ancestors = ["{origin}"]'
        with served_page(tmp_path, chart.base, tenant=table) as served:
            frame = framed(page, origin, served.entrance(chart.patient))
            expect(frame.locator(".banner .name")).to_have_text("Quillon Testperson")
            frame.select_option("#layout", "large")
            expect(frame.locator("#live")).to_have_text("The handout is up to date.")
            expect(frame.frame_locator("#sheet").locator("body")).to_contain_text("Riverside")
            frame.click("#as-final")
            expect(frame.locator("h1")).to_contain_text("in the chart")
            cookies = page.context.cookies()
            assert [c["name"] for c in cookies] == ["__Secure-handout"]
            assert page.evaluate("document.cookie") == ""
    assert len(chart.documents) == 1


@pytest.mark.parametrize("allowed", ["", 'frame_ancestors = ["https://ehr.example"]'])
def test_in_any_other_frame_there_is_nothing(
    browser: Browser, tmp_path: Path, chart: Chart, allowed: str
) -> None:
    with (
        ehr_window(browser) as (page, origin),
        served_page(tmp_path, chart.base, tenant=f"{LINKS}{allowed}") as served,
    ):
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text))
        frame = framed(page, origin, served.entrance(chart.patient))
        page.wait_for_timeout(1500)
        assert frame.locator(".banner").count() == 0
        assert any("frame-ancestors" in each for each in refused)


def test_another_sites_form_does_nothing(browser: Browser, tmp_path: Path, chart: Chart) -> None:
    """Not even with the cookie that the browser has for the page."""
    with served_page(tmp_path, chart.base) as served, scripted_server() as server:
        page = browser.new_context().new_page()
        page.goto(served.entrance(chart.patient))
        forged = f"""<!doctype html><title>x</title><form method="post" action="{page.url}attach">
            <input name="as" value="final"><button id="go">go</button></form>"""
        server.on("GET", "forged", Reply(200, forged.encode()))
        other = server.root.replace("127.0.0.1", "localhost")
        page.goto(f"{other}{BASE_PATH}/forged")
        page.click("#go")
        assert chart.documents == []
        page.context.close()
