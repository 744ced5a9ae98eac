"""The rows of the decision table, and the page that says what became of each.

Run as a script, it renews docs/decision-table.md:

    PYTHONPATH=tests python tests/spec/decision_rows.py
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fhir_handout.pack import templates
from unit.handouts import loaded

PAGE = Path(__file__).parents[2] / "docs" / "decision-table.md"
_SEEN = {"source": "source", "mirror": "a page that quotes it", "none": "**not checked**"}
_HEAD = """# The decision table

What the muscle-cramp sheet was made from: each fact, its sources and how far it was checked, what
carries it, and the test that covers it. **No clinician has reviewed any of it.** `not checked` is
general knowledge, or a rule of this pack's own.

Statements and alerts are those of `templates/muscle_cramps/`, rules those that `fhir-handout pack
check` proves over every combination of findings, votes those of the risk factors. The tests are
cases of `test_row` in [test_decision_rows.py](../tests/spec/test_decision_rows.py).
`PYTHONPATH=tests python tests/spec/decision_rows.py` renews this page.

| row | fact | sources | checked in | carried by | test |
|---|---|---|---|---|---|
"""


def rows() -> dict[str, dict[str, Any]]:
    """The rows as the pack lists them."""
    return {row["id"]: row for row in _table("rows")["rows"]}


def rules_of(row: str) -> list[str]:
    """The rules that carry a row: those whose id begins with it."""
    table = _table("rules")
    ids = [rule["id"] for rule in (*table["rules"], *table["contradictions"])]
    return [
        name
        for name in ids
        if name == row or name.startswith(f"{row}-") or f"-{row}-" in f"{name}-"
    ]


def page(tested: Iterable[str]) -> str:
    """The page; `tested` are the rows that have a case."""
    cases = frozenset(tested)
    lines = (_line(row, it, row in cases) for row, it in rows().items())
    sources = loaded().content.citations.values()
    listed = (f"- {s.id}: {f'[{s.title}]({s.url})' if s.url else s.title}" for s in sources)
    return _HEAD + "\n".join(lines) + "\n\n## Sources\n\n" + "\n".join(listed) + "\n"


def _line(row: str, it: dict[str, Any], tested: bool) -> str:
    carried = "; ".join(_carried(row, it)) or f"left out: {it['left_out']}"
    test = f"`test_row[{row}]`" if tested else ""
    sources = ", ".join(it["citations"])
    return f"| {row} | {it['fact']} | {sources} | {_SEEN[it['seen']]} | {carried} | {test} |"


def _carried(row: str, it: dict[str, Any]) -> Iterator[str]:
    pack = loaded().content
    kinds = {
        "says": [s.id for s in pack.statements if row in s.rows],
        "alert": [a.id for a in pack.alerts if row in a.rows],
        "rule": [*rules_of(row), *it.get("rules", ())],
        "votes": it.get("votes", []),
    }
    for kind, names in kinds.items():
        if names:
            yield f"{kind} {', '.join(f'`{name}`' for name in names)}"


@cache
def _table(name: str) -> dict[str, Any]:
    text = (templates() / "muscle_cramps" / f"{name}.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


if __name__ == "__main__":
    from spec.test_decision_rows import ROWS

    PAGE.write_text(page(ROWS), "utf-8")
