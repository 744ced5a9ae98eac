"""What may be asked of REST, as bodies of requests.

In: parsed JSON. Out: frozen models; what is wrong is told by place and kind, never repeated. Whose
handout it is stands in the body, so that no URL names a patient.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    model_validator,
)

from fhir_handout.call_syntax import STANDS_FOR, TAG, reference_of, reference_to
from fhir_handout.dates import calendar_day
from fhir_handout.model import Layout, Paper
from fhir_handout.render import FORMATS

BUNDLE = {
    "type": "object",
    "properties": {
        "resourceType": {"const": "Bundle"},
        "entry": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["resourceType"],
    "description": "A FHIR R4 Bundle with the Patient and what is known of them",
}


def _id_of(resource_type: str) -> AfterValidator:
    def bare(text: str) -> str:
        found = re.match(reference_to(resource_type), text)
        return found[1] if found else text

    return AfterValidator(bare)


def _bundle(sent: dict[str, Any]) -> dict[str, Any]:
    if sent.get("resourceType") != "Bundle":
        raise ValueError("is no Bundle")
    return sent


PatientId = Annotated[str, Field(pattern=reference_to("Patient")), _id_of("Patient")]
EncounterId = Annotated[str, Field(pattern=reference_to("Encounter")), _id_of("Encounter")]
DocumentId = Annotated[
    str, Field(pattern=reference_to("DocumentReference")), _id_of("DocumentReference")
]
Signer = Annotated[str, Field(pattern=reference_of(*STANDS_FOR["signed_by"]), max_length=2000)]
Author = Annotated[str, Field(pattern=reference_of(*STANDS_FOR["author"]), max_length=2000)]
Keeper = Annotated[str, Field(pattern=reference_of(*STANDS_FOR["organization"]), max_length=2000)]
Language = Annotated[str, Field(pattern=TAG, max_length=64)]
Record = Annotated[dict[str, Any], AfterValidator(_bundle), WithJsonSchema(BUNDLE)]
Day = Annotated[
    date,
    BeforeValidator(calendar_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-23"]}),
]
FormatName = Literal["pdf", "html", "text", "rtf", "xhtml"]
if FormatName.__args__ != FORMATS:  # type: ignore[attr-defined]
    raise AssertionError("the formats of REST are those that can be rendered")


class Body(BaseModel):
    """A body without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfPack(Body):
    """What every handout is made from and for."""

    encounter: EncounterId | None = Field(None, description="The visit it is for")
    date: Day | None = Field(None, description="The day it is made; without, today at the site")
    language: Language | None = Field(
        None, description="Without, the patient's where the site approved it, else English"
    )
    pack: str | None = Field(None, max_length=64, description="A content pack; without, the EHR's")
    confirm_sensitive: StrictBool = Field(
        False, description="A clinician has confirmed the sensitive findings"
    )


class _Look(Body):
    """How a sheet looks; without, as its language and the site have it."""

    layout: Layout | None = None
    paper: Paper | None = None


class OfRecord(_OfPack):
    """A patient of an EHR that is set up here, or a record that is sent along."""

    tenant: str | None = Field(
        None, max_length=64, description="The EHR; with a record, whose site furniture is printed"
    )
    patient: PatientId | None = Field(
        None, description="Needed unless the record has just one Patient"
    )
    record: Record | None = Field(None, description="Instead of reading the EHR")

    @model_validator(mode="after")
    def _says_whose(self) -> OfRecord:
        if self.record is None and (self.tenant is None or self.patient is None):
            raise ValueError("needs a record, or a tenant and a patient")
        return self


class PreviewBody(OfRecord, _Look):
    """A handout to look at; nothing is written."""

    format: FormatName | Literal["json"] = "html"


class ExplainBody(OfRecord):
    """Why a handout says what it says."""


class AttachBody(_OfPack, _Look):
    """A handout to be written to an EHR."""

    tenant: str = Field(max_length=64, description="The EHR")
    patient: PatientId
    status: Literal["draft", "final"] = Field(
        "draft", description="final needs signed_by, or the site's approval"
    )
    signed_by: Signer | None = Field(None, description="Who answers for it; only where final")
    author: Author | None = None
    organization: Keeper | None = Field(None, description="In whose keeping it is")
    formats: Annotated[list[FormatName], Field(min_length=1, max_length=len(FORMATS))] | None = (
        Field(None, description="Without, those of the site")
    )
    dry_run: StrictBool = Field(False, description="Say what would be done, and write nothing")


class RetractBody(Body):
    """A document of ours to be marked as entered in error."""

    tenant: str = Field(max_length=64, description="The EHR")
    document: DocumentId
    date: Day | None = Field(None, description="The day it is done; without, today")
