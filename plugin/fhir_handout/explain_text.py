"""Why the handout says what it says, for the clinician to read.

In: a `Handout` and its words. Out: text, with the alerts first and a question for the teach-back.
It is never attached to the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from textwrap import wrap

from fhir_handout.done_by_hand import named
from fhir_handout.language_choice import IN_SOURCE, Choice
from fhir_handout.model import Change, Conflict, Evidence, Handout, RecognisedBy, Status
from fhir_handout.names import plain
from fhir_handout.pack_model import ContentPack
from fhir_handout.patient_record import Coding
from fhir_handout.systems import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED_CT,
    normal_system,
)

TEACH_BACK = "clinician-teach-back"
"""The message with what to ask, so that the patient says it back."""


def explanation_text(handout: Handout, words: Mapping[str, str], choice: Choice = IN_SOURCE) -> str:
    """The explanation for a reader; `words` give the beginning of each statement."""
    return "\n".join(_text(handout, words, choice)) + "\n"


def _text(handout: Handout, words: Mapping[str, str], choice: Choice) -> Iterator[str]:
    found, pack = handout.findings, handout.pack
    yield f"{found.patient} on {found.today.isoformat()}, pack {pack.id} {pack.version}"
    yield from _language(choice)
    yield from _reviewed(pack, choice.language)
    yield from _alerts(handout)
    yield from _findings(handout)
    yield from _corrections(handout)
    yield from _topics(handout)
    yield from _said(handout, words)
    yield from ("", "Gaps")
    yield from (f"  {gap.what}: {gap.why}" for gap in found.gaps)
    if found.conflicts:
        yield from ("", "Codes and displays that disagree: both count, neither is certain")
        yield from (f"  {_disagreeing(conflict)}" for conflict in found.conflicts)
    yield from ("", "Read, and not relevant here")
    yield from (f"  {e.reference}: {coded(e.coding)}" for e in found.not_relevant)


def _language(choice: Choice) -> Iterator[str]:
    """Which language the sheet is in, and why it is in no other."""
    other = f" ({plain(choice.other)})" if choice.other else ""
    yield f"Language: {choice.language}: {choice.because}{other}"
    if not choice.is_approved:
        yield "  drafted and unreviewed at this site: attached as a draft, and bilingual"


def _findings(handout: Handout) -> Iterator[str]:
    found, pack = handout.findings, handout.pack
    yield from ("", "Findings")
    for finding in found.findings:
        if finding.status is Status.ABSENT:
            continue
        name = named(pack, finding.risk_factor, finding.qualifier)
        withheld = f" (not told to the patient: {finding.withheld})" if finding.withheld else ""
        yield f"  {finding.status.value:<9} {name}{withheld}"
        for evidence in finding.evidence:
            yield f"            {plain(evidence.reference)}: {_shown(evidence)}"
    absent = [f.risk_factor for f in found.findings if f.status is Status.ABSENT]
    labels = ", ".join(pack.risk_factors[name].label for name in absent)
    yield from ("", "Absent: all that could show it was read")
    yield from wrap(labels or "nothing", 100, initial_indent="  ", subsequent_indent="  ")


def _corrections(handout: Handout) -> Iterator[str]:
    """What a clinician corrected, what the record shows of it, who did it and why."""
    if handout.findings.corrections:
        yield from ("", "Corrected by a clinician")
    for corrected in handout.findings.corrections:
        made, was = corrected.correction, corrected.was
        name = named(handout.pack, made.risk_factor, made.qualifier)
        withheld = f" (not in what is attached: {corrected.withheld})" if corrected.withheld else ""
        change = made.change.value.replace("_", " ")
        yield f"  {change:<9} {name}, {was.status.value} in the record{withheld}"
        yield from wrap(
            f"by {plain(made.by)}: {plain(made.reason)}",
            100,
            initial_indent=" " * 12,
            subsequent_indent=" " * 14,
        )
        for evidence in was.evidence if made.change is Change.TAKEN_OUT else ():
            yield f"            {plain(evidence.reference)}: {_shown(evidence)}"


def _topics(handout: Handout) -> Iterator[str]:
    yield from ("", "Topics")
    for level in handout.levels.values():
        topic = handout.pack.topics[level.topic]
        yield f"  {topic.label}: {level.level}, {topic.meanings[level.level]}{_why(level.because)}"


def _said(handout: Handout, words: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"Said to the {handout.address}" if handout.address else "Said")
    for advice in handout.advice:
        yield f"  {advice.statement}: {_start(words[advice.statement])}{_why(advice.because)}"
    if TEACH_BACK in words:
        yield from ("", "Teach-back: ask")
        yield from wrap(words[TEACH_BACK], 100, initial_indent="  ", subsequent_indent="  ")
    yield from ("", "Left out")
    for omission in handout.omissions:
        yield f"  {omission.statement}{_why(omission.because)}"


def _alerts(handout: Handout) -> Iterator[str]:
    """What the clinician alone is to know, the urgent first."""
    if handout.alerts:
        yield from ("", "Alerts: for the clinician; nothing of them is on the sheet")
    for alert in sorted(handout.alerts, key=lambda alert: not alert.urgent):
        mark = "URGENT " if alert.urgent else ""
        line = f"{mark}{alert.alert}: {alert.text}{_why(alert.because)}"
        yield from wrap(line, 100, initial_indent="  ", subsequent_indent="    ")


def _reviewed(pack: ContentPack, language: str) -> Iterator[str]:
    """How much of the pack has been reviewed in a language, and by whom."""
    reviews = Counter(pack.reviews.get(language, {}).values())
    total, count = len(pack.statements), reviews.total()
    yield f"Review: {count} of {total} statements reviewed in {language}"
    for review, number in reviews.items():
        day = review.on.isoformat()
        yield f"  {number} {review.status} by {plain(review.by)}, {plain(review.role)}, on {day}"


def _why(because: tuple[str, ...]) -> str:
    return f"  <- {', '.join(because)}" if because else ""


def _shown(evidence: Evidence) -> str:
    """What a clinician looks for in the chart: the words, the value, the date, and how known."""
    dated = f"{evidence.dated.element} {evidence.dated.text}".strip()
    how = _HOW[evidence.recognised_by]
    parts = (coded(evidence.coding), plain(evidence.value), dated or "no date", how)
    return "; ".join(part for part in parts if part)


def _disagreeing(conflict: Conflict) -> str:
    by_code, by_display = ", ".join(conflict.by_code), ", ".join(conflict.by_display)
    said = coded(conflict.coding)
    return f"{conflict.reference}: {said}; the code means {by_code}, the display {by_display}"


_SYSTEMS = {
    ICD_10_CM: "ICD-10-CM",
    ICD_10: "ICD-10",
    SNOMED_CT: "SNOMED CT",
    RXNORM: "RxNorm",
    ATC: "ATC",
    NDC: "NDC",
    LOINC: "LOINC",
}
_HOW = {
    RecognisedBy.CODE: "by its code",
    RecognisedBy.INGREDIENT: "by its ingredient",
    RecognisedBy.BRAND: "by its brand name",
    RecognisedBy.TEXT: "by its words",
    RecognisedBy.ANSWER: "by the answer recorded",
    RecognisedBy.RESULT: "by the result",
    RecognisedBy.DUE_DATE: "by what dates it",
    RecognisedBy.BIRTH_DATE: "by the age",
    RecognisedBy.SERVER: "by a terminology server",
    RecognisedBy.CLINICIAN: "by a clinician, who stated it",
}


def coded(coding: Coding) -> str:
    """The words first, then the code in the system's usual name."""
    system = _SYSTEMS.get(normal_system(coding.system), coding.system)
    code = plain(" ".join(part for part in (system, coding.code) if part))
    display = plain(coding.display)  # a line break in a record forges no line here
    if display and coding.code:
        return f"{display} ({code})"
    return display or code


def _start(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + "…"
