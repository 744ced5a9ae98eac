"""One search to its end: asked again more simply where it fails, every page read.

In: a `Question` and the first answer to it. Out: `Found`: entries, and a gap for each thing that
may be missing. A search never raises because of what the server answered, so that one part of the
record does not take the others with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fhir_handout.ehr.answer import NO_ANSWER, Answer
from fhir_handout.ehr.http import FhirClient
from fhir_handout.ehr.question import Question
from fhir_handout.ehr.searchset import Page, read_page
from fhir_handout.errors import HandoutError
from fhir_handout.patient_record import Entry, Gap

# Asking more simply changes nothing about a wrong token, a missing type or a dead server.
_FINAL = (NO_ANSWER, 401, 404, 410)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave; `refusal` is the server's answer where it gave nothing at all."""

    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...] = ()
    refusal: Answer | None = None


def ask(client: FhirClient, url: str) -> Answer:
    """A GET whose failure is an answer too."""
    try:
        return client.get(url)
    except HandoutError as error:
        return Answer(NO_ANSWER, flaw=f"no answer came ({error.code})")


def search(client: FhirClient, question: Question, first: Answer | None = None) -> Found:
    """Everything the server has; `first` is its answer, where it has been asked already."""
    answer = first or ask(client, question.url)
    for simpler in question.simpler():
        if _is_bundle(answer) or answer.status in _FINAL:
            break
        answer = ask(client, simpler.url)
    if not _is_bundle(answer):
        why = answer.why if answer.flaw or not answer.ok else "the answer is no Bundle"
        return Found((), (_gap(question, why),), answer)
    return _every_page(client, question, answer)


def _every_page(client: FhirClient, question: Question, answer: Answer) -> Found:
    pages = list(_pages(client, answer))
    read = [page for page in pages if isinstance(page, Page)]
    flaws = [flaw for page in pages for flaw in (page.flaws if isinstance(page, Page) else [page])]
    if not flaws and _is_short(read):
        flaws = ["the server counted more than it gave"]
    return Found(
        tuple(entry for page in read for entry in page.entries),
        tuple(_gap(question, flaw) for flaw in dict.fromkeys(flaws)),
    )


def _pages(client: FhirClient, answer: Answer) -> Iterator[Page | str]:
    """Page by page; in place of one that can't be had, why not."""
    page, seen = read_page(answer.resource or {}), set[str]()
    yield page
    while page.next is not None:
        url = client.base.absolute(page.next)
        flaw = _not_to_follow(client, url, seen)
        answer = Answer(NO_ANSWER, flaw=flaw) if flaw else ask(client, url)
        if not _is_bundle(answer):
            yield answer.why if answer.flaw or not answer.ok else "its next page is no Bundle"
            return
        seen.add(url)
        page = read_page(answer.resource or {})
        yield page


def _not_to_follow(client: FhirClient, url: str, seen: set[str]) -> str:
    if not client.base.is_same_server(url):
        return "its next page is on another server"
    if url in seen:
        return "its pages go round in a circle"
    most = client.settings.max_pages
    return f"it has over {most} pages" if len(seen) + 1 >= most else ""


def _is_short(pages: list[Page]) -> bool:
    totals = [page.total for page in pages if page.total is not None]
    return bool(totals) and sum(page.matches for page in pages) < min(totals)


def _is_bundle(answer: Answer) -> bool:
    return answer.ok and answer.type == "Bundle"


def _gap(question: Question, why: str) -> Gap:
    return Gap(question.what, why, frozenset({question.hides}))
