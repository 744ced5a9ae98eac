"""Pages of PDFs as small grey pictures, and where those are kept that somebody looked at.

Run as a script, `python -m pdf.snapshots` in `tests/`, it takes them anew.
"""

import subprocess
from pathlib import Path

from PIL import Image

from fhir_handout.language_choice import Because, Choice
from fhir_handout.model import Layout, Look, Paper, Site
from fhir_handout.render import render
from fhir_handout.sheets import Wording
from pdf.poppler import program
from unit.handouts import TODAY, handout, loaded

FOLDER = Path(__file__).parent / "pictures"
_DOTS_PER_INCH = 50
_SITE = Site(name="Riverside Clinic", phone="555-0100", country="US")
_FINDINGS = ("kidney_failure.dialysis", "diuretic.loop")
PAGES: dict[str, tuple[str, Look, int]] = {
    "en-standard-1": ("en", Look(paper=Paper.LETTER), 1),
    "en-standard-2": ("en", Look(paper=Paper.LETTER), 2),
    "ar-bilingual-1": ("ar", Look(Layout.BILINGUAL), 1),
    "zh-Hans-large-1": ("zh-Hans", Look(Layout.LARGE), 1),
    "hi-easy-2": ("hi", Look(Layout.EASY), 2),
}
"""The language, the look and the number of each page."""


def picture(name: str) -> Image.Image:
    """The page as it comes out now."""
    pdftoppm = program("pdftoppm")
    language, look, number = PAGES[name]
    made = Wording(handout(*_FINDINGS), loaded().catalogues, _SITE, "Quillon Testperson", TODAY)
    sheet = made.sheet(Choice(language, Because.ASKED), look)
    data = render(sheet, "pdf", loaded().figures, look).data
    page = ("-f", str(number), "-l", str(number), "-singlefile")
    done = subprocess.run(
        [pdftoppm, "-r", str(_DOTS_PER_INCH), "-gray", *page, "-"],
        input=data,
        capture_output=True,
        check=True,
    )
    return Image.frombytes("L", *_sized(done.stdout))


def _sized(pgm: bytes) -> tuple[tuple[int, int], bytes]:
    """The width and height of a PGM picture, and its dots."""
    _, size, _, dots = pgm.split(b"\n", 3)
    width, height = map(int, size.split())
    return (width, height), dots


def kept(name: str) -> Image.Image:
    """The page as somebody looked at it; its version and its hash are those of then."""
    return Image.open(FOLDER / f"{name}.png").convert("L")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in PAGES:
        picture(each).save(FOLDER / f"{each}.png", optimize=True)
