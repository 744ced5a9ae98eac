"""Loads a content pack and refuses one that is wrong in any way.

In: a folder with pack.yaml, topics.yaml, risk_factors.yaml, statements.yaml, citations.yaml,
value_sets/*.json, locale/*.yaml and figures/*.svg, perhaps alerts.yaml and reviews.yaml; and a
folder of a site's own value sets. Out: a
`ContentPack`, its `CodeIndex` and its catalogues, or `BadContent` with every problem there is.
Nothing is loaded by halves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import orjson
import yaml

from fhir_handout.codes import CodeIndex, NameRules
from fhir_handout.errors import BadContent, UsageError
from fhir_handout.pack_content import content
from fhir_handout.pack_hash import OF_SITE, REVIEWS, approval_hash, digest
from fhir_handout.pack_model import ContentPack
from fhir_handout.patient_record import Coding, Part, Resource
from fhir_handout.reviews import AS_WRITTEN, current_reviews
from fhir_handout.site_value_sets import merge

DEFAULT_PACK = "muscle_cramps"
_YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class LoadedPack:
    """A content pack with everything that stands beside its rules."""

    content: ContentPack
    codes: CodeIndex
    catalogues: Mapping[str, Mapping[str, str]]
    figures: Mapping[str, str]
    value_sets: tuple[Resource, ...]
    name_rules: Mapping[Part, NameRules]

    def approval_hash(self, language: str) -> str:
        """What a site approves: the hash of the rules and of one language's words."""
        return self.content.hashes[language]

    @cached_property
    def observation_codes(self) -> tuple[Coding, ...]:
        """The codes of the Observations that the rules look at."""
        found = self.codes.listed(self.content.wanted.value_sets)
        return tuple(sorted(found, key=lambda coding: (coding.system, coding.code)))


def templates() -> Traversable:
    """The templates that came with this package."""
    return files("fhir_handout.templates")


def load_pack(folder: Traversable | None = None, site_value_sets: Path | None = None) -> LoadedPack:
    """The content pack in `folder`, by default the muscle-cramp pack that came with this.

    `site_value_sets` is a folder of a site's own value sets; its digest covers them too.
    """
    return _Loader(folder or templates() / DEFAULT_PACK, site_value_sets).load()


class _Loader:
    """One pack and a site's value sets, their files read once, and the problems found in them."""

    def __init__(self, folder: Traversable, site: Path | None) -> None:
        self.folder = folder
        self.site = site
        self.problems: list[str] = []

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """Every file of the pack by its path inside it."""
        try:
            found = dict(sorted(_all_files(self.folder)))
        except OSError as error:
            why = f"can't read the content pack {self.folder.name}: {error.strerror}"
            raise BadContent("no-pack", why) from None
        if "pack.yaml" not in found:
            raise BadContent("no-pack", f"{self.folder.name} is no content pack: no pack.yaml")
        return found

    @cached_property
    def site_bytes(self) -> dict[str, bytes]:
        """Every value set of the site by its file name; none where it has no folder of them."""
        return _site_files(self.site) if self.site else {}

    @cached_property
    def all_files(self) -> dict[str, bytes]:
        """The files of the pack, and after them the site's value sets."""
        return {**self.contents, **{OF_SITE + name: d for name, d in self.site_bytes.items()}}

    def load(self) -> LoadedPack:
        tables = {name: self._yaml(f"{name}.yaml") for name in _TABLES}
        if "alerts.yaml" in self.contents:
            tables["alerts"] = self._yaml("alerts.yaml")
        value_sets = [self._value_set(name) for name in self._under("value_sets/", ".json")]
        catalogues = {
            name.removeprefix("locale/").removesuffix(".yaml"): self._yaml(name)
            for name in self._under("locale/", ".yaml")
        }
        self._refuse_if_wrong()
        value_sets = self._with_those_of_the_site(value_sets)
        known = frozenset(value_set["id"] for value_set in value_sets)
        loaded = content(tables, known, catalogues, digest(self.all_files), self.problems)
        loaded = self._governed(loaded, catalogues)
        self._refuse_if_wrong()
        used = _used(loaded)
        rules = _name_rules(loaded, tables["pack"])
        codes = CodeIndex.of(
            (value_set for value_set in value_sets if value_set["id"] in used),
            rules,
            _compatible(loaded),
        )
        figures = {
            name.removeprefix("figures/").removesuffix(".svg"): self.contents[name].decode()
            for name in self._under("figures/", ".svg")
        }
        return LoadedPack(loaded, codes, catalogues, figures, tuple(value_sets), rules)

    def _under(self, folder: str, ending: str) -> list[str]:
        return [n for n in self.contents if n.startswith(folder) and n.endswith(ending)]

    def _yaml(self, name: str, loader: Any = _YAML_LOADER) -> dict[str, Any]:
        try:
            found = yaml.load(self.contents.get(name, b""), Loader=loader)  # noqa: S506, a safe one
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
            found: Resource = orjson.loads(self.contents[name])
            is_value_set = (
                found["resourceType"] == "ValueSet" and found["id"] and found["compose"]["include"]
            )
        except (ValueError, KeyError, TypeError):
            is_value_set = False
        if is_value_set:
            return found
        self.problems.append(f"{name}: not a FHIR ValueSet")
        return {"id": name}

    def _with_those_of_the_site(self, shipped: list[Resource]) -> list[Resource]:
        problems: list[str] = []
        parsed = {name: _json(name, data, problems) for name, data in self.site_bytes.items()}
        readable = {name: found for name, found in parsed.items() if found is not _NOT_JSON}
        merged = merge(shipped, readable, problems)
        if problems:
            raise BadContent(
                "bad-value-sets",
                f"the value sets in {self.site} have {len(problems)} problems: "
                + "; ".join(problems[:_MOST_TOLD]),
                tuple(problems),
            )
        return merged

    def _governed(
        self, loaded: ContentPack, catalogues: Mapping[str, Mapping[str, str]]
    ) -> ContentPack:
        """The pack with what a site can approve of it, and who has reviewed which words."""
        reviews = {}
        if REVIEWS in self.contents:
            said = frozenset(statement.id for statement in loaded.statements)
            table = self._yaml(REVIEWS, AS_WRITTEN)
            reviews = current_reviews(table, said, catalogues, self.problems)
        hashes = {language: approval_hash(self.all_files, language) for language in catalogues}
        return replace(loaded, hashes=hashes, reviews=reviews)

    def _refuse_if_wrong(self) -> None:
        if self.problems:
            raise BadContent(
                "bad-content-pack",
                f"content pack {self.folder.name} has {len(self.problems)} problems, the first: "
                f"{self.problems[0]}; mend the pack",
                tuple(self.problems),
            )


def _site_files(folder: Path) -> dict[str, bytes]:
    try:
        found = {
            path.name: path.read_bytes()
            for path in sorted(folder.iterdir())
            if path.suffix == ".json" and not path.name.startswith(".")
        }
    except OSError as error:
        raise UsageError(
            "no-value-sets",
            f"can't read the value sets in {folder}: {error.strerror}; check the setting "
            "terminology.value_sets",
        ) from None
    if not found:
        raise UsageError(
            "no-value-sets",
            f"no .json file in {folder}; check the setting terminology.value_sets",
        )
    return found


def _json(name: str, data: bytes, problems: list[str]) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        problems.append(f"{name}: not JSON; save it as FHIR JSON in UTF-8")
        return _NOT_JSON


_NOT_JSON = object()
_MOST_TOLD = 5
_TABLES = ("pack", "topics", "risk_factors", "statements", "citations")


def _used(pack: ContentPack) -> frozenset[str]:
    """The value sets that the pack's rules look at."""
    named = {
        name
        for factor in pack.risk_factors.values()
        for name in (*factor.coded_value_sets, *factor.answered_value_sets)
    }
    return frozenset(named) | pack.wanted.value_sets


def _compatible(pack: ContentPack) -> dict[str, frozenset[str]]:
    """For each value set those that one thing can be in too, by any risk factor."""
    found: dict[str, frozenset[str]] = {}
    for factor in pack.risk_factors.values():
        for name, others in factor.compatible.items():
            found[name] = found.get(name, frozenset()) | others
    return found


def _name_rules(pack: ContentPack, table: Mapping[str, Any]) -> dict[Part, NameRules]:
    """What changes the meaning of names, and whose names they are: conditions' or medicines'."""
    of = {
        part: frozenset(
            name
            for factor in pack.risk_factors.values()
            if part in factor.shows_in
            for name in factor.coded_value_sets
        )
        for part in (Part.CONDITIONS, Part.MEDICINES)
    }
    return {
        Part.MEDICINES: NameRules(
            others=tuple(table.get("other_names", ())),
            negations=tuple(table.get("negating_words", ())),
            local=tuple(table.get("local_use_words", ())),
            void=tuple(table.get("void_texts", ())),
            systemic=tuple(table.get("systemic_use_words", ())),
            doubts=tuple(table.get("doubting_words", ())),
            exempt=tuple(table.get("local_use_counts_for", ())),
            of=of[Part.MEDICINES],
        ),
        Part.CONDITIONS: NameRules(
            others=tuple(table.get("condition_other_names", ())),
            negations=tuple(table.get("condition_negating_words", ())),
            excluded=tuple(table.get("condition_excluded_words", ())),
            doubts=tuple(table.get("doubting_words", ())),
            across_clauses=True,
            void=tuple(table.get("void_texts", ())),
            of=of[Part.CONDITIONS],
        ),
    }


def _all_files(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found = []
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            found += _all_files(item, f"{prefix}{item.name}/")
        elif item.is_file() and not item.name.startswith("."):
            found.append((prefix + item.name, item.read_bytes()))
    return found
