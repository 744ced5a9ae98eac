"""The arguments of the commands on content packs.

In: the commands of the command line. Out: `pack` among them, with its actions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fhir_handout.interfaces.command import Commands, command_of
from fhir_handout.pack import DEFAULT_PACK


def pack_commands(commands: Commands) -> None:
    """Add `pack` and its actions."""
    examples = (
        "  fhir-handout pack new my_handout --out my-packs\n"
        "  fhir-handout pack check my-packs/my_handout\n"
        "  fhir-handout pack diff muscle_cramps my-packs/muscle_cramps\n"
        "  fhir-handout pack translate-status\n"
        "  fhir-handout pack translate de my-packs/my_handout\n"
        "  fhir-handout pack hash\n"
        "  fhir-handout pack hash my-packs/my_handout --words"
    )
    group = command_of(commands, "pack", "write content packs (docs/authoring.md)", examples)
    actions = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    command = command_of(actions, "new", "make a small complete pack to start from", examples)
    command.add_argument("name", metavar="NAME", help="small letters, digits and _")
    command.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        default=Path(),
        help="the folder it is made in (default: this one)",
    )
    _pack_proofs(actions, examples)
    _translations(actions, examples)
    command = command_of(
        actions, "hash", "print what a site approves: language, version and hash", examples
    )
    _of_pack(command)
    command.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="the site's settings: its value sets are part of the hash",
    )
    command.add_argument(
        "--words",
        action="store_true",
        help="each statement's words instead: language, statement and hash, for reviews.yaml",
    )


def _translations(actions: Commands, examples: str) -> None:
    command = command_of(
        actions, "translate-status", "show how far each language of a pack has come", examples
    )
    _of_pack(command)
    command = command_of(
        actions, "translate", "make or renew a language's gettext catalogue in a pack", examples
    )
    command.add_argument("language", metavar="LANGUAGE", help="a BCP 47 tag such as de or zh-Hant")
    command.add_argument("pack", metavar="PACK", help="the folder of a content pack")


def _pack_proofs(actions: Commands, examples: str) -> None:
    command = command_of(
        actions, "check", "prove what a content pack says to every possible patient", examples
    )
    _of_pack(command)
    command.add_argument(
        "--render",
        action="store_true",
        help="render every statement and many handouts too, and read them again",
    )
    command = command_of(
        actions, "diff", "show what differs between two packs, and for whom", examples
    )
    command.add_argument(
        "old", metavar="A", help="a content pack: a folder, or one of this program"
    )
    command.add_argument("new", metavar="B", help="another one")


def _of_pack(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "pack",
        nargs="?",
        default=DEFAULT_PACK,
        metavar="PACK",
        help="a content pack: a folder, or one of this program (default: %(default)s)",
    )
