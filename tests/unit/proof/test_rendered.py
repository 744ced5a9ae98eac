"""What is wrong with a rendering is told once, by the message that is wrong."""

import pytest

from fhir_handout.proof.pages import Page
from fhir_handout.proof.rendered import _misplaced, _wrong
from unit.handouts import handout, sheet

PIECES = [
    ("head", "Ease"),
    ("one", "Rest."),
    ("two", "Walk."),
    ("next", "Prevent"),
    ("last", "Go."),
]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Title Ease Rest. Walk. Prevent Go. Version 1", []),
        ("Ease is easy. Ease Rest. Walk. Prevent Go.", []),
        ("Ease Walk. Prevent Go.", ["one"]),
        ("Ease Rest. Walk. Prevent", ["last"]),
        ("Ease Walk. Rest. Prevent Go.", ["one", "two"]),
        ("Ease Rest. Rest. Walk. Prevent Go.", ["two"]),
        ("Ease Rest. Walk. Go. Prevent", ["next", "last"]),
        ("Prevent Go. Ease Rest. Walk.", ["next", "last"]),
        ("", ["head", "one", "two", "next", "last"]),
    ],
)
def test_every_line_follows_what_stands_before_it(text: str, wrong: list[str]) -> None:
    assert [message for message, _ in _misplaced(PIECES, text)] == wrong


def test_what_is_repeated_far_from_its_place_is_found() -> None:
    made = sheet(handout("statin"))
    lines = [line for section in made.sections for line in section.lines]
    words = [piece for section in made.sections for piece in _of(section, made.words)]
    assert list(_wrong(made, Page(tuple(words)))) == []
    again = Page((lines[3].text, *words))
    assert [message for message, _ in _wrong(made, again)] == [lines[3].statement]


def _of(section, words) -> list[str]:
    lead = words.get(f"section-{section.id}-lead")
    return [section.heading, *([lead] if lead else []), *(line.text for line in section.lines)]


def test_a_placeholder_beside_the_text_is_found() -> None:
    made = sheet(handout())
    wrong = list(_wrong(made, Page((), ("A {word} in a drawing",))))
    assert ("", "{word} is not filled in") in wrong
