"""Choosing the patient, where the launch brought none.

In: a posted form with a name, an identifier or a birth date, or with the patient that was chosen.
Out: a few patients to choose from, or the way to the page of the one. Nothing of a patient stands
in an address. Once a page has its patient it keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from fhir_handout.ehr.patients import MOST
from fhir_handout.ehr.question import is_id
from fhir_handout.elements import Damaged, element, objects
from fhir_handout.errors import NotAllowed, UsageError
from fhir_handout.names import plain, printed_name
from fhir_handout.patient_record import Resource
from fhir_handout.service.page.asking import ehr_of
from fhir_handout.service.page.auditing import DONE, audit
from fhir_handout.service.page.drawing import drawn
from fhir_handout.service.page.forms import Form, Posted, refuse_old
from fhir_handout.service.page.kept_work import take_work
from fhir_handout.service.page.session import Opened, Page, with_form

router = APIRouter(prefix="/app/{session_id}", include_in_schema=False)
_PARAMETERS = {"name": "name", "identifier": "identifier", "born": "birthdate"}
_LONGEST = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hit:
    """A patient to choose; empty where the chart says nothing."""

    id: str
    name: str
    born: str
    sex: str
    identifiers: tuple[str, ...]


@router.post("/patient")
def patient(request: Request, page: Opened, form: Posted) -> Response:
    """Search, or take the one that was chosen."""
    if page.open.patient is not None:
        raise NotAllowed("patient-chosen", "this page has its patient; launch again for another")
    if "patient" in form:
        return _chosen(request, page, form)
    wanted, mistakes = searched(form)
    if mistakes:
        return picker(request, page, wanted, mistakes=mistakes, status=422)
    with ehr_of(request, page) as ehr:
        found = ehr.find_patients({_PARAMETERS[name]: text for name, text in wanted.items()})
    audit(request, page, "search-patient", DONE)
    return picker(request, page, wanted, hits(found))


def picker(
    request: Request,
    page: Page,
    wanted: Mapping[str, str] | None = None,
    found: tuple[Hit, ...] | None = None,
    mistakes: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The form to look for a patient, with what was found."""
    return drawn(
        request,
        "patient.html.j2",
        page.ready.tenant.table.frame_ancestors,
        status,
        ehr=page.ready.tenant.label,
        csrf=page.open.csrf,
        revision=page.open.revision,
        wanted=wanted or {},
        hits=found,
        mistakes=mistakes or {},
        most=MOST,
    )


def searched(form: Form) -> tuple[dict[str, str], dict[str, str]]:
    """What is looked for, and what is wrong with it: the name of what to say, by field."""
    wanted = {name: plain(form.get(name, "")) for name in _PARAMETERS}
    wanted = {name: text for name, text in wanted.items() if text}
    mistakes = {name: "too-long" for name, text in wanted.items() if len(text) > _LONGEST}
    if not _DAY.fullmatch(wanted.get("born", "2000-01-01")):
        mistakes["born"] = "no-date"
    if not wanted:
        mistakes["name"] = "nothing-to-look-for"
    return wanted, mistakes


def hits(found: tuple[Resource, ...]) -> tuple[Hit, ...]:
    """What tells the patients apart; one whose resource is damaged is left out."""
    made = []
    for each in found:
        try:
            made.append(_hit(each))
        except Damaged:
            continue
    return tuple(hit for hit in made if is_id(hit.id))


def _hit(resource: Resource) -> Hit:
    values = (element(each, "value", str) for each in objects(resource, "identifier"))
    return Hit(
        element(resource, "id", str) or "",
        printed_name(resource),
        plain(element(resource, "birthDate", str) or ""),
        plain(element(resource, "gender", str) or ""),
        tuple(plain(value) for value in values if value)[:3],
    )


def _chosen(request: Request, page: Page, form: Form) -> Response:
    refuse_old(form, page)
    if not is_id(form["patient"]):
        raise UsageError("bad-form", "the form names no patient; look for one again")
    service, whose = page.service, (page.open.user, form["patient"], page.open.encounter)
    work = take_work(service, page.ready.tenant.name, *whose)
    taken = {"work": work, "resumed": True} if work else {}
    chosen = with_form(request, page, patient=form["patient"], **taken)
    audit(request, chosen, "choose-patient", DONE)
    return RedirectResponse("./", 303)
