"""Everything a site sets, parsed once.

In: the environment and one TOML file. Out: frozen `Settings`; `UsageError` naming every key that is
wrong, in one message. docs/settings.md lists the keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fhir_handout.content_settings import approvals_file
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.errors import UsageError
from fhir_handout.model import Paper, Site, SiteLink
from fhir_handout.render import FORMATS, USUAL
from fhir_handout.smart.site_settings import BackendSettings, backend_settings
from fhir_handout.terminology.site_settings import TerminologySettings, terminology_settings

if TYPE_CHECKING:
    from fhir_handout.smart.limits import Limits

TABLES = ("site", "ehr", "terminology", "content")
OF_THE_SERVICE = ("service", "tenants")
"""Tables of the same file that `serve` reads, and no command of one patient."""
_LINKS = ("appointment", "find_doctor", "find_location", "link")
_SITE_FLAGS = ("diary",)
_LISTS = ("related_services", "related_handouts")
_LONGEST_TIMEOUT = 3600
_LONGEST_URL = 2000
_LONGEST_NUMBER = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """A site's settings; paths are files and folders that may not exist yet."""

    site: Site
    formats: tuple[str, ...]
    token: str | None = field(repr=False)
    ca_bundle: Path | None
    connect_timeout: float
    read_timeout: float
    takes_drafts: bool | None
    cache_dir: Path
    state_dir: Path
    value_sets: Path | None
    terminology: TerminologySettings | None = None
    approvals: Path | None = None
    backend: BackendSettings | None = None

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

    def limits(self) -> Limits:
        """What a request to an authorization server may take."""
        from fhir_handout.smart.limits import Limits  # urllib3 is slow to import

        return Limits(self.ca_bundle, self.connect_timeout)


def load_settings(environ: Mapping[str, str], file: Path | None) -> Settings:
    """The settings of `file`, else of the file FHIR_HANDOUT_SETTINGS names, else the defaults."""
    path = settings_file(environ, file)
    table = read_toml(path) if path else {}
    problems: list[str] = []
    settings = settings_of(table, environ, path, problems)
    known = (*TABLES, *OF_THE_SERVICE)
    problems += [f"unknown table [{name}]" for name in table if name not in known]
    refuse_settings(path, problems)
    return settings


def settings_file(environ: Mapping[str, str], file: Path | None) -> Path | None:
    """The settings file that was named, if any."""
    named = environ.get("FHIR_HANDOUT_SETTINGS")
    return file or (Path(named) if named else None)


def refuse_settings(path: Path | None, problems: list[str]) -> None:
    """`UsageError` bad-settings where anything is wrong."""
    if problems:
        raise UsageError("bad-settings", f"{path}: {'; '.join(problems)}; see docs/settings.md")


def settings_of(
    table: Mapping[str, Any], environ: Mapping[str, str], path: Path | None, problems: list[str]
) -> Settings:
    """What the four tables say; what is wrong is added to `problems`."""
    site = _site(_table(table, "site", problems), problems)
    about_ehr = dict(_table(table, "ehr", problems))
    backend = backend_settings(about_ehr.pop("backend", None), path, problems)
    ehr = _ehr(about_ehr, problems)
    about_terminology = _table(table, "terminology", problems)
    value_sets = _value_sets(about_terminology, path, problems)
    terminology = terminology_settings(about_terminology, problems)
    approvals = approvals_file(_table(table, "content", problems), path, problems)
    if terminology:
        token = secret(environ, "FHIR_HANDOUT_TERMINOLOGY_TOKEN")
        terminology = replace(terminology, token=token)
    ca_bundle = environ.get("FHIR_HANDOUT_CA_BUNDLE")
    return Settings(
        site=site,
        formats=tuple(name for name in FORMATS if name in ehr.get("formats", USUAL)),
        token=secret(environ, "FHIR_HANDOUT_TOKEN"),
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
        connect_timeout=float(ehr.get("connect_timeout", 5)),
        read_timeout=float(ehr.get("read_timeout", 30)),
        takes_drafts=ehr.get("takes_drafts"),
        cache_dir=home(environ, "XDG_CACHE_HOME", ".cache"),
        state_dir=home(environ, "XDG_STATE_HOME", ".local/state"),
        value_sets=value_sets,
        terminology=terminology,
        approvals=approvals,
        backend=backend,
    )


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a settings file."""
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
    known = {item.name for item in fields(Site)}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            problems.append(f"unknown key site.{name}")
        else:
            values[name] = _site_value(name, value, problems)
    if values.get("country") and not re.fullmatch("[A-Za-z]{2}", values["country"]):
        problems.append("site.country is no ISO 3166 code of two letters")
    if len(values.get("emergency_number") or "") > _LONGEST_NUMBER:
        problems.append(f"site.emergency_number has more than {_LONGEST_NUMBER} characters")
    return Site(**values)


def _site_value(name: str, value: Any, problems: list[str]) -> Any:
    if name in _LINKS:
        link = _link(f"site.{name}", value, problems)
        if name == "link" and link and not link.url:
            problems.append("site.link has no url, which its QR code leads to")
        return link
    if name in _LISTS:
        items = value if isinstance(value, list) else [value]
        links = (_link(f"site.{name}", item, problems) for item in items)
        return tuple(link for link in links if link)
    if name == "paper":
        return _paper(value, problems)
    is_flag = name in _SITE_FLAGS
    if not (_is_flag(value) if is_flag else isinstance(value, str)):
        problems.append(f"site.{name} is {'neither true nor false' if is_flag else 'no text'}")
        return None
    return value if is_flag else value.strip()


def _paper(value: Any, problems: list[str]) -> Paper | None:
    if value in tuple(Paper):
        return Paper(value)
    problems.append(f"site.paper is neither {' nor '.join(Paper)}")
    return None


def _link(name: str, value: Any, problems: list[str]) -> SiteLink | None:
    """A link given as text, or as a table of text and url; nothing where the text is blank."""
    if isinstance(value, str):
        return SiteLink(value.strip()) if value.strip() else None
    if not isinstance(value, dict) or not _is_said(value.get("text")):
        problems.append(f'{name} is neither text nor {{text = "…", url = "…"}}')
        return None
    problems += [f"unknown key {name}.{key}" for key in value if key not in ("text", "url")]
    url = value.get("url", "")
    if url != "" and not _is_web_address(url):
        problems.append(f"{name}.url is no http or https address")
        return None
    return SiteLink(value["text"].strip(), url)


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_web_address(url: Any) -> bool:
    try:
        parts = urlsplit(url)
    except (AttributeError, TypeError, ValueError):
        return False
    is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url
    return is_one and len(url) <= _LONGEST_URL and url.isprintable() and not parts.username


def _ehr(table: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _EHR_KEYS:
            problems.append(f"unknown key ehr.{name}")
            continue
        is_right, what = _EHR_KEYS[name]
        if is_right(value):
            values[name] = value
        else:
            problems.append(f"ehr.{name} is no {what}")
    return values


def _is_timeout(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value <= _LONGEST_TIMEOUT


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_formats(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(item in FORMATS for item in value)


_EHR_KEYS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "connect_timeout": (_is_timeout, f"number of seconds up to {_LONGEST_TIMEOUT}"),
    "read_timeout": (_is_timeout, f"number of seconds up to {_LONGEST_TIMEOUT}"),
    "takes_drafts": (_is_flag, "true or false"),
    "formats": (_are_formats, f"list of {', '.join(FORMATS)}"),
}


def _value_sets(
    table: Mapping[str, Any], settings_file: Path | None, problems: list[str]
) -> Path | None:
    """The folder of the site's value sets; a relative one is beside the settings file."""
    named = table.get("value_sets")
    if named is None or settings_file is None:
        return None
    if not _is_said(named):
        problems.append("terminology.value_sets is no folder")
        return None
    return settings_file.parent / str(named)


def secret(environ: Mapping[str, str], variable: str) -> str | None:
    """What the variable holds, or the file that the variable with `_FILE` names."""
    token, file = environ.get(variable), environ.get(f"{variable}_FILE")
    if token or not file:
        return token or None
    try:
        token = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError("no-token-file", f"can't read {variable}_FILE: {why}") from None
    if not token:
        raise UsageError("no-token-file", f"the file {variable}_FILE names is empty")
    return token


def home(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """The XDG folder of `variable`; its standard says to pass over a path that is not absolute."""
    base = Path(environ.get(variable, ""))
    if not base.is_absolute():
        base = Path(environ.get("HOME") or Path.home()) / default
    return base / "fhir-handout"
