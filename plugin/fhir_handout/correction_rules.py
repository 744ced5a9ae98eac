"""Which corrections of findings a clinician can make, whatever the record shows.

In: what a clinician says, and the pack. Out: nothing, or an error: `NotAllowed` for one without a
reason, `UsageError` for one that makes no sense. Errors name risk factors of the pack, and never
what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from fhir_handout.errors import NotAllowed, UsageError
from fhir_handout.model import Change, Correction
from fhir_handout.names import is_plain, plain
from fhir_handout.pack_model import ContentPack, RiskFactor

LONGEST_REASON = 500
"""How many characters a reason has at most, and a reference to who gave it."""


def refuse_wrong(corrections: Sequence[Correction], pack: ContentPack) -> None:
    """Raise for the first correction that makes no sense, whatever the record shows."""
    for each in corrections:
        factor = pack.risk_factors.get(each.risk_factor)
        if factor is None:
            raise UsageError(
                "correction-unknown-factor",
                f"a correction names a risk factor that the pack {pack.id} does not have; "
                "explain shows those there are",
            ).of([each])
        _refuse_wrong_name(each, factor)
        _refuse_wrong_words(each)
    _refuse_contradictions(corrections)


def _refuse_wrong_name(correction: Correction, factor: RiskFactor) -> None:
    if factor.bands:
        raise UsageError(
            "correction-of-age",
            f"{factor.id} comes from the date of birth; correct that in the record",
        ).of([correction])
    wanted = (None,) if correction.change is Change.ANSWERED else factor.qualifiers
    if correction.qualifier not in wanted:
        named = ", ".join(name or "none" for name in wanted)
        raise UsageError(
            "correction-unknown-qualifier",
            f"a correction of {factor.id} has another qualifier than it can have: {named}",
        ).of([correction])


def _refuse_wrong_words(correction: Correction) -> None:
    name = correction.risk_factor
    for what, text in (("reason", correction.reason), ("reference to who made it", correction.by)):
        if len(text) > LONGEST_REASON:
            raise UsageError(
                "reason-too-long",
                f"the {what} of a correction of {name} is longer than {LONGEST_REASON} characters",
            )
        if not is_plain(text):
            raise UsageError(
                "reason-unprintable",
                f"the {what} of a correction of {name} has line breaks or characters that can't "
                "be seen; write one plain line",
            )
        if not plain(text):
            raise NotAllowed("reason-missing", f"a correction of {name} needs a {what}")


def contradicts(one: Change, other: Change) -> bool:
    """Whether two changes of the same finding say that it is there and that it is not.

    An answer stands beside an addition: there is nothing more of it.
    """
    return {one, other} == {Change.ADDED, Change.TAKEN_OUT}


def _refuse_contradictions(corrections: Sequence[Correction]) -> None:
    said: dict[tuple[str, str | None], list[Correction]] = {}
    for each in corrections:
        said.setdefault((each.risk_factor, each.qualifier), []).append(each)
    for (name, _), own in said.items():
        if len({each.change for each in own}) < len(own):
            raise UsageError("correction-twice", f"{name} is corrected twice alike").of(own)
    both = [c for own in said.values() for c in own for d in own if contradicts(c.change, d.change)]
    if both:
        raise UsageError(
            "correction-contradiction",
            f"{', '.join(sorted({each.risk_factor for each in both}))}: said to be there and not "
            "to be there; leave one out",
        ).of(both)
