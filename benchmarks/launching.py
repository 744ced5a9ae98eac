"""From the EHR's launch to a page with its sheet: requests to the EHR, and the time that is ours.

The EHR is HAPI behind the tests' authorization server. What is ours is the time of the four answers
that a browser waits for (launch, callback, page, sheet) less what the EHR took of it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.measuring import Limit
from fhir_handout.ehr.transport import Transport

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from servers import authorization
from servers.authorization import smart_server
from servers.running import hapi_server, missing_programs
from service.launch.conftest import opened, put_patient
from service.visiting import Visitor

_LAUNCHES, _WARM_UP = 20, 5
_REQUESTS, _OWN_MS = 3, 300.0


class Waited:
    """What the EHR was asked, and how long that took."""

    def __init__(self) -> None:
        self.requests, self.seconds = 0, 0.0

    def counting(self, real: Any) -> Any:
        """`Transport.exchange`, with a clock beside it."""

        def exchange(*args: Any, **more: Any) -> Any:
            started = time.perf_counter()
            try:
                return real(*args, **more)
            finally:
                self.requests += 1
                self.seconds += time.perf_counter() - started

        return exchange


def measure() -> list[Limit]:
    """The worst launch of several, once the EHR is known; none where its servers can't run."""
    if missing_programs() or authorization.missing_programs():
        return []
    with hapi_server() as hapi, smart_server() as server, tempfile.TemporaryDirectory() as name:
        base = hapi.rstrip("/")
        with contextmanager(opened)(server, base, Path(name)) as app:
            patient = put_patient(base)
            found = [_launch(app.launch_url(patient=patient)) for _ in range(_LAUNCHES + _WARM_UP)]
    requests, seconds = zip(*found[_WARM_UP:], strict=True)
    return [
        Limit("requests to the EHR from launch to preview", max(requests), _REQUESTS),
        Limit("our own time from launch to preview in ms", max(seconds) * 1000, _OWN_MS),
    ]


def _launch(url: str) -> tuple[int, float]:
    """The requests of one launch and the seconds that are ours."""
    waited, visitor = Waited(), Visitor()
    with patch.object(Transport, "exchange", waited.counting(Transport.exchange)):
        ours, answer = 0.0, None
        origin = "/".join(url.split("/")[:3])
        while answer is None or answer.is_redirect:
            started = time.perf_counter()
            answer = visitor.get(url, follow=False)
            if url.startswith(origin):
                ours += time.perf_counter() - started
            page, url = url, visitor.next_of(answer) if answer.is_redirect else url
        started = time.perf_counter()
        sheet = visitor.get(f"{page}sheet", follow=False)
        ours += time.perf_counter() - started
    if (answer.status_code, sheet.status_code) != (200, 200):
        raise RuntimeError(f"a launch ended with {answer.status_code}, {sheet.status_code}")
    return waited.requests, ours - waited.seconds


if __name__ == "__main__":
    for line in measure():
        print(line)
