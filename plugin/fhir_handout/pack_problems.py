"""What is wrong with a content pack, and where: the file and the line of each problem.

In: the problems found, and the bytes of the pack's files by name. Out: the problems with their
lines. A file is only looked at for lines once something is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser of all YAML: the fast one where there is one."""

_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: the file, the item of it by id, and what is wrong.

    `path` is where in the file, as keys and positions, where that is known. `at` is the word that
    is wrong, and stands somewhere in the item.
    """

    file: str
    item: str
    what: str
    path: tuple[str | int, ...] = ()
    at: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.item}: {self.what}" if self.item else f"{place}: {self.what}"


def located(problems: Iterable[Problem], contents: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """The problems, each with its line where its file has lines, file by file and line by line."""
    found = with_lines(problems, contents)
    files = list(dict.fromkeys(problem.file for problem in found))
    return tuple(sorted(found, key=lambda problem: (files.index(problem.file), problem.line or 0)))


def with_lines(problems: Iterable[Problem], contents: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """The problems in their order, each with its line where its file has lines."""
    trees: dict[str, yaml.Node | None] = {}

    def with_line(problem: Problem) -> Problem:
        if problem.line is not None:
            return problem
        if problem.file.endswith(".po"):
            return replace(problem, line=_line_of_message(problem, contents))
        if problem.file not in trees:
            trees[problem.file] = _tree(problem.file, contents)
        return replace(problem, line=_line(trees[problem.file], problem))

    return tuple(map(with_line, problems))


def _line_of_message(problem: Problem, contents: Mapping[str, bytes]) -> int | None:
    """Where the message stands in a gettext catalogue; of none of them, its first line."""
    if problem.file not in contents:
        return None
    lines = contents[problem.file].decode(errors="replace").splitlines()
    mark = f'msgctxt "{problem.item}"'
    return lines.index(mark) + 1 if mark in lines else 1


def _tree(name: str, contents: Mapping[str, bytes]) -> yaml.Node | None:
    if not name.endswith(".yaml") or name not in contents:
        return None
    try:
        tree: yaml.Node | None = yaml.compose(contents[name], Loader=LOADER)
    except yaml.YAMLError:
        return None
    return tree


def _line(tree: yaml.Node | None, problem: Problem) -> int | None:
    if tree is None:
        return None
    mark, node = _followed(tree, problem.path) if problem.path else _item(tree, problem.item)
    if problem.at:
        mark = next((word for word in _words(node) if word.value == problem.at), mark)
    line: int = mark.start_mark.line
    return line + 1


def _followed(node: yaml.Node, path: Iterable[str | int]) -> tuple[yaml.Node, yaml.Node]:
    """Where a path leads, or how far: what to point at, and what is there."""
    mark = node
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            mark = node = node.value[step]
        else:
            pairs = (pair for pair in _pairs(node) if pair[0].value == str(step))
            pair = next(pairs, None)
            if pair is None:
                break
            mark, node = pair
    return mark, node


def _item(tree: yaml.Node, item: str) -> tuple[yaml.Node, yaml.Node]:
    """The item of this id, else what stands under this key, else this word, else the file."""
    for node in _all(tree):
        for key, value in _pairs(node):
            if key.value == "id" and value.value == item:
                return key, node
    for node in _all(tree):
        for key, value in _pairs(node):
            if key.value == item:
                return key, value
    word = next((word for word in _words(tree) if word.value == item), tree)
    return word, word


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """The keys and values of a mapping: its own, then those that it merges."""
    if not isinstance(node, yaml.MappingNode):
        return
    yield from (pair for pair in node.value if pair[0].tag != _MERGE)
    for key, merged in node.value:
        if key.tag == _MERGE:
            parts = merged.value if isinstance(merged, yaml.SequenceNode) else [merged]
            for part in parts:
                yield from _pairs(part)


def _all(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield from _all(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _all(value)


def _words(node: yaml.Node) -> Iterator[yaml.Node]:
    return (word for word in _all(node) if isinstance(word, yaml.ScalarNode))
