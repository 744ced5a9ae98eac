"""A chart of which every text is somebody's attempt, and what looks for it in what we write.

In: nothing. Out: `full_chart`, a resource of every type that is read, with a text in every element
that may hold one; `spoiled`, the same with one text or all replaced; `texts`, where they are.
"""

import json
from collections.abc import Iterator
from typing import Any

from functional.records import ACTIVE, ICD_10_CM, LOINC, RXNORM

MARK = "zqmark"
PAYLOAD = (
    f"{MARK}\"'></script><svg/onload=alert(1)><img src=x onerror=alert(2)>"
    "<a href=javascript:alert(3)>x</a><!--]]><style>*{x:y}</style>"
    " ![i](javascript:alert(4)) [l](https://evil.example) `c` **b** <https://evil.example>"
    " https://evil.example www.evil.example"
    ' {{7*7}} ${7*7} <% 7 %> {% raw %} #eval("1") #link("https://evil.example")[x] $x$ @ref'
    ' {\\field{\\*\\fldinst HYPERLINK "https://evil.example"}} \\par \\object \\u8238?'
    " \u202eesrever\u2066 \u0007\u001b[31m\r\n\r\nSet-Cookie: a=b\u2028end"
)
Path = tuple[str | int, ...]


def codeable(system: str, code: str, text: str) -> dict[str, Any]:
    return {
        "text": text,
        "coding": [{"system": system, "code": code, "display": text, "version": "1"}],
    }


def _named(kind: str, own: str, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": own,
        "meta": {"versionId": "1", "tag": [{"system": "urn:t", "code": "t", "display": "t"}]},
        "text": {"status": "generated", "div": "<div>narrative</div>"},
        "extension": [{"url": "urn:x", "valueString": "more"}],
        "identifier": [{"system": "urn:mrn", "value": "MRN-1", "type": {"text": "number"}}],
        **elements,
    }


def full_chart() -> list[dict[str, Any]]:
    """The resources; the patient is p1."""
    subject = {"reference": "Patient/p1", "display": "the patient"}
    doctor = {"reference": "Practitioner/dr-1", "display": "the doctor"}
    dosage = {
        "text": "one a day",
        "patientInstruction": "with water",
        "timing": {"code": {"text": "daily"}},
    }
    return [
        _named(
            "Patient",
            "p1",
            name=[
                {
                    "use": "official",
                    "text": "Quillon Testperson",
                    "family": "T",
                    "given": ["Q"],
                    "prefix": ["Dr"],
                }
            ],
            gender="male",
            birthDate="1970-03-14",
            telecom=[{"system": "phone", "value": "555"}],
            address=[{"line": ["1 Road"], "city": "Town", "text": "1 Road, Town"}],
            communication=[
                {"language": codeable("urn:ietf:bcp:47", "en", "English"), "preferred": True}
            ],
            maritalStatus={"text": "single"},
            contact=[{"name": {"text": "somebody"}}],
        ),
        _named(
            "Encounter",
            "e1",
            status="finished",
            subject=subject,
            type=[codeable("urn:e", "visit", "visit")],
            reasonCode=[codeable(ICD_10_CM, "R25.2", "cramp")],
            period={"start": "2026-11-23T10:00:00Z"},
        ),
        _named(
            "Condition",
            "c1",
            clinicalStatus=ACTIVE,
            verificationStatus={"coding": [{"system": "urn:v", "code": "confirmed"}]},
            category=[codeable("urn:c", "problem-list-item", "problem")],
            severity={"text": "severe"},
            code=codeable(ICD_10_CM, "N18.6", "kidney"),
            subject=subject,
            asserter=doctor,
            recordedDate="2026-11-01",
            onsetString="in spring",
            bodySite=[{"text": "leg"}],
            note=[{"text": "a note", "authorString": "me"}],
        ),
        _named(
            "Condition",
            "c2",
            clinicalStatus=ACTIVE,
            code=codeable(ICD_10_CM, "R25.2", "cramp"),
            subject=subject,
        ),
        _named(
            "Condition",
            "c3",
            clinicalStatus=ACTIVE,
            code=codeable("urn:own", "k9", "odd"),
            subject=subject,
        ),
        _named(
            "MedicationStatement",
            "m1",
            status="active",
            subject=subject,
            medicationCodeableConcept=codeable(RXNORM, "4603", "water pill"),
            effectivePeriod={"start": "2026-11-10"},
            dosage=[dosage],
            informationSource=doctor,
            reasonCode=[{"text": "swelling"}],
            note=[{"text": "a note"}],
        ),
        _named(
            "MedicationRequest",
            "r1",
            status="active",
            intent="order",
            subject=subject,
            authoredOn="2026-11-20",
            medicationReference={"reference": "Medication/d1", "display": "a drug"},
            requester=doctor,
            dosageInstruction=[dosage],
            dispenseRequest={"quantity": {"value": 30, "unit": "tablets", "code": "TAB"}},
            note=[{"text": "a note"}],
        ),
        _named(
            "Medication",
            "d1",
            code=codeable(RXNORM, "29046", "a drug"),
            form={"text": "tablet"},
            manufacturer={"display": "maker"},
            ingredient=[{"itemCodeableConcept": codeable(RXNORM, "29046", "an ingredient")}],
        ),
        _named(
            "Observation",
            "o1",
            status="final",
            subject=subject,
            code=codeable(LOINC, "2823-3", "potassium"),
            effectiveDateTime="2026-11-21T10:00:00Z",
            valueQuantity={
                "value": 6.2,
                "unit": "mmol/L",
                "system": "http://unitsofmeasure.org",
                "code": "mmol/L",
                "comparator": ">",
            },
            interpretation=[{"text": "high"}],
            referenceRange=[{"text": "normal", "low": {"value": 3.5, "unit": "mmol/L"}}],
            performer=[doctor],
            note=[{"text": "a note"}],
        ),
        _named("Practitioner", "dr-1", name=[{"text": "A Doctor"}]),
        _named(
            "DocumentReference",
            "doc1",
            status="current",
            docStatus="preliminary",
            subject=subject,
            description="a document",
            author=[doctor],
            custodian={"display": "keeper"},
            content=[
                {
                    "attachment": {
                        "contentType": "text/html",
                        "url": "https://a.example/x",
                        "title": "t",
                        "data": "eA==",
                    }
                }
            ],
        ),
    ]


def texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every text, but for what makes a resource one of its type."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "resourceType":
                yield from texts(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from texts(item, (*path, number))
    elif isinstance(value, str):
        yield path


def spoiled(chart: list[dict[str, Any]], *paths: Path) -> list[dict[str, Any]]:
    """The chart with the payload at these places, or in place of what follows the type there."""
    found: Any = json.loads(json.dumps(chart))  # no part of it is shared by two resources
    for path in paths:
        parent = found
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = PAYLOAD
    return found


_MEANING = {"id", "system", "code", "status", "reference", "birthDate", "gender", "intent", "use"}
_MEANING |= {"docStatus", "authoredOn", "recordedDate", "effectiveDateTime", "start", "comparator"}
_MEANING |= {"versionId"}  # one that is none makes the whole resource unreadable


def free_texts(chart: list[dict[str, Any]]) -> list[Path]:
    """Those that can hold anything while the resource still means what it means."""
    return [path for path in texts(chart) if path[-1] not in _MEANING]
