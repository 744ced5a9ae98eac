"""What stands for a content pack's bytes: the hash of all of it, and the one that is approved.

In: files by their path in the pack, a site's value sets among them. Out: SHA-256 as 64 hex digits.
What a site approves is one language's words and every rule, so a changed sentence leaves the other
languages alone, a changed rule leaves none, and a review that is written down changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

REVIEWS = "reviews.yaml"
LOCALE = "locale/"
OF_SITE = "site_value_sets/"


def digest(files: Mapping[str, bytes]) -> str:
    """The hash of these files, their names and their order."""
    found = hashlib.sha256()
    for name, data in files.items():
        found.update(f"{name}\0{len(data)}\0".encode() + data)
    return found.hexdigest()


def approval_hash(files: Mapping[str, bytes], language: str) -> str:
    """The hash of every rule, value set and figure, and of the words of one language."""
    own = (f"{LOCALE}{language}.", f"{LOCALE}{language}/")
    return digest({name: data for name, data in files.items() if _is_part(name, own)})


def _is_part(name: str, own: tuple[str, str]) -> bool:
    return name.startswith(own) if name.startswith(LOCALE) else name != REVIEWS
