"""The app as every EHR's authorization server knows it.

In: the settings. Out: for each tenant the client, and what was found out of its server: kept for
all requests. Keys are read again when their file changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fhir_handout.errors import NotAllowed
from fhir_handout.service.settings import ServiceSettings, Tenant
from fhir_handout.service.tables import SmartTable
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configurations
from fhir_handout.smart.fetch import Limits
from fhir_handout.smart.identity import Identities


@dataclass(frozen=True, slots=True)
class App:
    """The app at one EHR; `limits` are for talking to its authorization server."""

    table: SmartTable
    client: Client
    limits: Limits
    configurations: Configurations
    identities: Identities


@dataclass(frozen=True, slots=True)
class Apps:
    """What launches need besides the tenant; by the tenant's name, where it has an app."""

    redirect_uri: str
    keys: KeyFile | None
    registered: Mapping[str, App]

    @classmethod
    def of(cls, settings: ServiceSettings) -> Apps:
        """As the settings say."""
        keys = KeyFile(settings.keys) if settings.keys else None
        registered = {
            name: _app(tenant, table, keys)
            for name, tenant in settings.tenants.items()
            if (table := tenant.table.smart)
        }
        return cls(f"{settings.public_url}/callback", keys, registered)

    def at(self, tenant: Tenant) -> App:
        """The app at this EHR; `NotAllowed` no-app where there is none."""
        if tenant.name not in self.registered:
            raise NotAllowed("no-app", "this EHR is not set up to open the app; ask who runs it")
        return self.registered[tenant.name]


def _app(tenant: Tenant, table: SmartTable, keys: KeyFile | None) -> App:
    limits = Limits(ca_bundle=tenant.settings.ca_bundle)
    client = Client(table.client_id, keys if table.method == "private_key_jwt" else None)
    return App(table, client, limits, Configurations(limits), Identities(limits))
