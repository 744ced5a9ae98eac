"""How hard the sheet is to read: for every handout that any combination of findings can make.

A grade is the Flesch-Kincaid grade, with textstat's syllables; each sentence and each item of a
list counts as a sentence. What a sheet says is what it says to everybody and some of the rest. No
choice of the rest has longer sentences, or more syllables a word, than the worst, which is found
exactly: so the bound holds for every handout, and for more than there are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import pytest
import textstat

from fhir_handout.model import Handout, Site
from fhir_handout.render import render
from fhir_handout.render.blocks import laid_out
from fhir_handout.translate import addressed
from unit.handouts import Ages, handout, loaded, sheet

PACK = loaded().content
ENGLISH = loaded().catalogues["en"]
ADDRESSES = ("", *(address.id for address in PACK.addresses))
STATEMENTS = {statement.id: statement for statement in PACK.statements}
FRAME = ("sheet-title", "sheet-purpose", "sheet-care-team", "sheet-warning-pointer")
"""What every sheet says besides its statements; headings are no sentences."""


@dataclass(frozen=True)
class Size:
    """How many sentences, words and syllables."""

    sentences: int
    words: int
    syllables: int

    def __add__(self, other: "Size") -> "Size":
        return Size(
            self.sentences + other.sentences,
            self.words + other.words,
            self.syllables + other.syllables,
        )


@cache
def size(text: str) -> Size:
    sentences = [part for part in re.split(r"(?<=[.?!:])[”)]?\s+", text) if part.strip()]
    words = re.findall(r"[\w’'-]+", text)
    return Size(len(sentences), len(words), sum(map(textstat.syllable_count, words)))


def total(sizes: Iterable[Size]) -> Size:
    return sum(sizes, Size(0, 0, 0))


def grade(of: Size) -> float:
    return 0.39 * of.words / of.sentences + 11.8 * of.syllables / of.words - 15.59


def always_and_sometimes(address: str) -> tuple[Size, list[Size]]:
    """What is said to everybody, and each thing that is said to some."""
    words = addressed(ENGLISH, address)
    fixed = [size(words[name]) for name in FRAME]
    some = []
    for name, statement in STATEMENTS.items():
        always = statement.when.name == "always" and statement.section not in PACK.section_limits
        (fixed if always else some).append(size(words[name]))
    return total(fixed), some


def most(over: str, under: str, address: str) -> float:
    """The greatest ratio of two counts that any choice has: Dinkelbach's iteration, exact."""
    fixed, some = always_and_sometimes(address)
    ratio = 0.0
    while True:
        chosen = [s for s in some if getattr(s, over) > ratio * getattr(s, under)]
        of = total([fixed, *chosen])
        better = getattr(of, over) / getattr(of, under)
        if better <= ratio:
            return ratio
        ratio = better


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_handout_is_above_grade_six(address: str) -> None:
    longest = most("words", "sentences", address)
    hardest = most("syllables", "words", address)
    assert 0.39 * longest + 11.8 * hardest - 15.59 <= 6


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_handout_has_more_than_fifteen_words_a_sentence(address: str) -> None:
    assert most("words", "sentences", address) <= 15


def test_the_worst_ratio_is_the_worst_of_all_choices() -> None:
    """Against every choice of a few statements, one by one."""
    fixed = size(ENGLISH["sheet-purpose"])
    some = [size(ENGLISH[name]) for name in list(STATEMENTS)[:9]]
    for over, under in (("words", "sentences"), ("syllables", "words")):
        every = [
            total([fixed, *chosen])
            for n in range(len(some) + 1)
            for chosen in combinations(some, n)
        ]
        brute = max(getattr(s, over) / getattr(s, under) for s in every)
        ratio = 0.0
        while (of := best(fixed, some, over, under, ratio)) > ratio:
            ratio = of
        assert ratio == pytest.approx(brute)


def best(fixed: Size, some: list[Size], over: str, under: str, ratio: float) -> float:
    chosen = [s for s in some if getattr(s, over) > ratio * getattr(s, under)]
    of = total([fixed, *chosen])
    return float(getattr(of, over) / getattr(of, under))


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
    sections = laid_out(sheet(made, Site(country="US")))
    lines = (line.text for section in sections for block in section.blocks for line in block.lines)
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


def test_plain_text_has_no_word_of_medicine_without_its_meaning() -> None:
    """Each term is explained where it first stands."""
    explained = {
        "diuretic": "water pill (a diuretic)",
        "dialysis": "(blood cleaning)",
        "supplement": "supplement (a vitamin, mineral or herb)",
        "cirrhosis": "liver scarring (cirrhosis)",
        "statin": "statin (a cholesterol medicine)",
        "quinine": "quinine (a drug)",
    }
    everything = handout(
        "diuretic.loop",
        "kidney_failure.hemodialysis",
        "cirrhosis",
        "statin",
        ages=(40, 40),
        sex="female",
    )
    text = " ".join(render(sheet(everything), "text", {}).data.decode().split())
    for term, meaning in explained.items():
        first = text.lower().index(term)
        start = text.lower().index(meaning.lower())
        assert abs(start - first) <= len(meaning), (term, text[first - 30 :][:90])
