"""`fhir-handout preview` as a whole process, against importing the FHIR models that it uses.

The other side is `python -c` with nothing but the imports of those R4B models.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Ratio, minima
from benchmarks.record import record

_USED = "\n".join(
    f"from fhir.resources.R4B.{name.lower()} import {name}"
    for name in ("Condition", "MedicationStatement", "MedicationRequest", "Observation")
)
_LIMIT = 2.0


def measure(repeats: int = 15) -> list[Ratio]:
    """The one ratio of a cold start."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "record.json").write_bytes(record())
        preview = [sys.executable, "-m", "fhir_handout", "preview", "bench", "--ehr", folder]
        bare = [sys.executable, "-c", _USED]

        def run(command: list[str]) -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        mine, other = minima(lambda: run(preview), lambda: run(bare), repeats=repeats)
    return [
        Ratio(
            "a cold `fhir-handout preview`",
            "a bare `python -c` importing the models it uses",
            mine,
            other,
            _LIMIT,
        )
    ]
