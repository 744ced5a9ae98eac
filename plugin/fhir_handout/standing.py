"""What is attached already of a handout's series, and what attaching it would change.

In: a prepared handout, its pack, the formats, who would stand for it. Out: a `Standing`, for the
clinician to look at before attaching. Nothing is written. An older document is compared with the
new one line by line, by its plain text, else by its HTML; a PDF, or data that stands elsewhere, can
not be compared.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from fhir_handout.document import Signature
from fhir_handout.elements import identity
from fhir_handout.pack import LoadedPack
from fhir_handout.patient_record import Resource
from fhir_handout.render import render
from fhir_handout.render.text import whole_lines
from fhir_handout.workflow import Prepared, decision_of, made_of

_COMPARED = {"text": "text/plain", "html": "text/html"}
"""The formats that can be compared, the plainest first, by their media types."""

_WITHIN_A_LINE = frozenset({"a", "b", "bdi", "em", "i", "span", "strong"})
_NOT_SAID = frozenset({"head", "style", "script", "svg"})


@dataclass(frozen=True, slots=True)
class Changed:
    """Whole lines that only the new document has, and those that only the older one has."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """`same` is the document that says just this, else empty; `replaced` are those it replaces.

    `change` is from the newest of these; None where there is none, or none to compare.
    """

    same: str = ""
    replaced: tuple[str, ...] = ()
    change: Changed | None = None


def standing(
    prepared: Prepared, pack: LoadedPack, formats: tuple[str, ...], signature: Signature
) -> Standing:
    """How the record stands to what `workflow.attach` would write."""
    decision = decision_of(prepared, formats, signature)
    if decision.replaces and "pdf" in formats:
        # One without its PDF is the same only if there can be none.
        made, _ = made_of(prepared, pack, formats)
        decision = decision_of(prepared, tuple(each.format for each in made), signature)
    if decision.existing:
        return Standing(decision.existing)
    replaced = sorted(decision.replaces, key=lambda old: str(old.get("date", "")), reverse=True)
    change = _change(prepared, pack, replaced[0]) if replaced else None
    return Standing("", tuple(identity(old) or "" for old in replaced), change)


def _change(prepared: Prepared, pack: LoadedPack, old: Resource) -> Changed | None:
    for name, media_type in _COMPARED.items():
        data = next(_inline(old, media_type), None)
        if data is not None:
            new = render(prepared.sheet, name, pack.figures, prepared.look).data
            dated = _dated(prepared)
            before, after = (_said(name, each, dated) for each in (data, new))
            return Changed(tuple(_only_in(after, before)), tuple(_only_in(before, after)))
    return None


def _inline(document: Resource, media_type: str) -> Iterator[bytes]:
    """The data of a document's attachments of a type; a record may hold anything."""
    contents = document.get("content")
    for content in contents if isinstance(contents, list) else ():
        attachment = content.get("attachment") if isinstance(content, dict) else None
        if not isinstance(attachment, dict) or not isinstance(attachment.get("data"), str):
            continue
        if str(attachment.get("contentType")).partition(";")[0].strip() == media_type:
            try:
                yield b64decode(attachment["data"], validate=True)
            except ValueError:
                continue


def _dated(prepared: Prepared) -> re.Pattern[str]:
    """The line with the day, which is another every day and says nothing of the patient."""
    before, _, after = prepared.sheet.words["sheet-date"].partition("{date}")
    return re.compile(f"{re.escape(before)}.*{re.escape(after)}")


def _said(format_name: str, data: bytes, dated: re.Pattern[str]) -> list[str]:
    text = data.decode("utf-8", "replace")
    lines = whole_lines(text) if format_name == "text" else _Reader.lines_of(text)
    return [line for line in lines if not dated.fullmatch(line)]


def _only_in(these: Iterable[str], those: Iterable[str]) -> Iterator[str]:
    """The lines that the one has more often than the other, in their order."""
    more = Counter(these) - Counter(those)
    for line in these:
        if more[line] > 0:
            more[line] -= 1
            yield line


class _Reader(HTMLParser):
    """The words of a page, by the line: what an element that is no part of a line holds."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.unsaid = 0

    @classmethod
    def lines_of(cls, page: str) -> list[str]:
        reader = cls()
        reader.feed(page)
        reader.close()
        return [line for line in (" ".join(each.split()) for each in reader.lines) if line]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.unsaid += tag in _NOT_SAID
        if tag not in _WITHIN_A_LINE:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.unsaid -= tag in _NOT_SAID and self.unsaid > 0
        if tag not in _WITHIN_A_LINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.unsaid:
            self.lines[-1] += data
