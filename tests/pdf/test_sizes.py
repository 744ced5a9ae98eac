"""How large the words are: 12 pt, and 18 pt in large print; in a drawing 10 pt and 18 pt."""

import io

import pytest
from pypdf import PdfReader

from fhir_handout.model import Layout, Look
from pdf.papers import LANGUAGES, RICH, pdf, sheet

SMALLEST = {Layout.STANDARD: 12, Layout.BILINGUAL: 12, Layout.EASY: 14, Layout.LARGE: 18}
IN_A_DRAWING = {**SMALLEST, Layout.STANDARD: 10, Layout.BILINGUAL: 10}


def sizes(data: bytes) -> dict[float, str]:
    """The words of a PDF by their size in points."""
    found: dict[float, str] = {}

    def visit(text: str, around: list[float], at: list[float], _font: object, size: float) -> None:
        if text.strip():
            points = round(abs(size * at[3] * around[3]), 2)
            found[points] = found.get(points, "") + text

    for page in PdfReader(io.BytesIO(data)).pages:
        page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("layout", Layout)
def test_nothing_is_smaller_than_its_layout_says(layout: Layout, language: str) -> None:
    look = Look(layout)
    made = sheet(*RICH, language=language, look=look)
    labels = "".join(made.words[name] for name in made.figures[0].labels)
    for points, words in sizes(pdf(made, look)).items():
        smallest = SMALLEST[layout] if points >= SMALLEST[layout] else IN_A_DRAWING[layout]
        assert points >= smallest - 0.01, (points, words)
        if points < SMALLEST[layout] - 0.01:  # only the labels of the drawing are
            assert len(words.split()) <= len(labels.split()) + 2 or len(words) <= 2 * len(labels)
