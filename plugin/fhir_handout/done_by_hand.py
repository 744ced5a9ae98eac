"""What a clinician did to a handout, in sentences for its Provenance.

In: the handout, whether it has a note and whether teach-back was done, and who stands for it. Out:
sentences in English, for other clinicians and for audits. Nothing of a withheld finding is in them,
as nothing of it is in anything that is attached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fhir_handout.model import Change, Corrected, Handout
from fhir_handout.names import plain
from fhir_handout.pack_model import ContentPack

_SAID: Mapping[Change, str] = {
    Change.ADDED: "added, though the record lacks it",
    Change.TAKEN_OUT: "taken out, though the record shows it",
    Change.ANSWERED: "answered with no, where the record was not read",
}
_NO_MORE = "answered with nothing more of it, where the record was not read"


def reasons(handout: Handout, has_note: bool, teach_back: bool, who: str | None) -> Iterator[str]:
    """What was done; `who` is a reference, None where nobody was named."""
    by = f" by {who}" if who else ""
    for corrected in handout.findings.corrections:
        if corrected.withheld is None:
            yield _correction(handout, corrected)
    if has_note:
        yield f"A note to the patient was added{by}."
    if teach_back:
        yield f"Teach-back was done{by}."


def named(pack: ContentPack, risk_factor: str, qualifier: str | None) -> str:
    """A finding for a reader: `5_5_to_5_9` is 5.5 to 5.9."""
    label = pack.risk_factors[risk_factor].label
    if not qualifier:
        return label
    return f"{label}, {in_words(qualifier)}"


def in_words(qualifier: str) -> str:
    """A qualifier for a reader."""
    return re.sub(r"(\d) (\d)", r"\1.\2", qualifier.replace("_", " "))


def _correction(handout: Handout, corrected: Corrected) -> str:
    made = corrected.correction
    name = named(handout.pack, made.risk_factor, made.qualifier)
    said = _NO_MORE if _is_beside_more(handout, corrected) else _SAID[made.change]
    return f"{name}: {said}, by {plain(made.by)}. Why: {plain(made.reason)}"


def _is_beside_more(handout: Handout, corrected: Corrected) -> bool:
    """Whether what was answered is there all the same, and told: what is withheld says nothing."""
    found = handout.findings.of(corrected.correction.risk_factor)
    is_answer = corrected.correction.change is Change.ANSWERED
    return is_answer and any(each.votes and each.withheld is None for each in found)
