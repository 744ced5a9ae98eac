"""One content pack, its files read once, and what was found wrong with them.

In: the folder of a pack, and of a site's own value sets. Out: a `LoadedPack`, or `BadContent` with
every problem there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import orjson

from fhir_handout.catalogues import (
    LOCALE,
    MESSAGES,
    Catalogues,
    Words,
    file_of,
    folders_of,
    is_tag,
)
from fhir_handout.codes import CodeIndex, NameRules
from fhir_handout.errors import BadContent
from fhir_handout.pack_codes import WORD_LISTS, compatible, name_rules, used_value_sets
from fhir_handout.pack_content import SOURCE_LANGUAGE, content_of, statements_of
from fhir_handout.pack_files import files_of, parsed, shipped_packs, templates, value_set
from fhir_handout.pack_hash import OF_SITE, REVIEWS, approval_hashes, digest
from fhir_handout.pack_model import ContentPack, Figure, Review
from fhir_handout.pack_problems import Problem, located
from fhir_handout.pack_schemas import has_schema
from fhir_handout.pack_statements import Statements
from fhir_handout.pack_words import messages_in
from fhir_handout.patient_record import Coding, Part, Resource
from fhir_handout.reviews import AS_WRITTEN, current_reviews
from fhir_handout.site_value_set_files import readable, site_files
from fhir_handout.site_value_sets import merge

T = TypeVar("T")


@dataclass(frozen=True)
class LoadedPack:
    """A content pack with everything that stands beside its rules."""

    content: ContentPack
    codes: CodeIndex
    catalogues: Catalogues
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


@dataclass(frozen=True, slots=True)
class PackFiles:
    """The files of a pack by their path inside it, and what its catalogues say by language."""

    contents: Mapping[str, bytes]
    catalogues: Mapping[str, Words]


def refuse_if_wrong(
    folder: Traversable, contents: Mapping[str, bytes], problems: Iterable[Problem]
) -> None:
    """`BadContent` with the file and line of every problem, where there is any."""
    told = tuple(map(str, located(problems, contents)))
    if told:
        count = "a problem" if len(told) == 1 else f"{len(told)} problems, the first"
        raise BadContent(
            "bad-content-pack",
            f"content pack {folder.name} has {count}: {told[0]}; mend the pack",
            told,
        )


class Loader:
    """One pack and a site's value sets, their files read once, and the problems found in them."""

    def __init__(self, folder: Traversable, site: Path | None) -> None:
        self.folder = folder
        self.site = site
        self.problems: list[Problem] = []
        self.borrowed_bytes: dict[str, bytes] = {}

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """Every file of the pack by its path inside it."""
        try:
            found = dict(sorted(files_of(self.folder)))
        except OSError as error:
            why = f"can't read the content pack {self.folder.name}: {error.strerror}"
            raise BadContent("no-pack", why) from None
        if "pack.yaml" not in found:
            raise BadContent("no-pack", f"{self.folder.name} is no content pack: no pack.yaml")
        return found

    @cached_property
    def site_bytes(self) -> dict[str, bytes]:
        """Every value set of the site by its file name; none where it has no folder of them."""
        return site_files(self.site) if self.site else {}

    @cached_property
    def lenders(self) -> tuple[Traversable, ...]:
        """The packs whose value sets this one may name."""
        named = self.tables.get("pack", {}).get("value_sets_of")
        found = []
        for pack in named if isinstance(named, list) else ():
            if pack in shipped_packs():
                found.append(templates() / pack)
            else:
                what = f"no pack {pack} came with this; there are: {', '.join(shipped_packs())}"
                self.problems.append(Problem("pack.yaml", "value_sets_of", what, at=str(pack)))
        return tuple(found)

    @cached_property
    def shared(self) -> dict[str, Traversable]:
        """The value sets that this pack may name and not have, by id: the name of their file."""
        folders = [pack / "value_sets" for pack in self.lenders]
        files = (file for folder in folders if folder.is_dir() for file in folder.iterdir())
        return {_bare(file.name): file for file in files if file.name.endswith(".json")}

    @cached_property
    def words(self) -> dict[str, list[str]]:
        """The words that change the meaning of names: this pack's, and those of its lenders."""
        tables = [self.tables["pack"]]
        for pack in self.lenders:
            table = parsed("pack.yaml", {"pack.yaml": (pack / "pack.yaml").read_bytes()}, [])
            tables.append(table or {})
        return {name: [w for t in tables for w in t.get(name, ())] for name in WORD_LISTS}

    @cached_property
    def all_files(self) -> dict[str, bytes]:
        """Every byte that decides what the pack says: its own, what it borrows, and the site's."""
        of_site = {OF_SITE + name: data for name, data in self.site_bytes.items()}
        borrowed = dict(self.borrowed_bytes)
        if borrowed:
            borrowed["value_sets_of/words"] = orjson.dumps(self.words)
        return {**self.contents, **borrowed, **of_site}

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The tables that can be read, by the name of their file."""
        there = [n for n in _MAY_BE if f"{n}.yaml" in self.contents and has_schema(n)]
        read = {name: self._yaml(f"{name}.yaml") for name in (*_TABLES, *there)}
        return {name: table for name, table in read.items() if table is not None}

    @cached_property
    def source(self) -> dict[str, Any] | None:
        """The source catalogue, where it can be read."""
        return self._yaml(_SOURCE)

    @cached_property
    def catalogues(self) -> Catalogues:
        """What the pack says, by language; each translation is read when it is asked for."""
        return Catalogues(self.source, self.contents)

    def translation_problems(self) -> Iterator[Problem]:
        """What is wrong with translations, but for what they lack."""
        for name in self._under(LOCALE, ".yaml"):
            if name != _SOURCE:
                what = f"translations are gettext catalogues; make it {LOCALE}LANGUAGE/{MESSAGES}"
                yield Problem(name, "", what)
        for name in folders_of(self.contents):
            if not is_tag(name):
                what = "no tag of a translation, such as es or zh-Hant; rename the folder"
                yield Problem(f"{LOCALE}{name}/{MESSAGES}", "", what)
        for language in self.catalogues.languages if self.source else ():
            found = self.catalogues.translation(language)
            yield from found.problems if found else ()

    @cached_property
    def own(self) -> dict[str, Resource | None]:
        """The pack's own value sets by id; None for one that is none."""
        found: dict[str, Resource | None] = {}
        for name in self._under("value_sets/", ".json"):
            read = value_set(name, self.contents[name], self.problems)
            key = str(read["id"]) if read else _bare(name)
            if key in found or key in self.shared:
                self.problems.append(Problem(name, "", f"another value set has the id {key}"))
            found[key] = read
        return found

    def load(self) -> LoadedPack:
        """The pack; a translation that is wrong is one that it lacks."""
        return self._loaded(content_of(self._said(), ""))

    def load_with(self, beside: Callable[[PackFiles, Statements], T]) -> tuple[LoadedPack, T]:
        """The pack, what else is read of its files, and every translation held against it."""
        said = self._said()
        loaded = content_of(said, "")
        more = beside(PackFiles(self.contents, self.catalogues), said)
        self.problems += self.translation_problems()
        return self._loaded(loaded), more

    def _said(self) -> Statements:
        known = frozenset(self.own.keys() | self.shared.keys())
        return statements_of(self.tables, known, self.source, self.problems)

    def _loaded(self, loaded: ContentPack) -> LoadedPack:
        figures = self.figures
        loaded = replace(loaded, figures=tuple(map(self._drawn, loaded.figures)))
        used = used_value_sets(loaded)
        borrowed = self._borrowed(used)
        loaded = self._governed(loaded)
        refuse_if_wrong(self.folder, self.contents, self.problems)
        value_sets = self._with_those_of_the_site([*filter(None, self.own.values()), *borrowed])
        rules = name_rules(loaded, self.words)
        codes = CodeIndex.of(
            (found for found in value_sets if found["id"] in used),
            rules,
            compatible(loaded),
        )
        return LoadedPack(loaded, codes, self.catalogues, figures, tuple(value_sets), rules)

    @cached_property
    def figures(self) -> dict[str, str]:
        """The drawings by name."""
        found = {}
        for name in self._under("figures/", ".svg"):
            try:
                found[_bare(name)] = self.contents[name].decode()
            except UnicodeDecodeError:
                self.problems.append(Problem(name, "", "not UTF-8; save it so"))
        return found

    def _drawn(self, figure: Figure) -> Figure:
        """The figure with the labels of its drawing, which is there and has its words."""
        if figure.name not in self.figures:
            what = f"no drawing figures/{figure.name}.svg"
            self.problems.append(Problem("pack.yaml", "figures", what, at=figure.name))
            return figure
        inside = dict.fromkeys(messages_in(self.figures[figure.name]))
        used = dict.fromkeys((figure.caption, figure.description, *inside))
        for name in () if self.source is None else used.keys() - self.source.keys():
            what = f"the figure {figure.name} uses it, and locale/en.yaml lacks it"
            self.problems.append(Problem(_SOURCE, name, what))
        labels = [name for name in inside if name not in (figure.caption, figure.description)]
        return replace(figure, labels=tuple(labels))

    def _under(self, folder: str, ending: str) -> list[str]:
        return [n for n in self.contents if n.startswith(folder) and n.endswith(ending)]

    def _yaml(self, name: str) -> dict[str, Any] | None:
        return parsed(name, self.contents, self.problems)

    def _borrowed(self, used: frozenset[str]) -> list[Resource]:
        """The value sets of other packs that this one's rules look at; the digest covers them."""
        found = []
        for name in sorted(used & self.shared.keys()):
            file = self.shared[name]
            self.borrowed_bytes[f"value_sets_of/{file.name}"] = data = file.read_bytes()
            found.append(value_set(file.name, data, self.problems))
        return [read for read in found if read]

    def _with_those_of_the_site(self, shipped: list[Resource]) -> list[Resource]:
        problems: list[str] = []
        mine = {found["id"] for found in shipped}
        parsed = readable(self.site_bytes, problems)
        ours = {n: v for n, v in parsed.items() if not self._is_of_another_pack(v, mine)}
        merged = merge(shipped, ours, problems)
        if problems:
            raise BadContent(
                "bad-value-sets",
                f"the value sets in {self.site} have {len(problems)} problems: "
                + "; ".join(problems[:_MOST_TOLD]),
                tuple(problems),
            )
        return merged

    def _is_of_another_pack(self, found: Any, mine: set[str]) -> bool:
        """Whether a site's value set is for one of another pack that this one does not use."""
        name = found.get("id") if isinstance(found, dict) else None
        return isinstance(name, str) and name in self.shared and name not in mine

    def _governed(self, loaded: ContentPack) -> ContentPack:
        """The pack with what a site can approve of it, and who has reviewed which words."""
        words = {language: file_of(language) for language in self.catalogues.languages}
        return replace(
            loaded,
            digest=digest(self.all_files),
            hashes=approval_hashes(self.all_files, words),
            reviews=self._reviews(loaded) if REVIEWS in self.contents else {},
        )

    def _reviews(self, loaded: ContentPack) -> Mapping[str, Mapping[str, Review]]:
        table = parsed(REVIEWS, self.contents, self.problems, AS_WRITTEN)
        said = frozenset(statement.id for statement in loaded.statements)
        return current_reviews(table, said, self.catalogues, self.problems) if table else {}


_MOST_TOLD = 5
_TABLES = ("pack", "topics", "risk_factors", "statements", "citations")
_MAY_BE = ("alerts", "cards", "rows")
_SOURCE = file_of(SOURCE_LANGUAGE)


def _bare(name: str) -> str:
    """The name of a file without its folder and its ending."""
    return name.rpartition("/")[2].rpartition(".")[0]
