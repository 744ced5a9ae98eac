"""Makes a new content pack for an author to fill.

In: the pack's name and the folder to make it in. Out: a small complete pack there, and beside it
the schemas that its files name, so that an editor checks them while they are written.
"""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable
from pathlib import Path

from fhir_handout.errors import UsageError
from fhir_handout.pack_files import SCAFFOLD, files_of, shipped_packs, templates

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TITLE = "New pack"
"""What the scaffold is called in words; SCAFFOLD is its id."""


def new_pack(name: str, out: Path) -> Path:
    """The folder of a new pack `name`, made in `out`; nothing that is there is written over.

    `UsageError` where the name is none for a pack, is taken, or can't be written.
    """
    _refuse_name(name)
    folder = out / name
    if folder.exists():
        raise UsageError("pack-exists", f"{folder} is there already; choose another name")
    try:
        _write_new(_named(name), folder)
        _write_new(dict(files_of(_schemas())), out / "schemas")
    except OSError as error:
        raise UsageError(
            "cannot-write", f"can't write {folder}: {error.strerror}; check --out"
        ) from None
    return folder


def _schemas() -> Traversable:
    return templates() / "schemas"


def _refuse_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            "bad-pack-name",
            f"{name!r} is no name for a pack; use small letters, digits and _, as in my_handout",
        )
    if name in (*shipped_packs(), SCAFFOLD):
        raise UsageError(
            "bad-pack-name", f"a pack {name} comes with this program; choose another name"
        )


def _named(name: str) -> dict[str, bytes]:
    """The files of the scaffold with the name in place of its own."""
    title = name.replace("_", " ").capitalize()
    return {
        file: data.decode().replace(SCAFFOLD, name).replace(_TITLE, title).encode()
        for file, data in files_of(templates() / SCAFFOLD)
    }


def _write_new(files: dict[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
