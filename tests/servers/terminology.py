"""A FHIR terminology server for tests: value sets by canonical URL, served over real HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from servers.scripted import Received, Reply, ScriptedServer

SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
NDC = "http://hl7.org/fhir/sid/ndc"

EXPAND, VALIDATE = "ValueSet/$expand", "ValueSet/$validate-code"
HEART = "http://snomed.info/sct?fhir_vs=ecl/<<84114007 MINUS <<1"
LOOP = "https://example.org/fhir/ValueSet/loop-diuretics"

Json = dict[str, Any]


def contains(system: str, code: str, **elements: Any) -> Json:
    return {"system": system, "code": code, "display": "not read", **elements}


def expansion(members: Iterable[Json], **elements: Any) -> Json:
    members = list(members)
    found = {"total": len(members), "contains": members, **elements}
    whole = {name: value for name, value in found.items() if value is not ...}
    return {"resourceType": "ValueSet", "status": "active", "expansion": whole}


def outcome(code: str, severity: str = "error") -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def result(is_member: Any, said: str = "", *issues: Json, **others: Json) -> Json:
    """The Parameters of a $validate-code."""
    found: list[Json] = [{"name": "result", "valueBoolean": is_member}]
    if said:
        found.append({"name": "message", "valueString": said})
    if issues:
        found.append({"name": "issues", "resource": _issues(issues)})
    found += [{"name": name.replace("_", "-"), **value} for name, value in others.items()]
    return {"resourceType": "Parameters", "parameter": found}


def _issues(issues: tuple[Json, ...]) -> Json:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def issue(code: str, severity: str = "error") -> Json:
    return {"severity": severity, "code": code}


TOO_COSTLY = Reply(422, outcome("too-costly"))
UNKNOWN_SYSTEM = result(False, "", issue("not-found"))


@dataclass
class TxServer:
    """A scripted server that knows value sets; what is in `replies` is answered in their place."""

    http: ScriptedServer
    value_sets: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    systems: tuple[str, ...] = (SNOMED, RXNORM, ICD)
    replies: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http.on("GET", EXPAND, self._expand)
        self.http.on("GET", VALIDATE, self._validate)

    def asked(self, operation: str) -> list[Received]:
        return [received for received in self.http.received if received.path == operation]

    def codes_asked(self) -> list[str]:
        return [received.query["code"] for received in self.asked(VALIDATE)]

    def _expand(self, received: Received) -> Reply:
        if EXPAND in self.replies:
            return self.replies[EXPAND]
        members = self.value_sets.get(received.query["url"])
        if members is None:
            return Reply(404, outcome("not-found"))
        start, count = int(received.query["offset"]), int(received.query["count"])
        page = [contains(*member) for member in members[start : start + count]]
        return Reply(body=expansion(page, total=len(members), offset=start))

    def _validate(self, received: Received) -> Reply:
        if VALIDATE in self.replies:
            return self.replies[VALIDATE]
        system, code = received.query["system"], received.query["code"]
        if system not in self.systems:
            return Reply(body=UNKNOWN_SYSTEM)
        is_member = (system, code) in self.value_sets.get(received.query["url"], ())
        return Reply(body=result(True) if is_member else result(False, "", issue("code-invalid")))
