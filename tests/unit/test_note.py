"""What the care team writes to a patient: plain text in every format, and never more than that."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from fhir_handout.errors import BadContent, UsageError
from fhir_handout.languages import direction
from fhir_handout.model import Layout, Look, Sheet
from fhir_handout.note import LONGEST, printed_note
from fhir_handout.render import FORMATS, render
from fhir_handout.render.lines import columns
from fhir_handout.render.rtf_words import escaped
from unit.handouts import loaded
from unit.readers import everything_in, html, xml
from unit.sheets import CASES, languages, worded

HOSTILE = (
    "<script>alert(1)</script> </section> &amp; <img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% include 'x' %} {name} {emergency_number}",
    '#eval("1") $x$ *b* _i_ `r` = H @l \\u{41} "); #panic() //',
    "\\par\\b {\\field{\\*\\fldinst HYPERLINK x}} \\'41 \\u8226 }",
    "[x](javascript:alert(1)) ]]> --> ' \" `",
)
HEADING = "A note from the care team"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff]")
LINES = "Rest today.\nخذ قسطا من الراحة\n\nCall me on Friday."


def with_note(note: str, language: str = "en", layout: Layout = Layout.STANDARD) -> Sheet:
    return replace(worded(CASES["plain"], language, layout), note=printed_note(note))


def made(sheet: Sheet, format_name: str, layout: Layout = Layout.STANDARD) -> bytes:
    return render(sheet, format_name, loaded().figures, Look(layout)).data


def flat(text: str) -> str:
    """Words without the marks and breaks that only say how they stand."""
    return re.sub(r"[\s\u200b\u2068\u2069]+", "", text)


# --- what is left of what was typed ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("", ""),
        (" \n\t\r\n", ""),
        ("One.", "One."),
        ("One.\r\nTwo.\rThree.\u2028Four.\x85Five.", "One.\nTwo.\nThree.\nFour.\nFive."),
        ("\n\nOne.\n\n\n\nTwo.\n\n", "One.\n\nTwo."),
        ("  so   far\tapart ", "so far apart"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("pay \u202eteg\u202c\u2066x\u2069\u200e", "pay tegx"),
        ("a\u200b\ufeff\xad\ue000\ufdd0\ud800b", "ab"),
        ("نمی\u200cخورد", "نمی\u200cخورد"),
    ],
)
def test_line_breaks_stay_and_what_nobody_sees_goes(typed: str, printed: str) -> None:
    assert printed_note(typed) == printed


@given(st.text(max_size=LONGEST))
def test_whatever_is_typed_can_be_printed_and_no_more_can_go(typed: str) -> None:
    note = printed_note(typed)
    assert printed_note(note) == note
    assert not UNSEEN.search(note)
    assert "\n\n\n" not in note


def test_a_note_has_so_many_characters_and_no_more() -> None:
    assert printed_note("é" * LONGEST) == "é" * LONGEST
    assert printed_note("a\r\n" * (LONGEST // 2))
    with pytest.raises(UsageError, match=r"1001 characters; 1000 are the most") as refused:
        printed_note("Testperson " * 91)
    assert refused.value.code == "note-too-long"
    assert "Testperson" not in refused.value.message


# --- on the sheet ---------------------------------------------------------------------------------


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("layout", Layout)
def test_it_stands_once_near_the_top_under_its_heading(format_name: str, layout: Layout) -> None:
    sheet = with_note(LINES, "es" if layout is Layout.BILINGUAL else "en", layout)
    text = flat(everything_in(made(sheet, format_name, layout)))
    heading = flat(sheet.words["sheet-note"])
    assert text.count(flat("Rest today.")) == text.count(flat("Call me on Friday.")) == 1
    at = text.index(flat("Rest today."))
    top = text.index(flat(sheet.sections[0].heading), text.index(heading))
    assert text.index(heading) < at < top
    assert not sheet.beside or flat(HEADING) in text[text.index(heading) : at]


def starts(data: bytes) -> list[tuple[str, float]]:
    """The pieces of text of a PDF's first page, and how far from the left each begins."""
    found: list[tuple[str, float]] = []
    page = PdfReader(io.BytesIO(data)).pages[0]
    page.extract_text(visitor_text=lambda text, cm, tm, *_: found.append((text, tm[4] + cm[4])))
    return found


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_paper_each_line_begins_at_its_own_side(language: str) -> None:
    pieces = starts(made(with_note("Rest today.\nقسطا", language), "pdf"))
    (english,) = (x for text, x in pieces if "Rest" in text)
    arabic = [x for text, x in pieces if any(letter in text for letter in "قسطا")]
    assert english < 60  # points
    assert language != "en" or min(arabic) > 500


@pytest.mark.parametrize("language", languages())
def test_its_heading_is_in_every_language(language: str) -> None:
    sheet = with_note("One.", language)
    heading = sheet.words["sheet-note"]
    assert (heading == HEADING) == (language == "en")
    assert flat(heading) in flat(made(sheet, "text").decode())


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_note_leaves_no_trace(format_name: str) -> None:
    sheet = worded(CASES["plain"])
    data = made(sheet, format_name)
    assert data == made(replace(sheet, note=printed_note(" \n ")), format_name)
    assert b"care-note" not in data
    assert HEADING not in everything_in(data)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("typed", HOSTILE)
def test_it_is_text_whatever_it_looks_like(format_name: str, typed: str) -> None:
    data = made(with_note(typed), format_name)
    if format_name in ("html", "xhtml"):
        page = {"html": html, "xhtml": xml}[format_name](data.decode())
        (section,) = (e for e in page.iter() if e.attrib.get("class") == "care-note")
        _heading, line = section
        assert (line.text, [*line], line.attrib) == (typed, [], {"dir": "auto"})
        assert b"<script>" not in data
    elif format_name == "rtf":
        assert escaped(typed) in data.decode()
        assert not re.search(r"[{}]|\\(?!')", escaped(typed))
    else:
        assert flat(typed) in flat(everything_in(data))


@pytest.mark.parametrize("typed", ["x" * LONGEST, "字" * 400, "Donaudampfschifffahrt" * 40])
def test_a_very_long_word_breaks(typed: str) -> None:
    sheet = with_note(typed)
    text = made(sheet, "text").decode()
    assert max(map(columns, text.splitlines())) <= 76
    assert typed in flat(text)
    assert typed in flat(everything_in(made(sheet, "pdf")))


def test_each_line_has_the_direction_of_its_own_words() -> None:
    sheet = with_note(LINES)
    page = made(sheet, "html").decode()
    assert '<p dir="auto">Rest today.</p>\n<p dir="auto" class="next">خذ' in page
    rtf = made(sheet, "rtf").decode()
    (arabic,) = (p for p in rtf.split("\\pard") if escaped("خذ") in p)
    assert "\\rtlpar" in arabic
    (english,) = (p for p in rtf.split("\\pard") if "Rest today." in p)
    assert "\\ltrpar" in english
    of_arabic = with_note(LINES, "ar")
    assert direction("ar") == "rtl"
    (english,) = (p for p in made(of_arabic, "rtf").decode().split("\\pard") if "Rest today." in p)
    assert "\\ltrpar" in english


def test_a_letter_that_no_font_has_leaves_no_pdf() -> None:
    with pytest.raises(BadContent) as refused:
        made(with_note("ᎣᏏᏲ"), "pdf")
    assert refused.value.code == "missing-glyph"
