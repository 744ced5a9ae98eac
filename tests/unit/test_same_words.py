"""Every format says the same words in the same order, in every language and layout."""

import re

import pytest

from fhir_handout import workflow
from fhir_handout.ehr.folder import FolderEhr
from fhir_handout.model import Layout, Moment, Sheet, Site
from spec.examples import Example, all_examples
from unit.handouts import loaded
from unit.readers import html, words, words_of, xml
from unit.sheets import CASES, every_sheet, languages, rendered, worded

MARKED_UP = (("html", html), ("xhtml", xml))
LAYOUTS = [layout.value for layout in Layout]
_XML_ONLY = re.compile(r' xml:lang="[^"]*"| xmlns="http://www.w3.org/1999/xhtml"')


def statements(sheet: Sheet) -> list[str]:
    return [line.statement for section in sheet.sections for line in section.lines]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages())
def test_every_format_says_the_same_in_the_same_order(language: str, layout: str) -> None:
    for case in CASES:
        sheet = every_sheet()[case, language, layout]
        text = words(rendered(sheet, "text", layout))
        page = rendered(sheet, "xhtml", layout)
        assert words_of("xhtml", page) == text, case
        assert words_of("rtf", rendered(sheet, "rtf", layout)) == text, case
        assert _XML_ONLY.sub("", page) == rendered(sheet, "html", layout)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", languages())
def test_the_page_is_strict_html_and_says_the_same(language: str, layout: str) -> None:
    sheet = every_sheet()["pregnancy", language, layout]
    text = words(rendered(sheet, "text", layout))
    assert words_of("html", rendered(sheet, "html", layout)) == text


@pytest.mark.parametrize("layout", LAYOUTS)
def test_html_and_xhtml_name_the_same_statements_in_the_same_order(layout: str) -> None:
    for case in CASES:
        sheet = every_sheet()[case, "en", layout]
        expected = statements(sheet)
        for name, read in MARKED_UP:
            ids = [e.attrib.get("id") for e in read(rendered(sheet, name, layout)).iter()]
            assert [id_ for id_ in ids if id_ in expected] == expected, (case, name)


@pytest.mark.parametrize("example", all_examples(), ids=lambda example: example.id)
def test_every_example_patient_is_told_the_same_in_every_format(example: Example) -> None:
    request = workflow.Request(
        example.id, None, Moment.on(example.today), loaded(), Site(country="US")
    )
    prepared = workflow.prepare(FolderEhr(example.folder), request)
    told = [advice.statement for advice in prepared.handout.advice]
    for language in languages():
        sheet = worded(prepared.handout, language, site=request.site, name=prepared.record.name)
        assert sorted(statements(sheet)) == sorted(told)
        page = rendered(sheet, "xhtml")
        ids = [element.attrib.get("id") for element in xml(page).iter()]
        assert [id_ for id_ in ids if id_ in told] == statements(sheet)
        text = words(rendered(sheet, "text"))
        assert words_of("xhtml", page) == text
        assert words_of("rtf", rendered(sheet, "rtf")) == text
        assert _XML_ONLY.sub("", page) == rendered(sheet, "html")
