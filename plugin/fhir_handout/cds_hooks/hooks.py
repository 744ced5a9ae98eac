"""The hooks that are answered, as their definitions have them, and the services that do.

In: the name of a hook, or the id of a service. Out: what its context holds; which pack answers.
Source: CDS Hooks, hook library STU 1: `encounter-discharge`, `patient-view`, `order-sign`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.refused import NOT_FOUND, HookRefused
from fhir_handout.pack import LoadedPack

_CLINICIANS = frozenset({"Practitioner", "PractitionerRole"})
_EVERYBODY = _CLINICIANS | {"Patient", "RelatedPerson"}


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook: who may be its user, and what its context has besides the patient."""

    name: str
    users: frozenset[str]
    needs_encounter: bool = False
    has_orders: bool = False


HOOKS = (
    Hook("encounter-discharge", _CLINICIANS, needs_encounter=True),
    Hook("patient-view", _EVERYBODY),
    Hook("order-sign", _CLINICIANS, has_orders=True),
)


@dataclass(frozen=True, slots=True)
class Service:
    """A content pack at a hook."""

    id: str
    hook: Hook
    pack: LoadedPack


def services(tenant: CdsTenant) -> Iterator[Service]:
    """Every pack that has cards, at every hook."""
    for pack in tenant.packs:
        if pack.content.cards:
            name = pack.content.id.replace("_", "-")
            yield from (Service(f"{name}-{hook.name}", hook, pack) for hook in HOOKS)


def service(tenant: CdsTenant, service_id: str) -> Service:
    """The service of this id; `HookRefused` where there is none."""
    found = next((each for each in services(tenant) if each.id == service_id), None)
    if found is None:
        raise HookRefused(
            NOT_FOUND, "no-such-service", "there is no such service; see the discovery endpoint"
        )
    return found
