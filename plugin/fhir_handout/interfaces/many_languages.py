"""One page with a handout in several languages, for `preview --languages`.

In: language tags, or `all`; a prepared handout. Out: the page; `UsageError` naming every language
that has no complete catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable

from fhir_handout.errors import UsageError
from fhir_handout.language_choice import Because, Choice, match
from fhir_handout.model import Layout, Site
from fhir_handout.pack import LoadedPack
from fhir_handout.render import MARKED_UP, render_all
from fhir_handout.sheets import Wording
from fhir_handout.workflow import Prepared

_ALL = "all"


def page(
    tags: list[str], format_name: str, prepared: Prepared, site: Site, pack: LoadedPack
) -> bytes:
    """The page, the languages in the order that was asked for."""
    if format_name not in MARKED_UP:
        raise UsageError(
            "bad-format", f"--languages goes with --format {' or '.join(MARKED_UP)}; choose one"
        )
    if prepared.look.layout is Layout.BILINGUAL:
        raise UsageError(
            "bad-layout",
            "--languages goes with one language at a time; leave out --layout bilingual",
        )
    worded = Wording(
        prepared.handout,
        pack.catalogues,
        site,
        prepared.record.name,
        prepared.handout.findings.today,
    )
    chosen = [Choice(language, Because.ASKED) for language in _languages(tags, pack)]
    sheets = [worded.sheet(choice, prepared.look) for choice in chosen]
    return render_all(sheets, format_name, pack.figures, prepared.look)


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
