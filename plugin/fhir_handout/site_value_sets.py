"""A site's own value sets, laid over those of a content pack.

In: the pack's FHIR ValueSets and a site's, as parsed JSON. Out: the value sets to use, and what is
wrong with the site's, each problem naming its file. A site's value set replaces the pack's of the
same id; where it imports the pack's by its URL, it adds to it. Systems and codes come out in their
normal form, so that a site may spell them as its charts do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fhir_handout.codes import is_number
from fhir_handout.patient_record import Resource
from fhir_handout.systems import normal_code, normal_system

NAME_USE = "urn:fhir-handout:CodeSystem:name-use"
_NAME_USES = ("ingredient", "brand", "synonym", "leading")

_Concepts = dict[tuple[str, str], dict[str, Any]]


def url_of(value_set_id: str) -> str:
    """The URL by which a site's value set imports the pack's."""
    return f"urn:fhir-handout:ValueSet:{value_set_id}"


def merge(
    shipped: Sequence[Resource], site: Mapping[str, Any], problems: list[str]
) -> list[Resource]:
    """The value sets of `shipped`, with those of `site` (parsed JSON by file name) laid over them.

    What is wrong is added to `problems`, one line for each fault, with its file and what to do.
    """
    by_id = {value_set["id"]: value_set for value_set in shipped}
    files: dict[str, str] = {}
    for name, found in site.items():
        file = _File(name, problems)
        ours = file.counterpart(found, by_id)
        if ours is None:
            continue
        if ours["id"] in files:
            file.wrong(f"{ours['id']} is in {files[ours['id']]} too; keep one of them")
        files[ours["id"]] = name
        concepts = file.concepts(found["compose"], ours)
        by_id[ours["id"]] = {**ours, "compose": {"include": _includes(concepts)}}
    return list(by_id.values())


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a site, and where its faults are told."""

    name: str
    problems: list[str]

    def wrong(self, what: str) -> None:
        self.problems.append(f"{self.name}: {what}")

    def counterpart(self, found: Any, shipped: Mapping[str, Resource]) -> Resource | None:
        """The pack's value set of the same id; None where this is no value set to use."""
        if not isinstance(found, dict) or found.get("resourceType") != "ValueSet":
            self.wrong("not a FHIR ValueSet; keep only ValueSets in this folder")
        elif str(found.get("id")) not in shipped:
            self.wrong(f"the pack has no value set {found.get('id')}; use the id of one it has")
        elif not isinstance(found.get("compose"), dict) or not found["compose"].get("include"):
            self.wrong("no compose.include; list its codes there")
        else:
            return shipped[found["id"]]
        return None

    def concepts(self, compose: Mapping[str, Any], ours: Resource) -> _Concepts:
        """What a `compose` includes, less what it excludes."""
        found: _Concepts = {}
        told = len(self.problems)
        for where, part in self._parts(compose, "include"):
            if "valueSet" in part:
                _add(found, self._imported(where, part, ours))
            else:
                _add(found, self._listed(where, part))
        for where, part in self._parts(compose, "exclude"):
            for system, code in self._listed(where, part):
                if found.pop((system, code), None) is None:
                    self.wrong(f"{where} takes out {code}, which is not listed; remove it there")
        if not found and len(self.problems) == told:
            self.wrong("it comes to no code at all; list its codes in compose.include")
        return found

    def _parts(self, compose: Mapping[str, Any], of: str) -> Iterator[tuple[str, dict[str, Any]]]:
        parts = compose.get(of, [])
        if not isinstance(parts, list):
            self.wrong(f"compose.{of} is no list; make it one")
            return
        for number, part in enumerate(parts):
            where = f"compose.{of}[{number}]"
            if isinstance(part, dict):
                yield where, part
            else:
                self.wrong(f"{where} is no object; give its system and concepts")

    def _imported(self, where: str, part: Mapping[str, Any], ours: Resource) -> _Concepts:
        url = url_of(ours["id"])
        if part["valueSet"] != [url]:
            self.wrong(f'{where} imports what it can\'t; import ["{url}"], or list the codes')
        elif part.keys() & {"system", "concept", "filter"}:
            # FHIR reads the two together as what is in both
            self.wrong(f"{where} imports and lists codes; give each an entry of its own")
        return _shipped_concepts(ours)

    def _listed(self, where: str, part: Mapping[str, Any]) -> _Concepts:
        if "filter" in part or "valueSet" in part:
            self.wrong(f"{where} is a filter or an import; list its codes instead")
            return {}
        if not _is_said(part.get("system")):
            self.wrong(f"{where} has no system; give the one its codes are of")
            return {}
        listed = part.get("concept")
        if not isinstance(listed, list) or not listed:
            self.wrong(f"{where} lists no concept; list its codes")
            return {}
        found: _Concepts = {}
        system = normal_system(part["system"])
        for number, concept in enumerate(listed):
            if isinstance(concept, dict) and _is_said(concept.get("code")):
                code = normal_code(system, concept["code"])
                names = self._names(f"{where}.concept[{number}]", concept)
                _add(found, {(system, code): _concept(code, concept, names)})
            else:
                self.wrong(f"{where}.concept[{number}] has no code; give it one")
        return found

    def _names(self, where: str, concept: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The designations by which free text may name it; those of other uses are passed over."""
        found = concept.get("designation", [])
        listed = found if isinstance(found, list) else [found]
        names = [item for item in listed if isinstance(item, dict) and _use(item, "system")]
        for item in names:
            if _use(item, "code") not in _NAME_USES or not _is_name(item.get("value")):
                self.wrong(f"{where} has a name of no use; use {', '.join(_NAME_USES)}")
                return []
        return names


def _use(designation: Mapping[str, Any], element: str) -> Any:
    """An element of a designation's use, if the use is one of ours."""
    use = designation.get("use")
    return use.get(element) if isinstance(use, dict) and use.get("system") == NAME_USE else None


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and any(character.isalnum() for character in value)


def _concept(code: str, given: Mapping[str, Any], names: list[dict[str, Any]]) -> dict[str, Any]:
    """A concept with what of it is used: its display, the number it stands for, and its names."""
    shown = {"display": given["display"]} if _is_said(given.get("display")) else {}
    numbered = [e for e in given.get("extension", ()) if is_number(e)]
    return {
        "code": code,
        **shown,
        **({"extension": numbered} if numbered else {}),
        **({"designation": names} if names else {}),
    }


def _shipped_concepts(value_set: Resource) -> _Concepts:
    found: _Concepts = {}
    for include in value_set["compose"]["include"]:
        system = normal_system(include["system"])
        for concept in include["concept"]:
            _add(found, {(system, concept["code"]): concept})
    return found


def _add(found: _Concepts, more: _Concepts) -> None:
    """Unite two sets of concepts; one that is in both has the names of both."""
    for key, concept in more.items():
        names = [*found.get(key, {}).get("designation", ()), *concept.get("designation", ())]
        united = {**concept, **found.get(key, {})}
        found[key] = {**united, "designation": names} if names else united


def _includes(concepts: _Concepts) -> list[dict[str, Any]]:
    by_system: dict[str, list[dict[str, Any]]] = {}
    for (system, _), concept in concepts.items():
        by_system.setdefault(system, []).append(concept)
    return [{"system": system, "concept": listed} for system, listed in by_system.items()]
