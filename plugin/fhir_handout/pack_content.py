"""The rules of a content pack: from parsed tables to the vocabulary, with every mistake named.

In: the parsed YAML tables, the ids of the value sets, the catalogues. Out: a `ContentPack`; the
problems found are added to the list given, as `file: id: what is wrong`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fhir_handout.pack_model import ContentPack
from fhir_handout.pack_risk_factors import RiskFactors
from fhir_handout.pack_statements import Statements
from fhir_handout.pack_tables import Tables

SOURCE_LANGUAGE = "en"
CONTEXT = "@"
"""What parts a message's id from whom it speaks to, when that is not the patient."""

_WORD_LISTS = (
    "negating_words",
    "local_use_words",
    "systemic_use_words",
    "other_names",
    "void_texts",
    "doubting_words",
    "condition_negating_words",
    "condition_other_names",
    "condition_excluded_words",
)
_TABLE_KEYS = {
    "pack": (
        *("id", "version", "review", "sections", "section_limits", "addresses"),
        *(*_WORD_LISTS, "local_use_counts_for"),
    ),
    "topics": ("topics", "when_unknown"),
    "risk_factors": ("risk_factors", "measurements", "medicines_fade_after", "supplies_fade_after"),
    "statements": ("statements",),
    "alerts": ("alerts",),
    "citations": ("citations",),
}
_OTHER_WORDS = frozenset({"section", "sheet", "figure", "site", "emergency", "diary", "clinician"})
"""What the ids of messages begin with that are no statement's."""


def content(
    tables: Mapping[str, Mapping[str, Any]],
    value_sets: frozenset[str],
    catalogues: Mapping[str, Mapping[str, str]],
    digest: str,
    problems: list[str],
) -> ContentPack:
    """The pack's content; what is wrong with it is added to `problems`."""
    checked = Tables({"alerts": {}, **tables}, problems)
    known = RiskFactors(checked, value_sets)
    said = Statements(checked, known, catalogues.get(SOURCE_LANGUAGE, {}))
    _check_word_lists(checked)
    problems += _wrong_words(said, catalogues)
    for table, keys in _TABLE_KEYS.items():
        checked.only(table, table, checked[table], keys)
    pack = tables["pack"]
    for name in ("id", "version"):
        if not pack.get(name):
            checked.wrong("pack", name, "is missing")
    return ContentPack(
        pack.get("id", ""),
        str(pack.get("version", "")),
        digest,
        said.sections,
        known.topics,
        known.factors,
        said.statements,
        known.measurements,
        known.days("medicines_fade_after", tables["risk_factors"]),
        known.days("supplies_fade_after", tables["risk_factors"]),
        said.alerts,
        said.addresses,
        said.citations,
        _section_limits(checked, said.sections),
    )


def _section_limits(tables: Tables, sections: tuple[str, ...]) -> dict[str, int]:
    limits = tables["pack"].get("section_limits") or {}
    for section, most in limits.items():
        if section not in sections or type(most) is not int or most < 1:
            tables.wrong("pack", "section_limits", f"no section and number: {section}: {most}")
    return dict(limits)


def _check_word_lists(tables: Tables) -> None:
    for name in _WORD_LISTS:
        for word in tables["pack"].get(name, ()):
            if not isinstance(word, str):  # YAML reads a bare no, off or on as a truth value
                tables.wrong("pack", name, f"{word!r} is no word; put it in quotes")


def _wrong_words(said: Statements, catalogues: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    source = catalogues.get(SOURCE_LANGUAGE, {})
    for section in said.sections:
        if f"section-{section}" not in source:
            yield f"pack.yaml: {section}: its heading has no words"
    used = {statement.id for statement in said.statements}
    spoken_to = {address.id for address in said.addresses}
    for language, words in catalogues.items():
        for name, text in words.items():
            plain, _, address = str(name).partition(CONTEXT)
            if plain.partition("-")[0] not in _OTHER_WORDS and plain not in used:
                yield f"locale/{language}.yaml: {name}: says nothing"
            if address and address not in spoken_to:
                yield f"locale/{language}.yaml: {name}: speaks to unknown {address}"
            if not isinstance(text, str) or not text.strip():
                yield f"locale/{language}.yaml: {name}: is no text"
