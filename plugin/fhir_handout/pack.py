"""Loads a content pack and refuses one that is wrong in any way.

In: a folder with pack.yaml, topics.yaml, risk_factors.yaml, statements.yaml, citations.yaml,
value_sets/*.json, locale/*.yaml and figures/*.svg. Out: a `ContentPack`, its `CodeIndex` and its
catalogues, or `BadContent` with every problem there is. Nothing is loaded by halves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
import yaml

from fhir_handout.codes import CodeIndex
from fhir_handout.errors import BadContent
from fhir_handout.model import ContentPack, Resource
from fhir_handout.pack_content import content

DEFAULT_PACK = "muscle_cramps"
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class LoadedPack:
    """A content pack with everything that stands beside its rules."""

    content: ContentPack
    codes: CodeIndex
    catalogues: Mapping[str, Mapping[str, str]]
    figures: Mapping[str, str]


def templates() -> Traversable:
    """The templates that came with this package."""
    return files("fhir_handout.templates")


def load_pack(folder: Traversable | None = None) -> LoadedPack:
    """The content pack in `folder`, by default the muscle-cramp pack that came with this."""
    return _Loader(folder or templates() / DEFAULT_PACK).load()


class _Loader:
    """One folder, its files read once, and the problems found in them."""

    def __init__(self, folder: Traversable) -> None:
        self.folder = folder
        self.problems: list[str] = []

    @cached_property
    def bytes(self) -> dict[str, bytes]:
        """Every file of the pack by its path inside it."""
        found = dict(sorted(_all_files(self.folder)))
        if "pack.yaml" not in found:
            raise BadContent("no-pack", f"{self.folder.name} is no content pack: no pack.yaml")
        return found

    def load(self) -> LoadedPack:
        tables = {name: self._yaml(f"{name}.yaml") for name in _TABLES}
        value_sets = [self._value_set(name) for name in self._under("value_sets/", ".json")]
        catalogues = {
            name.removeprefix("locale/").removesuffix(".yaml"): self._yaml(name)
            for name in self._under("locale/", ".yaml")
        }
        self._refuse_if_wrong()
        digest = self._digest()
        known = frozenset(value_set["id"] for value_set in value_sets)
        loaded = content(tables, known, catalogues, digest, self.problems)
        self._refuse_if_wrong()
        used = {name for f in loaded.risk_factors.values() for name in f.named_value_sets}
        codes = CodeIndex.of(
            (value_set for value_set in value_sets if value_set["id"] in used),
            tables["pack"].get("negating_words", ()),
            tables["pack"].get("local_use_words", ()),
        )
        figures = {
            name.removeprefix("figures/").removesuffix(".svg"): self.bytes[name].decode()
            for name in self._under("figures/", ".svg")
        }
        return LoadedPack(loaded, codes, catalogues, figures)

    def _under(self, folder: str, ending: str) -> list[str]:
        return [n for n in self.bytes if n.startswith(folder) and n.endswith(ending)]

    def _yaml(self, name: str) -> dict[str, Any]:
        try:
            found = yaml.load(self.bytes.get(name, b""), Loader=_YAML_LOADER)  # noqa: S506, a safe one
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            self.problems.append(f"{name}{line}: not YAML")
            return {}
        if not isinstance(found, dict):
            self.problems.append(f"{name}: missing, or not a mapping")
            return {}
        return found

    def _value_set(self, name: str) -> Resource:
        try:
            found: Resource = orjson.loads(self.bytes[name])
            is_value_set = (
                found["resourceType"] == "ValueSet" and found["id"] and found["compose"]["include"]
            )
        except (ValueError, KeyError, TypeError):
            is_value_set = False
        if is_value_set:
            return found
        self.problems.append(f"{name}: not a FHIR ValueSet")
        return {"id": name}

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, data in self.bytes.items():
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        return digest.hexdigest()

    def _refuse_if_wrong(self) -> None:
        if self.problems:
            raise BadContent(
                "bad-content-pack",
                f"content pack {self.folder.name} has {len(self.problems)} problems, the first: "
                f"{self.problems[0]}; mend the pack",
                tuple(self.problems),
            )


_TABLES = ("pack", "topics", "risk_factors", "statements", "citations")


def _all_files(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            found += _all_files(item, f"{prefix}{item.name}/")
        elif item.is_file() and not item.name.startswith("."):
            found.append((prefix + item.name, item.read_bytes()))
    return found
