"""An EHR that is a folder of FHIR JSON: the embedded default.

In: a folder of resources, Bundles and NDJSON, read and never changed, and a folder to write to.
Out: everything in both; what was written wins over what was there. The output folder is itself such
an EHR. A write is all or nothing under a lock, its DocumentReference last, with names that follow
from its conditions: doing it again after a crash makes the same files.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from fhir_handout.ehr.folder_files import read_files
from fhir_handout.elements import identity, resource_type
from fhir_handout.errors import Conflict, NotFound, Refused, UsageError
from fhir_handout.exchange import ReadRequest
from fhir_handout.patient_record import Entry, RawRecord, Resource

_ENDINGS = {
    "application/pdf": "pdf",
    "text/html": "html",
    "text/plain": "txt",
    "application/rtf": "rtf",
    "application/xhtml+xml": "xhtml",
}


class FolderEhr:
    """A folder of FHIR JSON to read from, and another to write to."""

    def __init__(self, source: Path, out: Path | None = None) -> None:
        if not source.exists():
            raise NotFound("no-such-folder", f"there is no folder {source}; check --ehr")
        if not source.is_dir():
            raise UsageError("not-a-folder", f"{source} is a file; give --ehr the folder it is in")
        self._source = source.resolve()
        self._out = (out or source).resolve()
        if out is not None and self._out.is_relative_to(self._source):
            raise UsageError(
                "out-in-source",
                f"--out {out} lies in the folder that is read; choose one outside of it",
            )

    @property
    def name(self) -> str:
        return str(self._source)

    def read(self, request: ReadRequest) -> RawRecord:
        """Every entry of both folders; `NotFound` where there are no files at all."""
        found = read_files(self._source)
        if not found.entries and not found.gaps:
            raise NotFound(
                "empty-folder", f"there is no FHIR JSON or NDJSON in {self._source}; check --ehr"
            )
        written = self._written()
        names = {identity(entry.resource) for entry in written.entries}
        kept = [entry for entry in found.entries if identity(entry.resource) not in names]
        return RawRecord((*kept, *written.entries), (*found.gaps, *written.gaps))

    def read_document(self, document_id: str) -> Entry:
        wanted = f"DocumentReference/{document_id}"
        folders = [self._written(), read_files(self._source)]
        for entry in (entry for folder in folders for entry in folder.entries):
            if identity(entry.resource) == wanted:
                return entry
        raise NotFound("no-such-document", f"{wanted} is not in {self._source}; check --ehr")

    def write(self, transaction: Resource) -> tuple[str, ...]:
        from filelock import FileLock  # reading needs none, and importing it takes a while

        try:
            self._out.mkdir(parents=True, exist_ok=True)
            with FileLock(self._out / ".lock"):
                return self._write(transaction)
        except OSError as error:
            raise Refused(
                "cannot-write", f"can't write to {self._out}: {error.strerror}; check --out"
            ) from None

    def files_of(self, reference: str) -> list[Path]:
        """The files of a document, its renderings first."""
        found = self._out.glob(f"{reference.replace('/', '-')}.*")
        return sorted(found, key=lambda path: (path.suffix == ".json", path.name))

    def _written(self) -> RawRecord:
        if self._out == self._source or not self._out.is_dir():
            return RawRecord(())
        return read_files(self._out)

    def _write(self, transaction: Resource) -> tuple[str, ...]:
        there = [entry.resource for entry in read_files(self._out).entries]
        steps = [self._step(entry, there) for entry in transaction["entry"]]
        references = {
            entry["fullUrl"]: reference
            for entry, (reference, _) in zip(transaction["entry"], steps, strict=True)
            if "fullUrl" in entry
        }
        written = [_pointing(resource, references) for _, resource in steps if resource]
        for resource in sorted(written, key=lambda r: resource_type(r) == "DocumentReference"):
            self._put(resource)
        return tuple(reference for reference, _ in steps)

    def _step(
        self, entry: Mapping[str, Any], there: list[Resource]
    ) -> tuple[str, dict[str, Any] | None]:
        """The reference of one transaction entry, and what to write, if anything."""
        resource, request = entry["resource"], entry["request"]
        if request["method"] == "PUT":
            self._refuse_if_changed(request)
            version = str(int(resource.get("meta", {}).get("versionId", "0")) + 1)
            return request["url"], _versioned(resource, version)
        condition = request["ifNoneExist"]
        matches = [r for r in there if _meets(r, resource["resourceType"], condition)]
        if matches:
            return identity(matches[0]) or "", None
        new_id = hashlib.sha256(f"{request['url']}?{condition}".encode()).hexdigest()[:32]
        created = _versioned({"resourceType": "", "id": new_id, **resource}, "1")
        return f"{resource['resourceType']}/{new_id}", created

    def _refuse_if_changed(self, request: Mapping[str, str]) -> None:
        document_id = request["url"].rpartition("/")[2]
        version = self.read_document(document_id).resource.get("meta", {}).get("versionId")
        if "ifMatch" in request and request["ifMatch"] != f'W/"{version}"':
            raise Conflict(
                "changed-meanwhile", f"{request['url']} was changed meanwhile; run it again"
            )

    def _put(self, resource: Mapping[str, Any]) -> None:
        stem = f"{resource['resourceType']}-{resource['id']}"
        for content in resource.get("content", ()):
            attachment = content["attachment"]
            ending = _ENDINGS.get(attachment["contentType"].partition(";")[0], "bin")
            _replace(self._out / f"{stem}.{ending}", b64decode(attachment["data"]))
        _replace(self._out / f"{stem}.json", orjson.dumps(resource, option=orjson.OPT_INDENT_2))


def _versioned(resource: dict[str, Any], version: str) -> dict[str, Any]:
    return {**resource, "meta": {**resource.get("meta", {}), "versionId": version}}


def _meets(resource: Resource, wanted_type: str, condition: str) -> bool:
    """Whether a resource is what an `ifNoneExist` condition looks for."""
    if resource_type(resource) != wanted_type:
        return False
    for name, value in parse_qsl(condition):
        system, _, code = value.rpartition("|")
        if (system, code) not in set(_tokens(resource, name)):
            return False
    return True


def _tokens(resource: Resource, name: str) -> Iterator[tuple[str, str]]:
    if name == "identifier":
        items = ((i.get("system"), i.get("value")) for i in resource.get("identifier", ()))
    else:
        items = ((t.get("system"), t.get("code")) for t in resource.get("meta", {}).get("tag", ()))
    yield from items


def _pointing(resource: Any, references: Mapping[str, str]) -> Any:
    """The resource with every reference to a new entry replaced by its final one."""
    if isinstance(resource, dict):
        return {name: _pointing(value, references) for name, value in resource.items()}
    if isinstance(resource, list):
        return [_pointing(value, references) for value in resource]
    return references.get(resource, resource) if isinstance(resource, str) else resource


def _replace(path: Path, data: bytes) -> None:
    """Write the whole file or nothing of it."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(data)
    partial.replace(path)
