"""What a site sets for CDS Hooks, and what one EHR's calls are answered with.

Nothing here is read from the environment; `settings` builds it from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_handout.approvals import Approval
from fhir_handout.ehr.rest_settings import RestSettings
from fhir_handout.exchange import Terminology
from fhir_handout.model import Site
from fhir_handout.pack import LoadedPack

COMPLAINT = "complaint"
NEW_MEDICINE = "new_medicine"
REASONS = frozenset({COMPLAINT, NEW_MEDICINE})
"""The reasons for a card that there are."""

USUAL_FORMATS = ("html", "text")
"""Without PDF: it takes longer than all the rest, and a draft is to be looked at first."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """Who may call: the `iss` of its tokens, and its keys, given or at a URL.

    Where `tenant` is set, the tokens must name just that one in their `tenant` claim.
    """

    iss: str
    jwks_url: str | None = None
    jwks: Mapping[str, Any] | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class CdsPolicy:
    """Who may call, what is a reason for a card, and what a suggested document holds.

    A medicine is new for `new_medicine_days` days. `not_kept` are the resource types that this EHR
    does not have, so that nothing is missing without them: `MedicationStatement`, as a rule.
    `accept_unsigned` takes calls without a token, for a network where something else guards them.
    """

    issuers: tuple[TrustedIssuer, ...] = ()
    reasons: frozenset[str] = REASONS
    new_medicine_days: int = 30
    formats: tuple[str, ...] = USUAL_FORMATS
    cors_origins: tuple[str, ...] = ()
    accept_unsigned: bool = False
    not_kept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CdsTenant:
    """One EHR as its hook calls are answered: its content, its site, its policy, its address.

    `rest` are the limits of requests to `fhir_base_url`, the only server that is ever asked.
    """

    packs: tuple[LoadedPack, ...]
    site: Site
    policy: CdsPolicy
    fhir_base_url: str
    public_url: str
    rest: RestSettings
    approvals: tuple[Approval, ...] = ()
    terminology: Terminology | None = None
