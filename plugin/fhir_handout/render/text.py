"""A sheet as plain text, good enough to be the only thing an EHR takes.

In: a `Sheet`. Out: UTF-8 text of at most 76 columns, headings underlined, lists with hyphens.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from fhir_handout.model import Sheet
from fhir_handout.render.blocks import LaidOutSection, diary, furniture, laid_out

_WIDTH = 76
_DIARY_LINES = 6


def render_text(sheet: Sheet, figures: Mapping[str, str]) -> bytes:
    """The sheet as text; figures have no place in it."""
    return ("\n".join(_lines(sheet)).strip() + "\n").encode()


def _lines(sheet: Sheet) -> Iterator[str]:
    words = sheet.words
    if sheet.site.name:
        yield from _paragraph(sheet.site.name)
    yield from _heading(sheet.title, "=")
    yield from _paragraph(f"{words['sheet-purpose']} {words['sheet-care-team']}")
    yield ""
    if sheet.patient_name:
        yield from _paragraph(words["sheet-for"].replace("{name}", sheet.patient_name))
    yield from _paragraph(words["sheet-date"].replace("{date}", sheet.date))
    yield ""
    heading = words[f"section-{sheet.emergency_section}"]
    yield from _paragraph(words["sheet-warning-pointer"].replace("{heading}", heading))
    for section in laid_out(sheet):
        yield from _section(section)
    yield from _furniture(sheet)
    yield ""
    version = words["sheet-version"].replace("{version}", sheet.version)
    yield from _paragraph(version.replace("{hash}", sheet.printed_hash))
    yield from _diary(sheet)


def _section(section: LaidOutSection) -> Iterator[str]:
    yield from _heading(section.heading, "-")
    if section.lead:
        yield from _paragraph(section.lead)
    for block in section.blocks:
        for line in block.lines:
            yield from (_item if block.is_list else _paragraph)(line.text)


def _furniture(sheet: Sheet) -> Iterator[str]:
    items = furniture(sheet)
    if items:
        yield from _heading(sheet.words["site-heading"], "-")
    for item in items:
        label = f"{item.label}: " if item.label else ""
        yield from _item(f"{label}{item.text}{f' ({item.url})' if item.url else ''}")


def _diary(sheet: Sheet) -> Iterator[str]:
    """What to write down, and a few lines to write it on."""
    page = diary(sheet)
    if page is None:
        return
    yield from _heading(page.heading, "-")
    yield from _paragraph(page.lead)
    yield from _paragraph(" | ".join(page.columns))
    for _ in range(_DIARY_LINES):
        yield from ("", "." * _WIDTH)


def _heading(text: str, underline: str) -> list[str]:
    lines = _paragraph(text)
    return ["", *lines, underline * max(map(len, lines)), ""]


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_on_hyphens=False) or [""]


def _item(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_on_hyphens=False,
    )
