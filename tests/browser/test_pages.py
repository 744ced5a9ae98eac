"""How long the printed sheet is: two pages of A4 and of US Letter, and the diary on a third.

For the base sheet, for each factor with each of its qualifiers, and for each pair of factors, in
English and the standard layout.
"""

import re

import pytest
from playwright.sync_api import Page

from fhir_handout.model import Site
from fhir_handout.pack_model import RiskFactor
from fhir_handout.render import render
from unit.handouts import Ages, handout, loaded, said, sheet

PACK = loaded().content
FACTORS = [factor for factor in PACK.risk_factors.values() if not factor.bands]
ADULT: Ages = (40, 40)
AGES: dict[str, Ages] = {"child": (8, 8), "teenager": (15, 15), "adult": ADULT, "older": (70, 70)}
PAPERS = ("A4", "Letter")


def names(factor: RiskFactor) -> list[str]:
    """Its findings, by name."""
    return [f"{factor.id}.{q}" if q else factor.id for q in factor.qualifiers]


def longest(factor: RiskFactor) -> str:
    """The finding of a factor that says most."""
    return max(names(factor), key=lambda name: len(said(handout(name, sex="female"))))


def pages(page: Page, *found: str, ages: Ages = ADULT, diary: bool = False) -> dict[str, int]:
    """The number of printed pages by size of paper."""
    made = sheet(handout(*found, ages=ages, sex="female"), Site(country="US", diary=diary))
    page.set_content(render(made, "html", loaded().figures).data.decode())
    return {paper: count(page.pdf(format=paper)) for paper in PAPERS}


def count(pdf: bytes) -> int:
    return max(int(number) for number in re.findall(rb"/Count (\d+)", pdf))


@pytest.mark.parametrize("who", AGES)
def test_the_base_sheet_has_two_pages_and_the_diary_a_third(page: Page, who: str) -> None:
    assert pages(page, ages=AGES[who]) == dict.fromkeys(PAPERS, 2)
    assert pages(page, ages=AGES[who], diary=True) == dict.fromkeys(PAPERS, 3)


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.id)
def test_each_factor_has_two_pages(page: Page, factor: RiskFactor) -> None:
    for name in names(factor):
        for ages in AGES.values():
            found = pages(page, name, ages=ages)
            assert max(found.values()) <= 2, (name, ages, found)


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.id)
def test_each_pair_of_factors_has_two_pages(page: Page, factor: RiskFactor) -> None:
    later = FACTORS[FACTORS.index(factor) + 1 :]
    for other in later:
        found = pages(page, longest(factor), longest(other))
        assert max(found.values()) <= 2, (factor.id, other.id, found)
