"""The steps in order: read, look up, assess, tailor, translate, render, write.

In: an EHR, a patient, a content pack, a site, a moment, perhaps a terminology server. Out: a
prepared handout, or what became of attaching or retracting one. This is the one place that knows
all the steps, and the only one that repeats any: a write that was lost or overtaken is settled by
reading again, never by sending again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from fhir_handout.approvals import Approval, Content, approval_of, has_changed_since
from fhir_handout.assess import assess
from fhir_handout.correction_rules import refuse_wrong
from fhir_handout.corrections import corrected
from fhir_handout.dates import plus
from fhir_handout.done_by_hand import reasons
from fhir_handout.elements import identity
from fhir_handout.errors import BadContent, Conflict, HandoutError, LostAnswer, NotAllowed, Refused
from fhir_handout.exchange import Ehr, ReadRequest, Terminology
from fhir_handout.language_choice import Choice, choose, match
from fhir_handout.looked_up import unlisted
from fhir_handout.model import (
    Correction,
    Findings,
    Handout,
    Layout,
    Look,
    Moment,
    Paper,
    Rendering,
    Sheet,
    Site,
    Withheld,
)
from fhir_handout.note import printed_note
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.patient_record import NOBODY_ASKED, Identifier, LookedUp, PatientRecord, Resource
from fhir_handout.read import read_record
from fhir_handout.references import named_by
from fhir_handout.render import render_each
from fhir_handout.series import SERIES, Decision, decide, fingerprint_of, series_of, values
from fhir_handout.sheets import Wording, look_of, stands_alone
from fhir_handout.tailor import tailor

if TYPE_CHECKING:
    from fhir_handout.document import Signature

_ATTEMPTS = 5
_UNPRINTABLE = ("missing-glyph", "missing-font")
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """Whose handout, for which visit, on which day, from which content, with whose help.

    `confirm_sensitive`: a clinician has confirmed what is confidential, and it is told.
    `approvals` are the site's; one of this very content makes a document final without a signer,
    and a language fit to be chosen unasked. `language` is what was asked for; without, it is the
    patient's. `layout` and `paper` are those of the language and the site unless they are given.
    `corrections` are a clinician's, of what the record shows; `note` is plain text to the patient;
    with `teach_back` the patient has said back what to do.
    """

    patient_id: str
    encounter_id: str | None
    moment: Moment
    pack: LoadedPack
    site: Site
    terminology: Terminology | None = None
    confirm_sensitive: bool = False
    approvals: tuple[Approval, ...] = ()
    language: str | None = None
    layout: Layout | None = None
    paper: Paper | None = None
    corrections: tuple[Correction, ...] = ()
    note: str = ""
    teach_back: bool = False

    def content(self, language: str) -> Content:
        """What the site can approve: the pack's rules with the words of one language."""
        pack = self.pack.content
        return Content(pack.id, pack.version, pack.hashes[language], language)

    def is_approved(self, language: str) -> bool:
        """Whether the site approved the words of a language."""
        return approval_of(self.content(language), self.approvals) is not None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A handout in words, with the record it was made from."""

    record: PatientRecord
    handout: Handout
    sheet: Sheet
    series: Identifier
    choice: Choice
    look: Look

    @property
    def withheld(self) -> int:
        """How many findings are confidential, and not told to the patient."""
        found = self.handout.findings.findings
        return sum(finding.withheld is Withheld.CONFIDENTIAL for finding in found)

    def renderings(self, pack: LoadedPack, formats: tuple[str, ...]) -> Iterator[Rendering]:
        """The sheet in each of `formats`."""
        return render_each(self.sheet, formats, pack.figures, self.look)


class Done(StrEnum):
    """What became of a write."""

    CREATED = "created"
    ALREADY_THERE = "already there"
    REPLACED = "replaced"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, to which document, in place of which; `prepared` is what it says.

    `left_out` is why there is no PDF where one was wanted among others; `patient` whose it was,
    where only the document says.
    """

    done: Done
    document: str
    replaced: tuple[str, ...] = ()
    prepared: Prepared | None = None
    left_out: str = ""
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A document to be written by somebody else, or the one that says the same already."""

    document: Resource | None
    existing: str | None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a record shows, before anything is said of it."""

    record: PatientRecord
    findings: Findings
    series: Identifier


def prepare(ehr: Ehr, request: Request) -> Prepared:
    """Read the record and tailor the handout; nothing is written."""
    note = printed_note(request.note)  # refused before anything is read
    return tailored(assessed(ehr, request), request, note)


def assessed(ehr: Ehr, request: Request) -> Assessed:
    """Read the record and find what bears on the handout."""
    patient = f"Patient/{request.patient_id}"
    encounter = f"Encounter/{request.encounter_id}" if request.encounter_id else None
    pack = request.pack.content
    refuse_wrong(request.corrections, pack)
    series = series_of(patient, pack.id, encounter)
    raw = ehr.read(
        ReadRequest(
            request.patient_id,
            request.encounter_id,
            series,
            request.pack.observation_codes,
            plus(request.moment.today, -pack.observed_days),
        )
    )
    record = read_record(raw, request.patient_id, request.encounter_id)
    today = request.moment.today
    looked_up = _looked_up(record, request)
    confirmed = request.confirm_sensitive
    found = assess(record, pack, request.pack.codes, today, looked_up, confirmed)
    return Assessed(record, corrected(found, request.corrections, pack, confirmed), series)


def tailored(found: Assessed, request: Request, note: str = "") -> Prepared:
    """The handout of what was found, in words."""
    record, catalogues = found.record, request.pack.catalogues
    handout = tailor(found.findings, request.pack.content)
    choice = choose(request.language, record.languages, catalogues, request.is_approved)
    look = look_of(choice, request.site, request.layout, request.paper)
    worded = Wording(handout, catalogues, request.site, record.name, request.moment.today, note)
    return Prepared(record, handout, worded.sheet(choice, look), found.series, choice, look)


def _looked_up(record: PatientRecord, request: Request) -> LookedUp:
    """What the site's terminology server says of codes our tables lack; it sees codes alone."""
    if request.terminology is None:
        return NOBODY_ASKED
    codings = unlisted(record, request.pack.codes)
    return request.terminology.look_up(codings) if codings else NOBODY_ASKED


def attach(
    ehr: Ehr,
    request: Request,
    formats: tuple[str, ...],
    signature: Signature,
    dry_run: bool = False,
    pause: Callable[[float], None] = time.sleep,
    shown: str | None = None,
) -> Outcome:
    """Write the handout into the record once, however often and by however many this is called.

    `shown` is the `fingerprint` of what a clinician looked at; `Conflict` where the record has
    changed since, so that another one would be attached.
    """
    from fhir_handout.document import attach_transaction  # a preview needs none of it

    _refuse_final_without_approvals(signature, request)
    lost: set[str] = set()
    for attempt in range(1, _ATTEMPTS + 1):
        prepared = prepare(ehr, request)
        _refuse_if_changed(prepared, formats, signature, shown)
        _refuse_alone(prepared, signature)
        signature = _approved_all(signature, request, prepared.sheet)
        made, left_out = made_of(prepared, request.pack, formats)
        decision = decision_of(prepared, tuple(each.format for each in made), signature)
        if decision.existing:
            return replace(_found(decision, prepared, lost), left_out=left_out)
        replaced = tuple(identity(old) or "" for old in decision.replaces)
        done = Done.REPLACED if replaced else Done.CREATED
        if dry_run:
            return Outcome(done, "", replaced, prepared, left_out)
        transaction = attach_transaction(
            prepared.record,
            prepared.handout,
            made,
            decision,
            prepared.series,
            signature,
            request.moment,
            reasons(
                prepared.handout,
                bool(prepared.sheet.note),
                request.teach_back,
                signature.signed_by or signature.author,
            ),
        )
        try:
            return Outcome(done, ehr.write(transaction)[0], replaced, prepared, left_out)
        except HandoutError as error:
            pause(_wait_before_reading_again(error, attempt))
            if isinstance(error, LostAnswer):
                lost.add(decision.fingerprint)
    raise AssertionError("the last attempt returns or raises")


def draft(prepared: Prepared, request: Request, formats: tuple[str, ...]) -> Draft:
    """The draft that attaching would write, for somebody else to write; nothing is written."""
    from fhir_handout.document import Signature, draft_document

    signature = Signature("preliminary")
    _refuse_alone(prepared, signature)
    made, left_out = made_of(prepared, request.pack, formats)
    shown = tuple(rendering.format for rendering in made)
    decision = decision_of(prepared, shown, signature)
    if decision.existing:
        return Draft(None, decision.existing, left_out)
    document = draft_document(
        prepared.record, prepared.handout, made, decision, prepared.series, request.moment
    )
    return Draft(document, None, left_out)


def _refuse_final_without_approvals(signature: Signature, request: Request) -> None:
    """No record has to be read to refuse what no language of the pack is approved for."""
    asked = match(request.language, request.pack.catalogues.languages) if request.language else None
    languages = [asked] if asked else request.pack.content.hashes
    if not any(map(request.is_approved, languages)):
        approved(signature, request, asked or SOURCE_LANGUAGE)


def _refuse_alone(prepared: Prepared, signature: Signature) -> None:
    """What nobody approved stands beside the source language, and is never final."""
    choice = prepared.choice
    is_final = signature.doc_status == "final" and not choice.is_approved
    if is_final or not stands_alone(choice, prepared.look):
        raise NotAllowed(
            "language-unapproved",
            f"the site has not approved {choice.language}, so it is attached as a draft and "
            "bilingual only; make it neither final nor another layout, or have it approved "
            "(setting content.approvals)",
        )


def made_of(
    prepared: Prepared, pack: LoadedPack, formats: tuple[str, ...]
) -> tuple[tuple[Rendering, ...], str]:
    """The renderings, without the PDF where it can't show a character and others can; and why."""
    try:
        return tuple(prepared.renderings(pack, formats)), ""
    except BadContent as error:
        others = tuple(name for name in formats if name != "pdf")
        if error.code not in _UNPRINTABLE or not others:
            raise
        return tuple(prepared.renderings(pack, others)), error.message


def _approved_all(signature: Signature, request: Request, sheet: Sheet) -> Signature:
    """The signature with the site's approval of the language, and of the one beside it."""
    if sheet.beside:
        approved(signature, request, sheet.beside.language)
    return approved(signature, request, sheet.language)


def approved(signature: Signature, request: Request, language: str) -> Signature:
    """The signature with the site's approval where it needs one; `NotAllowed` where there is none.

    A document is final only when somebody signed it or the site approved just this content.
    """
    if signature.doc_status != "final" or signature.signed_by:
        return signature
    content = request.content(language)
    approval = approval_of(content, request.approvals)
    if approval is None:
        changed = has_changed_since(content, request.approvals)
        raise NotAllowed(
            "final-unsigned",
            f"{'the content changed since it was approved; ' if changed else ''}a final document "
            "needs a named signer, such as Practitioner/ID, or the site's approval of "
            f"{content.pack} {content.version} in {content.language}, hash {content.hash} "
            "(setting content.approvals); or attach a draft",
        )
    return replace(signature, approval=approval)


def fingerprint(prepared: Prepared, formats: tuple[str, ...], doc_status: str) -> str:
    """What a handout is in these formats, hashed: the same as long as the patient sees the same."""
    return fingerprint_of(prepared.handout, prepared.sheet, prepared.look, formats, doc_status)


def _refuse_if_changed(
    prepared: Prepared, formats: tuple[str, ...], signature: Signature, shown: str | None
) -> None:
    if shown is not None and shown != fingerprint(prepared, formats, signature.doc_status):
        raise Conflict(
            "changed-since-shown",
            "the record has changed since this handout was shown, and it would now be another one; "
            "look at it again, then attach it",
        )


def decision_of(prepared: Prepared, formats: tuple[str, ...], signature: Signature) -> Decision:
    """Which document this is among those of its series."""
    wanted, final = (
        fingerprint(prepared, formats, doc_status) for doc_status in (signature.doc_status, "final")
    )
    return decide(prepared.series, wanted, final, prepared.record.documents)


def _found(decision: Decision, prepared: Prepared, lost: set[str]) -> Outcome:
    """The document is there: ours, if we sent it and only lost the answer."""
    done = Done.CREATED if decision.fingerprint in lost else Done.ALREADY_THERE
    return Outcome(done, decision.existing or "", (), prepared)


def _wait_before_reading_again(error: HandoutError, attempt: int) -> float:
    """How long to wait; an error that reading again can't settle is raised again."""
    busy = isinstance(error, Refused) and error.retry_after is not None
    if attempt == _ATTEMPTS or not (busy or isinstance(error, Conflict | LostAnswer)):
        raise error
    if isinstance(error, Refused) and error.retry_after is not None:
        return error.retry_after
    return _PAUSE * attempt


def retract(
    ehr: Ehr, document_id: str, moment: Moment, pause: Callable[[float], None] = time.sleep
) -> Outcome:
    """Mark one of our documents as entered in error."""
    from fhir_handout.document import retract_transaction

    for attempt in range(1, _ATTEMPTS + 1):
        document = ehr.read_document(document_id).resource
        name = identity(document) or ""
        _refuse_if_not_ours(document, name)
        patient = named_by(document.get("subject"))
        if document.get("status") == "entered-in-error":
            done = Done.RETRACTED if attempt > 1 else Done.ALREADY_THERE
            return Outcome(done, name, patient=patient)
        try:
            ehr.write(retract_transaction(document, moment))
        except HandoutError as error:
            pause(_wait_before_reading_again(error, attempt))
        else:
            return Outcome(Done.RETRACTED, name, patient=patient)
    raise AssertionError("the last attempt returns or raises")


def _refuse_if_not_ours(document: Resource, name: str) -> None:
    if not values(document, SERIES):
        raise NotAllowed(
            "not-ours", f"{name} was not attached by fhir-handout; retract it where it was made"
        )
