"""Paragraphs, lists, leads, and the site's own lines."""

from dataclasses import replace

import pytest

from fhir_handout.model import Line, Section, Site, SiteLink
from fhir_handout.pack_statements import KINDS
from fhir_handout.render.blocks import Block, Furniture, furniture, laid_out
from unit.handouts import handout, loaded, sheet

PLAIN = sheet(handout())


def lines(*kinds: str) -> tuple[Line, ...]:
    return tuple(Line(f"s{i}", kind, f"Text {i}.") for i, kind in enumerate(kinds))


def blocks(*kinds: str) -> tuple[Block, ...]:
    section = Section("about", "Heading", lines(*kinds))
    return laid_out(replace(PLAIN, sections=(section,)))[0].blocks


@pytest.mark.parametrize("kind", KINDS)
def test_explanations_and_notes_are_paragraphs_and_all_else_is_in_lists(kind: str) -> None:
    assert [block.is_list for block in blocks(kind)] == [kind not in ("about", "note")]


def test_neighbours_of_one_sort_stand_together_and_the_order_stays() -> None:
    made = blocks("do", "call", "note", "about", "avoid")
    assert [(b.is_list, [line.statement for line in b.lines]) for b in made] == [
        (True, ["s0", "s1"]),
        (False, ["s2", "s3"]),
        (True, ["s4"]),
    ]


def test_sections_keep_their_order_heading_and_lead() -> None:
    made = laid_out(PLAIN)
    assert [section.id for section in made] == [section.id for section in PLAIN.sections]
    for section in made:
        assert section.heading == PLAIN.words[f"section-{section.id}"]
        assert section.lead == PLAIN.words.get(f"section-{section.id}-lead", "")
    assert {section.id for section in made if section.lead} == {
        "call-today",
        "call-soon",
        "emergency",
    }


def test_the_section_to_point_to_is_on_every_sheet() -> None:
    assert PLAIN.emergency_section in [section.id for section in PLAIN.sections]
    assert PLAIN.emergency_section in loaded().content.sections


LINK = SiteLink("Portal", "https://clinic.example/portal")
FURNITURE = {
    "phone": (Site(phone="555-0100"), [Furniture("", "Phone: 555-0100", "")]),
    "appointment": (
        Site(appointment=SiteLink("Friday at 10")),
        [Furniture("Appointment", "Friday at 10", "")],
    ),
    "find_doctor": (Site(find_doctor=LINK), [Furniture("Find a doctor", "Portal", LINK.url)]),
    "find_location": (Site(find_location=LINK), [Furniture("Find a location", "Portal", LINK.url)]),
    "related_services": (
        Site(related_services=(LINK, SiteLink("Feet"))),
        [
            Furniture("Related services", "Portal", LINK.url),
            Furniture("Related services", "Feet", ""),
        ],
    ),
    "related_handouts": (
        Site(related_handouts=(LINK,)),
        [Furniture("More to read", "Portal", LINK.url)],
    ),
    "nothing": (Site(), []),
    "a name and a country": (Site(name="Clinic", country="US"), []),
}


@pytest.mark.parametrize("case", FURNITURE)
def test_site_furniture_is_there_only_where_set(case: str) -> None:
    site, expected = FURNITURE[case]
    assert list(furniture(replace(PLAIN, site=site))) == expected


def test_site_furniture_stands_in_a_fixed_order() -> None:
    site = Site(
        related_handouts=(LINK,),
        related_services=(LINK,),
        find_location=LINK,
        find_doctor=LINK,
        appointment=LINK,
        phone="1",
    )
    labels = [item.label for item in furniture(replace(PLAIN, site=site))]
    assert labels == [
        "",
        "Appointment",
        "Find a doctor",
        "Find a location",
        "Related services",
        "More to read",
    ]
