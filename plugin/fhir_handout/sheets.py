"""The sheet of a handout: in the language chosen for it, alone or beside the source language.

In: a handout, the pack's catalogues, a `Choice`, the site. Out: a `Sheet` ready for any layout, and
the `Look` it has unless somebody asked for another: one that no site approved stands beside the
source language, so that whoever hands it over can read what it says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from fhir_handout.catalogues import Catalogues, Translation
from fhir_handout.language_choice import Because, Choice
from fhir_handout.languages import direction, language_name, language_name_in, likely_script
from fhir_handout.model import Handout, Layout, Look, Notice, Paper, Sheet, Site
from fhir_handout.names import plain
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.translate import (
    END_ISOLATE,
    ISOLATE,
    NUMBER_UNKNOWN,
    emergency_number,
    translate,
    with_number,
)

# Source: Unicode CLDR, supplemental data, paperSize US-Letter.
_LETTER = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())
_SHOWN_SCRIPTS = frozenset("Latn Cyrl Grek Arab Deva Hans Hant Jpan Kore".split())
_INTERPRETER = "sheet-interpreter"
_INTERPRETER_FOR = "sheet-interpreter-for"


@dataclass(frozen=True, slots=True)
class Wording:
    """What every sheet of one handout has in common, whatever its language."""

    handout: Handout
    catalogues: Catalogues
    site: Site
    patient_name: str
    today: date
    note: str = ""

    def sheet(self, choice: Choice, look: Look) -> Sheet:
        """The sheet in the chosen language, with what the layout and the choice ask for besides."""
        made = self._in(choice.language)
        is_paired = look.layout is Layout.BILINGUAL and choice.language != SOURCE_LANGUAGE
        return replace(
            made,
            beside=self._in(SOURCE_LANGUAGE) if is_paired else None,
            notices=tuple(self._notices(choice, made)),
            note=self.note,
        )

    def _in(self, language: str) -> Sheet:
        words = self.catalogues[language]
        return translate(self.handout, words, language, self.site, self.patient_name, self.today)

    def _notices(self, choice: Choice, made: Sheet) -> Iterator[Notice]:
        """That an interpreter is needed: in the patient's language, and for whom it is to call."""
        if not choice.other:
            return
        own = self.catalogues.translation(choice.other)
        text = own and _notice(own, self.site)
        if text:
            yield Notice(choice.other, direction(choice.other), text)
        called = " · ".join(dict.fromkeys(filter(None, _names(choice.other, made.language))))
        isolated = f"{ISOLATE}{plain(called)}{END_ISOLATE}"
        text = made.words[_INTERPRETER_FOR].replace("{language}", isolated)
        yield Notice(made.language, made.direction, text)


def _notice(own: Translation, site: Site) -> str:
    """The request for an interpreter, where all it says can be said in this language."""
    needed = {_INTERPRETER} | (set() if emergency_number(site) else {NUMBER_UNKNOWN})
    if own.problems or needed & own.gaps.keys() or not needed <= own.words.keys():
        return ""
    return with_number(own.words, _INTERPRETER, own.language, site)


def _names(language: str, other: str) -> tuple[str, ...]:
    """What a language is called by its speakers and in another language; else its tag.

    The speakers' own name only in a script that every format can show.
    """
    own = language_name(language) if likely_script(language)[1] in _SHOWN_SCRIPTS else ""
    names = (own, language_name_in(language, other))
    return names if any(names) else (language,)


def look_of(choice: Choice, site: Site, layout: Layout | None, paper: Paper | None) -> Look:
    """How a sheet looks: as asked for, else as its language and the site's country have it."""
    wanted = layout or (Layout.STANDARD if choice.is_approved else Layout.BILINGUAL)
    is_alone = choice.language == SOURCE_LANGUAGE and wanted is Layout.BILINGUAL
    return Look(Layout.STANDARD if is_alone else wanted, paper or paper_of(site))


def sheet_data(sheet: Sheet) -> dict[str, Any]:
    """The sheet as data, and of the catalogue what stands around its lines."""
    beside = sheet_data(sheet.beside) if sheet.beside else None
    words = {name: text for name, text in sheet.words.items() if name.startswith("sheet-")}
    return {**asdict(replace(sheet, beside=None)), "words": words, "beside": beside}


def paper_of(site: Site) -> Paper:
    """The paper that the site set, else that of its country."""
    is_letter = site.country.strip().upper() in _LETTER
    return site.paper or (Paper.LETTER if is_letter else Paper.A4)


def stands_alone(choice: Choice, look: Look) -> bool:
    """Whether a sheet may be attached as it looks: nobody approved a language alone on a page."""
    is_needed = choice.because is Because.ASKED and not choice.is_approved
    return not is_needed or look.layout is Layout.BILINGUAL
