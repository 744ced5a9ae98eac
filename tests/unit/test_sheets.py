"""A sheet in the language chosen for it: alone, beside English, or with an interpreter notice."""

from pathlib import Path

import pytest

from fhir_handout.catalogues import Catalogues
from fhir_handout.language_choice import Because, Choice
from fhir_handout.model import Layout, Look, Paper, Sheet, Site
from fhir_handout.names import plain
from fhir_handout.sheets import Wording, look_of, paper_of, stands_alone
from unit.handouts import TODAY, handout, loaded

SHIPPED = Path(__file__).parents[2] / "templates" / "muscle_cramps"
SPANISH = SHIPPED / "locale" / "es" / "messages.po"
US = Site(country="US")
LANGUAGES = loaded().catalogues.languages


def sheet(choice: Choice, layout: Layout = Layout.STANDARD, site: Site = US) -> Sheet:
    worded = Wording(handout("diuretic.loop"), loaded().catalogues, site, "Quillon", TODAY)
    return worded.sheet(choice, Look(layout))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_is_all_in_its_language(language: str) -> None:
    made = sheet(Choice(language, Because.ASKED))
    words = loaded().catalogues[language]
    assert made.language == language
    assert made.hash == loaded().approval_hash(language)
    lines = [line for section in made.sections for line in section.lines]
    for line in lines:
        assert "{" not in line.text
        assert line.text == words[line.statement]
    assert (made.beside, made.notices) == (None, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_heading_over_three_things_says_three(language: str) -> None:
    top = sheet(Choice(language, Because.ASKED)).sections[0]
    assert len(top.lines) == 3
    assert "3" in top.heading
    assert "{" not in top.heading


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bilingual_sheet_has_the_same_statements_in_english_beside_it(language: str) -> None:
    made = sheet(Choice(language, Because.ASKED, is_approved=False), Layout.BILINGUAL)
    if language == "en":
        assert made.beside is None
        return
    assert made.beside is not None
    assert made.beside.language == "en"
    mine, theirs = (
        [[line.statement for line in section.lines] for section in each.sections]
        for each in (made, made.beside)
    )
    assert mine == theirs


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_who_gets_english_instead_is_told_in_their_language_to_ask_for_an_interpreter(
    language: str,
) -> None:
    made = sheet(Choice("en", Because.UNAPPROVED, language))
    own, staff = made.notices
    assert (own.language, own.direction) == (
        language,
        "rtl" if language in ("ar", "fa") else "ltr",
    )
    assert "911" in own.text
    assert "{" not in own.text
    assert staff.language == "en"
    assert staff.text.startswith("Interpreter: ")


def test_whoever_calls_the_interpreter_reads_what_the_language_is_called() -> None:
    said = {
        tag: sheet(Choice("en", Because.NOT_THERE, tag)).notices
        for tag in ("so", "km", "tlh", "xx", "\u202e")
    }
    told = {tag: [plain(notice.text) for notice in notices] for tag, notices in said.items()}
    assert told == {
        "so": ["Interpreter: Soomaali · Somali"],
        "km": ["Interpreter: Khmer"],  # no font of ours has its letters
        "tlh": ["Interpreter: Klingon"],
        "xx": ["Interpreter: xx"],
        "\u202e": ["Interpreter:"],
    }


def test_what_the_record_calls_a_language_stands_by_itself_in_the_notice() -> None:
    (notice,) = sheet(Choice("en", Because.NOT_THERE, "x\u202e\ny")).notices
    assert notice.text == "Interpreter: \u2068x y\u2069"


def test_a_notice_is_there_only_where_all_it_says_can_be_said() -> None:
    """Without a number it needs the words for an unknown one, and those may be fuzzy."""
    shipped = loaded().catalogues
    po = (SPANISH).read_text("utf-8")
    marked = po.replace(
        'msgctxt "emergency-number-unknown"', '#, fuzzy\nmsgctxt "emergency-number-unknown"'
    )
    some = Catalogues(shipped.source, {"locale/es/messages.po": marked.encode()})
    choice = Choice("en", Because.INCOMPLETE, "es")
    for site, languages in ((US, ["es", "en"]), (Site(), ["en"])):
        worded = Wording(handout(), some, site, "", TODAY)
        notices = worded.sheet(choice, Look()).notices
        assert [notice.language for notice in notices] == languages
        assert all(notice.text.strip() for notice in notices)


def test_an_approved_second_language_asks_for_an_interpreter_in_the_first() -> None:
    made = sheet(Choice("es", Because.SPOKEN, "vi"))
    assert made.language == "es"
    assert [notice.language for notice in made.notices] == ["vi", "es"]
    assert "Tiếng Việt" in made.notices[1].text


def test_without_a_number_the_notice_says_in_its_language_what_to_call() -> None:
    own, _ = sheet(Choice("en", Because.UNAPPROVED, "es"), site=Site()).notices
    assert loaded().catalogues["es"]["emergency-number-unknown"] in own.text


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_a_number_among_right_to_left_words_is_isolated(language: str) -> None:
    made = sheet(Choice(language, Because.ASKED), site=Site(emergency_number="0800 11 22"))
    assert "\u20680800 11 22\u2069" in made.words["section-emergency-lead"]
    english = sheet(Choice("en", Because.ASKED), site=Site(emergency_number="0800 11 22"))
    assert "\u2068" not in english.words["section-emergency-lead"]


# --- look -----------------------------------------------------------------------------------------

UNAPPROVED = Choice("es", Because.ASKED, is_approved=False)
APPROVED = Choice("es", Because.SPOKEN)


def test_what_nobody_approved_stands_beside_english_unless_another_layout_is_asked_for() -> None:
    assert look_of(UNAPPROVED, US, None, None).layout is Layout.BILINGUAL
    assert look_of(UNAPPROVED, US, Layout.LARGE, None).layout is Layout.LARGE
    assert look_of(APPROVED, US, None, None).layout is Layout.STANDARD


def test_english_beside_english_is_the_standard_layout() -> None:
    english = Choice("en", Because.ASKED)
    assert look_of(english, US, Layout.BILINGUAL, None).layout is Layout.STANDARD


@pytest.mark.parametrize("layout", Layout)
def test_what_nobody_approved_is_attached_only_beside_english(layout: Layout) -> None:
    assert stands_alone(UNAPPROVED, Look(layout)) == (layout is Layout.BILINGUAL)
    assert stands_alone(APPROVED, Look(layout))


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (Site(), Paper.A4),
        (Site(country="US"), Paper.LETTER),
        (Site(country="ca"), Paper.LETTER),
        (Site(country="GB"), Paper.A4),
        (Site(country="US", paper=Paper.A4), Paper.A4),
        (Site(paper=Paper.LETTER), Paper.LETTER),
    ],
)
def test_the_paper_is_the_sites_else_its_countrys(site: Site, expected: Paper) -> None:
    assert paper_of(site) is expected
    assert look_of(APPROVED, site, None, None).paper is expected
    assert look_of(APPROVED, site, None, Paper.A4).paper is Paper.A4
