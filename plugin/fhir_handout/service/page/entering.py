"""What a form says of the work: choices, a note, corrections with their reasons.

In: the work so far, the fields of a form, what can be chosen. Out: `Entered`, the work as it is
then, and what is wrong with the form; `UsageError` bad-form where it says what no form of the page
can say. Fields that a form lacks leave their part of the work as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from fhir_handout.correction_rules import LONGEST_REASON
from fhir_handout.errors import UsageError
from fhir_handout.names import plain
from fhir_handout.note import LONGEST as LONGEST_NOTE
from fhir_handout.service.page.forms import Form
from fhir_handout.service.page.work import Entered, Mistake, Noted, Work

ADDED, ANSWERED = "added", "answered"
CHANGES = (ADDED, "taken_out", ANSWERED)
CHOOSE, UNDO, UNDO_ALL, NONE = "add", "undo", "undo-all", "none"
REASON = "reason"
REASON_OF_ADDED = f"{REASON}|{CHOOSE}"
REASON_OF_NONE = f"{REASON}|{NONE}"
TYPED = ("note", CHOOSE, REASON)


@dataclass(frozen=True, slots=True)
class Choosable:
    """What the fields of a form can have; `qualifiers` are those of each risk factor."""

    languages: Collection[str]
    layouts: Collection[str]
    papers: Collection[str]
    qualifiers: Mapping[str, Collection[str | None]]


def entered(work: Work, form: Form, choosable: Choosable) -> Entered:
    """The work after this form."""
    chosen = replace(
        work,
        language=_choice(form, "language", choosable.languages, work.language),
        layout=_choice(form, "layout", choosable.layouts, work.layout),
        paper=_choice(form, "paper", choosable.papers, work.paper),
        confirm_sensitive=_box(form, "confirm", work.confirm_sensitive),
        teach_back=_box(form, "teach_back", work.teach_back),
    )
    noted, mistakes = _with_note(chosen, form)
    done, more = _done(noted, form, choosable)
    mistakes += more
    return Entered(done, tuple(mistakes), dict(_typed(form)) if mistakes else {})


def _choice(form: Form, name: str, known: Collection[str], before: str | None) -> str | None:
    """What was chosen; an empty value leaves it to whoever decides otherwise."""
    said = form.get(name)
    if said is None:
        return before
    if said and said not in known:
        raise _wrong(name)
    return said or None


def _box(form: Form, name: str, before: bool) -> bool:
    """A box that is not ticked is not sent: `has_…` says that it was there to be ticked."""
    return name in form if f"has_{name}" in form else before


def _with_note(work: Work, form: Form) -> tuple[Work, list[Mistake]]:
    if "note" not in form:
        return work, []
    note = form["note"].replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(note) > LONGEST_NOTE:
        return work, [Mistake("note", "note-too-long")]
    return replace(work, note=note), []


def _done(work: Work, form: Form, choosable: Choosable) -> tuple[Work, list[Mistake]]:
    """What the button that was pressed does to corrections."""
    what, _, rest = form.get("do", "").partition("|")
    if what in CHANGES:
        return _correct(work, form, (what, *_named(rest, choosable)))
    doing = {CHOOSE: _add, NONE: _answer_all}.get(what)
    return doing(work, form, choosable) if doing else (_undone(work, what, rest), [])


def _undone(work: Work, what: str, key: str) -> Work:
    if what == UNDO_ALL:
        return replace(work, corrections=())
    return work.without(key) if what == UNDO else work


def _add(work: Work, form: Form, choosable: Choosable) -> tuple[Work, list[Mistake]]:
    chosen, reason = form.get(CHOOSE, ""), _reason(form, REASON_OF_ADDED)
    mistakes = [] if chosen else [Mistake(CHOOSE, "nothing-chosen")]
    mistakes += _wrong_reason(REASON_OF_ADDED, reason)
    if mistakes:
        return work, mistakes
    return work.corrected(Noted(ADDED, *_named(chosen, choosable), reason)), []


def _answer_all(work: Work, form: Form, choosable: Choosable) -> tuple[Work, list[Mistake]]:
    """Every gap that the form listed, for one reason."""
    reason = _reason(form, REASON_OF_NONE)
    mistakes = _wrong_reason(REASON_OF_NONE, reason)
    for key in () if mistakes else form.get("unknown", "").split():
        change, _, rest = key.partition("|")
        if change != ANSWERED:
            raise _wrong("unknown")
        work = work.corrected(Noted(ANSWERED, *_named(rest, choosable), reason))
    return work, mistakes


def _correct(
    work: Work, form: Form, what: tuple[str, str, str | None]
) -> tuple[Work, list[Mistake]]:
    field = f"{REASON}|{form['do']}"
    reason = _reason(form, field)
    mistakes = _wrong_reason(field, reason)
    return (work, mistakes) if mistakes else (work.corrected(Noted(*what, reason)), [])


def _reason(form: Form, field: str) -> str:
    """On one line, without what can't be seen."""
    return plain(form.get(field, ""))


def _wrong_reason(field: str, reason: str) -> list[Mistake]:
    if not reason:
        return [Mistake(field, "reason-missing")]
    return [Mistake(field, "reason-too-long")] if len(reason) > LONGEST_REASON else []


def _named(text: str, choosable: Choosable) -> tuple[str, str | None]:
    """The risk factor and qualifier that a field names; None stands for all of the factor."""
    factor, _, qualifier = text.partition("|")
    known = choosable.qualifiers.get(factor)
    if known is None or (qualifier and qualifier not in known):
        raise _wrong("do")
    return factor, qualifier or None


def _typed(form: Form) -> Iterator[tuple[str, str]]:
    yield from ((k, v) for k, v in form.items() if k.partition("|")[0] in TYPED)


def _wrong(field: str) -> UsageError:
    return UsageError("bad-form", f"the form has a wrong value in {field}; load the page again")
