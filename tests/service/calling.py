"""REST as its clients call it: settings with two of them, and the app in process."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from fhir_handout.service.app import create_app
from fhir_handout.service.running import Service
from service.running import service

ROOT = Path(__file__).parents[2]
TOKEN, OTHER_TOKEN = "clinic-" + "a" * 32, "records-only-" + "b" * 32
NOWHERE = "http://127.0.0.1:9/fhir"
SETTINGS = """
[service]
public_url = "http://127.0.0.1:8080"
max_entries = 500
{more}
[[service.clients]]
name = "clinic"
token_sha256 = "{clinic}"
tenants = ["riverside"]
[[service.clients]]
name = "records-only"
token_sha256 = "{records_only}"
[tenants.riverside]
base_url = "{base_url}"
[tenants.riverside.site]
name = "Riverside Clinic"
country = "US"
[tenants.hillside]
base_url = "http://127.0.0.1:9/hillside"
"""


def settings_text(base_url: str = NOWHERE, more: str = "") -> str:
    clinic, records_only = (
        hashlib.sha256(token.encode()).hexdigest() for token in (TOKEN, OTHER_TOKEN)
    )
    return SETTINGS.format(clinic=clinic, records_only=records_only, base_url=base_url, more=more)


class Api:
    """A client with a token, and the service it calls."""

    def __init__(self, client: TestClient, running: Service, token: str | None = TOKEN) -> None:
        self.client, self.running, self.token = client, running, token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def with_token(self, token: str | None) -> "Api":
        return Api(self.client, self.running, token)

    def post(self, what: str, **body: Any) -> Response:
        return self.client.post(f"/api/v1/{what}", json=body, headers=self.headers)

    def send(self, what: str, content: bytes, kind: str = "application/json") -> Response:
        headers = {**self.headers, "Content-Type": kind}
        return self.client.post(f"/api/v1/{what}", content=content, headers=headers)

    def get(self, what: str) -> Response:
        return self.client.get(f"/api/v1/{what}", headers=self.headers)


@contextmanager
def api(folder: Path, base_url: str = NOWHERE, more: str = "") -> Iterator[Api]:
    running = service(folder, settings_text(base_url, more))
    with TestClient(create_app(running)) as client:
        yield Api(client, running)


def example(name: str) -> dict[str, Any]:
    """The record of an example patient, as one Bundle."""
    folder = ROOT / "fhir_examples" / name
    found = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    for file in sorted(folder.glob("*.ndjson")):
        found += [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in found],
    }


def code_of(answer: Response) -> tuple[int, str]:
    """The status of a failure and its stable code; it is a problem as RFC 9457 has it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail", "code", "instance"}
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:fhir-handout:problem:{told['code']}"
    assert told["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert "\n" not in told["detail"]
    return answer.status_code, told["code"]
