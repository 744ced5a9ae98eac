"""What must not matter: order, files, repetition, units, any clock but the day that is given."""

from __future__ import annotations

import copy
import json
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fhir_handout.assess import assess
from fhir_handout.read import read_record
from fhir_handout.tailor import tailor
from properties.records import (
    PATIENT,
    Entry,
    Json,
    Record,
    codes_of,
    measured,
    numbered,
    observations,
    records,
)
from properties.told import Told, bundle, raw_of, told_of, told_of_folder, told_of_raw
from unit.builders import patient
from unit.handouts import TODAY, loaded


@given(records(most=5), st.data())
def test_the_order_of_entries_changes_nothing(record: Record, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(record.resources))
    assert told_of(shuffled).summary == told_of(record.resources).summary


@given(records(observations(measured("egfr")), least=2, most=4), st.data())
def test_the_order_of_results_changes_nothing(record: Record, data: st.DataObject) -> None:
    """On one day, so that none replaces the other for its date."""
    day = {"effectiveDateTime": TODAY.isoformat()}
    other_dates = ("issued", "effectivePeriod")
    found = [
        {**{k: v for k, v in entry.resource.items() if k not in other_dates}, **day}
        for entry in record.entries
    ]
    shuffled = data.draw(st.permutations(found))
    assert told_of([patient(), *shuffled]).summary == told_of([patient(), *found]).summary


@given(records(most=5), st.data())
def test_several_bundles_are_as_good_as_one(record: Record, data: st.DataObject) -> None:
    count = len(record.resources)
    places = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    bundles: list[Json] = [bundle([]), bundle([]), bundle([])]
    for place, resource in zip(places, record.resources, strict=True):
        bundles[place]["entry"].append({"resource": resource})
    assert told_of_raw(raw_of(bundles)).summary == told_of(record.resources).summary


@given(records(most=5))
def test_a_record_that_is_there_twice_is_told_once(record: Record) -> None:
    twice = told_of([*record.resources, *copy.deepcopy(record.resources)])
    assert twice.explained == told_of(record.resources).explained


@given(records(most=4), st.data())
def test_files_are_as_good_as_a_bundle(record: Record, data: st.DataObject) -> None:
    """Single resources, NDJSON and Bundles in any mix."""
    kinds = st.lists(st.sampled_from("single lines bundle".split()), min_size=5, max_size=5)
    with TemporaryDirectory() as home:
        folder = Path(home) / "record"
        folder.mkdir()
        write_files(folder, record.resources, data.draw(kinds))
        told = told_of_folder(folder, Path(home) / "out")
    assert told.summary == told_of(record.resources).summary


def write_files(folder: Path, resources: list[Json], kinds: list[str]) -> None:
    for number, resource in enumerate(resources):
        kind = kinds[number % len(kinds)]
        if kind == "single":
            (folder / f"{number}.json").write_text(json.dumps(resource), "utf-8")
        elif kind == "bundle":
            (folder / f"{number}.json").write_text(json.dumps(bundle([resource])), "utf-8")
        else:
            with (folder / "lines.ndjson").open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(resource) + "\n")


# --- the day that is given is the only clock ------------------------------------------------------


@given(records())
def test_the_same_record_and_day_give_the_same_and_leave_the_record_as_it_was(
    record: Record,
) -> None:
    before = copy.deepcopy(record.resources)
    once = told_of(record.resources).findings
    again = told_of(json.loads(json.dumps(before))).findings
    assert once == again
    assert record.resources == before


YEARS_OF_A_CYCLE = 400
"""After which the calendar repeats to the day."""
_DATE_NAMES = ("Date", "DateTime", "start", "end", "authoredOn", "dateAsserted", "issued")


def later(value: Any, years: int, name: str = "") -> Any:
    """The same JSON with every date so many years later."""
    if isinstance(value, dict):
        return {key: later(inner, years, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [later(inner, years, name) for inner in value]
    if isinstance(value, str) and (name.endswith(_DATE_NAMES) or name == "event"):
        return re.sub(r"^\d{4}", lambda year: str(int(year[0]) + years), value)
    return value


@given(records())
def test_only_the_distance_to_today_matters(record: Record) -> None:
    """The whole record and today, four centuries later, are told the same."""
    moved = later(record.resources, YEARS_OF_A_CYCLE)
    day = date(TODAY.year + YEARS_OF_A_CYCLE, TODAY.month, TODAY.day)
    pack = loaded()
    read = read_record(raw_of([bundle(moved)]), PATIENT)
    findings = assess(read, pack.content, pack.codes, day)
    assert Told(read, tailor(findings, pack.content)).summary == told_of(record.resources).summary


# --- units ----------------------------------------------------------------------------------------


@st.composite
def results(draw: st.DrawFn) -> tuple[Entry, Entry]:
    """One result twice, in two units of its measurement, and not on an edge of a rule."""
    measurement = draw(st.sampled_from(sorted(loaded().content.measurements.values(), key=str)))
    unit, other = (draw(st.sampled_from(sorted(measurement.units))) for _ in "12")
    least, most = measurement.plausible
    tenths = draw(st.integers(int(least * 10), int(most * 10) - 1))
    amount = tenths / 10 + 0.05
    code = codes_of([measurement.value_set])[measurement.value_set][0]
    told = {"code": {"coding": [{"system": code.system, "code": code.code}]}}
    entry = draw(observations(st.just({**told, "valueQuantity": {"value": 1, "unit": "?"}})))
    comparator = draw(st.sampled_from([{}, {}, {"comparator": ">"}, {"comparator": "<="}]))

    def in_unit(name: str) -> Entry:
        value = amount / measurement.units[name]
        return Entry(_with_quantity(entry.resource, {"value": value, "unit": name, **comparator}))

    return in_unit(unit), in_unit(other)


def _with_quantity(resource: Json, quantity: Json) -> Json:
    if "component" not in resource:
        return {**resource, "valueQuantity": quantity}
    parts = [{**part, "valueQuantity": quantity} for part in resource["component"]]
    return {**resource, "component": parts}


@given(results(), records(most=2))
def test_a_result_in_another_unit_is_the_same_result(
    pair: tuple[Entry, Entry], record: Record
) -> None:
    one, other = (numbered([entry], first=20)[0] for entry in pair)
    told = told_of([*record.resources, one.resource])
    assert not told.findings.gaps
    assert told.summary == told_of([*record.resources, other.resource]).summary


@given(results())
def test_a_result_written_as_text_is_the_same_result(pair: tuple[Entry, Entry]) -> None:
    (entry,) = numbered(pair[:1])
    in_words = as_text(entry.resource)
    assert told_of([patient(), in_words]).summary == told_of([patient(), entry.resource]).summary


def as_text(resource: Json) -> Json:
    if "component" in resource:
        return {**resource, "component": [as_text(part) for part in resource["component"]]}
    quantity = resource["valueQuantity"]
    text = f"{quantity.get('comparator', '')}{quantity['value']:.12f} {quantity['unit']}"
    return {**{k: v for k, v in resource.items() if k != "valueQuantity"}, "valueString": text}
