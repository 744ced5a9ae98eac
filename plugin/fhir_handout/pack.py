"""Loads a content pack and refuses one that is wrong in any way.

In: a folder with pack.yaml, topics.yaml, risk_factors.yaml, statements.yaml, citations.yaml,
locale/*.yaml and, where it has them, alerts.yaml, cards.yaml, rows.yaml,
reviews.yaml, value_sets/*.json and
figures/*.svg; and a folder of a site's own value sets. Out: a `ContentPack`, its `CodeIndex` and
its catalogues, or `BadContent` with every problem there is. Nothing is loaded by halves.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from fhir_handout.errors import UsageError
from fhir_handout.pack_files import shipped_packs, templates
from fhir_handout.pack_loader import LoadedPack, Loader, PackFiles
from fhir_handout.pack_statements import Statements

__all__ = [
    "DEFAULT_PACK",
    "LoadedPack",
    "PackFiles",
    "load_pack",
    "load_with",
    "pack_folder",
    "templates",
]

DEFAULT_PACK = "muscle_cramps"
T = TypeVar("T")


def load_pack(folder: Traversable | None = None, site_value_sets: Path | None = None) -> LoadedPack:
    """The content pack in `folder`, by default the muscle-cramp pack that came with this.

    `site_value_sets` is a folder of a site's own value sets; its digest covers them too.
    """
    return Loader(folder or templates() / DEFAULT_PACK, site_value_sets).load()


def load_with(
    folder: Traversable, beside: Callable[[PackFiles, Statements], T]
) -> tuple[LoadedPack, T]:
    """The content pack in `folder`, and what else is read of its files.

    `beside` adds what is wrong to the problems of the statements' tables; `BadContent` tells all.
    """
    return Loader(folder, None).load_with(beside)


def pack_folder(name: str) -> Traversable:
    """The pack of this name that came with this program, else the folder of this name.

    A folder that happens to have the name of a shipped pack stands in for none: `./name` is it.
    """
    if name in shipped_packs():
        return templates() / name
    if Path(name).is_dir():
        return Path(name)
    raise UsageError(
        "no-such-pack",
        f"no content pack {name}; give a folder, or one of: {', '.join(shipped_packs())}",
    )
