"""Pytest fixtures for the servers of :mod:`running`.

To use them, import them in a `conftest.py`. With pytest-xdist every worker is a process: all
workers share one HAPI (in the folder that pytest-xdist's manual names for what workers share), and
each has its own sekmet, which starts in under a second.
"""

import os
from collections.abc import Iterator

import pytest

from .running import hapi_server, missing_programs, sekmet_server


@pytest.fixture(scope="session")
def hapi_base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the base URL of a HAPI FHIR JPA R4 server, one for the whole test run.

    Where Java or Maven is missing the test is skipped, except where CI is set: there it fails, so
    that it cannot go unrun without anybody noticing.
    """
    missing = missing_programs()
    if missing:
        reason = f"a real HAPI server needs {', '.join(missing)} (a Java 17 JDK and Maven)"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    ours = tmp_path_factory.getbasetemp()
    of_the_run = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    with hapi_server(shared=of_the_run / "hapi-server") as base_url:
        yield base_url


@pytest.fixture(scope="session")
def sekmet_base_url() -> Iterator[str]:
    """Give the base URL of a sekmet-fhir server of this process's own."""
    with sekmet_server() as base_url:
        yield base_url
