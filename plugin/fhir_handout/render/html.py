"""A sheet as one page that needs nothing else: style and figures are inside it.

In: a sheet laid out, and the pack's figures. Out: HTML, or well-formed XHTML, in UTF-8; or several
sheets in one HTML page, each in its language. Everything from the record and the site is escaped by
Jinja2 and stands in a `<bdi>`, so that it can act neither as markup nor on the direction of the
text around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from fhir_handout import __version__
from fhir_handout.languages import direction, language_name
from fhir_handout.model import Layout, Look, Sheet
from fhir_handout.pack import templates
from fhir_handout.render.blocks import Block, Document, Drawing, Items, Part, Run
from fhir_handout.render.drawings import drawings
from fhir_handout.render.layout import filled, laid_out
from fhir_handout.render.qr import qr_code

_ISOLATED = Markup("<bdi>{}</bdi>")
_LANGUAGE = Markup(' lang="{0}" dir="{1}"')
_XML_LANGUAGE = Markup(' lang="{0}" xml:lang="{0}" dir="{1}"')
_DRAWING_WIDTH, _SIGN_WIDTH, _CODE_WIDTH = 240, 32, 120  # where there is no style


@dataclass(frozen=True, slots=True)
class View:
    """What the layout draws: a sheet, its drawings, and what ids begin with in a page of several.

    `language` and `beside` are the attributes that name the two languages; `has_signs` where items
    have their pictograms.
    """

    sheet: Sheet
    document: Document
    name: str
    prefix: str
    language: Markup
    beside: Markup
    is_xml: bool
    drawings: Mapping[str, Markup]
    has_signs: bool


def render_html(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as HTML."""
    return _page("handout.html.j2", [_view(sheet, document, look, figures)], look)


def render_xhtml(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet as XHTML: the same page, and well-formed XML."""
    return _page(
        "handout.html.j2", [_view(sheet, document, look, figures, is_xml=True)], look, True
    )


def render_pages(
    sheets: Sequence[Sheet], look: Look, figures: Mapping[str, str], is_xml: bool = False
) -> bytes:
    """Sheets in several languages as one page; it shows the one that is chosen, else the first.

    Choosing needs no script. What is shown is printed.
    """
    views = [
        _view(sheet, laid_out(sheet, look.layout), look, figures, f"{sheet.language}-", is_xml)
        for sheet in sheets
    ]
    return _page("pages.html.j2", views, look, is_xml)


def _page(template: str, views: Sequence[View], look: Look, is_xml: bool = False) -> bytes:
    page = _environment().get_template(template)
    layout = look.layout
    if layout is Layout.BILINGUAL and not any(view.document.beside for view in views):
        layout = Layout.STANDARD  # English has nothing beside it
    made = page.render(
        views=views, first=views[0], layout=layout.value, is_xml=is_xml, program_version=__version__
    )
    return made.encode()


def _view(
    sheet: Sheet,
    document: Document,
    look: Look,
    figures: Mapping[str, str],
    prefix: str = "",
    is_xml: bool = False,
) -> View:
    attributes = _XML_LANGUAGE if is_xml else _LANGUAGE
    beside = document.beside
    return View(
        sheet,
        document,
        language_name(sheet.language) if prefix else "",
        prefix,
        attributes.format(document.language, document.direction),
        attributes.format(beside, direction(beside)) if beside else Markup(""),
        is_xml,
        {
            name: Markup(svg.replace("<svg ", f'<svg width="{_DRAWING_WIDTH}" ', 1))  # noqa: S704, escaped
            for name, svg in drawings(sheet, figures, prefix)
        },
        look.layout is Layout.EASY,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_layout),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["said"] = said
    environment.filters["notice"] = lambda text: said(filled(text, {}))
    environment.filters["parts"] = parts
    environment.filters["groups"] = groups
    environment.filters["items"] = items
    environment.filters["plain_items"] = plain_items
    environment.globals["qr_code"] = _qr_code
    environment.globals["pictogram"] = _pictogram
    return environment


def said(runs: tuple[Run, ...]) -> str:
    """The runs: text that is yet to be escaped, or markup with isolated ones in their elements."""
    if not runs:
        return ""
    if len(runs) == 1 and not runs[0].is_isolated:
        return runs[0].text
    return Markup("").join(
        _ISOLATED.format(run.text) if run.is_isolated else escape(run.text) for run in runs
    )


def parts(document: Document) -> tuple[Part | None, ...]:
    """The parts in their order; None is where the footer stands."""
    return (*document.parts, None, *((document.diary,) if document.diary else ()))


def items(block: Items, prefix: str) -> Iterator[tuple[str, str, str, list[tuple[str, str]]]]:
    """The kind, id, sign and lines of each item."""
    for item in block.items:
        lines = [(said(words.said), said(words.beside)) for words in item.sentences]
        yield item.kind, prefix + item.id, item.sign, lines


def plain_items(block: Items, prefix: str) -> Iterator[tuple[str, str, str]]:
    """The kind, id and words of each item, where it is one piece."""
    for item in block.items:
        yield item.kind, prefix + item.id, said(item.sentences[0].said)


def groups(
    blocks: tuple[Block, ...], drawn: Mapping[str, Markup]
) -> Iterator[tuple[str, list[Block]]]:
    """Blocks of a kind that follow on each other, by its name; of drawings, those there are."""
    there = (b for b in blocks if not isinstance(b, Drawing) or b.name in drawn)
    return ((kind, list(some)) for kind, some in groupby(there, lambda b: type(b).__name__))


def _layout(name: str) -> str | None:
    file = templates() / "layouts" / name
    return file.read_text("utf-8") if file.is_file() else None


def _pictogram(sign: str, label: str) -> Markup:
    """The drawing of a sign, told in words for whoever can't see it."""
    return Markup(_sign(sign)).format(label)  # noqa: S704, format escapes


@cache
def _sign(sign: str) -> str:
    svg = (_layout(f"pictograms/{sign}.svg") or "").strip()
    spoken = f'<svg class="sign" role="img" aria-label="{{}}" width="{_SIGN_WIDTH}" '
    return svg.replace("<svg ", spoken, 1)


def _qr_code(url: str, label: str) -> Markup:
    """The code of an address, told in words; empty for an address that is too long for one."""
    spoken = Markup('<svg role="img" aria-label="{}" width="{}" ').format(label, _CODE_WIDTH)
    return Markup(qr_code(url).replace("<svg ", spoken, 1))  # noqa: S704, squares and the label
