"""Which value sets a concept is in: by code first, then by the names of medicines.

In: FHIR `ValueSet` resources as parsed JSON, and the Concepts of a record. Out: `Match`es. Systems
and codes are compared in one normal form, because charts write the same system as a URL with stray
spaces, as an OID, with or without https, and ICD-10-CM codes with or without their dot. Names are
compared by their words, without accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fhir_handout.model import Coding, Concept, RecognisedBy, Resource

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED_CT = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"

_SAME_SYSTEM = {
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
    "urn:oid:2.16.840.1.113883.6.73": ATC,
    "http://whocc.no/atc": ATC,
}
# NDC is not among them: no value set lists its codes, so that one alone tells nothing.
_KNOWN_SYSTEMS = frozenset({ICD_10_CM, SNOMED_CT, RXNORM, ATC})
_BY_NAME_USE = {
    "ingredient": RecognisedBy.INGREDIENT,
    "brand": RecognisedBy.BRAND,
    "synonym": RecognisedBy.TEXT,
}
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[;\r\n]+|[.!?]\s")
_CLAUSE = re.compile(r"[,:()\[\]]")
_REACH_OF_NEGATION = 3
_STRAY = "\ufeff\u200b"


def normal_system(system: str) -> str:
    """The one spelling of a code system that value sets use."""
    url = system.partition("|")[0].strip(_STRAY).strip().rstrip("/").lower()
    if url.startswith("https://"):
        url = "http://" + url.removeprefix("https://")
    if url.startswith("2.16.840."):
        url = "urn:oid:" + url
    if url.startswith(SNOMED_CT + "/"):
        return SNOMED_CT
    return _SAME_SYSTEM.get(url, url)


def normal_code(system: str, code: str) -> str:
    """The one spelling of a code of a normal system: ICD codes in capitals with their dot."""
    code = code.strip().strip(_STRAY).strip()
    if system == ICD_10_CM:
        bare = code.upper().replace(".", "")
        return bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"
    return code.upper() if system == ATC else code


def is_known_system(system: str) -> bool:
    """Whether codes of this system can be judged at all."""
    return normal_system(system) in _KNOWN_SYSTEMS


def is_readable(concept: Concept) -> bool:
    """Whether a concept says anything: a code in a known system, or words."""
    texts = [concept.text, *(coding.display for coding in concept.codings)]
    coded = any(
        coding.code.strip() and is_known_system(coding.system) for coding in concept.codings
    )
    return coded or any(any(c.isalpha() for c in text) for text in texts)


@dataclass(frozen=True, slots=True)
class Match:
    """A value set that a concept is in, and how that shows; a code is certain, a name is not."""

    value_set: str
    coding: Coding
    recognised_by: RecognisedBy
    certain: bool


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """All value sets of a pack, indexed by code and by name."""

    codes: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    names: dict[tuple[str, ...], list[tuple[str, RecognisedBy]]] = field(default_factory=dict)
    negations: frozenset[str] = frozenset()
    local_uses: frozenset[str] = frozenset()
    longest_name: int = 1

    @classmethod
    def of(
        cls,
        value_sets: Iterable[Resource],
        negations: Iterable[str] = (),
        local_uses: Iterable[str] = (),
    ) -> CodeIndex:
        """Index FHIR ValueSets by their `compose.include` concepts and designations.

        A name is passed over shortly after one of `negations` in the same clause, and in a
        sentence with one of `local_uses`, the words of medicines that do not act on the whole body.
        """
        codes: dict[str, dict[str, list[str]]] = {}
        names: dict[tuple[str, ...], list[tuple[str, RecognisedBy]]] = {}
        for value_set in value_sets:
            name = value_set["id"]
            for include in value_set["compose"]["include"]:
                of_system = codes.setdefault(include["system"], {})
                for concept in include["concept"]:
                    of_system.setdefault(concept["code"], []).append(name)
                    if "designation" in concept:
                        _add_names(names, name, concept["designation"])
        longest = max(map(len, names), default=1)
        return cls(codes, names, frozenset(negations), frozenset(local_uses), longest)

    def matches(self, concept: Concept) -> tuple[Match, ...]:
        """The value sets that any coding of the concept is in, each once."""
        found: dict[str, Match] = {}
        for coding in concept.codings:
            for value_set in self._value_sets_of(coding):
                match = Match(value_set, coding, RecognisedBy.CODE, certain=True)
                found.setdefault(value_set, match)
        return tuple(found.values())

    def name_matches(self, concept: Concept) -> tuple[Match, ...]:
        """The value sets that a display or the text names a medicine of, negations aside."""
        found: dict[str, Match] = {}
        named = [(coding.display, coding) for coding in concept.codings]
        named.append((concept.text, Coding("", "", concept.text)))
        for text, coding in named:
            for value_set, how in self._named_in(text):
                found.setdefault(value_set, Match(value_set, coding, how, certain=False))
        return tuple(found.values())

    def _value_sets_of(self, coding: Coding) -> Iterator[str]:
        system = normal_system(coding.system)
        code = normal_code(system, coding.code)
        of_system = self.codes.get(system, {})
        yield from of_system.get(code, ())
        if system == ATC:
            for length in range(len(code) - 1, 2, -1):
                yield from of_system.get(code[:length], ())

    def _named_in(self, text: str) -> Iterator[tuple[str, RecognisedBy]]:
        for sentence in _SENTENCE.split(text):
            if not self.local_uses.intersection(_words(sentence)):
                for clause in _CLAUSE.split(sentence):
                    yield from self._named_in_clause(clause)

    def _named_in_clause(self, clause: str) -> Iterator[tuple[str, RecognisedBy]]:
        found = list(_WORD.finditer(_folded(clause)))
        words = [word.group() for word in found]
        for start in range(len(words)):
            before = range(max(0, start - _REACH_OF_NEGATION), start)
            if any(self._denies(found[at], start - at) for at in before):
                continue
            for end in range(start + 1, min(len(words), start + self.longest_name) + 1):
                yield from self.names.get(tuple(words[start:end]), ())

    def _denies(self, word: re.Match[str], distance: int) -> bool:
        """Whether `word` negates another so far after it; before a hyphen, only the next."""
        is_joined = word.string.startswith("-", word.end())
        return word.group() in self.negations and (distance == 1 or not is_joined)


def _add_names(
    names: dict[tuple[str, ...], list[tuple[str, RecognisedBy]]],
    value_set: str,
    designations: Iterable[Resource],
) -> None:
    for designation in designations:
        how = _BY_NAME_USE[designation["use"]["code"]]
        words = tuple(_words(designation["value"]))
        names.setdefault(words, []).append((value_set, how))


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    """Small letters without accents, and without the invisible characters that part words."""
    if text.isascii():
        return text.casefold()
    spelled = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spelled if unicodedata.category(c) not in ("Mn", "Cf"))
