"""What REST answers, for OpenAPI; and how it is made of what the workflow says.

In: what the workflow prepared or did. Out: JSON as the models here describe it. They are not
checked again on every answer: tests compare the two.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fhir_handout.model import Sheet
from fhir_handout.sheets import sheet_data
from fhir_handout.workflow import Outcome, Prepared


class Answer(BaseModel):
    """An answer without further keys."""

    model_config = ConfigDict(extra="forbid")


class LanguageNote(Answer):
    """The language of a sheet, and the one it should be in where that is another."""

    language: str
    because: str = Field(description="as in explain: language_choice.because")
    wanted: str
    approved: bool


class Notes(Answer):
    """What whoever hands the sheet over should know; `explain` tells more."""

    gaps: int = Field(description="Parts of the record that could not be read")
    withheld: int = Field(description="Sensitive findings that the patient is not told")
    language: LanguageNote


class PreviewAnswer(Answer):
    """A sheet as data."""

    sheet: Sheet
    notes: Notes


class AttachAnswer(Answer):
    """What became of a handout; `document` is null where a dry run found none."""

    done: Literal["created", "already there", "replaced"]
    document: str | None
    replaced: list[str]
    left_out: str | None = Field(description="Why there is no PDF where one was wanted")
    dry_run: bool
    notes: Notes


class RetractAnswer(Answer):
    """What became of a document."""

    done: Literal["retracted", "already there"]
    document: str


class Review(Answer):
    """How many statements of a language's words are drafted, reviewed and approved."""

    drafted: int
    reviewed: int
    approved: int


class HandoutItem(Answer):
    """A content pack as an EHR has it, or, where `tenant` is null, as it came."""

    pack: str
    tenant: str | None
    title: str
    version: str
    hash: str
    review: Review


class HandoutsAnswer(Answer):
    """What can be handed out."""

    handouts: list[HandoutItem]


class LanguageItem(Answer):
    """A language of a content pack; `approved_by` are the EHRs whose site approved its words."""

    pack: str
    tag: str
    name: str
    name_in_english: str
    complete: bool
    approved_by: list[str]


class LanguagesAnswer(Answer):
    """In which languages."""

    languages: list[LanguageItem]


def notes(prepared: Prepared) -> dict[str, Any]:
    """As `Notes`."""
    choice = prepared.choice
    return {
        "gaps": len(prepared.handout.findings.gaps),
        "withheld": prepared.withheld,
        "language": {
            "language": choice.language,
            "because": choice.because.name.lower(),
            "wanted": choice.other or choice.language,
            "approved": choice.is_approved,
        },
    }


def previewed(prepared: Prepared) -> dict[str, Any]:
    """As `PreviewAnswer`."""
    return {"sheet": sheet_data(prepared.sheet), "notes": notes(prepared)}


def attached(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    """As `AttachAnswer`."""
    if outcome.prepared is None:
        raise AssertionError("whoever attaches has prepared")
    return {
        "done": outcome.done,
        "document": outcome.document or None,
        "replaced": list(outcome.replaced),
        "left_out": outcome.left_out or None,
        "dry_run": dry_run,
        "notes": notes(outcome.prepared),
    }
