"""Whatever a record holds, reading it ends in findings or in an error of ours: nothing else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_handout.errors import HandoutError
from properties import damage
from properties.records import Record, entries, medicines, numbered, records
from properties.told import bundle, told_of, told_of_folder
from unit.builders import medication, patient, statement


def read_without_harm(resources: Any) -> None:
    with suppress(HandoutError):
        told_of(resources)


def prepare_without_harm(*files: bytes) -> None:
    with TemporaryDirectory() as home:
        folder = Path(home) / "record"
        folder.mkdir()
        for number, content in enumerate(files):
            ending = "ndjson" if content.startswith(b"\n") else "json"
            (folder / f"{number}.{ending}").write_bytes(content)
        with suppress(HandoutError):
            told_of_folder(folder, Path(home) / "out")


@given(records().flatmap(lambda record: damage.broken(record.resources)))
def test_a_record_with_anything_anywhere(resources: Any) -> None:
    read_without_harm(resources if isinstance(resources, list) else [resources])


@given(st.data())
def test_a_whole_patient_with_one_entry_that_is_anything(data: st.DataObject) -> None:
    record = data.draw(records(least=1, most=2))
    changed = data.draw(damage.broken(record.entries[0].resource))
    read_without_harm([*record.resources, changed])


@given(damage.anything(), damage.anything())
def test_a_file_of_any_json(one: Any, other: Any) -> None:
    whole = json.dumps(bundle([patient()])).encode()
    text = json.dumps(one).encode("utf-8", "surrogatepass")
    prepare_without_harm(whole, text, b"\n" + json.dumps(other).encode("utf-8", "surrogatepass"))


@given(st.data())
def test_json_text_that_no_parsed_value_can_hold(data: st.DataObject) -> None:
    record = data.draw(records(least=1, most=2))
    whole = bundle(record.resources)
    path = data.draw(st.sampled_from(list(damage.places(whole))))
    text = damage.with_text_at(whole, path, data.draw(damage.json_texts()))
    prepare_without_harm(text.encode("utf-8", "surrogatepass"))


@given(st.data())
def test_a_key_that_is_there_twice(data: st.DataObject) -> None:
    whole = bundle(data.draw(records(least=1, most=2)).resources)
    named = [path for path in damage.places(whole) if isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(named))
    twice = damage.with_a_key_twice(whole, path, data.draw(damage.json_texts()))
    prepare_without_harm(twice.encode("utf-8", "surrogatepass"))


@given(records(least=1, most=2), st.binary(min_size=1, max_size=4), st.integers(0, 5000))
def test_a_file_with_other_bytes_in_it(record: Record, junk: bytes, place: int) -> None:
    whole = json.dumps(bundle(record.resources)).encode()
    place %= len(whole)
    prepare_without_harm(whole[:place] + junk + whole[place + 1 :])
    prepare_without_harm(whole[:place], whole)


@pytest.mark.parametrize("depth", damage.DEPTHS)
@pytest.mark.parametrize("kind", ["list", "object", "extension"])
@pytest.mark.parametrize(
    "path",
    [
        ("extension",),
        ("code", "coding", 0, "extension"),
        ("medicationCodeableConcept",),
        ("contained",),
        ("contained", 0, "ingredient", 0, "itemCodeableConcept"),
        ("zzUnknown",),
    ],
)
def test_deep_nesting_twice_over(depth: int, kind: str, path: tuple[str | int, ...]) -> None:
    """Two versions of an entry are compared with each other, so both are there."""
    inside = medication("m1", "4603", ingredient=[{"itemCodeableConcept": {"text": "furosemide"}}])
    whole = statement(
        contained=[inside], code={"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}
    )
    if path[0] != "medicationCodeableConcept":
        del whole["medicationCodeableConcept"]
        whole["medicationReference"] = {"reference": "#m1"}
    text = damage.with_text_at(
        bundle([patient(), whole]), ("entry", 1, "resource", *path), damage.nested(depth, kind)
    )
    prepare_without_harm(text.encode(), text.encode())


@given(medicines(), st.integers(1, 9), st.data())
def test_a_medicine_made_of_itself_or_of_something_else(
    medicine: Any, length: int, data: st.DataObject
) -> None:
    (entry,) = numbered([medicine])
    told = told_of([patient(), *entry.others, damage.in_a_circle(entry.resource, length)])
    assert [gap for gap in told.findings.gaps if "itself" in gap.why or "layers" in gap.why]
    read_without_harm([patient(), data.draw(damage.misdirected(entry.resource))])


@given(entries(), st.integers(2, 8))
def test_bundles_inside_bundles(entry: Any, depth: int) -> None:
    whole = bundle([patient(), *numbered([entry])[0].all])
    for _ in range(depth):
        whole = bundle([whole])
    read_without_harm([patient(), whole])
