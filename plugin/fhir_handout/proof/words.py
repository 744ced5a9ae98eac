"""The words that no sentence may have: a second check, of what tags can't tell.

In: the catalogues of a pack, and the words by language that its rules forbid. Out: the sentences
that have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from unicodedata import category

from fhir_handout.rules_model import WordRule, WordRules, for_language

_END = re.compile(r"(?<=[.?!:])[”)]?\s+|(?<=[。？！])")
_NO_RULES = WordRules((), re.compile(r"(?!)"), frozenset())


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence that breaks a rule."""

    language: str
    message: str
    rule: WordRule
    sentence: str


def sentences(text: str) -> list[str]:
    """The sentences of a line; a line without a full stop is one.

    All blanks count as one space, and what can't be seen as nothing: so that neither parts a word.
    """
    seen = " ".join("".join(c for c in text if category(c) != "Cf").split())
    return [part.strip() for part in _END.split(seen) if part.strip()]


def encourages(rule: WordRule, words: WordRules, sentence: str) -> bool:
    """Whether the sentence says so without a negation before it."""
    return any(
        not words.negated.search(sentence[: found.start()])
        for found in rule.pattern.finditer(sentence)
    )


def wordings(
    catalogues: Mapping[str, Mapping[str, str]], rules: Mapping[str, WordRules]
) -> Iterator[Wording]:
    """Every sentence that breaks a rule of its language."""
    for language, catalogue in catalogues.items():
        words = rules_of(language, rules)
        for message, text in catalogue.items():
            for rule in _of_message(message, words):
                for sentence in sentences(text):
                    if encourages(rule, words, sentence):
                        yield Wording(language, message, rule, sentence)


def _of_message(message: str, words: WordRules) -> Iterator[WordRule]:
    """The rules that a message is not an explained exception to."""
    return (rule for rule in words.never if (message, rule.written) not in words.explained)


def rules_of(language: str, rules: Mapping[str, WordRules]) -> WordRules:
    """The rules of a language, or of the language it is a kind of; none where there are none."""
    return for_language(language, rules) or _NO_RULES
