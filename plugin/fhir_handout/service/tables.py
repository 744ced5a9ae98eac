"""The tables [service] and [tenants.*] of the settings file, as they are written.

In: parsed TOML. Out: frozen models, or pydantic's `ValidationError` with every key that is wrong.
docs/service.md lists the keys.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from fhir_handout.ehr.rest_settings import ON_THIS_MACHINE
from fhir_handout.pack import DEFAULT_PACK
from fhir_handout.render import FORMATS

_MIB = 1024 * 1024


def _safe_url(url: str) -> str:
    """An https address, or http on this machine; without a slash at its end."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    local = parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE
    is_plain = not (parts.query or parts.fragment or parts.username or re.search(r"\s", url))
    if not (parts.hostname and is_plain and (parts.scheme == "https" or local)):
        raise ValueError("is no https address, nor http on this machine")
    return url.rstrip("/")


def _origin(url: str) -> str:
    """The scheme, host and port of a site, as browsers name it."""
    if url != _safe_url(url) or urlsplit(url).path:
        raise ValueError("is no origin such as https://ehr.example.org")
    return url


def _format(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"is none of {', '.join(FORMATS)}")
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone such as America/Chicago") from None
    return name


SafeUrl = Annotated[str, AfterValidator(_safe_url)]
Origin = Annotated[str, AfterValidator(_origin)]
Format = Annotated[str, AfterValidator(_format)]
ResourceType = Literal["MedicationStatement", "MedicationRequest", "Observation"]
Zone = Annotated[str, AfterValidator(_zone)]


class Table(BaseModel):
    """A table without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiClient(Table):
    """A program that may call REST: the SHA-256 of its bearer token, and for which EHRs."""

    name: str = Field(min_length=1)
    token_sha256: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    tenants: tuple[str, ...] = ()


class ServiceTable(Table):
    """What holds for the whole service; sizes in bytes, times in seconds."""

    public_url: SafeUrl
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    database: str | None = Field(None, repr=False)
    keys: Path | None = None
    clients: tuple[ApiClient, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = Field(5 * _MIB, ge=1024, le=64 * _MIB)
    max_entries: int = Field(10_000, ge=1, le=1_000_000)
    body_seconds: float = Field(10, gt=0, le=300)
    stop_seconds: int = Field(30, ge=1, le=300)
    session_minutes: int = Field(60, ge=5, le=720)
    launch_minutes: int = Field(10, ge=1, le=60)
    audit_days: int | None = Field(None, ge=1)
    feedback_days: int | None = Field(None, ge=1)

    @field_validator("clients")
    @classmethod
    def _named_once(cls, clients: tuple[ApiClient, ...]) -> tuple[ApiClient, ...]:
        if len({client.name for client in clients}) < len(clients):
            raise ValueError("has a name twice")
        if len({client.token_sha256 for client in clients}) < len(clients):
            raise ValueError("has a token twice")
        return clients


class SmartTable(Table):
    """The app as the EHR's authorization server knows it; `issuers` also name its FHIR base."""

    client_id: str = Field(min_length=1)
    method: Literal["none", "private_key_jwt"] = "none"
    scopes: tuple[str, ...] = ()
    issuers: tuple[SafeUrl, ...] = ()
    standalone: bool = True


class IssuerTable(Table):
    """Whose CDS Hooks tokens are trusted, and by which keys: a URL, or a file beside this one."""

    iss: str = Field(min_length=1)
    jwks_url: SafeUrl | None = None
    jwks: Path | None = None
    tenant: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> IssuerTable:
        if (self.jwks_url is None) == (self.jwks is None):
            raise ValueError("needs either jwks_url or jwks")
        return self


class CdsHooksTable(Table):
    """Who may call the hooks, and when they answer with a card."""

    issuers: tuple[IssuerTable, ...] = ()
    accept_unsigned: bool = False
    cors_origins: tuple[Origin, ...] = ()
    reasons: tuple[Literal["complaint", "new_medicine"], ...] = ("complaint", "new_medicine")
    new_medicine_days: int = Field(30, ge=1, le=365)
    formats: tuple[Format, ...] = ("html", "text")
    not_kept: tuple[ResourceType, ...] = ()

    @model_validator(mode="after")
    def _somebody_is_trusted(self) -> CdsHooksTable:
        if not self.issuers and not self.accept_unsigned:
            raise ValueError("needs issuers, or accept_unsigned = true in a sandbox")
        return self


class TenantTable(Table):
    """One EHR. `site`, `ehr`, `terminology` and `content` are as they are for the command line."""

    base_url: SafeUrl
    label: str = ""
    pack: str = DEFAULT_PACK
    time_zone: Zone | None = None
    frame_ancestors: tuple[Origin, ...] = ()
    resource_link: str | None = None
    smart: SmartTable | None = None
    cds_hooks: CdsHooksTable | None = None
    site: dict[str, Any] = {}
    ehr: dict[str, Any] = {}
    terminology: dict[str, Any] = {}
    content: dict[str, Any] = {}

    @field_validator("resource_link")
    @classmethod
    def _leads_somewhere(cls, link: str | None) -> str | None:
        if link is not None:
            _safe_url(link.partition("{reference}")[0].partition("?")[0])
            if "{reference}" not in link:
                raise ValueError("has no {reference} in it")
        return link
