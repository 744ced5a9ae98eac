"""The words of a PDF are those of the sheet as text, in the same order, in every language."""

import json
from dataclasses import replace

import pytest

from fhir_handout.languages import direction
from fhir_handout.model import Layout, Look, Sheet
from fhir_handout.render.fonts import setting
from fhir_handout.render.pdf import compiled, literal
from pdf import extracted
from pdf.papers import BARE, FURNISHED, LANGUAGES, RICH, pdf, sheet, text
from unit.handouts import loaded

ONE_COLUMN = (Layout.LARGE, Layout.EASY)
RIGHT_TO_LEFT = [language for language in LANGUAGES if direction(language) == "rtl"]
LEFT_TO_RIGHT = [language for language in LANGUAGES if language not in RIGHT_TO_LEFT]
SETTING = """
#let words-of(data) = {
  let given = json(bytes(data.replace("\\u{e000}", "\\"").replace("\\u{e001}", "\\\\")))
  set document(title: "Words")
  set page(height: auto)
  set text(font: given.fonts, features: given.features, lang: given.lang, region: given.region)
  set text(dir: if given.rtl { rtl } else { ltr }, fallback: false, hyphenate: false)
  for words in given.words { par(words) }
}
"""


@pytest.mark.parametrize("layout", [Layout.STANDARD, *ONE_COLUMN])
@pytest.mark.parametrize("language", LEFT_TO_RIGHT)
def test_paper_says_what_text_says(language: str, layout: Layout) -> None:
    look = Look(layout)
    made = sheet(*RICH, language=language, look=look)
    assert extracted.of_pdf(made, pdf(made, look)) == extracted.of_text(text(made, look))


@pytest.mark.parametrize("layout", ONE_COLUMN)
@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_paper_says_what_text_says_from_right_to_left(language: str, layout: Layout) -> None:
    """But for drawings, whose captions stand side by side."""
    look = Look(layout)
    made = replace(sheet(*RICH, language=language, look=look, site=BARE), figures=())
    found = extracted.of_pdf(made, pdf(made, look))
    expected = extracted.of_text(text(made, look))
    assert extracted.without_vowel_marks(found) == extracted.without_vowel_marks(expected)


@pytest.mark.parametrize("language", RIGHT_TO_LEFT)
def test_columns_from_right_to_left_lose_no_letter(language: str) -> None:
    """pdftotext mixes columns and captions there: the letters are the same, not their order."""
    for site in (BARE, FURNISHED):
        made = sheet(*RICH, language=language, site=site)
        data = pdf(made)
        expected = extracted.of_text(text(made)) + "".join(extracted.page_numbers(made, data))
        assert sorted(extracted.letters(data, is_rtl=True)) == sorted(expected)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_bilingual_sheet_has_both_languages(language: str) -> None:
    """Every letter of both, and no other; the drawing has its labels in the patient's alone."""
    look = Look(Layout.BILINGUAL)
    made = sheet(*RICH, language=language, look=look, site=BARE)
    assert made.beside
    english = replace(without_labels(made.beside), hash=made.hash)
    data = pdf(made, look)
    expected = [
        *extracted.of_text(text(replace(made, beside=None), look)),
        *extracted.of_text(text(english, look)),
        *"".join(extracted.page_numbers(made, data)),
    ]
    assert sorted(extracted.letters(data, made.direction == "rtl")) == sorted(expected)


def without_labels(made: Sheet) -> Sheet:
    return replace(made, figures=tuple(replace(figure, labels=()) for figure in made.figures))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_its_glyphs_and_can_be_found(language: str) -> None:
    """Each of them once, set as on the sheet."""
    words = [
        w for name, w in sorted(loaded().catalogues[language].items()) if name != "plural-forms"
    ]
    how = setting(language)
    given = {
        "words": words,
        "fonts": how.fonts,
        "features": how.features,
        "lang": how.lang,
        "region": how.region,
        "rtl": direction(language) == "rtl",
    }
    data = compiled(f"{SETTING}#words-of({literal(json.dumps(given))})", language)
    found = extracted.letters(data, is_rtl=given["rtl"])
    expected = extracted.of_text("\n".join(words))
    if given["rtl"]:  # a message may begin with the number that the line before ends with
        assert sorted(found) == sorted(expected)
    else:
        assert found == expected
