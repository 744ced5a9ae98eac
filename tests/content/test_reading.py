"""How hard the sheet is to read: for every handout that any combination of findings can make."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import combinations

import pytest
import textstat

from fhir_handout.model import Handout, Site
from fhir_handout.proof.reading import Size, most, size, worst
from fhir_handout.render import render
from fhir_handout.translate import addressed
from unit.handouts import Ages, handout, loaded, sheet

PACK = loaded().content
ENGLISH = loaded().catalogues["en"]
ADDRESSES = ("", *(address.id for address in PACK.addresses))
STATEMENTS = {statement.id: statement for statement in PACK.statements}
LANGUAGE = "en"


def test_no_handout_is_above_grade_six_or_fifteen_words_a_sentence() -> None:
    found = list(worst(loaded(), LANGUAGE))
    assert [each.address for each in found] == list(ADDRESSES)
    for each in found:
        assert each.difficulty.grade <= 6
        assert each.difficulty.words_a_sentence <= 15


def every_choice(some: list[Size]) -> Iterable[tuple[Size, ...]]:
    return (chosen for n in range(len(some) + 1) for chosen in combinations(some, n))


@pytest.mark.parametrize(("over", "under"), [("words", "sentences"), ("syllables", "words")])
def test_the_worst_ratio_is_the_worst_of_all_choices(over: str, under: str) -> None:
    """Against every choice of a few statements, one by one."""
    always = [size(ENGLISH["sheet-purpose"])]
    for start in range(0, len(STATEMENTS), 10):
        some = [size(ENGLISH[name]) for name in list(STATEMENTS)[start : start + 10]]
        every = [sum(chosen, always[0]) for chosen in every_choice(some)]
        brute = max(getattr(s, over) / getattr(s, under) for s in every)
        assert most(over, under, always, some) == pytest.approx(brute)


def test_size_counts_sentences_words_and_syllables() -> None:
    assert size("Stop. Rest well, then walk!") == Size(2, 5, 5)
    assert size("No full stop") == Size(1, 3, 3)


PEOPLE: dict[str, tuple[str, Ages]] = {
    "nobody in particular": ("", (40, 40)),
    "kidney failure and a water pill": ("kidney_failure.hemodialysis diuretic.loop", (40, 40)),
    "pregnant, with diabetes": ("pregnancy diabetes.gestational", (30, 30)),
    "old, with heart failure": ("heart_failure diuretic.loop", (80, 80)),
    "a child with kidney disease": ("chronic_kidney_disease.stage_3", (8, 8)),
    "a teenager with diabetes": ("diabetes.type_1 glucose_lowering_medicine.insulin", (15, 15)),
}


def prose(made: Handout) -> str:
    """What a reader reads, each item closed like a sentence."""
    sections = sheet(made, Site(country="US")).sections
    lines = (line.text for section in sections for line in section.lines)
    return " ".join(line if line[-1] in ".?!" else f"{line}." for line in lines)


@pytest.mark.parametrize("who", PEOPLE)
def test_textstat_grades_whole_handouts_alike(who: str) -> None:
    names, ages = PEOPLE[who]
    text = prose(handout(*names.split(), ages=ages, sex="female"))
    assert textstat.flesch_kincaid_grade(text) <= 6
    assert textstat.words_per_sentence(text) <= 15


def test_no_line_for_a_caregiver_speaks_of_the_caregivers_own_body() -> None:
    """Whatever a child's caregiver can be told has words for them where it says "you" or "your"."""
    body = re.compile(
        r"\byour (leg|legs|calf|calves|feet|foot|body|blood|kidneys?|heart|belly|cramps?|sight|"
        r"bladder|muscles?|medicines?|urine)\b|\byou (take|have|are|feel|gain|drink|exercise)\b",
        re.IGNORECASE,
    )
    words = addressed(ENGLISH, "caregiver")
    for name, statement in STATEMENTS.items():
        if can_be_said_to_a_child(statement.id):
            assert not body.search(words[name]), (name, words[name])


@cache
def said_to_children() -> frozenset[str]:
    names = [
        f"{factor.id}.{q}" if q else factor.id
        for factor in PACK.risk_factors.values()
        if not factor.bands
        for q in factor.qualifiers
    ]
    told = [*names, *(f"{name}?" for name in names)]
    pairs = [*combinations(names, 2)]
    some = [(), *((name,) for name in told), *pairs]
    made = (handout(*each, ages=ages) for each in some for ages in ((8, 8), (11, 11)))
    return frozenset(advice.statement for each in made for advice in each.advice)


def can_be_said_to_a_child(statement: str) -> bool:
    return statement in said_to_children()


TERMS = {
    "diuretic": "water pill (a diuretic)",
    "dialysis": "(blood cleaning)",
    "supplement": "supplement (a vitamin, mineral or herb)",
    "cirrhosis": "liver scarring (cirrhosis)",
    "statin": "statin (a cholesterol medicine)",
    "quinine": "quinine (a drug)",
    "magnesium": "Magnesium (a mineral)",
    "glucose": "glucose (sugar)",
    "electrolyte": "electrolyte (salt)",
    "relaxant": "muscle relaxant (a drug that relaxes muscles)",
    "minerals": "salts",
    "potassium": "salt",
    "spasm": "A cramp, or spasm",
    "calf": "The calf, at the back of the lower leg",
}
"""Terms, and what stands beside each where it first stands on a sheet."""

TERMS_FOR: dict[str, tuple[str, Ages]] = {
    **PEOPLE,
    "everything at once": (
        "diuretic.loop kidney_failure.hemodialysis cirrhosis statin pregnancy heart_failure "
        "glucose_lowering_medicine.insulin diabetes.type_2 potassium_raising_medicine.arb",
        (40, 40),
    ),
    "electrolytes": ("electrolyte_disorder.low_potassium", (40, 40)),
    "a water pill alone": ("diuretic.thiazide", (40, 40)),
}


@pytest.mark.parametrize("who", TERMS_FOR)
def test_terms_are_explained_where_they_first_stand(who: str) -> None:
    names, ages = TERMS_FOR[who]
    made = sheet(handout(*names.split(), ages=ages, sex="female"))
    text = " ".join(render(made, "text", {}).data.decode().split()).lower()
    text = re.sub(r"\[[^]]*\] ", "", text)  # what a drawing says, it shows
    for term, meaning in TERMS.items():
        first = re.search(rf"\b{term}", text)
        if first:
            around = text[max(first.start() - 60, 0) : first.end() + 60]
            assert meaning.lower() in around, (term, around)
