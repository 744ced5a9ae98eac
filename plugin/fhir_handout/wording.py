"""Which value sets words name: the names of medicines and conditions in displays and free text.

In: names with the value sets they mean, and the words that change their meaning. Out: for a text,
the value sets it names. Words are compared without accents and case. Of names that overlap the
longest counts: "acute kidney failure" does not name "kidney failure" too. A word that is part of a
name has its meaning there and no other: the risk in "high risk pregnancy" rules nothing out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fhir_handout.model import RecognisedBy

_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[;\r\n]+|[.!?]\s")
_CLAUSE = re.compile(r"[,:()\[\]]")
_ITEM = re.compile(r",(?!\d)")
_PART = re.compile(r",(?!\d)|[()\[\]]|\s-+\s")
_REACH_OF_NEGATION = 3
_END_OF_TEXT = 2
_INFINITE = float("inf")

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a name means; one that is `leading` counts only where a clause begins with it."""

    value_set: str
    how: RecognisedBy
    leading: bool = False


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Names by their words.

    A name is passed over shortly after one of `negations` in the same clause; in a part of a
    sentence with one of `excluded` and after it; and in an item of a list with one of `local`,
    unless the item has one of `systemic` too or the name's value set is `exempt`.
    """

    names: Mapping[Words, tuple[Named, ...]] = field(default_factory=dict)
    negations: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    local: frozenset[str] = frozenset()
    systemic: frozenset[str] = frozenset()
    exempt: frozenset[str] = frozenset()
    across_clauses: bool = False
    longest: Mapping[str, int] = field(default_factory=dict)
    doubts: frozenset[str] = frozenset()
    known: dict[str, tuple[Named, ...]] | None = None

    @classmethod
    def of(
        cls,
        names: Iterable[tuple[str, Named]],
        others: Iterable[str] = (),
        negations: Iterable[str] = (),
        excluded: Iterable[str] = (),
        local: Iterable[str] = (),
        exempt: Iterable[str] = (),
        across_clauses: bool = False,
        systemic: Iterable[str] = (),
        doubts: Iterable[str] = (),
    ) -> NameIndex:
        """Index these names, in the order given; `others` are longer names that mean nothing."""
        found: dict[Words, tuple[Named, ...]] = {tuple(words(name)): () for name in others}
        for name, named in names:
            spelled = tuple(words(name))
            known = found.get(spelled)
            found[spelled] = (named,) if known is None else (*known, named)
        longest: dict[str, int] = {}
        for spelled in found:
            longest[spelled[0]] = max(longest.get(spelled[0], 0), len(spelled))
        return cls(
            found,
            frozenset(negations),
            frozenset(excluded),
            frozenset(local),
            frozenset(systemic),
            frozenset(exempt),
            across_clauses,
            longest,
            frozenset(doubts),
        )

    def remembering(self) -> NameIndex:
        """The same index, that remembers what texts name: for as long as one record is read."""
        return replace(self, known={})

    def named_in(self, text: str) -> tuple[Named, ...]:
        """What `text` names, in its order."""
        if self.known is None:
            return tuple(self._named_in(text))
        if text not in self.known:
            self.known[text] = tuple(self._named_in(text))
        return self.known[text]

    def denied_in(self, text: str) -> frozenset[str]:
        """The value sets that `text` has a name of, but denies or leaves open."""
        spelled = words(text)
        if all(some.isdisjoint(spelled) for some in (self.negations, self.excluded, self.doubts)):
            return frozenset()
        bare = replace(self, negations=frozenset(), excluded=frozenset(), known=None)
        named = {named.value_set for named in bare._named_in(text)}
        told = {named.value_set for named in self.named_in(text)}
        return frozenset(named if self._is_doubted(text) else named - told)

    def _is_doubted(self, text: str) -> bool:
        """Whether a text has one of the `doubts`, or ends with a word that denies."""
        found = list(_WORD.finditer(folded(text)))
        free = {found[at].group() for at in self._free(found, self._spans_of(found))}
        last = {word.group() for word in found[-_END_OF_TEXT:]}
        return not free.isdisjoint(self.doubts | last & (self.negations | self.excluded))

    def _named_in(self, text: str) -> Iterator[Named]:
        if self.longest.keys().isdisjoint(words(text)):
            return  # no name begins anywhere in it
        for sentence in _SENTENCE.split(text):
            for item in self._items(sentence):
                is_local = self.is_local([item])
                for clause in [item] if self.across_clauses else _CLAUSE.split(item):
                    for named in self._in_clause(clause):
                        if not is_local or named.value_set in self.exempt:
                            yield named

    def _items(self, sentence: str) -> Iterator[str]:
        """The items of a list, where that matters; with a `local` word alone that follows it."""
        if self.local.isdisjoint(words(sentence)):
            yield sentence
            return
        found = _ITEM.split(sentence)
        for item, following in zip(found, [*found[1:], ""], strict=True):
            is_alone = len(words(following)) == 1 and self.is_local([following])
            yield f"{item},{following}" if is_alone else item

    def is_local(self, texts: Iterable[str]) -> bool:
        """Whether any of `texts` has one of the `local` words, and none a `systemic` one."""
        spelled = {word for text in texts for word in words(text)}
        return not self.local.isdisjoint(spelled) and self.systemic.isdisjoint(spelled)

    def _in_clause(self, clause: str) -> Iterator[Named]:
        found = list(_WORD.finditer(folded(clause)))
        spans = self._spans_of(found)
        if not spans:
            return
        free = self._free(found, spans)
        told_until = self._told_until([found[at] for at in sorted(free)])
        for start, stop in spans:
            is_told = found[stop - 1].end() <= told_until
            if is_told and not self._is_denied(found, start, free):
                for meant in self.names[tuple(word.group() for word in found[start:stop])]:
                    if start == 0 or not meant.leading:
                        yield meant

    def _spans_of(self, found: list[re.Match[str]]) -> list[tuple[int, int]]:
        """Where names begin and stop, without those that are part of a longer one."""
        spelled = [word.group() for word in found]
        spans, end = [], 0
        for start in range(len(spelled)):
            stop = self._stop_of_longest(spelled, start)
            if stop > end:
                spans.append((start, stop))
                end = stop
        return spans

    @staticmethod
    def _free(found: list[re.Match[str]], spans: list[tuple[int, int]]) -> frozenset[int]:
        """Where the words are that are no part of a name."""
        named = {at for start, stop in spans for at in range(start, stop)}
        return frozenset(range(len(found))) - named

    def _told_until(self, free: list[re.Match[str]]) -> float:
        """Where the part begins that has an excluded word, which is about something else."""
        word = next((word for word in free if word.group() in self.excluded), None)
        if word is None:
            return _INFINITE
        parts = _PART.finditer(word.string, 0, word.start())
        return max((part.start() for part in parts), default=0)

    def _stop_of_longest(self, spelled: list[str], start: int) -> int:
        """Where the longest name that begins at `start` stops; 0 where none begins."""
        most = self.longest.get(spelled[start], 0)
        for stop in range(min(len(spelled), start + most), start, -1):
            if tuple(spelled[start:stop]) in self.names:
                return stop
        return 0

    def _is_denied(self, found: list[re.Match[str]], start: int, free: frozenset[int]) -> bool:
        before = range(max(0, start - _REACH_OF_NEGATION), start)
        return any(self._denies(found[at], start - at) for at in before if at in free)

    def _denies(self, word: re.Match[str], distance: int) -> bool:
        """Whether `word` negates another so far after it; before a hyphen, only the next."""
        is_joined = word.string.startswith("-", word.end())
        return word.group() in self.negations and (distance == 1 or not is_joined)


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(folded(text))


def folded(text: str) -> str:
    """Small letters without accents, and without the invisible characters that part words."""
    if text.isascii():
        return text.casefold()
    spelled = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spelled if unicodedata.category(c) not in ("Mn", "Cf"))
