"""What handouts there are, in which languages, as a client of REST may see them.

In: the client and the service. Out: items as `answers.HandoutItem` and `answers.LanguageItem` say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from fhir_handout.approvals import Content, approval_of
from fhir_handout.languages import language_name, language_name_in
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_files import shipped_packs
from fhir_handout.pack_model import ReviewStatus
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.reviews import review_status
from fhir_handout.service.running import Ready, Service
from fhir_handout.service.tables import ApiClient

_TITLE = "sheet-title"


def handouts_of(caller: ApiClient, service: Service) -> Iterator[dict[str, Any]]:
    """The packs that came with this program, and those of the caller's EHRs."""
    for name in shipped_packs():
        yield handout_item(service.packs.of(name), None)
    for ready in _tenants(caller, service):
        yield handout_item(ready.pack, ready.tenant.name)


def languages_of(caller: ApiClient, service: Service) -> Iterator[dict[str, Any]]:
    """Every language that any of those packs has words in."""
    packs = {name: service.packs.of(name) for name in shipped_packs()}
    tenants = list(_tenants(caller, service))
    packs |= {ready.pack.content.id: ready.pack for ready in tenants}
    for name, pack in packs.items():
        for tag in pack.catalogues.languages:
            approved = [r.tenant.name for r in tenants if _has_approved(r, name, tag)]
            yield language_item(pack, tag, approved)


def _tenants(caller: ApiClient, service: Service) -> Iterator[Ready]:
    return (service.tenant(name) for name in caller.tenants)


def handout_item(pack: LoadedPack, tenant: str | None) -> dict[str, Any]:
    """As `answers.HandoutItem`."""
    content = pack.content
    found = Counter(review_status(content, s.id, SOURCE_LANGUAGE) for s in content.statements)
    return {
        "pack": content.id,
        "tenant": tenant,
        "title": pack.catalogues[SOURCE_LANGUAGE][_TITLE],
        "version": content.version,
        "hash": pack.approval_hash(SOURCE_LANGUAGE),
        "review": {status.value: found[status] for status in ReviewStatus},
    }


def language_item(pack: LoadedPack, tag: str, approved_by: list[str]) -> dict[str, Any]:
    """As `answers.LanguageItem`."""
    return {
        "pack": pack.content.id,
        "tag": tag,
        "name": language_name(tag),
        "name_in_english": language_name_in(tag, SOURCE_LANGUAGE),
        "complete": tag in pack.catalogues,
        "approved_by": approved_by,
    }


def _has_approved(ready: Ready, pack: str, tag: str) -> bool:
    content = ready.pack.content
    if content.id != pack or tag not in content.hashes:
        return False
    wanted = Content(content.id, content.version, content.hashes[tag], tag)
    return approval_of(wanted, ready.approvals) is not None
