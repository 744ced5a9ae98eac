"""The work of a page whose permission has ended, until the next launch takes it up.

In: the service and what a page holds. Out: its `Work`, once, for the same user, patient and visit
of the same EHR, within an hour. Of a user nobody knows, nothing is kept.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from fhir_handout.service.page.session import Open
from fhir_handout.service.page.work import Work
from fhir_handout.service.running import Service

_SECONDS = 60 * 60


def keep_work(service: Service, tenant: str, launched: Open) -> None:
    """Put it by."""
    name = _name(tenant, launched.user, launched.patient, launched.encounter)
    if name is not None:
        # What was attached belongs to the forms of that page, whose revisions begin anew.
        work, now = replace(launched.work, attached=None), service.seconds()
        service.store.keeping.keep(name, work.to_json(), now, now + _SECONDS)


def take_work(
    service: Service, tenant: str, user: str | None, patient: str | None, encounter: str | None
) -> Work | None:
    """Take it back, once."""
    name = _name(tenant, user, patient, encounter)
    kept = service.store.keeping.take(name, service.seconds()) if name else None
    return Work.from_json(kept) if kept else None


def _name(tenant: str, user: str | None, patient: str | None, encounter: str | None) -> str | None:
    if not (user and patient):
        return None
    return orjson.dumps([tenant, user, patient, encounter]).decode()
