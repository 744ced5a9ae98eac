"""The JSON Schema of an explanation: docs/explain.schema.json, and what OpenAPI says of it.

In: a content pack, whose ids it lists, or none, where an id is any text. Out: JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fhir_handout.correction_rules import LONGEST_REASON
from fhir_handout.explain import PATIENT, SCHEMA_VERSION
from fhir_handout.language_choice import Because
from fhir_handout.model import Change, RecognisedBy, Status, Withheld
from fhir_handout.pack_model import ContentPack, ReviewStatus


def qualifiers(pack: ContentPack) -> dict[str, list[str]]:
    """The qualifiers of each risk factor, in the pack's order."""
    return {
        factor.id: [qualifier for qualifier in factor.qualifiers if qualifier]
        for factor in pack.risk_factors.values()
    }


def explain_schema(pack: ContentPack | None = None) -> dict[str, Any]:
    """The JSON Schema of `explain --json`, with the ids of this pack; without, of any."""
    factors = _ids(pack.risk_factors if pack else None)
    because = {"type": "array", "items": factors, "uniqueItems": True}
    statement = _ids([statement.id for statement in pack.statements] if pack else None)
    evidence = _object(
        reference=_text(),
        system=_text(),
        code=_text(),
        display=_text(),
        recognised_by={"enum": [by.value for by in RecognisedBy]},
        element=_text(),
        date=_text(),
        dated_by=_text(),
        value=_text(),
    )
    names = {"type": "array", "items": _text(), "minItems": 1, "uniqueItems": True}
    conflict = _object(
        reference=_text(),
        system=_text(),
        code=_text(),
        display=_text(),
        by_code=names,
        by_display=names,
    )
    citation = _object(
        id=_ids(pack.citations if pack else None),
        title=_text(),
        url=_text(),
        seen={"enum": ["source", "mirror", "none"]},
    )
    finding = _object(
        risk_factor=factors,
        qualifiers={"type": "array", "maxItems": 1},
        status={"enum": [status.value for status in Status]},
        withheld={"enum": [None, *(reason.value for reason in Withheld)]},
        evidence=_list(evidence),
    )
    own_qualifiers = _qualified(pack) if pack else []
    finding["allOf"] = [*own_qualifiers, _EMPTY_UNLESS_FOUND]
    said = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    corrected = _object(
        risk_factor=factors,
        qualifiers={"type": "array", "maxItems": 1},
        change={"enum": [change.value for change in Change]},
        reason=said,
        by=said,
        withheld={"enum": [None, *(reason.value for reason in Withheld)]},
        was=finding,
    )
    if own_qualifiers:
        corrected["allOf"] = own_qualifiers
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"fhir-handout explain --json, schema {SCHEMA_VERSION}",
        **_object(
            schema={"const": SCHEMA_VERSION},
            patient={"type": "string", "minLength": 1},
            date={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
            pack=_object(
                id={"const": pack.id} if pack else _text(),
                version=_text(),
                hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
            ),
            language={"type": "string", "minLength": 1},
            language_choice=_object(
                because={"enum": [because.name.lower() for because in Because]},
                wanted={"type": "string", "minLength": 1},
                approved={"type": "boolean"},
                spoken=_list({"type": "string", "minLength": 1}),
            ),
            address=_ids([PATIENT, *(address.id for address in pack.addresses)] if pack else None),
            alerts=_list(
                _object(
                    alert=_ids([alert.id for alert in pack.alerts] if pack else None),
                    urgent={"type": "boolean"},
                    text={"type": "string", "minLength": 1},
                    because=because,
                    citations=_list(citation),
                    rows=_list(_text()),
                )
            ),
            findings=_list(finding),
            corrections=_list(corrected),
            topics=_topics(pack, because),
            advice=_list(
                _object(
                    statement=statement,
                    section=_ids(pack.sections if pack else None),
                    because=because,
                    review={"enum": [status.value for status in ReviewStatus]},
                    citations=_list(citation),
                    rows=_list(_text()),
                )
            ),
            omissions=_list(_object(statement=statement, because={**because, "minItems": 1})),
            gaps=_list(_object(what=_text(), why=_text())),
            conflicts=_list(conflict),
            not_relevant=_list(evidence),
        ),
    }


def _qualified(pack: ContentPack) -> list[dict[str, Any]]:
    """A finding has no qualifier but one of its own risk factor's."""
    return [
        {
            "if": {"properties": {"risk_factor": {"const": factor}}},
            "then": {"properties": {"qualifiers": _list({"enum": names}) if names else _NONE}},
        }
        for factor, names in qualifiers(pack).items()
    ]


_NONE = {"maxItems": 0}
_EMPTY_UNLESS_FOUND = {
    "if": {"properties": {"status": {"enum": [Status.ABSENT.value, Status.UNKNOWN.value]}}},
    "then": {"properties": {"qualifiers": _NONE, "evidence": _NONE}},
}


def _topics(pack: ContentPack | None, because: dict[str, Any]) -> dict[str, Any]:
    if pack is None:
        return {"type": "object", "additionalProperties": _object(level=_text(), because=because)}
    topics = {
        topic.id: _object(level={"enum": list(topic.levels)}, because=because)
        for topic in pack.topics.values()
    }
    return _object(**topics)


def _ids(names: Iterable[str] | None) -> dict[str, Any]:
    return _text() if names is None else {"enum": list(names)}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _text() -> dict[str, Any]:
    return {"type": "string"}
