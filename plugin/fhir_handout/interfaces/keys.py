"""The commands `keys`: the keys that this program shows an EHR's authorization server.

In: the file that holds them. Out: the id of a new key, or the public keys as a JWK Set; a private
part is never printed. And, for the service's own database, a new secret.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import orjson

from fhir_handout.smart.own_keys import add_key, load_keys, retire_key, use_key


def run(args: argparse.Namespace, _environ: Mapping[str, str]) -> None:
    """Run one of the commands on keys."""
    _ACTIONS[args.action](args)


def _new(args: argparse.Namespace) -> None:
    key = add_key(args.file, args.alg, args.later)
    signs = "is published and does not sign yet" if args.later else "is the key that signs now"
    print(f"{key.kid} {key.algorithm} {signs}, in {args.file}")
    print(f"give its public part to the EHR: fhir-handout keys public --file {args.file}")


def _public(args: argparse.Namespace) -> None:
    keys = load_keys(args.file).public()
    print(orjson.dumps(keys, option=orjson.OPT_INDENT_2).decode())


def _use(args: argparse.Namespace) -> None:
    use_key(args.file, args.kid)
    print(f"{args.kid} is the key that signs now, in {args.file}")


def _retire(args: argparse.Namespace) -> None:
    retire_key(args.file, args.kid)
    print(f"{args.kid} is taken out of {args.file}")


def _secret(_args: argparse.Namespace) -> None:
    from cryptography.fernet import Fernet

    print(Fernet.generate_key().decode())


_ACTIONS = {
    "new": _new,
    "public": _public,
    "use": _use,
    "retire": _retire,
    "secret": _secret,
}
