"""docs/requirements.md is current, and its tables are whole."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "requirements_docs.py"
SPEC = importlib.util.spec_from_file_location("requirements_docs", TOOL)
assert SPEC is not None
assert SPEC.loader is not None
docs = sys.modules["requirements_docs"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(docs)

HERE = "tests/content/test_requirements.py"


def test_the_page_is_current_and_names_tests_that_are_there():
    command = [sys.executable, str(TOOL), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_row_of_smart_for_a_client_is_there():
    rows = docs.tables()["smart"]
    assert len({row.id for row in rows}) == len(rows) == 121
    assert sum(row.conformance == "SHALL NOT" for row in rows) == 6


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("1", "SHALL", "x", f"{HERE}::test_none"), "there is no test"),
        (("1", "SHALL", "x", "tests/none.py::test_x"), "there is no test"),
        (("1", "SHALL", "x", "nothing"), "is no id of a test"),
        (("1", "SHOULD", "x", "not applicable: y"), "is neither"),
        (("1", "SHALL", "x", "not applicable:"), "why it is not applicable"),
        (("1", "SHALL", "x", ""), "what keeps it"),
        (("1", "SHALL", "", "not applicable: y"), "what keeps it"),
        (("1", "SHALL", "x", "pending:"), "names no test"),
        (
            ("1", "SHALL", "x", f"pending: {HERE}::test_a_row_that_is_wrong_is_told"),
            "no longer pending",
        ),
    ],
)
def test_a_row_that_is_wrong_is_told(row, said):
    (problem, *_) = docs.problems({"t": [docs.Row(*row)]})
    assert said in problem


def test_every_row_of_cds_hooks_for_a_service_is_there():
    rows = docs.tables()["cds_hooks"]
    assert len({row.id for row in rows}) == len(rows) == 78
    assert sum(row.conformance == "SHALL NOT" for row in rows) == 9
    assert not [row.id for row in rows if row.is_pending]


def test_one_parameter_of_a_test_is_a_test():
    kept_by = f"{HERE}::test_a_row_that_is_wrong_is_told[row0-there is no test]".split()[0]
    assert docs.problems({"t": [docs.Row("1", "SHALL", "x", kept_by)]}) == []


def test_rows_that_are_right_are_told_on_the_page():
    rows = [
        docs.Row("1", "SHALL", "a", f"{HERE}::test_a_row_that_is_wrong_is_told"),
        docs.Row("2", "SHALL NOT", "b", "not applicable: no need"),
        docs.Row("3", "SHALL", "c", "pending: tests/none.py::test_later"),
    ]
    assert docs.problems({"t": rows}) == []
    page = docs.page({"t": rows})
    assert "3 rows: 1 kept, 1 not applicable, 1 pending." in page
    assert "- 3: c: pending: `test_later` in tests/none.py" in page


def test_an_id_that_is_there_twice_is_told():
    row = docs.Row("1", "SHALL", "a", "not applicable: b")
    assert docs.problems({"t": [row, row]}) == ["t 1: it is there twice"]
