"""What a form says of the work: choices, a note, corrections with their reasons.

In: the work so far, the fields of a form, what can be chosen. Out: `Entered`, the work as it is
then, and what is wrong with the form; `UsageError` bad-form where it says what no form of the page
can say. Fields that a form lacks leave their part of the work as it was. What takes out or answers
a finding is bound to what the page showed of it: if that is not so any more, it is a mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fhir_handout.correction_rules import LONGEST_REASON, contradicts
from fhir_handout.errors import UsageError
from fhir_handout.model import NOTHING_SEEN, Change, Seen
from fhir_handout.names import plain
from fhir_handout.note import LONGEST as LONGEST_NOTE
from fhir_handout.service.page.forms import Form
from fhir_handout.service.page.work import Entered, Mistake, Noted, Work, correction_key

ADDED, TAKEN_OUT, ANSWERED = (change.value for change in Change)
CHANGES = (ADDED, TAKEN_OUT, ANSWERED)
LOWERS = (TAKEN_OUT, ANSWERED)
CHOOSE, UNDO, UNDO_THESE, UNDO_ALL, NONE = "add", "undo", "undo-these", "undo-all", "none"
FINDINGS, CORRECTIONS = "findings", "corrections"
"""The parts of the page where a mistake of no field is told."""
REASON = "reason"
REASON_OF_ADDED = f"{REASON}|{CHOOSE}"
REASON_OF_NONE = f"{REASON}|{NONE}"
TYPED = ("note", CHOOSE, REASON)


@dataclass(frozen=True, slots=True)
class Choosable:
    """What the fields of a form can have; `qualifiers` are those of each risk factor.

    `seen` is what there is to be taken out or answered, by the key of doing so, and `mark` what
    the page that shows it has in its field `found`.
    """

    languages: Collection[str]
    layouts: Collection[str]
    papers: Collection[str]
    qualifiers: Mapping[str, Collection[str | None]]
    seen: Mapping[str, Seen] = field(default_factory=dict)
    mark: str = ""


def lowers(form: Form) -> bool:
    """Whether it takes out or answers something, so that it matters what there is."""
    what = form.get("do", "").partition("|")[0]
    return what in LOWERS or what == NONE


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
        return _correct(work, form, (what, *_named(what, rest, choosable)), choosable)
    doing = {CHOOSE: _add, NONE: _answer_all}.get(what)
    return doing(work, form, choosable) if doing else (_undone(work, form, what, rest), [])


def _undone(work: Work, form: Form, what: str, key: str) -> Work:
    if what == UNDO_ALL:
        return replace(work, corrections=())
    keys = {UNDO: [key], UNDO_THESE: form.get("these", "").split()}.get(what, ())
    for each in keys:
        work = work.without(each)
    return work


def _add(work: Work, form: Form, choosable: Choosable) -> tuple[Work, list[Mistake]]:
    chosen, reason = form.get(CHOOSE, ""), _reason(form, REASON_OF_ADDED)
    mistakes = [] if chosen else [Mistake(CHOOSE, "nothing-chosen")]
    mistakes += _wrong_reason(REASON_OF_ADDED, reason)
    if mistakes:
        return work, mistakes
    named = _named(ADDED, chosen, choosable)
    if _contradicts(work, ADDED, *named):
        return work, [Mistake(CHOOSE, "contradiction")]
    return work.corrected(Noted(ADDED, *named, reason)), []


def _answer_all(work: Work, form: Form, choosable: Choosable) -> tuple[Work, list[Mistake]]:
    """Every gap that the form listed, for one reason; what is answered already stays as it is."""
    reason = _reason(form, REASON_OF_NONE)
    if mistakes := _wrong_reason(REASON_OF_NONE, reason):
        return work, mistakes
    done = work
    for key in form.get("unknown", "").split():
        change, _, rest = key.partition("|")
        if change != ANSWERED:
            raise _wrong("unknown")
        named = _named(change, rest, choosable)
        if key not in choosable.seen and work.has(ANSWERED, *named):
            continue
        seen = _seen(form, choosable, key)
        if seen is None:
            return work, [Mistake(FINDINGS, "chart-changed")]
        done = done.corrected(Noted.of_seen(ANSWERED, *named, reason, seen))
    return done, []


def _correct(
    work: Work, form: Form, what: tuple[str, str, str | None], choosable: Choosable
) -> tuple[Work, list[Mistake]]:
    name = f"{REASON}|{form['do']}"
    reason = _reason(form, name)
    if mistakes := _wrong_reason(name, reason):
        return work, mistakes
    if _contradicts(work, *what):
        return work, [Mistake(CORRECTIONS, "contradiction")]
    seen = _seen(form, choosable, correction_key(*what)) if what[0] in LOWERS else NOTHING_SEEN
    if seen is None:
        return work, [Mistake(FINDINGS, "chart-changed")]
    return work.corrected(Noted.of_seen(*what, reason, seen)), []


def _seen(form: Form, choosable: Choosable, key: str) -> Seen | None:
    """What the page showed under this key; None where that is not what there is by now.

    A form that does not say what it showed is one of what there is now.
    """
    is_same = form.get("found", choosable.mark) == choosable.mark
    return choosable.seen.get(key) if is_same else None


def _contradicts(work: Work, change: str, risk_factor: str, qualifier: str | None) -> bool:
    """Whether the opposite was said of the same finding."""
    others = (each for each in Change if contradicts(Change(change), each))
    return any(work.has(each, risk_factor, qualifier) for each in others)


def _reason(form: Form, field: str) -> str:
    """On one line, without what can't be seen."""
    return plain(form.get(field, ""))


def _wrong_reason(field: str, reason: str) -> list[Mistake]:
    if not reason:
        return [Mistake(field, "reason-missing")]
    return [Mistake(field, "reason-too-long")] if len(reason) > LONGEST_REASON else []


def _named(change: str, text: str, choosable: Choosable) -> tuple[str, str | None]:
    """The risk factor and qualifier that a field names; an answer is of all of the factor."""
    factor, _, text = text.partition("|")
    known, qualifier = choosable.qualifiers.get(factor), text or None
    if known is None or qualifier not in ((None,) if change == ANSWERED else known):
        raise _wrong("do")
    return factor, qualifier


def _typed(form: Form) -> Iterator[tuple[str, str]]:
    yield from ((k, v) for k, v in form.items() if k.partition("|")[0] in TYPED)


def _wrong(field: str) -> UsageError:
    return UsageError("bad-form", f"the form has a wrong value in {field}; load the page again")
