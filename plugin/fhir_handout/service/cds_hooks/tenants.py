"""The EHRs whose hooks are answered, each with its policy and its issuers' keys.

In: the running service. Out: a `HookTenant` for each tenant with a table [cds_hooks]; `UsageError`
naming every key set that is not there or holds no usable key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fhir_handout.cds_hooks.policy import CdsPolicy, CdsTenant, TrustedIssuer
from fhir_handout.cds_hooks.trust import Trust
from fhir_handout.errors import HandoutError, NotFound, UsageError
from fhir_handout.render import in_order
from fhir_handout.service.running import Ready, Service
from fhir_handout.service.tables import CdsHooksTable, IssuerTable
from fhir_handout.smart.fetch import Limits, get_json
from fhir_handout.smart.jwks import GivenKeys


@dataclass(frozen=True, slots=True)
class HookTenant:
    """One EHR as its hooks are answered; `url` is where its services are."""

    ready: Ready
    cds: CdsTenant
    trust: Trust
    url: str


@dataclass(frozen=True, slots=True)
class Hooks:
    """All of them, by the name of the tenant."""

    tenants: Mapping[str, HookTenant]

    @classmethod
    def of(cls, service: Service) -> Hooks:
        """As the settings say."""
        problems: list[str] = []
        found = {}
        for name, ready in service.tenants.items():
            if table := ready.tenant.table.cds_hooks:
                try:
                    found[name] = _tenant(service, ready, table)
                except HandoutError as error:
                    problems.append(f"tenants.{name}.cds_hooks: {error.message}")
        if problems:
            raise UsageError("bad-settings", "; ".join(problems))
        return cls(found)

    def of_name(self, name: str) -> HookTenant:
        """The tenant of this name; `NotFound` no-such-ehr."""
        if name not in self.tenants:
            raise NotFound("no-such-ehr", "no EHR of this name calls hooks here; check the address")
        return self.tenants[name]

    @property
    def origins(self) -> Mapping[str, tuple[str, ...]]:
        """From which origins browsers may call, by tenant."""
        return {name: each.cds.policy.cors_origins for name, each in self.tenants.items()}


def _tenant(service: Service, ready: Ready, table: CdsHooksTable) -> HookTenant:
    policy = CdsPolicy(
        issuers=tuple(_issuer(each, service.settings.folder) for each in table.issuers),
        reasons=frozenset(table.reasons),
        new_medicine_days=table.new_medicine_days,
        formats=in_order(table.formats),
        cors_origins=table.cors_origins,
        accept_unsigned=table.accept_unsigned,
        not_kept=frozenset(table.not_kept),
    )
    public_url, settings = service.settings.public_url, ready.tenant.settings
    cds = CdsTenant(
        (ready.pack,),
        settings.site,
        policy,
        ready.tenant.base_url,
        public_url,
        settings.rest(),
        ready.approvals,
        ready.terminology,
    )
    fetch = _fetching(Limits(ca_bundle=settings.ca_bundle))
    trust = Trust(policy, fetch, _remembering(service))
    return HookTenant(ready, cds, trust, f"{public_url}/ehr/{ready.tenant.name}/cds-services")


def _issuer(table: IssuerTable, folder: Path) -> TrustedIssuer:
    keys = None
    if table.jwks is not None:
        file = folder / table.jwks
        GivenKeys.of_file(file)  # says what is wrong with it
        keys = orjson.loads(file.read_bytes())
    return TrustedIssuer(table.iss, table.jwks_url, keys, table.tenant)


def _fetching(limits: Limits) -> Callable[[str], Mapping[str, Any]]:
    return lambda url: get_json(url, limits, "reading the keys of an issuer")


def _remembering(service: Service) -> Callable[[str, str, float], bool]:
    """Whether a token's id was seen before, by the store."""

    def seen(issuer: str, token_id: str, until: float) -> bool:
        return not service.store.trail.is_first_use(issuer, token_id, int(until) + 1)

    return seen
