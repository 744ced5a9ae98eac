"""RTF 1.9: its grammar, its paragraphs and languages, and nothing of a chart that acts in it."""

import re
from dataclasses import replace

import pytest

from fhir_handout.languages import direction
from fhir_handout.model import Layout, Look, Paper, Sheet
from fhir_handout.render import render
from fhir_handout.render.rtf_words import escaped
from unit.handouts import handout, loaded
from unit.readers import Token, of_rtf, tokens
from unit.sheets import every_sheet, languages, rendered, right_to_left, worded

KNOWN = frozenset(
    """ab af afs alang ansi ansicpg b brdrs brdrw cell cellx clbrdrb clbrdrl clbrdrr clbrdrt deff
    deflang f falt fcharset fi fonttbl fs fswiss ilvl info intbl keepn lang langfe leveljc
    levelfollow levelnfc levelnumbers levelstartat leveltext li lin line list listid listlevel
    listoverride listoverridecount listoverridetable listsimple listtable listtemplateid listtext
    ls ltrch ltrdoc ltrpar ltrrow margb margl margr margt outlinelevel page paperh paperw par pard
    plain ql qr ri rin row rtf rtlch rtldoc rtlpar rtlrow s sa sb sl slmult stylesheet tab title
    trgaph trhdr trkeep trowd trrh u uc widowctrl""".split()
)
"""The control words of RTF 1.9 that a sheet needs; any other would come from somewhere else."""


def rtf(sheet: Sheet, layout: str = "standard") -> str:
    return rendered(sheet, "rtf", layout)


def control_words(source: str) -> set[str]:
    return {token.value for token in tokens(source) if token.kind == "word"}


def paragraphs(source: str) -> list[str]:
    return source.split("\\pard")[1:]


@pytest.mark.parametrize("language", languages())
def test_every_file_keeps_the_grammar_of_rtf_and_uses_its_words_alone(language: str) -> None:
    for layout in Layout:
        made = rtf(every_sheet()["kidney failure", language, layout.value], layout.value)
        assert made.startswith("{\\rtf1\\ansi")
        assert made.endswith("}\n")
        assert control_words(made) <= KNOWN
        symbols = {token.value for token in tokens(made) if token.kind == "symbol"}
        assert symbols <= {"*"}


def test_the_grammar_check_sees_what_is_wrong() -> None:
    for wrong in (
        "{\\rtf1 a",
        "{\\rtf1 a}}",
        "{\\rtf1 {a}",
        "{\\rtf1}b{}",
        "{\\rtf1 \\'zz}",
        "{é}",
    ):
        with pytest.raises(AssertionError):
            tokens(wrong)


def test_headings_have_levels_and_list_items_bullets() -> None:
    sheet = every_sheet()["plain", "en", "standard"]
    made = rtf(sheet)
    levels = re.findall(r"\\outlinelevel(\d)\\keepn", made)
    parts = len(sheet.sections) + 2  # the site's and the diary
    assert levels == ["0", *["1"] * parts]
    bulleted = [p for p in paragraphs(made) if "\\ls1" in p]
    in_lists = [
        line for s in sheet.sections for line in s.lines if line.kind not in ("about", "note")
    ]
    assert len(bulleted) == len(in_lists) + 6  # and the site's lines
    assert all("\\listtext" in p and "\\fi-360" in p for p in bulleted)


@pytest.mark.parametrize("language", languages())
def test_each_language_is_named_where_windows_knows_it_and_runs_its_way(language: str) -> None:
    made = rtf(every_sheet()["plain", language, "standard"])
    found = set(re.findall(r"\\lang(\d+)", made.partition("\\fonttbl")[2]))
    notices = {"1033"} if language != "en" else set()
    own = found - notices or found
    assert len(own) == 1
    assert (own == {"1024"}) == (language == "ht")  # Haitian Creole has no number
    way = "\\rtlpar" if direction(language) == "rtl" else "\\ltrpar"
    told = paragraphs(made)[2:]  # after the notices
    assert all(way in p for p in told if "\\plain\\par" not in p)
    assert ("\\rtldoc" in made) == (direction(language) == "rtl")


@pytest.mark.parametrize("language", right_to_left())
def test_a_name_runs_its_own_way_in_a_text_from_right_to_left(language: str) -> None:
    made = rtf(worded(handout(), language))
    (name,) = re.findall(r"\{(\\\w+)[^{}]* Quillon Testperson\}", made)
    assert name == "\\ltrch"
    other = rtf(worded(handout(), "en", name="محمد"))
    assert "\\rtlch" in other
    assert "محمد" in of_rtf(other)


def test_on_a_bilingual_sheet_english_is_named_and_runs_from_left_to_right() -> None:
    for language in languages():
        sheet = every_sheet()["plain", language, "bilingual"]
        made = rtf(sheet, "bilingual")
        assert sheet.beside
        for said in (sheet.beside.title, sheet.beside.sections[0].lines[0].text):
            (paragraph,) = (
                (p for p in paragraphs(made) if escaped(said) in p)
                if (language != "en")
                else (paragraphs(made)[-1],)
            )
            assert "\\ltrpar" in paragraph or language == "en"
            assert "\\lang1033" in paragraph or language == "en"


def test_the_paper_is_the_sites() -> None:
    sheet = worded(handout())
    sizes = {
        paper: re.findall(
            r"\\paperw(\d+)\\paperh(\d+)",
            render(sheet, "rtf", loaded().figures, Look(paper=paper)).data.decode(),
        )
        for paper in Paper
    }
    assert sizes == {Paper.A4: [("11906", "16838")], Paper.LETTER: [("12240", "15840")]}


def test_the_large_layout_has_letters_of_18_points() -> None:
    sheet = worded(handout(), layout=Layout.LARGE)
    sizes = {int(size) for size in re.findall(r"\\fs(\d+)", rtf(sheet, "large"))}
    assert min(sizes) == 36
    assert min(int(s) for s in re.findall(r"\\fs(\d+)", rtf(sheet))) == 24


def test_the_easy_layout_has_each_sentence_in_a_paragraph_of_its_own() -> None:
    text = of_rtf(rtf(worded(handout(), layout=Layout.EASY), "easy"))
    lines = [line.strip("• ·\t") for line in text.splitlines()]
    assert "Stop what you are doing." in lines
    assert not any(re.search(r"[a-z]\. [A-Z]", line) for line in lines if "[" not in line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain (1)", "plain (1)"),
        ("\\par{}", "\\'5cpar\\'7b\\'7d"),
        ("é", "\\u233?"),
        ("抽", "\\u25277?"),
        ("\uffe6", "\\u-26?"),
        ("👍", "\\u-10179?\\u-9139?"),
        ("\n\t\x00", "\\u10?\\u9?\\u0?"),
        ("", ""),
    ],
)
def test_what_is_no_plain_character_is_written_by_its_number(text: str, expected: str) -> None:
    assert escaped(text) == expected


def test_a_drawing_is_there_in_words() -> None:
    sheet = every_sheet()["plain", "en", "standard"]
    text = of_rtf(rtf(sheet))
    assert f"[{sheet.words['figure-title']}" in text
    assert "\\pict" not in rtf(sheet)
    assert f"[{sheet.words['figure-title']}]" in of_rtf(
        rtf(replace(sheet, figures=tuple(replace(f, labels=()) for f in sheet.figures)))
    )


def test_a_token_says_how_deep_it_lies() -> None:
    assert tokens("{\\b a}") == [
        Token("open", "{", 1),
        Token("word", "b", 1),
        Token("text", "a", 1),
        Token("close", "}", 0),
    ]
