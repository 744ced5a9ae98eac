"""A sheet as one HTML page that needs nothing else: style and figures are inside it.

In: a sheet laid out, and the pack's figures. Out: UTF-8 HTML. Everything from the record and the
site is escaped by Jinja2 and stands in a `<bdi>`, so that it can act neither as markup nor on the
direction of the text around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from fhir_handout import __version__
from fhir_handout.model import Look, Sheet
from fhir_handout.pack import templates
from fhir_handout.render.blocks import Document, Run

_ISOLATED = Markup("<bdi>{}</bdi>")


def render_html(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as a page."""
    page = _environment().get_template("handout.html.j2")
    return page.render(
        sheet=sheet,
        document=document,
        drawings=_drawings(sheet, figures),
        program_version=__version__,
    ).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_layout),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["said"] = said
    environment.tests["of"] = lambda block, name: type(block).__name__ == name
    return environment


def said(runs: tuple[Run, ...]) -> Markup:
    """The runs as markup, those that are isolated each in an element of its own."""
    return Markup("").join(
        _ISOLATED.format(run.text) if run.is_isolated else escape(run.text) for run in runs
    )


def _layout(name: str) -> str | None:
    file = templates() / "layouts" / name
    return file.read_text("utf-8") if file.is_file() else None


@cache
def _compiled(source: str):  # type: ignore[no-untyped-def]
    return _environment().from_string(source)


def _drawings(sheet: Sheet, figures: Mapping[str, str]) -> dict[str, Markup]:
    """The pack's drawings in the sheet's words, by name."""
    words = dict(sheet.words)
    return {
        figure.name: Markup(  # noqa: S704, autoescape made it
            _compiled(figures[figure.name]).render(figure_id=f"figure-{figure.name}", words=words)
        )
        for figure in sheet.figures
        if figure.name in figures
    }
