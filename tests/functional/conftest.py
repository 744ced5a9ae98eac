"""The real command line, run as its users run it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from functional.spoiled import SHIPPED, Check, checked

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of the test's own, so that nothing of the developer's is read or changed."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def run(tmp_path: Path, home: Path) -> Run:
    """Run `fhir-handout` in a subprocess, in a folder of the test's own."""

    def run_it(*args: object, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fhir_handout", *map(str, args)],
            cwd=tmp_path,
            env={**os.environ, "HOME": str(home), **environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_it


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """`pack check` of a pack."""
    return lambda pack: checked(capsys, pack)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the pack that ships, to be spoiled."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "pack"))
