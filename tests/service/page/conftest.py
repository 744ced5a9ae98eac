"""A chart on a real HAPI, and a page of it."""

from pathlib import Path

import pytest

from service.page.charts import Chart
from service.page.opened import Client, opened_page, page_service


@pytest.fixture
def chart(hapi_base_url: str) -> Chart:
    return Chart(hapi_base_url).usual()


@pytest.fixture
def page(tmp_path: Path, chart: Chart) -> Client:
    return opened_page(page_service(tmp_path, chart.base), chart.patient)
