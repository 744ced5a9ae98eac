"""The work of a page whose permission has ended, until the next launch takes it up.

In: the service and what a page holds. Out: its `Work`, once, for the same user, patient and visit
of the same EHR, within an hour. Of a user nobody knows, nothing is kept. What is confirmed and what
was said back are of that moment, and not taken over.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from fhir_handout.service.page.session import Open
from fhir_handout.service.page.work import Work
from fhir_handout.service.running import Service

_SECONDS = 60 * 60


def is_worth_keeping(launched: Open) -> bool:
    """Whether anything was entered that is not attached, nor put by already."""
    work = launched.work
    return work != Work() and work.attached is None and launched.put_by != launched.revision


def keep_work(service: Service, tenant: str, launched: Open) -> bool:
    """Put it by; whether it could be."""
    name = _name(tenant, launched.user, launched.patient, launched.encounter)
    if name is None:
        return False
    service.store.keeping.keep(name, launched.work.to_json(), service.seconds() + _SECONDS)
    return True


def take_work(
    service: Service, tenant: str, user: str | None, patient: str | None, encounter: str | None
) -> Work | None:
    """Take it back, once."""
    name = _name(tenant, user, patient, encounter)
    kept = service.store.keeping.take(name, service.seconds()) if name else None
    if kept is None:
        return None
    return replace(Work.from_json(kept), confirm_sensitive=False, teach_back=False)


def _name(tenant: str, user: str | None, patient: str | None, encounter: str | None) -> str | None:
    if not (user and patient):
        return None
    return orjson.dumps([tenant, user, patient, encounter]).decode()
