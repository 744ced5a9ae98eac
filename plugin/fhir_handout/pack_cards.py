"""What a clinician is offered of a content pack in the EHR, and when: cards.yaml.

In: the tables of a pack and its risk factors. Out: `Cards`, or None for a pack without the table;
a risk factor that is not there is a problem.
"""

from __future__ import annotations

from collections.abc import Mapping

from fhir_handout.pack_model import Cards
from fhir_handout.pack_risk_factors import RiskFactors
from fhir_handout.pack_tables import Tables
from fhir_handout.patient_record import Part

_TABLE = "cards"


def cards_of(tables: Tables, known: RiskFactors) -> Cards | None:
    """The cards of a pack; what is wrong with them is added to its problems."""
    if _TABLE not in tables.tables:
        return None
    table = tables[_TABLE]
    source, topic = table.get("source", {}), table.get("topic", {})
    return Cards(
        title=table.get("title", ""),
        description=" ".join(table.get("description", "").split()),
        source=source.get("label", ""),
        source_url=source.get("url", ""),
        topic=(topic.get("code", ""), topic.get("display", "")),
        complaints=_factors(tables, known, "complaints"),
        new_medicines=_medicines(tables, known),
        summaries={name: " ".join(t.split()) for name, t in table.get("summaries", {}).items()},
        override_reasons=_reasons(tables, "override_reasons"),
        alert_override_reasons=_reasons(tables, "alert_override_reasons"),
    )


def _factors(tables: Tables, known: RiskFactors, key: str) -> tuple[str, ...]:
    found = tuple(tables.items(_TABLE, key))
    names = tuple(str(name) for name in found)
    for name in names:
        if known.is_unknown(name):
            tables.wrong(_TABLE, key, f"unknown risk factor {name}", name)
    return names


def _medicines(tables: Tables, known: RiskFactors) -> tuple[str, ...]:
    names = _factors(tables, known, "new_medicines")
    for name in names:
        if name in known.factors and Part.MEDICINES not in known.factors[name].shows_in:
            what = f"{name} does not show in medicines, so none can be new"
            tables.wrong(_TABLE, "new_medicines", what, name)
    return names


def _reasons(tables: Tables, key: str) -> Mapping[str, str]:
    return {raw["id"]: raw["display"] for raw in tables.items(_TABLE, key)}
