"""A sheet as PDF/UA-1, by typst.

In: a sheet laid out, its look, and the pack's figures. Out: a PDF; the same bytes for the same
sheet. Everything is passed to the layout (templates/layouts/handout.typ) as data.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import orjson

from fhir_handout.errors import BadContent
from fhir_handout.model import Look, Sheet
from fhir_handout.pack import templates
from fhir_handout.render.blocks import Document
from fhir_handout.render.fonts import folders, has_cjk, missing_cjk
from fhir_handout.render.pdf_content import content

if TYPE_CHECKING:
    import typst

_LAYOUT = "handout.typ"
_QUOTE, _BACKSLASH = "\ue000", "\ue001"
_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed|codepoint `"(.*?)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_EAST_ASIAN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC")
_one_at_a_time = Lock()


def render_pdf(sheet: Sheet, document: Document, look: Look, figures: Mapping[str, str]) -> bytes:
    """The sheet on paper; `BadContent` where a character has no glyph."""
    data = orjson.dumps(content(sheet, document, look, figures)).decode()
    return compiled(f'#import "{_LAYOUT}": handout\n#handout({literal(data)})', sheet.language)


def literal(text: str) -> str:
    """A string of typst that stands for `text`, in an alphabet in which no string can end.

    The layout puts the two characters back. They mean nothing: what is printed has none of them
    (`names.plain`, `pack_words.has_unseen`).
    """
    if _QUOTE in text or _BACKSLASH in text:
        raise BadContent(
            "missing-glyph", "a PDF: U+E000 and U+E001 stand for nothing; leave them out"
        )
    return '"' + text.replace('"', _QUOTE).replace("\\", _BACKSLASH) + '"'


def compiled(source: str, language: str) -> bytes:
    """A document of typst as PDF/UA-1; it can import from templates/layouts."""
    compiler = _compiler()
    with _one_at_a_time:
        try:
            made = compiler.compile(
                source.encode(), format="pdf", pdf_standards=["ua-1"], timestamp=0
            )
        except RuntimeError as error:
            raise _said(error, language) from None
    assert isinstance(made, bytes)  # noqa: S101, no file was named to write it to
    return made


@cache
def _compiler() -> typst.Compiler:
    """One for the process: it has read the layout and the fonts, and remembers what it has set.

    It remembers as long as typst's inputs (`sys_inputs`) stay the same: whatever two sheets have in
    common is set once. So a sheet is no input, but the argument of a function.
    """
    # A document is too small for typst to share it among threads: processes share them out better.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    import typst

    folder = Path(str(templates())) / "layouts"
    return typst.Compiler(root=folder, font_paths=_fonts(), ignore_system_fonts=True)


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders()
    )


def _said(error: RuntimeError, language: str) -> BadContent:
    """What typst found wrong, as an error of ours; it quotes the layout, and no words."""
    message = str(getattr(error, "message", error))
    found = _NO_GLYPH.search(message)
    if found is None:
        return BadContent("bad-layout", f"templates/layouts/{_LAYOUT}: {message}")
    text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1] or found[2])
    character = next((c for c in text if not c.isspace()), text[:1])
    if not has_cjk() and unicodedata.name(character, "").startswith(_EAST_ASIAN):
        return missing_cjk(language)
    return BadContent(
        "missing-glyph",
        f"a PDF in {language}: no font has U+{ord(character):04X} ({_shown(character)}); "
        "use another format, or leave the character out",
    )


def _shown(character: str) -> str:
    return character if character.isprintable() else unicodedata.name(character, "unprintable")
