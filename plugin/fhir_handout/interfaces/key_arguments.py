"""The arguments of the commands on our own keys.

In: the commands of the command line. Out: `keys` among them, with its actions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fhir_handout.interfaces.command import Commands, command_of

_ALGORITHMS = ("ES384", "RS384")  # of smart.own_key, which is slow to import


def key_commands(commands: Commands) -> None:
    """Add `keys` and its actions."""
    examples = (
        "  fhir-handout keys new --file keys.json\n"
        "  fhir-handout keys new --alg RS384 --later --file keys.json\n"
        "  fhir-handout keys public --file keys.json\n"
        "  fhir-handout keys use cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s --file keys.json\n"
        "  fhir-handout keys retire cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s --file keys.json\n"
        "  fhir-handout keys secret > secret"
    )
    group = command_of(
        commands, "keys", "make the keys this program signs in with (docs/smart.md)", examples
    )
    actions = group.add_subparsers(dest="action", required=True, metavar="ACTION")
    command = command_of(
        actions, "new", "add a key, which signs from now on; the old ones stay published", examples
    )
    command.add_argument(
        "--alg", choices=_ALGORITHMS, default=_ALGORITHMS[0], help="default: %(default)s"
    )
    command.add_argument(
        "--later",
        action="store_true",
        help="only publish it; `keys use` lets it sign once EHRs have had time to fetch it",
    )
    _of_file(command)
    command = command_of(
        actions, "public", "print the public keys, as an EHR is given them", examples
    )
    _of_file(command)
    for action, summary in (
        ("use", "let a key that was only published sign from now on"),
        ("retire", "take an old key out, once no EHR may need it"),
    ):
        command = command_of(actions, action, summary, examples)
        command.add_argument("kid", metavar="KID", help="as `keys public` lists it")
        _of_file(command)
    command_of(
        actions, "secret", "print a new secret for FHIR_HANDOUT_SECRETS (docs/service.md)", examples
    )


def _of_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--file", type=Path, metavar="FILE", required=True, help="the private keys, a JWK Set"
    )
