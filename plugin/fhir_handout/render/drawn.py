"""A drawing as it goes on paper: its lines as SVG, its labels as words.

In: the SVG of a drawing. Out: the same without labels, its size in millimetres, and each label with
its place. typst sets the labels like all other words, so that every script is shaped as it should
be, and every character has a glyph or is an error.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_MM = 36 / 640
"""Millimetres of a unit: what is 6 cm wide on a screen leaves room for the words on two pages."""

_VIEW_BOX = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^)]+)\)")
_MARKS = str.maketrans("", "", "\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Label:
    """Words at the place, in millimetres, where their first line begins or ends."""

    text: str
    x: float
    y: float
    size: float
    ends: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing: its lines, its size in millimetres, its labels."""

    svg: str
    width: float
    height: float
    labels: tuple[Label, ...]


def on_paper(svg: str) -> Drawn:
    """The drawing in two: what is drawn, and what is written."""
    box = _VIEW_BOX.search(svg)
    left, top, width, height = map(float, box.groups()) if box else (0.0, 0.0, 640.0, 640.0)
    labels = tuple(_label(found[1], found[2], left, top) for found in _TEXT.finditer(svg))
    return Drawn(plain(_TEXT.sub("", svg)), round(width * _MM, 2), round(height * _MM, 2), labels)


def plain(svg: str) -> str:
    """A drawing without the settings of a page: typst's SVG knows no var()."""
    return _VARIABLE.sub(r"\1", svg)


def _label(attributes: str, text: str, left: float, top: float) -> Label:
    named = dict(_ATTRIBUTE.findall(attributes))
    return Label(
        html.unescape(text).translate(_MARKS),
        round((float(named["x"]) - left) * _MM, 2),
        round((float(named["y"]) - top) * _MM, 2),
        round(float(named["font-size"]) * _MM, 2),
        named.get("text-anchor") == "end",
    )
