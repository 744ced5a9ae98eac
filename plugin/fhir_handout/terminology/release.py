"""The rows of an RxNorm release, read once each and kept only where they are needed.

In: the folder of a release as NLM publishes it, with RXNCONSO.RRF, RXNREL.RRF and RXNSAT.RRF in it
or in `rrf/` below it. Out: which concept contains which, what concepts are called, and their NDCs.
`NotFound` for a file that is not there, `BadContent` with file and line for a damaged row.

The columns are those of NLM's RxNorm Technical Documentation, section 12 (12.4 RXNCONSO, 12.5
RXNSAT, 12.7 RXNREL, 12.8 RXNSAB): UTF-8, columns parted by pipes, a pipe after the last one too.
Only rows of the source RXNORM count; those of other sources are licensed, and name other things.

RXNREL reads backwards: REL and RELA are what the second concept is to the first (12.7). A row
`RXCUI1=furosemide, RXCUI2=furosemide 40 MG, RELA=has_ingredient` says that furosemide 40 MG has the
ingredient furosemide. Each relationship stands in two rows, one for either direction; both are
read, so that one alone is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fhir_handout.errors import BadContent, NotFound
from fhir_handout.terminology.ndc import eleven_digits

SOURCE = "RXNORM"
Containers = Mapping[str, Collection[str]]
"""The concepts that contain a concept, by RXCUI."""

# What a concept says of one that is in it (appendix 1): of a salt, an ingredient, a component, a
# combination, a form, a group of forms, a product; and of a generic that is sold under a brand.
_CONTAINS = frozenset(
    {
        "consists_of",
        "contains",
        "form_of",
        "has_ingredient",
        "has_ingredients",
        "has_part",
        "has_precise_ingredient",
        "isa",
        "tradename_of",
    }
)
_IS_IN = frozenset(
    {
        "constitutes",
        "contained_in",
        "has_form",
        "has_tradename",
        "ingredient_of",
        "ingredients_of",
        "inverse_isa",
        "part_of",
        "precise_ingredient_of",
    }
)
TERM_TYPES = frozenset(
    "IN PIN MIN SCDC SCDF SCDFP SCDG SCDGP SCD GPCK BN SBDC SBDF SBDFP SBDG SBD BPCK".split()
)
"""The term types of normal names (appendix 5); synonyms and dose forms are no medicines."""


_INGREDIENTS = ("IN", "PIN")


@dataclass(frozen=True, slots=True)
class Drug:
    """One RxNorm concept: what it is (`SCD`, `BN`, …) and its normal name."""

    rxcui: str
    term_type: str
    name: str


@dataclass(frozen=True, slots=True)
class _Table:
    """One file of a release: its name, and how many columns a row has."""

    name: str
    columns: int


_CONSO = _Table("RXNCONSO.RRF", 18)
_REL = _Table("RXNREL.RRF", 16)
_SAT = _Table("RXNSAT.RRF", 13)
_SAB = _Table("RXNSAB.RRF", 25)


class Release:
    """A release in a folder; nothing of it is read before it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "rrf" if (folder / "rrf").is_dir() else folder
        for table in (_CONSO, _REL, _SAT):
            if not (self.folder / table.name).is_file():
                raise NotFound(
                    "no-release",
                    f"no {table.name} in {self.folder}; give --rrf a release, unpacked",
                )

    def containers(self) -> Containers:
        """What contains what, directly: by ingredient, part, form, group, pack or brand."""
        found: dict[str, list[str]] = {}
        for row in self._rows(_REL):
            first, second, relation = row[0], row[4], row[7]
            if row[10] != SOURCE or not first or not second:  # a row between atoms has no RXCUI
                continue
            if relation in _CONTAINS:
                found.setdefault(first, []).append(second)
            elif relation in _IS_IN:
                found.setdefault(second, []).append(first)
        return found

    def drugs(self, wanted: Collection[str]) -> dict[str, Drug]:
        """Those of the `wanted` concepts that the release names, retired ones too, by RXCUI.

        Charts hold retired codes for years. Where a concept has two normal names, the one that is
        not suppressed counts.
        """
        found: dict[str, Drug] = {}
        suppressed: dict[str, Drug] = {}
        for row in self._rows(_CONSO):
            rxcui, term_type = row[0], row[12]
            if row[11] == SOURCE and term_type in TERM_TYPES and rxcui in wanted:
                names = found if row[16] in ("N", "") else suppressed
                names.setdefault(rxcui, Drug(rxcui, term_type, row[14]))
        return {**suppressed, **found}

    def ingredients(self, names: Collection[str]) -> dict[str, str]:
        """The RXCUIs of the ingredients that have one of these names, in small letters, by name."""
        found: dict[str, str] = {}
        for row in self._rows(_CONSO):
            name = row[14].casefold()
            if row[11] == SOURCE and row[12] in _INGREDIENTS and name in names:
                found.setdefault(name, row[0])
        return found

    def ndcs(self, wanted: Collection[str]) -> dict[str, set[str]]:
        """The National Drug Codes of the `wanted` concepts, in eleven digits, by RXCUI."""
        found: dict[str, set[str]] = {}
        for row in self._rows(_SAT):
            if row[8] == "NDC" and row[9] == SOURCE and row[0] in wanted:
                code = eleven_digits(row[10])
                if code:
                    found.setdefault(row[0], set()).add(code)
        return found

    def version(self) -> str:
        """The version by which the release calls RxNorm, else the name of its folder."""
        if (self.folder / _SAB.name).is_file():
            for row in self._rows(_SAB):
                if row[3] == SOURCE and row[21] == "Y" and row[6]:
                    return row[6]
        folder = self.folder.resolve()
        return (folder.parent if folder.name == "rrf" else folder).name

    def _rows(self, table: _Table) -> Iterator[list[str]]:
        """The rows that name the source, split; of the others, only the columns are counted."""
        path, source, number = self.folder / table.name, f"|{SOURCE}|".encode(), 0
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.count(b"|") != table.columns:
                    raise _damaged(path, number, f"not {table.columns} columns")
                if source in line:
                    yield _split(path, number, line)
        if not number:
            raise BadContent("bad-release", f"{path} is empty; download the release again")


def _split(path: Path, number: int, line: bytes) -> list[str]:
    try:
        return line.decode().split("|")
    except UnicodeDecodeError:
        raise _damaged(path, number, "not UTF-8") from None


def _damaged(path: Path, number: int, what: str) -> BadContent:
    return BadContent("bad-release", f"{path}:{number}: {what}; download the release again")
