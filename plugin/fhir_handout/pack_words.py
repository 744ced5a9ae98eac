"""The source catalogue of a content pack: whether it has words for all it says, and no others.

In: what a pack says, and its catalogue (message id to words, or to their plural forms). Out: the
problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fhir_handout.pack_problems import Problem
from fhir_handout.pack_statements import Statements
from fhir_handout.pack_tables import shaped

SOURCE_LANGUAGE = "en"
_SOURCE_FILE = f"locale/{SOURCE_LANGUAGE}.yaml"
CONTEXT = "@"
"""What parts a message's id from whom it speaks to, when that is not the patient."""

PLURAL_FORMS = "plural-forms"
"""The message that has the gettext header Plural-Forms, where a language has other forms than
English."""

DIARY_COLUMN = "diary-column-"
"""What the ids of messages begin with that head the columns of the diary."""

_OTHER_WORDS = frozenset(
    {"section", "sheet", "figure", "pictogram", "site", "emergency", "diary", "clinician"}
)
"""What the ids of messages begin with that are no statement's."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ue000-\uf8ff\ufdd0-\ufdef\ufff9-\uffff]"
)
"""Controls, soft hyphens, blanks without width, marks of direction; not what joins letters."""

_DRAWN = re.compile(r"""words\[["']([\w-]+)["']\]""")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_Words = Mapping[str, Any]


def flat(raw: _Words) -> dict[str, str]:
    """A catalogue with each plural form as a message of its own: `counted_form` names them.

    The message itself has the words for the largest number.
    """
    words: dict[str, str] = {}
    for name, text in raw.items():
        forms = [*text.values()] if isinstance(text, Mapping) else [text]
        if len(forms) > 1:
            words |= {counted_form(name, at): str(form) for at, form in enumerate(forms)}
        if forms:
            words[name] = str(forms[-1])
    return words


def counted_form(name: str, form: int) -> str:
    """The id of one plural form of a message, by gettext's number of it."""
    plain, mark, address = name.partition(CONTEXT)
    return f"{plain}[{form}]{mark}{address}"


def wrong_words(said: Statements, source: _Words | None) -> Iterator[Problem]:
    """What the source catalogue lacks, has too much, or says in a way that can't be printed."""
    if source is None:
        return
    words, wrong = shaped("locale", _SOURCE_FILE, source)
    yield from wrong
    yield from _unseen(_SOURCE_FILE, words)
    yield from _of_nothing(said, _SOURCE_FILE, words)
    yield from _headings(said, words)
    yield from _diary(words)


def _headings(said: Statements, source: _Words) -> Iterator[Problem]:
    for section in said.sections:
        if f"section-{section}" not in source:
            yield Problem("pack.yaml", section, "its heading has no words in locale/en.yaml")


def messages_in(drawing: str) -> list[str]:
    """The messages that a drawing has words of, in their order."""
    return _DRAWN.findall(drawing)


def has_unseen(text: str) -> bool:
    """Whether there is something in it that nobody sees."""
    return bool(_UNSEEN.search(text))


def _unseen(file: str, words: _Words) -> Iterator[Problem]:
    """What nobody sees: it parts words, turns the text around it, or leaves nothing to read."""
    for name, text in words.items():
        if has_unseen(str(text)):
            yield Problem(file, name, "has a character that can't be seen")


def _diary(source: _Words) -> Iterator[Problem]:
    """Whoever has columns for a diary has its heading, and what to do with it."""
    if any(name.startswith(DIARY_COLUMN) for name in source):
        for name in ("diary-heading", "diary-lead"):
            if name not in source:
                yield Problem("locale/en.yaml", name, "is missing; the diary needs it")


def _of_nothing(said: Statements, file: str, words: _Words) -> Iterator[Problem]:
    used = {statement.id for statement in said.statements}
    spoken_to = {address.id for address in said.addresses}
    for name in words:
        plain, _, address = name.partition(CONTEXT)
        is_other = plain.partition("-")[0] in _OTHER_WORDS
        if not is_other and plain not in used and not said.tables.is_refused("statements", plain):
            yield Problem(file, name, "says nothing")
        if address and address not in spoken_to and not said.tables.is_refused("pack", address):
            yield Problem(file, name, f"speaks to unknown {address}")


def placeholders(text: str) -> list[str]:
    """What a message has filled in: {name} and the like."""
    return _PLACEHOLDER.findall(text)
