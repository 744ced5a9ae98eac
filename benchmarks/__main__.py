"""`python -m benchmarks`: every measurement, and exit status 1 when a limit is broken."""

from __future__ import annotations

import sys

from benchmarks import (
    assessing,
    cold_start,
    hook_call,
    launching,
    pipeline,
    printing,
    proving,
    rendering,
    round_trips,
    serving,
)


def main() -> int:
    """Print a line for each measurement."""
    ratios = [
        *assessing.measure(),
        *pipeline.measure(),
        *hook_call.measure(),
        *rendering.measure(),
        *printing.measure(),
        *cold_start.measure(),
        *proving.measure(),
        *serving.measure(),
        *launching.measure(),
    ]
    for ratio in ratios:
        print(ratio)
    line, kept = round_trips.report()
    print(line)
    return 0 if kept and all(ratio.is_kept for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
