"""How a sheet is laid out: parts and blocks in order, the site's own lines, sentences, signs."""

from dataclasses import replace

import pytest

from fhir_handout.model import Layout, Line, Section, Sheet, Site, SiteLink
from fhir_handout.pack_statements import KINDS
from fhir_handout.render.blocks import Drawing, Items, Link, Links, Paragraph, Run, Table
from fhir_handout.render.layout import filled, laid_out, sentences
from unit.handouts import handout, loaded, said, sheet

PLAIN = sheet(handout())


def lines(*kinds: str) -> tuple[Line, ...]:
    return tuple(Line(f"s{i}", kind, f"Text {i}.") for i, kind in enumerate(kinds))


def blocks(*kinds: str) -> list[tuple[bool, list[str]]]:
    """The blocks of a section with lines of these kinds: whether each is a list, and its lines."""
    section = Section("about", "Heading", lines(*kinds))
    part = laid_out(replace(PLAIN, sections=(section,), figures=())).parts[0]
    found: list[tuple[bool, list[str]]] = []
    for block in part.blocks:
        if isinstance(block, Items):
            found.append((True, [item.id for item in block.items]))
        elif isinstance(block, Paragraph):
            found.append((False, [block.id]))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_explanations_and_notes_are_paragraphs_and_all_else_is_in_lists(kind: str) -> None:
    assert [is_list for is_list, _ in blocks(kind)] == [kind not in ("about", "note")]


def test_neighbours_of_one_sort_stand_together_and_the_order_stays() -> None:
    assert blocks("do", "call", "note", "about", "avoid") == [
        (True, ["s0", "s1"]),
        (False, ["s2"]),
        (False, ["s3"]),
        (True, ["s4"]),
    ]


def test_parts_keep_the_order_heading_and_lead_of_their_sections() -> None:
    parts = laid_out(PLAIN).parts
    assert [part.id for part in parts] == [section.id for section in PLAIN.sections]
    for part in parts:
        assert part.heading.text == PLAIN.words[f"section-{part.id}"]
    leads = {
        part.id: block.words.text
        for part in parts
        for block in part.blocks
        if isinstance(block, Paragraph) and block.role == "lead"
    }
    assert leads == {
        name: PLAIN.words[f"section-{name}-lead"]
        for name in ("call-today", "call-soon", "emergency")
    }


def test_the_part_with_the_warning_signs_is_marked_whatever_its_id() -> None:
    assert PLAIN.emergency_section in [section.id for section in PLAIN.sections]
    assert PLAIN.emergency_section in loaded().content.sections
    other = laid_out(replace(PLAIN, emergency_section="call-today"))
    assert {part.id: part.role for part in other.parts}["call-today"] == "emergency"
    (pointer,) = [line for line in other.header if line.role == "pointer"]
    assert pointer.leads_to == "call-today"


# --- drawings -------------------------------------------------------------------------------------


def drawings(made: Sheet) -> list[Drawing]:
    found = (block for part in laid_out(made).parts for block in part.blocks)
    return [block for block in found if isinstance(block, Drawing)]


def test_a_drawing_has_its_caption_its_labels_and_what_it_shows() -> None:
    calf, stretch, rub = drawings(PLAIN)
    words = PLAIN.words
    assert calf.caption.text == words["figure-title"]
    assert calf.labels == tuple(
        words[f"figure-label-{name}"] for name in ("muscle", "tendon", "shin")
    )
    assert calf.description == words["figure-description"]
    assert (stretch.labels, rub.labels) == ((), ())


@pytest.mark.parametrize(
    "names", [(), ("deep_vein_thrombosis.current",), ("peripheral_artery_disease",)]
)
def test_no_drawing_shows_what_this_patient_is_not_told_to_do(names: tuple[str, ...]) -> None:
    made = handout(*names)
    shown = {drawing.name for drawing in drawings(sheet(made))}
    assert ("stretch_calf" in shown) == ("ease-stretch" in said(made))
    assert ("massage_calf" in shown) == ("ease-massage" in said(made))


def test_somebody_who_must_not_rub_the_leg_sees_nobody_rub_one() -> None:
    made = handout("deep_vein_thrombosis.current")
    assert "ease-stretch-ask" in said(made)
    assert [drawing.name for drawing in drawings(sheet(made))] == ["calf_cramp"]


# --- the site's own lines -------------------------------------------------------------------------

LINK = SiteLink("Portal", "https://clinic.example/portal")


def furniture(site: Site) -> list[tuple[str, str, str]]:
    """What the site says of itself: label, text and address of each line."""
    found = (block for part in laid_out(replace(PLAIN, site=site)).parts for block in part.blocks)
    links: list[Link] = [link for b in found if isinstance(b, Links) for link in b.links]
    return [(link.label.text, link.text, link.url) for link in links]


FURNITURE = {
    "phone": (Site(phone="555-0100"), [("Phone: 555-0100", "", "")]),
    "appointment": (
        Site(appointment=SiteLink("Friday at 10")),
        [("Appointment", "Friday at 10", "")],
    ),
    "find_doctor": (Site(find_doctor=LINK), [("Find a doctor", "Portal", LINK.url)]),
    "find_location": (Site(find_location=LINK), [("Find a location", "Portal", LINK.url)]),
    "related_services": (
        Site(related_services=(LINK, SiteLink("Feet"))),
        [("Related services", "Portal", LINK.url), ("Related services", "Feet", "")],
    ),
    "related_handouts": (Site(related_handouts=(LINK,)), [("More to read", "Portal", LINK.url)]),
    "link": (Site(link=LINK), [("More from your clinic", "Portal", LINK.url)]),
    "nothing": (Site(), []),
    "a name and a country": (Site(name="Clinic", country="US"), []),
}


@pytest.mark.parametrize("case", FURNITURE)
def test_the_site_prints_only_what_it_set(case: str) -> None:
    site, expected = FURNITURE[case]
    assert furniture(site) == expected


def test_the_sites_lines_stand_in_a_fixed_order() -> None:
    site = Site(
        link=LINK,
        related_handouts=(LINK,),
        related_services=(LINK,),
        find_location=LINK,
        find_doctor=LINK,
        appointment=LINK,
        phone="1",
    )
    assert [label for label, _, _ in furniture(site)] == [
        "Phone: 1",
        "Appointment",
        "Find a doctor",
        "Find a location",
        "Related services",
        "More to read",
        "More from your clinic",
    ]


def test_only_the_sites_own_link_is_a_code_to_scan() -> None:
    site = Site(link=LINK, find_doctor=LINK)
    part = laid_out(replace(PLAIN, site=site)).parts[-1]
    (block,) = part.blocks
    assert isinstance(block, Links)
    assert [link.code_description for link in block.links] == [
        "",
        f"A code to scan with a phone. It leads to {LINK.url}",
    ]


def test_the_diary_is_there_unless_the_site_wants_none() -> None:
    diary = laid_out(PLAIN).diary
    assert diary is not None
    table = diary.blocks[-1]
    assert isinstance(table, Table)
    assert len(table.columns) == 5
    assert laid_out(replace(PLAIN, site=Site(diary=False))).diary is None


# --- sentences and signs --------------------------------------------------------------------------

SENTENCES = {
    "Do it now. Then rest.": ["Do it now.", "Then rest."],
    "Is it bad? Call!": ["Is it bad?", "Call!"],
    "See e.g. the note (or ask).": ["See e.g. the note (or ask)."],
    "He said “Stop.” Then rest.": ["He said “Stop.”", "Then rest."],
    "Ça va ? Oui. « Bon. » Et puis.": ["Ça va ?", "Oui.", "« Bon. »", "Et puis."],
    "你好。请问？好的！": ["你好。", "请问？", "好的！"],
    "一つ。「二つ。」三つ。": ["一つ。", "「二つ。」三つ。"],
    "یک. دو؟ سه.": ["یک.", "دو؟", "سه."],
    "एक। दो।": ["एक।", "दो।"],
    "No full stop": ["No full stop"],
}


@pytest.mark.parametrize("line", SENTENCES)
def test_a_line_is_parted_into_its_sentences(line: str) -> None:
    assert sentences(line) == SENTENCES[line]


@pytest.mark.parametrize("language", loaded().catalogues)
def test_easy_read_loses_no_word_of_any_line_in_any_language(language: str) -> None:
    for name, text in loaded().catalogues[language].items():
        assert "".join("".join(sentences(text)).split()) == "".join(text.split()), name


def test_easy_read_has_a_sentence_a_line_and_a_sign_where_the_pack_has_one() -> None:
    parts = {part.id: part for part in laid_out(PLAIN, Layout.EASY).parts}
    items = {
        item.id: item
        for part in parts.values()
        for block in part.blocks
        if isinstance(block, Items)
        for item in block.items
    }
    stretch = items["ease-stretch"]
    assert [words.text for words in stretch.sentences] == sentences(
        PLAIN.sections[[s.id for s in PLAIN.sections].index("ease")].lines[1].text
    )
    assert len(stretch.sentences) == 3
    assert items["ease-stretch"].sign == "do"
    assert items["quinine-avoid"].sign == "avoid"
    assert items["call-long"].sign == "call"
    assert items["heart-lungs"].sign == "emergency"
    assert items["ask-first"].sign == ""
    assert all(len(item.sentences) == 1 for item in standard_items())


def standard_items() -> list[object]:
    found = (block for part in laid_out(PLAIN).parts for block in part.blocks)
    return [item for block in found if isinstance(block, Items) for item in block.items]


def test_no_sign_says_the_contrary_of_the_sentence_it_stands_by() -> None:
    """A tick stands by no "do not", and a cross by nothing else."""
    english = loaded().catalogues["en"]
    for statement in loaded().content.statements:
        first = sentences(english[statement.id])[0].lower()
        is_forbidding = first.startswith(("do not", "no ", "never"))
        if statement.sign == "do":
            assert not is_forbidding, statement.id
        if statement.sign == "avoid":
            assert is_forbidding, statement.id


# --- what comes from elsewhere --------------------------------------------------------------------


def test_what_is_filled_in_is_one_plain_line_that_stands_by_itself() -> None:
    assert filled("For {name}, now", {"{name}": "A\n\u202eB"}) == (
        Run("For "),
        Run("A B", is_isolated=True),
        Run(", now"),
    )


def test_what_looks_like_a_placeholder_in_a_value_is_filled_with_nothing() -> None:
    runs = filled("{a} {b}", {"{a}": "{b}", "{b}": "2"})
    assert [run.text for run in runs if run.is_isolated] == ["{b}", "2"]


def test_a_number_in_a_right_to_left_text_stands_by_itself() -> None:
    assert filled("اتصل \u2068911\u2069 الآن", {}) == (
        Run("اتصل "),
        Run("911", is_isolated=True),
        Run(" الآن"),
    )


def test_easy_read_keeps_a_number_apart_from_right_to_left_words() -> None:
    arabic = replace(PLAIN, language="ar", direction="rtl")
    words = {**arabic.words, "section-emergency-lead": "اتصل \u2068911\u2069 الآن. ثم استرح."}
    parts = {p.id: p for p in laid_out(replace(arabic, words=words), Layout.EASY).parts}
    leads = [
        block.words.said
        for block in parts["emergency"].blocks
        if isinstance(block, Paragraph) and block.role == "lead"
    ]
    assert leads == [
        (Run("اتصل "), Run("911", is_isolated=True), Run(" الآن.")),
        (Run("ثم استرح."),),
    ]
