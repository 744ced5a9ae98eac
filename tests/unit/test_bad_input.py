"""Whatever a chart or a site holds is text in every format: shown, isolated, wrapped, never run."""

import re
import unicodedata
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import wcswidth

from fhir_handout.model import Layout, Site, SiteLink
from fhir_handout.names import plain
from fhir_handout.render import render_all
from unit.handouts import handout, loaded
from unit.readers import html, of_rtf, tokens, xml
from unit.sheets import SITE, languages, rendered, right_to_left, worded

MADE = handout()
MARKUP = (
    "</title></style><script>alert(1)</script><img src=x onerror='x'>&amp;&#x202e;{{7*7}}{% raw %}",
    "]]></p></bdi>--><!--<svg onload=x>",
    '\\par}{\\rtf1\\field{\\*\\fldinst HYPERLINK "x"}\\\'5c\\u8238?\\bin99999 {',
    "\\",
    "}",
    "\\u-10179?\\u-9139?\\uc0",
    "a\x00b\x07c\x1b[31md\x7f\x85e",
    "\u202eevil\u202c\u2066\u2067\u2068\u2069\u200f\u061c",
    "\ud800",
    "\ufffe\uffff\U0001fffe\ufdd0",
    "one\r\n- two\u2028three\u2029\n=====\n\nfour",
    "👩‍👩‍👧‍👦👍🏽❤️🇵🇭",
    "x" * 300,
    "漢" * 300,
    "क्षि" * 100,
    "محمد" * 75,
    "אבג דה 123",
    "ﷺ\u0301\u0301\u0301 e" + "\u0301" * 50,
    "ไทยไม่มีช่องว่าง" * 20,
    "\U00013000𐎀",
    "[brackets] [",
    "- item",
)
ANYTHING = st.text(st.characters(max_codepoint=0x10FFFF), max_size=320)
HOSTILE = st.one_of(
    ANYTHING, st.sampled_from(MARKUP), st.lists(st.sampled_from(MARKUP), max_size=4).map("".join)
)
SAFE = rendered(worded(MADE), "html")
SEEN_BY_NOBODY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\u200e\u200f\u061c]"
)


def site_of(text: str) -> Site:
    link = SiteLink(text, f"https://clinic.example/{text}")
    return Site(
        name=text,
        phone=text,
        emergency_number=text,
        appointment=SiteLink(text),
        find_doctor=link,
        related_services=(link, SiteLink(text)),
        link=SiteLink(text, "https://clinic.example/"),
    )


def everything(text: str, format_name: str, layout: str = "standard", language: str = "en") -> str:
    """A sheet that holds `text` wherever something of a chart or a site can stand."""
    made = worded(MADE, language, Layout(layout), site_of(text), name=plain(text))
    return rendered(made, format_name, layout)


def shape(root: Element) -> list[tuple[str, frozenset[str]]]:
    """The elements of a page that nobody's words can add to, and their attributes."""
    return [
        (str(e.tag), frozenset(map(str, e.attrib)))
        for e in root.iter()
        if isinstance(e.tag, str) and e.tag not in ("bdi",)
    ]


def letters(text: str) -> str:
    return "".join(re.sub("[\u2066-\u2069]", "", text).split())


@given(HOSTILE)
@pytest.mark.parametrize("layout", ["standard", "bilingual", "easy"])
def test_a_page_has_the_same_elements_whatever_it_says(layout: str, text: str) -> None:
    made = html(everything(f"a{text}", "html", layout))
    usual = html(everything("a", "html", layout))
    assert shape(made) == shape(usual)
    said = ["".join(e.itertext()) for e in made.iter("bdi")]
    assert plain(f"a{text}") in said
    assert not SEEN_BY_NOBODY.search("".join(made.itertext()))


@given(HOSTILE)
def test_xhtml_is_well_formed_whatever_it_says(text: str) -> None:
    made = xml(everything(f"a{text}", "xhtml"))
    assert plain(f"a{text}") in ["".join(e.itertext()) for e in made.iter("bdi")]
    assert shape(made) == shape(xml(everything("a", "xhtml")))


@given(HOSTILE)
@example("\\'5c")
def test_rtf_has_the_same_control_words_whatever_it_says(text: str) -> None:
    made = everything(f"a{text}", "rtf")
    told = [t for t in tokens(made) if t.kind == "word" and t.value not in ("u", "rtlch", "ltrch")]
    usual = tokens(everything("a", "rtf"))
    assert [(t.value, t.depth) for t in told] == [
        (t.value, t.depth)
        for t in usual
        if t.kind == "word" and t.value not in ("u", "rtlch", "ltrch")
    ]
    assert letters(plain(f"a{text}")) in letters(of_rtf(made))


@given(HOSTILE)
@pytest.mark.parametrize("layout", ["standard", "bilingual"])
def test_text_keeps_its_lines_whatever_it_says(layout: str, text: str) -> None:
    made = everything(f"a{text}", "text", layout)
    assert letters(plain(f"a{text}")) in letters(made)
    assert not SEEN_BY_NOBODY.search(made.replace("\n", ""))
    for line in made.splitlines():
        assert wcswidth(line) <= 76
        assert line.count("\u2068") == line.count("\u2069")


@given(HOSTILE)
def test_text_has_no_lines_of_its_own_from_a_chart(text: str) -> None:
    """A name is no heading and no item of a list: it stands in the line that is made for it."""
    made = rendered(worded(MADE, name=plain(f"a{text}"), site=Site()), "text")
    usual = rendered(worded(MADE, name="a", site=Site()), "text")
    for sign in (r"^- ", r"^=+$", r"^-+$"):
        count = len(re.findall(sign, made, re.MULTILINE))
        assert count <= len(re.findall(sign, usual, re.MULTILINE)) + plain(text).count("- ") + (
            bool(re.search(r"[-=]", text))
        )


@given(HOSTILE)
@pytest.mark.parametrize("language", right_to_left())
def test_in_a_text_from_right_to_left_it_is_isolated(language: str, text: str) -> None:
    name = plain(f"a{text}")
    made = everything(f"a{text}", "text", "standard", language)
    assert letters(name) in letters(made)
    page = html(everything(f"a{text}", "html", "standard", language))
    outside = [e.text or "" for e in page.iter() if e.tag not in ("bdi", "style", "title", "text")]
    assert not any("\u202e" in said for said in outside)


@given(st.text(max_size=50))
def test_a_name_holds_nothing_that_xml_or_html_refuses(text: str) -> None:
    for character in plain(text):
        assert unicodedata.category(character) not in ("Cc", "Cs", "Co", "Zl", "Zp")
        assert ord(character) & 0xFFFE != 0xFFFE


@pytest.mark.parametrize("text", MARKUP)
def test_a_page_of_several_languages_is_safe_too(text: str) -> None:
    sheets = [
        worded(MADE, language, site=site_of(f"a{text}"), name=plain(f"a{text}"))
        for language in languages()[:3]
    ]
    root = html(render_all(sheets, "html", loaded().figures).decode())
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    assert not {"script", "img"} & {str(e.tag) for e in root.iter()}


def test_an_address_with_marks_of_direction_leads_where_it_says() -> None:
    link = SiteLink("Portal", "https://clinic.example/\u202egpj.exe")
    root = html(rendered(worded(MADE, site=replace(SITE, link=link)), "html"))
    hrefs = {e.attrib["href"]: "".join(e.itertext()) for e in root.iter("a")}
    assert all("\u202e" not in href for href in hrefs)
    assert hrefs["https://clinic.example/gpj.exe"] == "https://clinic.example/gpj.exe"
