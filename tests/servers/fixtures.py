"""Pytest fixtures for the servers of :mod:`running` and :mod:`authorization`.

To use them, import them in a `conftest.py`. With pytest-xdist every worker is a process: all
workers share one HAPI and one authorization server (in the folder that pytest-xdist's manual names
for what workers share), and each has its own sekmet, which starts in under a second.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import authorization
from .authorization import SmartServer
from .running import hapi_server, missing_programs, sekmet_server


@pytest.fixture(scope="session")
def hapi_base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the base URL of a HAPI FHIR JPA R4 server, one for the whole test run.

    Where Java or Maven is missing the test is skipped, except where CI is set: there it fails, so
    that it cannot go unrun without anybody noticing.
    """
    _skip_without(missing_programs(), "a real HAPI server", "a Java 17 JDK and Maven")
    with hapi_server(shared=_of_the_run(tmp_path_factory) / "hapi-server") as base_url:
        yield base_url


@pytest.fixture(scope="session")
def sekmet_base_url() -> Iterator[str]:
    """Give the base URL of a sekmet-fhir server of this process's own."""
    with sekmet_server() as base_url:
        yield base_url


@pytest.fixture(scope="session")
def smart_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmartServer]:
    """Give a strict SMART authorization server, one for the whole test run."""
    _skip_without(authorization.missing_programs(), "the authorization server", "Node.js and npm")
    with authorization.smart_server(_of_the_run(tmp_path_factory) / "smart-server") as server:
        yield server


def _skip_without(missing: list[str], server: str, known_as: str) -> None:
    """Skip, or fail where CI is set: there nothing may go unrun without anybody noticing."""
    if not missing:
        return
    reason = f"{server} needs {', '.join(missing)} ({known_as})"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ours = tmp_path_factory.getbasetemp()
    return ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
