"""The HTML page: strict, self-contained, and safe whatever the record and the site hold."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from jinja2 import StrictUndefined

from fhir_handout.model import Sheet, Site, SiteLink
from fhir_handout.pack_model import Figure
from fhir_handout.render import FORMATS, html, render
from fhir_handout.render.layout import filled
from unit.handouts import handout, loaded, sheet

SITE = Site(
    name="Bend Clinic",
    phone="555-0100",
    country="US",
    appointment=SiteLink("Friday at 10"),
    find_doctor=SiteLink("Our doctors", "https://clinic.example/doctors?a=1&b=2"),
    find_location=SiteLink("Our places", "https://clinic.example/places"),
    related_services=(SiteLink("Foot care", "https://clinic.example/feet"),),
    related_handouts=(SiteLink("Stretching"),),
)
CASES = {
    "plain": handout(),
    "kidney failure": handout("kidney_failure.dialysis", "heart_failure"),
    "pregnancy": handout("pregnancy", "diuretic.loop", "diabetes.type_1"),
    "child": handout(ages=(8, 8)),
}
SHEETS = {
    f"{case}, {'with' if site.name else 'without'} furniture": sheet(made, site)
    for case, made in CASES.items()
    for site in (Site(), SITE)
}
HOSTILE = (
    '</title></style><script>alert(1)</script><img src=x onerror="x">&amp;\u202eevil\u202c "\''
)


def page(sheet: Sheet) -> str:
    return render(sheet, "html", loaded().figures).data.decode()


def parsed(text: str) -> Element:
    """The page as a tree; html5lib refuses any mistake in it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root: Element = parser.parse(text)
    return root


def text_of(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


@pytest.fixture(params=SHEETS)
def made(request: pytest.FixtureRequest) -> Sheet:
    return SHEETS[request.param]


def test_the_page_is_strict_html(made: Sheet) -> None:
    root = parsed(page(made))
    assert root.tag == "html"
    assert page(made).startswith("<!DOCTYPE html>")
    assert root.find("head/meta[@charset='utf-8']") is not None


def test_the_page_says_its_language_and_direction(made: Sheet) -> None:
    assert parsed(page(made)).attrib == {"lang": "en", "dir": "ltr"}
    arabic = replace(made, language="ar", direction="rtl")
    assert parsed(page(arabic)).attrib == {"lang": "ar", "dir": "rtl"}


def test_headings_come_in_order_and_skip_no_level(made: Sheet) -> None:
    tags = [e.tag for e in parsed(page(made)).iter() if re.fullmatch(r"h\d", str(e.tag))]
    levels = [int(tag[1]) for tag in tags]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_section_is_named_by_its_heading(made: Sheet) -> None:
    root = parsed(page(made))
    ids = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
    headings = [ids[section.attrib["aria-labelledby"]] for section in root.iter("section")]
    expected = [section.heading for section in made.sections]
    if made.site.name:
        expected.append("From your clinic")
    expected.append(
        "My child’s cramp diary" if "child" in made.words["sheet-purpose"] else "My cramp diary"
    )
    assert [text_of(heading) for heading in headings] == expected
    assert {heading.tag for heading in headings} == {"h2"}


def test_ids_are_there_once_and_links_within_the_page_arrive(made: Sheet) -> None:
    root = parsed(page(made))
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    inside = [a.attrib["href"][1:] for a in root.iter("a") if a.attrib["href"].startswith("#")]
    assert "emergency" in inside
    assert set(inside) <= set(ids)


def test_the_page_needs_nothing_else(made: Sheet) -> None:
    root = parsed(page(made))
    own = {"https://clinic.example/doctors?a=1&b=2", "https://clinic.example/places"}
    own |= {"https://clinic.example/feet", "#emergency"}
    for element in root.iter():
        assert element.tag not in ("script", "link", "iframe", "object", "embed", "img", "base")
        for name, value in element.attrib.items():
            assert name not in ("src", "srcset", "action", "data")
            assert not str(name).startswith("on")
            if str(name).endswith("href"):
                assert value in own
    css = "".join(text_of(e) for e in root.iter("style"))
    assert css
    assert not re.search(r"https?:|@import|url\(", css)
    assert not re.search(r"url\(\s*['\"]?(?!#)", page(made))


def test_the_figure_is_drawn_once_and_told_in_words(made: Sheet) -> None:
    root = parsed(page(made))
    drawings = [e for e in root.iter() if str(e.tag).endswith("svg")]
    assert len(drawings) == len(made.figures)
    drawing = drawings[0]
    assert drawing.attrib["role"] == "img"
    by_id = {e.attrib["id"]: e for e in drawing.iter() if "id" in e.attrib}
    spoken = [text_of(by_id[name]) for name in drawing.attrib["aria-labelledby"].split()]
    assert spoken == [made.words["figure-title"], made.words["figure-description"].strip()]
    labels = text_of(drawing)
    for word in made.words["figure-label-muscle"].replace(",", "").split():
        assert word in labels


def test_a_pack_without_the_figure_gives_a_page_without_one() -> None:
    bare = render(SHEETS["plain, without furniture"], "html", {}).data.decode()
    parsed(bare)
    assert "<svg" not in bare


def test_a_pack_says_where_its_figure_stands_and_which_section_has_the_warning_signs() -> None:
    made = SHEETS["plain, without furniture"]
    hand = Figure("hand", "causes", "figure-title", "figure-description")
    other = replace(made, figures=(hand,), emergency_section="call-today")
    root = parsed(render(other, "html", {"hand": '<svg role="img"></svg>'}).data.decode())
    sections = {e.attrib["aria-labelledby"]: e for e in root.iter("section")}
    assert [
        name
        for name, section in sections.items()
        if any(str(e.tag).endswith("svg") for e in section.iter())
    ] == ["causes"]
    assert sections["call-today"].attrib["class"] == "emergency"
    (pointer,) = (e for e in root.iter("p") if e.attrib.get("class") == "pointer")
    assert [a.attrib["href"] for a in pointer.iter("a")] == ["#call-today"]
    assert made.words["section-call-today"] in text_of(pointer)


def test_each_statement_is_there_under_its_id_and_kind(made: Sheet) -> None:
    ids = {e.attrib["id"]: e for e in parsed(page(made)).iter() if "id" in e.attrib}
    for section in made.sections:
        for line in section.lines:
            element = ids[line.statement]
            assert text_of(element) == " ".join(line.text.split())
            assert element.attrib["class"] == line.kind
            assert element.tag == ("p" if line.kind in ("about", "note") else "li")


FURNITURE_WORDS = ("From your clinic", "555-0100", "Friday at 10", "Our doctors", "Our places")


@pytest.mark.parametrize("words", [*FURNITURE_WORDS, "Bend Clinic", "Foot care", "Stretching"])
def test_site_furniture_is_printed_where_set_and_nowhere_else(words: str) -> None:
    assert words in page(sheet(handout(), SITE))
    assert words not in page(sheet(handout()))


def test_links_of_the_site_show_their_address_for_paper() -> None:
    root = parsed(page(sheet(handout(), SITE)))
    links = {a.attrib["href"]: text_of(a) for a in root.iter("a")}
    assert links.pop("#emergency")
    assert links
    assert all(href == text for href, text in links.items())


def hostile_sheet() -> Sheet:
    link = SiteLink(HOSTILE, "https://clinic.example/?q=\"><script>alert('2')</script>")
    site = Site(
        name=HOSTILE,
        phone=HOSTILE,
        emergency_number=HOSTILE,
        appointment=link,
        related_services=(link,),
    )
    return sheet(handout(), site, name=HOSTILE)


def test_nothing_from_the_record_or_the_site_acts_as_markup() -> None:
    root = parsed(page(hostile_sheet()))
    tags = {element.tag for element in root.iter()}
    assert not tags & {"script", "img"}
    assert all(not str(name).startswith("on") for e in root.iter() for name in e.attrib)
    head = root.find("head")
    assert head is not None
    assert [e.tag for e in head] == ["meta", "meta", "meta", "meta", "title", "style"]
    names = [text_of(e) for e in root.iter("bdi")]
    shown = HOSTILE.replace("\u202e", "").replace("\u202c", "")
    assert names.count(" ".join(shown.split())) == 5


def test_names_can_turn_only_themselves_around() -> None:
    """Whatever holds direction marks stands in an element that isolates it."""
    root = parsed(page(hostile_sheet()))
    outside = "".join(root.itertext())
    for isolated in root.iter("bdi"):
        outside = outside.replace("".join(isolated.itertext()), "")
    lead = root.find(".//section[@class='emergency']/p[@class='lead']")
    outside = outside.replace("".join(lead.itertext()) if lead is not None else "", "")
    assert "\u202e" not in outside


def test_a_name_is_printed_only_where_there_is_one() -> None:
    assert "For <bdi>Quillon Testperson</bdi>" in page(sheet(handout()))
    nameless = page(sheet(handout(), name=""))
    assert "For <bdi>" not in nameless
    parsed(nameless)


def test_the_page_says_which_content_it_was_made_from(made: Sheet) -> None:
    root = parsed(page(made))
    pack = loaded().content
    content = pack.hashes["en"]
    named = root.find("head/meta[@name='content-pack']")
    assert named is not None
    assert named.attrib["content"] == f"{pack.id} {pack.version} sha256:{content}"
    footer = root.find(".//footer")
    assert text_of(footer) == f"Sheet version {pack.version}, content {content[:12]}"
    isolated = [text_of(e) for e in footer.iter("bdi")] if footer is not None else []
    assert isolated == [pack.version, content[:12]]


def test_values_stand_in_the_order_of_the_message_and_what_is_no_placeholder_stays() -> None:
    runs = filled("{b} of {a} & {c}", {"{a}": "<1>", "{b}": "{a}"})
    assert html.said(runs) == "<bdi>{a}</bdi> of <bdi>&lt;1&gt;</bdi> &amp; {c}"


def test_a_missing_word_is_an_error_and_never_a_blank() -> None:
    some = dict(SHEETS["plain, without furniture"].words)
    del some["sheet-purpose"]
    with pytest.raises(KeyError):
        page(replace(SHEETS["plain, without furniture"], words=some))
    assert html._environment().undefined is StrictUndefined
    assert html._environment().autoescape is True


def test_a_layout_can_take_in_only_layouts_that_are_there() -> None:
    assert html._layout("handout.css")
    assert html._layout("no-such-layout.css") is None


def test_the_same_sheet_gives_the_same_bytes(made: Sheet) -> None:
    assert page(made) == page(made)


MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "rtf": "application/rtf",
    "xhtml": "application/xhtml+xml; charset=utf-8",
}


def test_a_rendering_says_what_it_is() -> None:
    made = sheet(handout())
    assert list(FORMATS) == ["pdf", *MEDIA_TYPES]
    for name, media_type in MEDIA_TYPES.items():
        rendering = render(made, name, loaded().figures)
        assert rendering.media_type == media_type
        assert (rendering.format, rendering.language, rendering.title) == (name, "en", made.title)


def test_html_and_text_say_the_same_words_in_the_same_order(made: Sheet) -> None:
    """Apart from what only one of them can have: what describes a drawing, list signs and rules."""
    root = parsed(page(made))
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).rpartition("}")[2] in ("desc", "style", "title"):
                child.clear()
    in_html = re.findall(r"[\w’]+", "".join(root.itertext()))
    text = render(made, "text", {}).data.decode()
    in_text = re.findall(r"[\w’]+", text)
    assert in_html == in_text
