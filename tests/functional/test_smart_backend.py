"""SMART Backend Services from the command line: a token of its own, against a real FHIR server."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from fhir_handout.errors import Refused
from fhir_handout.smart.backend import BackendTokens
from fhir_handout.smart.client import Client, KeyFile
from fhir_handout.smart.configuration import Configuration, discovered
from fhir_handout.smart.limits import Limits
from fhir_handout.smart.needs import needed_scopes
from fhir_handout.smart.own_keys import add_key
from functional.conftest import Run
from servers.authorization import SmartEhr, SmartServer

SCOPE = " ".join(needed_scopes("system"))
Registered = Callable[..., tuple[Path, SmartEhr]]


@pytest.fixture(params=["ES384", "RS384"])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def registered(tmp_path: Path, smart_server: SmartServer, hapi_base_url: str) -> Registered:
    """A settings file of a site whose program is registered with an EHR in front of HAPI."""

    def register(algorithm: str = "ES384", **options: object) -> tuple[Path, SmartEhr]:
        ehr = smart_server.ehr(hapi_base_url.rstrip("/"))
        file = tmp_path / "keys.json"
        key = add_key(file, algorithm)
        client_id = smart_server.backend({"keys": [key.public]}, **options)
        settings = tmp_path / "site.toml"
        settings.write_text(
            f'[ehr.backend]\nurl = "{ehr.base}"\nclient_id = "{client_id}"\n'
            f'keys = "keys.json"\nscope = "{SCOPE}"\n'
        )
        return settings, ehr

    return register


@pytest.fixture
def patient(hapi_base_url: str) -> str:
    """A patient with a long-standing condition, at HAPI itself."""
    made = requests.post(
        f"{hapi_base_url.rstrip('/')}/Patient",
        json={"resourceType": "Patient", "birthDate": "1961-03-04", "gender": "female"},
        timeout=60,
    )
    return str(made.json()["id"])


def documents(base: str, patient: str) -> list[str]:
    found = requests.get(
        f"{base}/DocumentReference?patient={patient}",
        headers={"Cache-Control": "no-cache"},
        timeout=60,
    ).json()
    return [entry["resource"]["id"] for entry in found.get("entry", [])]


def test_attach_gets_its_token_itself(
    run: Run, registered: Registered, algorithm: str, patient: str, hapi_base_url: str
) -> None:
    settings, ehr = registered(algorithm)
    done = run("attach", patient, "--ehr", ehr.base, "--settings", settings)
    assert done.returncode == 0, done.stderr
    (document,) = documents(hapi_base_url.rstrip("/"), patient)
    assert f"DocumentReference/{document} created" in done.stdout
    again = run("attach", patient, "--ehr", ehr.base, "--settings", settings)
    assert again.returncode == 0, again.stderr
    assert documents(hapi_base_url.rstrip("/"), patient) == [document]
    taken_back = run("retract", document, "--ehr", ehr.base, "--settings", settings)
    assert taken_back.returncode == 0, taken_back.stderr


def test_a_token_of_the_environment_wins(run: Run, registered: Registered, patient: str) -> None:
    settings, ehr = registered()
    done = run(
        *("attach", patient, "--ehr", ehr.base, "--settings", settings),
        FHIR_HANDOUT_TOKEN="of-the-environment",
    )
    assert done.returncode == 4
    assert "unauthorized" in done.stderr


def test_no_token_goes_to_another_ehr_than_the_one_of_the_settings(
    run: Run, registered: Registered, patient: str, smart_server: SmartServer
) -> None:
    """Not even where it names the same authorization server as its own."""
    settings, ehr = registered()
    other = smart_server.ehr(ehr.base)
    client_id = settings.read_text().split('client_id = "')[1].split('"')[0]
    done = run("attach", patient, "--ehr", other.base, "--settings", settings)
    assert done.returncode == 4
    assert "unauthorized" in done.stderr
    assert smart_server.token_requests(client_id) == []


def test_scopes_that_were_not_given_are_named(
    run: Run, registered: Registered, patient: str
) -> None:
    settings, ehr = registered(dropScopes=["system/Condition.rs"])
    done = run("attach", patient, "--ehr", ehr.base, "--settings", settings)
    assert done.returncode == 4
    assert done.stderr.startswith("fhir-handout: scopes-too-few: ")
    assert "system/Condition.rs" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_key_that_the_ehr_does_not_know_is_refused(
    run: Run, registered: Registered, patient: str, tmp_path: Path
) -> None:
    settings, ehr = registered()
    assert run("keys", "new", "--file", tmp_path / "keys.json").returncode == 0
    done = run("attach", patient, "--ehr", ehr.base, "--settings", settings)
    assert done.returncode == 4
    assert done.stderr.startswith("fhir-handout: client-refused: ")


def test_keys_that_are_not_there_are_an_error_of_the_settings(
    run: Run, registered: Registered, patient: str, tmp_path: Path
) -> None:
    settings, ehr = registered()
    (tmp_path / "keys.json").unlink()
    done = run("attach", patient, "--ehr", ehr.base, "--settings", settings)
    assert done.returncode == 2
    assert done.stderr.startswith("fhir-handout: no-keys: ")


# --- the tokens themselves ---


def tokens(smart_server: SmartServer, tmp_path: Path, clock=time.time, **options: object):
    ehr = smart_server.ehr("http://127.0.0.1:9")
    file = tmp_path / "keys.json"
    client_id = smart_server.backend({"keys": [add_key(file, "ES384").public]}, **options)
    limits = Limits()

    def configuration() -> Configuration:
        return discovered(ehr.base, limits)

    client = Client(client_id, KeyFile(file))
    scopes = ("system/Patient.r",)
    return client_id, BackendTokens(client, configuration, scopes, limits, clock)


def test_a_token_is_kept_until_shortly_before_it_ends(
    smart_server: SmartServer, tmp_path: Path
) -> None:
    now = [time.time()]
    client_id, found = tokens(smart_server, tmp_path, lambda: now[0], expiresIn=300)
    first = found.token()
    now[0] += 239
    assert found.token() == first
    assert len(smart_server.token_requests(client_id)) == 1
    found.forget()
    now[0] -= 239
    second = found.token()
    assert second != first
    now[0] += 241  # 59 s before its end
    with pytest.raises(Refused):  # an assertion from the future is refused, so it was asked
        found.token()
    assert len(smart_server.token_requests(client_id)) == 3


def test_threads_that_come_at_once_ask_once(smart_server: SmartServer, tmp_path: Path) -> None:
    client_id, found = tokens(smart_server, tmp_path)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(found.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert len(smart_server.token_requests(client_id)) == 1


@pytest.mark.parametrize("seconds", [310, 3600])
def test_the_server_refuses_a_longer_assertion(
    smart_server: SmartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr("fhir_handout.smart.client.ASSERTION_SECONDS", seconds)
    _, found = tokens(smart_server, tmp_path)
    with pytest.raises(Refused) as caught:
        found.token()
    assert caught.value.code == "client-refused"


def test_what_is_said_of_a_refusal_holds_nothing_secret(
    smart_server: SmartServer, tmp_path: Path
) -> None:
    client_id, found = tokens(smart_server, tmp_path)
    add_key(tmp_path / "keys.json", "ES384")
    with pytest.raises(Refused) as caught:
        found.token()
    private = json.loads((tmp_path / "keys.json").read_text())["keys"][0]["d"]
    said = f"{caught.value!r} {caught.value.message} {found!r}"
    assert private not in said
    assert client_id not in said
