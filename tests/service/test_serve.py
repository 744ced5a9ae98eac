"""`fhir-handout serve` as a process: it starts, answers, ends what it has begun, says why not."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from servers.scripted import Reply, scripted_server
from service.calling import TOKEN, settings_text
from service.running import environ, free_port, settings_file

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def settings_of(folder: Path, text: str) -> dict[str, str]:
    return {"FHIR_HANDOUT_SETTINGS": str(settings_file(folder, text))}


@contextmanager
def serving(folder: Path, text: str, *args: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """The process, ready to answer, and its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "fhir_handout", "serve", "--port", str(port), *args],
        env={**os.environ, **environ(folder), **settings_of(folder, text)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if requests.get(f"{address}/health/ready", timeout=5).ok:
                    break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen) -> tuple[int, list[dict], str]:
    """How it ended when told to, what it logged, and what else it said."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    return process.returncode, [json.loads(line) for line in out.splitlines()], err


def test_it_starts_answers_and_stops(tmp_path: Path):
    with serving(tmp_path, settings_text()) as (process, address):
        answer = requests.get(f"{address}/api/v1/handouts", headers=HEADERS, timeout=60)
        assert answer.ok
        assert "server" not in answer.headers
        status, logged, said = ended(process)
    assert (status, said) == (0, "")
    (line,) = [line for line in logged if line.get("route") == "/api/v1/handouts"]
    assert line["request_id"] == answer.headers["x-request-id"]


def test_a_request_that_is_under_way_is_ended_first(tmp_path: Path):
    with scripted_server() as ehr, serving(tmp_path, settings_text(ehr.base_url)) as started:
        process, address = started
        ehr.on("GET", "metadata", Reply(403, delay=2))
        answers = []

        def ask() -> None:
            body = {"tenant": "riverside", "patient": "p1"}
            url = f"{address}/api/v1/preview"
            answers.append(requests.post(url, json=body, headers=HEADERS, timeout=60))

        asking = threading.Thread(target=ask)
        asking.start()
        deadline = time.monotonic() + 30
        while not ehr.count("GET") and time.monotonic() < deadline:
            time.sleep(0.02)
        status, logged, _ = ended(process)
        asking.join(30)
    assert [answer.status_code for answer in answers] == [502]
    assert status == 0
    assert [line["status"] for line in logged if line.get("route") == "/api/v1/preview"] == [502]


def test_what_runs_longer_than_it_is_waited_for_is_left(tmp_path: Path):
    text = settings_text(more="stop_seconds = 1")
    with scripted_server() as ehr:
        text = text.replace("http://127.0.0.1:9/fhir", ehr.base_url)
        ehr.on("GET", "metadata", Reply(403, delay=5))
        with serving(tmp_path, text) as (process, address):
            body = {"tenant": "riverside", "patient": "p1"}
            asked = {"json": body, "headers": HEADERS, "timeout": 60}
            asking = threading.Thread(target=_ask, args=(f"{address}/api/v1/preview", asked))
            asking.start()
            deadline = time.monotonic() + 30
            while not ehr.count("GET") and time.monotonic() < deadline:
                time.sleep(0.02)
            status, _, _ = ended(process)
            asking.join(30)
    assert status == 0


def _ask(url: str, asked: dict) -> None:
    try:
        requests.post(url, **asked)
    except requests.RequestException:
        return


RUN = "from fhir_handout.__main__ import run; sys.argv[1:] = ['serve']; run()"


def run(folder: Path, text: str | None, start: str = "pass", **more: str):
    code = f"import sys; {start}; {RUN}"
    named = settings_of(folder, text) if text else {}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environ(folder), **named, **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["uvicorn", "fastapi", "sqlalchemy", "structlog"])
def test_what_is_not_installed_is_named(tmp_path: Path, name: str):
    done = run(tmp_path, settings_text(), f"sys.modules[{name!r}] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"fhir-handout: not-installed: `serve` needs {name}; install fhir-handout[service]\n"
    )


NOBODY = "postgresql://a:Secret@127.0.0.1:9/b"
OTHER_PACK = '[tenants.hillside]\npack = "nowhere"'


@pytest.mark.parametrize(
    ("text", "environment", "code"),
    [
        (None, {}, "no-settings"),
        ("[service", {}, "bad-settings"),
        ("[service]", {}, "bad-settings"),
        (settings_text(), {"FHIR_HANDOUT_SECRETS": ""}, "bad-settings"),
        (settings_text(), {"FHIR_HANDOUT_DATABASE": "sqlite:////proc/a/b.db"}, "database-unusable"),
        (settings_text(), {"FHIR_HANDOUT_DATABASE": NOBODY}, "database-unusable"),
        (settings_text(), {"FHIR_HANDOUT_DATABASE": "what"}, "bad-database"),
        (settings_text().replace("[tenants.hillside]", OTHER_PACK), {}, "bad-settings"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(tmp_path: Path, text, environment, code: str):
    done = run(tmp_path, text, **environment)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert done.stderr.startswith(f"fhir-handout: {code}: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Secret" not in done.stderr
