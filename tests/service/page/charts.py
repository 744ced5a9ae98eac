"""Charts on a real FHIR server, each of a synthetic patient of the test's own."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from functional.records import condition, patient, result, statement
from service.page.opened import SIGNER

FRESH = {"Cache-Control": "no-cache", "Accept": "application/fhir+json"}
KIDNEY, SUGAR, WATER_PILL, POTASSIUM = "N18.6", "E11.9", "4603", "2823-3"
HOSTILE = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>\'{{7*7}}\u202e'


@dataclass
class Chart:
    """A patient on a server, with some of what bears on the sheet."""

    base: str
    patient: str = field(default_factory=lambda: f"p-{uuid.uuid4().hex[:12]}")

    def put(self, *resources: dict[str, Any]) -> None:
        entries = [
            {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
            for r in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = requests.post(self.base, json=bundle, timeout=60)
        assert answer.ok, answer.text[:500]

    def usual(self, **elements: Any) -> "Chart":
        """Somebody with a few findings, an urgent alert, and a practitioner who signs."""
        name = self.patient
        self.put(
            {"resourceType": "Practitioner", "id": SIGNER.partition("/")[2]},
            patient(name, **elements),
            condition(KIDNEY, name),
            condition(SUGAR, name),
            statement(WATER_PILL, name),
            result(POTASSIUM, 6.2, "mmol/L", "2026-11-21T10:00:00Z", name),
        )
        return self

    def _search(self, resource_type: str, **query: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.base}/{resource_type}",
            params={"_count": "50", **query},
            headers=FRESH,
            timeout=60,
        )
        return [each["resource"] for each in answer.json().get("entry", [])]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The handouts that are attached and current."""
        found = self._search("DocumentReference", patient=self.patient)
        return [document for document in found if document["status"] == "current"]

    @property
    def reasons(self) -> list[str]:
        """What the Provenance of the handouts says that somebody did."""
        names = [f"DocumentReference/{each['id']}" for each in self.documents]
        found = [each for name in names for each in self._search("Provenance", target=name)]
        return [reason["text"] for each in found for reason in each.get("reason", [])]
