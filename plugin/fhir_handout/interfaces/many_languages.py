"""One page with a handout in several languages, for `preview --languages`.

In: language tags, or `all`; a prepared handout. Out: the page; `UsageError` naming every language
that has no complete catalogue.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from fhir_handout.errors import UsageError
from fhir_handout.language_choice import Because, Choice, Wanted, match
from fhir_handout.model import Layout, Look
from fhir_handout.pack import LoadedPack
from fhir_handout.pack_words import SOURCE_LANGUAGE
from fhir_handout.render import MARKED_UP, render_all
from fhir_handout.sheets import Wording
from fhir_handout.workflow import Prepared, Request

_ALL = "all"


def page(tags: list[str], format_name: str, request: Request, prepared: Prepared) -> bytes:
    """The page, the languages in the order that was asked for."""
    if format_name not in MARKED_UP:
        raise UsageError(
            "bad-format", f"--languages goes with --format {' or '.join(MARKED_UP)}; choose one"
        )
    if request.layout is Layout.BILINGUAL:
        raise UsageError(
            "bad-layout-choice",
            "--languages shows one language at a time; leave out --layout bilingual",
        )
    languages = _languages(tags, request.pack)
    _warn_of_unapproved(languages, request)
    worded = Wording(
        prepared.handout,
        request.pack.catalogues,
        request.site,
        prepared.record.name,
        prepared.handout.findings.today,
    )
    look = Look(request.layout or Layout.STANDARD, prepared.look.paper)
    speaks = Wanted(request.pack.catalogues, request.is_approved, prepared.record.languages)
    other = speaks.other_than(*languages)
    sheets = [worded.sheet(Choice(name, Because.ASKED, other), look) for name in languages]
    return render_all(sheets, format_name, request.pack.figures, look)


def _warn_of_unapproved(languages: tuple[str, ...], request: Request) -> None:
    """Each stands alone on the page, so whoever gives it away is told which nobody approved."""
    others = [name for name in languages if name != SOURCE_LANGUAGE]
    drafted = [name for name in others if not request.is_approved(name)]
    if drafted:
        print(
            f"fhir-handout: note: the site has not approved {', '.join(drafted)}; "
            "the page is for review, not for a patient",
            file=sys.stderr,
        )


def _languages(tags: Iterable[str], pack: LoadedPack) -> tuple[str, ...]:
    there = tuple(pack.catalogues)
    if list(tags) == [_ALL]:
        return there
    found = {tag: match(tag, there) for tag in tags}
    lacking = [tag for tag, language in found.items() if language is None]
    if lacking:
        raise UsageError(
            "no-such-language",
            f"no complete catalogue of {', '.join(lacking)}; there are: {', '.join(there)}",
        )
    return tuple(dict.fromkeys(filter(None, found.values())))
