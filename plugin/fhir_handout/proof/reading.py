"""How hard a pack is to read, for every handout that any combination of findings can make.

In: a loaded pack and a language. Out: the worst there can be, as a Flesch-Kincaid grade and as
words a sentence; each sentence and each item of a list counts as one.

What a sheet says is what it says to everybody, and some of the rest. No choice of the rest has
longer sentences, or more syllables a word, than the one that `most` finds; so what is said of that
holds for every handout, and for more than there are. Where a site has set no emergency number its
place is taken by words; both are looked at. Syllables are textstat's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from importlib.util import find_spec

from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import ContentPack
from fhir_handout.proof.words import sentences
from fhir_handout.rules_model import ReadingLimits
from fhir_handout.translate import addressed

_WORD = re.compile(r"[\w’'-]+")
_FRAME = ("sheet-title", "sheet-purpose", "sheet-care-team", "sheet-warning-pointer")
"""What every sheet says besides its statements; headings are no sentences."""

_NUMBER = "{emergency_number}"
_A_NUMBER = "000"
_NO_NUMBER = "emergency-number-unknown"


@dataclass(frozen=True, slots=True)
class Size:
    """How many sentences, words and syllables."""

    sentences: int = 0
    words: int = 0
    syllables: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How hard something is to read, on average."""

    words_a_sentence: float
    syllables_a_word: float

    @classmethod
    def of(cls, texts: Iterable[str]) -> Difficulty:
        """That of these texts together."""
        whole = sum(map(size, texts), Size())
        return cls(whole.words / whole.sentences, whole.syllables / max(whole.words, 1))

    @property
    def grade(self) -> float:
        """The Flesch-Kincaid grade."""
        return 0.39 * self.words_a_sentence + 11.8 * self.syllables_a_word - 15.59

    def exceeds(self, limits: ReadingLimits) -> bool:
        """Whether it is harder than it may be."""
        return self.grade > limits.grade or self.words_a_sentence > limits.words_a_sentence

    def __str__(self) -> str:
        return f"grade {self.grade:.1f}, {self.words_a_sentence:.1f} words a sentence"


@dataclass(frozen=True, slots=True)
class Worst:
    """No handout in this language, to this address, is harder in either than `difficulty`.

    `hardest` is the message that is the hardest on its own.
    """

    language: str
    address: str
    difficulty: Difficulty
    hardest: str


def worst(pack: LoadedPack, language: str) -> Iterator[Worst]:
    """The worst that can be said to the patient, and to each other address."""
    for address in ("", *(each.id for each in pack.content.addresses)):
        words = addressed(pack.catalogues[language], address)
        always, sometimes = _said_to_all(pack.content), list(_said_to_some(pack.content, words))
        with_either = [_filled(words, number) for number in (_A_NUMBER, words[_NO_NUMBER])]
        found = [_bound(each, always, sometimes) for each in with_either]
        yield Worst(
            language,
            address,
            Difficulty(
                max(each.words_a_sentence for each in found),
                max(each.syllables_a_word for each in found),
            ),
            max((*always, *sometimes), key=lambda name: Difficulty.of([words[name]]).grade),
        )


def _filled(words: Mapping[str, str], number: str) -> dict[str, str]:
    return {name: text.replace(_NUMBER, number) for name, text in words.items()}


def _bound(words: Mapping[str, str], always: list[str], sometimes: list[str]) -> Difficulty:
    all_told, some_told = ([size(words[name]) for name in names] for names in (always, sometimes))
    return Difficulty(
        most("words", "sentences", all_told, some_told),
        most("syllables", "words", all_told, some_told),
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


def frame(words: Mapping[str, str], sections: Iterable[str]) -> list[str]:
    """The sentences of a sheet with these sections that are no statements."""
    leads = (words.get(f"section-{section}-lead") for section in sections)
    return [*(words[name] for name in _FRAME), *filter(None, leads)]


def _said_to_all(pack: ContentPack) -> list[str]:
    return [*_FRAME, *(name for name, always in _statements(pack) if always)]


def _said_to_some(pack: ContentPack, words: Mapping[str, str]) -> Iterator[str]:
    """What may be said: some statements, and what stands before the sections that there are."""
    yield from (name for name, always in _statements(pack) if not always)
    leads = (f"section-{section}-lead" for section in pack.sections)
    yield from (lead for lead in leads if lead in words)


def _statements(pack: ContentPack) -> Iterator[tuple[str, bool]]:
    for statement in pack.statements:
        is_limited = statement.section in pack.section_limits
        yield statement.id, statement.when.name == "always" and not is_limited
