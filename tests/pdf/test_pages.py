"""How long the sheet is: two pages of A4 and of US Letter, and the diary on a third.

For the base sheet, for each factor with each of its qualifiers, and for each pair of factors, in
English and the standard layout.
"""

import re

import pytest

from fhir_handout.model import Look, Paper
from fhir_handout.pack_model import RiskFactor
from pdf.papers import BARE, FURNISHED, pdf, sheet
from unit.handouts import Ages, handout, loaded, said

FACTORS = [factor for factor in loaded().content.risk_factors.values() if not factor.bands]
ADULT: Ages = (40, 40)
AGES: dict[str, Ages] = {"child": (8, 8), "teenager": (15, 15), "adult": ADULT, "older": (70, 70)}
PAPERS = [Look(paper=paper) for paper in Paper]


def names(factor: RiskFactor) -> list[str]:
    """Its findings, by name."""
    return [f"{factor.id}.{q}" if q else factor.id for q in factor.qualifiers]


def longest(factor: RiskFactor) -> str:
    """The finding of a factor that says most."""
    return max(names(factor), key=lambda name: len(said(handout(name, sex="female"))))


def pages(look: Look, *found: str, ages: Ages = ADULT, diary: bool = False) -> int:
    made = sheet(*found, ages=ages, look=look, site=FURNISHED if diary else BARE)
    counted = re.search(rb"/Type/Pages/Count (\d+)", pdf(made, look))
    assert counted
    return int(counted[1])


@pytest.mark.parametrize("look", PAPERS, ids=lambda look: look.paper)
@pytest.mark.parametrize("who", AGES)
def test_the_base_sheet_has_two_pages_and_the_diary_a_third(who: str, look: Look) -> None:
    assert pages(look, ages=AGES[who]) == 2
    assert pages(look, ages=AGES[who], diary=True) == 3


@pytest.mark.parametrize("look", PAPERS, ids=lambda look: look.paper)
@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.id)
def test_each_factor_has_two_pages(factor: RiskFactor, look: Look) -> None:
    for name in names(factor):
        for ages in AGES.values():
            assert pages(look, name, ages=ages) <= 2, (name, ages)


@pytest.mark.parametrize("look", PAPERS, ids=lambda look: look.paper)
@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.id)
def test_each_pair_of_factors_has_two_pages(factor: RiskFactor, look: Look) -> None:
    for other in FACTORS[FACTORS.index(factor) + 1 :]:
        found = pages(look, longest(factor), longest(other))
        assert found <= 2, (factor.id, other.id)
