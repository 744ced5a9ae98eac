"""Proves a pack: every question answered, every number counted.

In: a loaded pack and its rules. Out: a `Report`, with every problem there is and for each the
smallest case that shows it; and, with the pack's files, the line of each. A pack with a problem is
not counted: its numbers would be those of a proof that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from fhir_handout.catalogues import file_of
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import ContentPack, Predicate
from fhir_handout.pack_problems import Problem, with_lines
from fhir_handout.pack_statements import EMERGENCY, WARNING_KINDS
from fhir_handout.proof.count import Numbers, numbers
from fhir_handout.proof.formula import Formula, every, given, no
from fhir_handout.proof.options import Option
from fhir_handout.proof.questions import (
    CLAIMS,
    MONOTONE,
    REACHABLE,
    STATEMENTS,
    Question,
    is_claim,
    questions,
)
from fhir_handout.proof.reading import Worst, can_measure, worst
from fhir_handout.proof.rendered import Rendered, rendered
from fhir_handout.proof.search import Beside, Search
from fhir_handout.proof.space import Case, Space
from fhir_handout.proof.words import wordings
from fhir_handout.rules_model import Rules, for_language, tags_of

TAGS, WORDS, READING, RENDERED = "tags", "words", "reading", "rendered"
_SAYS = {
    CLAIMS: "what is told as a fact is certain, and may be told",
    REACHABLE: "everything can be said, raised and reached",
    MONOTONE: "one more finding or gap lowers no level and removes no warning",
    TAGS: "every tag is one that the rules know",
    WORDS: "no sentence has words that it must not have",
    READING: "no handout is too hard to read",
    RENDERED: "everything said comes out, in every language, to every address, as HTML and text",
}

Progress = Callable[[int, int], None]
"""Called with how many questions are answered, and how many there are."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What breaks a rule: where it stands, what is wrong, and the smallest case that shows it.

    `voting` is where the risk factors of that case stand, whose votes may be what is wrong.
    """

    rule: str
    place: Problem
    case: Case | None = None
    then: Option | None = None
    voting: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        return str(self.place)

    @property
    def smallest(self) -> str:
        """The smallest case in words; empty where it needs none."""
        then = f", then {self.then} besides" if self.then else ""
        return f"{self.case}{then}" if self.case else ""

    def factors(self, pack: ContentPack) -> tuple[str, ...]:
        """The risk factors that the smallest case has."""
        found = list(self.case.findings(pack).findings) if self.case else []
        found += self.then.findings[0] if self.then else ()
        shown = (f for f in found if f.is_shown)
        return tuple(dict.fromkeys(finding.risk_factor for finding in shown))


def broken(
    rule: str,
    place: tuple[str, str],
    what: str,
    case: Case | None = None,
    then: Option | None = None,
) -> Broken:
    """What breaks a rule, at a file and an item; that the item is the rule is not said twice."""
    told = what if place[1] == rule else f"{rule}: {what}"
    return Broken(rule, Problem(*place, told), case, then)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule, how many questions it took, and what breaks it."""

    rule: str
    says: str
    asked: int
    problems: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a proof found; `questions` answered over `cases` looked at; numbers where it holds.

    `worst` is how hard the hardest handout is, `rendered` what was rendered, if it was asked for.
    """

    numbers: Numbers | None
    verdicts: tuple[Verdict, ...]
    questions: int
    cases: int
    worst: tuple[Worst, ...] = ()
    rendered: Rendered | None = None

    @property
    def problems(self) -> tuple[Broken, ...]:
        """Everything that breaks a rule."""
        return tuple(problem for verdict in self.verdicts for problem in verdict.problems)


def check(
    pack: LoadedPack,
    rules: Rules,
    progress: Progress = lambda done, of: None,
    render: bool = False,
) -> Report:
    """The proof of a pack; with `render` what it says is rendered too, and read again."""
    space = Space((pack.content,), _predicates(rules))
    worst_of = {name: tuple(worst(pack, name)) for name in _measured(pack, rules)}
    asked = list(questions(space, rules))
    search = Search(space)
    problems: list[Broken] = [
        *_warnings(pack.content),
        *_tags(pack, rules),
        *_words(pack, rules),
        *_hard(rules, worst_of),
    ]
    made = rendered(pack, rules, space) if render else None
    if made:
        problems += (broken(RENDERED, (f.file, f.item), f.what, f.case) for f in made.faults)
    for done, question in enumerate(asked):
        progress(done, len(asked) + 1)  # counting comes last
        problems += answer(search, question)
    progress(len(asked), len(asked) + 1)
    found = None if problems else numbers(space)
    progress(len(asked) + 1, len(asked) + 1)
    return Report(
        found,
        tuple(_verdicts(rules, asked, problems, bool(worst_of), render)),
        search.questions,
        search.cases,
        tuple(each for of_language in worst_of.values() for each in of_language),
        made,
    )


def located(report: Report, pack: ContentPack, contents: Mapping[str, bytes]) -> Report:
    """The report with the lines of what is wrong, of which these are the files."""
    verdicts = tuple(
        replace(verdict, problems=tuple(_located(each, pack, contents) for each in found))
        if (found := verdict.problems)
        else verdict
        for verdict in report.verdicts
    )
    return replace(report, verdicts=verdicts)


def _located(problem: Broken, pack: ContentPack, contents: Mapping[str, bytes]) -> Broken:
    factors = (Problem("risk_factors.yaml", name, "") for name in problem.factors(pack))
    place, *voting = with_lines((problem.place, *factors), contents)
    return replace(problem, place=place, voting=tuple(voting))


def _measured(pack: LoadedPack, rules: Rules) -> list[str]:
    """The languages whose sheets have limits."""
    limited = (name for name in pack.catalogues if for_language(name, rules.reading))
    return list(limited) if can_measure() else []


def _predicates(rules: Rules) -> Iterator[Predicate]:
    for rule in rules.rules:
        yield from (rule.when, rule.unless)


def answer(search: Search, question: Question) -> Iterator[Broken]:
    """What the question brings to light: nothing, where all is well."""
    if question.kept is not None:
        yield from _lost(search, question, question.kept)
        return
    case = search.smallest(question.formula)
    if question.wanted == (case is None):
        yield _unlike(question, case)


def _unlike(question: Question, case: Case | None, then: Option | None = None) -> Broken:
    return broken(question.rule, (question.file, question.item), question.what, case, then)


def _lost(search: Search, question: Question, kept: Formula) -> Iterator[Broken]:
    """The smallest case that one more thing leads out of, if there is one."""
    smallest: tuple[int, Broken] | None = None
    relaxed: dict[int, bool] = {}
    for extra in (*search.space.gaps, *search.space.options):
        bits = extra.effect & kept.mask
        lost = every([question.formula, no(given(kept, bits))])
        if bits not in relaxed:  # whatever else there is beside it
            relaxed[bits] = search.smallest(lost) is not None
        case = search.smallest(lost, Beside(extra)) if relaxed[bits] else None
        if case and (smallest is None or case.cost < smallest[0]):
            smallest = (case.cost, _unlike(question, case, extra))
    if smallest:
        yield smallest[1]


def _warnings(content: ContentPack) -> Iterator[Broken]:
    """The signs that every sheet points to are where it points, and none is ever left out."""
    pointed_to = [s for s in content.statements if s.section == content.emergency_section]
    if not any(statement.kind == EMERGENCY for statement in pointed_to):
        what = f"no emergency stands in {content.emergency_section}, where every sheet points to"
        yield broken(TAGS, ("pack.yaml", "emergency_section"), what)
    for section in content.section_limits:
        if any(s.section == section and s.kind in WARNING_KINDS for s in content.statements):
            what = f"{section} has warning signs, and none of them is ever left out"
            yield broken(TAGS, ("pack.yaml", "section_limits"), what)


def _tags(pack: LoadedPack, rules: Rules) -> Iterator[Broken]:
    for statement in pack.content.statements:
        if statement.kind == "why" and not any(is_claim(tag) for tag in tags_of(statement)):
            what = "says why; tag it with {topic: claim, action: state, object: its factor}"
            yield broken(TAGS, (STATEMENTS, statement.id), what)
        for tag in tags_of(statement):
            if tag not in rules.tags:
                what = f"undeclared tag {tag}; add it to rules.yaml, or mend it"
                yield broken(TAGS, (STATEMENTS, statement.id), what)


def _words(pack: LoadedPack, rules: Rules) -> Iterator[Broken]:
    for each in wordings(pack.catalogues, rules.words):
        place = (file_of(each.language), each.message)
        yield broken(each.rule.rule, place, f'says "{each.sentence}"')


def _hard(rules: Rules, worst_of: Mapping[str, tuple[Worst, ...]]) -> Iterator[Broken]:
    for language, of_language in worst_of.items():
        limits = for_language(language, rules.reading)
        for each in of_language:
            if limits and each.difficulty.exceeds(limits):
                to = f"to the {each.address}" if each.address else "to the patient"
                what = f"a handout {to} can be {each.difficulty}; this is its hardest line"
                yield broken(READING, (file_of(language), each.hardest), what)


def _verdicts(
    rules: Rules, asked: list[Question], problems: list[Broken], read: bool, render: bool
) -> Iterator[Verdict]:
    says = {rule.id: rule.says for rule in rules.rules}
    says |= {rule.id: rule.says for rule in rules.contradictions}
    of_words = (each.rule for words in rules.words.values() for each in words.never)
    names = dict.fromkeys((*says, *_SAYS, *of_words))
    left_out = {READING: not read, RENDERED: not render}
    for name in (name for name in names if not left_out.get(name)):
        yield Verdict(
            name,
            says.get(name) or _SAYS.get(name, _SAYS[WORDS]),
            sum(question.rule == name for question in asked),
            tuple(problem for problem in problems if problem.rule == name),
        )
