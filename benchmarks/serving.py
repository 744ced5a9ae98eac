"""The service as a process: hook calls at 20 a second, and its memory over 10,000 of them.

Each call is signed anew with ES384, has a full prefetch of 61 resources, and every second one is
answered with a card that holds the draft. In turns with it goes a call of an endpoint that does
nothing. Times are from when a call was due, so that one that waits for another counts its wait.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any

import jwt
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from benchmarks.hook_call import call
from benchmarks.measuring import Limit, Ratio

_PORT, _ISSUER, _SERVICE = 18431, "https://ehr.example.org", "muscle-cramps-patient-view"
_PER_SECOND, _SECONDS, _WARM_UP = 20, 20, 100
_P99_MS, _TIMES_EMPTY = 50.0, 5.0
_CALLS, _SETTLED, _GROWTH_MIB = 10_000, 2_000, 8.0
_SETTINGS = f"""
[service]
public_url = "http://127.0.0.1:{_PORT}"
port = {_PORT}
log_level = "warning"
[tenants.bench]
base_url = "http://127.0.0.1:9/fhir"
[tenants.bench.cds_hooks]
reasons = ["complaint"]
issuers = [{{iss = "{_ISSUER}", jwks = "ehr.json"}}]
"""


@dataclass
class Caller:
    """An EHR's CDS client: one connection for each thread, a token for each call."""

    key: ec.EllipticCurvePrivateKey
    bodies: tuple[bytes, ...]
    threads: local

    def hook(self, number: int) -> None:
        """One call of the service."""
        path = f"/ehr/bench/cds-services/{_SERVICE}"
        headers = {
            "Authorization": f"Bearer {self._token(path)}",
            "Content-Type": "application/json",
        }
        self._send("POST", path, headers, self.bodies[number % len(self.bodies)])

    def nothing(self, _number: int) -> None:
        """One call of an endpoint that does nothing."""
        self._send("GET", "/health/live", {}, None)

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> None:
        connection = getattr(self.threads, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=60)
            self.threads.connection = connection
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")

    def _token(self, path: str) -> str:
        now = int(time.time())
        claims = {
            "iss": _ISSUER,
            "aud": f"http://127.0.0.1:{_PORT}{path}",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self.key, "ES384", {"kid": "bench"})


def measure() -> list[Ratio | Limit]:
    """The slowest hundredth of calls, and the growth of the process."""
    with _service() as (process, caller):
        for number in range(_WARM_UP):
            caller.hook(number)
            caller.nothing(number)
        hook, nothing = _times(caller.hook, caller.nothing)
        grown = _growth(process, caller)
    return [
        Limit("a hook call at 20 a second, p99 in ms", _p99(hook) * 1000, _P99_MS),
        Ratio(
            "a hook call at 20 a second, p99",
            "p99 of an empty endpoint between them",
            _p99(hook),
            _p99(nothing),
            _TIMES_EMPTY,
        ),
        Limit(f"growth over {_CALLS} hook calls in MiB", grown, _GROWTH_MIB),
    ]


def _times(*kinds: Callable[[int], None]) -> list[list[float]]:
    """For each kind of call how long each took, all at the same rate and in turns."""
    between = 1 / _PER_SECOND / len(kinds)
    pending: list[list[Future[float]]] = [[] for _ in kinds]
    with ThreadPoolExecutor(16) as pool:
        start = time.perf_counter() + 0.5
        for turn in range(_PER_SECOND * _SECONDS):
            for place, kind in enumerate(kinds):
                due = start + (turn * len(kinds) + place) * between
                time.sleep(max(0.0, due - time.perf_counter()))
                pending[place].append(pool.submit(_timed, kind, turn, due))
    return [[each.result() for each in some] for some in pending]


def _timed(kind: Callable[[int], None], number: int, due: float) -> float:
    kind(number)
    return time.perf_counter() - due


def _growth(process: subprocess.Popen[bytes], caller: Caller) -> float:
    """How much larger the process is after all calls than after those that it settled in."""
    settled = 0.0
    caller.threads.connection = None  # the service ends one that was idle for a while
    for number in range(_CALLS + _SETTLED):
        if number == _SETTLED:
            settled = _resident_mib(process.pid)
        caller.hook(number)
    return _resident_mib(process.pid) - settled


def _resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell how large a process is")


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99) - 1]


@contextmanager
def _service() -> Iterator[tuple[subprocess.Popen[bytes], Caller]]:
    key = ec.generate_private_key(ec.SECP384R1())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        public: dict[str, Any] = json.loads(ECAlgorithm.to_jwk(key.public_key()))
        keys = {"keys": [{**public, "kid": "bench", "use": "sig", "alg": "ES384"}]}
        (folder / "ehr.json").write_text(json.dumps(keys))
        (folder / "site.toml").write_text(_SETTINGS)
        process = subprocess.Popen(
            [sys.executable, "-m", "fhir_handout", "serve", "--settings", folder / "site.toml"],
            env={
                **os.environ,
                "FHIR_HANDOUT_SECRETS": Fernet.generate_key().decode(),
                "XDG_STATE_HOME": name,
                "XDG_CACHE_HOME": name,
            },
        )
        caller = Caller(key, (call(), call(has_reason=False)), local())
        try:
            _wait(caller)
            yield process, caller
        finally:
            process.terminate()
            process.wait(60)


def _wait(caller: Caller) -> None:
    for _ in range(200):
        try:
            caller.nothing(0)
        except OSError:
            caller.threads.connection = None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the service did not come up")


if __name__ == "__main__":
    for line in measure():
        print(line)
