"""The commands `pack translate` and `pack translate-status`.

In: the folder of a pack, a language. Out: its gettext catalogue made or renewed; or for each
language a line with how far its translation has come.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from fhir_handout.catalogues import Lack, file_of
from fhir_handout.errors import UsageError
from fhir_handout.pack import load_pack, pack_folder
from fhir_handout.pack_files import files_of, shipped_packs
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.translating import Status, renewed, statuses


def run_status(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    """Print a line for each language."""
    folder = pack_folder(args.pack)
    pack = load_pack(folder)
    found = list(statuses(pack, dict(files_of(folder))))
    print(f"content pack {pack.content.id} {pack.content.version}, source {SOURCE_LANGUAGE}")
    for status in found:
        print("  ".join(_columns(status)))
    if not found:
        print("no translations; `pack translate LANGUAGE PACK` begins one")


def run_translate(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    """Make or renew the catalogue of a language; what is translated stays."""
    if args.pack in shipped_packs():
        raise UsageError(
            "shipped-pack", f"{args.pack} came with this program; give the folder of your own pack"
        )
    folder = Path(args.pack)
    pack = load_pack(pack_folder(args.pack))
    file = file_of(args.language)
    data = renewed(args.language, pack, dict(files_of(folder)).get(file))
    try:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    except OSError as error:
        raise UsageError("cannot-write", f"can't write {folder / file}: {error.strerror}") from None
    print(
        f"{folder / file} has every message of the source; translate those that are empty or fuzzy"
    )


def _columns(status: Status) -> Iterator[str]:
    lacking = sum(status.gaps.values())
    share = (status.messages - lacking) / status.messages
    yield f"{status.language:<8} {share:>5.0%}"
    yield "complete  " if status.is_complete else "INCOMPLETE"
    yield f"back-translated {status.backed} of {status.to_back}"
    yield f"reviewed {status.reviewed} of {status.statements}"
    gaps = [f"{status.gaps[gap]} {gap}" for gap in Lack if status.gaps.get(gap)]
    gaps += [f"{status.problems} problems, see `pack check`"] if status.problems else []
    if gaps:
        yield ", ".join(gaps)
