"""`pack check` of the muscle-cramp pack, as a whole process: how many seconds it takes."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.measuring import Limit


def measure() -> list[Limit]:
    """The proof, and the proof with everything rendered."""
    return [
        Limit("`pack check`, in seconds", _seconds(), 60),
        Limit("`pack check --render`, in seconds", _seconds("--render"), 600),
    ]


def _seconds(*flags: str) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "fhir_handout", "pack", "check", *flags]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
