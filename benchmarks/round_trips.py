"""Requests per attach against a real HAPI server, counted by the HTTP client."""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import orjson
import requests

from benchmarks.record import record
from fhir_handout import workflow
from fhir_handout.document import Signature
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.model import Moment, Site
from fhir_handout.pack import load_pack

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers.running import hapi_server, missing_programs

_LIMIT = 2


def count() -> tuple[int, int] | None:
    """Requests of a first attach and of one that knows the server; None without Java."""
    if missing_programs():
        return None
    with hapi_server() as base, tempfile.TemporaryDirectory() as folder:
        _upload(base)
        counts = []
        for name in ("First clinic", "Second clinic"):
            home = Path(folder)
            with RestEhr(base, RestSettings(cache_dir=home / "c", state_dir=home / "s")) as ehr:
                moment = Moment.on(date(2026, 11, 23))
                request = workflow.Request("bench", None, moment, load_pack(), Site(name=name))
                workflow.attach(ehr, request, ("html", "text"), Signature("preliminary"))
                counts.append(ehr.requests_sent)
    return counts[0], counts[1]


def _upload(base: str) -> None:
    others = ("Practitioner", "Organization")
    entries = [{"resource": {"resourceType": name, "id": "bench"}} for name in others]
    entries += orjson.loads(record())["entry"]
    for entry in entries:
        resource = entry["resource"]
        url = f"{resource['resourceType']}/{resource['id']}"
        entry["request"] = {"method": "PUT", "url": url}
    body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    requests.post(base, json=body, timeout=120).raise_for_status()


def report() -> tuple[str, bool]:
    """A line, and whether the limit is kept."""
    counted = count()
    if counted is None:
        return "requests per attach: not counted, Java and Maven are missing", True
    first, later = counted
    kept = later <= _LIMIT
    line = (
        f"requests per attach against HAPI: {first} the first time, {later} once its capability "
        f"statement is known; at most {_LIMIT}: {'kept' if kept else 'BROKEN'}"
    )
    return line, kept
