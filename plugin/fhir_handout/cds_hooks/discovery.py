"""The discovery document: which services there are, and what each wants prefetched.

In: a tenant and the day. Out: the JSON of `{baseUrl}/cds-services`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fhir_handout.cds_hooks.hooks import Service, services
from fhir_handout.cds_hooks.policy import CdsPolicy, CdsTenant
from fhir_handout.cds_hooks.wanted import wanted
from fhir_handout.pack_model import Cards

_REQUIREMENTS = (
    "FHIR R4. Needs every prefetch key but documents, each search complete; a key left out is "
    "fetched where fhirServer and fhirAuthorization are given. The encounter is needed only where "
    "the context has one. The link needs the app to be registered for SMART App Launch 2."
)


def discovery(tenant: CdsTenant, today: date) -> dict[str, Any]:
    """Every service of every pack that has cards."""
    return {"services": [_described(each, tenant.policy, today) for each in services(tenant)]}


def _described(service: Service, policy: CdsPolicy, today: date) -> dict[str, Any]:
    cards = service.pack.content.cards
    assert isinstance(cards, Cards)  # noqa: S101 services() gives no other
    return {
        "hook": service.hook.name,
        "id": service.id,
        "title": cards.title,
        "description": cards.description,
        "usageRequirements": _REQUIREMENTS,
        "prefetch": {each.key: each.template for each in wanted(service, policy, today)},
    }
