"""From the EHR to the document in its chart, in a real browser and by a real launch.

The EHR is HAPI behind the strict authorization server; its window frames the app, or opens it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.pages import OVERFLOWING
from browser.test_framed import ehr_window, framed
from servers.authorization import SmartServer
from service.launch.conftest import OpenApp, opened
from service.page.charts import Chart

ARABIC = [
    {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "ar"}]}, "preferred": True}
]
WIDTHS = (320, 1440)


@pytest.fixture(scope="module")
def app(
    smart_server: SmartServer, hapi_base_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenApp]:
    folder = tmp_path_factory.mktemp("app")
    with contextmanager(opened)(smart_server, hapi_base_url.rstrip("/"), folder) as app:
        yield app


def launch_url(app: OpenApp, chart: Chart) -> str:
    return app.launch_url(patient=chart.patient, user="Practitioner/pr1")


def attached(page: Page, button: str) -> None:
    page.click(button)
    expect(page.locator("h1")).to_contain_text("in the chart")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_from_the_ehr_to_the_document_in_its_chart(
    browser: Browser, app: OpenApp, language: str, width: int, scripts: bool
) -> None:
    spoken = {"communication": ARABIC} if language == "ar" else {}
    chart = Chart(app.upstream).usual(**spoken)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    page = context.new_page()
    page.goto(launch_url(app, chart))
    expect(page.locator(".banner .name")).to_have_text("Quillon Testperson")
    if language == "ar":
        page.select_option("#language", "ar")
        if not scripts:
            page.click("#do-save")
        expect(page.frame_locator("#sheet").locator("html")).to_have_attribute("lang", "ar")
    if scripts:
        assert [e for e in page.evaluate(OVERFLOWING) if 'class="unseen"' not in e] == []
    attached(page, "#as-draft" if language == "ar" else "#as-final")
    context.close()
    (document,) = chart.documents
    assert document["docStatus"] == ("preliminary" if language == "ar" else "final")
    assert document["language"] == language
    assert len(document["content"]) == 3


def test_inside_the_ehrs_frame_a_launch_goes_all_the_way(
    browser: Browser, smart_server: SmartServer, hapi_base_url: str, tmp_path_factory
) -> None:
    """The cookies of the launch and of the page are the frame's own, and work there."""
    with ehr_window(browser) as (page, origin):
        table = f'frame_ancestors = ["{origin}"]'
        made = contextmanager(opened)(
            smart_server,
            hapi_base_url.rstrip("/"),
            tmp_path_factory.mktemp("framed"),
            more=table,
        )
        with made as app:
            chart = Chart(app.upstream).usual()
            frame = framed(page, origin, launch_url(app, chart).replace("&", "%26"))
            expect(frame.locator(".banner .name")).to_have_text("Quillon Testperson")
            frame.click("#as-final")
            expect(frame.locator("h1")).to_contain_text("in the chart")
            ours = [c["name"] for c in page.context.cookies() if c["name"].startswith("__Secure")]
            assert ours == ["__Secure-handout"]
    assert len(chart.documents) == 1
