"""Who has reviewed which words of a content pack: `reviews.yaml`, which a pack may lack.

In: the parsed table, the statements, the catalogues. Out: the reviews that still hold, by language
and statement; what is wrong is added to the problems. A review names the hash of the words that
were read, so words that have changed since are drafted again of their own accord.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import yaml

from fhir_handout.dates import calendar_day, is_calendar_day
from fhir_handout.pack_content import CONTEXT
from fhir_handout.pack_hash import REVIEWS
from fhir_handout.pack_model import ContentPack, Review, ReviewStatus
from fhir_handout.pack_problems import Problem

AS_WRITTEN = yaml.BaseLoader
"""How the file is parsed: every value as text; other loaders take the key `on` for true."""

_KEYS = frozenset({"language", "status", "by", "role", "on", "statements"})
_HASH_LENGTH = 16

Words = Mapping[str, str]


def review_status(pack: ContentPack, statement: str, language: str) -> ReviewStatus:
    """How far the words of a statement have been reviewed in a language."""
    review = pack.reviews.get(language, {}).get(statement)
    return review.status if review else ReviewStatus.DRAFTED


def words_hash(statement: str, words: Words) -> str:
    """16 hex digits that stand for the words of a statement, whomever they speak to."""
    names = (name for name in words if name.partition(CONTEXT)[0] == statement)
    said = [(name, words[name]) for name in sorted(names)]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:_HASH_LENGTH]


def current_reviews(
    table: Mapping[str, Any],
    statements: frozenset[str],
    catalogues: Mapping[str, Words],
    problems: list[Problem],
) -> dict[str, dict[str, Review]]:
    """The reviews whose words have not changed since, by language and statement."""
    problems += [Problem(REVIEWS, "", f"unknown key {key}") for key in table if key != "reviews"]
    rows = table.get("reviews")
    if not isinstance(rows, list):
        problems.append(Problem(REVIEWS, "", "lists no reviews"))
        return {}
    found: dict[str, dict[str, Review]] = {}
    for number, raw in enumerate(rows, 1):
        wrong = list(_wrong(raw, statements, catalogues))
        where = ("reviews", number - 1)
        problems += [Problem(REVIEWS, f"review {number}", what, where) for what in wrong]
        if not wrong:
            words = catalogues[raw["language"]]
            _add(raw, words, found.setdefault(raw["language"], {}))
    return found


def _wrong(raw: Any, statements: frozenset[str], catalogues: Mapping[str, Words]) -> Iterator[str]:
    if not isinstance(raw, dict):
        yield "is no mapping"
        return
    yield from (f"unknown key {key}" for key in raw if key not in _KEYS)
    if raw.get("language") not in catalogues:
        yield f"unknown language {raw.get('language')}"
    if raw.get("status") not in (ReviewStatus.REVIEWED, ReviewStatus.APPROVED):
        yield "status is neither reviewed nor approved"
    yield from (f"{key} is missing" for key in ("by", "role") if not _is_said(raw.get(key)))
    if not is_calendar_day(raw.get("on")):
        yield "on is no day such as 2026-11-23"
    yield from _wrong_statements(raw.get("statements"), statements)


def _wrong_statements(raw: Any, statements: frozenset[str]) -> Iterator[str]:
    if not isinstance(raw, dict) or not raw:
        yield "statements is no mapping of statements to the hashes of their words"
        return
    for name, read in raw.items():
        if name not in statements:
            yield f"unknown statement {name}"
        elif not (isinstance(read, str) and len(read) == _HASH_LENGTH):
            yield f"{name}: no hash of {_HASH_LENGTH} digits"


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _add(raw: Mapping[str, Any], words: Words, found: dict[str, Review]) -> None:
    """The reviews of one entry, where its words still stand; an approval stands above a review."""
    review = Review(
        ReviewStatus(raw["status"]),
        raw["by"].strip(),
        raw["role"].strip(),
        calendar_day(raw["on"]),
    )
    for name, read in raw["statements"].items():
        earlier = found.get(name)
        is_above = earlier is not None and earlier.status is ReviewStatus.APPROVED
        if read == words_hash(name, words) and not is_above:
            found[name] = review
