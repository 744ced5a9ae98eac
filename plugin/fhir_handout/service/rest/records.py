"""From what REST was asked to what the workflow needs: an EHR and a request.

In: a body, its caller, the service. Out: the patient's EHR, or the record that was sent, and a
`workflow.Request`. What is wrong with a record that was sent is `Unprocessable`: the caller can
mend it. `too-many-entries` and `several-patients` are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from fhir_handout.bundles import entries_of_json
from fhir_handout.ehr.given import GivenEhr
from fhir_handout.errors import HandoutError, InvalidFhir, NotFound
from fhir_handout.exchange import Ehr
from fhir_handout.model import Moment, Site
from fhir_handout.patient_record import Entry
from fhir_handout.service.problems import Unprocessable
from fhir_handout.service.rest.bodies import AttachBody, OfRecord, PreviewBody
from fhir_handout.service.rest.callers import tenant_for
from fhir_handout.service.running import Ready, Service
from fhir_handout.service.tables import ApiClient
from fhir_handout.workflow import Request

SENT = "the record sent"


@contextmanager
def asked_of(body: OfRecord, caller: ApiClient, service: Service) -> Iterator[tuple[Ehr, Request]]:
    """Where to read, and what to ask for."""
    ready = tenant_for(caller, body.tenant, service) if body.tenant else None
    if body.record is not None:
        with _blamed_on_the_record():
            _refuse_too_many(body.record, service.settings.table.max_entries)
            patient = body.patient or _only_patient(body.record)
            yield GivenEhr(body.record, SENT), request_of(body, patient, ready, service)
    else:
        if ready is None or body.patient is None:
            raise AssertionError("a body without a record names a tenant and a patient")
        with ready.unattended() as ehr:
            yield ehr, request_of(body, body.patient, ready, service)


def request_of(
    body: OfRecord | AttachBody, patient: str, ready: Ready | None, service: Service
) -> Request:
    """What the workflow is asked; without a tenant nothing of any site is printed."""
    choices: dict[str, Any] = {
        "language": body.language,
        "confirm_sensitive": body.confirm_sensitive,
    }
    if isinstance(body, PreviewBody | AttachBody):
        choices |= {"layout": body.layout, "paper": body.paper}
    pack = service.handout(body.pack, ready)
    now = service.now()
    if ready:
        moment = Moment.on(body.date) if body.date else ready.moment(now)
        return ready.request(patient, body.encounter, moment, pack=pack, **choices)
    moment = Moment.on(body.date) if body.date else Moment(now.astimezone().date(), now)
    return Request(patient, body.encounter, moment, pack, Site(), **choices)


@contextmanager
def _blamed_on_the_record() -> Iterator[None]:
    try:
        yield
    except (InvalidFhir, NotFound) as error:
        if error.code == "no-such-pack":
            raise
        raise Unprocessable(error.code, error.message) from None


def _refuse_too_many(record: dict[str, Any], most: int) -> None:
    found = islice(entries_of_json(record, SENT), most + 1)
    if sum(1 for _ in found) > most:
        raise HandoutError("too-many-entries", f"the record has over {most} entries; send less")


def _only_patient(record: dict[str, Any]) -> str:
    """The id of the one Patient in a record."""
    entries = (one for one in entries_of_json(record, SENT) if isinstance(one, Entry))
    patients = (one for one in entries if one.type == "Patient")
    found = {one.resource.get("id") if one.name else one.full_url for one in patients}
    if len(found) != 1:
        raise Unprocessable(
            "which-patient",
            f"the record has {len(found)} Patients; name the one meant in `patient`",
        )
    patient = found.pop()
    if patient is None:
        raise Unprocessable("which-patient", "the record's Patient has neither an id nor a fullUrl")
    return patient
