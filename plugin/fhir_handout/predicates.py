"""When a statement applies: the named predicates a content pack can use.

In: a `Predicate`, the findings and the levels the topics came to. Out: an `Outcome`, whether it
holds and which risk factors decided that. A predicate that fails only because of the patient's
findings says so; one that had nothing to do with this patient fails with no reason.

    always    holds
    level     a topic came to one of these levels
    finding   a risk factor is present or possible (`certain: true`: present; `unknown_too: true`:
              or unknown), of these qualifiers; one that is withheld from the patient counts only
              with `even_withheld: true`; with `withheld`, only one that is, for that reason
    unread    part of the record could hide a risk factor
    patient   the age in years and the recorded sex, where not known, could be in these bounds
    all, any, none   of these predicates
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from fhir_handout.model import Finding, Findings, Level, Status
from fhir_handout.pack_model import Predicate, Topic
from fhir_handout.patient_record import CLINICAL_PARTS


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a predicate holds, and the risk factors that decided it."""

    holds: bool
    because: tuple[str, ...] = ()


_HOLDS, _FAILS = Outcome(True), Outcome(False)


@dataclass(frozen=True)
class Situation:
    """What predicates look at; to the clinician nothing is withheld."""

    findings: Findings
    levels: Mapping[str, Level]
    topics: Mapping[str, Topic]
    for_clinician: bool = False

    @cached_property
    def voting(self) -> Mapping[str, list[Finding]]:
        """The findings that ask for caution, by risk factor."""
        found: dict[str, list[Finding]] = {}
        for finding in self.findings.findings:
            if finding.votes:
                found.setdefault(finding.risk_factor, []).append(finding)
        return found


def evaluate(predicate: Predicate, situation: Situation) -> Outcome:
    """Whether `predicate` holds in `situation`."""
    return _PREDICATES[predicate.name](predicate, situation)


def _always(predicate: Predicate, situation: Situation) -> Outcome:
    return _HOLDS


def _level(predicate: Predicate, situation: Situation) -> Outcome:
    reached = situation.levels[predicate.arguments["topic"]]
    order = situation.topics[reached.topic].levels
    wanted = [order.index(level) for level in predicate.arguments["levels"]]
    at = order.index(reached.level)
    if at in wanted:
        return Outcome(True, reached.because)
    return Outcome(False, reached.because if at > max(wanted) else ())


def _finding(predicate: Predicate, situation: Situation) -> Outcome:
    asked = predicate.arguments
    factor = asked["factor"]
    shown = situation.voting.get(factor)
    if not shown:
        return _FAILS
    qualifiers, reason = asked["qualifiers"], asked.get("withheld")
    found = [
        f
        for f in shown
        if (not qualifiers or f.qualifier in qualifiers or f.qualifier is None)
        and (reason is None or f.withheld == reason)
    ]
    sees_all = situation.for_clinician or asked["even_withheld"] or reason is not None
    holds = any(_is_wanted(f.status, asked) for f in found if sees_all or f.withheld is None)
    return Outcome(holds, (factor,) if found else ())


def _is_wanted(status: Status, asked: Mapping[str, Any]) -> bool:
    if status is Status.POSSIBLE:
        return not asked["certain"]
    return status is Status.PRESENT or (status is Status.UNKNOWN and bool(asked.get("unknown_too")))


def _unread(predicate: Predicate, situation: Situation) -> Outcome:
    hidden = {part for gap in situation.findings.gaps for part in gap.hides} & CLINICAL_PARTS
    unknown = [f.risk_factor for f in situation.findings.findings if f.status is Status.UNKNOWN]
    return Outcome(bool(hidden), tuple(dict.fromkeys(unknown)) if hidden else ())


def _patient(predicate: Predicate, situation: Situation) -> Outcome:
    limits = predicate.arguments
    age, sex = situation.findings.age, situation.findings.sex
    if age and (age[1] < limits["age_from"] or age[0] > limits["age_to"]):
        return _FAILS
    return Outcome(sex not in limits["sex_not"])


def _all(predicate: Predicate, situation: Situation) -> Outcome:
    outcomes = []
    for part in predicate.parts:
        outcome = evaluate(part, situation)
        if not outcome.holds and not outcome.because:
            return _FAILS
        outcomes.append(outcome)
    failed = [outcome for outcome in outcomes if not outcome.holds]
    return Outcome(not failed, _union(failed or outcomes))


def _any(predicate: Predicate, situation: Situation) -> Outcome:
    outcomes = _outcomes(predicate, situation)
    held = [outcome for outcome in outcomes if outcome.holds]
    return Outcome(bool(held), _union(held or outcomes))


def _none(predicate: Predicate, situation: Situation) -> Outcome:
    held = [outcome for outcome in _outcomes(predicate, situation) if outcome.holds]
    return Outcome(not held, _union(held))


def _outcomes(predicate: Predicate, situation: Situation) -> list[Outcome]:
    return [evaluate(part, situation) for part in predicate.parts]


def _union(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(o.because for o in outcomes)))


_PREDICATES: dict[str, Callable[[Predicate, Situation], Outcome]] = {
    "always": _always,
    "level": _level,
    "finding": _finding,
    "unread": _unread,
    "patient": _patient,
    "all": _all,
    "any": _any,
    "none": _none,
}
NAMES = frozenset(_PREDICATES)
COMBINING = frozenset({"all", "any", "none"})
