"""What is told is at least as careful as what was read allows, and rests on evidence.

Damage and additions to a record can only make a sheet more careful. Levels are compared as they
come to, warning signs by their ids; the words are not looked at.
"""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from fhir_handout.bundles import PARTS_OF_TYPE
from fhir_handout.elements import concept_of, identity
from fhir_handout.errors import InvalidFhir, NotFound
from fhir_handout.model import Status
from fhir_handout.patient_record import Concept, Gap, Part
from properties import damage
from properties.records import (
    Entry,
    Json,
    Record,
    concepts,
    conditions,
    dates,
    entries,
    medicines,
    numbered,
    observations,
    records,
)
from properties.told import Told, told_of
from unit.builders import patient
from unit.handouts import loaded

SHOWN = (Status.PRESENT, Status.POSSIBLE)


# --- evidence -------------------------------------------------------------------------------------


@given(records())
def test_what_is_found_has_evidence_in_the_record_and_what_is_not_has_none(record: Record) -> None:
    names = {identity(resource) for resource in record.resources}
    for finding in told_of(record.resources).findings.findings:
        assert bool(finding.evidence) is (finding.status in SHOWN)
        assert {evidence.reference for evidence in finding.evidence} <= names


@given(records().flatmap(lambda record: damage.broken(record.resources[1:])))
def test_damage_leaves_no_finding_without_evidence(resources: Any) -> None:
    found = resources if isinstance(resources, list) else []
    for finding in told_of([patient(), *found]).findings.findings:
        assert bool(finding.evidence) is (finding.status in SHOWN)


@given(records())
def test_nothing_is_a_gap_in_a_valid_record(record: Record) -> None:
    """What these strategies give can be read whole: else they would prove little."""
    assert not told_of(record.resources).findings.gaps


# --- damage ---------------------------------------------------------------------------------------


def others_than(record: Record, left_out: Json) -> list[Json]:
    return [resource for resource in record.resources if resource is not left_out]


def assert_votes_for_what_is_hidden(told: Told, part: Part) -> None:
    """Every factor that the part could show is unknown, whatever else was found of it."""
    topics = loaded().content.topics
    for factor in loaded().content.risk_factors.values():
        if part in factor.shows_in and not factor.bands:  # an age is read or refused
            assert Status.UNKNOWN in {found.status for found in told.findings.of(factor.id)}
            for topic, level in factor.when_unknown.items():
                assert told.levels[topic] >= topics[topic].levels.index(level)


def assert_hidden_or_harmless(record: Record, whole: Json, harmed: Any) -> None:
    """Damage to an entry is refused, or a gap that hides what it is, or changes nothing at all.

    With a gap, the outcome is at least as careful as that of the other entries and that gap.
    """
    part = PARTS_OF_TYPE[whole["resourceType"]]
    rest = others_than(record, whole)
    try:
        told = told_of([harmed if found is whole else found for found in record.resources])
    except InvalidFhir:
        return
    if told.hides(part):
        gap = Gap("an entry", "it is damaged", frozenset({part}))
        assert told.is_as_careful_as(told_of(rest, [gap]))
        assert told.is_as_careful_as(told_of(rest))
        assert_votes_for_what_is_hidden(told, part)
    else:
        assert told.summary == told_of(record.resources).summary


@given(records(least=1, most=3), st.data())
def test_a_damaged_element_is_a_gap_or_was_of_no_use(record: Record, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(record.resources[1:]))
    _, harmed = data.draw(damage.damaged(whole))
    assert_hidden_or_harmless(record, whole, harmed)


@given(records(least=1, most=2), st.data())
def test_a_damaged_code_is_a_gap_or_was_of_no_use(record: Record, data: st.DataObject) -> None:
    coded = [resource for resource in record.resources[1:] if "coding" in str(resource)]
    assume(coded)
    whole = data.draw(st.sampled_from(coded))
    _, harmed = data.draw(damage.damaged(whole, within="coding"))
    assert_hidden_or_harmless(record, whole, harmed)


@given(records(least=1, most=2), st.data())
def test_a_code_with_stray_spaces_is_the_code_or_a_gap(record: Record, data: st.DataObject) -> None:
    """FHIR allows no spaces around a code, and charts have them."""
    whole = data.draw(st.sampled_from(record.resources[1:]))
    statuses = ("clinicalStatus", "verificationStatus", "category")  # not known: less sure
    found = [path for path in damage.codings(whole) if path[0] not in statuses]
    assume(found)
    path = data.draw(st.sampled_from(found))
    spaced = data.draw(st.sampled_from(["{} ", " {}", "\ufeff{}", "{}\n"]))
    harmed = damage.put(whole, path, spaced.format(damage.at(whole, path)))
    assert_hidden_or_harmless(record, whole, harmed)


@given(records(least=1, most=3), st.data())
def test_a_date_that_is_none_is_a_gap_or_was_of_no_use(record: Record, data: st.DataObject) -> None:
    candidates = [resource for resource in record.resources[1:] if damage.dated(resource)]
    assume(candidates)
    whole = data.draw(st.sampled_from(candidates))
    _, harmed = data.draw(damage.misdated(whole))
    assert_hidden_or_harmless(record, whole, harmed)


@given(records(least=1, most=3), damage.anything(), st.data())
def test_an_entry_that_is_no_resource_hides_everything(
    record: Record, anything: Any, data: st.DataObject
) -> None:
    assume(not isinstance(anything, dict) or not isinstance(anything.get("resourceType"), str))
    whole = data.draw(st.sampled_from(record.resources[1:]))
    told = told_of([anything if found is whole else found for found in record.resources])
    assert all(told.hides(part) for part in Part)
    rest = others_than(record, whole)
    assert told.is_as_careful_as(told_of(rest, [Gap("", "", frozenset(Part))]))


@given(medicines(), records(most=2), st.data())
def test_a_medicine_whose_medication_is_not_found_is_a_gap(
    medicine: Entry, record: Record, data: st.DataObject
) -> None:
    (entry,) = numbered([medicine], first=10)
    told = told_of([*record.resources, data.draw(damage.misdirected(entry.resource))])
    gap = Gap("", "", frozenset({Part.MEDICINES}))
    assert told.hides(Part.MEDICINES)
    assert told.is_as_careful_as(told_of(record.resources, [gap]))


@given(records(least=1), st.data())
def test_a_damaged_patient_is_refused_or_changes_nothing(
    record: Record, data: st.DataObject
) -> None:
    _, harmed = data.draw(damage.damaged(record.patient))
    whole = told_of(record.resources)
    try:
        told = told_of([harmed, *record.resources[1:]])
    except (InvalidFhir, NotFound):
        return
    assert told.summary == whole.summary


# --- what is not known is not damage --------------------------------------------------------------


@given(records(), st.data())
def test_elements_that_fhir_does_not_know_change_nothing(
    record: Record, data: st.DataObject
) -> None:
    changed = data.draw(damage.with_unknown_elements(record.resources))
    assert told_of(changed).explained == told_of(record.resources).explained


@given(records(least=1), st.data())
def test_an_extension_that_may_be_ignored_changes_nothing(
    record: Record, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(list(damage.objects(record.resources))))
    extension = [{"url": "https://ehr.example.org/note", "valueString": "furosemide"}]
    assume("url" not in damage.at(record.resources, path))
    changed = damage.put(record.resources, (*path, "extension"), extension)
    assert told_of(changed).explained == told_of(record.resources).explained


# --- one more -------------------------------------------------------------------------------------


def _ending() -> frozenset[str]:
    """Value sets by which one entry ends, dates or replaces another, so that less may be found.

    A birth, a loss or a transplant ends what was before it; weeks and due dates say when a
    pregnancy is over.
    """
    factors = loaded().content.risk_factors.values()
    named = {name for factor in factors for name in factor.ended_by}
    named |= {name for factor in factors for use in factor.value_sets for name in use.ended_by}
    return frozenset(named | {f.term.weeks for f in factors if f.term})


def _value_sets(resource: Json) -> set[str]:
    """Every value set that a code or a name anywhere in a resource is in."""
    found: set[str] = set()
    for path in damage.objects(resource):
        value = damage.at(resource, path)
        if "coding" not in value and "text" not in value:
            continue
        concept = _concept(value)
        matches = loaded().codes.matches(concept)
        by_name = loaded().codes.name_matches(concept, Part.CONDITIONS)
        found |= {match.value_set for match in (*matches, *by_name)}
    return found


def _concept(value: Json) -> Concept:
    return concept_of({k: v for k, v in value.items() if k in ("coding", "text")})


def is_ending(entry: Entry) -> bool:
    return not _ending().isdisjoint(_value_sets(entry.resource))


def assert_not_less_careful(record: Record, more: Entry) -> None:
    (added,) = numbered([more], first=20)
    before, after = told_of(record.resources), told_of([*record.resources, *added.all])
    assert after.is_as_careful_as(before)


@given(records(), conditions().filter(lambda entry: not is_ending(entry)))
def test_one_more_condition_makes_nothing_less_careful(record: Record, more: Entry) -> None:
    assert_not_less_careful(record, more)


@given(records(), medicines())
def test_one_more_medicine_makes_nothing_less_careful(record: Record, more: Entry) -> None:
    assert_not_less_careful(record, more)


@given(records(st.one_of(conditions(), medicines())), observations())
def test_one_more_result_makes_nothing_less_careful(record: Record, more: Entry) -> None:
    """Of a kind that is not there yet, and none that ends or dates: a newer result replaces one."""
    factors = loaded().content.risk_factors.values()
    dating = {name for f in factors if f.term for name in (f.term.due_dates, "gestational-age")}
    ends = {answer.answer for f in factors for answer in f.answers if answer.ends}
    assume((dating | ends).isdisjoint(_value_sets(more.resource)))
    assert_not_less_careful(record, more)


@given(st.lists(dates("day month instant", first=-5, last=-1), min_size=1, max_size=4))
def test_of_results_that_agree_one_stands(days: list[str]) -> None:
    """However they are dated, and in whatever zones: results must not replace each other."""
    found = [
        {
            "resourceType": "Observation",
            "id": f"r{number}",
            "status": "final",
            "subject": {"reference": "Patient/p1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "33914-3"}]},
            "effectiveDateTime": day,
            "valueQuantity": {"value": 20, "unit": "mL/min/{1.73_m2}"},
        }
        for number, day in enumerate(days)
    ]
    (finding,) = told_of([patient(), *found]).findings.of("low_egfr")
    assert finding.status in SHOWN


@given(records(), entries())
def test_an_entry_of_somebody_else_changes_nothing(record: Record, more: Entry) -> None:
    (added,) = numbered([more], first=20)
    theirs = {**added.resource, "subject": {"reference": "Patient/p2"}}
    told = told_of([*record.resources, *added.others, theirs])
    assert told.explained == told_of(record.resources).explained


@given(records(), st.sampled_from([*Part]))
def test_one_more_gap_makes_nothing_less_careful(record: Record, part: Part) -> None:
    told = told_of(record.resources, [Gap("a search", "it failed", frozenset({part}))])
    assert told.is_as_careful_as(told_of(record.resources))
    assert_votes_for_what_is_hidden(told, part)


@given(records(), concepts(Part.CONDITIONS))
def test_a_condition_ruled_out_changes_nothing(record: Record, concept: Json) -> None:
    told = told_of(record.resources)
    for code in ("refuted", "entered-in-error"):
        status = {"coding": [{"code": code}]}
        (entry,) = numbered([Entry(_ruled_out(concept, status))], first=20)
        assert told_of([*record.resources, *entry.all]).summary == told.summary


def _ruled_out(concept: Json, status: Json) -> Json:
    return {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p1"},
        "code": concept,
        "verificationStatus": status,
    }
