"""The entries of a folder of FHIR JSON, whatever shape its files have.

In: a folder. Out: a `RawRecord` with an entry for each resource in single-resource files, Bundles
of any type and NDJSON, and a `Gap` for everything that can't be read, with the file and the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from fhir_handout.bundles import entries_of_json, raw_record
from fhir_handout.patient_record import Entry, Gap, Part, RawRecord

_ENDINGS = frozenset({".json", ".ndjson", ".jsonl"})
_LARGEST_FILE = 256 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_EVERY_PART = frozenset(Part)


def read_files(folder: Path) -> RawRecord:
    """Every resource in `folder` and below it."""
    return raw_record(
        found
        for path in _files(folder)
        for found in _in_file(path, path.relative_to(folder).as_posix())
    )


def _files(folder: Path) -> Iterable[Path]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _in_file(path: Path, origin: str) -> Iterator[Entry | Gap]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            yield _gap(origin, f"larger than {_LARGEST_FILE >> 20} MiB; split it")
            return
        data = path.read_bytes().removeprefix(_BOM)
    except OSError as error:
        yield _gap(origin, f"can't be read: {error.strerror}")
        return
    if path.suffix.lower() == ".json":
        yield from _resources(data, origin)
        return
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            yield from _resources(line, f"{origin}:{number}")


def _resources(data: bytes, origin: str) -> Iterator[Entry | Gap]:
    try:
        parsed: Any = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        yield _gap(origin, f"not JSON, or broken off, at line {error.lineno}")
        return
    yield from entries_of_json(parsed, origin)


def _gap(origin: str, why: str) -> Gap:
    return Gap(origin, why, _EVERY_PART)
