"""Step 5 of the pipeline: a sheet in every format there is.

In: a `Sheet`, the name of a format, and how it looks. Out: a `Rendering`. The sheet is laid out
once, as blocks; the formats differ in markup alone, and none leaves a word out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from fhir_handout.model import Look, Rendering, Sheet
from fhir_handout.render.blocks import Document
from fhir_handout.render.html import render_html, render_pages, render_xhtml
from fhir_handout.render.layout import laid_out
from fhir_handout.render.pdf import render_pdf
from fhir_handout.render.rtf import render_rtf
from fhir_handout.render.text import render_text

_PLAIN = Look()
_Renderer = Callable[[Sheet, Document, Look, Mapping[str, str]], bytes]
_FORMATS: Mapping[str, tuple[str, _Renderer]] = {
    "pdf": ("application/pdf", render_pdf),
    "html": ("text/html; charset=utf-8", render_html),
    "text": ("text/plain; charset=utf-8", render_text),
    "rtf": ("application/rtf", render_rtf),
    "xhtml": ("application/xhtml+xml; charset=utf-8", render_xhtml),
}
FORMATS = tuple(_FORMATS)
"""The formats there are, in the order in which they stand in a document."""

USUAL = ("pdf", "html", "text")
"""Those that are attached unless a site or a call asks for others."""

MARKED_UP = ("html", "xhtml")
"""Those that can have several languages in one page."""


def format_of(media_type: str) -> str | None:
    """The format of a media type, whatever its parameters; None for one that is none of ours."""
    plain = media_type.partition(";")[0].strip().lower()
    known = {of.partition(";")[0]: name for name, (of, _) in _FORMATS.items()}
    return known.get(plain)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """These formats, each once, as they stand in a document."""
    wanted = frozenset(names)
    return tuple(name for name in FORMATS if name in wanted)


def render(
    sheet: Sheet, format_name: str, figures: Mapping[str, str], look: Look = _PLAIN
) -> Rendering:
    """`sheet` in one of `FORMATS`; `figures` are the pack's drawings, SVG by name."""
    return next(render_each(sheet, (format_name,), figures, look))


def render_each(
    sheet: Sheet, formats: Sequence[str], figures: Mapping[str, str], look: Look = _PLAIN
) -> Iterator[Rendering]:
    """`sheet` in each of these formats, laid out once for all of them."""
    document = laid_out(sheet, look.layout)
    for name in formats:
        media_type, renderer = _FORMATS[name]
        data = renderer(sheet, document, look, figures)
        yield Rendering(name, media_type, sheet.language, sheet.title, data)


def render_all(
    sheets: Sequence[Sheet], format_name: str, figures: Mapping[str, str], look: Look = _PLAIN
) -> bytes:
    """Sheets of one handout in several languages, in one page of a format in `MARKED_UP`."""
    return render_pages(sheets, look, figures, is_xml=format_name == "xhtml")
