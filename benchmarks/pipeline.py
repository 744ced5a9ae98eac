"""Read, assess, tailor and HTML of a 61-resource record, against validating the same bytes.

The other side is `Bundle.model_validate` of `fhir.resources`, parsing included on both sides.
"""

from __future__ import annotations

from datetime import date
from importlib import import_module

import orjson

from benchmarks.measuring import Ratio, minima
from benchmarks.record import record
from fhir_handout.assess import assess
from fhir_handout.bundles import entries_of
from fhir_handout.model import Site
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Entry, RawRecord
from fhir_handout.read import read_record
from fhir_handout.render import render
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

_TODAY = date(2026, 11, 23)
_LIMIT = 1 / 3


def measure(repeats: int = 60) -> list[Ratio]:
    """The one ratio of the warm pipeline."""
    data = record()
    pack = load_pack()

    def ours() -> bytes:
        entries = entries_of(orjson.loads(data), "record.json")
        raw = RawRecord(tuple(e for e in entries if isinstance(e, Entry)))
        patient = read_record(raw, "bench")
        found = assess(patient, pack.content, pack.codes, _TODAY)
        handout = tailor(found, pack.content)
        words = pack.catalogues["en"]
        sheet = translate(handout, words, "en", Site(), patient.name, _TODAY)
        return render(sheet, "html", pack.figures).data

    ours()  # our resource models are imported lazily, with our settings, before the Bundle's
    bundle = import_module("fhir.resources.R4B.bundle").Bundle

    def theirs() -> object:
        return bundle.model_validate(orjson.loads(data))

    theirs()
    mine, other = minima(ours, theirs, repeats=repeats)
    return [
        Ratio(
            "read, assess, tailor and HTML of 61 resources",
            "Bundle.model_validate of the same bytes",
            mine,
            other,
            _LIMIT,
        )
    ]
