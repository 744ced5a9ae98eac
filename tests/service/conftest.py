"""What the tests of the service share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.calling import Api, api


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Api]:
    """REST, with no EHR behind it."""
    with api(tmp_path) as calling:
        yield calling
