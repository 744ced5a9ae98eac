"""Sheets on paper for the tests: who they are for, in which languages and layouts.

Every language that the pack has all words of, in every layout, on both papers.
"""

from collections.abc import Iterator

from fhir_handout.language_choice import Because, Choice
from fhir_handout.model import Layout, Look, Paper, Sheet, Site, SiteLink
from fhir_handout.render import render
from fhir_handout.sheets import Wording
from unit.handouts import TODAY, Ages, handout, loaded

LANGUAGES = tuple(loaded().catalogues)
ENGLISH = "en"
RICH = ("diuretic.loop", "kidney_failure.hemodialysis", "diabetes.type_1", "statin")
"""Somebody who is told a lot."""

BARE = Site(country="US", diary=False)
FURNISHED = Site(
    name="Example Clinic",
    phone="+1 555 0100",
    country="US",
    appointment=SiteLink("Book a visit", "https://clinic.example/book?from=sheet"),
    related_handouts=(SiteLink("Heat and your body"), SiteLink("", "https://clinic.example/heat")),
    link=SiteLink("All our sheets", "https://clinic.example/cramps"),
)
INTERPRETER = Choice(ENGLISH, Because.UNAPPROVED, other="ar")
"""An English sheet for somebody who speaks Arabic."""

LOOKS = tuple(Look(layout, paper) for layout in Layout for paper in Paper)


def sheet(
    *found: str,
    language: str = ENGLISH,
    look: Look = LOOKS[0],
    site: Site = FURNISHED,
    name: str = "Quillon Testperson",
    ages: Ages = (40, 40),
    choice: Choice | None = None,
) -> Sheet:
    """The sheet of these findings."""
    said = handout(*found, ages=ages, sex="female")
    wording = Wording(said, loaded().catalogues, site, name, TODAY)
    return wording.sheet(choice or Choice(language, Because.ASKED), look)


def pdf(made: Sheet, look: Look = LOOKS[0]) -> bytes:
    """A sheet on paper."""
    return render(made, "pdf", loaded().figures, look).data


def text(made: Sheet, look: Look = LOOKS[0]) -> str:
    """The same sheet as text."""
    return render(made, "text", loaded().figures, look).data.decode()


def every() -> Iterator[tuple[str, Sheet, Look]]:
    """Every language in every layout on both papers: of somebody with much, and with nothing.

    What the second says is in the first but for a few lines, so that it needs no second paper.
    """
    for language in LANGUAGES:
        for look in LOOKS:
            name = f"{language}-{look.layout}-{look.paper}"
            yield f"{name}-rich", sheet(*RICH, language=language, look=look), look
            if look.paper is Paper.A4:
                yield f"{name}-base", sheet(language=language, look=look, site=BARE), look
    yield "interpreter", sheet(choice=INTERPRETER), LOOKS[0]
