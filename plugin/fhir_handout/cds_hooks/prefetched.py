"""What a client prefetched, held against what was wanted.

In: the value of one prefetch key, whatever it is. Out: `Had`: the entries in it, what may be
missing, and whether it answers the template. By CDS Hooks 2.0 a search that found nothing is
null. A read can't have found nothing, since the context names what is read; and a client that
says null for every search more likely sends none of them, so then it is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from fhir_handout.cds_hooks.wanted import Wanted
from fhir_handout.ehr.searchset import read_page
from fhir_handout.patient_record import CLINICAL_PARTS, Entry, Gap, Resource

_BESIDE = ("Medication", "OperationOutcome")


class Answered(Enum):
    """How far a value answers its template."""

    WHOLLY = auto()
    IN_PART = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Had:
    """What is known of one key; `is_null` where the client said that there is none."""

    wanted: Wanted
    answered: Answered
    entries: tuple[Entry, ...] = ()
    gaps: tuple[Gap, ...] = ()
    is_null: bool = False


def prefetched(
    wanted: Iterable[Wanted], prefetch: Mapping[str, Any], patient_id: str
) -> tuple[Had, ...]:
    """What is had of each key that is wanted; others are passed over."""
    found = [_had(each, prefetch, patient_id) for each in wanted]
    clinical = [had for had in found if had.wanted.hides in CLINICAL_PARTS]
    if all(had.is_null for had in clinical):
        return tuple(_doubted(had) if had in clinical else had for had in found)
    return tuple(found)


def _had(wanted: Wanted, prefetch: Mapping[str, Any], patient_id: str) -> Had:
    missing = Had(wanted, Answered.NOT)
    if wanted.key not in prefetch:
        return missing
    value = prefetch[wanted.key]
    if wanted.question is None:
        return _read(wanted, value) or missing
    if value is None:
        return Had(wanted, Answered.WHOLLY, is_null=True)
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        return missing
    return _searched(wanted, value, patient_id)


def _read(wanted: Wanted, value: Any) -> Had | None:
    if not isinstance(value, dict):
        return None
    entry = Entry(value, None, f"prefetch {wanted.key}")
    return Had(wanted, Answered.WHOLLY, (entry,)) if entry.name == wanted.url else None


def _searched(wanted: Wanted, bundle: Resource, patient_id: str) -> Had:
    page = read_page(bundle)
    ours = tuple(e for e in page.entries if not _is_of_another(e.resource, patient_id))
    flaws = list(page.flaws)
    if len(ours) < len(page.entries):
        flaws.append("it holds what is another patient's")
    if any(entry.type not in (wanted.type, *_BESIDE) for entry in ours):
        flaws.append("it holds another type of resource")
    if page.next is not None:
        flaws.append("its next page was not sent")
    elif page.total is not None and page.matches < page.total:
        flaws.append("the server counted more than was sent")
    gaps = tuple(_gap(wanted, flaw) for flaw in flaws)
    if not gaps:
        return Had(wanted, Answered.WHOLLY, ours)
    return Had(wanted, Answered.IN_PART if ours else Answered.NOT, ours, gaps)


def _is_of_another(resource: Resource, patient_id: str) -> bool:
    """Whether its subject names another Patient outright; what is less sure is looked at later."""
    subject = resource.get("subject", resource.get("patient"))
    target = subject.get("reference") if isinstance(subject, dict) else None
    return isinstance(target, str) and any(
        named != patient_id for named in _patients_in(target.partition("/_history/")[0])
    )


def _patients_in(target: str) -> Iterator[str]:
    head, _, own = target.rpartition("/")
    if head == "Patient" or head.endswith("/Patient"):
        yield own


def _doubted(had: Had) -> Had:
    why = "the call says null for every search"
    return replace(had, answered=Answered.IN_PART, gaps=(_gap(had.wanted, why),))


def _gap(wanted: Wanted, why: str) -> Gap:
    return Gap(f"prefetch {wanted.key}", why, frozenset({wanted.hides}))
