"""The command `pack hash`: what a site approves of a content pack, and what a reviewer has read.

In: the folder of a pack, and the site's settings, whose value sets are part of it. Out: for each
language a line with the language, the version and the hash to write in `approvals.yaml`; or, with
`--words`, a line with the language, a statement and the hash to write in `reviews.yaml`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from fhir_handout.pack import LoadedPack, load_pack, pack_folder
from fhir_handout.reviews import words_hash
from fhir_handout.settings import load_settings


def run(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Print the lines."""
    settings = load_settings(environ, args.settings)
    pack = load_pack(pack_folder(args.pack), settings.value_sets)
    for line in _of_words(pack) if args.words else _of_languages(pack):
        print(line)


def _of_languages(pack: LoadedPack) -> Iterator[str]:
    for language in pack.catalogues:
        yield f"{language} {pack.content.version} {pack.approval_hash(language)}"


def _of_words(pack: LoadedPack) -> Iterator[str]:
    for language, words in pack.catalogues.items():
        for statement in pack.content.statements:
            if statement.id in words:
                yield f"{language} {statement.id} {words_hash(statement.id, words)}"
