"""Whom the proof tries, and how a case is told."""

from fhir_handout.model import Withheld
from fhir_handout.pack_model import Predicate
from fhir_handout.proof.formula import every
from fhir_handout.proof.people import SEXES, Person, people
from fhir_handout.proof.search import Search
from fhir_handout.proof.space import Space
from unit.proof import small_packs


def test_every_boundary_has_ages_on_both_sides_and_across_it() -> None:
    """Bands at 12 and 51; plausible from 12 to 50; confidential under 18; 30 asked for besides."""
    more = [Predicate("patient", {"age_from": 30, "age_to": 200, "sex_not": ()})]
    found = {person.age for person in people([small_packs.pack(1)], more)}
    for limit in (12, 18, 30, 51):
        assert {(limit - 1, limit - 1), (limit, limit), (limit - 1, limit)} <= found
    assert {(0, 0), (0, 130), None, (40, 40)} <= found
    assert max(age[1] for age in found if age) == 130


def test_every_age_comes_with_every_sex() -> None:
    everybody = people([small_packs.pack(1)])
    ages = {person.age for person in everybody}
    assert len(everybody) == len(set(everybody)) == len(ages) * len(SEXES)


def test_an_adult_of_whom_nothing_else_is_known_is_the_plainest() -> None:
    plainest = min(people([small_packs.pack(1)]), key=lambda person: person.oddity)
    assert plainest == Person((40, 40), None)
    assert str(plainest) == "age 40"


def test_a_person_is_told_in_a_few_words() -> None:
    told = [str(Person(age, sex)) for age, sex in (((11, 12), "male"), (None, "other"))]
    assert told == ["age 11 to 12, male", "age not known, other"]


def test_a_case_tells_qualifier_certainty_and_why_it_is_withheld() -> None:
    space = Space((small_packs.pack(1),))
    certain = small_packs.finding("heart", ("weak",), certain=True)
    hidden = small_packs.finding("carrying", withheld=Withheld.CONFIDENTIAL)
    asked = [space.when(predicate) for predicate in (certain, hidden, Predicate("unread"))]
    assert str(Search(space).smallest(every(asked))) == (
        "age 40, conditions not read, heart (weak) present, "
        "carrying possible and withheld: confidential"
    )
