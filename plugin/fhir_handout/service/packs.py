"""Content packs, each loaded once.

In: the name of a pack and the folder of a site's value sets, which are part of it. Out: a
`LoadedPack`, or what `pack.load_pack` and `pack.pack_folder` raise. Several may ask at once.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from fhir_handout.pack import LoadedPack, load_pack, pack_folder


class Packs:
    """The packs that were asked for so far."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, Path | None], LoadedPack] = {}
        self._lock = Lock()

    def of(self, name: str, value_sets: Path | None = None) -> LoadedPack:
        """The pack of this name, or in this folder, with a site's own value sets."""
        with self._lock:
            if (name, value_sets) not in self._loaded:
                self._loaded[name, value_sets] = load_pack(pack_folder(name), value_sets)
            return self._loaded[name, value_sets]
