"""A FHIR server with one patient's record, whose every part a test can spoil.

It answers a batch with what it would answer to each request alone, so that a test can be run both
ways and must come to the same.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from servers.scripted import Received, Reply, Script, ScriptedServer
from unit.ehr.fhir import ENCOUNTER, PATIENT, capability, condition, medicine, searchset


class RecordServer:
    """Patient p1 with a condition and two medicines, over a scripted server."""

    def __init__(self, scripted: ScriptedServer, batch: bool) -> None:
        self.scripted, self.batch = scripted, batch
        self.asked: list[str] = []
        system = ("transaction", "batch") if batch else ("history-system",)
        self.says("metadata", capability(system))
        self.says("Patient/p1", PATIENT)
        self.says("Encounter/e1", ENCOUNTER)
        self.says("Condition", searchset(condition("c1")))
        self.says("MedicationStatement", searchset(medicine("MedicationStatement", "s1")))
        self.says("MedicationRequest", searchset(medicine("MedicationRequest", "r1")))
        self.says("DocumentReference", searchset())
        if batch:
            scripted.on("POST", "", self._batch)

    def says(self, path: str, *answers: Any) -> None:
        """Answer a GET with these resources or replies, in order."""
        self.scripted.on("GET", path, *(self._reply(answer) for answer in answers))

    def refuses(self, path: str, status: int, resource: Any = b"") -> None:
        self.says(path, Reply(status, resource))

    def _reply(self, answer: Any) -> Script:
        script: Script = answer if isinstance(answer, Reply) else Reply(200, answer)

        def scripted(received: Received) -> Reply:
            self.asked.append(received.target.partition("/fhir/")[2])
            return script if isinstance(script, Reply) else script(received)

        return scripted

    def _batch(self, received: Received) -> Reply:
        entries = [self._batch_entry(entry["request"]["url"]) for entry in received.body["entry"]]
        return Reply(200, {"resourceType": "Bundle", "type": "batch-response", "entry": entries})

    def _batch_entry(self, url: str) -> dict[str, Any]:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        reply = self.scripted.reply_to(Received("GET", parts.path, query, target=f"/fhir/{url}"))
        response: dict[str, Any] = {"status": f"{reply.status} Status"}
        if reply.status >= 400:
            outcome = {"outcome": reply.body} if isinstance(reply.body, dict) else {}
            return {"response": {**response, **outcome}}
        resource = {} if isinstance(reply.body, bytes) else {"resource": reply.body}
        return {"response": response, **resource}
