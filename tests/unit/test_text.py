"""The plain text: 76 columns, nothing left out, nothing odd."""

import re
from dataclasses import replace

import pytest

from fhir_handout.model import Sheet, Site, SiteLink
from fhir_handout.render import render
from unit.handouts import handout, loaded, sheet

LONG = "https://clinic.example/" + "a-very-long-address/" * 8
SITE = Site(
    name="Bend Clinic",
    phone="555-0100",
    appointment=SiteLink("Friday at 10"),
    find_doctor=SiteLink("Our doctors", LONG),
    related_services=(SiteLink("Foot care", "https://clinic.example/feet"),),
)
SHEETS = {
    "plain": sheet(handout()),
    "with furniture": sheet(handout("diabetes.type_2"), SITE),
    "all at once": sheet(
        handout("pregnancy", "diuretic.loop", "kidney_failure.dialysis", "diabetes.type_1")
    ),
    "a long name": sheet(handout(), name="Nomen " * 40 + "x" * 200),
}


def text_of(made: Sheet) -> str:
    return render(made, "text", {}).data.decode()


@pytest.fixture(params=SHEETS)
def made(request: pytest.FixtureRequest) -> Sheet:
    return SHEETS[request.param]


def test_no_line_is_wider_than_76_columns(made: Sheet) -> None:
    assert max(map(len, text_of(made).splitlines())) <= 76


def test_lines_end_with_no_blanks_and_the_file_with_one_end_of_line(made: Sheet) -> None:
    text = text_of(made)
    assert not re.search(r"[ \t\r]\n", text)
    assert not re.search(r"\n\n\n", text)
    assert text == text.strip() + "\n"


def test_every_statement_is_there_in_order(made: Sheet) -> None:
    flat = " ".join(text_of(made).split())
    place = 0
    for section in made.sections:
        for line in section.lines:
            place = flat.index(" ".join(line.text.split()), place)


def test_headings_are_underlined() -> None:
    lines = text_of(SHEETS["with furniture"]).splitlines()
    headings = [s.heading for s in SHEETS["with furniture"].sections] + ["From your clinic"]
    for heading in headings:
        at = lines.index(heading)
        assert lines[at - 1] == ""
        assert lines[at + 1] == "-" * len(heading)
        assert lines[at + 2] == ""
    title = lines.index(SHEETS["plain"].title)
    assert set(lines[title + 1]) == {"="}
    assert len(lines[title + 1]) == len(SHEETS["plain"].title)


def test_a_long_heading_is_underlined_as_wide_as_its_longest_line() -> None:
    lines = text_of(replace(SHEETS["plain"], title="Much too long a title " * 6)).splitlines()
    rule = next(i for i, line in enumerate(lines) if set(line) == {"="})
    assert len(lines[rule]) == max(map(len, lines[:rule]))


def test_list_items_have_a_hyphen_and_hang() -> None:
    text = text_of(SHEETS["plain"])
    assert "\n- Pregnancy\n" in text
    assert re.search(r"\n- Do you have kidney.*\n  \w", text)


def test_the_first_thing_after_the_date_points_to_the_warning_signs() -> None:
    text = text_of(SHEETS["plain"])
    assert "Warning signs are in the box “Get emergency help”" in text
    assert text.index("Made on") < text.index("Warning signs") < text.index("Before you start")


def test_the_site_prints_only_what_it_set() -> None:
    text = text_of(SHEETS["with furniture"])
    assert text.startswith("Bend Clinic\n")
    assert "- Phone: 555-0100\n" in text
    assert "- Appointment: Friday at 10\n" in text
    assert "- Related services: Foot care (https://clinic.example/feet)\n" in text
    assert "Find a location" not in text
    assert "From your clinic" not in text_of(SHEETS["plain"])


def test_an_address_that_is_too_long_is_kept_whole_over_lines() -> None:
    assert LONG in "".join(text_of(SHEETS["with furniture"]).split())


def test_a_name_is_printed_only_where_there_is_one() -> None:
    assert "\nFor Quillon Testperson\nMade on" in text_of(SHEETS["plain"])
    assert "\nFor " not in text_of(sheet(handout(), name=""))


def test_the_version_and_the_content_come_last_and_only_the_diary_after_them() -> None:
    made = SHEETS["plain"]
    content = loaded().content.hashes["en"]
    bare = text_of(replace(made, site=replace(made.site, diary=False)))
    assert bare.splitlines()[-1] == f"Sheet version {made.version}, content {content[:12]}"
    diary = text_of(made).removeprefix(bare)
    assert diary.splitlines()[1:3] == ["My cramp diary", "--------------"]
    assert "Date and time | Which muscle?" in diary


def test_breaks_inside_a_sites_words_do_not_break_the_page() -> None:
    text = text_of(sheet(handout(), Site(name="Bend\n\n\nClinic", phone="1\n- 2")))
    assert re.match(r"Bend +Clinic\n", text)
    assert "\n- 2" not in text


def test_an_empty_message_is_a_blank_line() -> None:
    made = SHEETS["plain"]
    words = {**made.words, "sheet-date": " "}
    assert text_of(replace(made, words=words))
