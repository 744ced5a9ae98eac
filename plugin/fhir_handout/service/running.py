"""The service as it runs: its settings, store, clock, and each EHR with all that it needs.

In: `ServiceSettings` and a clock. Out: a `Service`, or `UsageError` and `BadContent` where a pack,
an approval or a key can't be used. Packs are loaded once and shared by tenants that use the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from fhir_handout.approvals import Approval, load_approvals
from fhir_handout.ehr.rest import RestEhr
from fhir_handout.errors import HandoutError, NotFound, Refused, UsageError
from fhir_handout.exchange import Terminology
from fhir_handout.model import Moment
from fhir_handout.pack import DEFAULT_PACK, LoadedPack
from fhir_handout.pack_files import shipped_packs
from fhir_handout.service.packs import Packs
from fhir_handout.service.settings import ServiceSettings, Tenant
from fhir_handout.smart.backend import BackendTokens, tokens_of_site
from fhir_handout.smart.own_keys import load_keys
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
    backend: BackendTokens | None

    def moment(self, now: datetime) -> Moment:
        """The instant `now`, and the day it then is at the tenant's site."""
        zone = self.tenant.table.time_zone
        here = now.astimezone(ZoneInfo(zone) if zone else None)
        return Moment(here.date(), now.replace(microsecond=0))

    def request(
        self,
        patient: str,
        encounter: str | None,
        moment: Moment,
        pack: LoadedPack | None = None,
        **choices: Any,
    ) -> Request:
        """What the workflow is asked; `choices` are further fields of `workflow.Request`."""
        return Request(
            patient,
            encounter,
            moment,
            pack or self.pack,
            self.tenant.settings.site,
            self.terminology,
            approvals=self.approvals,
            **choices,
        )

    def ehr(self, token: str | None) -> RestEhr:
        """Its FHIR server, for whoever has this access token; close it after use."""
        settings = self.tenant.settings.rest()
        return RestEhr(self.tenant.base_url, replace(settings, token=token))

    @contextmanager
    def unattended(self) -> Iterator[RestEhr]:
        """Its FHIR server for nobody in person: with its own token, else by Backend Services."""
        own = self.tenant.settings.token
        fetched = self.backend if own is None else None
        try:
            with self.ehr(fetched.token() if fetched else own) as ehr:
                yield ehr
        except Refused as error:
            if fetched and error.code == "unauthorized":
                fetched.forget()
            raise


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a request can need."""

    settings: ServiceSettings
    store: Store
    clock: Clock
    tenants: Mapping[str, Ready]
    packs: Packs

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

    def handout(self, pack: str | None, ready: Ready | None = None) -> LoadedPack:
        """The content pack of this id, with a tenant's value sets; without, the usual one.

        A caller names what came with this program or is the tenant's own, never a folder.
        """
        if ready and pack in (None, ready.pack.content.id):
            return ready.pack
        name = DEFAULT_PACK if pack is None else pack
        if name not in shipped_packs():
            raise NotFound("no-such-pack", "there is no content pack of this name here")
        if ready is None:
            return self.packs.of(name)
        found = self.packs.of(name, ready.tenant.settings.value_sets)
        _refuse_unknown_value_sets(ready.tenant, found)
        return found

    def of_issuer(self, issuer: str) -> Ready | None:
        """The tenant whose FHIR server has this base URL, with or without a slash at the end."""
        bare = issuer.removesuffix("/")
        return next((t for t in self.tenants.values() if bare in t.tenant.issuers), None)


def start(settings: ServiceSettings, clock: Clock | None = None) -> Service:
    """The service, ready to answer; every pack, approval and value set that is wrong is told."""
    packs = Packs()
    problems: list[str] = []
    ready: dict[str, Ready] = {}
    for name, tenant in settings.tenants.items():
        try:
            ready[name] = _ready(tenant, packs)
        except HandoutError as error:
            problems.append(f"tenants.{name}: {error.message}")
    problems += _wrong_keys(settings)
    if problems:
        raise UsageError("bad-settings", "; ".join(problems))
    table = settings.table
    store = open_store(
        settings.database_url, settings.secrets, table.audit_days, table.feedback_days
    )
    return Service(settings, store, clock or _now, ready, packs)


def _wrong_keys(settings: ServiceSettings) -> Iterator[str]:
    """What is wrong with the keys that are named; at a launch it would be too late to tell."""
    if settings.keys:
        try:
            load_keys(settings.keys)
        except HandoutError as error:
            yield f"service.keys: {error.message}"


def _ready(tenant: Tenant, packs: Packs) -> Ready:
    pack = packs.of(tenant.table.pack, tenant.settings.value_sets)
    _refuse_unknown_value_sets(tenant, pack)
    site = tenant.settings.terminology
    approvals = tenant.settings.approvals
    return Ready(
        tenant,
        pack,
        load_approvals(approvals) if approvals else (),
        TerminologyServer(site, tenant.settings.rest()) if site else None,
        _backend(tenant),
    )


def _backend(tenant: Tenant) -> BackendTokens | None:
    """How it gets a token of its own, where it is registered with just this EHR."""
    backend = tenant.settings.backend
    if backend is None or not backend.is_for(tenant.base_url):
        return None
    return tokens_of_site(backend, tenant.settings.limits())


def _refuse_unknown_value_sets(tenant: Tenant, pack: LoadedPack) -> None:
    """`UsageError` where the tenant's terminology server is asked for sets the pack lacks."""
    if tenant.settings.terminology:
        factors = pack.content.risk_factors.values()
        tenant.settings.terminology.refuse_unknown(
            {name for factor in factors for name in factor.coded_value_sets}
        )


def _now() -> datetime:
    return datetime.now(timezone.utc)
