"""Whatever is sent to REST, the answer is one that its description has, and no fault."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties import damage
from properties.records import Record, records
from properties.told import bundle
from service.calling import Api, api

KNOWN = {200, 400, 403, 404, 413, 415, 422}


@pytest.fixture(scope="module")
def everlasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("service")) as rest:
        yield rest


@settings(max_examples=8)
@given(record=records(), language=st.sampled_from([None, "es", "zh-Hant", "xx"]))
def test_any_record_has_a_handout_in_every_format(everlasting: Api, record: Record, language):
    for name in ("html", "pdf", "text", "rtf", "xhtml", "json"):
        answer = everlasting.post(
            "preview", record=bundle(record.resources), language=language, format=name
        )
        assert answer.status_code == 200, answer.text


@settings(max_examples=40)
@given(data=st.data())
def test_a_record_with_anything_anywhere_is_no_fault(everlasting: Api, data: st.DataObject):
    whole = bundle(data.draw(records(least=1, most=2)).resources)
    sent = {"record": data.draw(damage.broken(whole)), "patient": "p1"}
    text = json.dumps(sent).encode("utf-8", "surrogatepass")
    for what in ("explain", "preview"):
        answer = everlasting.send(what, text)
        assert answer.status_code in KNOWN, answer.text


@given(data=st.data(), what=st.sampled_from(["preview", "explain", "attach", "retract"]))
def test_any_json_is_no_fault(everlasting: Api, data: st.DataObject, what: str):
    body: dict[str, Any] = {"tenant": "hillside", "patient": "p1", "document": "d1"}
    for key in data.draw(st.lists(st.sampled_from([*body, "date", "language", "formats"]))):
        body[key] = data.draw(damage.anything())
    text = json.dumps(body).encode("utf-8", "surrogatepass")
    assert everlasting.send(what, text).status_code in KNOWN


@settings(max_examples=30)
@given(day=st.dates(), record=records(most=1))
def test_any_day_is_no_fault(everlasting: Api, day, record: Record):
    answer = everlasting.post("explain", record=bundle(record.resources), date=day.isoformat())
    assert answer.status_code in (200, 422), answer.text
