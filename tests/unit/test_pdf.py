"""A sheet on paper: the same bytes, all words tagged, nothing off the page, and its errors."""

import io
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from fhir_handout.errors import BadContent
from fhir_handout.model import Layout, Look, Paper, Sheet, Site, SiteLink
from fhir_handout.names import plain
from fhir_handout.render import fonts, pdf_content, render
from fhir_handout.render.pdf import literal
from pdf import extracted
from pdf.papers import BARE, ENGLISH, FURNISHED, INTERPRETER, LOOKS, RICH, pdf, sheet, text
from unit.handouts import loaded

POINTS_TO_MM = 25.4 / 72
HOSTILE = {
    "markup": "<script>alert(1)</script> &amp;",
    "typst": '#import "x": * $x$ *bold* _it_ [a] @b <c> `d` \\u{41} #{panic()} // ---',
    "quotes": "\"'“” \\ \\\\ {name} {page}",
    "long": "Wolfeschlegelsteinhausenbergerdorff" * 9,
    "controls": "Ada\x00\x07\x1b[2J\x85 Lovelace\u2028\ufeff\u00ad",
    "overrides": "Ada \u202eecalevoL\u202c \u2067x\u2069 Y",
    "arabic": "علي Smith 12",
    "arabic after latin": "Smith علي 3",
    "hindi": "अदिति शर्मा",
    "chinese": "王小明",
    "japanese": "山田 花子 さくら",
    "korean": "김하늘",
    "combining": "Zoe\u0308 A\u030angstro\u0308m",
    "vietnamese": "Nguyễn Thị Ánh",
    "russian": "Щербаков Ёлкин",
}


def reader(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def elements(data: bytes) -> Iterator[DictionaryObject]:
    """The structure elements of a PDF, in reading order."""
    root = reader(data).trailer["/Root"]["/StructTreeRoot"]
    todo = [root]
    while todo:
        found = todo.pop()
        found = found.get_object() if isinstance(found, IndirectObject) else found
        if isinstance(found, DictionaryObject):
            if "/S" in found:
                yield found
            kids = found.get("/K", [])
            kids = kids.get_object() if isinstance(kids, IndirectObject) else kids
            todo += reversed(kids if isinstance(kids, list) else [kids])


def tags(data: bytes) -> list[str]:
    return [str(element["/S"]) for element in elements(data)]


def test_the_same_sheet_has_the_same_bytes() -> None:
    made = sheet(*RICH)
    assert pdf(made) == pdf(made)
    assert pdf(replace(made, date="November 24, 2026")) != pdf(made)


@pytest.mark.parametrize(
    ("paper", "size"), [(Paper.A4, (210, 297)), (Paper.LETTER, (215.9, 279.4))]
)
def test_the_paper_is_as_asked(paper: Paper, size: tuple[float, float]) -> None:
    page = reader(pdf(sheet(), Look(paper=paper))).pages[0].mediabox
    mm = (float(page.width) * POINTS_TO_MM, float(page.height) * POINTS_TO_MM)
    assert mm == pytest.approx(size, abs=0.2)


@pytest.mark.parametrize(
    ("language", "tag"),
    [("en", "en"), ("es", "es"), ("pt-BR", "pt-BR"), ("zh-Hans", "zh-CN"), ("zh-Hant", "zh-TW")],
)
def test_title_language_and_author_are_said(language: str, tag: str) -> None:
    made = sheet(language=language)
    found = reader(pdf(made))
    assert found.metadata is not None
    assert found.metadata.title == made.title
    assert found.metadata.author == FURNISHED.name
    assert found.trailer["/Root"]["/Lang"] == tag
    alone = reader(pdf(sheet(language=language, site=BARE))).metadata
    assert alone is not None
    assert alone.author == "fhir-handout"


def test_headings_stand_in_the_order_of_the_sheet() -> None:
    made = sheet(*RICH)
    found = reader(pdf(made)).outline
    titles = [entry.title for entry in found[1]]
    assert found[0].title == made.title
    expected = [section.heading for section in made.sections]
    assert titles == [*expected, made.words["site-heading"], made.words["diary-heading"]]


@pytest.mark.parametrize("layout", Layout)
def test_every_list_is_one_and_every_statement_an_item_of_one(layout: Layout) -> None:
    look = Look(layout)
    made = sheet(*RICH, look=look, language="es")
    lists = [tag for tag in tags(pdf(made, look)) if tag in ("/L", "/LI")]
    items = sum(
        line.kind not in ("about", "note") for section in made.sections for line in section.lines
    )
    listed = sum(
        any(line.kind not in ("about", "note") for line in section.lines)
        for section in made.sections
    )
    links = 5
    assert lists.count("/LI") == items + links
    assert lists.count("/L") == listed + 1


def test_every_drawing_says_what_it_shows() -> None:
    made = sheet(*RICH)
    found = [element["/Alt"] for element in elements(pdf(made)) if element["/S"] == "/Figure"]
    expected = [made.words[figure.description] for figure in made.figures]
    link = made.words["sheet-link-code"].replace("{url}", FURNISHED.link.url)  # type: ignore[union-attr]
    assert found == [*expected, link]


def test_pictograms_say_what_they_mean() -> None:
    look = Look(Layout.EASY)
    made = sheet(*RICH, look=look)
    found = [element["/Alt"] for element in elements(pdf(made, look)) if element["/S"] == "/Figure"]
    for name in ("do", "avoid", "call", "emergency"):
        signed = sum(line.sign == name for section in made.sections for line in section.lines)
        assert found.count(made.words[f"pictogram-{name}"]) == signed


def test_a_code_is_there_only_where_a_site_has_a_link() -> None:
    without = replace(FURNISHED, link=None)
    assert tags(pdf(sheet(site=FURNISHED))).count("/Figure") == 4
    assert tags(pdf(sheet(site=without))).count("/Figure") == 3


def test_addresses_lead_where_they_say() -> None:
    found = {
        annotation.get_object()["/A"]["/URI"]: annotation.get_object()
        for page in reader(pdf(sheet())).pages
        for annotation in page.get("/Annots", [])
    }
    assert set(found) == {
        "https://clinic.example/book?from=sheet",
        "https://clinic.example/heat",
        "https://clinic.example/cramps",
    }
    assert all("/Contents" in annotation for annotation in found.values())


def test_the_diary_has_a_head_to_each_column() -> None:
    made = sheet()
    found = tags(pdf(made))
    assert found.count("/TH") == sum(name.startswith("diary-column-") for name in made.words)
    assert found.count("/Table") == 1


def languages(data: bytes) -> list[str]:
    """Those of the elements, and of the words that are in another one than their element."""
    streams = (page.get_contents() for page in reader(data).pages)
    shown = b"".join(stream.get_data() for stream in streams if stream is not None)
    spans = [found.decode() for found in re.findall(rb"/Lang\s*\(([\w-]+)\)", shown)]
    return [str(element["/Lang"]) for element in elements(data) if "/Lang" in element] + spans


def test_what_is_in_another_language_says_so() -> None:
    assert "ar" in languages(pdf(sheet(choice=INTERPRETER)))
    look = Look(Layout.BILINGUAL)
    found = pdf(sheet(*RICH, language="es", look=look), look)
    statements = 40
    assert languages(found).count("en") > statements


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("what", HOSTILE)
def test_what_others_wrote_is_shown_as_text_on_the_page(what: str, layout: Layout) -> None:
    name = HOSTILE[what]
    link = SiteLink(name, "https://clinic.example/" + "x" * 300)
    site = Site(name=name, phone=name, country="US", link=link, appointment=SiteLink(name))
    look = Look(layout)
    for language in ("en", "ar"):
        made = sheet(language=language, look=look, site=site, name=plain(name))
        data = pdf(made, look)
        assert_inside(data)
        if language == "en":
            found = extracted.letters(data, is_rtl=False)
            expected = extracted.of_text(plain(name))
            if not any("\u0600" <= letter <= "\u06ff" for letter in expected):
                assert found.count(expected) >= 3


def assert_inside(data: bytes) -> None:
    """Every word lies within its page, and above the page's number."""
    done = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=data, capture_output=True, check=True
    )
    said = done.stdout.decode()
    page = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', said)
    assert page
    width, height = float(page[1]), float(page[2])
    for box in re.findall(
        r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', said
    ):
        x_min, y_min, x_max, y_max = map(float, box)
        assert x_min >= 0
        assert y_min >= -5
        assert x_max <= width
        assert y_max <= height


@pytest.mark.parametrize("character", ["🙂", "ខ", "ࠀ"])
def test_a_character_without_glyph_is_an_error_that_names_it(character: str) -> None:
    with pytest.raises(BadContent) as raised:
        pdf(sheet(name=f"Ada {character} Lovelace"))
    assert raised.value.code == "missing-glyph"
    assert f"U+{ord(character):04X}" in raised.value.message
    assert " en:" in raised.value.message
    assert "Ada" not in raised.value.message


def test_fonts_that_are_not_installed_are_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "has_cjk", lambda: False)
    fonts.setting.cache_clear()
    try:
        with pytest.raises(BadContent, match=r"fhir-handout\[cjk\]") as raised:
            fonts.setting("zh-Hans")
        assert raised.value.code == "missing-font"
    finally:
        fonts.setting.cache_clear()


def test_a_chinese_name_without_its_fonts_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "has_cjk", lambda: False)
    monkeypatch.setattr("fhir_handout.render.pdf.has_cjk", lambda: False)
    forget_fonts()
    try:
        with pytest.raises(BadContent) as raised:
            pdf(sheet(name="王小明"))
        assert raised.value.code == "missing-font"
        assert "王" not in raised.value.message
    finally:
        forget_fonts()


def forget_fonts() -> None:
    fonts.setting.cache_clear()
    pdf_content._language.cache_clear()


def test_many_threads_make_what_one_makes() -> None:
    sheets = [sheet(*RICH[:number], name=f"Ada {number}") for number in range(4)] * 4
    expected = [pdf(made) for made in sheets]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pdf, sheets)) == expected


@pytest.mark.parametrize("text", ['"', "\\", '\\" #panic() "', "\\u{22}", "\n\r\t"])
def test_no_text_can_end_the_string_that_it_stands_in(text: str) -> None:
    inside = literal(text)[1:-1]
    assert '"' not in inside
    assert "\\" not in inside
    with pytest.raises(BadContent):
        literal(f"{text}\ue000")


def test_numbers_and_names_keep_their_place_in_arabic() -> None:
    made = sheet(
        language="ar", site=replace(BARE, phone="+1 (555) 010-0199"), name="Ada 3 Lovelace"
    )
    found = extracted.letters(pdf(made), is_rtl=True)
    assert "Ada3Lovelace" in found
    assert "+1(555)010-0199" in found


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.layout}-{look.paper}")
def test_nothing_is_trimmed_however_much_a_section_says(look: Look) -> None:
    """A section ten times as long as any page."""
    made = sheet(*RICH, look=look, site=BARE)
    sections = tuple(replace(section, lines=section.lines * 12) for section in made.sections)
    long = replace(made, sections=sections, beside=None)
    assert extracted.of_pdf(long, pdf(long, look)) == extracted.of_text(text(long, look))


def test_paper_is_the_first_of_the_formats() -> None:
    made: Sheet = sheet()
    found = render(made, "pdf", loaded().figures)
    assert (found.media_type, found.language) == ("application/pdf", ENGLISH)
    assert found.data.startswith(b"%PDF-")
