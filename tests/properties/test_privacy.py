"""Nothing of the patient's stands in a gap or in an error: marked words are planted and looked for.

A reference names a resource by its type and id; nothing else of the record may be there.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fhir_handout.errors import HandoutError
from properties import damage
from properties.records import Json, Record, records
from properties.told import bundle, told_of, told_of_folder

MARK = "Zaqxsw"
BORN = "1971-02-13"
SECRETS = (MARK.lower(), BORN, "1971")
_TEXT = ("text", "display", "family", "given", "value", "unit", "onsetString", "abatementString")


def marked(value: Any, name: str = "") -> Any:
    """The same JSON with the mark in every free text, name and identifier."""
    if isinstance(value, dict):
        return {key: marked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [marked(inner, name) for inner in value]
    if name == "birthDate":
        return BORN
    return f"{MARK} {value}" if name in _TEXT and isinstance(value, str) else value


# As an id, the bare mark would be no more than a reference; with a space it is none.
SOME_OF_THEIRS = [
    MARK,
    f"{MARK} Doe",
    f"Patient/{MARK} Doe",
    BORN,
    {MARK: MARK},
    [MARK],
    {"id": MARK},
]


def assert_nothing_told(messages: list[str]) -> None:
    for message in messages:
        assert not [secret for secret in SECRETS if secret in message.lower()], message


def messages_of(resources: list[Any]) -> list[str]:
    """What gaps and errors say of a record."""
    try:
        found = told_of(resources).findings.gaps
    except HandoutError as error:
        return [str(error), error.message]
    return [text for gap in found for text in (gap.what, gap.why)]


@given(records(least=1, most=3), st.data())
def test_a_gap_or_an_error_says_nothing_of_the_patient(record: Record, data: st.DataObject) -> None:
    resources: list[Json] = marked(record.resources)
    path = data.draw(st.sampled_from(list(damage.places(resources))))
    theirs = [one for one in SOME_OF_THEIRS if one != MARK or path[-1] != "id"]
    kind = st.one_of(st.sampled_from(theirs), st.sampled_from(damage.others("")))
    harmed = damage.put(resources, path, data.draw(kind))
    assert_nothing_told(messages_of(harmed))


@given(records(least=1, most=3), st.data())
def test_an_element_named_like_the_patient_is_not_repeated(
    record: Record, data: st.DataObject
) -> None:
    resources = record.resources
    path = data.draw(st.sampled_from(list(damage.objects(resources))))
    harmed = damage.put(resources, (*path, MARK), data.draw(damage.anything()))
    assert_nothing_told(messages_of(harmed))


@given(records(least=1, most=2), st.data())
def test_a_file_that_is_no_json_is_not_quoted(record: Record, data: st.DataObject) -> None:
    whole = bundle(marked(record.resources))
    path = data.draw(st.sampled_from(list(damage.places(whole))))
    text = damage.with_text_at(whole, path, data.draw(st.sampled_from([f'"{MARK}', MARK, "NaN"])))
    with TemporaryDirectory() as home:
        folder = Path(home) / "record"
        folder.mkdir()
        (folder / "broken.json").write_text(text, "utf-8")
        (folder / "patient.json").write_text(json.dumps(marked(record.patient)), "utf-8")
        try:
            gaps = told_of_folder(folder, Path(home) / "out").findings.gaps
            said = [text for gap in gaps for text in (gap.what, gap.why)]
        except HandoutError as error:
            said = [str(error)]
    assert_nothing_told(said)
