"""How a pack's rules look codes and names up: in which value sets, and which words change a name.

In: a pack's rules, and its lists of words. Out: what a `CodeIndex` is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fhir_handout.codes import NameRules
from fhir_handout.pack_model import ContentPack
from fhir_handout.patient_record import Part


def used_value_sets(pack: ContentPack) -> frozenset[str]:
    """The value sets that the pack's rules look at."""
    named = {
        name
        for factor in pack.risk_factors.values()
        for name in (*factor.coded_value_sets, *factor.answered_value_sets)
    }
    return frozenset(named) | pack.wanted.value_sets


def compatible(pack: ContentPack) -> dict[str, frozenset[str]]:
    """For each value set those that one thing can be in too, by any risk factor."""
    found: dict[str, frozenset[str]] = {}
    for factor in pack.risk_factors.values():
        for name, others in factor.compatible.items():
            found[name] = found.get(name, frozenset()) | others
    return found


WORD_LISTS = (
    *("negating_words", "local_use_words", "systemic_use_words", "local_use_counts_for"),
    *("other_names", "void_texts", "doubting_words"),
    *("condition_negating_words", "condition_other_names", "condition_excluded_words"),
)
"""The keys of pack.yaml that say how names are read; see its schema."""


def name_rules(pack: ContentPack, words: Mapping[str, Sequence[str]]) -> dict[Part, NameRules]:
    """What changes the meaning of names, and whose names they are: conditions' or medicines'."""
    of = {
        part: frozenset(
            name
            for factor in pack.risk_factors.values()
            if part in factor.shows_in
            for name in factor.coded_value_sets
        )
        for part in (Part.CONDITIONS, Part.MEDICINES)
    }
    return {
        Part.MEDICINES: NameRules(
            others=tuple(words["other_names"]),
            negations=tuple(words["negating_words"]),
            local=tuple(words["local_use_words"]),
            void=tuple(words["void_texts"]),
            systemic=tuple(words["systemic_use_words"]),
            doubts=tuple(words["doubting_words"]),
            exempt=tuple(words["local_use_counts_for"]),
            of=of[Part.MEDICINES],
        ),
        Part.CONDITIONS: NameRules(
            others=tuple(words["condition_other_names"]),
            negations=tuple(words["condition_negating_words"]),
            excluded=tuple(words["condition_excluded_words"]),
            doubts=tuple(words["doubting_words"]),
            across_clauses=True,
            void=tuple(words["void_texts"]),
            of=of[Part.CONDITIONS],
        ),
    }
