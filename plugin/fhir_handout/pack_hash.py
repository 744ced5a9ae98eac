"""What stands for a content pack's bytes: the hash of all of it, and the one that is approved.

In: files by their path in the pack, a site's value sets among them. Out: SHA-256 as 64 hex digits.
What a site approves is one language's words and every rule, so a changed sentence leaves the other
languages alone, a changed rule leaves none, and a review that is written down changes nothing. Nor
do the cards for clinicians: they decide neither what a patient reads nor who reads it, so a new
reason to dismiss one must not void fifteen languages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fhir_handout.catalogues import LOCALE

REVIEWS = "reviews.yaml"
CARDS = "cards.yaml"
OF_SITE = "site_value_sets/"
_NOT_APPROVED = (REVIEWS, CARDS)


def digest(files: Mapping[str, bytes]) -> str:
    """The hash of these files, their names and their order."""
    found = hashlib.sha256()
    for name, data in files.items():
        found.update(f"{name}\0{len(data)}\0".encode() + data)
    return found.hexdigest()


def approval_hashes(files: Mapping[str, bytes], words: Mapping[str, str]) -> dict[str, str]:
    """By language the hash of every rule, value set and figure, and of that language's words.

    `words` names the file that has them, by language.
    """
    rules = {
        n: data for n, data in files.items() if n not in _NOT_APPROVED and not n.startswith(LOCALE)
    }
    common = digest(rules).encode()
    return {
        language: digest({"rules": common, file: files[file]})
        for language, file in words.items()
        if file in files
    }
