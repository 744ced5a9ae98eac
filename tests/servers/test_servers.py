"""Tests of the harness itself: the servers are real, are shared, and end with their users."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from . import authorization, running
from .running import ServerError, sekmet_server

_HERE = Path(__file__).resolve().parent
_FHIR_JSON = {"Content-Type": "application/fhir+json"}


@pytest.fixture(params=["hapi_base_url", "sekmet_base_url"])
def base_url(request: pytest.FixtureRequest) -> str:
    """Each of the two servers in turn."""
    url = request.getfixturevalue(request.param)
    assert isinstance(url, str)
    return url


def test_the_server_says_it_is_r4(base_url: str) -> None:
    capabilities = requests.get(f"{base_url}/metadata", timeout=60).json()
    assert capabilities["resourceType"] == "CapabilityStatement"
    assert capabilities["fhirVersion"] == "4.0.1"


def test_what_is_created_can_be_read(base_url: str) -> None:
    patient = {"resourceType": "Patient", "name": [{"family": "Żółć", "given": ["Ada"]}]}
    created = requests.post(f"{base_url}/Patient", json=patient, headers=_FHIR_JSON, timeout=60)
    assert created.status_code == 201
    # The address in the answer is the server's own, whatever port it was given.
    assert created.headers["Location"].startswith(f"{base_url}/Patient/")

    read = requests.get(f"{base_url}/Patient/{created.json()['id']}", timeout=60)
    assert read.status_code == 200
    assert read.json()["name"] == patient["name"]
    assert read.headers["ETag"] == 'W/"1"'


def test_hapi_keeps_its_defaults(hapi_base_url: str) -> None:
    """Referential integrity, and pages of 20: what a client meets elsewhere it meets here."""
    tag = {"system": "urn:fhir-handout:test", "code": "pages"}
    for _ in range(21):
        basic = {"resourceType": "Basic", "meta": {"tag": [tag]}, "code": {"text": "x"}}
        assert requests.post(f"{hapi_base_url}/Basic", json=basic, timeout=60).status_code == 201
    page = requests.get(
        f"{hapi_base_url}/Basic?_tag=urn:fhir-handout:test|pages", timeout=60
    ).json()
    assert len(page["entry"]) == 20
    assert "next" in [link["relation"] for link in page["link"]]

    dangling = {
        "resourceType": "Basic",
        "code": {"text": "x"},
        "subject": {"reference": "Patient/nobody"},
    }
    assert requests.post(f"{hapi_base_url}/Basic", json=dangling, timeout=60).status_code == 400


def test_a_shared_server_is_one_server_and_ends_with_its_last_user(tmp_path: Path) -> None:
    first = sekmet_server(shared=tmp_path)
    second = sekmet_server(shared=tmp_path)
    url = first.__enter__()
    assert second.__enter__() == url
    first.__exit__(None, None, None)
    assert _answers(url)
    second.__exit__(None, None, None)
    _assert_ends(url)

    with sekmet_server(shared=tmp_path) as started_again:
        assert _answers(started_again)


@pytest.mark.usefixtures("smart_server")  # which is skipped where it can't be run
def test_an_authorization_server_of_ones_own_ends_with_its_user(tmp_path: Path) -> None:
    with authorization.smart_server(shared=tmp_path) as server:
        url = server.address
        assert _answers(url)
        assert server.ehr("http://127.0.0.1:9").launch()
    _assert_ends(url)


def test_a_server_ends_when_its_only_user_is_killed(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from running import sekmet_server\n"
        "with sekmet_server(pathlib.Path(sys.argv[1])) as url:\n"
        "    print(url, flush=True); time.sleep(60)"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=_HERE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    url = user.stdout.readline().strip()
    assert _answers(url)
    user.send_signal(signal.SIGKILL)
    user.wait()
    user.stdout.close()
    _assert_ends(url)


@pytest.mark.usefixtures("hapi_base_url")
def test_hapi_ends_when_its_input_does() -> None:
    ended = subprocess.run(
        running._hapi_command(), stdin=subprocess.DEVNULL, timeout=60, check=False
    )
    assert ended.returncode == 0


def test_a_server_that_does_not_come_up_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("print('no room left'); raise SystemExit(3)", encoding="utf-8")
    monkeypatch.setattr(running, "_SEKMET_APP", broken)
    with (
        pytest.raises(ServerError, match=r"(?s)status 3 .*no room left"),
        sekmet_server(),
    ):
        pass


@pytest.mark.parametrize(
    ("ci", "outcome"), [(None, "1 skipped"), ("true", "1 error")], ids=["laptop", "CI"]
)
def test_without_java_a_laptop_skips_and_ci_fails(
    tmp_path: Path, ci: str | None, outcome: str
) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))
    }
    environment["PATH"] = str(tmp_path)
    if ci is not None:
        environment["CI"] = ci
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", "-rs"),
            *("--basetemp", str(tmp_path / "basetemp")),
            f"{_HERE / 'test_servers.py'}::test_hapi_keeps_its_defaults",
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome in run.stdout
    assert "a real HAPI server needs java, javac, mvn" in run.stdout


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/metadata", timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


def _assert_ends(url: str) -> None:
    deadline = time.monotonic() + 20
    while _answers(url):
        assert time.monotonic() < deadline, "the server is still running"
        time.sleep(0.1)
