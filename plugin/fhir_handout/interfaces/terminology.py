"""The command `terminology build`: a site's value sets from an RxNorm release.

In: the folder of a release. Out: one ValueSet file for each of the pack's value sets that name
ingredients, and a line for each that says what the release has, and what only the pack still has.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from fhir_handout.errors import UsageError
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Part, Resource
from fhir_handout.terminology.build import Members, build
from fhir_handout.terminology.release import Release
from fhir_handout.terminology.value_sets import rxnorm_codes, seed_names, seeds, text


def run(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    """Build the value sets of `args.rrf` in `args.out`; nothing is written if anything is wrong."""
    pack = load_pack()
    release = Release(args.rrf)
    version = args.release or release.version()
    shipped = {v["id"]: v for v in pack.value_sets if seeds(v) or seed_names(v)}
    by_name = release.ingredients({n for v in shipped.values() for n in seed_names(v)})
    of_sets = {name: _seeds(value_set, by_name) for name, value_set in shipped.items()}
    names = pack.codes.names[Part.MEDICINES]
    members = build(release, of_sets, names.local, names.exempt)
    for name, found in members.items():
        _write(args.out, f"{name}.json", text(shipped[name], found, version))
        print(_said(shipped[name], found))
    print(f"RxNorm {version} in {args.out}; name this folder in the setting terminology.value_sets")


def _seeds(value_set: Resource, by_name: Mapping[str, str]) -> frozenset[str]:
    """The ingredients to start from: by their codes, and by name those whose code we lack."""
    return seeds(value_set) | {by_name[n] for n in seed_names(value_set) if n in by_name}


def _said(shipped: Resource, found: Members) -> str:
    historical = rxnorm_codes(shipped) - {drug.rxcui for drug in found.drugs}
    return (
        f"{shipped['id']}: {len(found.drugs)} codes and {len(found.ndcs)} NDCs from the release, "
        f"{len(historical)} codes only historical"
    )


def _write(folder: Path, name: str, data: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    except OSError as error:
        raise UsageError(
            "cannot-write", f"can't write {folder / name}: {error.strerror}; check --out"
        ) from None
