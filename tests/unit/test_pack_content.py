"""The rules of a content pack: what they become, and every mistake an author can make in them."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from fhir_handout.pack_content import content
from fhir_handout.pack_model import Band, ContentPack, Predicate, Topic, ValueSetUse, Vote
from fhir_handout.pack_problems import Problem
from fhir_handout.pack_statements import KINDS
from fhir_handout.patient_record import Part

Tables = dict[str, dict[str, Any]]
GOOD: Tables = {
    "pack": {
        "id": "small",
        "version": "1.5",
        "review": "drafted",
        "sections": ["first"],
        "emergency_section": "first",
        "negating_words": ["no"],
    },
    "topics": {
        "topics": [{"id": "fluids", "label": "Fluids", "levels": {"F0": "usual", "F1": "ask"}}],
        "when_unknown": {"fluids": "F1"},
    },
    "risk_factors": {
        "risk_factors": [
            {
                "id": "age",
                "shows_in": "patient",
                "bands": [
                    {"qualifier": "young", "under": 12},
                    {"qualifier": "old", "at_least": 65},
                ],
                "when_unknown": {},
            },
            {
                "id": "diuretic",
                "label": "Diuretic",
                "shows_in": "medicines",
                "value_sets": [
                    {"value_set": "loop", "qualifier": "loop", "lasts": "always"},
                    {"value_set": "other", "lasts": 90, "ended_by": ["end"], "ended_after": 7},
                ],
                "ended_by": ["end"],
                "not_ended_with": ["other"],
                "votes": [
                    {"levels": {"fluids": "F1"}, "alongside": ["age"]},
                    {"qualifiers": ["loop"], "levels": {"fluids": "F0"}},
                ],
                "confidential_under": 18,
                "plausible_ages": [10, 55],
                "implausible_sexes": ["male"],
            },
        ]
    },
    "statements": {
        "statements": [
            {"id": "one", "kind": "do", "section": "first"},
            {
                "id": "two",
                "kind": "call",
                "section": "first",
                "topic": "fluids",
                "when": {
                    "all": [
                        "unread",
                        {"level": {"fluids": "F1"}},
                        {"level": {"fluids": ["F0", "F1"]}},
                        {"finding": "diuretic"},
                        {
                            "finding": {
                                "factor": "diuretic",
                                "qualifiers": ["loop"],
                                "certain": True,
                            }
                        },
                        {"none": [{"patient": {"age_from": 10, "sex_not": ["male"]}}]},
                    ]
                },
                "tags": [{"topic": "fluids", "action": "ask", "object": "amount"}],
                "citations": ["BOOK"],
                "rows": ["ROW-1"],
            },
        ]
    },
    "citations": {"citations": {"BOOK": {"title": "A book"}}},
}
FIGURE = {"id": "calf", "section": "first", "caption": "c", "description": "d"}
VALUE_SETS = frozenset({"loop", "other", "end"})
WORDS: dict[str, Any] = {
    "one": "One.",
    "two": "Two.",
    "section-first": "First",
    "sheet-title": "Title",
    "sheet-purpose": "What it is for.",
    "sheet-care-team": "Who they are.",
    "sheet-for": "For {name}",
    "sheet-date": "Made on {date}",
    "sheet-version": "Version {version}, {hash}",
    "sheet-warning-pointer": "See {heading}.",
    "emergency-number-unknown": "your number",
    "sheet-page": "Page {page} of {pages}",
    "sheet-languages": "Choose a language",
    "sheet-interpreter": "In an emergency, call {emergency_number}.",
    "sheet-interpreter-for": "Interpreter: {language}",
    "sheet-link-code": "It leads to {url}",
    "sheet-note": "A note",
    **{f"pictogram-{name}": name for name in ("do", "avoid", "call", "emergency")},
    "site-link": "More",
    "site-heading": "Your clinic",
    "site-phone": "Phone: {phone}",
    **{
        f"site-{name}": name
        for name in (
            *("appointment", "find_doctor", "find_location"),
            *("related_services", "related_handouts"),
        )
    },
}


def built(
    tables: Tables = GOOD, source: dict[str, Any] | None = None
) -> tuple[ContentPack, list[str]]:
    problems: list[Problem] = []
    pack = content(tables, VALUE_SETS, source or WORDS, "digest", problems)
    return pack, [str(problem) for problem in problems]


def test_a_good_pack_has_no_problems() -> None:
    pack, problems = built()
    assert problems == []
    assert (pack.id, pack.version, pack.digest) == ("small", "1.5", "digest")
    assert pack.sections == ("first",)


def test_topics() -> None:
    assert built()[0].topics == {
        "fluids": Topic("fluids", "Fluids", ("F0", "F1"), {"F0": "usual", "F1": "ask"})
    }


def test_risk_factors() -> None:
    factors = built()[0].risk_factors
    assert list(factors) == ["age", "diuretic"]
    age, diuretic = factors.values()
    assert age.label == "age"
    assert age.bands == (Band("young", 0, 12), Band("old", 65, 200))
    assert age.when_unknown == {}
    assert diuretic.shows_in == (Part.MEDICINES,)
    assert diuretic.value_sets == (
        ValueSetUse("loop", "loop", "always"),
        ValueSetUse("other", None, 90, ("end",), 7),
    )
    assert diuretic.votes == (
        Vote(frozenset(), {"fluids": "F1"}, frozenset({"age"})),
        Vote(frozenset({"loop"}), {"fluids": "F0"}),
    )
    assert diuretic.when_unknown == {"fluids": "F1"}  # the pack's, where the factor has none
    assert diuretic.ended_by == ("end",)
    assert diuretic.not_ended_with == ("other",)
    assert diuretic.confidential_under == 18
    assert diuretic.plausible_ages == (10, 55)
    assert diuretic.implausible_sexes == {"male"}


def test_statements() -> None:
    one, two = built()[0].statements
    assert one.when == Predicate("always")
    assert (one.topic, one.tags, one.citations, one.rows) == (None, (), (), ())
    assert (two.kind, two.section, two.topic) == ("call", "first", "fluids")
    assert two.tags == ({"topic": "fluids", "action": "ask", "object": "amount"},)
    assert (two.citations, two.rows) == (("BOOK",), ("ROW-1",))


def test_predicates() -> None:
    when = built()[0].statements[1].when
    any_finding = {
        **dict.fromkeys(("certain", "even_withheld", "unknown_too"), False),
        "withheld": None,
    }
    assert when == Predicate(
        "all",
        {},
        (
            Predicate("unread"),
            Predicate("level", {"topic": "fluids", "levels": ("F1",)}),
            Predicate("level", {"topic": "fluids", "levels": ("F0", "F1")}),
            Predicate("finding", {"factor": "diuretic", "qualifiers": (), **any_finding}),
            Predicate(
                "finding",
                {"factor": "diuretic", "qualifiers": ("loop",), **any_finding, "certain": True},
            ),
            Predicate(
                "none",
                {},
                (Predicate("patient", {"age_from": 10, "age_to": 200, "sex_not": ["male"]}),),
            ),
        ),
    )


# --- mistakes -------------------------------------------------------------------------------------

Break = Callable[[Tables], object]


def topic(tables: Tables) -> dict[str, Any]:
    found: dict[str, Any] = tables["topics"]["topics"][0]
    return found


def factor(tables: Tables, number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = tables["risk_factors"]["risk_factors"][number]
    return found


def statement(tables: Tables, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = tables["statements"]["statements"][number]
    return found


def when(predicate: Any) -> Break:
    return lambda t: statement(t).update(when=predicate)


MISTAKES: dict[str, tuple[Break, str]] = {
    # the tables
    "no pack id": (lambda t: t["pack"].pop("id"), "pack.yaml: id: is missing"),
    "no version": (lambda t: t["pack"].pop("version"), "pack.yaml: version: is missing"),
    "unknown key of the pack": (
        lambda t: t["pack"].update(colour="red"),
        "pack.yaml: colour: unknown key colour",
    ),
    "no sections": (
        lambda t: t["pack"].update(sections=None),
        "pack.yaml: sections: null is not a list",
    ),
    "a heading without words": (
        lambda t: t["pack"]["sections"].append("last"),
        "pack.yaml: last: its heading has no words in locale/en.yaml",
    ),
    "a word that YAML takes for false": (
        lambda t: t["pack"]["negating_words"].append(False),
        "pack.yaml: negating_words: false is not text; put it in quotes",
    ),
    "statements misspelt": (
        lambda t: t["statements"].update(statments=t["statements"].pop("statements")),
        "statements.yaml: statements: is missing",
    ),
    "no topics": (lambda t: t["topics"].update(topics=[]), "topics.yaml: topics: lists nothing"),
    "topics that are no list": (
        lambda t: t["topics"].update(topics={"fluids": {}}),
        'topics.yaml: topics: {"fluids":{}} is not a list',
    ),
    "no citations": (
        lambda t: t["citations"].update(citations=None),
        "citations.yaml: citations: null is not a mapping",
    ),
    "an item that is none": (
        lambda t: t["statements"]["statements"].append("three"),
        "statements.yaml: statements: three is not a mapping",
    ),
    "an id that is no text": (
        lambda t: t["statements"]["statements"].append({"id": 3}),
        "statements.yaml: statements 3: id: 3 is not text; put it in quotes",
    ),
    "an id twice": (
        lambda t: t["statements"]["statements"].append(statement(t)),
        "statements.yaml: one: is there twice",
    ),
    # topics
    "unknown key of a topic": (
        lambda t: topic(t).update(level="F0"),
        "topics.yaml: fluids: unknown key level",
    ),
    "a topic without levels": (
        lambda t: topic(t).pop("levels"),
        "topics.yaml: fluids: levels is missing",
    ),
    "levels without meanings": (
        lambda t: topic(t).update(levels=["F0", "F1"]),
        'topics.yaml: fluids: levels: ["F0","F1"] is not a mapping',
    ),
    "an unknown level when unknown": (
        lambda t: t["topics"].update(when_unknown={"fluids": "F9"}),
        "topics.yaml: when_unknown: unknown level fluids F9",
    ),
    "a limit of an unknown section": (
        lambda t: t["pack"].update(section_limits={"last": 2}),
        "pack.yaml: section_limits: unknown section last",
    ),
    "a figure in an unknown section": (
        lambda t: t["pack"].update(figures=[{**FIGURE, "section": "last"}]),
        "pack.yaml: figures: unknown section last",
    ),
    "a figure beside an unknown statement": (
        lambda t: t["pack"].update(figures=[{**FIGURE, "shown_with": "three"}]),
        "pack.yaml: figures: unknown statement three",
    ),
    "a sign that there is none of": (
        lambda t: statement(t).update(sign="stop"),
        "statements.yaml: one: sign: stop is none of do, avoid, call, emergency, none",
    ),
    "warning signs in an unknown section": (
        lambda t: t["pack"].update(emergency_section="last"),
        "pack.yaml: emergency_section: unknown section last",
    ),
    "a warning that gives way to what is not there": (
        lambda t: statement(t).update(gives_way_to=["three"]),
        "statements.yaml: one: gives way to unknown three",
    ),
    # risk factors
    "unknown key of a factor": (
        lambda t: factor(t).update(confidental_under=18),
        "risk_factors.yaml: diuretic: unknown key confidental_under",
    ),
    "unknown part": (
        lambda t: factor(t).update(shows_in="medicine"),
        "risk_factors.yaml: diuretic: shows_in: medicine is none of patient, conditions,",
    ),
    "no part": (
        lambda t: factor(t).pop("shows_in"),
        "risk_factors.yaml: diuretic: shows_in is missing",
    ),
    "one plausible age": (
        lambda t: factor(t).update(plausible_ages=[10]),
        "risk_factors.yaml: diuretic: plausible_ages: has fewer than 2",
    ),
    "unknown sex": (
        lambda t: factor(t).update(implausible_sexes=["Male"]),
        "risk_factors.yaml: diuretic: implausible_sexes: Male is none of male, female",
    ),
    "unknown value set": (
        lambda t: factor(t)["value_sets"][0].update(value_set="lop"),
        "risk_factors.yaml: diuretic: unknown value set lop",
    ),
    "unknown value set that ends it": (
        lambda t: factor(t).update(ended_by=["ende"]),
        "risk_factors.yaml: diuretic: unknown value set ende",
    ),
    "unknown value set that ends a use": (
        lambda t: factor(t)["value_sets"][1].update(ended_by=["ende"]),
        "risk_factors.yaml: diuretic: unknown value set ende",
    ),
    "unknown value set that keeps it": (
        lambda t: factor(t).update(not_ended_with=["othr"]),
        "risk_factors.yaml: diuretic: unknown value set othr",
    ),
    "unknown key of a use": (
        lambda t: factor(t)["value_sets"][0].update(last="always"),
        "risk_factors.yaml: diuretic: value_sets: unknown key last",
    ),
    "lasts misspelt": (
        lambda t: factor(t)["value_sets"][0].update(lasts="alwyas"),
        "risk_factors.yaml: diuretic: lasts: alwyas is none of until_resolved, always, ever",
    ),
    "lasts no day": (
        lambda t: factor(t)["value_sets"][0].update(lasts=0),
        "risk_factors.yaml: diuretic: lasts: 0 is less than it can be (1)",
    ),
    "lasts yes": (
        lambda t: factor(t)["value_sets"][0].update(lasts=True),
        "risk_factors.yaml: diuretic: lasts: true is not a whole number or text",
    ),
    "ended after less than no days": (
        lambda t: factor(t)["value_sets"][1].update(ended_after=-1),
        "risk_factors.yaml: diuretic: ended_after: -1 is less than it can be (0)",
    ),
    "ended after words": (
        lambda t: factor(t)["value_sets"][1].update(ended_after="a week"),
        "risk_factors.yaml: diuretic: ended_after: a week is not a whole number",
    ),
    "unknown key of a band": (
        lambda t: factor(t, 0)["bands"][0].update(over=1),
        "risk_factors.yaml: age: bands: unknown key over",
    ),
    "unknown key of a vote": (
        lambda t: factor(t)["votes"][0].update(level="F1"),
        "risk_factors.yaml: diuretic: votes: unknown key level",
    ),
    "a vote by an unknown qualifier": (
        lambda t: factor(t)["votes"][1].update(qualifiers=["lop"]),
        "risk_factors.yaml: diuretic: votes by unknown qualifier lop",
    ),
    "a vote for an unknown topic": (
        lambda t: factor(t)["votes"][0].update(levels={"fluid": "F1"}),
        "risk_factors.yaml: diuretic: unknown level fluid F1",
    ),
    "a vote alongside what is not there": (
        lambda t: factor(t)["votes"][0].update(alongside=["pregnancy"]),
        "risk_factors.yaml: diuretic: votes alongside unknown pregnancy",
    ),
    # statements
    "unknown key of a statement": (
        lambda t: statement(t).update(wen="unread"),
        "statements.yaml: one: unknown key wen",
    ),
    "unknown section": (
        lambda t: statement(t).update(section="last"),
        "statements.yaml: one: unknown section last",
    ),
    "unknown kind": (
        lambda t: statement(t).update(kind="dont"),
        "statements.yaml: one: kind: dont is none of key, about, cause",
    ),
    "unknown topic": (
        lambda t: statement(t).update(topic="fluid"),
        "statements.yaml: one: unknown topic fluid",
    ),
    "unknown citation": (
        lambda t: statement(t).update(citations=["BOK"]),
        "statements.yaml: one: unknown citation BOK",
    ),
    "a tag that lacks a key": (
        lambda t: statement(t).update(tags=[{"topic": "fluids"}]),
        "statements.yaml: one: tags: action is missing",
    ),
    # predicates
    "unknown predicate": (
        when("sometimes"),
        "statements.yaml: one: when: unknown predicate sometimes",
    ),
    "two predicates at once": (
        when({"finding": "age", "level": {"fluids": "F0"}}),
        "statements.yaml: one: when: more than one predicate; put them under all or any",
    ),
    "no predicate": (when({}), "statements.yaml: one: when: lists nothing"),
    "a list for a predicate": (
        when(["unread"]),
        'statements.yaml: one: when: ["unread"] is not text or a mapping',
    ),
    "unknown level": (
        when({"level": {"fluids": "F7"}}),
        "statements.yaml: one: unknown level fluids F7",
    ),
    "no level": (
        when({"level": {"fluids": []}}),
        "statements.yaml: one: fluids: lists nothing",
    ),
    "levels of two topics": (
        when({"level": {"fluids": "F0", "caffeine": "C0"}}),
        "statements.yaml: one: level: has more than 1",
    ),
    "unknown factor": (
        when({"finding": "diuretics"}),
        "statements.yaml: one: unknown risk factor diuretics",
    ),
    "unknown qualifier": (
        when({"finding": {"factor": "diuretic", "qualifiers": ["lop"]}}),
        "statements.yaml: one: unknown qualifier lop",
    ),
    "certain misspelt": (
        when({"finding": {"factor": "diuretic", "certian": True}}),
        "statements.yaml: one: finding: unknown key certian",
    ),
    "unknown limit": (
        when({"patient": {"age_above": 10}}),
        "statements.yaml: one: patient: unknown key age_above",
    ),
    "unknown sex of the patient": (
        when({"patient": {"sex_not": ["m"]}}),
        "statements.yaml: one: sex_not: m is none of male, female",
    ),
    "a mistake inside another": (
        when({"any": [{"none": ["nothing"]}]}),
        "statements.yaml: one: none: unknown predicate nothing",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_named(mistake: str) -> None:
    break_it, expected = MISTAKES[mistake]
    tables = copy.deepcopy(GOOD)
    break_it(tables)
    problems = built(tables)[1]
    assert [problem for problem in problems if problem.startswith(expected)], problems


def without(name: str) -> dict[str, Any]:
    return {key: text for key, text in WORDS.items() if key != name}


WRONG_WORDS: dict[str, tuple[dict[str, Any], str]] = {
    "a statement without words": (
        without("two"),
        "statements.yaml: two: no words in locale/en.yaml",
    ),
    "words of no statement": ({**WORDS, "three": "Three."}, "locale/en.yaml: three: says nothing"),
    "words that are blank": ({**WORDS, "one": " "}, "locale/en.yaml: one: has no text"),
    "words that YAML takes for false": (
        {**WORDS, "one": False},
        "locale/en.yaml: one: false is not text; put it in quotes",
    ),
    "words that are a date": (
        {**WORDS, "one": date(2026, 11, 23), "three": "Three."},
        "locale/en.yaml: three: says nothing",
    ),
    "a name that is no text": ({**WORDS, 7: "Seven."}, "locale/en.yaml: 7: says nothing"),
    "words that every sheet needs": (
        without("sheet-for"),
        "locale/en.yaml: sheet-for: is missing",
    ),
    "words without what is put into them": (
        {**WORDS, "sheet-for": "For you"},
        "locale/en.yaml: sheet-for: lacks {name}",
    ),
    "words for nobody": (
        {**WORDS, "one@uncle": "One."},
        "locale/en.yaml: one@uncle: speaks to unknown uncle",
    ),
    "a heading that depends on a number and has one form": (
        {**WORDS, "section-first": {"one": "First"}},
        "locale/en.yaml: section-first: other is missing",
    ),
    "a sentence that depends on a number": (
        {**WORDS, "one": {"one": "One.", "other": "Many."}},
        'locale/en.yaml: one: {"one":"One.","other":"Many."} is not text',
    ),
}


@pytest.mark.parametrize("mistake", WRONG_WORDS)
def test_every_mistake_in_the_words_is_named(mistake: str) -> None:
    source, expected = WRONG_WORDS[mistake]
    assert expected in built(source=source)[1]


def test_all_mistakes_are_named_at_once() -> None:
    tables = copy.deepcopy(GOOD)
    topic(tables)["colour"] = 1
    factor(tables)["colour"] = 2
    statement(tables)["colour"] = 3
    statement(tables, 1)["kind"] = "colour"
    assert len(built(tables)[1]) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_known(kind: str) -> None:
    tables = copy.deepcopy(GOOD)
    statement(tables)["kind"] = kind
    assert built(tables)[1] == []


# --- anything, anywhere ---------------------------------------------------------------------------

JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1.5, float("nan"), "", "x", "always", [], [None], ["x"], [[]]),
    *({}, {"id": "one"}, {"x": {}}, {7: "x"}, date(2026, 11, 23)),
)
DEEP: Tables = {
    **GOOD,
    "pack": {
        **GOOD["pack"],
        "section_limits": {"first": 2},
        "figures": [
            FIGURE,
            {**FIGURE, "id": "rub", "shown_with": "one"},
        ],
        "back_translated": {"kinds": ["call"], "topics": ["fluids"]},
        "addresses": [{"id": "carer", "when": {"finding": "age"}}],
        "value_sets_of": ["muscle_cramps"],
    },
    "risk_factors": {
        "medicines_fade_after": 3,
        "measurements": [
            {"id": "egfr", "value_set": "loop", "units": {"ml": 1}, "plausible": [1, 9]}
        ],
        "risk_factors": [
            *GOOD["risk_factors"]["risk_factors"],
            {
                "id": "low",
                "shows_in": ["observations"],
                "measured": [{"measurement": "egfr", "below": 5, "lasts": 9}],
                "answers": [{"value_set": "loop", "answer": "other", "lasts": 5}],
                "term": {
                    "due_dates": "loop",
                    "weeks": "other",
                    "measured": "egfr",
                    "grace": 1,
                    "whole": 2,
                },
            },
        ],
    },
    "alerts": {"alerts": [{"id": "look", "text": "Look.", "when": "unread", "rows": ["ROW-1"]}]},
    "rows": {"rows": [{"id": "ROW-1", "fact": "A fact."}]},
}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    listed = enumerate(node if isinstance(node, list) else ())
    inside = node.items() if isinstance(node, dict) else listed
    return [path] + [found for key, value in inside for found in places(value, (*path, key))]


def test_a_pack_that_uses_everything_has_no_problems() -> None:
    assert built(DEEP)[1] == []


@pytest.mark.parametrize("table", DEEP)
def test_whatever_stands_anywhere_is_a_problem_or_a_pack(table: str) -> None:
    """Nothing that can be written makes the program fail but in words."""
    for *path, last in (place for place in places(DEEP[table]) if place):
        for junk in JUNK:
            tables = copy.deepcopy(DEEP)
            inside: Any = tables[table]
            for step in path:
                inside = inside[step]
            inside[last] = junk
            assert all(problem.partition(".yaml: ")[2] for problem in built(tables)[1])
