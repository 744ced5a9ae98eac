"""Everything the service is set up with, parsed once.

In: the environment and one TOML file. Out: frozen `ServiceSettings`; `UsageError` bad-settings
naming every key that is wrong, in one message. docs/service.md lists the keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from pydantic import ValidationError

from fhir_handout.errors import UsageError
from fhir_handout.service.tables import ServiceTable, Table, TenantTable
from fhir_handout.settings import (
    OF_THE_SERVICE,
    TABLES,
    Settings,
    home,
    read_toml,
    refuse_settings,
    secret,
    settings_file,
    settings_of,
)

T = TypeVar("T", bound=Table)

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_TENANT_SETTINGS = {"site", "ehr", "terminology", "content"}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One EHR: its name in URLs, how it is reached and trusted, and what its site sets."""

    name: str
    table: TenantTable
    settings: Settings

    @property
    def base_url(self) -> str:
        """The base URL of its FHIR server, without a slash at the end."""
        return self.table.base_url

    @property
    def label(self) -> str:
        """What people call it."""
        return self.table.label or self.settings.site.name or self.name

    @property
    def issuers(self) -> tuple[str, ...]:
        """Every `iss` a launch from this EHR may name."""
        others = self.table.smart.issuers if self.table.smart else ()
        return (self.base_url, *others)


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The service's own settings and its tenants; paths are absolute or beside the file."""

    table: ServiceTable
    database_url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    keys: Path | None
    folder: Path
    tenants: Mapping[str, Tenant]

    @property
    def public_url(self) -> str:
        """Where browsers and EHRs reach the service, without a slash at the end."""
        return self.table.public_url


def load_service_settings(environ: Mapping[str, str], file: Path | None) -> ServiceSettings:
    """The settings of the service, from `file` or the file FHIR_HANDOUT_SETTINGS names."""
    path = settings_file(environ, file)
    if path is None:
        raise UsageError(
            "no-settings", "`serve` needs a settings file: --settings or FHIR_HANDOUT_SETTINGS"
        )
    raw = read_toml(path)
    problems = [f"unknown table [{name}]" for name in raw if name not in (*TABLES, *OF_THE_SERVICE)]
    table = _model(ServiceTable, raw.get("service", {}), "service", problems)
    secrets = _secrets(environ, problems)
    tenants = _tenants(raw, environ, path, problems)
    _check_clients(table, tenants, problems)
    _check_keys(table, tenants, problems)
    refuse_settings(path, problems)
    if table is None:
        raise AssertionError("a table that is wrong is a problem")
    return ServiceSettings(
        table,
        _database(table, environ),
        secrets,
        path.parent / table.keys if table.keys else None,
        path.parent,
        tenants,
    )


def _tenants(
    raw: Mapping[str, Any], environ: Mapping[str, str], path: Path, problems: list[str]
) -> dict[str, Tenant]:
    tables = raw.get("tenants")
    if not isinstance(tables, dict) or not tables:
        problems.append("there is no table [tenants.NAME]: name at least one EHR")
        return {}
    found = {}
    for name, table in tables.items():
        tenant = _tenant(
            name, table, {key: raw[key] for key in TABLES if key in raw}, environ, path, problems
        )
        if tenant:
            found[name] = tenant
    return found


def _tenant(
    name: str,
    raw: Any,
    shared: Mapping[str, Any],
    environ: Mapping[str, str],
    path: Path,
    problems: list[str],
) -> Tenant | None:
    """A tenant; what it does not set itself is as the file's own tables [site], [ehr] … say."""
    if not _NAME.fullmatch(name):
        problems.append(f"tenants.{name}: a name has small letters, digits and hyphens")
    table = _model(TenantTable, raw, f"tenants.{name}", problems)
    if not isinstance(raw, dict):
        return None
    own = {key: value for key, value in raw.items() if key in _TENANT_SETTINGS}
    wrong: list[str] = []
    settings = settings_of({**shared, **own}, environ, path, wrong)
    if table is None:
        problems += [f"tenants.{name}: {what}" for what in wrong]
        return None
    if "ehr" in own and settings.backend and not settings.backend.is_for(table.base_url):
        wrong.append("ehr.backend.url is another EHR's than base_url")
    problems += [f"tenants.{name}: {what}" for what in wrong]
    token = secret(environ, f"FHIR_HANDOUT_TOKEN_{name.upper().replace('-', '_')}")
    return Tenant(name, table, replace(settings, token=token))


def _model(kind: type[T], raw: Any, where: str, problems: list[str]) -> T | None:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in (where, *each["loc"]))
            said = each["msg"].removeprefix("Value error, ")
            unknown = each["type"] == "extra_forbidden"
            problems.append(f"unknown key {key}" if unknown else f"{key}: {said}")
        return None


def _secrets(environ: Mapping[str, str], problems: list[str]) -> tuple[str, ...]:
    """The keys that what is stored is sealed with; the first seals, all open."""
    found = (secret(environ, "FHIR_HANDOUT_SECRETS") or "").split()
    if not found:
        problems.append(
            "the variable FHIR_HANDOUT_SECRETS (or FHIR_HANDOUT_SECRETS_FILE) is not set; "
            "`fhir-handout keys secret` makes one"
        )
    for text in found:
        try:
            Fernet(text)
        except ValueError:
            problems.append("FHIR_HANDOUT_SECRETS holds what `fhir-handout keys secret` never made")
    return tuple(found)


def _database(table: ServiceTable, environ: Mapping[str, str]) -> str:
    named = secret(environ, "FHIR_HANDOUT_DATABASE") or table.database
    if named:
        return named
    return f"sqlite:///{home(environ, 'XDG_STATE_HOME', '.local/state') / 'service.db'}"


def _check_clients(
    table: ServiceTable | None, tenants: Mapping[str, Tenant], problems: list[str]
) -> None:
    for client in table.clients if table else ():
        unknown = sorted(set(client.tenants) - set(tenants))
        problems += [f"service.clients: {client.name} names no tenant {name}" for name in unknown]


def _check_keys(
    table: ServiceTable | None, tenants: Mapping[str, Tenant], problems: list[str]
) -> None:
    """A client that signs needs keys to sign with; two tenants never share a name of a server."""
    for tenant in tenants.values():
        smart = tenant.table.smart
        if smart and smart.method == "private_key_jwt" and table and table.keys is None:
            problems.append(f"tenants.{tenant.name}.smart.method needs service.keys")
    named = [issuer for tenant in tenants.values() for issuer in tenant.issuers]
    twice = sorted({name for name in named if named.count(name) > 1})
    problems += [f"two tenants have the address {issuer}" for issuer in twice]
