"""Lines of so many columns: wide characters, marks, scripts without blanks, isolates."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.linebreak import line_break_boundaries
from wcwidth import wcswidth

from fhir_handout.pack_words import PLURAL_FORMS
from fhir_handout.render.lines import columns, unbroken, wrapped
from unit.handouts import loaded
from unit.sheets import languages

WIDTH = 76
ANYTHING = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), max_codepoint=0x1FFFF)
)
MIXED = st.lists(
    st.one_of(
        ANYTHING,
        st.text("肌肉抽筋、。（）“”ーっ10%"),
        st.text("العضلة\u2068\u2069 abc"),
        st.sampled_from(["👩‍👩‍👧", "👍🏽", "❤️", "e\u0301", "क्षि", "x" * 90]),
    )
).map(" ".join)


def texts(language: str) -> list[str]:
    words = loaded().catalogues[language]
    filled = ((name, re.sub(r"\{\w+\}", "911", text)) for name, text in words.items())
    return [text for name, text in filled if name != PLURAL_FORMS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("cramp", 5),
        ("Krämpfe", 7),
        ("抽筋。", 6),
        ("쥐가", 4),
        ("e\u0301", 1),
        ("\u2068911\u2069", 3),
        ("👍", 2),
        ("ﾊﾝｶｸ", 4),
    ],
)
def test_a_wide_character_takes_two_columns_and_a_mark_none(text: str, expected: int) -> None:
    assert columns(text) == expected


@given(MIXED)
def test_no_line_is_wider_than_it_may_be_whoever_measures(text: str) -> None:
    for line in wrapped(text, WIDTH, "- ", "  "):
        assert columns(line) <= WIDTH
        assert wcswidth(line) <= WIDTH


@given(MIXED)
def test_nothing_is_lost_or_added_but_blanks_and_isolates(text: str) -> None:
    def letters(lines: str) -> str:
        return re.sub("[\\s\u2068\u2069]", "", lines)

    assert letters("".join(wrapped(text, WIDTH))) == letters(text)


@given(MIXED)
def test_no_line_begins_with_a_mark_or_ends_in_a_blank(text: str) -> None:
    before = {text[at : at + 2] for at in range(len(text))}
    for line in wrapped(text, WIDTH):
        assert line == line.strip(" ")
        is_mark = unicodedata.category(line[0])[0] == "M"
        assert (
            not is_mark
            or any(pair[1:] == line[0] and pair[0] == " " for pair in before)
            or (text.startswith(line[0]))
        )


@pytest.mark.parametrize("language", languages())
def test_words_break_only_where_unicode_allows_it(language: str) -> None:
    """By UAX 14 as another program has it; line by line of every sentence there is."""
    is_cjk = language in ("ja", "zh-Hans", "zh-Hant")
    for text in texts(language) if is_cjk else texts(language)[::3]:
        joined = " ".join(text.split(" "))
        allowed = set(line_break_boundaries(joined))
        for width in range(12, 50) if is_cjk else (20, 33, 76):
            at = 0
            for line in wrapped(joined, width)[:-1]:
                at = joined.index(line, at) + len(line)
                end = at + (joined[at : at + 1] == " ")
                is_too_long = columns(line) == width and " " not in line
                assert end in allowed or is_too_long, (language, line)


@pytest.mark.parametrize("language", ["ja", "zh-Hans", "zh-Hant"])
def test_scripts_without_blanks_fill_their_lines(language: str) -> None:
    for text in texts(language):
        for line in wrapped(text, WIDTH)[:-1]:
            assert columns(line) >= WIDTH - 12, line


@given(st.sampled_from("aäم한👍"), st.integers(20, 80))
def test_what_has_nowhere_to_break_breaks_at_the_end_of_the_line(letter: str, width: int) -> None:
    text = letter * 300
    lines = wrapped(text, width)
    assert "".join(lines) == text
    assert all(columns(line) >= width - 2 for line in lines[:-1])


def test_what_keeps_two_words_together_is_no_blank() -> None:
    for blank in ("\u00a0", "\u202f", " "):
        text = f"Appelez votre équipe aujourd’hui{blank}: dites «{blank}crampe{blank}»{blank}!"
        for width in range(14, 60):
            lines = wrapped(text, width)
            assert not any(line.startswith((":", "»", "!")) for line in lines)
            assert not any(line.endswith("«") for line in lines)


def test_an_isolate_that_goes_on_in_the_next_line_is_begun_there_again() -> None:
    text = "من أجل \u2068Quillon Testperson Long\u2069 أمس"
    lines = wrapped(text, 20)
    assert len(lines) > 1
    for line in lines:
        depth = 0
        for character in line:
            depth += (character == "\u2068") - (character == "\u2069")
            assert depth in (0, 1)
        assert depth == 0


def test_the_first_line_and_the_others_begin_as_they_are_told_to() -> None:
    lines = wrapped("one two three four", 9, "- ", "    ")
    assert lines == ["- one two", "    three", "    four"]
    assert wrapped("  ", 9, "- ", "  ") == []


def test_a_label_is_broken_between_words_and_never_inside_one() -> None:
    assert unbroken("Sehne an der Achillessehnenverankerung", 8) == [
        "Sehne an der",
        "Achillessehnenverankerung",
    ]
    assert unbroken("小腿肚肌肉，又紧又硬", 14) == ["小腿肚肌肉，又", "紧又硬"]
    assert unbroken("", 8) == []
