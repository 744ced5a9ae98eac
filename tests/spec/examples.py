"""The example patients: what each must yield, what its files hold, and the table that lists them.

Run as a script, it renews the table in fhir_examples/README.md:

    python tests/spec/examples.py
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2] / "fhir_examples"
TABLE_STARTS = "<!-- table: made by tests/spec/examples.py -->\n"
TABLE_ENDS = "<!-- end of table -->\n"
BASE = ("F0", "S1", "R0", "X0", "M0", "C0", "K1", "D0")
"""The level of each topic where nothing votes, in the pack's order."""


@dataclass(frozen=True)
class Example:
    """One folder under fhir_examples/; its name is the patient's id."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def title(self) -> str:
        return self.readme.splitlines()[0].removeprefix("# ")

    @property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text("utf-8")

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.folder / "expected.yaml").read_text("utf-8"))
        return found

    @property
    def today(self) -> date:
        day: date = self.expected["date"]
        return day

    @property
    def files(self) -> list[Path]:
        return sorted(p for p in self.folder.iterdir() if p.suffix in (".json", ".ndjson"))

    @property
    def documents(self) -> Iterator[dict[str, Any]]:
        """What is in the files: Bundles and resources, as they stand there."""
        for path in self.files:
            text = path.read_text("utf-8")
            yield from map(json.loads, text.splitlines() if path.suffix == ".ndjson" else [text])

    @property
    def entries(self) -> Iterator[tuple[str | None, dict[str, Any]]]:
        """Every resource that is not a Bundle, with its `fullUrl` where it has one."""
        for document in self.documents:
            if document["resourceType"] == "Bundle":
                yield from ((e.get("fullUrl"), e["resource"]) for e in document["entry"])
            else:
                yield None, document

    @property
    def shape(self) -> str:
        """How the record comes: the kind of its Bundles, NDJSON, or single resources."""
        if any(path.suffix == ".ndjson" for path in self.files):
            return "NDJSON"
        kinds = {d["type"] for d in self.documents if d["resourceType"] == "Bundle"}
        if not kinds:
            return "single resources"
        return f"{kinds.pop()} Bundle" + ("s" if len(self.files) > 1 else "")


def all_examples() -> list[Example]:
    return [Example(path.parent) for path in sorted(ROOT.glob("*/expected.yaml"))]


def table() -> str:
    """The table of cases: who, what is found, what that changes, how the record comes."""
    rows = ["| case | who | found | levels that differ | record |", "|---|---|---|---|---|"]
    for example in all_examples():
        expected = example.expected
        levels = zip(expected["topics"].values(), BASE, strict=True)
        changed = " ".join(level for level, base in levels if level != base)
        link = f"[{example.id}]({example.id}/README.md)"
        found = _found(expected["findings"]) or "nothing"
        rows.append(
            f"| {link} | {example.title} | {found} | {changed or 'none'} | {example.shape} |"
        )
    return "\n".join(rows) + "\n"


def _found(findings: dict[str, list[dict[str, str | None]]]) -> str:
    named = []
    for factor, found in findings.items():
        qualifiers = [f["qualifier"].replace("_", " ") for f in found if f["qualifier"]]
        unsure = [] if any(f["status"] == "present" for f in found) else ["possible"]
        details = ", ".join(qualifiers + unsure)
        named.append(factor.replace("_", " ") + (f" ({details})" if details else ""))
    return "; ".join(named)


def table_in(text: str) -> str:
    """The table as it stands in a README."""
    return text.partition(TABLE_STARTS)[2].partition(TABLE_ENDS)[0]


def renew(path: Path = ROOT / "README.md") -> None:
    text = path.read_text("utf-8")
    before, _, rest = text.partition(TABLE_STARTS)
    after = rest.partition(TABLE_ENDS)[2]
    path.write_text(before + TABLE_STARTS + table() + TABLE_ENDS + after, "utf-8")


if __name__ == "__main__":
    renew()
