"""What translators work with: a gettext catalogue for each language, and how far it has come.

In: a pack and its files. Out: the text of a PO file with every message of the source, what is known
of each, and the words there are; or a `Status`. A message whose source changed keeps its words and
is fuzzy; the handout does without the language until somebody has looked at it.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fhir_handout.catalogues import (
    Lack,
    Raw,
    file_of,
    forms_of,
    is_tag,
    one_line,
    parsed_po,
)
from fhir_handout.errors import UsageError
from fhir_handout.languages import cldr, language_name_in, plural_forms_of
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import ContentPack, ReviewStatus, Statement
from fhir_handout.pack_words import CONTEXT, SOURCE_LANGUAGE
from fhir_handout.reviews import review_status

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

BACK_TRANSLATION = "back_translation.po"
_WIDTH = 100
_FORMAT_FLAGS = frozenset({"python-format", "python-brace-format"})


@dataclass(frozen=True, slots=True)
class Status:
    """How far a language has come: messages by what they lack, and who has looked at them.

    `backed` of the messages in `to_back` have a translation back of the words they have now.
    """

    language: str
    messages: int
    gaps: Mapping[Lack, int]
    problems: int
    to_back: int
    backed: int
    reviewed: int
    statements: int

    @property
    def is_complete(self) -> bool:
        """Whether a handout can be in it."""
        return not self.gaps and not self.problems


def statuses(pack: LoadedPack, files: Mapping[str, bytes]) -> Iterator[Status]:
    """The status of each translation."""
    said = pack.content.statements
    wanted = to_back_translate(pack)
    for language in pack.catalogues.languages:
        found = pack.catalogues.translation(language)
        if found is None or language == SOURCE_LANGUAGE:
            continue
        reviews = Counter(review_status(pack.content, each.id, language) for each in said)
        backed = back_translations(files, language)
        yield Status(
            language,
            len(pack.catalogues.source),
            Counter(found.gaps.values()),
            len(found.problems),
            len(wanted),
            sum(name in backed and backed[name][0] == found.words.get(name) for name in wanted),
            len(said) - reviews[ReviewStatus.DRAFTED],
            len(said),
        )


def to_back_translate(pack: LoadedPack) -> list[str]:
    """The messages whose translations are translated back."""
    messages = pack.catalogues.source
    return [n for n in messages if n.partition(CONTEXT)[0] in pack.content.back_translated]


def back_translations(files: Mapping[str, bytes], language: str) -> dict[str, tuple[str, str]]:
    """By message the words that were translated back, and what came of it."""
    data = files.get(f"locale/{language}/{BACK_TRANSLATION}")
    catalog = parsed_po(data) if data else ""
    if isinstance(catalog, str):
        return {}
    return {str(m.context): (str(m.id), str(m.string)) for m in catalog if m.id and m.string}


def renewed(language: str, pack: LoadedPack, old: bytes | None) -> bytes:
    """The catalogue of a language with every message of the source, and the words that it has.

    `UsageError` where the language is unknown, or what is there can't be read.
    """
    if cldr(language) is None or not is_tag(language):
        raise UsageError(
            "no-such-language",
            f"{language} is no tag of a translation; give one such as es or de",
        )
    known = parsed_po(old) if old else None
    if isinstance(known, str):
        raise UsageError("bad-catalogue", f"{file_of(language)}: {known}; mend it first")
    if known is not None and old and old.strip() and len(known) == 0:
        raise UsageError("bad-catalogue", f"{file_of(language)}: has no messages; mend it first")
    plurals = known.plural_forms if known else plural_forms_of(language)
    made = _catalog(pack.content, pack.catalogues.source, plurals, known)
    return _header(language, pack.content, plurals, known) + _written(made)


def _catalog(content: ContentPack, source: Raw, plurals: str, known: Catalog | None) -> Catalog:
    from babel.messages.catalog import Catalog

    old = {message.context: message for message in known or () if message.id}
    made = Catalog(fuzzy=False)
    made.mime_headers = [("Plural-Forms", plurals)]
    notes = Notes(content)
    for name, said in source.items():
        forms = tuple(map(one_line, forms_of(said)))
        message_id: Any = forms if len(forms) > 1 else forms[0]
        before = old.pop(name, None)
        is_fuzzy = before and before.string and (before.fuzzy or before.id != message_id)
        message = made.add(
            message_id,
            _in_shape(before.string, len(forms) > 1, made.num_plurals) if before else None,
            flags={"fuzzy"} if is_fuzzy else (),
            auto_comments=list(notes.of(name)),
            user_comments=before.user_comments if before else (),
            context=name,
        )
        message.flags -= _FORMAT_FLAGS  # Babel guesses them, and no program here goes by them
    gone: dict[Any, Any] = {(str(m.id), m.context): m for m in old.values() if m.string}
    made.obsolete = {**(known.obsolete if known else {}), **gone}
    return made


def _in_shape(string: Any, is_counted: bool, forms: int) -> Any:
    """The words of a message that may have begun, or ceased, to depend on a number."""
    if is_counted and isinstance(string, str):
        return (string,) * forms
    return string[-1] if isinstance(string, tuple) and not is_counted else string


def _written(catalog: Catalog) -> bytes:
    """The messages of a catalogue as PO, without a header."""
    from babel.messages.pofile import write_po

    out = io.BytesIO()
    write_po(out, catalog, width=_WIDTH, omit_header=True)
    return out.getvalue()


def _header(language: str, content: ContentPack, plurals: str, known: Catalog | None) -> bytes:
    """The header of a PO file; what translators wrote over it stays."""
    name = language_name_in(language, SOURCE_LANGUAGE)
    comment = f"# The {name} words of {content.id}. Drafted; reviewed by nobody yet."
    if known and known.header_comment:
        comment = known.header_comment.strip()
    return _of_header(comment, content.id, language, plurals)


def _of_header(comment: str, pack: str, language: str, plurals: str) -> bytes:
    """The header of a PO file, under a comment of lines that begin with a hash."""
    fields = {
        "Project-Id-Version": pack,
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plurals,
    }
    lines = [comment, 'msgid ""', 'msgstr ""', *(f'"{k}: {v}\\n"' for k, v in fields.items())]
    return ("\n".join(lines) + "\n\n").encode()


class Notes:
    """What a translator has to know of a message, from what the pack knows of its statement."""

    def __init__(self, content: ContentPack) -> None:
        self.statements = {statement.id: statement for statement in content.statements}
        self.back_translated = content.back_translated

    def of(self, name: str) -> Iterator[str]:
        """The notes, a line each."""
        plain, _, address = name.partition(CONTEXT)
        statement = self.statements.get(plain)
        if statement:
            yield from self._of_statement(statement)
        if address:
            yield f"Spoken to: {address}"
        if plain in self.back_translated:
            yield "Near to harm: it is translated back"

    def _of_statement(self, statement: Statement) -> Iterator[str]:
        yield f"{statement.kind}, in the section {statement.section}"
        tags = (f"{t['topic']}: {t['action']} {t['object']}" for t in statement.tags)
        about = "; ".join(tags)
        if about:
            yield f"Says: {about}"
        if statement.citations:
            yield f"Sources: {', '.join(statement.citations)}"
