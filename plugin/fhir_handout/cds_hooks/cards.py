"""The cards of a hook's answer, as CDS Hooks 2.0 has them.

In: a prepared handout, why there is a card, and the draft. Out: cards as JSON: one that offers the
handout, and one for each alert. Their ids follow from the call, so that the same call has the same
ones. The alerts come with the handout; alone only those that an order about to be signed concerns,
since an alert at every look at a chart is read by nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fhir_handout.cds_hooks.markdown import of_chart, of_pack
from fhir_handout.cds_hooks.reasons import Reason
from fhir_handout.done_by_hand import in_words
from fhir_handout.model import Evidence, Finding, Handout, RaisedAlert, Status
from fhir_handout.pack_model import Cards, ContentPack
from fhir_handout.patient_record import Resource

OVERRIDE = "urn:fhir-handout:override-reason"
TOPIC = "urn:fhir-handout:card-topic"
_CARDS = uuid.UUID("5f3c1f5e-9a57-5d5b-8a27-6c3d7f0f1c52")
_LONGEST_SUMMARY = 139
_MOST_MEDICINES = 5


@dataclass(frozen=True, slots=True)
class CardMaker:
    """Makes the cards of one call to one service."""

    pack: ContentPack
    cards: Cards
    service_id: str
    instance: str
    public_url: str

    def handout(
        self, handout: Handout, because: tuple[Reason, ...], document: Resource
    ) -> dict[str, Any]:
        """The card that offers the handout."""
        card = self._card("handout", self.cards.summaries[because[0].kind], "info")
        draft = {
            "type": "create",
            "description": "Create the draft of the handout in the record, to be looked at",
            "resource": document,
        }
        return {
            **card,
            "detail": "\n\n".join(self._detail(handout, because)),
            "suggestions": [
                {
                    "label": "Attach the draft of the handout",
                    "uuid": self.id_of("handout/attach"),
                    "actions": [draft],
                }
            ],
            "selectionBehavior": "at-most-one",
            "overrideReasons": _codings(self.cards.override_reasons),
        }

    def alert(self, alert: RaisedAlert) -> dict[str, Any]:
        """The card of an alert."""
        name = f"alert/{alert.alert}"
        indicator = "critical" if alert.urgent else "warning"
        return {
            **self._card(name, _shortened(alert.text), indicator),
            "detail": of_pack(alert.text),
            "overrideReasons": _codings(self.cards.alert_override_reasons),
        }

    def id_of(self, what: str) -> str:
        """The id of a part of the answer: the same for the same call."""
        return str(uuid.uuid5(_CARDS, f"{self.instance} {self.service_id} {what}"))

    def _card(self, name: str, summary: str, indicator: str) -> dict[str, Any]:
        code, display = self.cards.topic
        source = {
            "label": self.cards.source,
            "url": self.cards.source_url,
            "topic": {"system": TOPIC, "code": code, "display": display},
        }
        card_id = self.id_of(name)
        context = {"pack": self.pack.id, "card": card_id}
        return {
            "uuid": card_id,
            "summary": summary,
            "indicator": indicator,
            "source": {key: value for key, value in source.items() if value},
            "links": [
                {
                    "label": "See why, adjust and attach",
                    "url": f"{self.public_url}/launch",
                    "type": "smart",
                    "appContext": orjson.dumps(context).decode(),
                }
            ],
        }

    def _detail(self, handout: Handout, because: Iterable[Reason]) -> Iterator[str]:
        new = [e for reason in because for e in reason.evidence]
        if new:
            yield f"**New:** {_listed(new)}"
        found = handout.findings
        yield f"**Found:** {', '.join(self._labels(found.findings)) or 'nothing that changes it'}"
        if any(finding.status is Status.UNKNOWN for finding in found.findings):
            yield "Part of the chart could not be read: the handout is careful where it matters."

    def _labels(self, findings: Iterable[Finding]) -> Iterator[str]:
        for finding in findings:
            if finding.is_shown:
                yield self._label(finding)

    def _label(self, finding: Finding) -> str:
        label = of_pack(self.pack.risk_factors[finding.risk_factor].label)
        remarks = (
            of_pack(in_words(finding.qualifier)) if finding.qualifier else "",
            "possible" if finding.status is Status.POSSIBLE else "",
            "not told to the patient" if finding.withheld else "",
        )
        told = ", ".join(remark for remark in remarks if remark)
        return f"{label} ({told})" if told else label


def _listed(evidence: list[Evidence]) -> str:
    """The new medicines as the chart calls them; one without words by its code."""
    names = dict.fromkeys(of_chart(e.coding.display or e.coding.code) for e in evidence)
    shown = [name for name in names if name][:_MOST_MEDICINES]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _codings(reasons: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"system": OVERRIDE, "code": c, "display": d} for c, d in reasons.items()]


def _shortened(text: str) -> str:
    """The first sentence, or as much of it as a summary holds."""
    first = f"{text.partition('. ')[0].rstrip('.')}."
    if len(first) <= _LONGEST_SUMMARY:
        return first
    return f"{first[: _LONGEST_SUMMARY - 1].rsplit(' ', 1)[0]}…"
