"""Proves a pack: every question answered, every number counted.

In: a loaded pack and its rules. Out: a `Report`, with every problem there is and for each the
smallest case that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fhir_handout.pack import LoadedPack
from fhir_handout.pack_model import Predicate
from fhir_handout.pack_rules import Rules, tags_of
from fhir_handout.proof.count import Numbers, numbers
from fhir_handout.proof.formula import Formula, every, given, no
from fhir_handout.proof.options import Option
from fhir_handout.proof.questions import CLAIMS, MONOTONE, REACHABLE, Question, questions
from fhir_handout.proof.reading import Worst, can_measure, worst
from fhir_handout.proof.rendered import Fault, Rendered, rendered
from fhir_handout.proof.search import Beside, Search
from fhir_handout.proof.space import Case, Space
from fhir_handout.proof.words import wordings

TAGS, WORDS, READING, RENDERED = "tags", "words", "reading", "rendered"
_SAYS = {
    CLAIMS: "what is told as a fact is certain, and may be told",
    REACHABLE: "everything can be said, raised and reached",
    MONOTONE: "one more finding or gap lowers no level and removes no warning",
    TAGS: "every tag is one that the rules know",
    WORDS: "no sentence has words that it must not have",
    READING: "no handout is too hard to read",
    RENDERED: "everything said comes out, in every language, to every address, in every format",
}

Progress = Callable[[int, int], None]
"""Called with how many questions are answered, and how many there are."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What breaks a rule: where it stands, what is wrong, and the smallest case that shows it."""

    rule: str
    where: str
    what: str
    case: Case | None = None
    then: Option | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.what}"

    @property
    def smallest(self) -> str:
        """The smallest case in words; empty where it needs none."""
        then = f", then {self.then} besides" if self.then else ""
        return f"{self.case}{then}" if self.case else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule, how many questions it took, and what breaks it."""

    rule: str
    says: str
    asked: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a proof found; `questions` answered over `cases` looked at.

    `worst` is how hard the hardest handout is, `rendered` what was rendered, if it was asked for.
    """

    numbers: Numbers
    verdicts: tuple[Verdict, ...]
    questions: int
    cases: int
    worst: tuple[Worst, ...] = ()
    rendered: Rendered | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
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
    measured = rules.reading if can_measure() else {}
    worst_of = {language: tuple(worst(pack, language)) for language in measured}
    asked = list(questions(space, rules))
    search = Search(space)
    problems = [*_tags(pack, rules), *_words(pack, rules), *_hard(rules, worst_of)]
    made = rendered(pack, rules, space) if render else None
    if made:
        problems += map(_faulty, made.faults)
    for done, question in enumerate(asked):
        progress(done, len(asked) + 1)  # counting comes last
        problems += answer(search, question)
    progress(len(asked), len(asked) + 1)
    found = numbers(space)
    progress(len(asked) + 1, len(asked) + 1)
    return Report(
        found,
        tuple(_verdicts(rules, asked, problems, bool(worst_of), render)),
        search.questions,
        search.cases,
        tuple(each for of_language in worst_of.values() for each in of_language),
        made,
    )


def _predicates(rules: Rules) -> Iterator[Predicate]:
    for rule in rules.rules:
        yield from (rule.when, rule.unless)


def answer(search: Search, question: Question) -> Iterator[Problem]:
    """What the question brings to light: nothing, where all is well."""
    if question.kept is not None:
        yield from _lost(search, question, question.kept)
        return
    case = search.smallest(question.formula)
    if question.wanted == (case is None):
        yield Problem(question.rule, question.where, question.what, case)


def _lost(search: Search, question: Question, kept: Formula) -> Iterator[Problem]:
    """The smallest case that one more thing leads out of, if there is one."""
    worst: tuple[int, Problem] | None = None
    relaxed: dict[int, bool] = {}
    for extra in (*search.space.gaps, *search.space.options):
        bits = extra.effect & kept.mask
        lost = every([question.formula, no(given(kept, bits))])
        if bits not in relaxed:  # whatever else there is beside it
            relaxed[bits] = search.smallest(lost) is not None
        case = search.smallest(lost, Beside(extra)) if relaxed[bits] else None
        if case and (worst is None or case.cost < worst[0]):
            found = Problem(question.rule, question.where, question.what, case, extra)
            worst = (case.cost, found)
    if worst:
        yield worst[1]


def _tags(pack: LoadedPack, rules: Rules) -> Iterator[Problem]:
    for statement in pack.content.statements:
        for tag in tags_of(statement):
            if tag not in rules.tags:
                what = f"undeclared tag {tag}; add it to rules.yaml, or mend it"
                yield Problem(TAGS, f"statements.yaml: {statement.id}", what)


def _words(pack: LoadedPack, rules: Rules) -> Iterator[Problem]:
    for each in wordings(pack.catalogues, rules.words):
        where = f"locale/{each.language}.yaml: {each.message}"
        yield Problem(each.rule.rule, where, f'says "{each.sentence}"')


def _hard(rules: Rules, worst_of: Mapping[str, tuple[Worst, ...]]) -> Iterator[Problem]:
    for language, of_language in worst_of.items():
        limits = rules.reading[language]
        for each in of_language:
            is_long = each.words_a_sentence > limits.words_a_sentence
            if each.grade > limits.grade or is_long:
                where = f"locale/{language}.yaml: {each.address or 'everything'}"
                yield Problem(READING, where, f"a handout can be {each}; shorten its hardest lines")


def _faulty(fault: Fault) -> Problem:
    where = f"locale/{fault.language}.yaml: {fault.message or fault.format}"
    return Problem(RENDERED, where, f"{fault.format}: {fault.what}", fault.case)


def _verdicts(
    rules: Rules, asked: list[Question], problems: list[Problem], read: bool, render: bool
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
