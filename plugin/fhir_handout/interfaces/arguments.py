"""The command line's arguments.

In: what was typed. Out: an `argparse.Namespace`, or exit status 2 with a line that says what is
wrong. Every command has examples in its `--help`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from fhir_handout import __version__
from fhir_handout.call_syntax import STANDS_FOR, TAG, reference_of, reference_to
from fhir_handout.interfaces.command import EXIT_STATUSES, Commands, command_of
from fhir_handout.interfaces.key_arguments import key_commands
from fhir_handout.interfaces.pack_arguments import pack_commands
from fhir_handout.interfaces.serve import serve_command
from fhir_handout.model import Layout, Paper
from fhir_handout.pack import DEFAULT_PACK
from fhir_handout.render import FORMATS, MARKED_UP

_FINAL = "docStatus final; needs --signed-by, or the site's approval (docs/settings.md)"


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    root = argparse.ArgumentParser(
        prog="fhir-handout",
        description="Tailor a handout to a patient's FHIR record and write it back.",
        epilog=EXIT_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"fhir-handout {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _preview(commands)
    _explain(commands)
    _attach(commands)
    _retract(commands)
    _examples(commands)
    _terminology(commands)
    pack_commands(commands)
    serve_command(commands)
    key_commands(commands)
    root.set_defaults(debug=False)
    return root


def _of_patient(command: argparse.ArgumentParser) -> None:
    command.add_argument("patient", metavar="PATIENT", type=_reference_to("Patient"))
    _of_ehr(command)
    command.add_argument(
        "--confirm-sensitive",
        action="store_true",
        help="a clinician has confirmed the sensitive findings: tell the patient of them",
    )
    command.add_argument(
        "--pack",
        default=DEFAULT_PACK,
        help="a content pack: a folder, or one of this program (default: %(default)s)",
    )


def _of_language(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--language",
        metavar="TAG",
        type=_tag,
        help="such as es or zh-Hant (default: the patient's, where the site approved it)",
    )


def _of_look(command: argparse.ArgumentParser) -> None:
    _of_language(command)
    command.add_argument(
        "--layout",
        type=Layout,
        choices=tuple(Layout),
        metavar="LAYOUT",
        help=f"{_any_of(Layout)} (default: standard; bilingual where nobody approved the language)",
    )
    command.add_argument(
        "--paper",
        type=Paper,
        choices=tuple(Paper),
        metavar="PAPER",
        help=f"{_any_of(Paper)} (default: the site's)",
    )


def _any_of(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"


def _of_ehr(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ehr", required=True, help="a folder of FHIR JSON, or the base URL of a FHIR server"
    )
    command.add_argument(
        "--date", type=_day, metavar="YYYY-MM-DD", help="the day it is made (default: today)"
    )
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="the site's settings, a TOML file"
    )


def _preview(commands: Commands) -> None:
    command = command_of(
        commands,
        "preview",
        "render a patient's handout; nothing is written to the EHR",
        "  fhir-handout preview kidney-failure --ehr fhir_examples -o handout.html\n"
        "  fhir-handout preview child --ehr fhir_examples --language es --layout large \\\n"
        "      --format pdf -o handout.pdf\n"
        "  fhir-handout preview 123 --ehr https://fhir.example.org/r4 --format text",
    )
    _of_patient(command)
    command.add_argument("--encounter", metavar="ID", type=_reference_to("Encounter"))
    _of_look(command)
    command.add_argument("--format", choices=(*FORMATS, "json"), default="html")
    command.add_argument(
        "--languages",
        metavar="TAGS",
        type=_tags,
        help=f"several in one page to choose from: es,en or all; {_any_of(MARKED_UP)} only",
    )
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: print it")


def _explain(commands: Commands) -> None:
    command = command_of(
        commands,
        "explain",
        "show why a patient's handout says what it says",
        "  fhir-handout explain kidney-failure --ehr fhir_examples\n"
        "  fhir-handout explain 123 --ehr https://fhir.example.org/r4 --json",
    )
    _of_patient(command)
    _of_language(command)
    command.add_argument("--encounter", metavar="ID", type=_reference_to("Encounter"))
    command.add_argument("--json", action="store_true", help="as docs/explain-schema.md defines")


def _attach(commands: Commands) -> None:
    command = command_of(
        commands,
        "attach",
        "write a patient's handout to the EHR as a DocumentReference",
        "  fhir-handout attach kidney-failure --ehr fhir_examples --out handouts\n"
        "  fhir-handout attach 123 --ehr https://fhir.example.org/r4 --encounter 456 \\\n"
        "      --final --signed-by Practitioner/789",
    )
    _of_patient(command)
    command.add_argument("--encounter", metavar="ID", type=_reference_to("Encounter"))
    _of_look(command)
    command.add_argument(
        "--format",
        metavar="FORMATS",
        type=_formats,
        action="extend",
        help=f"{_any_of(FORMATS)}; several with commas (default: the setting ehr.formats)",
    )
    status = command.add_mutually_exclusive_group()
    status.add_argument("--draft", action="store_true", help="docStatus preliminary (default)")
    status.add_argument("--final", action="store_true", help=_FINAL)
    command.add_argument("--signed-by", metavar="REF", type=_reference_of(*STANDS_FOR["signed_by"]))
    command.add_argument(
        "--author",
        metavar="REF",
        type=_reference_of(*STANDS_FOR["author"]),
    )
    command.add_argument(
        "--organization", metavar="REF", type=_reference_of(*STANDS_FOR["organization"])
    )
    command.add_argument("--dry-run", action="store_true", help="say what would be done")
    command.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where a folder EHR's documents are written (default: ./handouts)",
    )


def _retract(commands: Commands) -> None:
    command = command_of(
        commands,
        "retract",
        "mark an attached handout as entered in error",
        "  fhir-handout retract DocumentReference/4f2a --ehr handouts\n"
        "  fhir-handout retract 789 --ehr https://fhir.example.org/r4",
    )
    command.add_argument("document", metavar="DOCUMENT", type=_reference_to("DocumentReference"))
    _of_ehr(command)


def _examples(commands: Commands) -> None:
    command = command_of(
        commands,
        "examples",
        "list the synthetic example patients that come with this program",
        "  fhir-handout examples\n"
        '  fhir-handout preview kidney-failure --ehr "$(fhir-handout examples --path)"',
    )
    command.add_argument("--path", action="store_true", help="print only the folder they are in")


def _terminology(commands: Commands) -> None:
    examples = (
        "  fhir-handout terminology build --rrf RxNorm_full_11022026\n"
        "  fhir-handout terminology build --rrf RxNorm_full_11022026 --out /etc/fhir-handout/sets"
    )
    group = command_of(
        commands, "terminology", "make value sets of a site's own (docs/terminology.md)", examples
    )
    actions = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    command = command_of(
        actions, "build", "add the codes of a downloaded RxNorm release to the value sets", examples
    )
    command.add_argument(
        "--rrf", type=Path, metavar="DIR", required=True, help="the release, unpacked"
    )
    command.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        default=Path("value-sets"),
        help="where the value sets are written (default: ./value-sets)",
    )
    command.add_argument(
        "--release",
        metavar="VERSION",
        help="the release's version (default: what RXNSAB.RRF says, else the folder's name)",
    )


def _reference_to(resource_type: str):  # type: ignore[no-untyped-def]
    """An id, or a reference to that type; gives the id."""

    def parse(text: str) -> str:
        found = re.fullmatch(reference_to(resource_type), text)
        if not found:
            raise argparse.ArgumentTypeError(f"not an id of a {resource_type}")
        return found[1]

    return parse


def _reference_of(*resource_types: str):  # type: ignore[no-untyped-def]
    """A relative or absolute reference to one of those types."""

    def parse(text: str) -> str:
        if not re.fullmatch(reference_of(*resource_types), text):
            raise argparse.ArgumentTypeError(f"not a reference such as {resource_types[0]}/ID")
        return text

    return parse


def _tag(text: str) -> str:
    if not re.fullmatch(TAG, text):
        raise argparse.ArgumentTypeError("not a language tag such as es or zh-Hant")
    return text


def _tags(text: str) -> list[str]:
    return [_tag(part.strip()) for part in text.split(",")]


def _formats(text: str) -> list[str]:
    found = [part.strip() for part in text.split(",")]
    for name in found:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(FORMATS)}")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not a day such as 2026-11-23") from None
