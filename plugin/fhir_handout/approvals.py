"""What a site has approved: its file `approvals.yaml`.

In: the file. Out: `Approval`s; `UsageError` bad-approvals naming every mistake. An approval is of
one pack, version and language, and of the hash of the words and rules that were read; it stands for
nothing else. docs/settings.md says how a site writes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from fhir_handout.dates import calendar_day, is_calendar_day
from fhir_handout.errors import UsageError

# It reads every value as text; others take the key `on` for a truth value, and 1.10 for 1.1.
_AS_WRITTEN = yaml.BaseLoader

_SHA_256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Content:
    """What can be approved: the words of one language with the rules, by their hash."""

    pack: str
    version: str
    hash: str
    language: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who at the site approved which content, and on which day."""

    content: Content
    by: str
    on: date


def load_approvals(path: Path) -> tuple[Approval, ...]:
    """The approvals in the file `path`."""
    rows = _rows(path)
    problems: list[str] = []
    found: dict[Content, Approval] = {}
    for number, raw in enumerate(rows, 1):
        wrong = list(_wrong(raw))
        problems += [f"approval {number}: {what}" for what in wrong]
        if wrong:
            continue
        approval = _approval(raw)
        if approval.content in found:
            problems.append(f"approval {number}: is there twice")
        found[approval.content] = approval
    _refuse(path, problems)
    return tuple(found.values())


def approval_of(content: Content, approvals: Iterable[Approval]) -> Approval | None:
    """The approval of just this content."""
    return next((approval for approval in approvals if approval.content == content), None)


def has_changed_since(content: Content, approvals: Iterable[Approval]) -> bool:
    """Whether another state of this pack was approved in this language."""
    name = (content.pack, content.language)
    return any((a.content.pack, a.content.language) == name for a in approvals)


def _rows(path: Path) -> list[Any]:
    try:
        table = yaml.load(path.read_bytes(), Loader=_AS_WRITTEN)  # noqa: S506, it makes texts only
    except OSError as error:
        raise UsageError(
            "no-approvals",
            f"can't read {path}: {error.strerror}; check the setting content.approvals",
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        _refuse(path, [f"not YAML{line}"])
        raise
    rows = table.get("approvals") if isinstance(table, dict) else None
    if not isinstance(rows, list) or len(table) != 1:
        _refuse(path, ["holds no list named approvals, and nothing else"])
        return []
    return rows


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        raise UsageError("bad-approvals", f"{path}: {'; '.join(problems)}; see docs/settings.md")


_TEXTS = (*(field.name for field in fields(Content)), "by")


def _wrong(raw: Any) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield "is no mapping"
        return
    yield from (f"unknown key {key}" for key in raw if key not in (*_TEXTS, "on"))
    yield from (f"{name} is missing, or no text" for name in _TEXTS if not _is_said(raw.get(name)))
    if _is_said(raw.get("hash")) and not _SHA_256.fullmatch(raw["hash"]):
        yield "hash is no SHA-256 of 64 hex digits"
    if not is_calendar_day(raw.get("on")):
        yield "on is no day such as 2026-11-23"


def _approval(raw: dict[str, Any]) -> Approval:
    content = Content(**{field.name: raw[field.name] for field in fields(Content)})
    return Approval(content, raw["by"], calendar_day(raw["on"]))


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
