"""Which value sets words name, and which words change that."""

from typing import Any

import pytest

from fhir_handout.model import RecognisedBy
from fhir_handout.wording import Named, NameIndex, folded, words

BY = RecognisedBy.TEXT
NAMES = [
    ("furosemide", "loop"),
    ("kidney failure", "failure"),
    ("acute kidney failure", "acute"),
    ("naïve B-lymphocytes", "cells"),
    ("insulin", "insulin"),
]


def index(**rules: Any) -> NameIndex:
    named = [(name, Named(value_set, BY)) for name, value_set in NAMES]
    return NameIndex.of([*named, ("magnesium", Named("mineral", BY, leading=True))], **rules)


def told(text: str, **rules: Any) -> list[str]:
    return [named.value_set for named in index(**rules).named_in(text)]


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Furosemide 40 MG", ["furosemide", "40", "mg"]),
        ("a_b-c/d'e", ["a", "b", "c", "d", "e"]),
        ("Ménière", ["meniere"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁbrosis", ["fibrosis"]),
        ("furo\u00adsemide", ["furosemide"]),
        ("furo\u200bsemide", ["furosemide"]),
        ("", []),
        ("--", []),
    ],
)
def test_words_are_compared_without_accents_case_and_invisible_characters(
    text: str, expected: list[str]
) -> None:
    assert words(text) == expected


def test_folding_keeps_what_stands_between_words() -> None:
    assert folded("Né (A-B)") == "ne (a-b)"
    assert folded("A-B") == "a-b"


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("furosemide", ["loop"]),
        ("oral FUROSEMIDE tablet", ["loop"]),
        ("furosemides", []),
        ("kidney failure", ["failure"]),
        ("kidney; failure", []),
        ("kidney, failure", []),
        ("failure of a kidney", []),
        ("acute kidney failure", ["acute"]),
        ("acute kidney failure and kidney failure", ["acute", "failure"]),
        ("kidney failure on furosemide", ["failure", "loop"]),
        ("naive b lymphocytes", ["cells"]),
        ("Naïve B-lymphocytes", ["cells"]),
        ("nothing of ours", []),
    ],
)
def test_a_text_names_what_its_longest_names_mean(text: str, expected: list[str]) -> None:
    assert told(text) == expected


def test_a_longer_name_that_means_nothing_hides_the_shorter_one() -> None:
    other = ("insulin pen needle",)
    assert told("insulin pen needle", others=other) == []
    assert told("insulin pen needle and insulin", others=other) == ["insulin"]
    assert told("insulin pen", others=other) == ["insulin"]


def test_one_name_may_mean_several_value_sets() -> None:
    both = NameIndex.of([("hyzaar", Named("thiazide", BY)), ("Hyzaar", Named("arb", BY))])
    assert [named.value_set for named in both.named_in("Hyzaar")] == ["thiazide", "arb"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("magnesium oxide", ["mineral"]),
        ("oral magnesium", []),
        ("take daily: magnesium", ["mineral"]),
        ("esomeprazole (magnesium)", ["mineral"]),
    ],
)
def test_a_leading_name_counts_only_where_a_clause_begins_with_it(
    text: str, expected: list[str]
) -> None:
    assert told(text) == expected


# --- words that change the meaning ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no furosemide", []),
        ("not on any furosemide", []),
        ("not on any more furosemide", ["loop"]),
        ("furosemide, not insulin", ["loop"]),
        ("not insulin, furosemide", ["loop"]),
        ("not insulin (furosemide)", ["loop"]),
        ("not insulin: furosemide", ["loop"]),
        ("no; furosemide", ["loop"]),
        ("no. furosemide", ["loop"]),
        ("no\nfurosemide", ["loop"]),
        ("no.furosemide", []),
        ("no? furosemide", ["loop"]),
        ("non-furosemide", []),
        ("take non-furosemide", []),
        ("non-steroid furosemide", ["loop"]),
        ("non steroid furosemide", []),
        ("furosemide no", ["loop"]),
        ("nofurosemide furosemide", ["loop"]),
    ],
)
def test_a_name_shortly_after_a_denial_is_passed_over(text: str, expected: list[str]) -> None:
    assert told(text, negations=("no", "not", "non")) == expected


def test_a_denial_may_reach_across_clauses() -> None:
    rules = {"negations": ("no",), "across_clauses": True}
    assert told("no, furosemide", **rules) == []
    assert told("no; furosemide", **rules) == ["loop"]
    assert told("no, furosemide", negations=("no",)) == ["loop"]
    assert told("kidney, failure", **rules) == ["failure"]


def test_a_sentence_about_somebody_else_names_nothing() -> None:
    rules = {"excluded": ("mother",), "across_clauses": True}
    assert told("mother: kidney failure", **rules) == []
    assert told("kidney failure of the mother", **rules) == []
    assert told("kidney failure (mother too)", **rules) == ["failure"]  # it is the patient's too
    assert told("mother well. kidney failure", **rules) == ["failure"]
    assert told("kidney failure; mother well", **rules) == ["failure"]


def test_a_sentence_about_the_skin_names_only_what_is_exempt() -> None:
    rules = {"local": ("cream",), "exempt": ("insulin",)}
    assert told("furosemide cream", **rules) == []
    assert told("cream with insulin and furosemide", **rules) == ["insulin"]
    assert told("a cream; furosemide", **rules) == ["loop"]


def test_a_way_is_local_by_any_of_its_words() -> None:
    found = index(local=("cream", "topical"))
    assert found.is_local(["", "Topical route"])
    assert found.is_local(["CREAM"])
    assert not found.is_local(["by mouth", ""])
    assert not found.is_local([])
    assert not index().is_local(["cream"])


def test_no_names_name_nothing() -> None:
    assert list(NameIndex().named_in("furosemide")) == []
    assert list(NameIndex.of([]).named_in("furosemide")) == []
