"""Everything a site sets, parsed once.

In: the environment and one TOML file. Out: frozen `Settings`; `UsageError` naming every key that is
wrong, in one message. docs/settings.md lists the keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.errors import UsageError
from fhir_handout.model import Site, SiteLink
from fhir_handout.render import FORMATS

_LINKS = ("appointment", "find_doctor", "find_location")
_LISTS = ("related_services", "related_handouts")
_EHR_KEYS: dict[str, tuple[type, ...]] = {
    "connect_timeout": (int, float),
    "read_timeout": (int, float),
    "takes_drafts": (bool,),
    "formats": (list,),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """A site's settings; paths are folders that may not exist yet."""

    site: Site
    formats: tuple[str, ...]
    token: str | None
    ca_bundle: Path | None
    connect_timeout: float
    read_timeout: float
    takes_drafts: bool | None
    cache_dir: Path
    state_dir: Path

    def rest(self) -> RestSettings:
        """What the adapter of a FHIR server needs of them."""
        return RestSettings(
            cache_dir=self.cache_dir,
            state_dir=self.state_dir,
            token=self.token,
            ca_bundle=self.ca_bundle,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            takes_drafts=self.takes_drafts,
        )


def load_settings(environ: Mapping[str, str], file: Path | None) -> Settings:
    """The settings of `file`, else of the file FHIR_HANDOUT_SETTINGS names, else the defaults."""
    named = environ.get("FHIR_HANDOUT_SETTINGS")
    path = file or (Path(named) if named else None)
    table = _toml(path) if path else {}
    problems: list[str] = []
    site = _site(_table(table, "site", problems), problems)
    ehr = _ehr(_table(table, "ehr", problems), problems)
    problems += [f"unknown table [{name}]" for name in table if name not in ("site", "ehr")]
    if problems:
        raise UsageError("bad-settings", f"{path}: {'; '.join(problems)}; see docs/settings.md")
    ca_bundle = environ.get("FHIR_HANDOUT_CA_BUNDLE")
    return Settings(
        site=site,
        formats=tuple(ehr.get("formats", FORMATS)),
        token=_token(environ),
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        connect_timeout=float(ehr.get("connect_timeout", 5)),
        read_timeout=float(ehr.get("read_timeout", 30)),
        takes_drafts=ehr.get("takes_drafts"),
        cache_dir=_home(environ, "XDG_CACHE_HOME", ".cache"),
        state_dir=_home(environ, "XDG_STATE_HOME", ".local/state"),
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            "no-settings", f"can't read the settings file {path}: {error.strerror}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("bad-settings", f"{path} is not TOML: {error}; mend it") from None


def _table(table: Mapping[str, Any], name: str, problems: list[str]) -> dict[str, Any]:
    found = table.get(name, {})
    if isinstance(found, dict):
        return found
    problems.append(f"{name} is no table")
    return {}


def _site(table: Mapping[str, Any], problems: list[str]) -> Site:
    known = {field.name for field in fields(Site)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            problems.append(f"unknown key site.{name}")
        elif name in _LINKS:
            values[name] = _link(f"site.{name}", value, problems)
        elif name in _LISTS:
            items = value if isinstance(value, list) else [value]
            values[name] = tuple(_link(f"site.{name}", item, problems) for item in items)
        elif not isinstance(value, str):
            problems.append(f"site.{name} is no text")
        else:
            values[name] = value
    return Site(**values)


def _link(name: str, value: Any, problems: list[str]) -> SiteLink:
    """A link given as text, or as a table of text and url."""
    link = {"text": value} if isinstance(value, str) else value
    if not isinstance(link, dict) or not isinstance(link.get("text"), str):
        problems.append(f'{name} is neither text nor {{text = "…", url = "…"}}')
        return SiteLink("")
    url = link.get("url", "")
    if not isinstance(url, str) or (url and urlsplit(url).scheme not in ("http", "https")):
        problems.append(f"{name}.url is no http or https address")
        return SiteLink("")
    return SiteLink(link["text"], url)


def _ehr(table: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _EHR_KEYS:
            problems.append(f"unknown key ehr.{name}")
        elif not isinstance(value, _EHR_KEYS[name]):
            problems.append(f"ehr.{name} is of the wrong type")
        elif name == "formats" and not _are_formats(value):
            problems.append(f"ehr.formats are some of {', '.join(FORMATS)}")
        else:
            values[name] = value
    return values


def _are_formats(value: Any) -> bool:
    return bool(value) and all(item in FORMATS for item in value)


def _token(environ: Mapping[str, str]) -> str | None:
    """The bearer token itself, or the content of the file that holds it."""
    token, file = environ.get("FHIR_HANDOUT_TOKEN"), environ.get("FHIR_HANDOUT_TOKEN_FILE")
    if token or not file:
        return token or None
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        raise UsageError(
            "no-token-file", f"can't read FHIR_HANDOUT_TOKEN_FILE: {error.strerror}"
        ) from None


def _home(environ: Mapping[str, str], variable: str, default: str) -> Path:
    base = environ.get(variable)
    return (Path(base) if base else Path.home() / default) / "fhir-handout"
