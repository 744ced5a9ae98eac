"""How hard a pack is to read, for every handout that any combination of findings can make.

In: a loaded pack and a language. Out: the worst there can be, as a Flesch-Kincaid grade and as
words a sentence; each sentence and each item of a list counts as one.

What a sheet says is what it says to everybody, and some of the rest. No choice of the rest has
longer sentences, or more syllables a word, than the one that `most` finds; so what is said of that
holds for every handout, and for more than there are. Syllables are textstat's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from importlib.util import find_spec

from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import ContentPack
from fhir_handout.proof.words import sentences
from fhir_handout.translate import addressed

_WORD = re.compile(r"[\w’'-]+")
_FRAME = ("sheet-title", "sheet-purpose", "sheet-care-team", "sheet-warning-pointer")
"""What every sheet says besides its statements; headings are no sentences."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many sentences, words and syllables."""

    sentences: int = 0
    words: int = 0
    syllables: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Worst:
    """No handout in this language, to this address, is harder; `grade` bounds all of them."""

    language: str
    address: str
    words_a_sentence: float
    syllables_a_word: float

    @property
    def grade(self) -> float:
        """The Flesch-Kincaid grade of a sheet that is the worst in both."""
        return 0.39 * self.words_a_sentence + 11.8 * self.syllables_a_word - 15.59

    def __str__(self) -> str:
        return f"grade {self.grade:.1f}, {self.words_a_sentence:.1f} words a sentence"


def worst(pack: LoadedPack, language: str) -> Iterator[Worst]:
    """The worst that can be said to the patient, and to each other address."""
    for address in ("", *(each.id for each in pack.content.addresses)):
        words = addressed(pack.catalogues[language], address)
        always = [size(words[name]) for name in _FRAME]
        always += [size(words[name]) for name in _said_to_all(pack.content)]
        sometimes = [size(words[name]) for name in _said_to_some(pack.content)]
        yield Worst(
            language,
            address,
            most("words", "sentences", always, sometimes),
            most("syllables", "words", always, sometimes),
        )


def most(over: str, under: str, always: Iterable[Size], sometimes: Iterable[Size]) -> float:
    """The greatest ratio of two counts that any choice has: Dinkelbach's iteration, exact."""
    fixed, some = sum(always, Size()), list(sometimes)
    ratio = 0.0
    while True:
        chosen = (s for s in some if getattr(s, over) > ratio * getattr(s, under))
        of = sum(chosen, fixed)
        better = getattr(of, over) / getattr(of, under)
        if better <= ratio:
            return ratio
        ratio = better


def can_measure() -> bool:
    """Whether textstat is there: only authors need it, and it is big."""
    return find_spec("textstat") is not None


def size(text: str) -> Size:
    """The sentences, words and syllables of a line."""
    import textstat  # it is slow to import

    words = _WORD.findall(text)
    return Size(len(sentences(text)), len(words), sum(map(textstat.syllable_count, words)))


def _said_to_all(pack: ContentPack) -> Iterator[str]:
    return (name for name, always in _statements(pack) if always)


def _said_to_some(pack: ContentPack) -> Iterator[str]:
    return (name for name, always in _statements(pack) if not always)


def _statements(pack: ContentPack) -> Iterator[tuple[str, bool]]:
    for statement in pack.statements:
        is_limited = statement.section in pack.section_limits
        yield statement.id, statement.when.name == "always" and not is_limited
