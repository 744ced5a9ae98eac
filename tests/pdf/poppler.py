"""Programs of Debian's package poppler-utils, which read PDFs for the tests."""

import os
import shutil

import pytest


def program(name: str) -> str:
    """Where it is; without it the test is skipped, except where CI is set: there it fails."""
    found = shutil.which(name)
    if found:
        return found
    reason = f"reading PDFs needs {name} (Debian's package `poppler-utils`)"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
