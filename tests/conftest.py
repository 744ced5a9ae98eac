"""Fixtures that tests in every folder use, how hard properties are tried, and what is not traced.

`ci` tries the same examples every time; `--hypothesis-profile=deep` looks for new ones.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from servers.fixtures import hapi_base_url, sekmet_base_url, smart_server

__all__ = ["hapi_base_url", "sekmet_base_url", "smart_server"]

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "deep", deadline=None, max_examples=1000, suppress_health_check=_SLOW, print_blob=True
)
settings.load_profile("ci")

_UNTRACED = (
    "content",
    "spec",
    "properties",
    "functional/test_pack_check.py",
    "functional/test_pack_check_never.py",
    "unit/proof/test_covering.py",
    "unit/proof/test_exact.py",
)
"""Whoever enumerates what is said to whom, or proves it of one spoiled pack after another, runs the
same lines thousands of times: measuring which lines those are takes longer than the tests, and the
other tests reach them all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests in these folders and files run without coverage being measured."""
    here = Path(__file__).parent
    untraced = {here / name for name in _UNTRACED}
    for item in items:
        if not untraced.isdisjoint((item.path, *item.path.parents)):
            item.add_marker(pytest.mark.no_cover)
