"""A few pages as pictures, looked at when they were taken: what changes them is looked at again.

`python -m pdf.snapshots` in `tests/` takes them anew.
"""

import pytest
from PIL import Image, ImageChops, ImageStat

from pdf.snapshots import PAGES, kept, picture

_LINE = 10
"""About how many rows of dots a line of text has."""

_MOST = 6.0
"""Of 255: what edges drawn a little otherwise come to in a line, and no word."""


def difference(one: Image.Image, other: Image.Image) -> float:
    """How much the lines of two pages differ that differ most."""
    changed = ImageChops.difference(one, other)
    tops = range(0, changed.height, _LINE)
    lines = (changed.crop((0, top, changed.width, top + _LINE)) for top in tops)
    return max(ImageStat.Stat(line).mean[0] for line in lines)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_it_did_when_somebody_looked_at_it(name: str) -> None:
    now, then = picture(name), kept(name)
    assert now.size == then.size
    assert difference(now, then) <= _MOST, f"look at the page, and take it anew: {name}"


def test_a_page_that_lacks_a_line_does_not_look_the_same() -> None:
    page = kept("en-standard-1")
    spoiled = page.copy()
    spoiled.paste(255, (0, 300, page.width, 300 + _LINE))
    assert difference(page, spoiled) > 2 * _MOST
