"""The words of a content pack by language: the source, and its gettext translations.

In: the source catalogue, and the bytes of locale/LANGUAGE/messages.po. Out: `Catalogues`, which
reads a translation only when it is asked for. A translation counts only when it has every message:
one that is missing, fuzzy, of an older source or wrong, and the language has no catalogue.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fhir_handout.languages import cldr, number_of_forms, plural_form
from fhir_handout.pack_problems import Problem
from fhir_handout.pack_words import (
    PLURAL_FORMS,
    SOURCE_LANGUAGE,
    counted_form,
    flat,
    has_unseen,
    placeholders,
)

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

LOCALE = "locale/"
MESSAGES = "messages.po"
_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_COUNTED = 200
_MOST_FORMS = 6
_FORMS = re.compile(rb"nplurals=\s*([0-9]+)")
_CONTEXT = re.compile(rb'^msgctxt "(.*)"', re.MULTILINE)
_NUMBER = re.compile(r"[0-9]+")
_DIALLED = re.compile(r"(?<![0-9])(?:911|112|999)(?![0-9])")
_OTHER_DIGITS = re.compile(r"(?![0-9])\d")
Words = Mapping[str, str]
Raw = Mapping[str, Any]


class Lack(StrEnum):
    """Why a message has no words that can be used."""

    MISSING = "missing"
    FUZZY = "fuzzy"
    OUTDATED = "of an older source"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Translation:
    """A language's catalogue: its words, and which messages have none that can be used, and why."""

    language: str
    words: Words
    gaps: Mapping[str, Lack]
    problems: tuple[Problem, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every message has its words."""
        return not self.gaps and not self.problems


def file_of(language: str) -> str:
    """The file of a language's words inside the pack."""
    if language == SOURCE_LANGUAGE:
        return f"{LOCALE}{language}.yaml"
    return f"{LOCALE}{language}/{MESSAGES}"


def languages_of(files: Iterable[str]) -> tuple[str, ...]:
    """The languages that a pack's files have translations for."""
    return tuple(name for name in folders_of(files) if is_tag(name))


def folders_of(files: Iterable[str]) -> tuple[str, ...]:
    """The folders of translations, whatever they are called."""
    found = (name.split("/") for name in files if name.startswith(LOCALE))
    return tuple(parts[1] for parts in found if len(parts) == 3 and parts[2] == MESSAGES)


def is_tag(name: str) -> bool:
    """Whether a folder is called by a tag as BCP 47 writes it, and not by the source's."""
    return bool(_TAG.fullmatch(name)) and name != SOURCE_LANGUAGE


class Catalogues(Mapping[str, Words]):
    """The complete catalogues by language; the others only by what they lack."""

    def __init__(self, source: Raw | None, files: Mapping[str, bytes]) -> None:
        self.source: Raw = source or {}
        self._files = files
        self._translations: dict[str, Translation] = {}
        self.languages = (SOURCE_LANGUAGE, *sorted(languages_of(files)))

    def translation(self, language: str) -> Translation | None:
        """What there is of a language, complete or not; None where there is nothing."""
        if language not in self.languages:
            return None
        if language not in self._translations:
            self._translations[language] = self._read(language)
        return self._translations[language]

    def _read(self, language: str) -> Translation:
        if language == SOURCE_LANGUAGE:
            return Translation(language, flat(self.source), {})
        return read_translation(language, self._files[file_of(language)], self.source)

    def __getitem__(self, language: str) -> Words:
        found = self.translation(language)
        if found is None or not found.is_complete:
            raise KeyError(language)
        return found.words

    def __iter__(self) -> Iterator[str]:
        if self.source:
            yield from (name for name in self.languages if self.translation(name).is_complete)  # type: ignore[union-attr]

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_translation(language: str, data: bytes, source: Raw) -> Translation:
    """The translation in a PO file."""
    file = file_of(language)
    catalog = parsed_po(data)
    if isinstance(catalog, str):
        problem = Problem(file, "", catalog)
        return Translation(language, {}, dict.fromkeys(source, Lack.MISSING), (problem,))
    reader = _Reader(file, catalog, source)
    reader.read()
    for context, count in Counter(_CONTEXT.findall(data)).items():
        if count > 1:
            reader.problems.append(
                Problem(file, context.decode(errors="replace"), "is there twice")
            )
    if cldr(language) is None:
        reader.problems.append(Problem(file, "", f"{language} is no language that CLDR knows"))
    return Translation(language, reader.words, reader.gaps, tuple(reader.problems))


def parsed_po(data: bytes) -> Catalog | str:
    """What a PO file holds, or why it can't be read."""
    from babel.messages.pofile import PoFileError, read_po

    named = _FORMS.search(data)
    if named and int(named[1]) > _MOST_FORMS:
        return f"not a gettext catalogue (Plural-Forms has more than {_MOST_FORMS} forms)"
    try:
        return read_po(io.BytesIO(data), abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        return f"not a gettext catalogue ({str(error).splitlines()[0]})"


class _Reader:
    """Takes the words out of a parsed catalogue, and notes what can't be used."""

    def __init__(self, file: str, catalog: Catalog, source: Raw) -> None:
        self.file = file
        self.source = source
        self.plural_forms: str = catalog.plural_forms
        self.messages = {str(m.context): m for m in catalog if m.id}
        self.words: dict[str, str] = {}
        self.gaps: dict[str, Lack] = {}
        self.problems: list[Problem] = []

    def read(self) -> None:
        for name, said in self.source.items():
            message = self.messages.get(name)
            gap = self._gap(message, said)
            if gap:
                self.gaps[name] = gap
            if message and gap is not Lack.MISSING:
                self._take(name, message)
        self.words |= {PLURAL_FORMS: self.plural_forms}
        if not _can_count(self.plural_forms):
            what = "the header Plural-Forms is none: nplurals=…; plural=…;"
            self.problems.append(Problem(self.file, "", what))

    def _gap(self, message: Message | None, said: Any) -> Lack | None:
        if message is None or not all(form.strip() for form in forms_of(message.string)):
            return Lack.MISSING
        if message.fuzzy:
            return Lack.FUZZY
        if forms_of(message.id) != tuple(one_line(form) for form in forms_of(said)):
            return Lack.OUTDATED
        return None

    def _take(self, name: str, message: Message) -> None:
        forms = forms_of(message.string)
        wrong = list(self._wrong_with(message, forms))
        if wrong:
            self.gaps[name] = Lack.WRONG
            for what in wrong:
                self._wrong(message, what)
            return
        if isinstance(message.id, tuple):
            self.words |= {counted_form(name, at): form for at, form in enumerate(forms)}
        self.words |= {name: forms[-1]}

    def _wrong_with(self, message: Message, forms: tuple[str, ...]) -> Iterator[str]:
        if any(map(has_unseen, forms)):
            yield "has a character that can't be seen"
        if any(map(_OTHER_DIGITS.search, forms)):
            yield "has other digits than 0 to 9"
        if any(map(_DIALLED.search, forms)):
            yield "has an emergency number; {emergency_number} is the site's"
        said = forms_of(message.id)
        lost = set(_differing(said[-1], forms[-1]))
        lost |= {name for form in forms for name in placeholders(form)} - {*placeholders(said[-1])}
        if lost:
            yield f"has not the same {', '.join(sorted(lost))} as in locale/en.yaml"
        if isinstance(message.id, tuple) and len(forms) != number_of_forms(self.plural_forms):
            yield "has not as many forms as Plural-Forms says"

    def _wrong(self, message: Message, what: str) -> None:
        self.problems.append(Problem(self.file, str(message.context), what, line=message.lineno))


def _can_count(plural_forms: str) -> bool:
    """Whether a header gives every number a form that there is."""
    try:
        most = number_of_forms(plural_forms)
        return all(0 <= plural_form(count, plural_forms) < most for count in range(_COUNTED))
    except (ValueError, ArithmeticError, RecursionError):
        return False


def _differing(source: str, words: str) -> Iterator[str]:
    """The placeholders that are not there as often, and the numbers of the source that are not."""
    said, told = (Counter(placeholders(text)) for text in (source, words))
    yield from (said - told) + (told - said)
    numbers = (Counter(_NUMBER.findall(text)) for text in (source, words))
    yield from next(numbers) - next(numbers)


def forms_of(said: Any) -> tuple[str, ...]:
    """The forms of a message: one, unless it depends on a number."""
    if isinstance(said, Mapping):
        return tuple(map(str, said.values()))
    return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said or ""),)


def one_line(text: str) -> str:
    """Source words as a translator gets them."""
    return re.sub(r"\s+", " ", text).strip()
