"""Times as minima over repeats, taken in turns so that a busy moment hits both sides alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was measured against what, in seconds, and the ratio it may not exceed."""

    what: str
    against: str
    seconds: float
    against_seconds: float
    limit: float

    @property
    def value(self) -> float:
        return self.seconds / self.against_seconds

    @property
    def is_kept(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        return (
            f"{self.what}: {self.seconds * 1000:.2f} ms, {self.value:.2f} times "
            f"{self.against} ({self.against_seconds * 1000:.2f} ms); at most {self.limit:.2f}: "
            f"{'kept' if self.is_kept else 'BROKEN'}"
        )


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, and what it may not exceed."""

    what: str
    value: float
    limit: float

    @property
    def is_kept(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        kept = "kept" if self.is_kept else "BROKEN"
        return f"{self.what}: {self.value:.2f}; at most {self.limit:.2f}: {kept}"


def minima(*functions: Callable[[], object], repeats: int) -> list[float]:
    """The shortest time of each function over `repeats` rounds of three runs each.

    Of three in a row the later ones find the processor's caches as they left them, and not as the
    other function did.
    """
    best = [float("inf")] * len(functions)
    for _ in range(repeats):
        for number, function in enumerate(functions):
            for _ in range(3):
                start = time.perf_counter()
                function()
                best[number] = min(best[number], time.perf_counter() - start)
    return best
