"""Step 6 of the pipeline: the transaction that writes a handout into the record.

In: the handout, its renderings, what was decided about its series, and who stands for it. Out: a
transaction Bundle with the DocumentReference, its Provenance, and the documents it replaces; or the
draft alone, for who writes it on their own. Every
create carries a condition and every update the version it knows, so the transaction can be
repeated. What is written is checked against FHIR and against US Core first.
"""

from __future__ import annotations

import hashlib
import uuid
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fhir_handout import __version__, dates, us_core
from fhir_handout.approvals import Approval
from fhir_handout.elements import identity
from fhir_handout.errors import HandoutError, UsageError
from fhir_handout.model import Finding, Findings, Handout, Moment, RecognisedBy, Rendering
from fhir_handout.patient_record import Encounter, Identifier, PatientRecord, Resource
from fhir_handout.series import DOCUMENT, FINGERPRINT, Decision
from fhir_handout.validation import problem

DocStatus = Literal["preliminary", "final"]

_DEVICE = "#fhir-handout"
_PARTICIPANT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_FORMAT = {
    "system": "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem",
    "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient",
    "display": "mimeType Sufficient",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who stands for a document: references, None where nobody was named.

    `approval` is the site's, of all that the document says; it makes it final without a signer.
    """

    doc_status: DocStatus
    author: str | None = None
    organization: str | None = None
    signed_by: str | None = None
    approval: Approval | None = None


def signature(
    is_final: bool, signed_by: str | None, author: str | None, organization: str | None
) -> Signature:
    """Who stands for a document that somebody asked for; `UsageError` for a draft with a signer."""
    if signed_by and not is_final:
        raise UsageError("signed-draft", "a draft has no signer; make it final, or name none")
    return Signature("final" if is_final else "preliminary", author, organization, signed_by)


def attach_transaction(
    record: PatientRecord,
    handout: Handout,
    renderings: Iterable[Rendering],
    decision: Decision,
    series: Identifier,
    signature: Signature,
    moment: Moment,
    reasons: Iterable[str] = (),
) -> Resource:
    """The transaction that creates the document and supersedes those it replaces.

    `reasons` are what a clinician did to the handout, for its Provenance.
    """
    organization = _organization(record, signature)
    made = tuple(renderings)
    device = _device(handout, made[0].language, signature.approval)
    full_url = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, str(decision.identifier))}"
    document = _document(record, made, decision, series, signature, moment, device)
    provenance = _provenance(
        full_url,
        decision.identifier,
        moment,
        [device],
        _agents(signature, organization),
        _sources(record.reference, handout.findings, decision),
        "CREATE",
        reasons,
    )
    return _transaction(
        [
            _create(document, f"identifier={decision.identifier}", full_url),
            _create(provenance, f"_tag={decision.identifier}"),
            *(_update(_with_status(old, "superseded")) for old in decision.replaces),
        ]
    )


def draft_document(
    record: PatientRecord,
    handout: Handout,
    renderings: Iterable[Rendering],
    decision: Decision,
    series: Identifier,
    moment: Moment,
) -> Resource:
    """The draft alone, for somebody else to write; nobody has signed it."""
    made = tuple(renderings)
    device = _device(handout, made[0].language, None)
    signature = Signature("preliminary")
    document = _document(record, made, decision, series, signature, moment, device)
    _refuse_if_wrong(document)
    return document


def retract_transaction(document: Resource, moment: Moment) -> Resource:
    """The transaction that marks one of our documents as entered in error."""
    name = identity(document) or ""
    mark = Identifier(DOCUMENT, hashlib.sha256(f"retract {name}".encode()).hexdigest())
    provenance = _provenance(
        name, mark, moment, [_program()], _agents(Signature("preliminary"), None), [], "NULLIFY"
    )
    return _transaction(
        [
            _update(_with_status(document, "entered-in-error")),
            _create(provenance, f"_tag={mark}"),
        ]
    )


def _document(
    record: PatientRecord,
    renderings: Iterable[Rendering],
    decision: Decision,
    series: Identifier,
    signature: Signature,
    moment: Moment,
    device: Resource,
) -> dict[str, Any]:
    author = signature.author or signature.organization
    contents = [_content(rendering, moment) for rendering in renderings]
    document: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [us_core.DOCUMENT_PROFILE]},
        "language": contents[0]["attachment"]["language"],
        "contained": [] if author else [device],
        "identifier": [
            {"system": decision.identifier.system, "value": decision.identifier.value},
            {"system": series.system, "value": series.value},
            {"system": FINGERPRINT, "value": decision.fingerprint},
        ],
        "status": "current",
        "docStatus": signature.doc_status,
        "type": _concept(us_core.LOINC, "69730-0", "Instructions"),
        "category": [_concept(us_core.CATEGORY, "clinical-note", "Clinical Note")],
        "subject": {"reference": record.reference},
        "date": _instant(moment.instant),
        "author": [{"reference": author or _DEVICE}],
        "authenticator": _maybe_reference(signature.signed_by),
        "custodian": _maybe_reference(signature.organization),
        "relatesTo": [
            {"code": "replaces", "target": {"reference": identity(old)}}
            for old in decision.replaces
        ],
        "description": contents[0]["attachment"]["title"],
        "content": contents,
        "context": _context(record.encounter, moment),
    }
    return {name: value for name, value in document.items() if value}


def _content(rendering: Rendering, moment: Moment) -> dict[str, Any]:
    return {
        "attachment": {
            "contentType": rendering.media_type,
            "language": rendering.language,
            "data": b64encode(rendering.data).decode(),
            "size": len(rendering.data),
            # FHIR R4 defines this hash as SHA-1; it finds changes, it protects nothing.
            "hash": b64encode(
                hashlib.sha1(rendering.data, usedforsecurity=False).digest()
            ).decode(),
            "title": rendering.title,
            "creation": _instant(moment.instant),
        },
        "format": _FORMAT,
    }


def _context(encounter: Encounter | None, moment: Moment) -> dict[str, Any]:
    """The encounter, and the clinically relevant time: its period, or the day itself."""
    now = _instant(moment.instant)
    if encounter is None:
        return {"period": {"start": now, "end": now}}
    known = {"start": encounter.start, "end": encounter.end}
    period = {name: when for name, when in known.items() if when} or {"start": now, "end": now}
    is_open = encounter.start and not encounter.end
    # An open visit lasts until now; one that began today may have begun later than that.
    if is_open and dates.parse(period["start"]).last < moment.today:
        period["end"] = now
    return {"encounter": [{"reference": encounter.reference}], "period": period}


def _provenance(
    target: str,
    mark: Identifier,
    moment: Moment,
    contained: list[Resource],
    agents: list[dict[str, Any]],
    entities: list[dict[str, Any]],
    operation: str,
    reasons: Iterable[str] = (),
) -> dict[str, Any]:
    provenance: dict[str, Any] = {
        "resourceType": "Provenance",
        "meta": {
            "profile": [us_core.PROVENANCE_PROFILE],
            "tag": [{"system": mark.system, "code": mark.value}],
        },
        "contained": contained,
        "target": [{"reference": target}],
        "recorded": _instant(moment.instant),
        "reason": [{"text": reason} for reason in reasons],
        "activity": _concept(_OPERATION, operation, operation.lower()),
        "agent": agents,
        "entity": entities,
    }
    return {name: value for name, value in provenance.items() if value}


def _agents(signature: Signature, organization: str | None) -> list[dict[str, Any]]:
    roles = [
        ("assembler", "Assembler", _DEVICE),
        ("author", "Author", signature.author),
        ("attester", "Attester", signature.signed_by),
    ]
    return [
        {
            "type": _concept(_PARTICIPANT, code, display),
            "who": {"reference": who},
            "onBehalfOf": _on_behalf_of(organization),
        }
        for code, display, who in roles
        if who
    ]


def _on_behalf_of(organization: str | None) -> dict[str, Any]:
    """The organization, or that nobody knows it: US Core asks for one of every device."""
    if organization:
        return {"reference": organization}
    return {"extension": [{"url": _DATA_ABSENT, "valueCode": "unknown"}]}


def _organization(record: PatientRecord, signature: Signature) -> str | None:
    provider = record.encounter.service_provider if record.encounter else None
    return signature.organization or provider or record.managing_organization


def _sources(patient: str, findings: Findings, decision: Decision) -> list[dict[str, Any]]:
    """The resources that the handout was tailored by; none that shows a withheld finding.

    Nor one that showed it before a clinician corrected that.
    """
    shown: dict[bool, list[str]] = {False: [], True: []}
    for finding in findings.findings:
        shown[finding.withheld is not None] += _read(finding)
    for corrected in findings.corrections:
        shown[True] += _read(corrected.was) if corrected.withheld else ()
    used = [name for name in shown[False] if name not in shown[True]]
    references = dict.fromkeys([patient, *used])
    sources = [{"role": "source", "what": {"reference": name}} for name in references]
    old = [{"role": "revision", "what": {"reference": identity(d)}} for d in decision.replaces]
    return sources + old


def _read(finding: Finding) -> list[str]:
    """The resources that show a finding; what a clinician states is none."""
    stated = RecognisedBy.CLINICIAN
    return [e.reference for e in finding.evidence if e.recognised_by is not stated]


def _device(handout: Handout, language: str, approval: Approval | None) -> dict[str, Any]:
    """The program, its content, and the site's approval of it (docs/adr/0013)."""
    pack = handout.pack
    versions = {f"content pack {pack.id}": f"{pack.version} (sha256 {pack.digest})"}
    if language in pack.hashes:
        versions[f"content in {language}"] = f"sha256 {pack.hashes[language]}"
    if approval:
        what = approval.content
        versions["approval by the site"] = (
            f"{what.pack} {what.version} in {what.language} (sha256 {what.hash}), "
            f"by {approval.by}, on {approval.on.isoformat()}"
        )
    device = _program()
    device["version"] += [{"type": {"text": t}, "value": v} for t, v in versions.items()]
    return device


def _program() -> dict[str, Any]:
    return {
        "resourceType": "Device",
        "id": _DEVICE[1:],
        "deviceName": [{"name": "fhir-handout", "type": "user-friendly-name"}],
        "version": [{"type": {"text": "program"}, "value": __version__}],
    }


def _create(resource: dict[str, Any], condition: str, full_url: str = "") -> dict[str, Any]:
    _refuse_if_wrong(resource)
    request = {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}
    entry: dict[str, Any] = {"fullUrl": full_url} if full_url else {}
    return {**entry, "resource": resource, "request": request}


def _update(resource: dict[str, Any]) -> dict[str, Any]:
    request = {"method": "PUT", "url": identity(resource)}
    version = resource.get("meta", {}).get("versionId")
    if version:
        request["ifMatch"] = f'W/"{version}"'
    return {"resource": resource, "request": request}


def _refuse_if_wrong(resource: Resource) -> None:
    wrong = problem(resource) or "; ".join(us_core.problems(resource))
    if wrong:
        raise HandoutError(
            "invalid-output", f"the {resource['resourceType']} made here is wrong: {wrong}"
        )


def _with_status(document: Resource, status: str) -> dict[str, Any]:
    return {**document, "status": status}


def _transaction(entries: list[dict[str, Any]]) -> Resource:
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _maybe_reference(target: str | None) -> dict[str, Any] | None:
    return {"reference": target} if target else None


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
