"""An EHR that calls a CDS service as the specification says, and believes nothing unchecked.

In: a FHIR server with the record, a way to reach the service (`Transport`), a key to sign with.
Out: discovery, cards and feedback, each checked against the specification. Nothing of our service
is imported here, so it can stand before any.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests

from cds_client.checks import discovery_problems, response_problems

Transport = Callable[[str, str, Mapping[str, str], Any], tuple[int, Any]]
"""Method, URL, headers and body to status and parsed body."""
_FHIR = {"Accept": "application/fhir+json", "Cache-Control": "no-cache"}


@dataclass
class StrictEhr:
    """One EHR; `base_url` is that of the CDS service, `fhir` that of its own FHIR server."""

    base_url: str
    fhir: str
    transport: Transport
    issuer: str
    key: Any
    kid: str
    algorithm: str = "ES384"
    services: dict[str, Any] = field(default_factory=dict)

    def discover(self) -> list[str]:
        """The ids of the services there are."""
        status, found = self._send("GET", f"{self.base_url}/cds-services", None)
        assert status == 200
        assert discovery_problems(found) == []
        self.services = {service["id"]: service for service in found["services"]}
        return list(self.services)

    def prefetch(self, service: str, context: Mapping[str, Any]) -> dict[str, Any]:
        """Every template that can be satisfied: null for no data, no key for an error."""
        found = {}
        for key, template in self.services[service].get("prefetch", {}).items():
            url = template
            for name, value in context.items():
                url = url.replace(f"{{{{context.{name}}}}}", str(value))
            if "{{" in url:
                continue
            answer = requests.get(f"{self.fhir}/{url}", headers=_FHIR, timeout=60)
            if answer.status_code in (404, 410):
                found[key] = None
            elif answer.ok:
                resource = answer.json()
                is_empty = resource["resourceType"] == "Bundle" and not resource.get("entry")
                found[key] = None if is_empty else resource
        return found

    def invoke(
        self, service: str, context: Mapping[str, Any], prefetch: Any = None, **more: Any
    ) -> list[dict[str, Any]]:
        """The cards for a hook; prefetched from the FHIR server where nothing else is given."""
        status, found = self.post(service, context, prefetch, **more)
        assert status == 200, found
        assert response_problems(found) == []
        cards: list[dict[str, Any]] = found["cards"]
        return cards

    def post(
        self, service: str, context: Mapping[str, Any], prefetch: Any = None, **more: Any
    ) -> tuple[int, Any]:
        """A call and its status, whatever that is."""
        body = {
            "hook": self.services[service]["hook"],
            "hookInstance": str(uuid.uuid4()),
            "fhirServer": self.fhir,
            "context": dict(context),
            "prefetch": self.prefetch(service, context) if prefetch is None else prefetch,
            **more,
        }
        return self._send("POST", f"{self.base_url}/cds-services/{service}", body)

    def report(self, service: str, *outcomes: Mapping[str, Any]) -> int:
        """The status that feedback is taken with."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sent = {"feedback": [{"outcomeTimestamp": stamp, **each} for each in outcomes]}
        url = f"{self.base_url}/cds-services/{service}/feedback"
        return self._send("POST", url, sent)[0]

    def accept(self, card: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the card's suggestion says in the record; the outcome to report."""
        (suggestion,) = card["suggestions"]
        for action in suggestion["actions"]:
            assert action["type"] == "create"
            kind = action["resource"]["resourceType"]
            answer = requests.post(
                f"{self.fhir}/{kind}", json=action["resource"], headers=_FHIR, timeout=60
            )
            assert answer.status_code == 201, answer.text
        accepted = [{"id": suggestion["uuid"]}]
        return {"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": accepted}

    def override(self, card: Mapping[str, Any], comment: str = "") -> dict[str, Any]:
        """The outcome of a card that was dismissed with the first of its reasons."""
        reason = {"reason": {n: card["overrideReasons"][0][n] for n in ("code", "system")}}
        more = {"userComment": comment} if comment else {}
        return {"card": card["uuid"], "outcome": "overridden", "overrideReason": {**reason, **more}}

    def _send(self, method: str, url: str, body: Any) -> tuple[int, Any]:
        return self.transport(method, url, {"Authorization": f"Bearer {self._token(url)}"}, body)

    def _token(self, url: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": url,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self.kid, "typ": "JWT"}
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers=headers)
