"""One page in several languages: what is in it, without looking at it."""

import pytest

from fhir_handout.languages import direction, language_name
from fhir_handout.model import Layout, Look
from fhir_handout.render import MARKED_UP, render, render_all
from unit.handouts import loaded
from unit.readers import html, spoken, words, words_of, xml
from unit.sheets import CASES, every_sheet, languages, worded

LAYOUTS = [layout.value for layout in Layout]


def page(layout: str = "standard", format_name: str = "html", case: str = "pregnancy") -> str:
    sheets = [every_sheet()[case, language, layout] for language in languages()]
    return render_all(sheets, format_name, loaded().figures, Look(Layout(layout))).decode()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_sheet_is_there_as_it_is_alone_in_its_language(layout: str) -> None:
    for name, read in (("html", html), ("xhtml", xml)):
        root = read(page(layout, name))
        articles = list(root.iter("article"))
        assert [a.attrib["id"] for a in articles] == list(languages())
        for article, language in zip(articles, languages(), strict=True):
            assert article.attrib["lang"] == language
            assert article.attrib["dir"] == direction(language)
            sheet = every_sheet()["pregnancy", language, layout]
            alone = render(sheet, name, loaded().figures, Look(Layout(layout))).data.decode()
            assert words(spoken(article)) == words_of(name, alone)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ids_are_there_once_and_every_link_inside_arrives(layout: str) -> None:
    root = html(page(layout))
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(element.attrib.get(name, "").split()) <= set(ids)
        href = element.attrib.get("href", "")
        assert not href.startswith("#") or href[1:] in ids
    for article in root.iter("article"):
        inside = {e.attrib["id"] for e in article.iter() if "id" in e.attrib}
        for link in article.iter("a"):
            href = link.attrib["href"]
            assert not href.startswith("#") or href[1:] in inside  # no way out of a language


def test_the_chooser_is_named_and_comes_first() -> None:
    root = html(page())
    body = root.find("body")
    assert body is not None
    assert [e.tag for e in body] == ["nav", "main"]
    first = every_sheet()["pregnancy", languages()[0], "standard"]
    (nav,) = root.iter("nav")
    assert nav.attrib["aria-label"] == first.words["sheet-languages"]
    names = {a.attrib["href"]: "".join(a.itertext()) for a in nav.iter("a")}
    assert names == {f"#{language}": language_name(language) for language in languages()}


def test_the_page_is_in_its_first_language() -> None:
    turned = [worded(CASES["plain"], language) for language in reversed(languages())]
    root = html(render_all(turned, "html", loaded().figures).decode())
    assert root.attrib["lang"] == turned[0].language
    assert root.attrib["dir"] == turned[0].direction
    assert root.findtext("head/title") == turned[0].title


def test_one_language_is_a_page_too() -> None:
    made = render_all([worded(CASES["plain"])], "html", loaded().figures).decode()
    assert [a.attrib["id"] for a in html(made).iter("article")] == ["en"]


def test_it_says_of_each_language_which_content_it_was_made_from() -> None:
    found = [
        e.attrib["content"].rpartition(":")[2]
        for e in html(page()).iter("meta")
        if e.attrib.get("name") == "content-pack"
    ]
    assert found == [loaded().content.hashes[language] for language in languages()]


def test_it_needs_no_script_and_nothing_from_elsewhere() -> None:
    for name in MARKED_UP:
        made = page(format_name=name)
        assert "<script" not in made
        assert " on" not in {n for e in html(page()).iter() for n in e.attrib}
        assert "url(" not in made
        assert "@import" not in made


def test_the_same_sheets_give_the_same_bytes() -> None:
    assert page() == page()
