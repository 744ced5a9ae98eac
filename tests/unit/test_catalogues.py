"""Gettext catalogues: a translation is whole or none, and its mistakes are told by line."""

from typing import Any

import pytest

from fhir_handout.catalogues import Catalogues, Lack, Translation, read_translation
from fhir_handout.languages import plural_form
from fhir_handout.pack_words import counted_form
from unit.handouts import loaded

SOURCE: dict[str, Any] = {
    "one": "Stop what you are doing.",
    "two": "Call {emergency_number}.",
    "two@carer": "Call {emergency_number} for your child.",
    "section-top": {"one": "The thing", "other": "The {count} things"},
    "ten": "Wait 10 minutes.",
}
HEADER = """# Drafted; reviewed by nobody yet.
msgid ""
msgstr ""
"Language: pl\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);\\n"
"""
ENTRIES = {
    "one": 'msgctxt "one"\nmsgid "Stop what you are doing."\nmsgstr "Przerwij to, co robisz."',
    "two": 'msgctxt "two"\nmsgid "Call {emergency_number}."\n'
    'msgstr "Zadzwoń pod {emergency_number}."',
    "two@carer": 'msgctxt "two@carer"\nmsgid "Call {emergency_number} for your child."\n'
    'msgstr "Zadzwoń pod {emergency_number} dla dziecka."',
    "ten": 'msgctxt "ten"\nmsgid "Wait 10 minutes."\nmsgstr "Poczekaj 10 minut."',
    "section-top": 'msgctxt "section-top"\nmsgid "The thing"\nmsgid_plural "The {count} things"\n'
    'msgstr[0] "Rzecz"\nmsgstr[1] "{count} rzeczy"\nmsgstr[2] "{count} rzeczy (wiele)"',
}


def read(**entries: str) -> Translation:
    """The translation of these entries; an empty one is left out."""
    known = {**ENTRIES, **entries}
    text = "\n\n".join([HEADER, *(entry for entry in known.values() if entry)])
    return read_translation("pl", f"{text}\n".encode(), SOURCE)


def test_a_whole_translation_has_the_words_of_every_message() -> None:
    made = read()
    assert made.is_complete
    assert made.words["one"] == "Przerwij to, co robisz."
    assert {name for name in SOURCE if name not in made.words} == set()


def test_a_message_has_the_forms_that_its_language_has() -> None:
    made = read()
    said = [made.words[counted_form("section-top", form)] for form in range(3)]
    assert said == ["Rzecz", "{count} rzeczy", "{count} rzeczy (wiele)"]
    assert [plural_form(count, made.words["plural-forms"]) for count in (1, 3, 5)] == [0, 1, 2]


INCOMPLETE = {
    "a missing message": ("one", "", Lack.MISSING),
    "an empty message": (
        "one",
        ENTRIES["one"].replace("Przerwij to, co robisz.", ""),
        Lack.MISSING,
    ),
    "a blank message": (
        "one",
        ENTRIES["one"].replace("Przerwij to, co robisz.", " "),
        Lack.MISSING,
    ),
    "a fuzzy message": ("one", f"#, fuzzy\n{ENTRIES['one']}", Lack.FUZZY),
    "a message of an older source": (
        "one",
        ENTRIES["one"].replace("Stop what", "Halt what"),
        Lack.OUTDATED,
    ),
    "an empty plural form": (
        "section-top",
        ENTRIES["section-top"].replace("{count} rzeczy (wiele)", ""),
        Lack.MISSING,
    ),
}


@pytest.mark.parametrize("case", INCOMPLETE)
def test_one_message_without_its_words_and_the_language_is_not_there(case: str) -> None:
    name, entry, expected = INCOMPLETE[case]
    made = read(**{name: entry})
    assert made.gaps == {name: expected}
    assert not made.is_complete
    assert not made.problems


WRONG = {
    "a lost number": (
        "two",
        ENTRIES["two"].replace("pod {emergency_number}", "teraz"),
        "has not the same {emergency_number} as in locale/en.yaml",
    ),
    "a placeholder that the source has not": (
        "one",
        ENTRIES["one"].replace("robisz", "robisz {name}"),
        "has not the same {name} as in locale/en.yaml",
    ),
    "a placeholder twice": (
        "two",
        ENTRIES["two"].replace("pod {", "pod {emergency_number} lub {"),
        "has not the same {emergency_number} as in locale/en.yaml",
    ),
    "another placeholder in one of its forms": (
        "section-top",
        ENTRIES["section-top"].replace('"{count} rzeczy"', '"{cuont} rzeczy"'),
        "has not the same {cuont} as in locale/en.yaml",
    ),
    "other digits": (
        "one",
        ENTRIES["one"].replace("robisz.", "robisz ١."),
        "has other digits than 0 to 9",
    ),
    "a number that is lost": (
        "ten",
        'msgctxt "ten"\nmsgid "Wait 10 minutes."\nmsgstr "Poczekaj 15 minut."',
        "has not the same 10 as in locale/en.yaml",
    ),
    "a number to dial": (
        "one",
        ENTRIES["one"].replace("robisz.", "robisz i zadzwoń: 112."),
        "has an emergency number; {emergency_number} is the site's",
    ),
    "a letter that is none": (
        "one",
        ENTRIES["one"].replace("Przerwij", "Prze\ufffe"),
        "has a character that can't be seen",
    ),
    "the same message again": (
        "two",
        ENTRIES["two"] + "\n\n" + ENTRIES["two"].replace("pod", "na"),
        "is there twice",
    ),
    "what nobody can see": (
        "one",
        ENTRIES["one"].replace("Przerwij", "Prze\u200brwij"),
        "has a character that can't be seen",
    ),
    "what turns the text around": (
        "one",
        ENTRIES["one"].replace("Przerwij", "\u202ePrzerwij"),
        "has a character that can't be seen",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_with_its_line_and_the_language_is_not_there(case: str) -> None:
    name, entry, what = WRONG[case]
    made = read(**{name: entry})
    (problem,) = made.problems
    assert (problem.file, problem.item, problem.what) == ("locale/pl/messages.po", name, what)
    assert problem.line or what == "is there twice"
    assert not made.is_complete


@pytest.mark.parametrize("data", [b"msgid", b"\xff\xfe\x00", b"no such"])
def test_a_file_that_is_no_catalogue_is_a_problem_and_no_crash(data: bytes) -> None:
    made = read_translation("pl", data, SOURCE)
    assert not made.is_complete
    assert made.problems
    assert set(made.gaps) == set(SOURCE)


@pytest.mark.parametrize(
    "header",
    [
        *("nplurals=2; plural=(n/0);", "nplurals=99999999; plural=0;", "nplurals=2; plural=n+5;"),
        *("nplurals=2; plural=(n >;", "nplurals=1; plural=(n>1);", "nplurals=x; plural=0;", "no"),
    ],
)
def test_a_header_that_can_not_count_is_a_problem(header: str) -> None:
    text = HEADER.replace("nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);", header)
    whole = "\n\n".join([text, *ENTRIES.values()]).encode()
    made = read_translation("pl", whole, SOURCE)
    assert not made.is_complete
    assert made.problems


def test_a_charset_that_nobody_knows_is_a_problem_and_no_crash() -> None:
    whole = "\n\n".join([HEADER.replace("utf-8", "foo-8"), *ENTRIES.values()]).encode()
    assert read_translation("pl", whole, SOURCE).problems


@pytest.mark.parametrize("folder", ["ES", "en", "es.old", "fr_CA", "x", "pt-br"])
def test_a_folder_that_is_called_otherwise_is_no_language(folder: str) -> None:
    assert Catalogues(SOURCE, files("pl", folder)).languages == ("en", "pl")


def test_a_tag_that_names_no_language_is_a_problem() -> None:
    made = read_translation("xx", "\n\n".join([HEADER, *ENTRIES.values()]).encode(), SOURCE)
    assert [problem.what for problem in made.problems] == ["xx is no language that CLDR knows"]


def test_words_that_the_source_says_no_more_do_no_harm() -> None:
    made = read(more='msgctxt "more"\nmsgid "More."\nmsgstr "Więcej."')
    assert made.is_complete
    assert "more" not in made.words


# --- the mapping ----------------------------------------------------------------------------------


def files(*languages: str, broken: str = "") -> dict[str, bytes]:
    whole = "\n\n".join([HEADER, *ENTRIES.values()])
    return {
        f"locale/{language}/messages.po": (whole if language != broken else HEADER).encode()
        for language in languages
    }


def test_only_whole_catalogues_are_in_it_and_the_others_can_be_asked_for() -> None:
    made = Catalogues(SOURCE, files("es", "pl", broken="es"))
    assert made.languages == ("en", "es", "pl")
    assert list(made) == ["en", "pl"]
    assert len(made) == 2
    assert "es" not in made
    found = made.translation("es")
    assert found is not None
    assert set(found.gaps.values()) == {Lack.MISSING}
    assert made.translation("fr") is None


def test_a_translation_is_read_once_and_only_when_it_is_asked_for() -> None:
    made = Catalogues(SOURCE, {**files("es"), "locale/pl/messages.po": b"\xff"})
    assert made["es"]["one"]
    assert made.translation("es") is made.translation("es")
    assert "pl" not in made._translations


def test_without_a_source_there_are_no_catalogues() -> None:
    assert list(Catalogues(None, files("es"))) == []


@pytest.mark.parametrize("language", loaded().catalogues.languages)
def test_every_language_of_the_pack_that_ships_is_whole(language: str) -> None:
    found = loaded().catalogues.translation(language)
    assert found is not None
    assert (dict(found.gaps), found.problems) == ({}, ())
