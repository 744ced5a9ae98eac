"""What the user is called, so that who signs reads their own name and not a number.

In: the EHR, an access token, the user's resource as fhirUser names it. Out: the name, or None where
the EHR does not tell it, or not at once: a launch never fails for want of it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from fhir_handout.ehr.rest import RestEhr
from fhir_handout.elements import Damaged, element, reference
from fhir_handout.errors import HandoutError
from fhir_handout.names import plain, printed_name
from fhir_handout.patient_record import Resource
from fhir_handout.service.running import Ready

_SECONDS = 2.0


def name_of(ready: Ready, token: str, user: str | None) -> str | None:
    """The name of a user."""
    if user is None:
        return None
    settings = ready.tenant.settings.rest()
    quick = replace(settings, token=token, retries=0, read_timeout=_SECONDS)
    with suppress(HandoutError, Damaged), RestEhr(ready.tenant.base_url, quick) as ehr:
        found = ehr.read_user(user)
        return plain(_name(found)) or None if found else None
    return None


def _name(user: Resource) -> str:
    """A role has no name of its own; it may say whose it is."""
    if user.get("resourceType") == "PractitionerRole":
        return element(reference(user, "practitioner") or {}, "display", str) or ""
    return printed_name(user)
