"""A sheet as one HTML page that needs nothing else: style and figure are inside it.

In: a `Sheet` and the pack's figures. Out: UTF-8 HTML. Everything from the record and the site is
escaped by Jinja2 and stands in a `<bdi>`, so that it can act neither as markup nor on the direction
of the text around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from fhir_handout import __version__
from fhir_handout.model import Sheet
from fhir_handout.pack import templates
from fhir_handout.render.blocks import diary, furniture, laid_out


def render_html(sheet: Sheet, figures: Mapping[str, str]) -> bytes:
    """The sheet as a page."""
    page = _environment().get_template("handout.html.j2")
    return page.render(
        sheet=sheet,
        sections=laid_out(sheet),
        furniture=furniture(sheet),
        diary=diary(sheet),
        figure=_figure(figures, sheet),
        around=_around,
        program_version=__version__,
    ).encode()


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_layout),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _layout(name: str) -> str | None:
    file = templates() / "layouts" / name
    return file.read_text("utf-8") if file.is_file() else None


@cache
def _compiled(source: str):  # type: ignore[no-untyped-def]
    return _environment().from_string(source)


def _figure(figures: Mapping[str, str], sheet: Sheet) -> Markup | str:
    """The pack's drawing in the sheet's words; empty where it has none."""
    if sheet.figure is None or sheet.figure.name not in figures:
        return ""
    drawn = _compiled(figures[sheet.figure.name]).render(
        figure_id="figure", words=dict(sheet.words)
    )
    return Markup(drawn)  # noqa: S704, autoescape made it


def _around(message: str, *filling: str) -> Markup:
    """`message` with each placeholder's value in its place, isolated from the text around it.

    `filling` is a placeholder, its value, another placeholder, its value.
    """
    values = dict(zip(filling[::2], filling[1::2], strict=True))
    parts = re.split(f"({'|'.join(map(re.escape, values))})", message)
    return Markup("").join(
        Markup("<bdi>") + escape(values[part]) + Markup("</bdi>") if part in values else part
        for part in parts
    )
