"""The answer to one hook call.

In: a request body, the id of the service, the tenant and the moment. Out: `HookAnswer`: cards, and
how many requests to the EHR it took. No reason, nothing new to offer, or a patient for whom no
handout is made: no cards. `HookRefused` where the call is wrong or too little is known (modules
`call`, `fetching`); besides, 412 with the code of what is wrong in the record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir_handout.cds_hooks.call import HookCall, hook_call
from fhir_handout.cds_hooks.cards import CardMaker
from fhir_handout.cds_hooks.hooks import Service, service
from fhir_handout.cds_hooks.policy import CdsTenant
from fhir_handout.cds_hooks.reasons import Reason, reasons, touched_by
from fhir_handout.cds_hooks.record import HookRecord, hook_record
from fhir_handout.cds_hooks.refused import PRECONDITION_FAILED, HookRefused
from fhir_handout.ehr.given import GivenEhr
from fhir_handout.errors import HandoutError, InvalidFhir, NotAllowed, NotFound
from fhir_handout.model import Moment, RaisedAlert
from fhir_handout.pack_model import Cards
from fhir_handout.workflow import Draft, Prepared, Request, assessed, draft, tailored


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """The cards, and for the metrics: requests sent, and the reasons there were."""

    cards: tuple[dict[str, Any], ...] = ()
    requests_sent: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        """The response as JSON."""
        return {"cards": list(self.cards)}


def answer(body: Any, service_id: str, tenant: CdsTenant, moment: Moment) -> HookAnswer:
    """The answer to a call of one service."""
    asked = service(tenant, service_id)
    call = hook_call(body, asked)
    try:
        record = hook_record(call, asked, tenant, moment.today)
        return _answered(call, asked, tenant, moment, record)
    except NotAllowed:
        return HookAnswer()
    except (InvalidFhir, NotFound) as error:
        raise _unusable(error) from None


def _answered(
    call: HookCall, asked: Service, tenant: CdsTenant, moment: Moment, record: HookRecord
) -> HookAnswer:
    cards = asked.pack.content.cards
    assert isinstance(cards, Cards)  # noqa: S101 there is no service without
    request = Request(
        call.patient_id,
        call.encounter_id,
        moment,
        asked.pack,
        tenant.site,
        tenant.terminology,
        approvals=tenant.approvals,
    )
    seen = assessed(GivenEhr.of(record.raw, "the hook call"), request)
    because = reasons(seen.record, seen.findings, record.orders, cards, tenant.policy, moment.today)
    if not because and not record.orders:  # as most calls are; an alert needs one of the two
        return HookAnswer((), record.requests)
    prepared = tailored(seen, request)
    offered = draft(prepared, request, tenant.policy.formats) if because else Draft(None, None)
    maker = CardMaker(
        asked.pack.content, cards, asked.id, call.instance, tenant.public_url.rstrip("/")
    )
    made = tuple(_cards(maker, prepared, because, offered, record.orders))
    return HookAnswer(made, record.requests, tuple(reason.kind for reason in because))


def _cards(
    maker: CardMaker,
    prepared: Prepared,
    because: tuple[Reason, ...],
    offered: Draft,
    orders: frozenset[str],
) -> Iterator[dict[str, Any]]:
    """The alerts first, the urgent before the others, then the handout."""
    handout = prepared.handout
    alerts: list[RaisedAlert] = sorted(handout.alerts, key=lambda alert: not alert.urgent)
    if offered.document is None:
        concerned = touched_by(handout.findings, orders)
        alerts = [alert for alert in alerts if concerned.intersection(alert.because)]
    yield from map(maker.alert, alerts)
    if offered.document is not None:
        yield maker.handout(handout, because, offered.document)


def _unusable(error: HandoutError) -> HookRefused:
    """A record that no handout can be made of; the words name no id and no flag."""
    return HookRefused(
        PRECONDITION_FAILED,
        error.code,
        "the data of the patient or the encounter that came with the call can't be used",
    )
