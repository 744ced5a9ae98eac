"""The table of requirements names tests that are there."""

import ast
import csv
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def kept_by() -> list[str]:
    with (ROOT / "tests/requirements/cds_hooks.csv").open(encoding="utf-8", newline="") as file:
        return [row["kept_by"] for row in csv.DictReader(file)]


def test_every_test_that_is_named_is_there():
    for named in kept_by():
        if named.startswith(("not applicable: ", "pending: ")):
            assert named.partition(": ")[2]
            continue
        file, _, name = re.sub(r"\[.*", "", named).partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, named


def test_every_shape_that_is_tested_is_in_the_table():
    from unit.cds_hooks.test_requirements import OFFERED, SHAPES

    named = {n for each in kept_by() for n in re.findall(r"has_its_shape\[(\d+)\]", each)}
    assert named == {str(number) for number in (*SHAPES, *OFFERED)}
