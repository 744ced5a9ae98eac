"""PDFs: against other ways to make them, together with the other formats, and many of them.

The other sides print our HTML of the same sheets: WeasyPrint as PDF/UA-1, and a Chromium that runs
already. The sheets are of patients with different findings, each document has another name on it,
and no document is made twice.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import orjson

from benchmarks.measuring import Limit, Ratio, minima
from benchmarks.record import record
from fhir_handout.assess import assess
from fhir_handout.bundles import entries_of
from fhir_handout.model import Sheet, Site
from fhir_handout.pack import load_pack
from fhir_handout.patient_record import Entry, RawRecord
from fhir_handout.read import read_record
from fhir_handout.render import render
from fhir_handout.tailor import tailor
from fhir_handout.translate import translate

_TODAY = date(2026, 11, 23)
_PATIENTS = 8
_FASTER = 1 / 10
_TOGETHER_MS = 12.0
_TWO_PROCESSES = 2 / 1.8
_IN_ONE_PROCESS = 400
_WARM_UP, _DOCUMENTS = 500, 10_000
_GROWTH_MIB = 8.0
_number = count()


def measure(repeats: int = 10, documents: int = _DOCUMENTS) -> list[Ratio | Limit]:
    """Speed against others, of all formats of one patient, of two processes; and memory."""
    return [*_against_others(repeats), _together(repeats * 6), _two_processes(), _memory(documents)]


@cache
def _sheets() -> tuple[Sheet, ...]:
    """Sheets of different patients: each has every other, every third, … resource of one record."""
    entries = entries_of(orjson.loads(record()), "record.json")
    found = [entry for entry in entries if isinstance(entry, Entry)]
    patients = [entry for entry in found if entry.resource.get("resourceType") == "Patient"]
    others = [entry for entry in found if entry not in patients]
    return tuple(_sheet([*patients, *others[::step]]) for step in range(1, _PATIENTS + 1))


def _sheet(entries: list[Entry]) -> Sheet:
    pack = load_pack()
    patient = read_record(RawRecord(tuple(entries)), "bench")
    found = assess(patient, pack.content, pack.codes, _TODAY)
    words = pack.catalogues["en"]
    return translate(tailor(found, pack.content), words, "en", Site(country="US"), "", _TODAY)


def _next_sheet() -> Sheet:
    number = next(_number)
    return replace(_sheets()[number % _PATIENTS], patient_name=f"Benchmark {number}")


@cache
def _figures() -> dict[str, str]:
    return dict(load_pack().figures)


def _made(format_name: str) -> bytes:
    return render(_next_sheet(), format_name, _figures()).data


def _against_others(repeats: int) -> Iterator[Ratio]:
    import weasyprint  # the extra `bench`
    from playwright.sync_api import sync_playwright

    def by_weasyprint() -> object:
        return weasyprint.HTML(string=_made("html").decode()).write_pdf(pdf_variant="pdf/ua-1")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()

        def by_chromium() -> object:
            page.set_content(_made("html").decode())
            return page.pdf(format="A4", tagged=True)

        ours, weasy, chromium = _warm(
            lambda: _made("pdf"), by_weasyprint, by_chromium, repeats=repeats
        )
        browser.close()
    what = "PDF of a handout"
    yield Ratio(what, "WeasyPrint on our HTML", ours, weasy, _FASTER)
    yield Ratio(what, "a running Chromium on our HTML", ours, chromium, _FASTER)


def _warm(*functions: Callable[[], object], repeats: int) -> list[float]:
    for function in functions:
        function()
    return minima(*functions, repeats=repeats)


def _together(repeats: int) -> Limit:
    def all_three() -> None:
        for format_name in ("html", "text", "pdf"):
            _made(format_name)

    (seconds,) = _warm(all_three, repeats=repeats)
    return Limit("HTML, text and PDF of one patient, in ms", seconds * 1000, _TOGETHER_MS)


def _two_processes() -> Limit:
    """How much longer two processes take for twice as many; both have made some before."""
    with get_context("spawn").Pool(2) as pool:
        pool.map(_some, [40, 40], chunksize=1)
        alone = min(pool.apply(_some, (_IN_ONE_PROCESS,)) for _ in range(3))
        both = min(max(pool.map(_some, [_IN_ONE_PROCESS] * 2, chunksize=1)) for _ in range(3))
    what = "two processes for twice as many PDFs, times the time of one"
    return Limit(what, both / alone, _TWO_PROCESSES)


def _some(documents: int) -> float:
    """How long it takes to make so many."""
    start = time.perf_counter()
    for _ in range(documents):
        _made("pdf")
    return time.perf_counter() - start


def _memory(documents: int) -> Limit:
    """What the process grows by over many documents, once it has made some."""
    _some(_WARM_UP)
    before = _resident_mib()
    _some(documents)
    what = f"growth of memory over {documents} PDFs, in MiB"
    return Limit(what, _resident_mib() - before, _GROWTH_MIB)


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
