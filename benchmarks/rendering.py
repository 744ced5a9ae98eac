"""The HTML of a tailored handout, against a bare Jinja2 render of the same page.

Ours begins with statement ids: their words, the layout, escaping and isolating are on our side
alone. The other side prints ready markup; the bytes are the same.
"""

from __future__ import annotations

from datetime import date

import orjson

from benchmarks.bare_page import bare_page
from benchmarks.measuring import Ratio, minima
from benchmarks.record import record
from fhir_handout.assess import assess
from fhir_handout.bundles import entries_of
from fhir_handout.model import Site, SiteLink
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Entry, RawRecord
from fhir_handout.read import read_record
from fhir_handout.render import render
from fhir_handout.render.layout import laid_out
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

_TODAY = date(2026, 11, 23)
_LIMIT = 3.0
_SITE = Site(
    name="Bend Clinic", phone="555-0100", country="US", appointment=SiteLink("Friday at 10")
)


def measure(repeats: int = 100) -> list[Ratio]:
    """The one ratio of a page."""
    pack = load_pack()
    entries = entries_of(orjson.loads(record()), "record.json")
    raw = RawRecord(tuple(e for e in entries if isinstance(e, Entry)))
    patient = read_record(raw, "bench")
    handout = tailor(assess(patient, pack.content, pack.codes, _TODAY), pack.content)
    words = pack.catalogues["en"]

    def ours() -> bytes:
        sheet = translate(handout, words, "en", _SITE, patient.name, _TODAY)
        return render(sheet, "html", pack.figures).data

    sheet = translate(handout, words, "en", _SITE, patient.name, _TODAY)
    bare = bare_page(sheet, laid_out(sheet), ours().decode())

    def theirs() -> bytes:
        return bare().encode()

    if theirs() != ours():
        raise AssertionError("the two pages differ, so their times say nothing")
    mine, other = minima(ours, theirs, repeats=repeats)
    return [
        Ratio("words and HTML of a handout", "a bare template of the page", mine, other, _LIMIT)
    ]
