"""Fixtures that tests in every folder use, how hard properties are tried, and what is not traced.

`ci` tries the same examples every time; `--hypothesis-profile=deep` looks for new ones.
"""

import gc
import os
from collections.abc import Generator
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
    "functional/test_approvals.py",
    "functional/test_bad_input.py",
    "functional/test_folder_ehr.py",
    "functional/test_languages.py",
    "functional/test_pack_check.py",
    "functional/test_pack_check_never.py",
    "unit/proof/test_covering.py",
    "unit/proof/test_exact.py",
)
"""Whoever enumerates what is said to whom, proves it of one spoiled pack after another, or calls
the command line again and again, runs the same lines thousands of times: measuring which lines
those are takes longer than the tests, and the other tests reach them too."""

_OF_PROCESSES = "COVERAGE_PROCESS_CONFIG"  # by which coverage goes on in processes of a test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests in these folders and files run without coverage being measured."""
    here = Path(__file__).parent
    untraced = {here / name for name in _UNTRACED}
    for item in items:
        if not untraced.isdisjoint((item.path, *item.path.parents)):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the tests themselves: it is a third of a proof's time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let the processes that such a test starts run without it, too."""
    is_untraced = item.get_closest_marker("no_cover") is not None
    kept = os.environ.pop(_OF_PROCESSES, None) if is_untraced else None
    try:
        return (yield)
    finally:
        if kept is not None:
            os.environ[_OF_PROCESSES] = kept
