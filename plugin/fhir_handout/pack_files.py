"""The files of a content pack, read and parsed: YAML in which no key is there twice, and JSON.

In: a folder. Out: its bytes by file name, and what they say; what can't be read is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
import yaml

from fhir_handout.pack_problems import LOADER, Problem
from fhir_handout.patient_record import Resource

_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


def templates() -> Traversable:
    """The templates that came with this package."""
    return files("fhir_handout.templates")


def shipped_packs() -> tuple[str, ...]:
    """The names of the content packs that came with this package."""
    folders = (item for item in templates().iterdir() if item.is_dir())
    found = (item.name for item in folders if (item / "pack.yaml").is_file())
    return tuple(sorted(name for name in found if name != SCAFFOLD))


SCAFFOLD = "new_pack"
"""The folder of templates that new packs are made of: no pack itself."""


def files_of(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    """Every file of a folder, with its path inside it; nothing that a machine left there."""
    found = []
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            found += files_of(item, f"{prefix}{item.name}/")
        elif item.is_file() and not item.name.startswith("."):
            found.append((prefix + item.name, item.read_bytes()))
    return found


def parsed(
    name: str,
    contents: Mapping[str, bytes],
    problems: list[Problem],
    as_written: type[yaml.BaseLoader] | None = None,
) -> dict[str, Any] | None:
    """The mapping that a YAML file is; None, and a problem, where it is none.

    With `as_written` every value is text, and so is every key.
    """
    if name not in contents:
        problems.append(Problem(name, "", "missing"))
        return None
    try:
        loader = (
            as_written(contents[name]) if as_written else _Strict(contents[name], name, problems)
        )
        try:
            found = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = f" ({error.problem})" if isinstance(error, yaml.MarkedYAMLError) else ""
        problems.append(Problem(name, "", f"not YAML{why}", line=mark.line + 1 if mark else None))
        return None
    if not isinstance(found, dict):
        problems.append(Problem(name, "", "empty, or not a mapping", line=1))
        return None
    return found


class _Strict(LOADER):  # type: ignore[misc]
    """A parser that names each key that is there twice, of which YAML keeps the last unasked."""

    def __init__(self, data: bytes, name: str, problems: list[Problem]) -> None:
        super().__init__(data)
        self.name = name
        self.problems = problems
        self.seen: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Look at a mapping's own keys before those that it merges come among them."""
        if id(node) not in self.seen:
            self.seen.add(id(node))
            self._look_at(node)
        super().flatten_mapping(node)

    def _look_at(self, node: yaml.MappingNode) -> None:
        keys = set()
        for key, _ in node.value:
            if key.tag != _TEXT and key.tag != _MERGE:
                self._wrong(key, "YAML reads this as no text; put it in quotes")
            elif key.value in keys:
                self._wrong(key, "is there twice")
            keys.add(key.value)

    def _wrong(self, key: yaml.Node, what: str) -> None:
        shown = key.value if isinstance(key, yaml.ScalarNode) else "key"
        line = key.start_mark.line + 1
        self.problems.append(Problem(self.name, shown, what, line=line))


def value_set(name: str, data: bytes, problems: list[Problem]) -> Resource | None:
    """The FHIR ValueSet of a JSON file; None, and a problem, where it is none."""
    try:
        found: Resource = orjson.loads(data)
        if found["resourceType"] == "ValueSet" and found["id"] and found["compose"]["include"]:
            return found
    except (ValueError, KeyError, TypeError):
        pass
    problems.append(Problem(name, "", "not a FHIR ValueSet"))
    return None
