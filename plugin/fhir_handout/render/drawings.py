"""The pack's drawings with the sheet's words in them.

In: SVG as a Jinja2 template, and a sheet. Out: SVG. Autoescape keeps a word from acting as markup.
What is drawn with the same words is drawn once. A drawing can measure words in columns, and break
them into lines, whatever their script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from fhir_handout.model import Sheet
from fhir_handout.pack_words import messages_in
from fhir_handout.render.lines import columns, unbroken

_KEPT = 256
_Words = tuple[tuple[str, str], ...]


def drawings(
    sheet: Sheet, figures: Mapping[str, str], prefix: str = "", **settings: Any
) -> Iterator[tuple[str, str]]:
    """The name and the SVG of each drawing of the sheet that the pack has.

    Ids in it begin with `prefix`; `settings` are for the drawing itself.
    """
    for figure in sheet.figures:
        if figure.name in figures:
            source = figures[figure.name]
            words = tuple((name, sheet.words[name]) for name in _names(source))
            id_ = f"{prefix}figure-{figure.name}"
            yield figure.name, _drawn(source, id_, words, tuple(settings.items()))


@lru_cache(_KEPT)
def _drawn(
    source: str, figure_id: str, words: _Words, settings: tuple[tuple[str, Any], ...]
) -> str:
    return _compiled(source).render(figure_id=figure_id, words=dict(words), **dict(settings))


@cache
def _names(source: str) -> tuple[str, ...]:
    """The messages that a drawing has words of."""
    return tuple(dict.fromkeys(messages_in(source)))


@cache
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


@cache
def _environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters["columns"] = columns
    environment.filters["lines"] = unbroken
    return environment
