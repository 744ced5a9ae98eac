"""Every shape that is tested by its number has its row in the table of requirements."""

import csv
import re
from pathlib import Path

from unit.cds_hooks.test_requirements import OFFERED, SHAPES

TABLE = Path(__file__).resolve().parents[3] / "tests" / "requirements" / "cds_hooks.csv"


def test_every_shape_that_is_tested_is_in_the_table():
    with TABLE.open(encoding="utf-8", newline="") as file:
        kept_by = [row["kept_by"] for row in csv.DictReader(file)]
    named = {n for each in kept_by for n in re.findall(r"has_its_shape\[(\d+)\]", each)}
    assert named == {str(number) for number in (*SHAPES, *OFFERED)}
