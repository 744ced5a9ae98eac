"""Step 3 of the pipeline: what this patient is told.

In: `Findings` and a content pack. Out: a `Handout`. Every finding votes a level for each topic it
bears on and the most restrictive level wins, so the outcome does not depend on the order in which
anything was read. Then each statement applies or not; one that the findings displaced is an
`Omission` with its reason. What only the clinician is to know becomes a `RaisedAlert`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from fhir_handout.model import (
    Advice,
    Change,
    Finding,
    Findings,
    Handout,
    Level,
    Omission,
    RaisedAlert,
    Status,
)
from fhir_handout.pack_model import ContentPack, RiskFactor
from fhir_handout.predicates import Situation, evaluate


def tailor(findings: Findings, pack: ContentPack) -> Handout:
    """The handout for these findings."""
    situation = Situation(findings, _levels(findings, pack), pack.topics)
    advice: list[Advice] = []
    omissions: list[Omission] = []
    said: Counter[str] = Counter()
    for statement in pack.statements:
        outcome = evaluate(statement.when, situation)
        section = statement.section
        if outcome.holds and said[section] < pack.section_limits.get(section, len(pack.statements)):
            said[section] += 1
            advice.append(Advice(statement.id, statement.kind, section, outcome.because))
        elif outcome.because:
            omissions.append(Omission(statement.id, outcome.because))
    return Handout(
        pack,
        findings,
        situation.levels,
        tuple(advice),
        tuple(omissions),
        tuple(_alerts(pack, situation)),
        address(pack, situation),
    )


def _alerts(pack: ContentPack, situation: Situation) -> Iterator[RaisedAlert]:
    """What the clinician is to know; nothing is withheld from them."""
    seen = replace(situation, for_clinician=True)
    for alert in pack.alerts:
        outcome = evaluate(alert.when, seen)
        if outcome.holds:
            yield RaisedAlert(alert.id, alert.urgent, alert.text, outcome.because)


def address(pack: ContentPack, situation: Situation) -> str:
    """Whom the handout speaks to, when that is not the patient."""
    spoken_to = (each.id for each in pack.addresses if evaluate(each.when, situation).holds)
    return next(spoken_to, "")


def _levels(findings: Findings, pack: ContentPack) -> Mapping[str, Level]:
    """For each topic the most restrictive level voted for, and who voted for it."""
    ballots: dict[str, list[tuple[int, str]]] = {topic: [] for topic in pack.topics}
    together = frozenset(f.risk_factor for f in findings.findings if f.is_shown)
    stands_in = _in_place_of_answered(findings, pack)
    for finding in findings.findings:
        factor = pack.risk_factors[finding.risk_factor]
        for topic, level in (*votes(factor, finding, together), *stands_in(factor, finding)):
            ballots[topic].append((pack.topics[topic].levels.index(level), factor.id))
    levels = {}
    for topic, votes_cast in ballots.items():
        highest = max((level for level, _ in votes_cast), default=0)
        voters = dict.fromkeys(voter for level, voter in votes_cast if level == highest)
        levels[topic] = Level(topic, pack.topics[topic].levels[highest], tuple(voters))
    return levels


def _in_place_of_answered(
    findings: Findings, pack: ContentPack
) -> Callable[[RiskFactor, Finding], Iterator[tuple[str, str]]]:
    """What an unknown finding asks for in place of those that a clinician answered with no.

    A few factors vote for all that a part not read could hide. Once one of these is answered, the
    others are as unknown as before.
    """
    hidden = {part for gap in findings.gaps for part in gap.hides}
    made = (each.correction for each in findings.corrections)
    answered = [pack.risk_factors[c.risk_factor] for c in made if c.change is Change.ANSWERED]

    def stands_in(factor: RiskFactor, finding: Finding) -> Iterator[tuple[str, str]]:
        for other in answered if finding.status is Status.UNKNOWN else ():
            if hidden.intersection(factor.shows_in, other.shows_in):
                yield from other.when_unknown.items()

    return stands_in


def votes(
    factor: RiskFactor, finding: Finding, together: frozenset[str]
) -> tuple[tuple[str, str], ...]:
    """The (topic, level) pairs that one finding asks for, given all the factors that vote."""
    if finding.status is Status.UNKNOWN:
        return tuple(factor.when_unknown.items())
    if not finding.votes:
        return ()
    return tuple(
        ballot
        for vote in factor.votes
        if (not vote.qualifiers or finding.qualifier in vote.qualifiers)
        and vote.alongside <= together
        for ballot in vote.levels.items()
    )
