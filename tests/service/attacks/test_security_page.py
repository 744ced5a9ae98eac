"""docs/security.md names a test for every threat, and each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [line.strip("|").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def named(cell: str) -> list[Path]:
    """The files that a cell of the last column names."""
    found = [Path(name) for name in re.findall(r"`([^`]+)`", cell)]
    here = Path(__file__).parent
    return [here / each if len(each.parts) == 1 else ROOT / each for each in found]


def test_every_threat_has_a_test_that_is_there():
    assert len(ROWS) > 20
    for row in ROWS:
        assert len(row) == 3, row
        files = named(row[2])
        assert files, row
        assert all(each.is_file() for each in files), row


def test_every_test_of_attacks_is_named():
    ours = set(Path(__file__).parent.glob("test_*.py")) - {Path(__file__)}
    assert ours == {each for row in ROWS for each in named(row[2]) if each in ours}
