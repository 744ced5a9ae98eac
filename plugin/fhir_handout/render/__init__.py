"""Step 5 of the pipeline: a sheet in every format there is.

In: a `Sheet` and the name of a format. Out: a `Rendering`. The formats differ in layout alone:
each takes its words from the sheet, and none leaves one out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fhir_handout.model import Rendering, Sheet
from fhir_handout.render.html import render_html
from fhir_handout.render.text import render_text

_FORMATS: Mapping[str, tuple[str, Callable[[Sheet, Mapping[str, str]], bytes]]] = {
    "html": ("text/html; charset=utf-8", render_html),
    "text": ("text/plain; charset=utf-8", render_text),
}
FORMATS = tuple(_FORMATS)
"""The formats there are, in the order in which they stand in a document."""


def render(sheet: Sheet, format_name: str, figures: Mapping[str, str]) -> Rendering:
    """`sheet` in one of `FORMATS`; `figures` are the pack's drawings, SVG by name."""
    media_type, renderer = _FORMATS[format_name]
    data = renderer(sheet, figures)
    return Rendering(format_name, media_type, sheet.language, sheet.title, data)
