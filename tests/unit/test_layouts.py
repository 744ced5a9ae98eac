"""The layouts of a page: large, easy, bilingual; XHTML, and what it is without its style."""

import re
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from fhir_handout.languages import direction
from fhir_handout.model import Layout, Site, SiteLink
from fhir_handout.render.blocks import Items
from fhir_handout.render.layout import laid_out
from fhir_handout.render.qr import qr_code
from unit.handouts import handout
from unit.readers import html, spoken, xml
from unit.sheets import CASES, SITE, every_sheet, languages, rendered, right_to_left, worded

LAYOUTS = [layout.value for layout in Layout]
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def page(case: str, language: str, layout: str) -> Element:
    return html(rendered(every_sheet()[case, language, layout], "html", layout))


def all_of(root: Element, tag: str, class_: str = "") -> list[Element]:
    found = (e for e in root.iter() if str(e.tag).rpartition("}")[2] == tag)
    return [e for e in found if not class_ or class_ in e.attrib.get("class", "").split()]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_page_names_its_layout(layout: str) -> None:
    (body,) = all_of(page("plain", "en", layout), "body")
    assert body.attrib["class"] == layout


def test_a_bilingual_sheet_with_nothing_beside_it_is_a_standard_one() -> None:
    made = worded(handout())
    assert rendered(made, "html", "bilingual") == rendered(made, "html", "standard")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_page_carries_its_style_and_no_other_layouts(layout: str) -> None:
    (style,) = all_of(page("plain", "en", layout), "style")
    assert (".sign" in spoken_style(style)) == (layout == "easy")
    assert ("hgroup" in spoken_style(style)) == (layout == "bilingual")
    assert ("18pt" in spoken_style(style)) == (layout == "large")


def spoken_style(style: Element) -> str:
    return "".join(style.itertext())


# --- easy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_in_the_easy_layout_each_sentence_is_a_line(language: str) -> None:
    sheet = every_sheet()["kidney failure", language, "easy"]
    root = html(rendered(sheet, "html", "easy"))
    for part in laid_out(sheet, Layout.EASY).parts:
        for block in part.blocks:
            if isinstance(block, Items):
                for item in block.items:
                    (li,) = (e for e in all_of(root, "li") if e.attrib.get("id") == item.id)
                    lines = [spoken(p) for p in all_of(li, "p")]
                    assert lines == [" ".join(s.text.split()) for s in item.sentences]


@pytest.mark.parametrize("language", languages())
def test_in_the_easy_layout_a_sign_stands_first_and_is_told_in_words(language: str) -> None:
    sheet = every_sheet()["kidney failure", language, "easy"]
    root = html(rendered(sheet, "html", "easy"))
    signs = {line.statement: line.sign for s in sheet.sections for line in s.lines if line.sign}
    assert set(signs.values()) == {"do", "avoid", "call", "emergency"}
    for li in all_of(root, "li"):
        found = [e for e in li.iter() if str(e.tag).endswith("svg")]
        sign = signs.get(li.attrib.get("id", ""))
        if sign is None:
            assert all(e.attrib.get("class") != "sign" for e in found)
            continue
        (svg,) = found
        assert next(iter(li)) is svg
        assert svg.attrib["role"] == "img"
        assert svg.attrib["aria-label"] == sheet.words[f"pictogram-{sign}"]
        assert "signed" in li.attrib["class"]


def test_only_the_easy_layout_has_signs() -> None:
    for layout in LAYOUTS:
        made = rendered(every_sheet()["plain", "en", layout], "html", layout)
        assert ('class="sign"' in made) == (layout == "easy")


# --- bilingual ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_each_piece_stands_beside_its_english_statement_by_statement(language: str) -> None:
    sheet = every_sheet()["kidney failure", language, "bilingual"]
    beside = sheet.beside
    assert beside
    root = html(rendered(sheet, "html", "bilingual"))
    pairs = [[*pair] for pair in (*all_of(root, "div", "pair"), *all_of(root, "hgroup", "pair"))]
    for _, english in pairs:
        assert english.attrib["lang"] == "en"
        assert english.attrib["dir"] == "ltr"
    told = {spoken(own): spoken(english) for own, english in pairs}
    for section, other in zip(sheet.sections, beside.sections, strict=True):
        assert told[flat(section.heading)] == flat(other.heading)
        for line, english in zip(section.lines, other.lines, strict=True):
            assert told[flat(line.text)] == flat(english.text)
    assert told[flat(sheet.title)] == flat(beside.title)


def flat(text: str) -> str:
    return " ".join(re.sub("[\u2068\u2069]", "", text).split())


@pytest.mark.parametrize("language", [name for name in languages() if name != "en"])
def test_no_english_is_without_its_language(language: str) -> None:
    """Whatever is said in English on a sheet in another language says so."""
    sheet = every_sheet()["plain", language, "bilingual"]
    assert sheet.beside
    root = html(rendered(sheet, "html", "bilingual"))
    english = {flat(line.text) for s in sheet.beside.sections for line in s.lines}
    own = {flat(line.text) for s in sheet.sections for line in s.lines}
    found = {spoken(e) for e in root.iter() if e.attrib.get("lang") == "en"}
    assert english <= found
    for element in all_of(root, "p"):
        if "lang" not in element.attrib:
            assert spoken(element) not in english - own


def test_headings_have_one_level_each_whether_paired_or_not() -> None:
    for language in languages():
        for layout in LAYOUTS:
            root = page("plain", language, layout)
            sheet = every_sheet()["plain", language, layout]
            assert [spoken(e) for e in all_of(root, "h1")] == [flat(sheet.title)]
            headings = [spoken(e) for e in all_of(root, "h2")]
            assert headings[: len(sheet.sections)] == [flat(s.heading) for s in sheet.sections]


# --- right to left ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", right_to_left())
def test_numbers_and_names_are_isolated_in_a_text_from_right_to_left(language: str) -> None:
    root = page("plain", language, "standard")
    isolated = [spoken(e) for e in all_of(root, "bdi")]
    for needed in ("911", "Quillon Testperson", "555-0100", "https://clinic.example/feet"):
        assert needed in isolated, needed
    assert "\u2068" not in "".join(
        "".join(e.itertext()) for e in root.iter() if e.tag in ("p", "li")
    )


@pytest.mark.parametrize("language", right_to_left())
def test_in_plain_text_they_are_isolated_by_marks(language: str) -> None:
    text = rendered(worded(handout(), language), "text")
    assert "\u2068911\u2069" in text
    assert "\u2068Quillon Testperson\u2069" in text
    for line in text.splitlines():
        assert line.count("\u2068") == line.count("\u2069")


def test_in_plain_text_a_name_is_isolated_only_where_it_runs_another_way() -> None:
    assert "\u2068محمد\u2069" in rendered(worded(handout(), name="محمد"), "text")
    assert "\u2068" not in rendered(worded(handout()), "text")


# --- XHTML --------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages())
def test_xhtml_is_well_formed_and_names_each_language_twice(language: str, layout: str) -> None:
    made = rendered(every_sheet()["pregnancy", language, layout], "xhtml", layout)
    root = xml(made)
    assert made.startswith("<!DOCTYPE html>\n<html xmlns=")
    assert root.attrib["lang"] == language
    assert root.attrib["dir"] == direction(language)
    for element in root.iter():
        assert element.attrib.get(XML_LANG) == element.attrib.get("lang")


def test_without_its_style_a_sheet_still_reads_in_order_line_by_line() -> None:
    """Each piece is a block by itself, so that no style is needed to part it from the next."""
    for layout in LAYOUTS:
        root = xml(rendered(every_sheet()["plain", "en", layout], "xhtml", layout))
        for element in root.iter():
            inside = [str(child.tag) for child in element]
            has_text = bool(
                (element.text or "").strip() or any((c.tail or "").strip() for c in element)
            )
            if has_text and element.tag not in ("style", "svg", "text"):
                assert not {"p", "li", "div", "ul"} & set(inside), element.tag
                spans = [child for child in element if child.tag == "span"]
                assert not spans or "br" in inside


def test_without_its_style_no_drawing_fills_the_page() -> None:
    for layout in LAYOUTS:
        root = xml(rendered(every_sheet()["kidney failure", "en", layout], "xhtml", layout))
        drawings = all_of(root, "svg")
        assert drawings
        for drawing in drawings:
            assert int(drawing.attrib["width"]) <= 240


# --- the QR code --------------------------------------------------------------------------------


def test_the_sites_own_link_is_a_code_for_paper_and_in_words() -> None:
    (code,) = all_of(page("plain", "en", "standard"), "div", "code")
    (svg,) = code
    assert svg.tag.endswith("svg")
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"].endswith("https://clinic.example/portal")
    links = [e.attrib["href"] for e in all_of(page("plain", "en", "standard"), "a")]
    assert "https://clinic.example/portal" in links


def test_only_the_sites_own_link_is_a_code() -> None:
    bare = html(rendered(worded(handout(), site=replace(SITE, link=None)), "html"))
    assert not all_of(bare, "div", "code")


def test_a_code_differs_with_its_address_and_is_not_there_for_one_too_long() -> None:
    assert qr_code("https://clinic.example/a") != qr_code("https://clinic.example/b")
    assert qr_code("https://clinic.example/" + "a" * 3000) == ""
    long = SiteLink("Portal", "https://clinic.example/" + "a" * 3000)
    root = html(rendered(worded(handout(), site=Site(link=long)), "html"))
    assert not all_of(root, "div", "code")
    assert long.url in spoken(root)


# --- figures ------------------------------------------------------------------------------------


def test_the_drawings_of_a_section_stand_together_each_under_its_caption() -> None:
    for layout in LAYOUTS:
        root = page("plain", "en", layout)
        (ease,) = all_of(root, "section", "ease")
        (figures,) = all_of(ease, "div", "figures")
        captions = [spoken(all_of(figure, "figcaption")[0]) for figure in figures]
        sheet = every_sheet()["plain", "en", layout]
        expected = [sheet.words[f.caption] for f in sheet.figures if f.section == "ease"]
        assert len(expected) == 2
        times = 2 if layout == "bilingual" else 1  # English beside English
        assert captions == [" ".join([caption] * times) for caption in expected]


def test_no_case_is_without_its_drawings() -> None:
    for case in CASES:
        sheet = every_sheet()[case, "en", "standard"]
        root = page(case, "en", "standard")
        assert len(all_of(root, "figure")) == len(sheet.figures)
