"""One command of the command line: its summary, its examples, and what every command has.

In: the commands it is one of. Out: its parser, to be given its own arguments.
"""

from __future__ import annotations

import argparse
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""The commands of a parser; argparse has no public name for them."""

EXIT_STATUSES = """exit status:
  0  done                          5  not FHIR R4, or not readable
  1  a fault of this program       6  unreachable, or no usable answer
  2  the call is wrong             7  conflict with another writer
  3  not found                     8  forbidden by a safety rule
  4  refused by the server         9  wrong content pack or value sets"""


def command_of(
    commands: Commands, name: str, summary: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command, with its summary and `examples` of it in its help."""
    command = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"examples:\n{examples}\n\n{EXIT_STATUSES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,  # so that a command below another leaves it as it was given
        help="show a traceback on an error",
    )
    return command
