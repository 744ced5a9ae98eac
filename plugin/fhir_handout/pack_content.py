"""The rules of a content pack: from parsed tables to the vocabulary, with every mistake named.

In: the parsed YAML tables, the ids of the value sets, the source catalogue. Out: `Statements` that
know all the rest, and a `ContentPack` of them; the problems found are added to the list given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fhir_handout.pack_cards import cards_of
from fhir_handout.pack_model import ContentPack, Figure
from fhir_handout.pack_problems import Problem
from fhir_handout.pack_risk_factors import RiskFactors
from fhir_handout.pack_statements import Statements
from fhir_handout.pack_tables import Tables
from fhir_handout.pack_words import CONTEXT, SOURCE_LANGUAGE, wrong_words

__all__ = ["CONTEXT", "SOURCE_LANGUAGE", "content", "content_of", "statements_of"]


def content(
    tables: Mapping[str, Mapping[str, Any]],
    value_sets: frozenset[str],
    source: Mapping[str, Any] | None,
    digest: str,
    problems: list[Problem],
) -> ContentPack:
    """The pack's content; what is wrong with it is added to `problems`.

    A table or catalogue that could not be read at all is left out of what is given here.
    """
    return content_of(statements_of(tables, value_sets, source, problems), digest)


def statements_of(
    tables: Mapping[str, Mapping[str, Any]],
    value_sets: frozenset[str],
    source: Mapping[str, Any] | None,
    problems: list[Problem],
) -> Statements:
    """What the pack says, built of its tables and held against its source catalogue."""
    checked = Tables.of(tables, problems)
    known = RiskFactors(checked, value_sets)
    said = Statements(checked, known, source)
    problems += wrong_words(said, source)
    return said


def content_of(said: Statements, digest: str) -> ContentPack:
    """The pack's content, of all that was built for its statements."""
    checked, known = said.tables, said.known
    pack, factors = checked["pack"], checked["risk_factors"]
    return ContentPack(
        pack.get("id", ""),
        pack.get("version", ""),
        digest,
        said.sections,
        known.topics,
        known.factors,
        said.statements,
        known.measurements,
        factors.get("medicines_fade_after"),
        factors.get("supplies_fade_after"),
        said.alerts,
        said.addresses,
        said.citations,
        _section_limits(checked, said),
        figures=tuple(_figures(checked, said)),
        emergency_section=_emergency_section(checked, said),
        back_translated=frozenset(_back_translated(checked, said)),
        cards=cards_of(checked, known),
    )


def _back_translated(tables: Tables, said: Statements) -> Iterator[str]:
    """The messages that a second look at a translation is for: by kind, topic or tag, or by id."""
    wanted = tables["pack"].get("back_translated", {})
    for message in wanted.get("messages", ()):
        if said.words is not None and message not in said.words:
            tables.wrong("pack", "back_translated", f"unknown message {message}", message)
        yield message
    kinds, topics = wanted.get("kinds", ()), frozenset(wanted.get("topics", ()))
    for statement in said.statements:
        about = {statement.topic, *(tag["topic"] for tag in statement.tags)}
        if statement.kind in kinds or topics & about:
            yield statement.id


def _section_limits(tables: Tables, said: Statements) -> dict[str, int]:
    limits = tables["pack"].get("section_limits", {})
    for section in limits:
        _check_section(tables, said, "section_limits", section)
    return {section: int(most) for section, most in limits.items()}


def _figures(tables: Tables, said: Statements) -> Iterator[Figure]:
    statements = {statement.id for statement in said.statements}
    for raw in tables.items("pack", "figures"):
        _check_section(tables, said, "figures", raw["section"])
        beside = raw.get("shown_with")
        known = beside is None or beside in statements
        if not (known or tables.is_refused("statements", str(beside))):
            tables.wrong("pack", "figures", f"unknown statement {beside}", str(beside))
        yield Figure(
            raw["id"], raw["section"], raw["caption"], raw["description"], raw.get("shown_with")
        )


def _emergency_section(tables: Tables, said: Statements) -> str:
    section: str = tables["pack"].get("emergency_section", "")
    if section:
        _check_section(tables, said, "emergency_section", section)
    return section


def _check_section(tables: Tables, said: Statements, item: str, section: str) -> None:
    if said.is_unknown_section(section):
        tables.wrong("pack", item, f"unknown section {section}", section)
