"""The app as every EHR's authorization server knows it.

In: the settings. Out: for each tenant the client, and what was found out of its server: kept for
all requests. Keys are read again when their file changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from fhir_handout.errors import NotAllowed
from fhir_handout.service.settings import ServiceSettings, Tenant
from fhir_handout.service.tables import SmartTable
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configurations
from fhir_handout.smart.fetch import Limits
from fhir_handout.smart.identity import Identities


@dataclass(frozen=True, slots=True)
class Apps:
    """What a launch needs besides the tenant; `limits` are for talking to authorization servers."""

    redirect_uri: str
    limits: Limits
    keys: KeyFile | None
    configurations: Configurations
    identities: Identities

    @classmethod
    def of(cls, settings: ServiceSettings) -> Apps:
        """As the settings say."""
        first = next(iter(settings.tenants.values()))
        limits = Limits(ca_bundle=first.settings.ca_bundle)
        return cls(
            f"{settings.public_url}/callback",
            limits,
            KeyFile(settings.keys) if settings.keys else None,
            Configurations(limits),
            Identities(limits),
        )

    def client(self, tenant: Tenant) -> Client:
        """As what we are registered there."""
        table = registered(tenant)
        return Client(table.client_id, self.keys if table.method == "private_key_jwt" else None)


def registered(tenant: Tenant) -> SmartTable:
    """The tenant's [smart] table; `NotAllowed` no-app where it has none."""
    if tenant.table.smart is None:
        raise NotAllowed("no-app", "this EHR is not set up to open the app; ask who runs it")
    return tenant.table.smart
