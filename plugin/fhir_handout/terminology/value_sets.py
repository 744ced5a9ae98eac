"""FHIR ValueSets of what a release holds, in the form in which a site adds to those of a pack.

In: the pack's ValueSets as parsed JSON, and the `Members` of each. Out: the ingredients to start
from; and for each set the bytes of a ValueSet that imports the pack's, so that codes which the
release no longer has stay. The same release gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from fhir_handout.patient_record import Resource
from fhir_handout.site_value_sets import url_of
from fhir_handout.systems import NDC, RXNORM
from fhir_handout.terminology.build import Members

MEDICINE_NAME = "urn:fhir-handout:CodeSystem:medicine-name"
_COPYRIGHT = (
    "This product uses publicly available data from the U.S. National Library of Medicine (NLM),"
    " National Institutes of Health, Department of Health and Human Services; NLM is not"
    " responsible for the product and does not endorse or recommend this or any other product."
)


def rxnorm_codes(value_set: Resource) -> frozenset[str]:
    """The RxNorm codes that a pack's value set lists."""
    return frozenset(concept["code"] for concept in _concepts(value_set))


def seeds(value_set: Resource) -> frozenset[str]:
    """Those of them that are ingredients: the concepts by whose ingredient name text is read."""
    return frozenset(
        concept["code"]
        for concept in _concepts(value_set)
        if any(name["use"]["code"] == "ingredient" for name in concept.get("designation", ()))
    )


def seed_names(value_set: Resource) -> frozenset[str]:
    """The names of its ingredients whose RxNorm code the pack does not know, in small letters."""
    return frozenset(
        name["value"].casefold()
        for include in value_set["compose"]["include"]
        if include["system"] == MEDICINE_NAME
        for concept in include["concept"]
        for name in concept.get("designation", ())
        if name["use"]["code"] == "ingredient"
    )


def text(value_set: Resource, members: Members, release: str) -> bytes:
    """The ValueSet that adds `members` of `release` to the pack's `value_set`: a concept a line."""
    header = {
        "resourceType": "ValueSet",
        "id": value_set["id"],
        "url": f"urn:fhir-handout:site:ValueSet:{value_set['id']}",
        "version": release,
        "name": f"{value_set.get('name', 'ValueSet')}OfRelease",
        "title": f"{value_set.get('title', value_set['id'])}, with those of RxNorm {release}",
        "status": "draft",
        "experimental": False,
        "copyright": _COPYRIGHT,
    }
    drugs = ({"code": drug.rxcui, "display": drug.name} for drug in members.drugs)
    ndcs = ({"code": code} for code in members.ndcs)
    includes = [
        _json({"valueSet": [url_of(value_set["id"])]}),
        *_include(RXNORM, drugs),
        *_include(NDC, ndcs),
    ]
    lines = b",\n".join(_json(key) + b":" + _json(value) for key, value in header.items())
    return b"{\n%b,\n" % lines + b'"compose":{"include":[\n%b\n]}\n}\n' % b",\n".join(includes)


def _concepts(value_set: Resource) -> Iterator[Resource]:
    for include in value_set["compose"]["include"]:
        if include["system"] == RXNORM:
            yield from include["concept"]


def _include(system: str, concepts: Iterable[dict[str, str]]) -> Iterator[bytes]:
    """One include, or none where there is nothing to list: FHIR has no empty lists."""
    listed = b",\n".join(_json(concept) for concept in concepts)
    if listed:
        yield b'{"system":%b,"concept":[\n%b\n]}' % (_json(system), listed)


def _json(value: Any) -> bytes:
    return orjson.dumps(value)
