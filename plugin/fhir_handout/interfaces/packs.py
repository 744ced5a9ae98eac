"""The commands `pack`: what an author of content packs does with them.

In: names and folders of packs. Out: what the command says; of a pack that is wrong every problem,
one a line, on standard error, unless a report on standard output has told it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from fhir_handout.authoring import new_pack
from fhir_handout.errors import BadContent
from fhir_handout.interfaces import pack_hash

_REPORTED = "broken-rules"
"""What is wrong with a pack whose report shows every problem already."""


def run(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Run one of the commands on packs."""
    try:
        _ACTIONS[args.action](args, environ)
    except BadContent as error:
        if error.code != _REPORTED:
            list_problems(error)
        raise


def list_problems(error: BadContent) -> None:
    """Every problem of a pack, one a line, on standard error."""
    for problem in error.problems:
        print(problem, file=sys.stderr)


def _new(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    folder = new_pack(args.name, args.out)
    print(f"{folder} is made; fill it as docs/authoring.md says")
    print(f"see it: fhir-handout preview PATIENT --ehr EHR --pack {folder}")


def _check(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces.proofs import run_check  # the proof is nothing a handout needs

    run_check(args.pack, args.render)


def _diff(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces.proofs import run_diff

    run_diff(args.old, args.new)


def _translate(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces.pack_translations import run_translate

    run_translate(args, environ)


def _translate_status(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    from fhir_handout.interfaces.pack_translations import run_status

    run_status(args, environ)


_ACTIONS = {
    "new": _new,
    "check": _check,
    "diff": _diff,
    "hash": pack_hash.run,
    "translate": _translate,
    "translate-status": _translate_status,
}
