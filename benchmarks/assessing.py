"""Assessing a record, parsing included: against validating the same bytes, and as it grows.

The other side is `Bundle.model_validate` of `fhir.resources`, parsing included on both sides.
Growth is the exponent of time over the number of resources, 1 where it is linear.
"""

from __future__ import annotations

import gc
from datetime import date
from importlib import import_module
from math import log

import orjson

from benchmarks.measuring import Limit, Ratio, minima
from benchmarks.record import record
from fhir_handout.assess import assess
from fhir_handout.bundles import entries_of
from fhir_handout.codes import CodeIndex
from fhir_handout.model import Findings
from fhir_handout.pack import load_pack, templates
from fhir_handout.patient_record import Entry, RawRecord
from fhir_handout.read import read_record

_TODAY = date(2026, 11, 23)
_SIZES = (10, 100, 1_000, 10_000)
_PACK = load_pack()


def assessed(data: bytes) -> Findings:
    """The findings of a Bundle given as bytes."""
    entries = entries_of(orjson.loads(data), "record.json")
    raw = RawRecord(tuple(e for e in entries if isinstance(e, Entry)))
    return assess(read_record(raw, "bench"), _PACK.content, _PACK.codes, _TODAY)


def measure(repeats: int = 60) -> list[Ratio | Limit]:
    """The ratio, the growth, and the time the value sets take once."""
    return [_against_validation(repeats), _growth(), _value_sets()]


def _against_validation(repeats: int) -> Ratio:
    data = record()
    assessed(
        data
    )  # our resource models are imported lazily, with our settings, before the Bundle's
    bundle = import_module("fhir.resources.R4B.bundle").Bundle
    mine, other = minima(
        lambda: assessed(data),
        lambda: bundle.model_validate(orjson.loads(data)),
        repeats=repeats,
    )
    return Ratio(
        "assess 61 resources, parsing included",
        "Bundle.model_validate of the same bytes",
        mine,
        other,
        1 / 5,
    )


def _growth() -> Limit:
    times = {}
    for size in _SIZES:
        data = record(size)
        gc.collect()
        (times[size],) = minima(lambda data=data: assessed(data), repeats=max(2, 1000 // size))
    told = ", ".join(f"{size}: {times[size] * 1000:.2f} ms" for size in _SIZES)
    exponent = log(times[_SIZES[-1]] / times[_SIZES[1]]) / log(_SIZES[-1] / _SIZES[1])
    return Limit(f"growth of assessing ({told}), exponent from 100 on", exponent, 1.2)


def _value_sets() -> Limit:
    folder = templates() / "muscle_cramps" / "value_sets"
    files = [item.read_bytes() for item in folder.iterdir() if item.name.endswith(".json")]
    (best,) = minima(lambda: CodeIndex.of(map(orjson.loads, files), _PACK.name_rules), repeats=10)
    return Limit("loading the value sets once, ms", best * 1000, 30)
