"""What of this handout is in the record already. (Filled in when `workflow.standing` is there)."""

from __future__ import annotations

from dataclasses import dataclass

from fhir_handout.service.page.showing import Showing


@dataclass(frozen=True, slots=True)
class StandingView:
    """A document that is attached."""

    document: str


def standing_view(showing: Showing) -> StandingView | None:
    """TODO after merge."""
    return None
