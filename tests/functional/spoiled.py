"""Content packs that are spoiled in one way each, and what `pack check` says of them."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po, write_po

from fhir_handout.interfaces import cli
from fhir_handout.pack import load_pack
from fhir_handout.translating import renewed

SHIPPED = Path(__file__).resolve().parents[2] / "templates" / "muscle_cramps"


@dataclass(frozen=True)
class Said:
    """What a run of the command said."""

    status: int
    out: str
    err: str

    @property
    def broken(self) -> set[str]:
        """The rules that it calls broken."""
        return set(re.findall(r"^BROKEN +(\S+)", self.out, re.MULTILINE))

    @property
    def places(self) -> list[str]:
        """What is wrong, by file, line, item and rule."""
        return re.findall(r"^        (\S+\.(?:yaml|po):\d+: .*)$", self.out, re.MULTILINE)


Check = Callable[[object], Said]


def checked(capsys: pytest.CaptureFixture[str], pack: object, *flags: str) -> Said:
    """What `pack check` says of a pack, by name or folder."""
    status = cli.main(["pack", "check", str(pack), *flags], {})
    return Said(status, *capsys.readouterr())


class Spoiled:
    """A copy of the pack, to be spoiled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str, change: Callable[[Any], None]) -> None:
        file = self.folder / f"{name}.yaml"
        table = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        change(table)
        text = yaml.dump(table, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
        file.write_text(text, "utf-8")

    def statement(self, name: str, change: Callable[[Any], None]) -> None:
        self.table("statements", lambda table: change(_of(table["statements"], name)))

    def factor(self, name: str, change: Callable[[Any], None]) -> None:
        self.table("risk_factors", lambda table: change(_of(table["risk_factors"], name)))


def translated(folder: Path, language: str, own: Mapping[str, str] | None = None) -> None:
    """Give a pack a translation that says the same as the source, but for these messages."""
    pack = load_pack(folder)
    known = read_po(io.BytesIO(renewed(language, pack, None)))
    for message in known:
        if message.id:
            message.string = (own or {}).get(str(message.context), message.id)
    file = folder / "locale" / language / "messages.po"
    file.parent.mkdir()
    with file.open("wb") as out:
        write_po(out, known)


def _of(items: list[Any], name: str) -> Any:
    return next(item for item in items if item["id"] == name)


Spoil = Callable[[Spoiled], object]


def says(*tags: str, when: Any = "always", kind: str = "do") -> Spoil:
    """One more statement, at the end of the sheet, with these tags."""
    parts = [dict(zip(("topic", "action", "object"), tag.split(), strict=True)) for tag in tags]
    one = {"id": "planted", "section": "sheet", "kind": kind, "when": when, "tags": parts}
    one |= {"citations": ["PACK"], "rows": ["BASE-8"]}

    def spoil(pack: Spoiled) -> None:
        pack.table("statements", lambda table: table["statements"].append(one))
        pack.table("locale/en", lambda words: words.update(planted="Some words."))

    return spoil


def silent(tag: str, *statements: str) -> Spoil:
    """These statements, or all of them, no longer say that."""

    def forget(table: Any) -> None:
        for each in table["statements"]:
            if not statements or each["id"] in statements:
                kept = [t for t in each.get("tags", ()) if " ".join(t.values()) != tag]
                each["tags"] = kept

    return lambda pack: pack.table("statements", forget)


def only_when(statement: str, when: Any) -> Spoil:
    return lambda pack: pack.statement(statement, lambda each: each.update(when=when))


def no_vote(factor: str, topic: str) -> Spoil:
    """A factor no longer votes on a topic."""

    def change(each: Any) -> None:
        for vote in each["votes"]:
            vote["levels"].pop(topic, None)
        each["votes"] = [vote for vote in each["votes"] if vote["levels"]]
        if not each["votes"]:
            del each["votes"]

    return lambda pack: pack.factor(factor, change)


def votes(factor: str, place: int, qualifiers: list[str]) -> Spoil:
    """Only these qualifiers of a factor cast one of its votes."""
    return lambda pack: pack.factor(
        factor, lambda each: each["votes"][place].update(qualifiers=qualifiers)
    )


def words(message: str, text: str) -> Spoil:
    return lambda pack: pack.table("locale/en", lambda table: table.update({message: text}))


@dataclass(frozen=True)
class Case:
    """How a pack is spoiled, the rules that break by it, and the smallest record that shows it."""

    spoil: Spoil
    rules: set[str]
    smallest: str


def catches(said: Said, case: Case) -> None:
    """These rules are broken and no others; every problem is told with its line, and once."""
    assert said.broken == case.rules
    assert said.status == 9
    start = "fhir-handout: broken-rules: content pack muscle_cramps has "
    assert said.err.startswith(start)
    assert said.err.count("\n") == 1
    assert len(said.places) == len(set(said.places)) > 0
    expected = f"smallest case: {case.smallest}\n"
    assert (expected in said.out) if case.smallest else "case:" not in said.out
