"""Which language a handout is in: what was asked for, what the patient speaks, what is approved."""

from itertools import product
from typing import Any

import pytest

from fhir_handout.catalogues import Catalogues
from fhir_handout.language_choice import Because, Choice, choose, match
from unit.handouts import loaded
from unit.test_catalogues import SOURCE, files

THERE = loaded().catalogues.languages
MATCHES = {
    **{language: language for language in THERE},
    **{language.upper(): language for language in THERE},
    "es-MX": "es",
    "es_US": "es",
    "spa": "es",
    "Spanish": "es",
    "español": "es",
    "zh": "zh-Hans",
    "zh-CN": "zh-Hans",
    "zh-SG": "zh-Hans",
    "cmn": "zh-Hans",
    "zh-TW": "zh-Hant",
    "zh-HK": "zh-Hant",
    "zh-Hant-HK": "zh-Hant",
    "pt": "pt-BR",
    "pt-PT": "pt-BR",
    "fil": "tl",
    "hat": "ht",
    "fa-AF": "fa",
    "prs": "fa",
    "yue": "zh-Hant",
    "en-GB": "en",
    "en-US-x-private": "en",
    "ko-US": "ko",
    "es-001": "es",
    "es-XX": "es",
    "es-x-foo": "es",
    "ar-u-nu-latn": "ar",
    "Tagalog": "tl",
    "Farsi": "fa",
    "Chinese": "zh-Hans",
    "Portuguese": "pt-BR",
    "Spanish; Castilian": "es",
    "Spanish (Mexico)": "es",
    "ru-Latn": None,
    "ja-Latn": None,
    "und": None,
    "und-US": None,
    "de": None,
    "sr": None,
    "pa-Arab": None,
    "zh-Latn": None,  # pinyin is no script that we have
    "tlh": None,
    "x": None,
    "not a tag": None,
    "": None,
}


@pytest.mark.parametrize("tag", MATCHES)
def test_a_tag_means_the_language_of_its_script_whatever_the_region(tag: str) -> None:
    assert match(tag, THERE) == MATCHES[tag]


PAIR = Catalogues(SOURCE, files("es", "pl", "ru", broken="ru"))


def chosen(asked: str | None = None, spoken: Any = (), approved: Any = ()) -> Choice:
    return choose(asked, spoken, PAIR, lambda language: language in approved)


ASKED = {
    "a language that is approved": (
        chosen("es", approved=["es"]),
        Choice("es", Because.ASKED),
    ),
    "a language that is not approved": (
        chosen("es"),
        Choice("es", Because.ASKED, is_approved=False),
    ),
    "English, of somebody who speaks it": (
        chosen("en-US", ["es", "en"]),
        Choice("en", Because.ASKED),
    ),
    "English, of somebody who does not": (
        chosen("en-US", ["es"]),
        Choice("en", Because.ASKED, "es"),
    ),
    "one that somebody who speaks English does not": (
        chosen("pl", ["en"], ["pl"]),
        Choice("pl", Because.ASKED),
    ),
    "an approved one that is not spoken": (
        chosen("pl", ["es"], ["pl"]),
        Choice("pl", Because.ASKED, "es"),
    ),
    "one that is not there, of somebody whose own is approved": (
        chosen("de", ["es"], ["es"]),
        Choice("es", Because.SPOKEN),
    ),
    "one that is not there, of somebody whose own is not": (
        chosen("de", ["es"]),
        Choice("en", Because.UNAPPROVED, "es"),
    ),
    "a region of it": (chosen("es-MX", approved=["es"]), Choice("es", Because.ASKED)),
    "one that is not there": (chosen("de"), Choice("en", Because.NOT_THERE, "de")),
    "one that nobody knows": (chosen("xx-YY"), Choice("en", Because.NOT_THERE, "xx-YY")),
    "one that is not whole": (
        chosen("ru", approved=["ru"]),
        Choice("en", Because.INCOMPLETE, "ru"),
    ),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_is_asked_for_comes_first(case: str) -> None:
    made, expected = ASKED[case]
    assert made == expected


UNASKED = {
    "nothing is known": (chosen(), Choice("en", Because.NOTHING_KNOWN)),
    "the first is approved": (
        chosen(None, ["es", "en"], ["es"]),
        Choice("es", Because.SPOKEN),
    ),
    "the first is not approved": (
        chosen(None, ["es"]),
        Choice("en", Because.UNAPPROVED, "es"),
    ),
    "only the second is approved": (
        chosen(None, ["es", "pl"], ["pl"]),
        Choice("pl", Because.SPOKEN, "es"),
    ),
    "English comes second": (
        chosen(None, ["es", "en"]),
        Choice("en", Because.SPOKEN, "es"),
    ),
    "English comes first": (
        chosen(None, ["en", "es"], ["es"]),
        Choice("en", Because.SPOKEN),
    ),
    "none is there": (
        chosen(None, ["de", "so"]),
        Choice("en", Because.NOT_THERE, "de"),
    ),
    "an approved one that is not whole": (
        chosen(None, ["ru"], ["ru"]),
        Choice("en", Because.INCOMPLETE, "ru"),
    ),
}


@pytest.mark.parametrize("case", UNASKED)
def test_unasked_only_an_approved_language_is_chosen(case: str) -> None:
    made, expected = UNASKED[case]
    assert made == expected


LANGUAGES = ("en", "es", "pl", "ru", "de")


@pytest.mark.parametrize("asked", [None, *LANGUAGES])
def test_whatever_is_spoken_and_approved_the_choice_is_safe(asked: str | None) -> None:
    spoken = [(), *((one,) for one in LANGUAGES), *product(LANGUAGES, repeat=2)]
    approvals = product((False, True), repeat=len(LANGUAGES))
    for told, marks in product(spoken, approvals):
        approved = {name for name, is_so in zip(LANGUAGES, marks, strict=True) if is_so}
        made = chosen(asked, told, approved)
        assert made.language in PAIR
        assert made.is_approved == (made.language in {"en", *approved})
        if told and match(told[0], THERE) is not None:
            speaks = {match(tag, THERE) for tag in told}
            assert made.language in speaks or "en" in speaks or made.other
        if not asked:  # nobody's words go out alone, and nobody is left without an interpreter
            assert made.is_approved
            assert bool(made.other) == bool(told and match(told[0], THERE) != made.language)
