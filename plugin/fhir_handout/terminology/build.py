"""From ingredients to everything that contains them: components, forms, products, brands, packs.

In: a `Release`, and the ingredients of each value set by RXCUI. Out: the `Members` of each.

The walk goes from an ingredient to what contains it, and on from there. It ends at a brand name: a
brand may be sold with other ingredients too. So a brand name is a member only if the release has
products of it and every one of them is a member; what is sold under it then is what the set means,
whichever product was taken. What is used on one part of the body alone is left out, and so is what
is only ever a part of that. A pack is a member for the products in it, whatever else it holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from fhir_handout.errors import BadContent
from fhir_handout.terminology.release import Containers, Drug, Release

_PRODUCTS = frozenset({"SCD", "SBD"})
_PACKS = frozenset({"GPCK", "BPCK"})
_WITHOUT_FORM = frozenset({"SCDC", "SBDC", "MIN"})
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Members:
    """What a release puts into one value set: concepts by RXCUI, and NDCs of eleven digits."""

    drugs: tuple[Drug, ...]
    ndcs: tuple[str, ...]


def build(
    release: Release,
    seeds: Mapping[str, Collection[str]],
    local_words: Collection[str],
    however_taken: Collection[str] = (),
) -> dict[str, Members]:
    """The members of each value set of `seeds`, in order of code.

    `local_words` mark the names of what does not act on the whole body; the value sets that count
    `however_taken` have those too. `BadContent` if the release knows none of the ingredients.
    """
    containers = release.containers()
    # brands are walked through only here: whatever may be a member, and the products of its brands
    near = reachable(containers, {seed for of_set in seeds.values() for seed in of_set})
    walk = _Walk(containers, release.drugs(near), frozenset(local_words))
    anyhow = replace(walk, local_words=frozenset())
    found = {
        name: (anyhow if name in however_taken else walk).members(of_set)
        for name, of_set in seeds.items()
    }
    if not any(found.values()):
        raise BadContent(
            "bad-release",
            f"the release in {release.folder} has no ingredient of any value set; give --rrf "
            "a full or prescribable RxNorm release",
        )
    ndcs = release.ndcs({rxcui for members in found.values() for rxcui in members})
    return {name: _sorted(members, walk.drugs, ndcs) for name, members in found.items()}


def reachable(containers: Containers, start: Iterable[str]) -> set[str]:
    """What contains anything of `start`, at any depth, and `start` itself."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        rxcui = waiting.pop()
        if rxcui not in found:
            found.add(rxcui)
            waiting += containers.get(rxcui, ())
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    """The release as far as it may matter, and the words of what acts locally."""

    containers: Containers
    drugs: Mapping[str, Drug]
    local_words: frozenset[str]

    def members(self, seeds: Iterable[str]) -> set[str]:
        """Everything that contains a seed and acts on the whole body, brands included."""
        met: set[str] = set()
        waiting = list(seeds)
        while waiting:
            rxcui = waiting.pop()
            if rxcui not in met and self._leads_on(rxcui):
                met.add(rxcui)
                waiting += self.containers.get(rxcui, ())
        members = met - self._only_local(met)
        return members | set(self._brands(members))

    def _leads_on(self, rxcui: str) -> bool:
        drug = self.drugs.get(rxcui)
        return drug is not None and drug.term_type != "BN" and not self._is_local(drug)

    def _is_local(self, drug: Drug) -> bool:
        # a pack's name tells of everything in it
        words = () if drug.term_type in _PACKS else _WORD.findall(drug.name.casefold())
        return not self.local_words.isdisjoint(words)

    def _only_local(self, met: set[str]) -> set[str]:
        """The names without a form that have products in the release, and none that was met."""
        contents: dict[str, list[str]] = {}
        for rxcui in met:
            for container in self.containers.get(rxcui, ()):
                contents.setdefault(container, []).append(rxcui)
        products = self._of_types(self.drugs, _PRODUCTS)
        local = reachable(contents, products - met) - reachable(contents, products & met)
        return self._of_types(local & met, _WITHOUT_FORM)

    def _brands(self, members: set[str]) -> Iterator[str]:
        for rxcui in self._of_types(self.drugs, {"BN"}):
            products = self._of_types(self.containers.get(rxcui, ()), _PRODUCTS | _PACKS)
            if products and products <= members:
                yield rxcui

    def _of_types(self, rxcuis: Iterable[str], term_types: Collection[str]) -> set[str]:
        drugs = (self.drugs.get(rxcui) for rxcui in rxcuis)
        return {drug.rxcui for drug in drugs if drug and drug.term_type in term_types}


def _sorted(
    members: set[str], drugs: Mapping[str, Drug], ndcs: Mapping[str, Collection[str]]
) -> Members:
    codes = {code for rxcui in members for code in ndcs.get(rxcui, ())}
    return Members(tuple(drugs[rxcui] for rxcui in sorted(members)), tuple(sorted(codes)))
