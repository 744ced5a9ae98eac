"""The service as it runs: its settings, store, clock, and each EHR with all that it needs.

In: `ServiceSettings` and a clock. Out: a `Service`, or `UsageError` and `BadContent` where a pack,
an approval or a key can't be used. Packs are loaded once and shared by tenants that use the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fhir_handout.approvals import Approval, load_approvals
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import HandoutError, NotFound, UsageError
from fhir_handout.exchange import Terminology
from fhir_handout.model import Moment
from fhir_handout.pack import LoadedPack, load_pack, pack_folder
from fhir_handout.service.settings import ServiceSettings, Tenant
from fhir_handout.store.store import Store, open_store
from fhir_handout.terminology.server import TerminologyServer
from fhir_handout.workflow import Request

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Ready:
    """A tenant with its content loaded."""

    tenant: Tenant
    pack: LoadedPack
    approvals: tuple[Approval, ...]
    terminology: Terminology | None

    def moment(self, now: datetime) -> Moment:
        """The instant `now`, and the day it then is at the tenant's site."""
        zone = self.tenant.table.time_zone
        here = now.astimezone(ZoneInfo(zone) if zone else None)
        return Moment(here.date(), now.replace(microsecond=0))

    def request(
        self, patient: str, encounter: str | None, moment: Moment, **choices: Any
    ) -> Request:
        """What the workflow is asked; `choices` are further fields of `workflow.Request`."""
        return Request(
            patient,
            encounter,
            moment,
            self.pack,
            self.tenant.settings.site,
            self.terminology,
            approvals=self.approvals,
            **choices,
        )

    def ehr(self, token: str | None) -> RestEhr:
        """Its FHIR server, for whoever has this access token; close it after use."""
        settings = self.tenant.settings.rest()
        return RestEhr(self.tenant.base_url, replace(settings, token=token or settings.token))


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a request can need."""

    settings: ServiceSettings
    store: Store
    clock: Clock
    tenants: Mapping[str, Ready]

    def now(self) -> datetime:
        """The instant it is, UTC."""
        return self.clock()

    def seconds(self) -> int:
        """The instant it is, in seconds since 1970."""
        return int(self.clock().timestamp())

    def tenant(self, name: str) -> Ready:
        """The tenant of this name; `NotFound` no-such-ehr."""
        if name not in self.tenants:
            raise NotFound("no-such-ehr", "no EHR of this name is set up here; check the address")
        return self.tenants[name]

    def of_issuer(self, issuer: str) -> Ready | None:
        """The tenant whose FHIR server has this base URL, with or without a slash at the end."""
        bare = issuer.rstrip("/")
        return next((t for t in self.tenants.values() if bare in t.tenant.issuers), None)


def start(settings: ServiceSettings, clock: Clock | None = None) -> Service:
    """The service, ready to answer; every pack, approval and value set that is wrong is told."""
    packs: dict[tuple[str, Path | None], LoadedPack] = {}
    problems: list[str] = []
    ready: dict[str, Ready] = {}
    for name, tenant in settings.tenants.items():
        try:
            ready[name] = _ready(tenant, packs)
        except HandoutError as error:
            problems.append(f"tenants.{name}: {error.message}")
    if problems:
        raise UsageError("bad-settings", "; ".join(problems))
    store = open_store(settings.database_url, settings.secrets, settings.table.audit_days)
    return Service(settings, store, clock or _now, ready)


def _ready(tenant: Tenant, packs: dict[tuple[str, Path | None], LoadedPack]) -> Ready:
    key = (tenant.table.pack, tenant.settings.value_sets)
    if key not in packs:
        packs[key] = load_pack(pack_folder(key[0]), key[1])
    pack, site = packs[key], tenant.settings.terminology
    if site:
        site.refuse_unknown(
            {name for f in pack.content.risk_factors.values() for name in f.coded_value_sets}
        )
    approvals = tenant.settings.approvals
    return Ready(
        tenant,
        pack,
        load_approvals(approvals) if approvals else (),
        TerminologyServer(site, tenant.settings.rest()) if site else None,
    )


def _now() -> datetime:
    return datetime.now(timezone.utc)
