"""The choosers of the page: languages, layouts, papers, and what was chosen by whom.

In: a prepared handout, and the work. Out: frozen views; the templates have the words for names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from fhir_handout.language_choice import Choice
from fhir_handout.languages import language_name, language_name_in
from fhir_handout.model import Findings, Layout, Paper
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.service.page.entering import Choosable
from fhir_handout.service.page.findings import mark_of, seen_by_key
from fhir_handout.service.page.showing import Showing


@dataclass(frozen=True, slots=True)
class LanguageView:
    """A language that can be chosen."""

    tag: str
    own_name: str
    name: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """The language, layout and paper of the sheet; the `chosen` ones are empty where nobody chose.

    `because` is the name of why it is in its language, `wanted` the language that is not to be had.
    """

    languages: tuple[LanguageView, ...]
    layouts: tuple[str, ...]
    papers: tuple[str, ...]
    chosen_language: str
    chosen_layout: str
    chosen_paper: str
    language: LanguageView
    layout: str
    paper: str
    direction: str
    because: str
    wanted: str
    is_approved: bool


def choice_view(showing: Showing) -> ChoiceView:
    """What can be chosen, and what is."""
    work, prepared, request = showing.page.open.work, showing.prepared, showing.request
    there = tuple(
        language_view(tag, tag == SOURCE_LANGUAGE or request.is_approved(tag))
        for tag in request.pack.catalogues
    )
    choice = prepared.choice
    return ChoiceView(
        there,
        tuple(layout.value for layout in Layout),
        tuple(paper.value for paper in Paper),
        work.language or "",
        work.layout or "",
        work.paper or "",
        language_view(choice.language, choice.is_approved),
        prepared.look.layout.value,
        prepared.look.paper.value,
        prepared.sheet.direction,
        choice.because.name.lower(),
        _wanted(choice),
        choice.is_approved,
    )


def choosable(pack: LoadedPack, shown: Findings | None = None) -> Choosable:
    """What the fields of a form can have; `shown` are findings, for a form that lowers one."""
    seen = seen_by_key(shown, pack.content) if shown else {}
    return Choosable(
        frozenset(pack.catalogues),
        frozenset(Layout),
        frozenset(Paper),
        {f.id: f.qualifiers for f in pack.content.risk_factors.values() if not f.bands},
        seen,
        mark_of(seen),
    )


def language_view(tag: str, is_approved: bool) -> LanguageView:
    """A language with its names."""
    return LanguageView(tag, *_names(tag), is_approved)


@cache
def _names(tag: str) -> tuple[str, str]:
    """What its speakers call it, and what it is called in English."""
    return language_name(tag) or tag, language_name_in(tag, SOURCE_LANGUAGE) or tag


def _wanted(choice: Choice) -> str:
    """In English; the record's own words where it names no language that is known."""
    return _names(choice.other)[1] if choice.other else ""
