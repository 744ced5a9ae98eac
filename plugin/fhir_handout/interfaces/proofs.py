"""The commands `pack check` and `pack diff`: what a pack can say, and what differs between two.

In: folders of packs, or names of packs that came with this program. Out: a report; exit status 9
where a rule is broken.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal

from fhir_handout.errors import BadContent
from fhir_handout.pack import LoadedPack, pack_folder
from fhir_handout.pack_rules import load_ruled
from fhir_handout.proof.check import Broken, Report, Verdict, check, located
from fhir_handout.proof.count import Numbers
from fhir_handout.proof.differences import changes, outcomes, rule_changes

_WIDTH = 40


def run_check(name: str, render: bool) -> None:
    """Prove a pack, by name or folder; `BadContent` where a rule is broken, after a report."""
    ruled = load_ruled(pack_folder(name))
    pack = ruled.pack.content
    report = located(check(ruled.pack, ruled.rules, _progress, render), pack, ruled.contents)
    print("\n".join(_lines(ruled.pack, report)))
    told = tuple(map(str, report.problems))
    if told:
        count = "a problem" if len(told) == 1 else f"{len(told)} problems, the first"
        why = f"content pack {pack.id} has {count}: {told[0]}; mend the pack"
        raise BadContent("broken-rules", why, told)


def run_diff(old_name: str, new_name: str) -> None:
    """Show what differs between two packs, by name or folder."""
    old, new = (load_ruled(pack_folder(name)) for name in (old_name, new_name))
    written = [*changes(old.pack, new.pack), *rule_changes(old.rules, new.rules)]
    came_out = list(outcomes(old.pack, new.pack, _progress))
    for change in written:
        print(change)
    for outcome in came_out:
        print(f"outcome: {outcome}\n  smallest case: {outcome.case}")
    if not written and not came_out:
        print("nothing differs")
    elif not came_out:
        print("nobody is told anything else")


def _progress(done: int, of: int) -> None:
    """A bar on a terminal; a file or a pipe gets none."""
    if sys.stderr.isatty():
        full = _WIDTH * done // of
        end = "\r\033[K" if done == of else ""
        bar = f"\r[{'#' * full}{' ' * (_WIDTH - full)}] {done}/{of}"
        print(bar + end, end="", file=sys.stderr, flush=True)


def _lines(pack: LoadedPack, report: Report) -> Iterator[str]:
    yield f"content pack {pack.content.id} {pack.content.version}"
    yield ""
    for verdict in report.verdicts:
        yield from _of_verdict(verdict)
    yield ""
    yield from _of_languages(pack)
    yield from _of_numbers(report.numbers) if report.numbers else ()
    yield f"{report.questions:,} questions, over {report.cases:,} cases"
    if not report.worst:
        yield "reading: not measured; it needs limits in rules.yaml, and fhir-handout[authoring]"
    for worst in report.worst:
        to = f"to the {worst.address}" if worst.address else "to the patient"
        yield f"reading in {worst.language}, {to}: at most {worst.difficulty}"
    if report.rendered:
        made = report.rendered
        yield f"{made.statements:,} renderings of statements, {made.handouts:,} of whole handouts"


def _of_languages(pack: LoadedPack) -> Iterator[str]:
    """The languages, those that lack something apart: no handout is in them."""
    complete = tuple(pack.catalogues)
    yield f"complete in {len(complete)} languages: {', '.join(complete)}"
    lacking = [name for name in pack.catalogues.languages if name not in complete]
    if lacking:
        yield f"not complete: {', '.join(lacking)}; see `pack translate-status`"


def _of_verdict(verdict: Verdict) -> Iterator[str]:
    state = "BROKEN" if verdict.problems else "holds "
    yield f"{state}  {verdict.rule:<24} {verdict.says}"
    for problem in verdict.problems:
        yield from _of_problem(problem)


def _of_problem(problem: Broken) -> Iterator[str]:
    yield f"        {problem}"
    if problem.smallest:
        yield f"          smallest case: {problem.smallest}"
    for factor in problem.voting:
        yield f"          votes: {factor.file}:{factor.line}: {factor.item}"


def _of_numbers(numbers: Numbers) -> Iterator[str]:
    yield (
        f"{numbers.factors} risk factors with {numbers.single_findings} findings, "
        f"{numbers.people} people, {numbers.gaps} parts that may be unread:"
    )
    for number, what in (
        (numbers.sets_of_findings, "sets of findings, and so many records; they make"),
        (numbers.levels, "combinations of levels, and"),
        (numbers.choices, "choices of statements"),
    ):
        yield f"  {_written(number):>16}  {what}"


def _written(number: int) -> str:
    """A number in full, or where it is very long its first digits and a power of ten."""
    if number < 10**12:
        return f"{number:,}"
    digits, _, power = f"{Decimal(number):.1e}".partition("e+")
    return f"{digits} × 10^{power}"
